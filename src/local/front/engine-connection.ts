/**
 * A connection of the front to the private PostgreSQL behind it: protocol 3.0 over the Unix socket, trusted. Replies are
 * read one by one in their order; rows come in runs, untouched. It knows nothing of clients and of Redshift.
 */
import { createConnection, type Socket } from 'node:net';
import { OperationalError } from '../../errors.js';
import { decodeBackend } from '../../protocol/backend.js';
import { Framer, inRuns, type RowRun } from '../../protocol/framing.js';
import { encodeFrontend, encodeFrontendAll } from '../../protocol/frontend.js';
import type { BackendMessage, FrontendMessage, TransactionStatus } from '../../protocol/messages.js';
import type { AnswerRow } from '../dialect/plan.js';
import { textRows } from '../results/rows.js';

export type ErrorFields = ReadonlyMap<string, string>;

/** What the engine says next. */
export type EngineReply = BackendMessage | { readonly type: 'Rows'; readonly run: RowRun };

/** An ErrorResponse of the engine. */
export class EngineFailure extends Error {
  readonly fields: ErrorFields;

  constructor(fields: ErrorFields) {
    super(fields.get('M') ?? 'The engine failed');
    this.fields = fields;
  }
}

export interface EngineTarget {
  /** The socket's path. */
  readonly path: string;
  readonly user: string;
  readonly database: string;
  /** Startup parameters besides these two. */
  readonly parameters?: readonly (readonly [string, string])[];
}

/** What may come between any two replies. */
export interface Aside {
  readonly notice: (fields: ErrorFields) => void;
  readonly parameter: (name: string, value: string) => void;
}

/** Unread rows beyond this many bytes stop the reading. */
const highWater = 256 * 1024;

export class EngineConnection {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #framer: Framer;
  readonly #replies: EngineReply[] = [];
  #unread = 0;
  #wake: (() => void) | undefined;
  #closed = false;
  #end: (fields: ErrorFields | undefined) => void = () => undefined;
  #lastFatal: ErrorFields | undefined;
  #names = 0;
  /** Set by whoever talks to the client; nobody listens otherwise. */
  aside: Aside = { notice: () => undefined, parameter: () => undefined };
  /** What the engine reported at the start and since, by name. */
  readonly parameters = new Map<string, string>();
  processId = 0;
  secretKey = 0;
  /** Of the last ReadyForQuery. */
  status: TransactionStatus = 'I';
  /** Resolves when the connection is over, with the FATAL error that came before it, if one did. */
  readonly ended: Promise<ErrorFields | undefined>;

  private constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#framer = new Framer({
      message: (type, body) => this.#received(decodeBackend(type, body, 0)),
      rows: inRuns((run) => {
        this.#unread += run.bytes.length;
        if (this.#unread > highWater) socket.pause();
        // Read a turn of the loop later: the framer's bytes are gone by then.
        this.#received({ type: 'Rows', run: { bytes: new Uint8Array(run.bytes), rows: run.rows } });
      }),
    });
    socket.on('data', (chunk: Buffer) => this.#framer.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
      this.#end(this.#lastFatal);
    });
  }

  /** @throws EngineFailure as the engine refuses: no such database, a setting that it does not know. */
  static async open(target: EngineTarget): Promise<EngineConnection> {
    const socket = createConnection({ path: target.path });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) =>
        reject(new OperationalError('The engine of the local Redshift does not answer', { cause })),
      );
    });
    const connection = new EngineConnection(socket, target.path);
    connection.send([
      {
        type: 'StartupMessage',
        parameters: [['user', target.user], ['database', target.database], ...(target.parameters ?? [])],
      },
    ]);
    try {
      await connection.ready();
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  send(messages: readonly FrontendMessage[]): void {
    if (!this.#closed) this.#socket.write(encodeFrontendAll(messages));
  }

  /** Rows with so many columns come next: nothing else tells the framing when a portal is executed. */
  expectRows(columns: number): void {
    this.#framer.expectRows(columns);
  }

  /**
   * The next reply; notices and changed parameters go to `aside` on the way.
   * @throws EngineFailure for an ErrorResponse, also when the engine has gone
   */
  async next(): Promise<
    Exclude<EngineReply, { type: 'ErrorResponse' | 'NoticeResponse' | 'ParameterStatus' }>
  > {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply === undefined) {
        if (this.#closed) throw new EngineFailure(this.#lastFatal ?? engineGone);
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
        continue;
      }
      switch (reply.type) {
        case 'Rows':
          this.#unread -= reply.run.bytes.length;
          if (this.#unread <= highWater) this.#socket.resume();
          return reply;
        case 'NoticeResponse':
          this.aside.notice(reply.fields);
          break;
        case 'ParameterStatus':
          this.parameters.set(reply.name, reply.value);
          this.aside.parameter(reply.name, reply.value);
          break;
        case 'ErrorResponse':
          throw new EngineFailure(reply.fields);
        case 'ReadyForQuery':
          this.status = reply.status;
          return reply;
        default:
          return reply;
      }
    }
  }

  /** Reads up to ReadyForQuery. @throws EngineFailure with the first error before it */
  async ready(): Promise<void> {
    let failure: EngineFailure | undefined;
    for (;;) {
      try {
        const reply = await this.next();
        if (reply.type === 'BackendKeyData') {
          this.processId = reply.processId;
          this.secretKey = reply.secretKey;
        }
        if (reply.type !== 'ReadyForQuery') continue;
      } catch (error) {
        if (!(error instanceof EngineFailure)) throw error;
        failure ??= error;
        if (this.#closed || error.fields.get('S') === 'FATAL') throw failure;
        continue;
      }
      if (failure) throw failure;
      return;
    }
  }

  /**
   * Runs a statement inside the block of messages that is open, and leaves nothing of it behind.
   * @returns its rows, all values as text
   * @throws EngineFailure; the engine then skips everything up to Sync
   */
  async ask(sql: string, parameters: readonly (string | null)[] = []): Promise<AnswerRow[]> {
    // After an error the engine skips the Close too, so that the name stays taken: none is used twice.
    const name = `\u0001${String(this.#names++)}`;
    this.send([
      { type: 'Parse', statement: name, sql, parameterOids: [] },
      {
        type: 'Bind',
        portal: name,
        statement: name,
        parameterFormats: [],
        values: parameters.map((value) => (value === null ? null : Buffer.from(value))),
        resultFormats: [],
      },
      { type: 'Describe', target: 'portal', name },
      { type: 'Execute', portal: name, maxRows: 0 },
      { type: 'Close', target: 'portal', name },
      { type: 'Close', target: 'statement', name },
      { type: 'Flush' },
    ]);
    const rows: AnswerRow[] = [];
    for (let closed = 0; closed < 2;) {
      const reply = await this.next();
      if (reply.type === 'RowDescription') this.expectRows(reply.fields.length);
      else if (reply.type === 'Rows') rows.push(...textRows(reply.run));
      else if (reply.type === 'CloseComplete') closed++;
    }
    return rows;
  }

  /** Runs a statement in a block of its own. @throws EngineFailure; the connection stays usable */
  async query(sql: string, parameters: readonly (string | null)[] = []): Promise<AnswerRow[]> {
    let rows: AnswerRow[] = [];
    let failure: unknown;
    try {
      rows = await this.ask(sql, parameters);
    } catch (error) {
      failure = error;
    }
    await this.sync();
    if (failure !== undefined) throw failure as Error;
    return rows;
  }

  /** Ends the block of messages. */
  async sync(): Promise<void> {
    this.send([{ type: 'Sync' }]);
    await this.ready();
  }

  /** Asks the engine to cancel what this connection runs; settles when the engine has taken note. */
  cancel(): Promise<void> {
    return new Promise((resolve) => {
      const socket = createConnection({ path: this.#path });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.end(
        encodeFrontend({ type: 'CancelRequest', processId: this.processId, secretKey: this.secretKey }),
      );
      socket.resume();
    });
  }

  /** Says goodbye; the engine rolls back what was open. */
  end(): void {
    if (this.#closed) return;
    this.#socket.end(encodeFrontend({ type: 'Terminate' }));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #received(reply: EngineReply): void {
    if (reply.type === 'ErrorResponse' && reply.fields.get('S') === 'FATAL') this.#lastFatal = reply.fields;
    if (reply.type === 'RowDescription') this.#framer.expectRows(reply.fields.length);
    this.#replies.push(reply);
    this.#wake?.();
  }
}

const engineGone: ErrorFields = new Map([
  ['S', 'FATAL'],
  ['C', '57P01'],
  ['M', 'terminating connection due to administrator command'],
]);
