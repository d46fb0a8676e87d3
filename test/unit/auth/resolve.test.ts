import { inspect } from 'node:util';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CredentialsCache } from '../../../src/auth/cache.js';
import { awsFailure } from '../../../src/auth/iam-errors.js';
import type { IamSteps } from '../../../src/auth/resolved.js';
import type {
  CredentialsFunction,
  CredentialsProvider,
  ProviderContext,
} from '../../../src/auth/provider.js';
import { resolveLogin, type Resolved } from '../../../src/auth/resolve.js';
import type {
  FlowConfig,
  IamConfig,
  IamLogin,
  KeySource,
  ProviderLogin,
} from '../../../src/config/login-config.js';
import type { PluginOptions } from '../../../src/config/plugin-options.js';
import { Secret } from '../../../src/config/secret.js';
import type { Logger } from '../../../src/trace.js';

const never = new AbortController().signal;
let cache: CredentialsCache;
beforeEach(() => {
  cache = new CredentialsCache();
});

const soon = (): Date => new Date(Date.now() + 900_000);
const flow: FlowConfig = {
  proxy: undefined,
  httpsCa: undefined,
  sslInsecure: false,
  env: () => ({}),
  authTimeout: 120,
  openBrowser: undefined,
  cache: 'process',
};

function own(
  provider: CredentialsProvider | CredentialsFunction,
  options: PluginOptions = {},
  settings: Partial<FlowConfig> = {},
): ProviderLogin {
  return {
    kind: 'provider',
    user: '',
    provider: { kind: 'own', provider, options },
    flow: { ...flow, ...settings },
  };
}

const resolve = (config: Parameters<typeof resolveLogin>[0], signal = never): Promise<Resolved> =>
  resolveLogin(config, { signal, cache, iam: async () => steps });

describe("a provider of one's own", () => {
  it('gives a password, with its user or that of the options', async () => {
    const get = (): { kind: 'password'; user: string; password: string } => ({
      kind: 'password',
      user: 'app',
      password: 'pw',
    });
    expect(await resolve(own(get))).toMatchObject({
      login: { kind: 'password', user: 'app', password: 'pw', announced: [] },
    });
    const fromOptions = { ...own(async () => ({ kind: 'password', password: 'pw' })), user: 'alice' };
    expect((await resolve(fromOptions)).login.user).toBe('alice');
  });

  it('gives a token, announced by the options and its own name', async () => {
    const provider: CredentialsProvider = {
      name: 'Vault',
      get: () => ({ kind: 'token', token: 't', tokenType: 'EXT_JWT' }),
    };
    const { login } = await resolve(own(provider, { identityNamespace: 'ns' }));
    expect(login).toMatchObject({ kind: 'token', user: '', token: 't' });
    expect(login.announced).toEqual([
      ['plugin_name', 'Vault'],
      ['idp_type', 'AwsIdc'],
      ['token_type', 'EXT_JWT'],
      ['identity_namespace', 'ns'],
    ]);
  });

  it('is asked for every connection, unless it says that its answer may be used again', async () => {
    const get = vi.fn(() => ({ kind: 'token' as const, token: 't', expiration: soon() }));
    for (let i = 0; i < 2; i++) expect((await resolve(own({ get }))).forget).toBeUndefined();
    // Two at once do not share one either: Identity Center takes an external token once.
    await Promise.all([resolve(own({ get })), resolve(own({ get }))]);
    expect(get).toHaveBeenCalledTimes(4);

    const again = { reusable: true, get: vi.fn(() => get()) };
    get.mockClear();
    expect((await resolve(own(again))).forget).toBeUndefined();
    const second = await resolve(own(again));
    expect(second.forget).toBeTypeOf('function');
    await second.forget!();
    expect((await resolve(own(again))).forget).toBeUndefined();
    expect(again.get).toHaveBeenCalledTimes(2);
  });

  it('is asked every time with iamDisableCache', async () => {
    const again = {
      reusable: true,
      get: vi.fn(() => ({ kind: 'token' as const, token: 't', expiration: soon() })),
    };
    for (let i = 0; i < 2; i++) await resolve(own(again, {}, { cache: 'off' }));
    expect(again.get).toHaveBeenCalledTimes(2);
  });

  it('is asked once by all who connect at once', async () => {
    const again = {
      reusable: true,
      get: vi.fn(() => ({ kind: 'token' as const, token: 't', expiration: soon() })),
    };
    await Promise.all(Array.from({ length: 9 }, () => resolve(own(again), new AbortController().signal)));
    expect(again.get).toHaveBeenCalledTimes(1);
  });

  it('shares no answer where an option, a secret or the provider itself is another', async () => {
    const make = (): { reusable: true; get: () => { kind: 'token'; token: string; expiration: Date } } => ({
      reusable: true,
      get: vi.fn(() => ({ kind: 'token' as const, token: 't', expiration: soon() })),
    });
    const [one, other] = [make(), make()];
    const secret = (text: string): PluginOptions => ({ clientSecret: new Secret('clientSecret', text) });
    for (const config of [
      own(one, secret('a')),
      own(one, secret('b')),
      own(one, { ...secret('b'), scope: 's' }),
      own(one, secret('b'), { sslInsecure: true }),
      own(other, secret('a')),
    ])
      await resolve(config);
    expect(one.get).toHaveBeenCalledTimes(4);
    expect(other.get).toHaveBeenCalledTimes(1);
  });

  it('shares no answer with one whose pages are shown to somebody else', async () => {
    let count = 0;
    const again = {
      reusable: true,
      get: () => ({ kind: 'token' as const, token: `token ${String(++count)}`, expiration: soon() }),
    };
    const tokenOf = async (openBrowser: FlowConfig['openBrowser']): Promise<unknown> =>
      (await resolve(own(again, {}, { openBrowser }))).login;
    const [toAlice, toBob] = [vi.fn(), vi.fn()];
    expect(await tokenOf(toAlice)).toMatchObject({ token: 'token 1' });
    expect(await tokenOf(toBob)).toMatchObject({ token: 'token 2' });
    expect(await tokenOf(undefined)).toMatchObject({ token: 'token 3' });
    expect(await tokenOf(toAlice)).toMatchObject({ token: 'token 1' });
  });

  it('has the text of a secret that a function gives: once a login', async () => {
    const give = vi.fn(async () => 'pw');
    const seen: string[] = [];
    const again: CredentialsProvider = {
      reusable: true,
      get: async ({ options }) => {
        seen.push(await options.password!.read(), await options.password!.read());
        return { kind: 'token', token: 't', expiration: soon() };
      },
    };
    await resolve(own(again, { password: new Secret('password', give) }));
    expect(seen).toEqual(['pw', 'pw']);
    expect(give).toHaveBeenCalledTimes(1);
  });

  it('names all options that are missing', async () => {
    const get = vi.fn();
    const provider = {
      name: 'Vault',
      required: ['idpHost', 'appId', 'scope'],
      get,
    } as unknown as CredentialsProvider;
    await expect(resolve(own(provider, { appId: 'x' }))).rejects.toMatchObject({
      name: 'AuthenticationError',
      plugin: 'Vault',
      stage: 'options',
      message: 'Vault needs idpHost, scope (these options were not given)',
    });
    expect(get).not.toHaveBeenCalled();
  });

  it.each([
    ['nothing', undefined],
    ['text', 'canary'],
    ['a kind that is none', { kind: 'canary' }],
    ['an empty token', { kind: 'token', token: '' }],
    ['a token with a NUL', { kind: 'token', token: 'canary\0' }],
    ['keys without a secret', { accessKeyId: 'canary' }],
    ['an expiration that is no time', { kind: 'token', token: 'canary', expiration: 'soon' }],
    ['a user that is no text', { kind: 'password', user: 7, password: 'canary' }],
  ])('that gives %s is told so, without what it gave', async (_what, given) => {
    const failure = await resolve(own((() => given) as never)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'AuthenticationError', stage: 'identity provider' });
    expect(inspect(failure)).not.toContain('canary');
    expect((failure as Error).message).toContain('gave no credentials');
  });

  it('that throws is the cause of an error that does not repeat it', async () => {
    const cause = new Error('canary');
    const failure = (await resolve(own(() => Promise.reject(cause))).catch(
      (error: unknown) => error,
    )) as Error;
    expect(failure).toMatchObject({ name: 'AuthenticationError', stage: 'identity provider', cause });
    expect(failure.message).not.toContain('canary');
  });

  it.each<[string, () => unknown]>([
    [
      'throws at once',
      () => {
        throw new Error('canary');
      },
    ],
    [
      'gives an odd promise that throws',
      () => ({
        then: () => {
          throw new Error('canary');
        },
      }),
    ],
    [
      'gives something that throws when it is looked at',
      () => ({
        get kind(): never {
          throw new Error('canary');
        },
      }),
    ],
    [
      'gives a promise that fails after it has given',
      () => ({
        then: (_: unknown, no: (error: Error) => void) => {
          no(new Error('canary'));
          throw new Error('canary');
        },
      }),
    ],
  ])('that %s is an error of all who asked at once, and is asked again by the next', async (_what, odd) => {
    let healthy = false;
    const get = vi.fn(() => (healthy ? { kind: 'token', token: 't', expiration: soon() } : odd()) as never);
    const provider = { reusable: true, name: 'Odd', get };
    const logIn = (): Promise<Resolved> => resolve(own(provider), new AbortController().signal);
    const ends = await Promise.allSettled(Array.from({ length: 50 }, logIn));
    expect(get).toHaveBeenCalledTimes(1);
    for (const end of ends) {
      expect(end).toMatchObject({
        status: 'rejected',
        reason: { name: 'AuthenticationError', plugin: 'Odd' },
      });
      expect(String((end as PromiseRejectedResult).reason)).not.toContain('canary');
    }
    healthy = true;
    expect((await logIn()).login).toMatchObject({ token: 't' });
  });

  it('that gives twice has given once', async () => {
    const get = (): never =>
      ({
        then: (yes: (value: unknown) => void) => {
          yes({ kind: 'token', token: 'first', expiration: soon() });
          yes({ kind: 'token', token: 'second', expiration: soon() });
        },
      }) as never;
    expect((await resolve(own({ reusable: true, get }))).login).toMatchObject({ token: 'first' });
  });

  it('that gives AWS keys without iam is told what to do', async () => {
    const keys = { accessKeyId: 'AKIACANARY', secretAccessKey: 'canary' };
    await expect(resolve(own(async () => keys))).rejects.toMatchObject({
      stage: 'options',
      hint: 'set iam: true',
    });
  });

  it('that gives a password, but no user, is told what to do', async () => {
    await expect(resolve(own(() => ({ kind: 'password', password: 'pw' })))).rejects.toMatchObject({
      hint: 'let it give the user too, or give the option user',
    });
  });

  it('in a browser that never answers says at which address of this machine it was waited for', async () => {
    const page = async ({ openBrowser }: ProviderContext): Promise<never> => {
      await openBrowser('https://idp.example/login', 'http://localhost:7890/redshift/');
      return new Promise(() => undefined);
    };
    const flow = { authTimeout: 0.02, openBrowser: () => undefined };
    await expect(resolve(own(page, {}, flow))).rejects.toMatchObject({
      name: 'TimeoutError',
      stage: 'browser',
      message: expect.stringMatching(
        /was waiting for the browser's answer on http:\/\/localhost:7890\/redshift\/$/,
      ) as string,
    });
  });

  it('that never answers is left after authTimeout, and when the caller gives up', async () => {
    let context: ProviderContext | undefined;
    const hangs = (given: ProviderContext): Promise<never> => {
      context = given;
      return new Promise(() => undefined);
    };
    await expect(resolve(own(hangs, {}, { authTimeout: 0.02 }))).rejects.toMatchObject({
      name: 'TimeoutError',
      message: expect.stringContaining('authTimeout (0.02 seconds)') as string,
    });
    expect(context!.signal.aborted).toBe(true);
    const stop = new AbortController();
    const waiting = resolve(own(hangs), stop.signal);
    const reason = new Error('given up');
    setImmediate(() => {
      stop.abort(reason);
    });
    await expect(waiting).rejects.toBe(reason);
  });

  it('writes to the logger, and opens pages by the function of the options', async () => {
    const line = vi.fn();
    const logger: Logger = { debug: line, info: line, warn: line, error: line };
    const openBrowser = vi.fn();
    const config = own(
      async (context) => {
        context.log('info', 'asking');
        await context.openBrowser('https://idp.example/login');
        return { kind: 'token', token: 't' };
      },
      {},
      { openBrowser },
    );
    await resolveLogin(config, { signal: never, cache, logger });
    expect(line).toHaveBeenCalledWith('asking');
    expect(openBrowser).toHaveBeenCalledWith('https://idp.example/login');
  });
});

describe('a token given as option', () => {
  const token = (text: string): Parameters<typeof resolveLogin>[0] => ({
    kind: 'token',
    user: '',
    token: new Secret('token', text),
    issuer: { kind: 'jwt', providerName: 'corp' },
  });

  it('is sent without the line break of the file that it was read from', async () => {
    expect((await resolve(token('eyJ.x.y\n'))).login).toMatchObject({ token: 'eyJ.x.y' });
  });

  it.each([
    ['Bearer eyJ.x.y', 'leave out the word "Bearer"'],
    ['{"access_token": "eyJ.x.y"}', 'give the access token itself'],
    ['', 'empty token'],
  ])('that is none (%s) is told before anything is sent', async (text, said) => {
    await expect(resolve(token(text))).rejects.toMatchObject({
      name: 'AuthenticationError',
      stage: 'token',
      message: expect.stringContaining(said) as string,
    });
  });
});

// What the AWS half is asked for, with its answers.
const calls: string[] = [];
let databasePassword = 0;
const steps: IamSteps = {
  regionOf: async (iam) => iam.region ?? 'us-east-1',
  awsKeys: async (source) => {
    calls.push(`keys ${source.kind}`);
    return source.kind === 'keys'
      ? { accessKeyId: await source.accessKeyId.read(), secretAccessKey: await source.secretAccessKey.read() }
      : { accessKeyId: `AKIA${source.kind}`, secretAccessKey: 's' };
  },
  findEndpoint: async () => {
    calls.push('endpoint');
    return { host: 'found.example', port: 5555 };
  },
  iamKeyParts: (iam, asserted, region) => [
    region,
    iam.host,
    iam.target,
    iam.dbUser,
    iam.endpointUrl,
    asserted,
  ],
  databaseLogin: async (iam, _keys, asserted) => {
    calls.push('login');
    databasePassword++;
    return {
      user: `IAM:${asserted?.dbUser ?? iam.dbUser ?? ''}`,
      password: `temporary ${String(databasePassword)}`,
      expiration: soon(),
    };
  },
};

function iamLogin(
  iam: Partial<IamConfig> = {},
  keys: KeySource = { kind: 'default' },
  settings: Partial<FlowConfig> = {},
): IamLogin {
  return {
    kind: 'iam',
    user: '',
    keys,
    flow: { ...flow, ...settings },
    iam: {
      host: 'c.x.us-east-1.redshift.amazonaws.com',
      port: 5439,
      target: { kind: 'provisioned', cluster: 'c', customDomain: false },
      region: 'us-east-1',
      endpointUrl: undefined,
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
      ...iam,
    },
  };
}

describe('an IAM login', () => {
  beforeEach(() => {
    calls.length = 0;
    databasePassword = 0;
  });

  it('is made once and kept, for this process', async () => {
    const first = await resolve(iamLogin());
    expect(first).toMatchObject({ login: { kind: 'password', user: 'IAM:alice', password: 'temporary 1' } });
    expect(first.forget).toBeUndefined();
    const second = await resolve(iamLogin());
    expect(second.login).toEqual(first.login);
    expect(calls.filter((call) => call === 'login')).toHaveLength(1);
    await second.forget!();
    expect((await resolve(iamLogin())).login).toMatchObject({ password: 'temporary 2' });
  });

  it.each<[string, Partial<IamConfig>, KeySource?]>([
    ['region', { region: 'eu-west-1' }],
    ['host', { host: 'other.example' }],
    ['endpointUrl', { endpointUrl: 'https://vpce.example' }],
    ['database user', { dbUser: 'bob' }],
    [
      'workgroup',
      { target: { kind: 'serverless', workgroup: 'c', account: undefined, customDomain: false } },
    ],
    ['AWS identity', {}, { kind: 'profile', profile: 'other' }],
  ])('is not shared with one of another %s', async (_what, iam, keys) => {
    await resolve(iamLogin());
    expect((await resolve(iamLogin(iam, keys))).forget).toBeUndefined();
    expect(databasePassword).toBe(2);
  });

  it('is not given to somebody who only knows the access key id', async () => {
    const keys = (secret: string): KeySource => ({
      kind: 'keys',
      accessKeyId: new Secret('accessKeyId', 'AKIACANARY'),
      secretAccessKey: new Secret('secretAccessKey', secret),
      sessionToken: undefined,
    });
    await resolve(iamLogin({}, keys('right')));
    expect((await resolve(iamLogin({}, keys('wrong')))).forget).toBeUndefined();
  });

  it('asks where the cluster is before it asks for credentials, once', async () => {
    const sought = iamLogin({ host: undefined, port: undefined });
    expect((await resolve(sought)).address).toMatchObject({ host: 'found.example', port: 5555 });
    expect(calls).toEqual(['keys default', 'endpoint', 'login']);
    const { address } = await resolve(sought);
    expect(calls).toEqual(['keys default', 'endpoint', 'login', 'keys default']);
    await address!.forget();
    await resolve(sought);
    expect(calls.filter((call) => call === 'endpoint')).toHaveLength(2);
  });

  it('keeps nothing with iamDisableCache', async () => {
    for (let i = 0; i < 2; i++)
      expect(
        (await resolve(iamLogin({ host: undefined }, undefined, { cache: 'off' }))).forget,
      ).toBeUndefined();
    expect(calls.filter((call) => call !== 'keys default')).toEqual([
      'endpoint',
      'login',
      'endpoint',
      'login',
    ]);
  });

  it('is made with the keys and the asserted user of a provider, which is announced', async () => {
    const get = vi.fn(async ({ options }: ProviderContext) => ({
      kind: 'aws' as const,
      keys: { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't', expiration: soon() },
      asserted: { dbUser: `asserted in ${options.region ?? ''}` },
    }));
    const keys: KeySource = {
      kind: 'provider',
      provider: { kind: 'own', provider: { name: 'MySaml', reusable: true, get }, options: {} },
    };
    const { login } = await resolve(iamLogin({}, keys));
    expect(login).toEqual({
      kind: 'password',
      user: 'IAM:asserted in us-east-1',
      password: 'temporary 1',
      announced: [['plugin_name', 'MySaml']],
    });
    await resolve(iamLogin({ dbUser: 'bob' }, keys));
    expect(get).toHaveBeenCalledTimes(1);
    // A region that only the name behind the host tells is the login's too: JDBC asks STS there as well.
    const behind = await resolveLogin(iamLogin({ region: undefined }, keys), {
      signal: never,
      cache,
      iam: async () => ({ ...steps, regionOf: async () => 'eu-west-3' }),
    });
    expect(behind.login).toMatchObject({ user: 'IAM:asserted in eu-west-3' });
  });

  describe('whose keys AWS refuses', () => {
    const refusal = (name: string): Error =>
      awsFailure(Object.assign(new Error('The security token is invalid'), { name }), {
        action: 'GetClusterCredentials',
        stage: 'redshift api',
      });
    /** A provider whose keys are `AKIA1`, `AKIA2` …, of which AWS knows one. */
    function revocable(settings: Partial<FlowConfig> = {}) {
      const known = { id: 'AKIA1', answer: refusal('InvalidClientTokenId') };
      const provider = {
        reusable: true,
        get: vi.fn(() => ({
          accessKeyId: `AKIA${String(provider.get.mock.calls.length)}`,
          secretAccessKey: 's',
          expiration: soon(),
        })),
      };
      const iam: IamSteps = {
        ...steps,
        databaseLogin: async (config, keys, ...rest) => {
          if (keys.accessKeyId !== known.id) throw known.answer;
          return { ...(await steps.databaseLogin(config, keys, ...rest)), expiration: undefined };
        },
      };
      const choice = { kind: 'provider', provider: { kind: 'own', provider, options: {} } } as const;
      const logIn = (): Promise<Resolved> =>
        resolveLogin(iamLogin({}, choice, settings), {
          signal: new AbortController().signal,
          cache,
          iam: async () => iam,
        });
      return { known, get: provider.get, logIn };
    }

    it('is asked anew, once, where they were kept from earlier: all who connect get in', async () => {
      const { known, get, logIn } = revocable();
      await logIn();
      await logIn();
      expect(get).toHaveBeenCalledTimes(1);
      // An administrator has revoked the sessions of the role.
      known.id = 'AKIA2';
      expect(await Promise.all(Array.from({ length: 50 }, logIn))).toHaveLength(50);
      expect(get).toHaveBeenCalledTimes(2);
      await logIn();
      expect(get).toHaveBeenCalledTimes(2);
    });

    it('is not asked anew for keys that it has just given, nor for any other reason', async () => {
      const { known, get, logIn } = revocable();
      known.id = 'none';
      await expect(logIn()).rejects.toThrow('InvalidClientTokenId');
      expect(get).toHaveBeenCalledTimes(1);
      known.answer = refusal('AccessDenied');
      await expect(logIn()).rejects.toThrow('AccessDenied');
      expect(get).toHaveBeenCalledTimes(1);
      known.answer = refusal('ExpiredToken');
      await expect(logIn()).rejects.toThrow('ExpiredToken');
      expect(get).toHaveBeenCalledTimes(2);
    });
  });

  it('takes a credential provider of the AWS SDK as it is', async () => {
    const sdk = async (): Promise<{ accessKeyId: string; secretAccessKey: string }> => ({
      accessKeyId: 'AKIA',
      secretAccessKey: 's',
    });
    const keys: KeySource = { kind: 'provider', provider: { kind: 'own', provider: sdk, options: {} } };
    expect((await resolve(iamLogin({}, keys))).login).toMatchObject({ user: 'IAM:alice' });
  });

  it('refuses a token of its provider', async () => {
    const provider = (): { kind: 'token'; token: string } => ({ kind: 'token', token: 'canary' });
    const keys: KeySource = { kind: 'provider', provider: { kind: 'own', provider, options: {} } };
    const failure = await resolve(iamLogin({}, keys)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ stage: 'options', hint: 'for this provider leave out iam' });
    expect(inspect(failure)).not.toContain('canary');
  });

  it('is kept in a store of the user, whose keys tell nothing', async () => {
    const kept = new Map<string, string>();
    const store = {
      get: (key: string) => kept.get(key),
      set: (key: string, value: string) => kept.set(key, value),
      delete: (key: string) => kept.delete(key),
    };
    await resolve(iamLogin({}, undefined, { cache: store }));
    expect([...kept.keys()]).toEqual([expect.stringMatching(/^[\da-f]{64}$/)]);
    cache = new CredentialsCache();
    expect((await resolve(iamLogin({}, undefined, { cache: store }))).login).toMatchObject({
      user: 'IAM:alice',
      password: 'temporary 1',
    });
    const broken = iamLogin({}, undefined, { cache: { get: 7 } });
    await expect(resolve(broken)).rejects.toMatchObject({ name: 'ArgumentError' });
  });
});
