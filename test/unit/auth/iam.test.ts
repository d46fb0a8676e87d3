/** From AWS keys to a database login: which API is asked, with which fields, and what becomes of its answers and errors. */
import { inspect } from 'node:util';
import { Agent } from 'node:https';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAuthProfile } from '../../../src/auth/auth-profile.js';
import { awsKeys } from '../../../src/auth/aws-keys.js';
import type { AwsIo } from '../../../src/auth/cluster.js';
import { databaseLogin } from '../../../src/auth/iam.js';
import type { AssertedUser } from '../../../src/auth/provider.js';
import type { FlowConfig, IamConfig } from '../../../src/config/login-config.js';
import { Secret } from '../../../src/config/secret.js';
import { AuthenticationError } from '../../../src/errors.js';
import { SecretSearch } from '../../secret-search.js';
import { FakeAws, FakeAwsError } from '../../fakes/aws/fake-aws.js';

// Between two tries nobody waits here.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: () => Promise.resolve(),
}));

let aws: FakeAws;
let io: AwsIo & { readonly lines: string[] };
beforeAll(async () => {
  aws = await FakeAws.start();
  aws.world.clusters.push(
    { region: 'us-east-1', identifier: 'sales', customDomainNames: ['db.corp.example'] },
    { region: 'us-east-1', identifier: 'one', customDomainNames: ['shared.corp.example'] },
    { region: 'us-east-1', identifier: 'two', customDomainNames: ['shared.corp.example'] },
  );
  aws.world.workgroups.push({ region: 'us-east-1', name: 'wg', customDomainNames: ['wg.corp.example'] });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.requests.length = 0;
  const lines: string[] = [];
  io = {
    http: { awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca, keepAlive: false })) },
    signal: new AbortController().signal,
    log: (level, line) => lines.push(`${level}: ${line}`),
    region: 'us-east-1',
    lines,
  };
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const iam = (more: Partial<IamConfig> = {}): IamConfig => ({
  host: undefined,
  port: undefined,
  target: { kind: 'provisioned', cluster: 'sales', customDomain: false },
  region: 'us-east-1',
  endpointUrl: aws.url,
  stsEndpointUrl: undefined,
  database: 'dev',
  dbUser: 'alice',
  dbGroups: [],
  dbGroupsFilter: undefined,
  autoCreate: undefined,
  forceLowercase: undefined,
  allowDbUserOverride: undefined,
  duration: undefined,
  groupFederation: false,
  ...more,
});
const custom = (host: string, cluster?: string): Partial<IamConfig> => ({
  host,
  target: { kind: 'provisioned', cluster, customDomain: true },
});
const workgroup = (name: string | undefined, host?: string): Partial<IamConfig> => ({
  host,
  target: { kind: 'serverless', workgroup: name, account: undefined, customDomain: name === undefined },
});
const logIn = (more: Partial<IamConfig> = {}, asserted?: AssertedUser) =>
  databaseLogin(iam(more), aws.keys, asserted, io);
const failing = async (more: Partial<IamConfig> = {}): Promise<AuthenticationError> => {
  const error: unknown = await logIn(more).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthenticationError);
  return error as AuthenticationError;
};
const members = (): unknown => aws.requests.at(-1)?.members;

describe('which API is asked', () => {
  it.each<[string, Partial<IamConfig>, string]>([
    ['a cluster', {}, 'redshift:GetClusterCredentials'],
    ['a cluster with group federation', { groupFederation: true }, 'redshift:GetClusterCredentialsWithIAM'],
    ['a work group', workgroup('wg'), 'redshift-serverless:GetCredentials'],
    // The Python driver asks the serverless client for a call that it does not have.
    [
      'a work group with group federation',
      { ...workgroup('wg'), groupFederation: true },
      'redshift-serverless:GetCredentials',
    ],
    [
      'a work group named as a cluster',
      { target: { kind: 'provisioned', cluster: 'redshift-serverless-wg', customDomain: false } },
      'redshift:GetClusterCredentials',
    ],
  ])('for %s', async (_what, more, call) => {
    await logIn(more);
    // One call, also where no host is given: the Python driver makes two that cannot work, and logs a false error.
    expect(aws.calls).toEqual([call]);
  });
});

describe('what is sent', () => {
  it('is what GetClusterCredentials needs, and nothing that was not given', async () => {
    await logIn();
    expect(members()).toEqual({ ClusterIdentifier: 'sales', DbUser: 'alice', DbName: 'dev' });
  });
  it('is everything that was given', async () => {
    await logIn({ dbGroups: ['b', 'A'], autoCreate: true, duration: 1800 });
    expect(members()).toEqual({
      ClusterIdentifier: 'sales',
      DbUser: 'alice',
      DbName: 'dev',
      DbGroups: ['b', 'A'],
      AutoCreate: true,
      DurationSeconds: 1800,
    });
  });
  it('is autoCreate: false too, where the caller says so', async () => {
    await logIn({ autoCreate: false });
    expect(members()).toMatchObject({ AutoCreate: false });
  });
  it('is no user to GetClusterCredentialsWithIAM, as the AWS identity is the user', async () => {
    await logIn({ groupFederation: true, dbUser: undefined, duration: 3600 });
    expect(members()).toEqual({ ClusterIdentifier: 'sales', DbName: 'dev', DurationSeconds: 3600 });
  });
  it('is the work group and no user to Redshift Serverless, and the logger hears why', async () => {
    await logIn({ ...workgroup('wg', 'lb.corp.example'), duration: 900 });
    expect(members()).toEqual({ workgroupName: 'wg', dbName: 'dev', durationSeconds: 900 });
    expect(io.lines.join()).toContain('dbUser and dbGroups are not used');
  });
  it('is the custom domain name of a work group only where no work group is known', async () => {
    await logIn({ ...workgroup(undefined, 'wg.corp.example'), dbUser: undefined });
    expect(members()).toEqual({ customDomainName: 'wg.corp.example', dbName: 'dev' });
    expect(io.lines).toEqual([]);
  });
  it('is nothing at all without a user', async () => {
    expect(await failing({ dbUser: undefined })).toMatchObject({
      stage: 'options',
      hint: expect.stringContaining('give dbUser'),
    });
    await failing({ target: { kind: 'provisioned', cluster: undefined, customDomain: false } });
    await failing(workgroup(undefined));
    expect(aws.calls).toEqual([]);
  });
});

describe('what comes back', () => {
  it.each<[string, Partial<IamConfig>, string]>([
    ['a user', {}, 'IAM:alice'],
    ['a user that was created', { autoCreate: true }, 'IAMA:alice'],
    ['the AWS identity', { groupFederation: true }, 'IAM:canary'],
    ['the AWS identity, of a work group', workgroup('wg'), 'IAM:canary'],
  ])('is %s, by the name that AWS gave, with password and end', async (_what, more, user) => {
    const login = await logIn(more);
    const minted = aws.world.logins.at(-1)!;
    expect(login).toEqual({ user, password: minted.password, expiration: minted.validUntil });
  });
  it('is an error where it is no login', async () => {
    aws.fail({
      kind: 'answer',
      status: 200,
      type: 'text/xml',
      body: '<GetClusterCredentialsResponse><GetClusterCredentialsResult/></GetClusterCredentialsResponse>',
    });
    expect((await failing()).message).toContain('without a database login');
  });
});

describe('a custom domain name', () => {
  it('is what AWS is asked about', async () => {
    await logIn(custom('db.corp.example'));
    expect(aws.calls).toEqual([
      'redshift:DescribeCustomDomainAssociations',
      'redshift:GetClusterCredentials',
    ]);
    expect(members()).toEqual({ CustomDomainName: 'db.corp.example', DbUser: 'alice', DbName: 'dev' });
  });
  it('has no final dot and no capitals where AWS is asked: its API refuses the dot', async () => {
    await logIn(custom('DB.corp.example.'));
    expect(
      aws.requests.map(({ members }) => (members as Record<string, unknown>)['CustomDomainName']),
    ).toEqual(['db.corp.example', 'db.corp.example']);
    await logIn(workgroup(undefined, 'WG.corp.example.'));
    expect(members()).toMatchObject({ customDomainName: 'wg.corp.example' });
  });
  it('works with group federation', async () => {
    await logIn({ ...custom('db.corp.example'), groupFederation: true });
    expect(members()).toEqual({ CustomDomainName: 'db.corp.example', DbName: 'dev' });
  });
  it('that AWS does not know is a load balancer, where the cluster is given: one failing call, not two', async () => {
    await logIn(custom('lb.corp.example', 'sales'));
    expect(aws.calls).toEqual([
      'redshift:DescribeCustomDomainAssociations',
      'redshift:GetClusterCredentials',
    ]);
    expect(members()).toMatchObject({ ClusterIdentifier: 'sales' });
  });
  it('may not be described, where the cluster is given', async () => {
    aws.fail(
      { kind: 'error', error: new FakeAwsError('AccessDenied', 'no', 403) },
      { action: 'DescribeCustomDomainAssociations' },
    );
    await logIn(custom('db.corp.example', 'sales'));
    expect(members()).toMatchObject({ ClusterIdentifier: 'sales' });
  });
  it('that AWS does not know is an error otherwise, which says what to give', async () => {
    const error = await failing(custom('lb.corp.example'));
    expect(error.message).toContain('CustomDomainAssociationNotFoundFault');
    expect(error.hint).toContain('give clusterIdentifier');
    expect(aws.calls).toHaveLength(1);
  });
  it.each(['CustomDomainAssociationNotFoundFault', 'CustomCnameAssociationFault'])(
    'that GetClusterCredentials does not know (%s) is asked for by its cluster, once',
    async (code) => {
      aws.fail(
        { kind: 'error', error: new FakeAwsError(code, 'no', 404) },
        { action: 'GetClusterCredentials' },
      );
      await logIn(custom('db.corp.example'));
      expect(aws.calls).toHaveLength(3);
      expect(members()).toMatchObject({ ClusterIdentifier: 'sales' });
      expect(members()).not.toHaveProperty('CustomDomainName');
    },
  );
  it.each(['AccessDenied', 'ClusterNotFound', 'UnsupportedOperation'])(
    'is not asked for twice after %s, which would hide it',
    async (code) => {
      aws.fail(
        { kind: 'error', error: new FakeAwsError(code, 'no', 403) },
        { action: 'GetClusterCredentials' },
      );
      const error = await failing(custom('db.corp.example', 'sales'));
      expect(aws.calls).toHaveLength(2);
      expect(error.message).toContain(code);
    },
  );
  it('that stands for several clusters names none of them', async () => {
    aws.fail(
      { kind: 'error', error: new FakeAwsError('CustomDomainAssociationNotFoundFault', 'no', 404) },
      { action: 'GetClusterCredentials' },
    );
    await failing(custom('shared.corp.example'));
    expect(aws.calls).toHaveLength(2);
  });
  it('of a work group that AWS does not know is an error that asks for the work group', async () => {
    const error = await failing(workgroup(undefined, 'nobody.corp.example'));
    expect(error.hint).toContain('give serverlessWorkGroup');
  });
});

describe('who wins', () => {
  const asserted: AssertedUser = { dbUser: 'saml', dbGroups: ['Sales', 'Admin'], autoCreate: true };
  const of = async (
    more: Partial<IamConfig>,
    user: AssertedUser = asserted,
  ): Promise<Record<string, unknown>> => {
    await logIn(more, user);
    return members() as Record<string, unknown>;
  };
  it('the option dbUser, over the assertion', async () => {
    expect(await of({})).toMatchObject({ DbUser: 'alice' });
    expect(await of({ dbUser: undefined })).toMatchObject({ DbUser: 'saml' });
  });
  it('the assertion, where it may override', async () => {
    expect(await of({}, { ...asserted, allowDbUserOverride: true })).toMatchObject({ DbUser: 'saml' });
    expect(await of({ allowDbUserOverride: true })).toMatchObject({ DbUser: 'saml' });
    expect(await of({}, { allowDbUserOverride: true })).toMatchObject({ DbUser: 'alice' });
  });
  it('the caller, where the caller refuses that', async () => {
    const user = { ...asserted, allowDbUserOverride: true };
    expect(await of({ allowDbUserOverride: false }, user)).toMatchObject({ DbUser: 'alice' });
  });
  it('the caller about autoCreate: the Python driver lets an assertion create users against the option', async () => {
    expect(await of({ autoCreate: false })).toMatchObject({ AutoCreate: false });
    expect(await of({})).toMatchObject({ AutoCreate: true });
  });
  it('the groups of the caller, if there are any, each once', async () => {
    expect(await of({ dbGroups: ['Mine', 'b', 'Mine'] })).toMatchObject({ DbGroups: ['Mine', 'b'] });
  });
  it('lower case for asserted groups, unless that is refused', async () => {
    expect(await of({})).toMatchObject({ DbGroups: ['sales', 'admin'] });
    expect(await of({ forceLowercase: false })).toMatchObject({ DbGroups: ['Sales', 'Admin'] });
    expect(await of({}, { ...asserted, forceLowercase: false })).toMatchObject({
      DbGroups: ['Sales', 'Admin'],
    });
  });
  it('a group once, where its names differ in case only', async () => {
    const groups = { ...asserted, dbGroups: ['Sales', 'SALES', 'admin', 'sales'] };
    expect(await of({}, groups)).toMatchObject({ DbGroups: ['sales', 'admin'] });
    expect(await of({ forceLowercase: false }, groups)).toMatchObject({ DbGroups: groups.dbGroups });
  });
  it('groups that one value of the assertion lists with commas, as JDBC and ODBC take them apart', async () => {
    const groups = { ...asserted, dbGroups: ['Sales, Ops', 'admin,,ops', ' , '] };
    expect(await of({}, groups)).toMatchObject({ DbGroups: ['sales', 'ops', 'admin'] });
    expect(await of({ dbGroupsFilter: 'Ops|ops' }, groups)).toMatchObject({ DbGroups: ['sales', 'admin'] });
  });
  it('the filter, over asserted groups that it matches as a whole', async () => {
    const groups = { ...asserted, dbGroups: ['admin', 'administrators', 'Sales'] };
    expect(await of({ dbGroupsFilter: 'admin|x' }, groups)).toMatchObject({
      DbGroups: ['administrators', 'sales'],
    });
    expect(await of({ dbGroupsFilter: '.*' }, groups)).not.toHaveProperty('DbGroups');
    await expect(logIn({ dbGroupsFilter: '(' }, groups)).rejects.toThrow('dbGroupsFilter');
  });
});

describe('errors', () => {
  const refuse = (code: string, message = 'AWS says no', status = 400): void => {
    aws.fail({ kind: 'error', error: new FakeAwsError(code, message, status) }, { times: 5 });
  };
  afterEach(() => {
    aws.forgive();
  });
  it.each([
    ['ClusterNotFound', {}, 'ClusterNotFoundFault', 'check clusterIdentifier and region'],
    ['AccessDenied', {}, 'AccessDenied', 'redshift:JoinGroup'],
    ['UnauthorizedOperation', {}, 'UnauthorizedOperation', 'redshift:GetClusterCredentials'],
    ['AccessDenied', { groupFederation: true }, 'AccessDenied', 'GetClusterCredentialsWithIAM'],
    ['AccessDenied', workgroup('wg'), 'AccessDeniedException', 'redshift-serverless:GetCredentials'],
    ['ExpiredToken', {}, 'ExpiredToken', 'AWS credentials have expired'],
    ['ExpiredToken', workgroup('wg'), 'ExpiredTokenException', 'AWS credentials have expired'],
    ['InvalidClientTokenId', {}, 'InvalidClientTokenId', 'sessionToken'],
    ['SignatureDoesNotMatch', {}, 'SignatureDoesNotMatch', 'secretAccessKey'],
    ['ResourceNotFoundException', workgroup('wg'), 'ResourceNotFoundException', 'serverlessWorkGroup'],
  ] as [string, Partial<IamConfig>, string, string][])(
    '%s keeps its name and message and says what to do',
    async (code, more, name, hint) => {
      refuse(code, 'AWS says no', 403);
      const error = await failing(more);
      expect(error).toMatchObject({ stage: 'redshift api', retryable: false, code: 'ERR_RS_AUTHENTICATION' });
      expect(error.message).toContain(`${name}: AWS says no`);
      expect(error.hint).toContain(hint);
      expect(error.cause).toMatchObject({
        name,
        message: 'AWS says no',
        status: 403,
        requestId: expect.any(String),
      });
    },
  );
  it('throttling can be tried again later', async () => {
    refuse('Throttling', 'Rate exceeded');
    const error = await failing();
    expect(error).toMatchObject({ retryable: true, hint: expect.stringContaining('cache') });
    expect(aws.calls).toHaveLength(5);
  });
  it('a page of a proxy is not an answer of AWS', async () => {
    aws.fail({
      kind: 'answer',
      status: 200,
      type: 'text/html',
      body: '<html><body>Please log in<br></html>',
    });
    const error = await failing();
    expect(error.message).not.toContain('Please log in');
    expect(error.stage).toBe('redshift api');
  });
  it('an answer without a word is none of AWS', async () => {
    aws.fail({ kind: 'answer', status: 404, type: 'text/xml', body: '' });
    expect((await failing()).message).toContain('the answer is not one of AWS (HTTP status 404)');
  });
  it('a name that does not resolve says what to check', async () => {
    const error = await failing({ endpointUrl: 'https://redshift.us-east-1.invalid' });
    expect(error.hint).toContain('endpointUrl');
    expect(error.retryable).toBe(true);
  });
  it('a certificate that is not trusted names httpsCa', async () => {
    io = { ...io, http: { awsAgent: () => Promise.resolve(undefined) } };
    expect((await failing()).hint).toContain('httpsCa');
  });
  it('the reason of a login that was given up is passed on as it is', async () => {
    const reason = new Error('the clock');
    aws.fail({ kind: 'hang' });
    const abort = new AbortController();
    io = { ...io, signal: abort.signal };
    const asked = logIn();
    await vi.waitUntil(() => aws.requests.length === 1);
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
  it('of a custom domain name that hangs is no reason to ask for another', async () => {
    aws.fail({ kind: 'hang' });
    const abort = new AbortController();
    io = { ...io, signal: abort.signal };
    const asked = logIn(custom('db.corp.example', 'sales'));
    await vi.waitUntil(() => aws.requests.length === 1);
    abort.abort(new Error('the clock'));
    await expect(asked).rejects.toThrow('the clock');
    expect(aws.calls).toHaveLength(1);
  });
});

describe('AWS keys', () => {
  const secret = (value: string): Secret => new Secret('x', value);
  it('are those that were given', async () => {
    const { accessKeyId, secretAccessKey } = aws.keys;
    const source = { accessKeyId: secret(accessKeyId), secretAccessKey: secret(secretAccessKey) };
    expect(await awsKeys({ kind: 'keys', ...source, sessionToken: undefined }, io)).toEqual(aws.keys);
    expect(await awsKeys({ kind: 'keys', ...source, sessionToken: secret('t') }, io)).toEqual({
      ...aws.keys,
      sessionToken: 't',
    });
  });
  it('that nobody has lists the ways to give them', async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', '/nonexistent');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const error = (await awsKeys({ kind: 'default' }, io).catch(
      (thrown: unknown) => thrown,
    )) as AuthenticationError;
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toContain('No AWS credentials: CredentialsProviderError');
    for (const way of ['accessKeyId', 'profile', 'instanceProfile', 'AWS_PROFILE', 'aws sso login']) {
      expect(error.hint).toContain(way);
    }
  });
  it('that may not assume the role of the environment say so', async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', fileURLToPath(import.meta.url));
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/pod');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url);
    aws.fail({
      kind: 'error',
      error: new FakeAwsError('AccessDenied', 'not authorized to perform: sts:AssumeRole', 403),
    });
    const asked = awsKeys({ kind: 'default' }, io);
    await expect(asked).rejects.toThrow(/AccessDenied: not authorized.*may not assume the role/);
  });
  it('of a profile that is not there name the profile', async () => {
    vi.stubEnv('HOME', '/nonexistent');
    const asked = awsKeys({ kind: 'profile', profile: 'reports' }, io);
    await expect(asked).rejects.toThrow('check profile "reports"');
    // JDBC and ODBC read it there.
    await expect(asked).rejects.toThrow('a plugin_name in it is not read: give credentialsProvider');
  });
});

describe('an authentication profile', () => {
  const request = () => ({
    name: 'reports',
    keys: {
      kind: 'keys' as const,
      accessKeyId: new Secret('accessKeyId', aws.keys.accessKeyId),
      secretAccessKey: new Secret('secretAccessKey', aws.keys.secretAccessKey),
      sessionToken: undefined,
    },
    region: 'us-east-1',
    endpointUrl: aws.url,
    flow: undefined as unknown as FlowConfig,
  });
  it('is handed over as AWS has it', async () => {
    aws.world.authenticationProfiles.set('us-east-1/reports', '{"dbUser":"alice"}');
    expect(await readAuthProfile(request(), io)).toBe('{"dbUser":"alice"}');
    expect(members()).toEqual({ AuthenticationProfileName: 'reports' });
  });
  it('that does not exist is an error that names it', async () => {
    aws.world.authenticationProfiles.clear();
    await expect(readAuthProfile(request(), io)).rejects.toThrow(
      /DescribeAuthenticationProfiles of "reports" failed: AuthenticationProfileNotFoundFault.*check authProfile/,
    );
  });
  it('that is missing from the answer is the same: the Python driver ends in an IndexError', async () => {
    const empty =
      '<DescribeAuthenticationProfilesResponse><DescribeAuthenticationProfilesResult><AuthenticationProfiles/></DescribeAuthenticationProfilesResult></DescribeAuthenticationProfilesResponse>';
    aws.fail({ kind: 'answer', status: 200, type: 'text/xml', body: empty });
    await expect(readAuthProfile(request(), io)).rejects.toThrow(
      'no authentication profile "reports" in us-east-1',
    );
  });
});

describe('secrets', () => {
  it('are in no error and no log line, even where AWS repeats them', async () => {
    const session = aws.world.assume('arn:aws:iam::123456789012:role/r', 'me', 900);
    const { secretAccessKey, sessionToken, accessKeyId } = session;
    const search = new SecretSearch([
      ['secretAccessKey', secretAccessKey],
      ['sessionToken', sessionToken!],
      ['accessKeyId', accessKeyId],
      ['half an answer', 'kanarienvogel4711'],
    ]);
    const answers = [
      [
        'SignatureDoesNotMatch',
        `It does not match.\n\nThe Canonical String was 'x-amz-security-token:${sessionToken!}'`,
      ],
      ['IncompleteSignature', `'Credential=${accessKeyId}/x' with ${secretAccessKey} is not valid`],
    ] as const;
    for (const [code, message] of answers) {
      aws.fail({ kind: 'error', error: new FakeAwsError(code, message, 403) });
    }
    const half = '<GetClusterCredentialsResponse><GetClusterCredentialsResult><DbPassword>kanarienvogel4711';
    aws.fail({ kind: 'answer', status: 200, type: 'text/xml', body: half });
    for (let time = 0; time < 3; time += 1) {
      const error: unknown = await databaseLogin(iam(), session, undefined, io).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(search.inValue(error, 'error')).toEqual([]);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('kanarienvogel4711');
    }
    expect(search.inValue(io.lines, 'log')).toEqual([]);
  });
});
