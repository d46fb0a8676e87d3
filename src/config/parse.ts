/**
 * From what the caller gave to one frozen Config, or to one error that names every problem. The only way to make a Config.
 * It reads no file and no process state: the environment is handed in.
 */
import { ArgumentError, NotSupportedError } from '../errors.js';
import type { Config } from './config.js';
import type { ConnectOptionsInput } from './connection-options.js';
import { type Endpoint, endpointOf } from './endpoint.js';
import { Given, type Problem, type Use } from './given.js';
import { type OptionName, options } from './options.js';
import type { PoolConfig, PoolSettings, SnakePoolSettings } from './pool-options.js';
import { addressOf, databaseOf, loginOf, tlsOf } from './rules.js';

export interface OptionSources {
  /** `process.env`, or what stands for it; nothing is read from elsewhere. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const defaults: ReadonlyMap<OptionName, unknown> = new Map(
  options.map((row) => [row.name, 'default' in row ? row.default : undefined]),
);

/**
 * Merges the sources, strongest first: the object, the URL (the text, or the object's `url`), the environment
 * (`REDSHIFT_HOST` and so on; `REDSHIFT_URL` is the weakest), the defaults.
 *
 * @throws ArgumentError with all problems, each naming its option and none showing a secret; NotSupportedError when the
 * only problems are options whose feature is not built yet.
 */
export function parseConfig(input: string | ConnectOptionsInput, sources: OptionSources = {}): Config {
  return complete(collect(input, sources.env ?? {}, 'connect'), false);
}

/** The same for a pool: its own options are read along, and its connections are in autocommit unless told otherwise. */
export function parsePoolConfig(
  input: string | (ConnectOptionsInput & PoolSettings & SnakePoolSettings),
  sources: OptionSources = {},
): { readonly connection: Config; readonly pool: PoolConfig } {
  const given = collect(input, sources.env ?? {}, 'pool');
  const pool = poolOf(given);
  return { connection: complete(given, true), pool };
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

function complete(given: Given, autocommit: boolean): Config {
  const value = reader(given);
  const limit = limits(given);

  const protocol: Config['protocol'] = value('protocol');
  const address = addressOf(given, protocol);
  const tls = tlsOf(given, address);
  const login = loginOf(given, protocol, address, tls);
  const database = databaseOf(given, protocol);
  if (protocol === 'postgresql' && given.has('queryGroup')) {
    given.wrong('queryGroup', 'is a setting of Redshift; a PostgreSQL server has none such');
  }
  if (tls?.kind === 'off' && given.get('channelBinding') === 'require')
    given.wrong('channelBinding', 'require needs TLS: there is no channel to bind to');
  const sourceAddress = sourceAddressOf(given);

  // Who uses IAM need not give a user or password yet: telling that these are missing would lead astray.
  const later = given.problems.filter((problem) => problem.kind === 'later');
  const wrong = given.problems.filter(
    (problem) => problem.kind === 'wrong' && !(later.length > 0 && problem.missing),
  );
  if (wrong.length + later.length > 0) throw failure(wrong, later);
  if (address === undefined || tls === undefined || login === undefined || database === undefined) {
    throw new ArgumentError('The connection options are incomplete: host, database and user are required');
  }
  return Object.freeze<Config>({
    protocol,
    address,
    endpoint: Object.freeze<Endpoint>(address.kind === 'tcp' ? endpointOf(address.host) : { kind: 'custom' }),
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
  });
}

function collect(input: unknown, environment: Readonly<Record<string, string | undefined>>, use: Use): Given {
  const given = new Given(use);
  if (typeof input === 'string') given.addUrl(input);
  else if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    given.addObject(input);
    const url = given.get('url');
    if (typeof url === 'string') given.addUrl(url);
  } else
    throw new ArgumentError(`${use === 'pool' ? 'A pool' : 'Connect'} takes an object of options, or a URL`);
  given.addEnvironment(environment);
  const fallback = environment['REDSHIFT_URL'];
  if (typeof input !== 'string' && !given.has('url') && fallback !== undefined && fallback !== '')
    given.addUrl(fallback);
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
