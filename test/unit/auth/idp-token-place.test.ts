/** IdpTokenAuthPlugin with AWS keys, from the options as a user writes them to the request that AWS gets. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resolveLogin } from '../../../src/auth/resolve.js';
import { parseConfig } from '../../../src/config/parse.js';
import { FakeAws } from '../../fakes/aws/fake-aws.js';

let aws: FakeAws;
let keys: ReturnType<FakeAws['world']['assume']>;
beforeAll(async () => {
  aws = await FakeAws.start();
  for (const region of ['us-east-1', 'eu-west-1']) {
    aws.world.clusters.push({ region, identifier: 'reports' });
    aws.world.workgroups.push({ region, name: 'wg' });
  }
  keys = aws.world.assume('arn:aws:iam::123456789012:role/Ida', 'ida', 3600);
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.requests.length = 0;
});

type Options = Readonly<Record<string, string | boolean>>;

async function logIn(place: Options): Promise<unknown> {
  const { login } = parseConfig({
    database: 'dev',
    credentialsProvider: 'IdpTokenAuthPlugin',
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey,
    sessionToken: keys.sessionToken,
    endpointUrl: aws.url,
    httpsCa: aws.ca,
    ...place,
  });
  if (login.kind === 'auth-profile') throw new Error('no profile was named');
  return (await resolveLogin(login, { signal: new AbortController().signal })).login;
}

const cluster = 'reports.abc123.eu-west-1.redshift.amazonaws.com';
const workgroup = 'wg.123456789012.eu-west-1.redshift-serverless.amazonaws.com';
const ofCluster = { service: 'redshift', members: { ClusterIds: ['reports'] } };
const ofWorkgroup = { service: 'redshift-serverless', members: { workgroupNames: ['wg'] } };

describe('the cluster or workgroup that the token is for', () => {
  it.each<[string, Options, object]>([
    ['the host of a cluster', { host: cluster }, { ...ofCluster, region: 'eu-west-1' }],
    ['the host of a workgroup', { host: workgroup }, { ...ofWorkgroup, region: 'eu-west-1' }],
    [
      'options, behind a name of your own',
      { host: 'db.corp.example', region: 'us-east-1', clusterIdentifier: 'reports' },
      { ...ofCluster, region: 'us-east-1' },
    ],
    [
      'options, for a workgroup behind a name of your own',
      { host: 'db.corp.example', region: 'us-east-1', serverlessWorkGroup: 'wg' },
      { ...ofWorkgroup, region: 'us-east-1' },
    ],
    [
      'isServerless, where both names are set',
      {
        host: 'db.corp.example',
        region: 'us-east-1',
        isServerless: true,
        serverlessWorkGroup: 'wg',
        clusterIdentifier: 'other',
      },
      { ...ofWorkgroup, region: 'us-east-1' },
    ],
    [
      'the option, rather than the host',
      { host: cluster, serverlessWorkGroup: 'wg' },
      { ...ofWorkgroup, region: 'eu-west-1' },
    ],
    [
      'the option of a region, rather than the host',
      { host: cluster, region: 'us-east-1' },
      { ...ofCluster, region: 'us-east-1' },
    ],
  ])('is told by %s', async (_by, place, request) => {
    expect(await logIn(place)).toMatchObject({
      kind: 'token',
      announced: expect.arrayContaining([['token_type', 'SUBJECT_TOKEN']]) as unknown,
    });
    expect(aws.requests).toMatchObject([{ action: 'GetIdentityCenterAuthToken', ...request }]);
  });

  it.each<[Options, string[]]>([
    [{}, ['region:', 'clusterIdentifier: or serverlessWorkGroup']],
    [{ clusterIdentifier: 'reports' }, ['region:']],
    [{ region: 'us-east-1' }, ['clusterIdentifier: or serverlessWorkGroup']],
    [{ region: 'us-east-1', isServerless: true, clusterIdentifier: 'reports' }, ['serverlessWorkGroup:']],
  ])('is asked for where neither host nor options tell (%j)', async (place, missing) => {
    const error: unknown = await logIn({ host: 'db.corp.example', ...place }).catch(
      (thrown: unknown) => thrown,
    );
    const { message } = error as Error;
    for (const option of missing) expect(message).toContain(option);
    expect(message).toContain('IdpTokenAuthPlugin');
    expect(message.match(/is required/g)).toHaveLength(missing.length);
    expect(aws.requests).toEqual([]);
  });
});
