/**
 * From what the caller gave to one frozen Config, or to one error that names every problem. The only way to make a Config.
 * It reads no file and no process state: the environment is handed in.
 */
import { ArgumentError, NotSupportedError } from '../errors.js';
import { chooseLogin } from './choice.js';
import type { Config, ProfileLogin } from './config.js';
import type { ConnectOptionsInput } from './connection-options.js';
import { type Endpoint, endpointOf } from './endpoint.js';
import { Given, type Problem, type Use } from './given.js';
import { type LoginContext, loginOf, profileRequestOf } from './login-rules.js';
import { type OptionName, options } from './options.js';
import type { PoolConfig, PoolSettings, SnakePoolSettings } from './pool-options.js';
import type { RegisteredProviders } from './providers.js';
import { addressOf, databaseOf, tlsOf } from './rules.js';

export interface OptionSources {
  /** `process.env`, or what stands for it; nothing is read from elsewhere. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What `registerCredentialsProvider` added to the plugins. */
  readonly providers?: RegisteredProviders;
  /** The content of the authentication profile that the options name, once it has been fetched. */
  readonly profile?: string;
}

type Input = string | ConnectOptionsInput;
type PoolInput = string | (ConnectOptionsInput & PoolSettings & SnakePoolSettings);

const defaults: ReadonlyMap<OptionName, unknown> = new Map(
  options.map((row) => [row.name, 'default' in row ? row.default : undefined]),
);

/**
 * Merges the sources, strongest first: the object, the URL (the text, or the object's `url`), the environment
 * (`REDSHIFT_HOST` and so on; `REDSHIFT_URL` is the weakest), the defaults. An authentication profile stands between URL and
 * environment; where one is named and its content is not here yet, the login says what to fetch, and all else is provisional.
 *
 * @throws ArgumentError with all problems, each naming its option and none showing a secret; NotSupportedError when the
 * only problems are options whose feature is not built yet.
 */
export function parseConfig(input: Input, sources: OptionSources = {}): Config {
  return complete(collect(input, sources, 'connect'), sources, false, (profile) =>
    parseConfig(input, { ...sources, profile }),
  );
}

/** The same for a pool: its own options are read along, and its connections are in autocommit unless told otherwise. */
export function parsePoolConfig(
  input: PoolInput,
  sources: OptionSources = {},
): { readonly connection: Config; readonly pool: PoolConfig } {
  const given = collect(input, sources, 'pool');
  const pool = poolOf(given);
  const merge = (profile: string): Config => parsePoolConfig(input, { ...sources, profile }).connection;
  return { connection: complete(given, sources, true, merge), pool };
}

// Each value was read by its row's type, so it fits where its option belongs.
function reader(given: Given): (name: OptionName) => never {
  return (name) => (given.get(name) ?? defaults.get(name)) as never;
}

function limits(given: Given): (name: OptionName) => number | undefined {
  const value = reader(given);
  return (name) => {
    const seconds: number | undefined = value(name);
    return seconds === 0 ? undefined : seconds;
  };
}

function poolOf(given: Given): PoolConfig {
  const value = reader(given);
  const limit = limits(given);
  const min: number = value('min');
  const max: number = value('max');
  if (min > max) given.wrong('min', `is ${String(min)}, more than max (${String(max)})`);
  return Object.freeze<PoolConfig>({
    min,
    max,
    idleTimeout: limit('idleTimeout'),
    acquireTimeout: limit('acquireTimeout'),
    maxLifetime: limit('maxLifetime'),
    maxUses: value('maxUses'),
    validateAfter: value('validateAfter'),
    allowExitOnIdle: value('allowExitOnIdle'),
    onConnect: value('onConnect'),
    onRelease: value('onRelease'),
  });
}

function complete(
  given: Given,
  sources: OptionSources,
  autocommit: boolean,
  merge: ProfileLogin['merge'],
): Config {
  const value = reader(given);
  const limit = limits(given);

  const protocol: Config['protocol'] = value('protocol');
  const choice = chooseLogin(given, sources.providers);
  const address = addressOf(given, protocol, choice.way === 'iam');
  const endpoint = Object.freeze<Endpoint>(
    address?.kind === 'tcp' ? endpointOf(address.host) : { kind: 'custom' },
  );
  const tls = tlsOf(given, address);
  const unfetched = choice.way === 'iam' && given.has('authProfile') && sources.profile === undefined;
  const database = unfetched ? '' : databaseOf(given, protocol);
  const environment = sources.env ?? {};
  const context: LoginContext = { choice, protocol, address, endpoint, tls, database, environment };
  const login = unfetched ? profileLogin(given, context, merge) : loginOf(given, context);
  if (protocol === 'postgresql' && given.has('queryGroup')) {
    given.wrong('queryGroup', 'is a setting of Redshift; a PostgreSQL server has none such');
  }
  if (tls?.kind === 'off' && given.get('channelBinding') === 'require')
    given.wrong('channelBinding', 'require needs TLS: there is no channel to bind to');
  const sourceAddress = sourceAddressOf(given);

  // What is wrong with an option that is refused anyway, or missing beside it, would lead astray.
  const later = given.problems.filter((problem) => problem.kind === 'later');
  const refused = new Set(later.map(({ option }) => option));
  const wrong = given.problems.filter(
    (problem) =>
      problem.kind === 'wrong' && !(later.length > 0 && (problem.missing || refused.has(problem.option))),
  );
  if (wrong.length + later.length > 0) throw failure(wrong, later);
  if (address === undefined || tls === undefined || login === undefined || database === undefined) {
    throw new ArgumentError('The connection options are incomplete: host, database and user are required');
  }
  return Object.freeze<Config>({
    protocol,
    address,
    endpoint,
    tls,
    login,
    database,
    applicationName: value('applicationName'),
    clientProtocolVersion: value('clientProtocolVersion'),
    sourceAddress,
    requireAuth: given.has('requireAuth') ? value('requireAuth') : Object.freeze([]),
    channelBinding: value('channelBinding'),
    allowCleartextPassword: value('allowCleartextPassword'),
    connectTimeout: limit('connectTimeout'),
    queryTimeout: limit('queryTimeout'),
    closeTimeout: value('closeTimeout'),
    tcpKeepalive: value('tcpKeepalive'),
    tcpKeepaliveIdle: value('tcpKeepaliveIdle'),
    autocommit: given.has('autocommit') ? value('autocommit') : autocommit,
    readOnly: value('readOnly'),
    searchPath: value('searchPath'),
    queryGroup: value('queryGroup'),
    options: value('options'),
    statementTimeout: value('statementTimeout'),
    paramstyle: value('paramstyle'),
    rowMode: value('rowMode'),
    types: value('types'),
    numericToFloat: value('numericToFloat'),
    fetchBufferSize: value('fetchBufferSize'),
    maxResultBytes: value('maxResultBytes'),
    maxPreparedStatements: value('maxPreparedStatements'),
    pipeline: value('pipeline'),
    logger: value('logger'),
    logParameters: value('logParameters'),
    notices: Object.freeze([...given.notices]),
    warnings: Object.freeze([...given.warnings]),
  });
}

function profileLogin(
  given: Given,
  context: LoginContext,
  merge: ProfileLogin['merge'],
): ProfileLogin | undefined {
  const request = profileRequestOf(given, context);
  return request === undefined
    ? undefined
    : Object.freeze({ kind: 'auth-profile', user: '', request, merge });
}

function collect(input: unknown, sources: OptionSources, use: Use): Given {
  const environment = sources.env ?? {};
  const given = new Given(use);
  if (typeof input === 'string') given.addUrl(input);
  else if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    given.addObject(input);
    const url = given.get('url');
    if (typeof url === 'string') given.addUrl(url);
  } else
    throw new ArgumentError(`${use === 'pool' ? 'A pool' : 'Connect'} takes an object of options, or a URL`);
  if (sources.profile !== undefined) {
    const name = (given.get('authProfile') ?? environment['REDSHIFT_AUTH_PROFILE'] ?? '') as string;
    given.addProfile(name, sources.profile);
  }
  given.addEnvironment(environment);
  const fallback = environment['REDSHIFT_URL'];
  if (typeof input !== 'string' && !given.has('url') && fallback !== undefined && fallback !== '')
    given.addUrl(fallback, true);
  return given;
}

function sourceAddressOf(given: Given): string | undefined {
  const address = given.get('sourceAddress') as string | undefined;
  // Hostnames would have to be looked up here; Node binds to addresses only.
  if (address !== undefined && !/^[\da-fA-F:.]+(%\w+)?$/.test(address))
    given.wrong('sourceAddress', 'must be an IP address');
  return address;
}

function failure(wrong: readonly Problem[], later: readonly Problem[]): ArgumentError | NotSupportedError {
  const all = [...wrong, ...later];
  const [only] = all;
  const message =
    all.length === 1 && only !== undefined
      ? `Option ${only.option}: ${only.text}`
      : `${all.length} problems with the connection options:\n${all.map(({ option, text }) => `- ${option}: ${text}`).join('\n')}`;
  return wrong.length > 0 ? new ArgumentError(message) : new NotSupportedError(message);
}
