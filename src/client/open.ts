/**
 * From settings to a connection that is ready: login value, socket, TLS, handshake, all under one clock. No step writes
 * into an earlier value.
 */
import type { Login } from '../auth/credentials.js';
import { asksProvider, resolveLogin, type Resolved } from '../auth/resolve.js';
import type { LoginConfig, ProfileLogin, SoughtAddress } from '../config/config.js';
import {
  AuthenticationError,
  CancelledError,
  ConnectError,
  ConnectionLostError,
  RedshiftError,
  type LoginStage,
  type Notice,
} from '../errors.js';
import { Handshake } from '../session/handshake.js';
import type { AuthMethod } from '../session/login-methods.js';
import { onAbort } from '../session/abort.js';
import { Session } from '../session/session.js';
import type { ChannelBinding } from '../session/scram-binding.js';
import { checkStartup, startupParameters } from '../session/startup.js';
import { openTransport, type TransportOptions } from '../transport/socket.js';
import type { Transport } from '../transport/transport.js';
import { channels, traced, type ConnectEvent, type Span } from '../trace.js';
import { ConnectClock } from './connect-clock.js';
import { Connection } from './connection.js';
import { logConnect, logEnd, logNotice } from './connection-log.js';
import { Executor, type ExecutorSettings } from './executor.js';
import { checkSignal } from './limits.js';
import type { Place, StatementTracer } from './statement-tracer.js';

export interface OpenSettings {
  /** AWS tells an address that is sought. */
  readonly transport: Omit<TransportOptions, 'address'> & {
    readonly address: TransportOptions['address'] | SoughtAddress;
  };
  /** `late`: what to connect to, and as whom, has to be fetched first, for every connection. */
  readonly login: Exclude<LoginConfig, ProfileLogin> | LateLogin;
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

interface LateLogin {
  readonly kind: 'late';
  /** `forget`: with these settings nobody gets in, so they are to be fetched anew the next time. */
  readonly settings: (
    signal: AbortSignal,
  ) => Promise<{ readonly settings: OpenSettings; readonly forget: () => Promise<void> }>;
}

/** Who hears what a session tells without being asked. */
export interface SessionListener {
  notice(notice: Notice): void;
  /** The session is over; undefined after an orderly close. */
  closed(error: RedshiftError | undefined): void;
  /** Who watches what the session sends by itself. */
  readonly tracer: StatementTracer;
}

/** Called before the login begins; the settings name where the connection goes, which the caller may not have known. */
export type Listen = (session: Session, settings: ExecutorSettings) => SessionListener;

/** @param signal gives up; what was open by then is closed */
export async function openConnection(settings: OpenSettings, signal?: AbortSignal): Promise<Connection> {
  checkSignal(signal);
  const made: { connection?: Connection } = {};
  const listen: Listen = (session, settings) => {
    const executor = new Executor(session, settings);
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
  listen: Listen,
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
  given: OpenSettings,
  listen: Listen,
  signal: AbortSignal | undefined,
  span: Span<ConnectEvent> | undefined,
): Promise<Session> {
  if (signal?.aborted === true) throw givenUp(signal);
  const stop = new AbortController();
  const unlisten = onAbort(signal, () => {
    stop.abort(givenUp(signal!));
  });
  const clock = new ConnectClock(given.connectTimeout, (late) => {
    stop.abort(late);
  });
  const attempt: Attempt = { listen, span, signal: stop.signal };
  let outdated: (() => Promise<void>) | undefined;
  try {
    const { settings, forget } = await completed(given, stop.signal, clock);
    outdated = forget;
    // The values of a login are in no closure that lives as long as the session, or the password would live with it.
    const resolved = await resolve(settings, stop.signal, clock);
    try {
      return await logInWith(settings, resolved, attempt);
    } catch (error) {
      // AWS may have taken back what it gave minutes ago: a login that was just made has had its chance.
      if (resolved.forget === undefined || !isRefusal(error)) throw atLogin(error, settings.login);
      settings.executor.logger?.info(
        'The server refused a login that was kept from earlier; making a new one',
      );
      await resolved.forget();
    }
    const anew = await resolve(settings, stop.signal, clock);
    return await logInWith(settings, anew, attempt).catch((error: unknown) => {
      throw atLogin(error, settings.login);
    });
  } catch (error) {
    // What AWS said of it may have been changed since.
    if (!(error instanceof CancelledError)) await outdated?.();
    throw beforeReady(error);
  } finally {
    clock.stop();
    unlisten();
  }
}

type Complete = OpenSettings & { readonly login: Exclude<LoginConfig, ProfileLogin> };

/** What every attempt of one connect has. */
interface Attempt {
  readonly listen: Listen;
  readonly span: Span<ConnectEvent> | undefined;
  readonly signal: AbortSignal;
}

/** Where it connects, as whom and with which options may be known to AWS only. */
async function completed(
  given: OpenSettings,
  signal: AbortSignal,
  clock: ConnectClock,
): Promise<{ readonly settings: Complete; readonly forget?: () => Promise<void> }> {
  const { login } = given;
  if (login.kind !== 'late') return { settings: { ...given, login } };
  const { settings, forget } = await clock.paused(() => login.settings(signal));
  return { ...(await completed(settings, signal, clock)), forget };
}

/** A person who types a password has authTimeout for it; connectTimeout is for what machines do. */
function resolve({ login, executor }: Complete, signal: AbortSignal, clock: ConnectClock): Promise<Resolved> {
  const work = (): Promise<Resolved> => resolveLogin(login, { signal, logger: executor.logger });
  return asksProvider(login) ? clock.paused(work) : work();
}

/** invalid_authorization_specification and invalid_password (PostgreSQL, appendix A), said by the server. */
function isRefusal(error: unknown): error is AuthenticationError {
  return error instanceof AuthenticationError && (error.sqlState === '28000' || error.sqlState === '28P01');
}

/** Identity provider and AWS let them in, and the database did not: that is told apart, in the server's own words. */
function atLogin(error: unknown, login: Complete['login']): unknown {
  if (!isRefusal(error) || (login.kind !== 'iam' && login.kind !== 'provider')) return error;
  const provider =
    login.kind === 'provider'
      ? login.provider
      : login.keys.kind === 'provider'
        ? login.keys.provider
        : undefined;
  return Object.assign(error, {
    stage: 'login' satisfies LoginStage,
    ...(provider?.kind === 'named' ? { plugin: provider.plugin } : {}),
    ...(error.hint === undefined && login.kind === 'iam' && / does not exist$/.test(error.message)
      ? { hint: 'create this user in the database, or let autoCreate: true do it' }
      : {}),
  });
}

async function logInWith(
  settings: Complete,
  { login, address: found, forget }: Resolved,
  { listen, span, signal }: Attempt,
): Promise<Session> {
  const executor = { ...settings.executor, place: placeOf(settings, found) };
  const { logger, place } = executor;
  let session: Session | undefined;
  const processId = (): number => session?.processId ?? 0;
  const destroy = (): void => {
    session?.destroy(signal.reason as RedshiftError);
  };
  signal.addEventListener('abort', destroy, { once: true });
  try {
    const parameters = startupOf(settings, login);
    const options = transportOf(settings, found);
    span?.fill(place);
    const transport = await openTransport(options, signal).catch(async (error: unknown) => {
      // It may have been moved or made anew: the next connect asks AWS again.
      await found?.forget();
      throw error;
    });
    span?.fill({ secure: transport.secure });
    // A refusal of a login that can be made anew is nobody's end of a connection.
    const listener: { heard?: SessionListener; ready?: true; silent: boolean } = {
      silent: forget !== undefined,
    };
    session = new Session(transport, {
      dialect: executor.dialect,
      closeTimeout: settings.closeTimeout,
      maxResultBytes: settings.executor.maxResultBytes,
      maxPreparedStatements: settings.executor.maxPreparedStatements,
      openCancel: (late) => openTransport({ ...options, remote: transport.remote }, late),
      watch: (operation, sql) => listener.heard?.tracer.own(operation, sql),
      onNotice: (notice) => {
        logNotice(logger, notice, processId());
        listener.heard?.notice(notice);
      },
      onClose: (error) => {
        if (listener.ready) logEnd(logger, error, processId());
        if (!listener.silent) listener.heard?.closed(error);
      },
    });
    listener.heard = listen(session, executor);
    await logIn(session, transport, login, parameters, settings, span);
    listener.silent = false;
    if (settings.setup !== '') await new Executor(session, executor).setUp(settings.setup);
    signal.throwIfAborted();
    listener.ready = true;
    return session;
  } catch (error) {
    session?.destroy(beforeReady(error));
    throw error;
  } finally {
    signal.removeEventListener('abort', destroy);
  }
}

/** Where AWS says that it is, where the options do not. */
function placeOf({ executor, transport }: Complete, found: Resolved['address']): Place {
  const { place } = executor;
  if (transport.address.kind !== 'lookup' || found === undefined) return place;
  return { ...place, host: found.host, port: transport.address.port ?? found.port };
}

function transportOf({ transport }: Complete, found: Resolved['address']): TransportOptions {
  const { address } = transport;
  if (address.kind !== 'lookup') return { ...transport, address };
  if (found === undefined) throw new AuthenticationError('No address of the database is known');
  const { host, port } = found;
  return { ...transport, address: { kind: 'tcp', host, port: address.port ?? port } };
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
