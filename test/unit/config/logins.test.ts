/** Logins with AWS's temporary credentials and through identity providers: what fits together, and what does not. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Config, IamLogin, ProfileLogin, ProviderLogin } from '../../../src/config/config.js';
import { describeConfig } from '../../../src/config/describe.js';
import { type OptionSources, parseConfig, parsePoolConfig } from '../../../src/config/parse.js';
import { providers } from '../../../src/config/providers.js';
import { ArgumentError } from '../../../src/errors.js';

const cluster = 'examplecluster.abc123xyz789.us-west-2.redshift.amazonaws.com';
const workgroup = 'wg.123456789012.eu-central-1.redshift-serverless.amazonaws.com';
const iam = { iam: true, host: cluster, database: 'dev', dbUser: 'awsuser' };

function parse(input: unknown, sources: OptionSources = {}): Config {
  return parseConfig(input as string, sources);
}

function iamOf(input: unknown, sources: OptionSources = {}): IamLogin {
  const { login } = parse(input, sources);
  if (login.kind !== 'iam') throw new Error(`is a login of kind ${login.kind}`);
  return login;
}

function providerOf(input: unknown, sources: OptionSources = {}): ProviderLogin {
  const { login } = parse(input, sources);
  if (login.kind !== 'provider') throw new Error(`is a login of kind ${login.kind}`);
  return login;
}

/** The lines of the error. */
function problemsOf(input: unknown, sources: OptionSources = {}): string[] {
  try {
    parse(input, sources);
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    const lines = (error as Error).message.split('\n');
    return lines.length === 1
      ? [lines[0]!.replace(/^Option /, '')]
      : lines.slice(1).map((line) => line.slice(2));
  }
  throw new Error('was accepted');
}

const keys = { accessKeyId: 'AKIACANARY', secretAccessKey: 'C4nary-secret-key' };

describe('where AWS keys come from', () => {
  it.each([
    ['the default chain', {}, { kind: 'default' }],
    ['a profile', { profile: 'work' }, { kind: 'profile', profile: 'work' }],
    ['the role of the instance', { instanceProfile: true }, { kind: 'instance' }],
    ['keys', keys, { kind: 'keys', sessionToken: undefined }],
    ['an own function', { credentialsProvider: () => ({}) }, { kind: 'provider', provider: { kind: 'own' } }],
    [
      'a SAML plugin',
      { credentialsProvider: 'BrowserSamlCredentialsProvider', loginUrl: 'https://idp.example/app' },
      { kind: 'provider', provider: { kind: 'named', plugin: 'BrowserSamlCredentialsProvider' } },
    ],
  ])('%s', (_name, given, expected) => {
    expect(iamOf({ ...iam, ...given }).keys).toMatchObject(expected);
  });

  it('keys are read as they were given', async () => {
    const { keys: source } = iamOf({ ...iam, ...keys, session_token: 'C4nary-session' });
    if (source.kind !== 'keys') throw new Error('no keys');
    expect(await source.accessKeyId.read()).toBe('AKIACANARY');
    expect(await source.secretAccessKey.read()).toBe('C4nary-secret-key');
    expect(await source.sessionToken?.read()).toBe('C4nary-session');
  });

  it('the password stands in for the secret key, also as a function', async () => {
    for (const password of ['C4nary-secret-key', () => Promise.resolve('C4nary-secret-key')]) {
      const { keys: source } = iamOf({ ...iam, accessKeyId: 'AKIACANARY', password });
      if (source.kind !== 'keys') throw new Error('no keys');
      expect(await source.secretAccessKey.read()).toBe('C4nary-secret-key');
    }
  });

  it.each([
    [{ accessKeyId: 'a' }, ['secretAccessKey: is required beside accessKeyId']],
    [{ accessKeyId: 'a', password: '' }, ['secretAccessKey: is required beside accessKeyId']],
    [{ secretAccessKey: 's' }, ['accessKeyId: is required beside secretAccessKey']],
    [
      { sessionToken: 't' },
      ['accessKeyId: is required beside sessionToken', 'secretAccessKey: is required beside sessionToken'],
    ],
    [
      { profile: 'p', ...keys },
      [
        'accessKeyId: cannot be given together with profile; give one of them',
        'secretAccessKey: cannot be given together with profile; give one of them',
      ],
    ],
    [
      { profile: 'p', instanceProfile: true },
      ['instanceProfile: cannot be given together with profile; give one of them'],
    ],
    [
      { credentialsProvider: () => ({}), profile: 'p', ...keys, sessionToken: 't' },
      ['profile', 'accessKeyId', 'secretAccessKey', 'sessionToken'].map(
        (name) => `${name}: cannot be given together with credentialsProvider; give one of them`,
      ),
    ],
  ])('refuses %o, all in one error', (given, expected) => {
    expect(problemsOf({ ...iam, ...given })).toEqual(expected);
  });

  it('what a stronger source says makes the weaker one moot', async () => {
    const env = {
      REDSHIFT_PROFILE: 'env',
      REDSHIFT_SESSION_TOKEN: 'of other keys',
      REDSHIFT_CREDENTIALS_PROVIDER: 'OktaCredentialsProvider',
      REDSHIFT_APP_ID: 'x',
    };
    const { keys: source } = iamOf({ ...iam, ...keys }, { env });
    expect(source).toMatchObject({ kind: 'keys', sessionToken: undefined });
    expect(iamOf({ ...iam, profile: 'p' }, { env }).keys).toEqual({ kind: 'profile', profile: 'p' });
    const all = { REDSHIFT_ACCESS_KEY_ID: 'a', REDSHIFT_SECRET_ACCESS_KEY: 'b', REDSHIFT_SESSION_TOKEN: 'c' };
    const { keys: fromEnv } = iamOf(iam, { env: all });
    expect(fromEnv.kind === 'keys' && (await fromEnv.sessionToken?.read())).toBe('c');
  });
});

describe('cluster, workgroup and region', () => {
  it.each<[string, object, object]>([
    [
      'are told by a provisioned host',
      { host: cluster },
      {
        target: { kind: 'provisioned', cluster: 'examplecluster', customDomain: false },
        region: 'us-west-2',
      },
    ],
    [
      'are told by a serverless host',
      { host: workgroup },
      {
        target: { kind: 'serverless', workgroup: 'wg', account: '123456789012', customDomain: false },
        region: 'eu-central-1',
      },
    ],
    [
      'of China, where the region is no letter n',
      { host: 'c.x.cn-north-1.redshift.amazonaws.com.cn' },
      { target: { kind: 'provisioned', cluster: 'c', customDomain: false }, region: 'cn-north-1' },
    ],
    [
      'as options win over the host',
      { host: workgroup, serverlessWorkGroup: 'other', serverlessAcctId: '1', region: 'us-east-1' },
      {
        target: { kind: 'serverless', workgroup: 'other', account: '1', customDomain: false },
        region: 'us-east-1',
      },
    ],
    [
      'a VPC endpoint leaves its workgroup to the option',
      { host: `vpce.${workgroup}`, serverlessWorkGroup: 'wg2' },
      { target: { kind: 'serverless', workgroup: 'wg2' } },
    ],
    [
      'without a host, which is no custom name',
      { host: undefined, clusterIdentifier: 'c' },
      {
        host: undefined,
        target: { kind: 'provisioned', cluster: 'c', customDomain: false },
        region: undefined,
      },
    ],
    [
      'of a workgroup without a host',
      { host: undefined, isServerless: true, serverlessWorkGroup: 'wg' },
      { target: { kind: 'serverless', workgroup: 'wg', customDomain: false } },
    ],
    [
      'of a workgroup that is named, and nothing else',
      { host: undefined, serverlessWorkGroup: 'wg' },
      { target: { kind: 'serverless', workgroup: 'wg', customDomain: false } },
    ],
    [
      'of a custom name',
      { host: 'warehouse.example.com' },
      { target: { kind: 'provisioned', cluster: undefined, customDomain: true }, region: undefined },
    ],
    [
      'of a load balancer',
      { host: 'nlb.example.com', clusterIdentifier: 'c' },
      { target: { kind: 'provisioned', cluster: 'c', customDomain: true } },
    ],
    [
      'of a serverless custom name',
      { host: 'warehouse.example.com', isServerless: true },
      { target: { kind: 'serverless', workgroup: undefined, customDomain: true } },
    ],
    [
      'of a serverless load balancer, which is no custom name',
      { host: 'nlb.example.com', isServerless: true, serverlessWorkGroup: 'wg' },
      { target: { kind: 'serverless', workgroup: 'wg', customDomain: false } },
    ],
    [
      'of a tunnel, which is no custom name',
      { host: '127.0.0.1', clusterIdentifier: 'c' },
      { target: { kind: 'provisioned', cluster: 'c', customDomain: false } },
    ],
    [
      'of a workgroup that goes through GetClusterCredentials',
      { host: workgroup, clusterIdentifier: 'redshift-serverless-wg', dbGroups: ['g'] },
      {
        target: { kind: 'provisioned', cluster: 'redshift-serverless-wg' },
        dbGroups: ['g'],
        region: 'eu-central-1',
      },
    ],
  ])('%s', (_name, given, expected) => {
    expect(iamOf({ ...iam, ...given }).iam).toMatchObject(expected);
  });

  it.each([
    [{ host: undefined }, 'clusterIdentifier: is required: there is no host that tells the cluster'],
    [{ host: '10.0.0.1' }, 'clusterIdentifier: is required: the host does not tell the cluster'],
    [{ host: 'localhost' }, 'clusterIdentifier: is required: the host does not tell'],
    [
      { host: undefined, isServerless: true },
      'serverlessWorkGroup: is required where no host tells the workgroup',
    ],
    [
      { host: '123456789012.us-east-1.redshift-serverless.amazonaws.com' },
      'serverlessWorkGroup: is required: the host does not tell the workgroup',
    ],
    [{ isServerless: true }, "isServerless: is true, but the host is a provisioned cluster's"],
    [
      { serverlessWorkGroup: 'wg' },
      "serverlessWorkGroup: names a workgroup, but the host is a provisioned cluster's",
    ],
    ...[undefined, 'warehouse.example.com', '127.0.0.1'].map((host): [object, string] => [
      { host, clusterIdentifier: 'c', serverlessWorkGroup: 'wg' },
      'serverlessWorkGroup: cannot be given together with clusterIdentifier; give one of them',
    ]),
    // Nothing is said about a cluster that a right host may tell.
    [{ host: `https://${cluster}` }, 'host: is a name, not a URL'],
    [{ host: `https://${workgroup}`, isServerless: true }, 'host: is a name, not a URL'],
    [{ iam: 'perhaps' }, 'iam: must be true or false'],
    [{ region: 'us-east-1.evil.example/' }, 'region: must look like us-east-1'],
    [{ dbUser: undefined }, 'dbUser: is required: the database user to log in as'],
    [{ dbUser: undefined, user: '*' }, 'dbUser: is required'],
    [{ database: '' }, 'database: is required (for example dev)'],
    [{ iamDuration: 899 }, 'iamDuration: must be a whole number, from 900 to 3600'],
    [{ duration: 3601 }, 'iamDuration: must be a whole number, from 900 to 3600'],
    [{ dbGroupsFilter: '(' }, 'dbGroupsFilter: is no regular expression'],
    [{ endpointUrl: 'ftp://x' }, 'endpointUrl: must be a URL that begins with https://'],
    [{ stsEndpointUrl: 'http://sts.example' }, 'stsEndpointUrl: must begin with https://'],
    // What comes back is a database password, and the client of AWS would refuse it anyhow.
    [{ endpointUrl: 'http://localstack:4566' }, 'endpointUrl: must begin with https://'],
    [{ proxy: 'socks5://C4nary@p:1' }, 'proxy: must be http://host:port'],
    [{ proxy: 'https://u:C4nary@p:1' }, 'proxy: must be http://host:port'],
  ])('refuses %o', (given, expected) => {
    const lines = problemsOf({ ...iam, ...given });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
    expect(lines[0]).not.toContain('C4nary');
  });

  it('an empty proxy is none, although the environment has one', async () => {
    expect(await iamOf({ ...iam, proxy: '' }).flow.proxy?.read()).toBe('');
    expect(await iamOf({ ...iam, proxy: 'http://u:p%40@proxy.example:3128' }).flow.proxy?.read()).toContain(
      '3128',
    );
    expect(iamOf(iam).flow.proxy).toBeUndefined();
  });

  it('a missing host is to be asked of AWS, with the port that was given', () => {
    const config = parse({ ...iam, host: undefined, port: 5440, clusterIdentifier: 'c' });
    expect(config.address).toEqual({ kind: 'lookup', port: 5440 });
    expect(iamOf({ ...iam, host: undefined, clusterIdentifier: 'c' }).iam.port).toBeUndefined();
    expect(describeConfig(config)).toMatchObject({ host: '(asked of AWS)', login: 'iam (default)' });
  });

  it('a socket of this machine is where the database is: no host is looked up', () => {
    const config = parse({ ...iam, host: undefined, unixSock: '/tmp/.s.PGSQL.5439', clusterIdentifier: 'c' });
    expect(config.address.kind).toBe('unix');
    expect((config.login as IamLogin).iam).toMatchObject({ host: 'localhost', target: { cluster: 'c' } });
  });

  it('an identifier that the host, isServerless or a stronger source makes moot is told of', () => {
    const passed = 'Option clusterIdentifier has no part for a workgroup and was passed over';
    const both = { iam: true, database: 'dev', clusterIdentifier: 'c', serverlessWorkGroup: 'wg' };
    expect(parse({ ...both, isServerless: true }).notices).toEqual([passed]);
    expect(parse({ ...both, serverlessWorkGroup: undefined, host: workgroup }).notices).toEqual([passed]);
    const { serverlessWorkGroup: _one, ...byCluster } = both;
    const { clusterIdentifier: _other, ...byWorkgroup } = both;
    const env = { REDSHIFT_CLUSTER_IDENTIFIER: 'c', REDSHIFT_SERVERLESS_WORK_GROUP: 'wg' };
    expect(iamOf({ ...byCluster, dbUser: 'u' }, { env }).iam.target.kind).toBe('provisioned');
    expect(iamOf(byWorkgroup, { env }).iam.target.kind).toBe('serverless');
  });

  it('the user stands in for dbUser where no provider uses it', () => {
    expect(iamOf({ ...iam, dbUser: undefined, user: 'u' }).iam.dbUser).toBe('u');
    expect(iamOf({ ...iam, user: 'u' }).iam.dbUser).toBe('awsuser');
    const okta = {
      credentialsProvider: 'OktaCredentialsProvider',
      idpHost: 'o.example',
      appId: '0oa/272',
      user: 'at-okta',
      password: 'p',
    };
    expect(iamOf({ ...iam, dbUser: undefined, ...okta }).iam.dbUser).toBeUndefined();
  });

  it('dbUser is not needed with groupFederation and for a workgroup', () => {
    expect(iamOf({ ...iam, dbUser: undefined, groupFederation: true }).iam.groupFederation).toBe(true);
    expect(iamOf({ ...iam, dbUser: undefined, host: workgroup }).iam.dbUser).toBeUndefined();
    expect(parse({ ...iam, host: workgroup }).notices).toEqual([
      'Option dbUser has no part for a workgroup (the AWS identity is the user) and was passed over',
    ]);
    // groupFederation on a serverless custom name, which redshift_connector cannot do.
    expect(
      iamOf({ ...iam, host: 'x.example', isServerless: true, groupFederation: true }).iam.target.kind,
    ).toBe('serverless');
  });

  it('groups are lower-cased if forceLowercase says so, and only then', () => {
    expect(iamOf({ ...iam, dbGroups: ['A', 'b'], forceLowercase: true }).iam.dbGroups).toEqual(['a', 'b']);
    expect(iamOf({ ...iam, dbGroups: 'A, b' }).iam).toMatchObject({
      dbGroups: ['A', 'b'],
      forceLowercase: undefined,
      autoCreate: undefined,
    });
    expect(iamOf({ ...iam, autoCreate: false, forceLowercase: false }).iam).toMatchObject({
      autoCreate: false,
      forceLowercase: false,
      dbGroups: [],
    });
  });
});

describe('the safety of a login', () => {
  const native = {
    host: cluster,
    database: 'dev',
    credentialsProvider: 'BasicJwtCredentialsProvider',
    webIdentityToken: 't',
  };

  it.each([
    [{ ...iam, ssl: false }, 'iam: needs TLS'],
    [{ ...iam, sslmode: 'disable' }, 'iam: needs TLS'],
    [{ ...iam, sslmode: 'require' }, 'sslmode: require lets whoever stands in between take the login'],
    [
      { host: cluster, database: 'dev', token: 't', tokenType: 'ACCESS_TOKEN', sslmode: 'require' },
      'sslmode: require lets whoever stands in between take the token',
    ],
    [{ ...iam, protocol: 'postgresql' }, 'iam: is a login of Redshift'],
    [{ ...native, ssl: false }, 'credentialsProvider: needs TLS'],
    [
      { ...native, credentialsProvider: () => 'x', webIdentityToken: undefined, ssl: false },
      'credentialsProvider: needs TLS',
    ],
    [{ ...native, protocol: 'postgresql' }, 'credentialsProvider: is a login of Redshift'],
    [
      { host: 'h', database: 'd', user: 'u', sslInsecure: true },
      'sslInsecure: concerns the identity provider',
    ],
    [{ ...iam, sslInsecure: true }, 'sslInsecure: concerns the identity provider'],
    [{ ...native, authTimeout: 9 }, 'authTimeout: must be at least 10 seconds'],
  ])('%o is refused', (given, expected) => {
    expect(problemsOf(given).join('\n')).toContain(expected);
  });

  it('the certificate and the host are checked by default', () => {
    expect(parse(iam).tls).toMatchObject({ kind: 'on', mode: 'verify-full' });
    expect(parse({ ...iam, sslmode: 'verify-ca' }).tls).toMatchObject({ mode: 'verify-ca' });
  });

  it('sslInsecure concerns the identity provider, native ones too, and is warned of', () => {
    for (const credentialsProvider of [
      'BrowserAzureOAuth2CredentialsProvider',
      'BrowserAzureCredentialsProvider',
    ]) {
      const config = parse({
        ...iam,
        iam: credentialsProvider === 'BrowserAzureCredentialsProvider',
        dbUser: undefined,
        credentialsProvider,
        idpTenant: 't',
        clientId: 'c',
        sslInsecure: true,
      });
      expect(config.warnings).toEqual([expect.stringContaining('Option sslInsecure')]);
      expect(config.tls).toMatchObject({ mode: 'verify-full' });
      const { login } = config;
      expect('flow' in login && login.flow.sslInsecure).toBe(true);
    }
    expect(parse(iam).warnings).toEqual([]);
    expect(iamOf(iam).flow).toMatchObject({ sslInsecure: false, authTimeout: 120, cache: 'process' });
  });

  it('an endpoint of this machine may be plain HTTP', () => {
    expect(
      parse({ ...iam, endpointUrl: 'http://127.0.0.1:4566', stsEndpointUrl: 'http://localhost:1' }).warnings,
    ).toEqual([]);
  });
});

/** The least that each plugin takes. */
const least: Readonly<Record<keyof typeof providers, Readonly<Record<string, unknown>>>> = {
  AdfsCredentialsProvider: { idpHost: 'idp.example', user: 'u', password: 'p' },
  AzureCredentialsProvider: { user: 'u', password: 'p', idpTenant: 't', clientId: 'c', clientSecret: 's' },
  BrowserAzureCredentialsProvider: { idpTenant: 't', clientId: 'c' },
  BrowserSamlCredentialsProvider: { loginUrl: 'https://idp.example/app' },
  OktaCredentialsProvider: { idpHost: 'idp.example', user: 'u', password: 'p', appId: '0oa1/272' },
  PingCredentialsProvider: { idpHost: 'idp.example', user: 'u', password: 'p' },
  SamlCredentialsProvider: { samlAssertion: () => 'PHNhbWw+' },
  JwtIamAuthPlugin: { roleArn: 'arn:aws:iam::123456789012:role/reader', webIdentityToken: () => 't' },
  BasicJwtCredentialsProvider: { webIdentityToken: () => 't' },
  JwtCredentialsProvider: { webIdentityToken: 't' },
  BrowserAzureOAuth2CredentialsProvider: { idpTenant: 't', clientId: 'c' },
  BrowserIdcAuthPlugin: { issuerUrl: 'https://idc.example/start', idcRegion: 'eu-central-1' },
  IdpTokenAuthPlugin: { token: () => 't', tokenType: 'EXT_JWT' },
};
const names = Object.keys(providers) as (keyof typeof providers)[];

describe.each(names)('%s', (name) => {
  const spec = providers[name];
  const base = { host: cluster, database: 'dev', ...(spec.kind === 'aws' ? { iam: true } : {}) };

  it('takes what it needs, by any spelling of its name', () => {
    for (const credentialsProvider of [
      name,
      `redshift_connector.plugin.${name}`,
      `redshift_connector.plugin.some_module.${name}`,
      `com.amazon.redshift.plugin.${name}`,
    ]) {
      const { login } = parse({ ...base, ...least[name], credentialsProvider });
      const provider =
        login.kind === 'iam' && login.keys.kind === 'provider'
          ? login.keys.provider
          : (login as ProviderLogin).provider;
      expect(provider).toMatchObject({ kind: 'named', name: credentialsProvider, plugin: name });
      expect(Object.keys(provider.options)).toEqual(expect.arrayContaining(Object.keys(least[name])));
    }
  });

  it('names everything that is missing, in one error', () => {
    const lines = problemsOf({ ...base, credentialsProvider: name });
    const required = name === 'IdpTokenAuthPlugin' ? ['token', 'tokenType'] : spec.required;
    expect(lines.map((line) => line.split(':')[0])).toEqual(required);
    for (const line of lines) expect(line).toContain('is required');
  });

  it('refuses the options of others', () => {
    const foreign = [
      'idpHost',
      'loginUrl',
      'scope',
      'issuerUrl',
      'appId',
      'webIdentityToken',
      'partnerSpId',
    ].filter((option) => !([...spec.required, ...spec.optional] as string[]).includes(option));
    const given = Object.fromEntries(
      foreign.map((option) => [option, /Url$/.test(option) ? 'https://x.example' : 'x']),
    );
    const lines = problemsOf({ ...base, ...least[name], credentialsProvider: name, ...given });
    expect(lines.map((line) => line.split(':')[0]!).sort()).toEqual([...foreign].sort());
    for (const line of lines) expect(line).toContain(`has no use with ${name}, which takes `);
  });

  it('does not mind what the environment says to others', () => {
    const env = { REDSHIFT_SCOPE: 'x', REDSHIFT_IDP_HOST: 'y', REDSHIFT_ISSUER_URL: 'https://z.example' };
    expect(parse({ ...base, ...least[name], credentialsProvider: name }, { env }).login.kind).toMatch(
      /iam|provider/,
    );
  });

  it('goes with iam, or without it', () => {
    const given = { ...base, ...least[name], credentialsProvider: name };
    if (spec.kind === 'aws') {
      expect(problemsOf({ ...given, iam: false }).join()).toContain(
        `credentialsProvider: ${name} gives AWS credentials; set iam: true`,
      );
    } else if (spec.kind === 'identity-center') {
      expect(problemsOf({ ...given, iam: true })).toEqual([
        `credentialsProvider: ${name} cannot be used with iam: true; leave out iam`,
      ]);
    } else {
      for (const credentialsProvider of [name, `redshift_connector.plugin.${name}`]) {
        const config = parse({ ...given, credentialsProvider, iam: true });
        expect(config.login.kind).toBe('provider');
        expect(config.notices).toEqual([
          `Option iam has no part in a login through ${name} and was passed over`,
        ]);
      }
    }
  });
});

describe('options of plugins', () => {
  it('carry their defaults, and what the host tells', () => {
    const adfs = iamOf({ ...iam, ...least.AdfsCredentialsProvider, credentialsProvider: 'ADFS' });
    if (adfs.keys.kind !== 'provider') throw new Error('no provider');
    expect(adfs.keys.provider.options).toMatchObject({
      idpPort: 443,
      loginToRp: 'urn:amazon:webservices',
      region: 'us-west-2',
      clusterIdentifier: 'examplecluster',
      authTimeout: 120,
    });
    const ports = (
      [
        'BrowserSamlCredentialsProvider',
        'BrowserIdcAuthPlugin',
        'BrowserAzureOAuth2CredentialsProvider',
      ] as const
    ).map((credentialsProvider) => {
      const { login } = parse({
        host: workgroup,
        database: 'd',
        iam: credentialsProvider === 'BrowserSamlCredentialsProvider',
        ...least[credentialsProvider],
        credentialsProvider,
      });
      const provider =
        login.kind === 'iam' && login.keys.kind === 'provider'
          ? login.keys.provider
          : (login as ProviderLogin).provider;
      expect(provider.options.serverlessWorkGroup).toBe('wg');
      return provider.options.listenPort;
    });
    expect(ports).toEqual([7890, 7890, undefined]);
  });

  it('keep the secrets of others out', () => {
    const { provider } = providerOf(
      {
        host: cluster,
        database: 'd',
        ...least.BrowserIdcAuthPlugin,
        credentialsProvider: 'BrowserIdcAuthPlugin',
      },
      { env: { REDSHIFT_CLIENT_SECRET: 'C4nary', REDSHIFT_PASSWORD: 'C4nary', REDSHIFT_TOKEN: 'C4nary' } },
    );
    expect(provider.options).not.toHaveProperty('clientSecret');
    expect(provider.options).not.toHaveProperty('password');
    expect(provider.options).not.toHaveProperty('token');
  });

  it('that other drivers take and do not read are passed over', () => {
    const { notices } = parse({
      ...iam,
      ...least.PingCredentialsProvider,
      credentialsProvider: 'Ping',
      principalArn: 'arn:aws:iam::1:saml-provider/x',
    });
    expect(notices).toEqual([
      'Option principalArn has no part in PingCredentialsProvider and was passed over',
    ]);
  });

  it.each([
    [{ loginUrl: 'http://idp.example' }, 'loginUrl: must be a URL that begins with https://'],
    [{ loginUrl: 'https://u:C4nary@idp.example' }, 'loginUrl: must be a URL without user and password'],
    [{ loginUrl: 'javascript:C4nary()' }, 'loginUrl: must be a URL that begins with https://'],
    [{ issuerUrl: 'nonsense' }, 'issuerUrl: must be a URL'],
    [{ idpHost: 'http://idp.example/path' }, 'idpHost: is a host name'],
    [{ idpHost: 'idp.example:8443' }, 'give the port as idpPort'],
    [{ idpHost: 'idp.example@evil.example' }, 'idpHost: must be a host name'],
    [{ idpTenant: '../evil' }, 'idpTenant: may hold letters'],
    [{ idpTenant: '..' }, 'idpTenant: may hold letters'],
    [{ appId: 'a?onetimetoken=1' }, 'appId: may hold letters'],
    [{ idcRegion: 'evil.example#' }, 'idcRegion: must look like us-east-1'],
    [{ preferredRole: 'role/x' }, 'preferredRole: must be the ARN of a role'],
    [{ idpPartition: 'mars' }, 'idpPartition: must be one of commercial, us-gov, cn'],
    [{ listenPort: 65536 }, 'listenPort: must be a whole number, from 0 to 65535'],
    [{ openBrowser: 'firefox' }, 'openBrowser: must be a function'],
    [{ credentialsCache: {} }, 'credentialsCache: must be an object with the functions get, set, delete'],
  ])('%o is refused', (given, expected) => {
    const text = problemsOf({ ...iam, ...given, credentialsProvider: () => ({}) }).join('\n');
    expect(text).toContain(expected);
    expect(text).not.toContain('C4nary');
  });

  it('idpPartition may be written in any case, with blanks', () => {
    const given = {
      ...least.BrowserAzureOAuth2CredentialsProvider,
      credentialsProvider: 'BrowserAzureADOAuth2',
    };
    const { provider } = providerOf({ host: cluster, database: 'd', ...given, idpPartition: ' US-Gov ' });
    expect(provider.options.idpPartition).toBe('us-gov');
  });

  it('roles of every partition are roles', () => {
    for (const partition of ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b']) {
      const preferredRole = `arn:${partition}:iam::123456789012:role/path/Reader`;
      expect(
        iamOf({ ...iam, ...least.PingCredentialsProvider, credentialsProvider: 'Ping', preferredRole }).kind,
      ).toBe('iam');
    }
  });
});

describe('IdpTokenAuthPlugin', () => {
  const base = { host: cluster, database: 'd', credentialsProvider: 'IdpTokenAuthPlugin' };
  const three = { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' };

  it('takes AWS keys instead of a token', () => {
    const { options } = providerOf({ ...base, ...three, identityNamespace: 'n' }).provider;
    expect(options).toMatchObject({
      region: 'us-west-2',
      clusterIdentifier: 'examplecluster',
      identityNamespace: 'n',
    });
    expect(String(options.sessionToken)).toBe('***');
    expect(
      providerOf({ ...base, ...three, host: 'x.example', region: 'us-east-1', clusterIdentifier: 'c' }).kind,
    ).toBe('provider');
  });

  it.each([
    [{}, ['token', 'tokenType']],
    [{ token: 't' }, ['tokenType']],
    [{ tokenType: 'EXT_JWT' }, ['token']],
    [{ ...three, token: 't', tokenType: 'x' }, ['accessKeyId']],
    [{ accessKeyId: 'a' }, ['secretAccessKey', 'sessionToken']],
    [{ ...three, host: 'x.example' }, ['region', 'clusterIdentifier']],
  ])('with %o is told what is wrong', (given, expected) => {
    const lines = problemsOf({ ...base, ...given });
    expect(lines.map((line) => line.split(':')[0])).toEqual(expected);
  });
});

describe('credentialsProvider', () => {
  it('may be a function or an object of one’s own, with any options', () => {
    const provider = { get: () => ({}) };
    const own = providerOf({
      host: 'h',
      database: 'd',
      credentialsProvider: provider,
      clientSecret: 'C4nary',
      appId: 'x',
    });
    expect(own.provider).toMatchObject({ kind: 'own', provider, options: { appId: 'x' } });
    expect(String(own.provider.options.clientSecret)).toBe('***');
    expect(describeConfig(parse({ host: 'h', database: 'd', credentialsProvider: provider }))['login']).toBe(
      'own provider',
    );
  });

  it('may be a name that was registered', () => {
    const registered = new Map([['Vault', { required: ['appId'] as const }]]);
    const given = { host: cluster, database: 'd', credentialsProvider: 'Vault' };
    expect(problemsOf(given, { providers: registered })).toEqual(['appId: is required by Vault']);
    expect(providerOf({ ...given, appId: 'x' }, { providers: registered }).provider).toMatchObject({
      name: 'Vault',
      plugin: 'Vault',
    });
    expect(iamOf({ ...given, ...iam, appId: 'x' }, { providers: registered }).keys.kind).toBe('provider');
    // None of ours can be replaced by one of the same name.
    const hostile = new Map([['AdfsCredentialsProvider', { required: [] }]]);
    expect(
      problemsOf({ ...iam, credentialsProvider: 'AdfsCredentialsProvider' }, { providers: hostile }),
    ).toHaveLength(3);
  });

  it.each([
    'fs',
    './evil.js',
    'file:///tmp/evil.js',
    '__proto__',
    'constructor',
    'toString',
    '...',
    'redshift_connector.plugin.__proto__',
    'evil.AdfsCredentialsProvider',
    'data:text/javascript,C4nary',
  ])('%s is no plugin, and loads nothing', (credentialsProvider) => {
    const [line, ...more] = problemsOf({ ...iam, credentialsProvider });
    expect(more).toEqual([]);
    expect(line).toContain('credentialsProvider: is no plugin that is known');
    expect(line).not.toContain('C4nary');
    // Only what is surely wrong: the right one may say who the user is.
    expect(problemsOf({ ...iam, dbUser: undefined, credentialsProvider })).toHaveLength(1);
  });

  it('that is not known says which there are, and what comes nearest to those of other drivers', () => {
    const told = (credentialsProvider: string): string => problemsOf({ ...iam, credentialsProvider }).join();
    for (const name of names) expect(told('Kerberos')).toContain(name);
    expect(told('com.amazon.redshift.plugin.BrowserOktaSAMLCredentialsProvider')).toContain(
      'for Okta there are OktaCredentialsProvider and BrowserSamlCredentialsProvider',
    );
  });

  it.each([
    [{}, 'must be the name of a plugin, a function, or an object with the function get'],
    [5, 'must be the name'],
    ['OktaCredentialProvider', 'did you mean OktaCredentialsProvider?'],
    ['oktacredentialsprovider', 'did you mean OktaCredentialsProvider?'],
  ])('%o is refused', (credentialsProvider, expected) => {
    expect(problemsOf({ ...iam, credentialsProvider }).join()).toContain(expected);
  });

  it('in providerName is found out (redshift_connector#241)', () => {
    expect(
      problemsOf({
        host: 'h',
        database: 'd',
        token: 't',
        providerName: 'BasicJwtCredentialsProvider',
      }).join(),
    ).toContain('providerName: is the name of a plugin: give it as credentialsProvider');
    expect(parse({ host: 'h', database: 'd', token: 't', providerName: 'okta' }).login.kind).toBe('token');
  });
});

describe('options of another login', () => {
  const password = { host: 'h', database: 'd', user: 'u', password: 'p' };

  it.each([
    [
      { ...password, accessKeyId: 'a', dbUser: 'x' },
      ['accessKeyId: has no use without iam: true', 'dbUser: has no use without iam: true'],
    ],
    [{ ...password, idpHost: 'x' }, ['idpHost: has no use without a credentialsProvider']],
    [{ ...iam, token: 't' }, ['token: cannot be given together with iam; give one of them']],
    [{ ...iam, providerName: 'x' }, ['providerName: has no use with iam: true']],
    [
      // An object of the AWS SDK, spread: a client that has used it writes $source into it.
      {
        ...iam,
        accessKeyId: 'a',
        secretAccessKey: 's',
        expiration: new Date(),
        $source: { CREDENTIALS_CODE: 'e' },
      },
      ['expiration', '$source'].map(
        (name) =>
          `${name}: is refused: it is a part of what the AWS SDK calls credentials: instead of its parts, give the whole as credentialsProvider: () => credentials`,
      ),
    ],
    [
      {
        ...password,
        password: undefined,
        credentialsProvider: 'BrowserIdcAuthPlugin',
        ...least.BrowserIdcAuthPlugin,
        dbUser: 'x',
      },
      ['dbUser: has no use with BrowserIdcAuthPlugin'],
    ],
    [
      {
        ...iam,
        iam: false,
        dbUser: undefined,
        credentialsProvider: 'BasicJwtCredentialsProvider',
        token: 't',
      },
      [
        'token: has no use with BasicJwtCredentialsProvider, which takes webIdentityToken, providerName',
        'webIdentityToken: is required by BasicJwtCredentialsProvider',
      ],
    ],
    [
      { ...iam, credentialsProvider: 'AdfsCredentialsProvider', idpHost: 'a.example', password: 'p' },
      [
        'user: is required by AdfsCredentialsProvider (its login form is filled in; Windows integrated authentication is not supported)',
      ],
    ],
    [
      {
        ...iam,
        credentialsProvider: 'BrowserSamlCredentialsProvider',
        loginUrl: 'https://idp.example/app',
        listenPort: 0,
      },
      [
        'listenPort: must be the port that the application is set up with; BrowserSamlCredentialsProvider takes 1 to 65535',
      ],
    ],
  ])('%o', (given, expected) => {
    expect(problemsOf(given)).toEqual(expected);
  });

  it('are passed over where iam: false is said, as carried-along settings do', () => {
    const config = parse({
      ...password,
      iam: false,
      dbUser: 'x',
      profile: 'p',
      region: 'us-east-1',
      clusterIdentifier: 'c',
    });
    expect(config.login.kind).toBe('password');
    expect(config.notices).toEqual([
      'Option profile has no part without IAM and was passed over',
      'Option dbUser has no part without IAM and was passed over',
    ]);
  });

  it('of the environment concern everybody', () => {
    const env = {
      REDSHIFT_PROFILE: 'p',
      REDSHIFT_LOGIN_URL: 'https://x.example',
      REDSHIFT_DB_USER: 'x',
      REDSHIFT_SSL_INSECURE: '1',
    };
    expect(parse(password, { env }).login.kind).toBe('password');
    expect(
      parse(
        { ...password, iam: false },
        { env: { REDSHIFT_CREDENTIALS_PROVIDER: 'OktaCredentialsProvider' } },
      ).login.kind,
    ).toBe('password');
    expect(
      parse(
        { ...password, password: undefined, token: 't', tokenType: 'x' },
        { env: { REDSHIFT_IAM: 'true' } },
      ).login.kind,
    ).toBe('token');
    expect(iamOf(iam, { env: { REDSHIFT_TOKEN: 't', REDSHIFT_PROVIDER_NAME: 'n' } }).kind).toBe('iam');
  });

  it('a password that nothing reads is passed over, an empty one in silence', () => {
    expect(parse({ ...iam, password: 'p' }).notices).toEqual([
      'Option password has no part in this login and was passed over',
    ]);
    expect(parse({ ...iam, user: '', password: '' }).notices).toEqual([]);
  });
});

describe('JDBC URLs', () => {
  it('jdbc:redshift:iam:// with host, or with cluster and region', () => {
    expect(iamOf(`jdbc:redshift:iam://${cluster}:5439/dev?DbUser=u&Profile=p`)).toMatchObject({
      keys: { kind: 'profile', profile: 'p' },
      iam: {
        host: cluster,
        port: 5439,
        dbUser: 'u',
        target: { cluster: 'examplecluster' },
        region: 'us-west-2',
      },
    });
    const config = parse(
      'jdbc:redshift:iam://my-cluster:us-gov-west-1/dev?dbuser=u;AccessKeyID=a;SecretAccessKey=s',
    );
    expect(config.address).toEqual({ kind: 'lookup', port: undefined });
    expect(config.login).toMatchObject({
      kind: 'iam',
      keys: { kind: 'keys' },
      iam: {
        target: { kind: 'provisioned', cluster: 'my-cluster' },
        region: 'us-gov-west-1',
        database: 'dev',
      },
    });
    expect(
      iamOf(
        'jdbc:redshift:iam://h.example/dev?plugin_name=com.amazon.redshift.plugin.OktaCredentialsProvider&idp_host=i.example&app_id=a&UID=u&PWD=p',
      ).keys,
    ).toMatchObject({
      kind: 'provider',
      provider: { plugin: 'OktaCredentialsProvider', options: { idpHost: 'i.example' } },
    });
  });
});

describe('an authentication profile', () => {
  const base = { iam: true, authProfile: 'team', ...keys, region: 'us-east-1' };

  function stepOf(input: unknown, sources: OptionSources = {}): ProfileLogin {
    const { login } = parse(input, sources);
    if (login.kind !== 'auth-profile') throw new Error(`is a login of kind ${login.kind}`);
    return login;
  }

  it('is asked for with keys and region, before the rest is known', () => {
    const { request } = stepOf({ ...base, endpointUrl: 'https://r.example' });
    expect(request).toMatchObject({
      name: 'team',
      region: 'us-east-1',
      endpointUrl: 'https://r.example',
      keys: { kind: 'keys' },
    });
    expect(stepOf({ ...base, region: undefined, host: cluster }).request.region).toBe('us-west-2');
    expect(describeConfig(parse(base))['login']).toBe('authentication profile');
  });

  it('needs them, and says all that is missing', () => {
    expect(problemsOf({ iam: true, authProfile: 'team' }).map((line) => line.split(':')[0])).toEqual([
      'accessKeyId',
      'region',
      'secretAccessKey',
    ]);
    expect(problemsOf({ iam: true, authProfile: 'team', accessKeyId: 'a' })).toEqual([
      'region: is required to read the authentication profile',
      'secretAccessKey: is required beside accessKeyId',
    ]);
    expect(problemsOf({ host: 'h', database: 'd', user: 'u', authProfile: 'team' })).toEqual([
      'authProfile: has no use without iam: true',
    ]);
  });

  it('gives way to what the caller gave, and is stronger than the environment', () => {
    const content = JSON.stringify({
      Host: workgroup,
      DbName: 'theirs',
      applicationName: 'theirs',
      query_group: 'theirs',
      ssl: true,
    });
    const config = stepOf({ ...base, database: 'ours' }, { env: { REDSHIFT_APPLICATION_NAME: 'env' } }).merge(
      content,
    );
    expect(config).toMatchObject({ database: 'ours', applicationName: 'theirs', queryGroup: 'theirs' });
    // The host is looked at after it is merged.
    expect(config.address).toMatchObject({ kind: 'tcp', host: workgroup });
    expect(config.login).toMatchObject({
      kind: 'iam',
      iam: { target: { kind: 'serverless', workgroup: 'wg', customDomain: false }, region: 'us-east-1' },
      keys: { kind: 'keys' },
    });
  });

  it('may name a provider or a profile of AWS’s files, keys or not', () => {
    const okta = JSON.stringify({
      host: cluster,
      database: 'd',
      plugin_name: 'Okta',
      IDP_Host: 'i.example',
      App_ID: 'a',
      UID: 'u',
      PWD: 'p',
    });
    expect(stepOf(base).merge(okta).login).toMatchObject({
      kind: 'iam',
      keys: { kind: 'provider', provider: { plugin: 'OktaCredentialsProvider' } },
    });
    const files = JSON.stringify({ host: cluster, database: 'd', db_user: 'u', profile: 'p' });
    expect(stepOf(base).merge(files).login).toMatchObject({ keys: { kind: 'profile', profile: 'p' } });
    const jwt = JSON.stringify({ iam: false });
    expect(() => stepOf(base).merge(jwt)).toThrow(/clusterIdentifier|dbUser/);
  });

  it.each([
    ['{"host": C4nary', 'authProfile: team does not hold a JSON object of options'],
    ['["C4nary"]', 'authProfile: team does not hold a JSON object of options'],
    ['null', 'authProfile: team does not hold a JSON object of options'],
    ['{"hots":"C4nary"}', 'hots: is no option; did you mean host? (in the authentication profile team)'],
    ['{"__proto__":{"user":"C4nary"}}', '__proto__: is no option (in the authentication profile team)'],
    [
      '{"port":"C4nary"}',
      'port: must be a whole number, from 1 to 65535 (given as port in the authentication profile team)',
    ],
    ['{"user":{"C4nary":1}}', 'user: must be text'],
    ['{"url":"redshift://u:C4nary@h/d"}', 'url: has no place in the authentication profile team'],
    ['{"authProfile":"C4nary"}', 'authProfile: has no place in the authentication profile team'],
    ['{"SSLCert":"C4nary"}', 'SSLCert: is refused'],
  ])('that holds %s is refused with its name', (content, expected) => {
    const step = stepOf({ ...base, host: cluster, database: 'd', dbUser: 'u' });
    let text = '';
    try {
      step.merge(content);
    } catch (error) {
      expect(error).toBeInstanceOf(ArgumentError);
      text = inspect(error, { depth: 9, showHidden: true });
    }
    expect(text).toContain(expected);
    expect(text).not.toContain('C4nary');
  });

  it('is read for pools too, which stay in autocommit', () => {
    const { connection } = parsePoolConfig({ ...base, max: 3 });
    if (connection.login.kind !== 'auth-profile') throw new Error('no profile');
    const merged = connection.login.merge(
      JSON.stringify({ host: cluster, database: 'd', DbUser: 'u', max: 9 }),
    );
    expect(merged).toMatchObject({ autocommit: true, login: { kind: 'iam' } });
  });
});

describe('secrets', () => {
  it('do not show in a Config of any login', () => {
    const env = { HTTPS_PROXY: 'http://u:C4nary@p:1', AWS_SECRET_ACCESS_KEY: 'C4nary' };
    const inputs = [
      {
        ...iam,
        accessKeyId: 'C4nary',
        secretAccessKey: 'C4nary',
        sessionToken: 'C4nary',
        proxy: 'http://u:C4nary@p:1',
      },
      {
        ...iam,
        ...least.AzureCredentialsProvider,
        credentialsProvider: 'AzureAD',
        clientSecret: 'C4nary',
        clientId: 'C4nary',
        password: 'C4nary',
      },
      { host: cluster, database: 'd', credentialsProvider: 'JWT', webIdentityToken: 'C4nary' },
      { iam: true, authProfile: 'x', accessKeyId: 'C4nary', secretAccessKey: 'C4nary', region: 'us-east-1' },
    ];
    for (const input of inputs) {
      const config = parse(input, { env });
      for (const seen of [
        JSON.stringify(config),
        inspect(config, { depth: 12, showHidden: true }),
        JSON.stringify(describeConfig(config)),
      ])
        expect(seen).not.toContain('C4nary');
      const { login } = config;
      if ('flow' in login) expect(login.flow.env()).toBe(env);
    }
  });
});
