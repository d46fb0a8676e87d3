/**
 * Asks a credentials provider, ours or one's own: the options that it needs, the cache for what may be used again, and its
 * failures as errors that name it. It knows no protocol of any provider.
 */
import { unlessAborted } from '../aws/unless-aborted.js';
import type { FlowConfig, ProviderChoice } from '../config/login-config.js';
import type { PluginOptionName } from '../config/plugin-options.js';
import { providers } from '../config/providers.js';
import { Secret } from '../config/secret.js';
import { AuthenticationError, RedshiftError } from '../errors.js';
import { ask } from './ask.js';
import { cacheKey, type CredentialsCache, type Fetched, type Held } from './cache.js';
import { storeOf, type Flow } from './flow.js';
import { numberOf } from './number-of.js';
import { asProvider, loadPlugin, registeredProviders } from './plugins/index.js';
import { readProvided } from './provided.js';
import type { PluginOptions, ProvidedCredentials, ProviderContext } from './provider.js';

/** A provider, whoever wrote it. */
export interface Asked {
  readonly name: string;
  /** As it was written, for the server; undefined where nothing was. */
  readonly written: string | undefined;
  readonly required: readonly PluginOptionName[];
  /** Undefined: it is given all options. */
  readonly optional: readonly PluginOptionName[] | undefined;
  readonly reusable: boolean;
  /** The very function of one's own: two that share a name share no login. */
  readonly own: object | undefined;
  readonly get: (context: ProviderContext) => unknown;
}

/** @throws AuthenticationError when nobody knows the name */
export async function findAsked(choice: ProviderChoice): Promise<Asked> {
  if (choice.kind === 'named') {
    const { name: written, plugin } = choice;
    const ours = await loadPlugin(plugin);
    if (ours !== undefined) {
      const { name, reusable } = ours;
      const { required, optional } = providers[name];
      return {
        name,
        written,
        required,
        optional,
        reusable,
        own: undefined,
        get: (context) => ours.get(context),
      };
    }
  }
  const given = choice.kind === 'own' ? choice.provider : registeredProviders.get(choice.plugin);
  const own = asProvider(given);
  if (own === undefined) {
    const called = choice.kind === 'named' ? ` ${shownName(choice.plugin)}` : '';
    throw new AuthenticationError(`There is no credentials provider${called}`, {
      stage: 'options',
      hint: 'give the name of a plugin, a name given to registerCredentialsProvider, a function, or an object with a function get',
    });
  }
  const { name, required = [], optional, reusable = false } = own;
  return {
    name: name ?? 'credentialsProvider',
    written: choice.kind === 'named' ? choice.name : name,
    required,
    optional,
    reusable,
    own: given,
    get: (context) => own.get(context),
  };
}

/** Text that is no name may be anything, a misplaced secret too. */
function shownName(name: string): string {
  return /^[\w.]{1,80}$/.test(name) ? name : 'of this name';
}

/** @param login what the options say, @param flow made once a login */
export async function askProvider(
  asked: Asked,
  given: PluginOptions,
  config: FlowConfig,
  parts: {
    readonly flow: Flow;
    readonly cache: CredentialsCache;
    readonly signal: AbortSignal;
  },
): Promise<Held<ProvidedCredentials>> {
  const { flow, cache, signal } = parts;
  flow.progress.plugin = asked.name;
  flow.progress.waitsFor('identity provider', 'its own answer');
  const own = ownOptions(asked, given);
  const contextOf = (options: PluginOptions, until: AbortSignal): ProviderContext => ({
    plugin: asked.name,
    options,
    http: flow.http,
    signal: until,
    openBrowser: flow.openBrowser(asked.name),
    log: flow.log,
  });
  if (!asked.reusable || config.cache === 'off')
    return { value: await call(asked, contextOf(own, signal)), cached: false, forget: nothing };
  // A function that gives a secret is called once a login: what it gave decides whose login this is.
  const { options, values } = await readSecrets(asked, own, signal);
  const key = cacheKey('provider', [
    asked.name,
    asked.own === undefined ? undefined : numberOf(asked.own),
    config.sslInsecure,
    config.httpsCa,
    values,
  ]);
  // What a password opened stays in this process: from its key in a store, a weak one could be guessed.
  const keep = asked.own === undefined && options.password === undefined;
  return cache.get<ProvidedCredentials>({
    key,
    signal,
    // A function that shows the page to somebody may stand for somebody else than the next one does.
    person: config.openBrowser,
    fetch: async (until): Promise<Fetched<ProvidedCredentials>> => {
      const value = await call(asked, contextOf(options, until));
      return { value, expiration: value.kind === 'aws' ? value.keys.expiration : value.expiration };
    },
    store: keep ? storeOf(config) : undefined,
    revive: readProvided,
    log: (line) => {
      flow.log('warn', line);
    },
  });
}

async function call(asked: Asked, context: ProviderContext): Promise<ProvidedCredentials> {
  const { name: plugin } = asked;
  let provided: ProvidedCredentials | undefined;
  try {
    const given = await unlessAborted(
      Promise.resolve().then(() => asked.get(context)),
      context.signal,
    );
    provided = readProvided(given);
  } catch (cause) {
    context.signal.throwIfAborted();
    if (cause instanceof RedshiftError) throw cause;
    // One's own provider may put anything into its text.
    throw new AuthenticationError(`${shown(asked)} failed (see cause)`, {
      plugin,
      stage: 'identity provider',
      cause,
    });
  }
  if (provided === undefined)
    throw new AuthenticationError(`${shown(asked)} gave no credentials`, {
      plugin,
      stage: 'identity provider',
      hint: "it has to give { kind: 'aws', keys }, { kind: 'token', token } or { kind: 'password', password }, or AWS keys",
    });
  return provided;
}

/** What has no name is called by the option that it was given as. */
function shown({ name, written }: Asked): string {
  return written === undefined ? `What was given as ${name}` : `The credentials provider ${name}`;
}

/** Its own options and no others; all that are missing are told at once. */
function ownOptions({ name: plugin, required, optional }: Asked, given: PluginOptions): PluginOptions {
  const missing = required.filter((name) => given[name] === undefined || given[name] === '');
  if (missing.length > 0)
    throw new AuthenticationError(`${plugin} needs ${missing.join(', ')}`, {
      plugin,
      stage: 'options',
      hint: missing.length === 1 ? 'this option was not given' : 'these options were not given',
    });
  if (optional === undefined) return given;
  // The role of a SAML login, and where and for how long, is every such login's.
  const names = new Set<string>([...required, ...optional, ...everyLogins]);
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)));
}

const everyLogins = ['region', 'iamDuration', 'preferredRole', 'stsEndpointUrl'] as const;

async function readSecrets(
  { name: plugin }: Asked,
  options: PluginOptions,
  signal: AbortSignal,
): Promise<{ options: PluginOptions; values: readonly [string, unknown][] }> {
  const read: [string, unknown][] = [];
  const values: [string, unknown][] = [];
  for (const [name, value] of Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = value instanceof Secret ? await ask(value, name, signal, { plugin }) : value;
    read.push([name, value instanceof Secret ? new Secret(name, known as string) : value]);
    if (known !== undefined && typeof known !== 'function') values.push([name, known]);
  }
  return { options: Object.fromEntries(read), values };
}

async function nothing(): Promise<void> {
  // It was not kept.
}
