/**
 * From settings to a connection that is ready: login value, socket, TLS, handshake, all under one clock. No step writes
 * into an earlier value.
 */
import type { Login } from '../auth/credentials.js';
import { resolveLogin } from '../auth/resolve.js';
import type { LoginConfig } from '../config/config.js';
import { RedshiftError, TimeoutError } from '../errors.js';
import { Handshake } from '../session/handshake.js';
import type { AuthMethod } from '../session/login-methods.js';
import { Session } from '../session/session.js';
import type { ChannelBinding } from '../session/scram-binding.js';
import { checkStartup, startupParameters } from '../session/startup.js';
import { openTransport, type TransportOptions } from '../transport/socket.js';
import type { Transport } from '../transport/transport.js';
import { channels, traced, type ConnectEvent, type Logger, type Span } from '../trace.js';
import { Connection } from './connection.js';
import { Executor, type ExecutorSettings } from './executor.js';

export interface OpenSettings {
  readonly transport: TransportOptions;
  readonly login: LoginConfig;
  readonly database: string;
  readonly applicationName: string;
  readonly clientProtocolVersion: number;
  readonly driverVersion: string;
  readonly osVersion: string;
  readonly searchPath?: string | undefined;
  readonly startupOptions?: string | undefined;
  /** Statements to run before the connection is handed out, as one script; empty: none. */
  readonly setup: string;
  /** Empty: any. */
  readonly requireAuth: readonly AuthMethod[];
  readonly channelBinding: ChannelBinding;
  readonly allowCleartextPassword: boolean;
  /** Seconds for everything up to the connection that is ready; undefined: no bound. */
  readonly connectTimeout: number | undefined;
  readonly closeTimeout: number;
  readonly executor: ExecutorSettings;
}

export async function openConnection(settings: OpenSettings): Promise<Connection> {
  const { place, dialect, logger } = settings.executor;
  const log =
    logger === undefined
      ? undefined
      : (event: ConnectEvent): void => {
          logConnect(logger, event);
        };
  const event = (): ConnectEvent => ({ ...place, protocol: dialect });
  return traced(channels.connect, event, log, async (span) => {
    try {
      const connection = await connectWithin(settings, span);
      span?.over({ processId: connection.processId });
      return connection;
    } catch (error) {
      span?.over({}, error);
      throw error;
    }
  });
}

function logConnect(logger: Logger, event: ConnectEvent): void {
  const { error, duration, ...known } = event;
  const details = { ...known, milliseconds: Math.round(duration ?? 0) };
  if (error === undefined) logger.debug('Connected', details);
  else logger.debug('Connecting failed', { ...details, error: error.name, code: error.code });
}

async function connectWithin(
  settings: OpenSettings,
  span: Span<ConnectEvent> | undefined,
): Promise<Connection> {
  const clock = new AbortController();
  const { connectTimeout } = settings;
  const timer =
    connectTimeout === undefined
      ? undefined
      : setTimeout(() => {
          clock.abort(
            new TimeoutError(
              `No connection within connectTimeout (${String(connectTimeout)} seconds): DNS, TCP, TLS and login together`,
              { phase: 'connect', retryable: true },
            ),
          );
        }, connectTimeout * 1000);
  let session: Session | undefined;
  const destroy = (): void => {
    session?.destroy(clock.signal.reason as RedshiftError);
  };
  clock.signal.addEventListener('abort', destroy, { once: true });
  try {
    // Neither may be captured by a closure below: what lives as long as the session would keep the password with it.
    const login = await resolveLogin(settings.login, clock.signal);
    const parameters = startupOf(settings, login);
    const transport = await openTransport(settings.transport, clock.signal);
    span?.fill({ secure: transport.secure });
    // The session tells of notices and of its end; it is there before the connection that passes them on.
    const listener: { connection?: Connection; executor?: Executor } = {};
    session = new Session(transport, {
      dialect: settings.executor.dialect,
      closeTimeout: settings.closeTimeout,
      maxResultBytes: settings.executor.maxResultBytes,
      maxPreparedStatements: settings.executor.maxPreparedStatements,
      openCancel: (signal) => openTransport(settings.transport, signal),
      watch: (operation, sql) => listener.executor?.tracer.own(operation, sql),
      onNotice: (notice) => listener.connection?.notify(notice),
      onClose: (error) => listener.connection?.ended(error),
    });
    const executor = new Executor(session, settings.executor);
    const connection = new Connection(executor);
    listener.connection = connection;
    listener.executor = executor;
    await logIn(session, transport, login, parameters, settings);
    if (settings.setup !== '') await executor.setUp(settings.setup);
    clock.signal.throwIfAborted();
    return connection;
  } catch (error) {
    const failure =
      error instanceof RedshiftError ? error : new RedshiftError('Connecting failed', { cause: error });
    session?.destroy(failure);
    throw failure;
  } finally {
    if (timer !== undefined) clearTimeout(timer);
    clock.signal.removeEventListener('abort', destroy);
  }
}

/** @throws ArgumentError before anything is sent when the startup packet cannot be said. */
function startupOf(settings: OpenSettings, login: Login): [string, string][] {
  const parameters = startupParameters(login, {
    dialect: settings.executor.dialect,
    database: settings.database,
    applicationName: settings.applicationName,
    clientProtocolVersion: settings.clientProtocolVersion,
    driverVersion: settings.driverVersion,
    osVersion: settings.osVersion,
    searchPath: settings.searchPath,
    options: settings.startupOptions,
  });
  checkStartup(parameters);
  return parameters;
}

function logIn(
  session: Session,
  transport: Transport,
  login: Login,
  parameters: readonly (readonly [string, string])[],
  settings: OpenSettings,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = {
      login,
      parameters,
      requireAuth: settings.requireAuth,
      mayShowPassword: transport.private || settings.allowCleartextPassword,
      channelBinding: settings.channelBinding,
      channel: transport,
      fail: (error: RedshiftError) => {
        session.destroy(error);
      },
    };
    session.login(
      new Handshake(options, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      }),
    );
  });
}
