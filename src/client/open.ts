/**
 * From settings to a connection that is ready: login value, socket, TLS, handshake, all under one clock. No step writes
 * into an earlier value.
 */
import type { Login } from '../auth/credentials.js';
import { resolveLogin } from '../auth/resolve.js';
import type { LoginConfig } from '../config/config.js';
import {
  CancelledError,
  ConnectError,
  ConnectionLostError,
  RedshiftError,
  TimeoutError,
  type Notice,
} from '../errors.js';
import { startClock } from '../session/clock.js';
import { Handshake } from '../session/handshake.js';
import type { AuthMethod } from '../session/login-methods.js';
import { onAbort } from '../session/abort.js';
import { Session } from '../session/session.js';
import type { ChannelBinding } from '../session/scram-binding.js';
import { checkStartup, startupParameters } from '../session/startup.js';
import { openTransport, type TransportOptions } from '../transport/socket.js';
import type { Transport } from '../transport/transport.js';
import { channels, traced, type ConnectEvent, type Span } from '../trace.js';
import { Connection } from './connection.js';
import { logConnect, logEnd, logNotice } from './connection-log.js';
import { Executor, type ExecutorSettings } from './executor.js';
import { checkSignal } from './limits.js';
import type { StatementTracer } from './statement-tracer.js';

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

/** Who hears what a session tells without being asked. */
export interface SessionListener {
  notice(notice: Notice): void;
  /** The session is over; undefined after an orderly close. */
  closed(error: RedshiftError | undefined): void;
  /** Who watches what the session sends by itself. */
  readonly tracer: StatementTracer;
}

/** @param signal gives up; what was open by then is closed */
export async function openConnection(settings: OpenSettings, signal?: AbortSignal): Promise<Connection> {
  checkSignal(signal);
  const made: { connection?: Connection } = {};
  const listen = (session: Session): SessionListener => {
    const executor = new Executor(session, settings.executor);
    const connection = new Connection(executor);
    made.connection = connection;
    return {
      tracer: executor.tracer,
      notice: (notice) => {
        connection.notify(notice);
      },
      closed: (error) => {
        connection.ended(error);
      },
    };
  };
  await openSession(settings, listen, signal);
  return made.connection!;
}

/**
 * A session that is logged in and set up.
 *
 * @param listen called before the login begins, so that nothing that the server says is lost
 * @param signal gives up connecting; its reason is thrown if it is an error of ours, else a CancelledError
 */
export async function openSession(
  settings: OpenSettings,
  listen: (session: Session) => SessionListener,
  signal?: AbortSignal,
): Promise<Session> {
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
      const session = await connectWithin(settings, listen, signal, span);
      span?.over({ processId: session.processId });
      return session;
    } catch (error) {
      span?.over({}, error);
      throw error;
    }
  });
}

async function connectWithin(
  settings: OpenSettings,
  listen: (session: Session) => SessionListener,
  signal: AbortSignal | undefined,
  span: Span<ConnectEvent> | undefined,
): Promise<Session> {
  if (signal?.aborted === true) throw givenUp(signal);
  const clock = new AbortController();
  const stop = (): void => {
    clock.abort(signal === undefined ? undefined : givenUp(signal));
  };
  const unlisten = onAbort(signal, stop);
  const {
    connectTimeout,
    executor: { logger },
  } = settings;
  const stopClock =
    connectTimeout === undefined
      ? (): void => undefined
      : startClock(connectTimeout * 1000, () => {
          clock.abort(
            new TimeoutError(
              `No connection within connectTimeout (${String(connectTimeout)} seconds): DNS, TCP, TLS and login together`,
              { phase: 'connect', retryable: true },
            ),
          );
        });
  let session: Session | undefined;
  const processId = (): number => session?.processId ?? 0;
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
    const listener: { heard?: SessionListener; ready?: true } = {};
    session = new Session(transport, {
      dialect: settings.executor.dialect,
      closeTimeout: settings.closeTimeout,
      maxResultBytes: settings.executor.maxResultBytes,
      maxPreparedStatements: settings.executor.maxPreparedStatements,
      openCancel: (late) => openTransport({ ...settings.transport, remote: transport.remote }, late),
      watch: (operation, sql) => listener.heard?.tracer.own(operation, sql),
      onNotice: (notice) => {
        logNotice(logger, notice, processId());
        listener.heard?.notice(notice);
      },
      onClose: (error) => {
        if (listener.ready) logEnd(logger, error, processId());
        listener.heard?.closed(error);
      },
    });
    listener.heard = listen(session);
    await logIn(session, transport, login, parameters, settings, span);
    if (settings.setup !== '') await new Executor(session, settings.executor).setUp(settings.setup);
    clock.signal.throwIfAborted();
    listener.ready = true;
    return session;
  } catch (error) {
    const failure = beforeReady(error);
    session?.destroy(failure);
    throw failure;
  } finally {
    stopClock();
    clock.signal.removeEventListener('abort', destroy);
    unlisten();
  }
}

/** Nobody has had the connection yet: whatever it was lost in, no connection came about. */
function beforeReady(error: unknown): RedshiftError {
  if (error instanceof ConnectionLostError) {
    return new ConnectError('The connection was lost while it was set up (see cause)', {
      cause: error,
      retryable: true,
    });
  }
  return error instanceof RedshiftError ? error : new RedshiftError('Connecting failed', { cause: error });
}

function givenUp({ reason }: AbortSignal): RedshiftError {
  return reason instanceof RedshiftError
    ? reason
    : new CancelledError('Connecting was cancelled by its signal', { cause: reason });
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
  span: Span<ConnectEvent> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = {
      login,
      parameters,
      requireAuth: settings.requireAuth,
      mayShowPassword: transport.private || settings.allowCleartextPassword,
      channelBinding: settings.channelBinding,
      channel: transport,
      asked: (loginMethod: AuthMethod) => {
        span?.fill({ loginMethod });
      },
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
