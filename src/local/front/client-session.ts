/** One client from its startup packet to its goodbye: the login, a backend of its own on the engine, then statements. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ProtocolError } from '../../errors.js';
import type { BackendMessage } from '../../protocol/messages.js';
import type { Activity, LoggedConnection } from '../activity.js';
import { ClientOutput } from './client-output.js';
import { engineSetting, settings } from '../dialect/setting-names.js';
import { EngineConnection, EngineFailure, type ErrorFields } from './engine-connection.js';
import { clientFields } from './errors-of-redshift.js';
import { type LoggedIn, type LoginContext, logIn } from '../login/login.js';
import { LoginRefused } from '../login/refused.js';
import { Responder } from './responder.js';
import type { Arrival } from './server.js';
import { parameterStatuses, readStartup, type StartupParameters } from '../login/startup-parameters.js';

/** What all sessions of a server share. */
export interface SessionGround {
  /** Path of the engine's socket. */
  readonly enginePath: string;
  readonly settings: LoginContext['settings'];
  readonly users: Pick<LoginContext, 'findUser' | 'provideUser' | 'groupExists' | 'databaseExists'> & {
    settingsOf(user: string): Promise<readonly (readonly [string, string])[]>;
  };
  readonly usedTokens: NonNullable<LoginContext['usedTokens']>;
  readonly activity: Activity;
  readonly sessions: Sessions;
}

interface Session {
  readonly user: string;
  readonly engine: EngineConnection;
}

/** The sessions that are logged in, by the process id that their clients know. */
export class Sessions {
  readonly #byProcess = new Map<number, Session>();

  add(session: Session): void {
    this.#byProcess.set(session.engine.processId, session);
  }

  remove({ engine }: Session): void {
    if (this.#byProcess.get(engine.processId)?.engine === engine) this.#byProcess.delete(engine.processId);
  }

  count(user: string): number {
    return [...this.#byProcess.values()].filter((session) => session.user === user).length;
  }

  /** Cancels what a session runs; says nothing of keys that fit none, as servers do. */
  async cancel(processId: number, secretKey: number): Promise<void> {
    const engine = this.#byProcess.get(processId)?.engine;
    if (engine?.secretKey === secretKey) await engine.cancel();
  }

  /** Ends them all, as a shutdown of the server does. */
  end(): void {
    for (const { engine } of this.#byProcess.values()) engine.destroy();
  }
}

/** How the engine has to behave to be taken for Redshift; a client's own settings come behind these. */
const engineSettings: readonly (readonly [string, string])[] = [
  ['client_encoding', 'UTF8'],
  // Redshift reads `\` as an escape in every literal.
  ['standard_conforming_strings', 'off'],
  ['escape_string_warning', 'off'],
  ['backslash_quote', 'on'],
  ['IntervalStyle', 'postgres'],
  ['DateStyle', 'ISO, MDY'],
  ['bytea_output', 'hex'],
  ['extra_float_digits', '0'],
  ['jit', 'off'],
  // Every statement of a transaction sees the state that the first one saw (AWS manual, Isolation levels).
  ['default_transaction_isolation', 'repeatable read'],
];

/** Serves a client until one of both sides is gone. Never rejects for what the client did. */
export async function serveClient(arrival: Arrival, ground: SessionGround): Promise<void> {
  const { socket, input } = arrival;
  const output = new ClientOutput(socket);
  let engine: EngineConnection | undefined;
  try {
    const startup = readStartup(arrival.startup.parameters);
    const login = await enter(startup, arrival, output, ground);
    if (login === undefined) return;
    engine = await openEngine(startup, login, ground);
    const session = { user: login.user, engine };
    ground.sessions.add(session);
    const log = (event: LoggedConnection['event']): void =>
      ground.activity.came({ event, ...traitsOf(arrival, startup, login, session.engine) });
    log('authenticated');
    try {
      const { user, database } = login;
      const responder = new Responder({ engine, output, user, database, activity: ground.activity });
      // Before the client knows its key: what it cancels then is its own.
      await responder.readSettings();
      greet(startup, login, engine, output);
      await output.flush();
      await converse(socket, input, output, engine, responder);
    } finally {
      ground.sessions.remove(session);
      log('disconnecting session');
    }
  } catch (error) {
    output.message(lastWords(error));
  } finally {
    engine?.end();
    await output.flush();
  }
}

/** The login; undefined when the client left in the middle of it. */
async function enter(
  startup: StartupParameters,
  { socket, input, secure }: Arrival,
  output: ClientOutput,
  ground: SessionGround,
): Promise<LoggedIn | undefined> {
  let left = false as boolean;
  try {
    return await logIn(
      startup,
      {
        send: (message: BackendMessage) => {
          output.message(message);
          void output.flush();
        },
        receive: async (hint) => {
          const message = await input.next(hint);
          left = message === undefined;
          if (message === undefined) throw new ProtocolError('The client left during the login');
          return message;
        },
      },
      {
        settings: ground.settings,
        encrypted: secure,
        clientAddress: socket.remoteAddress ?? '',
        findUser: (name) => ground.users.findUser(name),
        provideUser: (name, groups) => ground.users.provideUser(name, groups),
        groupExists: (name) => ground.users.groupExists(name),
        usedTokens: ground.usedTokens,
        databaseExists: (name) => ground.users.databaseExists(name),
        countSessions: (name) => ground.sessions.count(name),
      },
    );
  } catch (error) {
    if (left) return undefined;
    throw error;
  }
}

async function openEngine(
  startup: StartupParameters,
  login: LoggedIn,
  ground: SessionGround,
): Promise<EngineConnection> {
  return await EngineConnection.open({
    path: ground.enginePath,
    user: login.user,
    database: login.database,
    parameters: [
      ...engineSettings,
      ...forEngine(await ground.users.settingsOf(login.user)),
      ...forEngine(startup.settings),
    ],
  });
}

/** Settings under the names that the engine has for them. @throws LoginRefused */
function forEngine(given: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return given.flatMap(([name, value]) => {
    const key = name.toLowerCase();
    // The text between client and engine is UTF-8 whatever the client calls it.
    if (key === 'client_encoding') return [];
    const setting = settings.get(key);
    if (setting === undefined) {
      throw new LoginRefused('42704', `unrecognized configuration parameter "${name}"`);
    }
    if (setting.kind !== 'engine') return [[engineSetting(key), value] as const];
    if (setting.readOnly) throw new LoginRefused('55P02', `parameter "${name}" cannot be changed`);
    return [[name, value] as const];
  });
}

/** What STL_CONNECTION_LOG tells of a connection. */
function traitsOf(
  { socket }: Arrival,
  startup: StartupParameters,
  login: LoggedIn,
  engine: EngineConnection,
): Omit<LoggedConnection, 'event'> {
  const tls = socket instanceof TLSSocket ? socket : undefined;
  return {
    time: new Date().toISOString(),
    host: socket.remoteAddress ?? '',
    port: String(socket.remotePort ?? ''),
    pid: engine.processId,
    database: login.database,
    user: login.user,
    method: login.method === 'iam' ? 'IAM AssumeUser' : login.method === 'token' ? 'IAM' : 'password',
    sslVersion: tls?.getProtocol() ?? '',
    sslCipher: tls?.getCipher().name ?? '',
    application: startup.applicationName ?? '',
    driver: startup.driverVersion ?? '',
    os: startup.osVersion ?? '',
    plugin: startup.pluginName ?? '',
    protocol: startup.protocolVersion,
  };
}

function greet(
  startup: StartupParameters,
  login: LoggedIn,
  engine: EngineConnection,
  output: ClientOutput,
): void {
  const statuses = parameterStatuses({
    startup,
    user: login.user,
    superuser: login.superuser,
    dateStyle: engine.parameters.get('DateStyle') ?? 'ISO, MDY',
    timeZone: engine.parameters.get('TimeZone') ?? 'UTC',
    sessionId: randomUUID(),
  });
  for (const [name, value] of statuses) output.message({ type: 'ParameterStatus', name, value });
  output.message({ type: 'BackendKeyData', processId: engine.processId, secretKey: engine.secretKey });
  output.message({ type: 'ReadyForQuery', status: 'I' });
  output.protocolVersion = startup.protocolVersion;
}

async function converse(
  socket: Socket,
  input: Arrival['input'],
  output: ClientOutput,
  engine: EngineConnection,
  responder: Responder,
): Promise<void> {
  let busy = false;
  // Nobody waits for the answer any more: what the engine is at would hold its locks.
  socket.once('close', () => {
    if (busy) void engine.cancel();
  });
  void engine.ended.then((fields) => input.interrupt(new EngineFailure(fields ?? closedByServer)));
  for (;;) {
    const message = await input.next();
    if (message === undefined || message.type === 'Terminate') return;
    busy = true;
    await responder.respond(message);
    busy = false;
    if (message.type === 'Sync' || message.type === 'Query' || message.type === 'Flush') await output.flush();
    else await output.relieve();
  }
}

const closedByServer: ErrorFields = new Map([
  ['S', 'FATAL'],
  ['C', '57P01'],
  ['M', 'terminating connection due to administrator command'],
]);

function lastWords(error: unknown): BackendMessage {
  if (error instanceof LoginRefused) return error.response;
  const fields =
    error instanceof EngineFailure
      ? clientFields(error.fields)
      : new Map([
          ['C', error instanceof ProtocolError ? '08P01' : 'XX000'],
          ['M', error instanceof Error ? error.message : String(error)],
        ]);
  return { type: 'ErrorResponse', fields: new Map([['S', 'FATAL'], ...fields, ['S', 'FATAL']]) };
}
