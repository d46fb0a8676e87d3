/** `connect`: options to a Config, a Config to the settings of each layer, and a connection that is ready. */
import { createRequire } from 'node:module';
import { arch, platform, release } from 'node:os';
import { basename } from 'node:path';
import type { CredentialsStore } from '../auth/cache.js';
import { registeredProviders } from '../auth/plugins/index.js';
import type { CredentialsFunction, CredentialsProvider } from '../auth/provider.js';
import { readProfile } from '../auth/resolve.js';
import type { Config } from '../config/config.js';
import type { ConnectionOptions, ConnectOptionsInput } from '../config/connection-options.js';
import { parseConfig } from '../config/parse.js';
import type { AnyProviderName, Fitting } from '../config/provider-types.js';
import { quoteLiteral } from '../sql/quote.js';
import { guarded, type Logger } from '../trace.js';
import { TypeRegistry, type TypeOptions } from '../types/registry.js';
import type { Connection } from './connection.js';
import { openConnection, type OpenSettings } from './open.js';

const { version } = createRequire(import.meta.url)('redshift-connector/package.json') as { version: string };

/** A provider of one's own, for `credentialsProvider`. */
export type OwnProvider = CredentialsProvider | CredentialsFunction;

/** The options of `connect`; the snake_case spelling of each is taken too. */
export type ConnectOptions = Omit<
  ConnectOptionsInput,
  'types' | 'credentialsProvider' | 'credentials_provider' | 'credentialsCache' | 'credentials_cache'
> & {
  /** What values become: a preset, or a choice per type. */
  readonly types?: TypeOptions | undefined;
  /**
   * The identity provider to log in through: the name of a plugin, or a function or object of your own that gives AWS keys, a token
   * or a password. The plugins that give AWS keys (SAML) need `iam: true`.
   */
  readonly credentialsProvider?: AnyProviderName | OwnProvider | undefined;
  /** The same as `credentialsProvider`. */
  readonly credentials_provider?: AnyProviderName | OwnProvider | undefined;
  /** Where credentials are kept until they expire. Default: in memory. */
  readonly credentialsCache?: CredentialsStore | undefined;
};
export type { ConnectionOptions };

/**
 * Connects and logs in. What it returns is ready to use.
 *
 * @param options an object, or a URL: `redshift://user:password@host:5439/dev`, `postgresql://…`, `jdbc:redshift://…`; with the
 *   name of a plugin as `credentialsProvider`, the options of other plugins are refused
 * @param call `signal` gives up connecting at once
 * @throws ArgumentError naming every option that cannot be; ConnectError for DNS, TCP and TLS; AuthenticationError when
 *   the login is refused; TimeoutError after `connectTimeout` seconds (30); CancelledError by `signal`
 * @example
 * const conn = await connect({ host: 'examplecluster.abc123.us-west-2.redshift.amazonaws.com', database: 'dev', user: 'awsuser', password });
 */
export async function connect<Name extends AnyProviderName = AnyProviderName>(
  options: string | (ConnectOptions & Fitting<Name, OwnProvider>),
  call: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Connection> {
  const config = parseConfig(options, { env: process.env, providers: registeredProviders });
  const settings = openSettings(config);
  tell(config, settings.executor.logger);
  return openConnection(settings, call.signal);
}

/** What was remarked about the options. @param told lines that were logged before; what is logged now is added */
export function tell(
  { notices, warnings }: Config,
  logger: Logger | undefined,
  told: Set<string> = new Set(),
): void {
  const fresh = (lines: readonly string[]): string[] => lines.filter((line) => !told.has(line));
  for (const line of fresh(notices)) logger?.info(line);
  for (const line of fresh(warnings)) logger?.warn(line);
  for (const line of [...notices, ...warnings]) told.add(line);
}

/** From a Config to the settings of each layer. */
export function openSettings(config: Config): OpenSettings {
  const { protocol, address } = config;
  const logger = config.logger === undefined ? undefined : guarded(config.logger);
  const types = TypeRegistry.defaults
    .with(config.numericToFloat ? { numeric: 'number' } : undefined)
    .with(config.types as TypeOptions | undefined);
  return {
    transport: {
      address,
      tls: config.tls,
      keepalive: config.tcpKeepalive,
      keepaliveIdle: config.tcpKeepaliveIdle,
      sourceAddress: config.sourceAddress,
    },
    login: loginOf(config, logger),
    database: config.database,
    applicationName: config.applicationName ?? programName(),
    clientProtocolVersion: config.clientProtocolVersion,
    driverVersion: `Redshift Node.js Driver ${version}`,
    osVersion: `${platform()} ${release()} ${arch()}`,
    searchPath: config.searchPath,
    startupOptions: config.options,
    setup: setupScript(config),
    requireAuth: config.requireAuth,
    channelBinding: config.channelBinding,
    allowCleartextPassword: config.allowCleartextPassword,
    connectTimeout: config.connectTimeout,
    closeTimeout: config.closeTimeout,
    executor: {
      dialect: protocol,
      paramstyle: config.paramstyle,
      rowMode: config.rowMode ?? 'array',
      queryRowMode: config.rowMode ?? 'object',
      types,
      autocommit: config.autocommit,
      pipeline: config.pipeline,
      maxPreparedStatements: config.maxPreparedStatements,
      fetchBufferSize: config.fetchBufferSize,
      maxResultBytes: config.maxResultBytes,
      queryTimeout: config.queryTimeout,
      logger,
      logParameters: config.logParameters,
      place: {
        ...placeOf(address),
        database: config.database,
      },
    },
  };
}

/** The options that an authentication profile holds are fetched for each connection: a pool outlives what they said. */
function loginOf(config: Config, logger: Logger | undefined): OpenSettings['login'] {
  const { login } = config;
  if (login.kind !== 'auth-profile') return login;
  // Once for all connections of a pool, and not again what was told before the profile was there.
  const told = new Set([...config.notices, ...config.warnings]);
  return {
    kind: 'late',
    settings: async (signal) => {
      const { value, forget } = await readProfile(login.request, { signal, logger });
      try {
        const merged = login.merge(value);
        tell(merged, logger, told);
        return { settings: openSettings(merged), forget };
      } catch (error) {
        // Whoever mends the profile need not wait.
        await forget();
        throw error;
      }
    },
  };
}

/** Empty until AWS has told where it is. */
function placeOf(address: Config['address']): { host: string; port: number } {
  switch (address.kind) {
    case 'tcp':
      return { host: address.host, port: address.port };
    case 'unix':
      return { host: address.path, port: 0 };
    case 'lookup':
      return { host: '', port: address.port ?? 0 };
  }
}

function programName(): string {
  const script = process.argv[1];
  return script === undefined || script === '' ? basename(process.execPath) : basename(script);
}

/** What no startup parameter says, as one script of one round trip; nothing is sent when nothing was asked for. */
function setupScript(config: Config): string {
  const redshift = config.protocol === 'redshift';
  const statements: string[] = [];
  if (config.queryGroup !== undefined) {
    statements.push(`set query_group to ${quoteLiteral(config.queryGroup, { backslashEscapes: redshift })}`);
  }
  if (config.readOnly)
    statements.push(redshift ? 'set readonly = 1' : 'set default_transaction_read_only = on');
  if (config.statementTimeout !== undefined) {
    statements.push(`set statement_timeout to ${String(Math.ceil(config.statementTimeout * 1000))}`);
  }
  return statements.join('; ');
}
