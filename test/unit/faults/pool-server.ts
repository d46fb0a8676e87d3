/**
 * A server for tests of the pool: a real socket on loopback, a toy SQL, and faults on demand. It keeps the extended protocol's rules
 * of transactions, and remembers what each of its connections was told.
 *
 *   rows N        N rows of 1,000 bytes           set …, insert …   no rows
 *   hang          no answer until it is cancelled
 *   fail CODE     an error of this SQLSTATE       fatal CODE        the same, and the server hangs up
 *   die           the server hangs up
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { encodeBackend } from '../../../src/protocol/backend.js';
import { FrontendFramer } from '../../../src/protocol/frontend-framing.js';
import { decodeFrontend } from '../../../src/protocol/frontend.js';
import type { BackendMessage, FrontendMessage, TransactionStatus } from '../../../src/protocol/messages.js';
import { reset } from '../../scripted/reset.js';

/** What becomes of a new connection: served; no answer at all; hung up on behind the login; refused for want of room, or of a right. */
export type Mode = 'serve' | 'silent' | 'hang-up' | 'full' | 'forbidden';

export class PoolServer {
  mode: Mode = 'serve';
  /** Modes of the next connections, before `mode` holds. */
  readonly modes: Mode[] = [];
  /** All that there were, in their order. */
  readonly connections: ServerConnection[] = [];
  /** When connections were attempted, by `performance.now()`. */
  readonly attempts: number[] = [];
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((socket) => {
      this.attempts.push(performance.now());
      const mode = this.modes.shift() ?? this.mode;
      this.connections.push(new ServerConnection(socket, this.connections.length + 1, mode, this));
    });
  }

  get port(): number {
    return this.#port;
  }

  /** Sockets that are open, cancel requests and all. */
  get open(): ServerConnection[] {
    return this.connections.filter(({ closed }) => !closed);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** From now on connections are refused. Those that are open stay. */
  refuse(): void {
    this.#server.close();
  }

  kill(how: 'FIN' | 'RST' = 'RST'): void {
    for (const connection of this.open) connection.kill(how);
  }

  async close(): Promise<void> {
    this.kill();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  cancel(processId: number): void {
    this.connections[processId - 1]?.cancel();
  }
}

export class ServerConnection {
  readonly executed: string[] = [];
  /** Sync messages by themselves. */
  pings = 0;
  status: TransactionStatus = 'I';
  /** Answers nothing any more, as if the network had swallowed it. */
  deaf = false;
  closed = false;
  /** The client said Terminate. */
  terminated = false;
  user = '';
  readonly processId: number;
  readonly #socket: Socket;
  readonly #server: PoolServer;
  readonly #mode: Mode;
  readonly #statements = new Map<string, string>();
  #bound = '';
  #asked = 0;
  #skipping = false;
  #hanging = false;
  #held: FrontendMessage[] = [];

  constructor(socket: Socket, processId: number, mode: Mode, server: PoolServer) {
    this.#socket = socket;
    this.processId = processId;
    this.#mode = mode;
    this.#server = server;
    const framer = new FrontendFramer({
      startup: (message) => {
        this.#startup(message);
      },
      message: (type, body) => {
        if (!this.deaf) this.#take(decodeFrontend(type, body));
      },
    });
    socket.on('data', (chunk: Buffer) => {
      framer.push(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  kill(how: 'FIN' | 'RST' = 'RST'): void {
    if (how === 'RST') reset(this.#socket);
    else this.#socket.end();
  }

  say(...messages: BackendMessage[]): void {
    for (const message of messages) this.#socket.write(encodeBackend(message, 0));
  }

  error(severity: 'ERROR' | 'FATAL', sqlState: string): void {
    this.say({
      type: 'ErrorResponse',
      fields: new Map([
        ['S', severity],
        ['C', sqlState],
        ['M', `${severity} ${sqlState}`],
      ]),
    });
  }

  cancel(): void {
    if (!this.#hanging) return;
    this.#hanging = false;
    this.#fail('57014');
    for (const message of this.#held.splice(0)) this.#take(message);
  }

  #startup(message: FrontendMessage): void {
    if (message.type === 'CancelRequest') {
      this.#server.cancel(message.processId);
      this.#socket.end();
    }
    if (message.type !== 'StartupMessage' || this.#mode === 'silent') return;
    this.user = new Map(message.parameters).get('user') ?? '';
    if (this.#mode === 'full' || this.#mode === 'forbidden') {
      this.error('FATAL', this.#mode === 'full' ? '53300' : '28000');
      this.#socket.end();
      return;
    }
    this.say(
      { type: 'AuthenticationOk' },
      { type: 'BackendKeyData', processId: this.processId, secretKey: 9 },
      { type: 'ReadyForQuery', status: 'I' },
    );
    if (this.#mode === 'hang-up') setTimeout(() => this.#socket.end(), 5);
  }

  #take(message: FrontendMessage): void {
    if (this.#hanging) {
      this.#held.push(message);
      return;
    }
    this.#asked++;
    switch (message.type) {
      case 'Sync':
        if (this.#asked === 1) this.pings++;
        this.#asked = 0;
        this.#skipping = false;
        this.say({ type: 'ReadyForQuery', status: this.status });
        return;
      case 'Terminate':
        this.terminated = true;
        this.#socket.end();
        return;
      default:
        if (!this.#skipping) this.#answer(message);
    }
  }

  #answer(message: FrontendMessage): void {
    switch (message.type) {
      case 'Parse':
        this.#statements.set(message.statement, message.sql);
        this.say({ type: 'ParseComplete' });
        return;
      case 'Describe': {
        const sql = message.target === 'statement' ? (this.#statements.get(message.name) ?? '') : this.#bound;
        if (message.target === 'statement') this.say({ type: 'ParameterDescription', typeOids: [] });
        if (sql.startsWith('rows') || sql === 'hang') this.say({ type: 'RowDescription', fields: [column] });
        else this.say({ type: 'NoData' });
        return;
      }
      case 'Bind':
        this.#bound = this.#statements.get(message.statement) ?? '';
        this.say({ type: 'BindComplete' });
        return;
      case 'Execute':
        this.executed.push(this.#bound);
        this.#execute(this.#bound);
        return;
      case 'Close':
        this.say({ type: 'CloseComplete' });
        return;
      default:
        return;
    }
  }

  #execute(sql: string): void {
    const [verb = '', argument = ''] = sql.split(' ');
    if (this.status === 'E' && verb !== 'rollback' && verb !== 'commit') this.#fail('25P02');
    else if (verb === 'begin') this.#complete('BEGIN', 'T');
    else if (verb === 'commit') this.#complete(this.status === 'E' ? 'ROLLBACK' : 'COMMIT', 'I');
    else if (verb === 'rollback') this.#complete('ROLLBACK', 'I');
    else if (verb === 'fail') this.#fail(argument);
    else if (verb === 'hang') this.#hanging = true;
    else if (verb === 'die') this.kill();
    else if (verb === 'fatal') {
      this.error('FATAL', argument);
      this.#socket.end();
    } else if (verb === 'rows') {
      const row = { type: 'DataRow', values: [Buffer.alloc(1000, 'x')] } as const;
      for (let n = 0; n < Number(argument); n++) this.say(row);
      this.#complete(`SELECT ${argument}`);
    } else this.#complete(verb === 'insert' ? 'INSERT 0 1' : 'SET');
  }

  #complete(tag: string, status = this.status): void {
    this.status = status;
    this.say({ type: 'CommandComplete', tag });
  }

  #fail(sqlState: string): void {
    this.#skipping = true;
    if (this.status === 'T') this.status = 'E';
    this.error('ERROR', sqlState);
  }
}

const column = {
  name: 'v',
  tableOid: 0,
  attributeNumber: 0,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 0,
} as const;
