/**
 * What a fake AWS hands out, the local Redshift takes: temporary users of the three API calls, and the token that
 * IdpTokenAuthPlugin gets for AWS keys. Each login ends in a query.
 */
import { Agent } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announce } from '../../../src/auth/announce.js';
import { idpToken } from '../../../src/auth/plugins/idp-token.js';
import type { PluginOptions } from '../../../src/auth/provider.js';
import { redshift, redshiftServerless } from '../../../src/aws/clients.js';
import { Secret } from '../../../src/config/secret.js';
import type { ConnectOptions } from '../../../src/index.js';
import { FakeAws } from '../../fakes/aws/fake-aws.js';
import { contextOf } from '../../unit/auth/plugins/context.js';
import { startLocal, type LocalServer } from './harness.js';

const region = 'eu-west-1';
let aws: FakeAws;
let server: LocalServer;
/** What the clock of the local Redshift is ahead of that of AWS. */
let ahead = 0;

beforeAll(async () => {
  aws = await FakeAws.start();
  aws.world.clusters.push({ region, identifier: 'reports' });
  aws.world.workgroups.push({ region, name: 'wg' });
  server = await startLocal({
    users: { alice: { groups: ['readers'] } },
    temporaryUsers: (user) => aws.world.loginsOf(user),
    identityProvider: {
      type: 'AwsIdc',
      verify: (text) => {
        const minted = aws.world.tokens.find(({ token }) => token === text);
        return minted && { user: 'ida', validUntil: minted.validUntil };
      },
    },
    now: () => Date.now() + ahead,
  });
});
beforeEach(() => {
  ahead = 0;
});
afterAll(async () => {
  await server.stop();
  await aws.close();
});

const http = { awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca })) };
const call = () => ({
  region,
  keys: aws.keys,
  endpointUrl: aws.url,
  http,
  signal: new AbortController().signal,
});

async function whoami(options: ConnectOptions): Promise<unknown> {
  const conn = await server.connect(options);
  try {
    return (await conn.query('select current_user as name')).rows;
  } finally {
    await conn.close();
  }
}

describe('a temporary user', () => {
  it.each([
    [false, 'alice', 'IAM:alice'],
    [true, 'newcomer', 'IAMA:newcomer'],
  ])(
    'of GetClusterCredentials (AutoCreate %j) logs in until it has expired',
    async (AutoCreate, name, given) => {
      const answer = await redshift(call(), (api, options) =>
        api.getClusterCredentials(
          { ClusterIdentifier: 'reports', DbUser: name, DbName: 'dev', DbGroups: ['readers'], AutoCreate },
          options,
        ),
      );
      expect(answer.DbUser).toBe(given);
      const login = { user: answer.DbUser ?? '', password: answer.DbPassword ?? '' };
      expect(await whoami(login)).toEqual([{ name }]);
      ahead = 901_000;
      await expect(whoami(login)).rejects.toMatchObject({
        code: '28000',
        message: expect.stringContaining('IAM Authentication token has expired') as unknown,
      });
    },
  );

  it('of GetClusterCredentialsWithIAM and of Serverless does, too', async () => {
    const provisioned = await redshift(call(), (api, options) =>
      api.getClusterCredentialsWithIAM({ ClusterIdentifier: 'reports' }, options),
    );
    const serverless = await redshiftServerless(call(), (api, options) =>
      api.getCredentials({ workgroupName: 'wg' }, options),
    );
    expect(
      await whoami({ user: provisioned.DbUser ?? '', password: provisioned.DbPassword ?? '' }),
    ).toHaveLength(1);
    expect(
      await whoami({ user: serverless.dbUser ?? '', password: serverless.dbPassword ?? '' }),
    ).toHaveLength(1);
  });
});

describe('IdpTokenAuthPlugin with AWS keys', () => {
  const keysOf = (of: {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  }): PluginOptions => ({
    accessKeyId: new Secret('accessKeyId', of.accessKeyId),
    secretAccessKey: new Secret('secretAccessKey', of.secretAccessKey),
    sessionToken: new Secret('sessionToken', of.sessionToken ?? 'none'),
    region,
    endpointUrl: aws.url,
  });
  const session = (): never => expect.fail('nobody else is asked');
  const role = () => aws.world.assume('arn:aws:iam::123456789012:role/Ida', 'ida', 3600);

  it.each([{ clusterIdentifier: 'reports' }, { serverlessWorkGroup: 'wg' }])(
    'logs in with the token that it got for %j',
    async (place) => {
      const context = contextOf(
        idpToken.name,
        { ...keysOf(role()), ...place },
        { http: { ...http, session } },
      );
      const given = await idpToken.get(context);
      if (given.kind !== 'token') throw new Error('no token');
      expect(given.tokenType).toBe('SUBJECT_TOKEN');
      expect(announce({ plugin: idpToken.name, token: given })).toContainEqual([
        'token_type',
        'SUBJECT_TOKEN',
      ]);
      const { host, port, database, sslrootcert = '' } = server.redshift;
      const { connect } = await import('../../../src/index.js');
      const login = { host, port, database, sslrootcert, token: given.token, tokenType: 'SUBJECT_TOKEN' };
      const conn = await connect(login);
      expect((await conn.query('select current_user as name')).rows).toEqual([{ name: 'ida' }]);
      await conn.close();
    },
  );

  it.each([
    ['a cluster that is not there', role, 'check clusterIdentifier and region'],
    ['keys that it does not know', () => aws.keys, 'AWS does not know this accessKeyId'],
  ])('says what AWS said of %s', async (_what, keys, hint) => {
    const options = { ...keysOf(keys()), clusterIdentifier: 'nosuch' };
    await expect(
      idpToken.get(contextOf(idpToken.name, options, { http: { ...http, session } })),
    ).rejects.toMatchObject({
      name: 'AuthenticationError',
      stage: 'redshift api',
      hint: expect.stringContaining(hint),
    });
  });
});
