/** What TypeScript lets a caller write: `npx tsc` checks it, and it is run once so that it stays honest. */
import { describe, expect, it } from 'vitest';
import type { ConnectOptions, OwnProvider } from '../../../src/client/connect.js';
import type { PoolOptions } from '../../../src/client/pool.js';
import type { options } from '../../../src/config/options.js';
import { parseConfig } from '../../../src/config/parse.js';
import type { PluginOptionName, PluginOptions } from '../../../src/config/plugin-options.js';
import type {
  AnyProviderName,
  CredentialsProviderName,
  Fitting,
  OptionsOfPlugins,
  ProviderName,
} from '../../../src/config/provider-types.js';
import type { providers } from '../../../src/config/providers.js';
import type { Secret } from '../../../src/config/secret.js';

const place = { host: 'c.x.us-west-2.redshift.amazonaws.com', database: 'dev' } as const;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** What a value of an option is once it has been read. */
type ValueOf<Type> = Type extends { is: 'secret' }
  ? Secret
  : Type extends { is: 'string' | 'file' }
    ? string
    : Type extends { is: 'boolean' }
      ? boolean
      : Type extends { is: 'integer' | 'seconds' | 'bytes' }
        ? number
        : Type extends { is: 'enum'; values: readonly (infer Value)[] }
          ? Value
          : Type extends { is: 'list' }
            ? readonly string[]
            : never;

/** Checked by the compiler, then by the driver. */
function taken<Name extends AnyProviderName = AnyProviderName>(
  options: ConnectOptions & Fitting<Name, OwnProvider>,
): string {
  return parseConfig(options).login.kind;
}

describe('the options of a login', () => {
  it('go with their plugin', () => {
    const kinds = [
      taken({ ...place, user: 'u', password: 'p' }),
      taken({ ...place, iam: true, dbUser: 'u', profile: 'p' }),
      taken({ ...place, token: () => 't', tokenType: 'EXT_JWT' }),
      taken({
        ...place,
        iam: true,
        credentialsProvider: 'OktaCredentialsProvider',
        idpHost: 'o.example',
        appId: 'a',
        user: 'u',
        password: () => Promise.resolve('p'),
      }),
      taken({
        ...place,
        credentialsProvider: 'redshift_connector.plugin.BrowserIdcAuthPlugin',
        issuerUrl: 'https://idc.example/start',
        idcRegion: 'us-east-1',
        listenPort: 0,
      }),
      taken({ ...place, credentials_provider: 'IdpTokenAuthPlugin', token: 't', token_type: 'ACCESS_TOKEN' }),
      taken({
        ...place,
        credentialsProvider: () => ({ kind: 'password', password: 'p' }),
        clientSecret: 's',
      }),
      taken({
        ...place,
        iam: true,
        credentialsProvider: { name: 'Vault', get: () => ({ accessKeyId: 'a', secretAccessKey: 's' }) },
      }),
    ];
    expect(kinds).toEqual(['password', 'iam', 'token', 'iam', 'provider', 'provider', 'provider', 'iam']);
  });

  it('of another plugin are refused, by the compiler and by the driver', () => {
    const refused: (() => string)[] = [
      () =>
        taken({
          ...place,
          credentialsProvider: 'BrowserIdcAuthPlugin',
          issuerUrl: 'https://x.example',
          idcRegion: 'us-east-1',
          // @ts-expect-error: an option of Okta
          appId: 'x',
        }),
      () =>
        taken({
          ...place,
          iam: true,
          credentialsProvider: 'BrowserSamlCredentialsProvider',
          loginUrl: 'https://x.example',
          // @ts-expect-error: of the password logins
          idp_host: 'x.example',
        }),
      () =>
        taken({
          ...place,
          credentials_provider: 'BasicJwtCredentialsProvider',
          webIdentityToken: 't',
          // @ts-expect-error: of Microsoft Entra
          idpTenant: 'x',
        }),
      () =>
        taken({
          ...place,
          user: 'u',
          // The provider may come from the environment, so that only the driver can tell.
          loginUrl: 'https://x.example',
        }),
      () =>
        taken({
          ...place,
          iam: true,
          // @ts-expect-error: an object needs get()
          credentialsProvider: { name: 'Vault' },
        }),
    ];
    for (const give of refused) expect(give).toThrow(/has no use|is no plugin|must be the name/);
  });

  it('are those of a pool as well, and can be passed on', () => {
    const mine: PoolOptions = {
      ...place,
      max: 3,
      iam: true,
      credentialsProvider: 'PingCredentialsProvider',
      idpHost: 'p.example',
      user: 'u',
      password: 'p',
    };
    const { max: _max, ...connection } = mine;
    const again: ConnectOptions = { ...connection, applicationName: 'x' };
    expect(taken(again)).toBe('iam');
  });

  it('name every plugin of the table', () => {
    const all: [keyof typeof providers] extends [CredentialsProviderName] ? true : false = true;
    expect(all).toBe(true);
  });

  it('are those of the table, plugin by plugin', () => {
    type Specs = typeof providers;
    type Written = {
      [Name in ProviderName]: Same<
        OptionsOfPlugins[Name],
        Specs[Name]['required' | 'optional' | 'passedOver'][number]
      >;
    };
    const same: Written[ProviderName] = true;
    expect(same).toBe(true);
  });

  it('are handed to a provider with the types that the table of options gives them', () => {
    type Row = (typeof options)[number];
    type Secrets = Extract<Row, { type: { is: 'secret' } }>['name'];
    type Handed = {
      [Name in PluginOptionName]-?: Same<
        NonNullable<PluginOptions[Name]>,
        ValueOf<Extract<Row, { name: Name }>['type']>
      >;
    };
    const same: Handed[PluginOptionName] = true;
    const hidden: Same<
      Extract<PluginOptionName, Secrets>,
      {
        [Name in PluginOptionName]-?: PluginOptions[Name] extends Secret | undefined ? Name : never;
      }[PluginOptionName]
    > = true;
    expect([same, hidden]).toEqual([true, true]);
  });

  it('may be made Partial, spread and passed on without knowing the provider', () => {
    const wrap = (options: Partial<ConnectOptions>, over: ConnectOptions = {}): string =>
      taken({ ...place, ...options, ...over });
    expect(wrap({ user: 'u', password: 'p' })).toBe('password');
    const name: string = 'BasicJwtCredentialsProvider';
    expect(taken({ ...place, credentialsProvider: name, webIdentityToken: 't' })).toBe('provider');
  });
});
