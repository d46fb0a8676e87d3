/** JwtIamAuthPlugin: from a JSON Web Token to AWS keys to a database login, the options as a user writes them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CredentialsCache } from '../../../../src/auth/cache.js';
import type { Login } from '../../../../src/auth/credentials.js';
import { resolveLogin } from '../../../../src/auth/resolve.js';
import { parseConfig } from '../../../../src/config/parse.js';
import { AuthenticationError } from '../../../../src/errors.js';
import type { Logger } from '../../../../src/trace.js';
import { FakeAws, FakeAwsError } from '../../../fakes/aws/fake-aws.js';
import { SecretSearch } from '../../../secret-search.js';

const roleArn = 'arn:aws:iam::123456789012:role/reader';
const token = (claims: object): string =>
  `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.canary-signature-5f1c`;
const ofAlice = token({ iss: 'https://idp.example', upn: 'alice@example.com' });

let aws: FakeAws;
let cache: CredentialsCache;
const lines: string[] = [];
beforeAll(async () => {
  aws = await FakeAws.start();
  aws.world.clusters.push({ region: 'us-east-1', identifier: 'sales' });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.requests.length = 0;
  aws.world.webIdentity = () => undefined;
  cache = new CredentialsCache();
  lines.length = 0;
});

const note = (text: string): void => void lines.push(text);
const logger: Logger = { debug: note, info: note, warn: note, error: note };

async function logIn(more: object = {}): Promise<Login> {
  const { login } = parseConfig({
    host: 'sales.abc123.us-east-1.redshift.amazonaws.com',
    database: 'dev',
    iam: true,
    credentialsProvider: 'JwtIamAuthPlugin',
    roleArn,
    webIdentityToken: ofAlice,
    endpointUrl: aws.url,
    stsEndpointUrl: aws.url,
    httpsCa: aws.ca,
    ...more,
  });
  if (login.kind === 'auth-profile') throw new Error('no profile was named');
  return (await resolveLogin(login, { signal: new AbortController().signal, cache, logger })).login;
}
const failing = async (more: object = {}): Promise<AuthenticationError> => {
  const error: unknown = await logIn(more).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthenticationError);
  return error as AuthenticationError;
};

describe('the role', () => {
  it('is assumed with the token, unsigned, and its keys make the database login', async () => {
    expect(await logIn()).toMatchObject({
      kind: 'password',
      user: 'IAMA:alice@example.com',
      announced: [['plugin_name', 'JwtIamAuthPlugin']],
    });
    expect(aws.requests).toMatchObject([
      {
        action: 'AssumeRoleWithWebIdentity',
        accessKeyId: undefined,
        members: { RoleArn: roleArn, RoleSessionName: 'jwt_redshift_session', WebIdentityToken: ofAlice },
      },
      { action: 'GetClusterCredentials', members: { DbUser: 'alice@example.com', AutoCreate: true } },
    ]);
  });

  it('has the session name and the duration that were given', async () => {
    await logIn({ roleSessionName: 'reports', iamDuration: 1800 });
    expect(aws.requests[0]).toMatchObject({
      members: { RoleSessionName: 'reports', DurationSeconds: 1800 },
    });
  });

  it('is assumed once for several connections, and once for each token', async () => {
    let fresh = ofAlice;
    const webIdentityToken = (): string => fresh;
    await Promise.all([logIn({ webIdentityToken }), logIn({ webIdentityToken })]);
    await logIn({ webIdentityToken });
    fresh = token({ upn: 'bob' });
    await logIn({ webIdentityToken });
    expect(aws.calls.filter((call) => call.startsWith('sts:'))).toHaveLength(2);
  });
});

describe('the database user', () => {
  it.each([
    [{ DbUser: 'd', upn: 'u', preferred_username: 'p', email: 'e' }, 'd'],
    [{ upn: 'u', preferred_username: 'p', email: 'e' }, 'u'],
    [{ preferred_username: 'p', email: 'e' }, 'p'],
    [{ DbUser: 7, upn: '', email: 'e' }, 'e'],
  ])('of %j is the first claim of the four', async (claims, user) => {
    await logIn({ webIdentityToken: token(claims) });
    expect(aws.requests[1]).toMatchObject({ members: { DbUser: user } });
  });

  it('is that of the options where one is given, and is not created when they say so', async () => {
    await logIn({ dbUser: 'reports', autoCreate: false });
    expect(aws.requests[1]).toMatchObject({ members: { DbUser: 'reports', AutoCreate: false } });
  });

  it.each([['opaque'], [token({ sub: 'x' })], ['a.!!.b']])(
    'has to be given where the token names none (%#)',
    async (webIdentityToken) => {
      expect((await failing({ webIdentityToken })).message).toContain(
        'The database user is not known (give dbUser',
      );
      await logIn({ webIdentityToken, dbUser: 'reports' });
    },
  );
});

describe('what STS refuses', () => {
  it.each([
    ['ExpiredTokenException', 'Token expired', 'give webIdentityToken as a function'],
    ['InvalidIdentityToken', 'No OpenIDConnect provider found', 'OpenID Connect provider in IAM'],
    ['IDPRejectedClaim', 'was revoked', 'expired or was revoked'],
    ['AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 'trust policy of the role'],
    ['ValidationError', 'roleSessionName failed to satisfy constraint', 'roleSessionName (2 to 64'],
  ])('by %s is told with what to do', async (code, message, hint) => {
    aws.world.webIdentity = () => {
      throw new FakeAwsError(code, `${message}: ${ofAlice}`, 400);
    };
    const error = await failing();
    expect(error).toMatchObject({ plugin: 'JwtIamAuthPlugin', stage: 'sts' });
    expect(error.message).toContain(`AssumeRoleWithWebIdentity of ${roleArn} failed: ${code}`);
    expect(error.hint).toContain(hint);
    const search = new SecretSearch([
      ['token', ofAlice],
      ['signature', 'canary-signature-5f1c'],
    ]);
    expect(search.inValue({ error, lines }, 'error')).toEqual([]);
  });

  it('is not asked about a role of no partition', async () => {
    const error = await failing({
      roleArn: 'reader',
      host: 'db.corp.example',
      region: undefined,
      clusterIdentifier: 'sales',
    });
    expect(error.message).toMatch(/roleArn is no ARN|region is not known/);
    expect(aws.calls).toEqual([]);
  });
});

it('needs iam: true', () => {
  const base = { host: 'sales.abc123.us-east-1.redshift.amazonaws.com', database: 'dev' };
  const plugin = { credentialsProvider: 'JwtIamAuthPlugin', roleArn, webIdentityToken: ofAlice };
  expect(() => parseConfig({ ...base, ...plugin })).toThrow(
    'JwtIamAuthPlugin gives AWS credentials; set iam: true',
  );
});
