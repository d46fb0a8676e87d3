/**
 * The closed table of identity provider plugins, and the names that users registered for their own. A name is looked up
 * here and nowhere else: whatever text is given, it never loads a module (CVE-2022-41828, CVE-2026-8178 of the JDBC driver).
 */
import { findProvider, type ProviderName } from '../../config/providers.js';
import { ArgumentError } from '../../errors.js';
import type { CredentialsFunction, CredentialsProvider, Plugin } from '../provider.js';

/** Each is loaded on first use, by a name that is written here. A new plugin is a row. */
const table: ReadonlyMap<string, () => Promise<Plugin>> = new Map(
  Object.entries({
    AdfsCredentialsProvider: async () => (await import('./adfs.js')).adfs,
    AzureCredentialsProvider: async () => (await import('./azure.js')).azure,
    BrowserAzureCredentialsProvider: async () => (await import('./browser-azure.js')).browserAzure,
    BrowserAzureOAuth2CredentialsProvider: async () =>
      (await import('./browser-azure-oauth2.js')).browserAzureOAuth2,
    BrowserSamlCredentialsProvider: async () => (await import('./browser-saml.js')).browserSaml,
    OktaCredentialsProvider: async () => (await import('./okta.js')).okta,
    PingCredentialsProvider: async () => (await import('./ping.js')).ping,
    SamlCredentialsProvider: async () => (await import('./saml-assertion.js')).samlAssertion,
    BasicJwtCredentialsProvider: async () => (await import('./basic-jwt.js')).basicJwt,
    JwtIamAuthPlugin: async () => (await import('./jwt-iam.js')).jwtIam,
    JwtCredentialsProvider: async () => (await import('./jwt.js')).jwt,
    BrowserIdcAuthPlugin: async () => (await import('./browser-idc.js')).browserIdc,
    IdpTokenAuthPlugin: async () => (await import('./idp-token.js')).idpToken,
  } satisfies Readonly<Record<ProviderName, () => Promise<Plugin>>>),
);

const registered = new Map<string, CredentialsProvider>();

/** What was registered so far, by name. */
export const registeredProviders: ReadonlyMap<string, CredentialsProvider> = registered;

/** The names that have a plugin of ours. */
export const pluginNames: readonly string[] = [...table.keys()];

/**
 * Gives a provider of your own a name, so that `credentialsProvider` may be that text: in a URL, in the environment, in a
 * file of settings. A later provider of the same name takes its place; the names of ours are taken.
 *
 * @returns takes the name away again
 * @throws ArgumentError for a name that is taken or odd, and for what is no provider
 * @example
 * registerCredentialsProvider('vault', async ({ signal }) => ({ kind: 'password', password: await readVault(signal) }));
 * const conn = await connect({ host, database: 'dev', user: 'app', credentialsProvider: 'vault' });
 */
export function registerCredentialsProvider(
  name: string,
  provider: CredentialsProvider | CredentialsFunction,
): () => void {
  if (typeof name !== 'string' || !/^[a-z]\w{0,99}$/i.test(name))
    throw new ArgumentError(
      'registerCredentialsProvider: the name must be a letter, then letters, digits or _, at most 100',
    );
  if (findProvider(name) !== undefined)
    throw new ArgumentError(`registerCredentialsProvider: ${name} is the name of a plugin of this package`);
  const object = asProvider(provider);
  if (object === undefined)
    throw new ArgumentError(
      'registerCredentialsProvider: the provider must be a function, or an object with a function get',
    );
  const named: CredentialsProvider = { ...object, name };
  registered.set(name, named);
  return () => {
    if (registered.get(name) === named) registered.delete(name);
  };
}

/** A function is a provider whose `get` it is; undefined: it is none. */
export function asProvider(provider: unknown): CredentialsProvider | undefined {
  if (typeof provider === 'function') return { get: provider as CredentialsFunction };
  if (typeof provider !== 'object' || provider === null) return undefined;
  const own = provider as CredentialsProvider;
  if (typeof (own.get as unknown) !== 'function') return undefined;
  const { name, required, optional, reusable } = own;
  return { get: (context) => own.get(context), name, required, optional, reusable };
}

/** A plugin of ours by its bare name; undefined: there is none. */
export async function loadPlugin(name: string): Promise<Plugin | undefined> {
  return table.get(name)?.();
}
