/**
 * A server in the same process, for tests of the session: it answers a toy SQL over a pipe that has a bounded buffer, as
 * a socket has, so that pausing, cancelling and spooling are real. It keeps the extended protocol's rules: after an error
 * it skips to Sync, a transaction fails as a whole.
 *
 *   rows N [fail]   N rows of 1,000 bytes (`<tag>:<index>` padded), then an error if it says so
 *   set             no rows
 *   hang            answers never, unless it is cancelled
 */
import { encodeBackend } from '../../../src/protocol/backend.js';
import { FrontendFramer } from '../../../src/protocol/frontend-framing.js';
import { decodeFrontend } from '../../../src/protocol/frontend.js';
import type { BackendMessage, FrontendMessage, TransactionStatus } from '../../../src/protocol/messages.js';
import type { Transport, TransportHandler } from '../../../src/transport/transport.js';

const rowBytes = 1000;
/** Bytes that fit on the way while the client does not read. */
const pipeBytes = 4096;

export class MemoryServer {
  status: TransactionStatus = 'I';
  /** SQL texts that were executed, in order. */
  readonly executed: string[] = [];
  /** Statements that changed something, by transaction: committed ones stay. */
  cancels = 0;
  /** Pieces that the client has written. */
  writes = 0;
  closed = false;
  #handler: TransportHandler | undefined;
  #paused = false;
  #outgoing: Uint8Array[] = [];
  #work: FrontendMessage[] = [];
  #busy = false;
  #skipping = false;
  #cancelled = false;
  #statements = new Map<string, string>();
  #bound = '';
  #wake: () => void = () => undefined;
  readonly #framer = new FrontendFramer({
    startup: (message) => {
      if (message.type !== 'StartupMessage') return;
      this.#say({ type: 'AuthenticationOk' });
      this.#say({ type: 'BackendKeyData', processId: 7, secretKey: 9 });
      this.#say({ type: 'ReadyForQuery', status: 'I' });
    },
    message: (type, body) => {
      this.#work.push(decodeFrontend(type, body));
      void this.#run();
    },
  });

  /** Statements that are prepared, the one without a name among them. */
  get prepared(): number {
    return this.#statements.size;
  }

  transport(): Transport {
    return {
      secure: false,
      private: true,
      peer: 'memory',
      unsent: 0,
      start: (handler) => {
        this.#handler = handler;
      },
      write: (bytes) => {
        this.writes++;
        setImmediate(() => {
          if (!this.closed) this.#framer.push(bytes);
        });
      },
      pause: () => {
        this.#paused = true;
      },
      resume: () => {
        this.#paused = false;
        this.#wake();
      },
      end: () => {
        setImmediate(() => {
          this.closed = true;
          this.#handler?.closed(undefined);
        });
      },
      destroy: () => {
        this.closed = true;
        this.#wake();
      },
      ref: () => undefined,
      unref: () => undefined,
    };
  }

  /** The connection that a cancel request comes on. */
  cancelTransport(): Transport {
    let handler: TransportHandler | undefined;
    return {
      ...this.transport(),
      start: (given) => {
        handler = given;
      },
      write: () => {
        setImmediate(() => {
          this.cancels++;
          if (this.#busy) this.#cancelled = true;
          this.#wake();
          setImmediate(() => handler?.closed(undefined));
        });
      },
      destroy: () => undefined,
    };
  }

  /** The server goes away without a word. */
  cut(): void {
    this.closed = true;
    this.#handler?.closed(undefined);
    this.#wake();
  }

  say(message: BackendMessage): void {
    this.#say(message);
  }

  #say(message: BackendMessage): void {
    this.#outgoing.push(encodeBackend(message, 0));
    setImmediate(() => {
      this.#flush();
    });
  }

  #flush(): void {
    // As a socket does: what lies ready comes in one piece, the end of a result with its last rows.
    while (!this.#paused && !this.closed && this.#outgoing.length > 0) {
      const piece = Buffer.concat(this.#outgoing.splice(0));
      this.#handler?.data(piece);
      // The transport's read buffer is used again, and so is this.
      piece.fill(0xaa);
    }
    if (this.#outgoing.length === 0) this.#wake();
  }

  async #room(): Promise<void> {
    const waiting = (): number => this.#outgoing.reduce((sum, piece) => sum + piece.length, 0);
    while (waiting() > pipeBytes && !this.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setImmediate(() => {
          this.#flush();
        });
      });
    }
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#work.shift(); next !== undefined && !this.closed; next = this.#work.shift()) {
      if (next.type === 'Sync') {
        this.#skipping = false;
        this.#cancelled = false;
        this.#say({ type: 'ReadyForQuery', status: this.status });
      } else if (!this.#skipping) await this.#answer(next);
    }
    this.#busy = false;
  }

  async #answer(message: FrontendMessage): Promise<void> {
    switch (message.type) {
      case 'Parse':
        if (this.status === 'E' && !/^(rollback|commit)/.test(message.sql)) {
          this.#fail('25P02', 'current transaction is aborted');
          return;
        }
        this.#statements.set(message.statement, message.sql);
        this.#say({ type: 'ParseComplete' });
        return;
      case 'Describe': {
        const sql = message.target === 'statement' ? this.#statements.get(message.name)! : this.#bound;
        if (message.target === 'statement') this.#say({ type: 'ParameterDescription', typeOids: [] });
        if (!sql.startsWith('rows') && sql !== 'hang') this.#say({ type: 'NoData' });
        else {
          const field = {
            name: 'v',
            tableOid: 0,
            attributeNumber: 0,
            typeOid: 25,
            typeSize: -1,
            typeModifier: -1,
            format: 0,
          };
          this.#say({ type: 'RowDescription', fields: [field as never] });
        }
        return;
      }
      case 'Bind': {
        const sql = this.#statements.get(message.statement);
        if (sql === undefined) {
          this.#fail('26000', 'prepared statement does not exist');
          return;
        }
        if (this.status === 'E' && !/^(rollback|commit)/.test(sql)) {
          this.#fail('25P02', 'current transaction is aborted');
          return;
        }
        this.#bound = sql;
        this.#say({ type: 'BindComplete' });
        return;
      }
      case 'Execute':
        this.executed.push(this.#bound);
        await this.#execute(this.#bound);
        return;
      case 'Close':
        this.#statements.delete(message.name);
        this.#say({ type: 'CloseComplete' });
        return;
      default:
        return;
    }
  }

  async #execute(sql: string): Promise<void> {
    if (sql === 'begin transaction') {
      this.status = 'T';
      this.#say({ type: 'CommandComplete', tag: 'BEGIN' });
    } else if (sql === 'commit' || sql === 'rollback') {
      const failed = this.status === 'E';
      this.status = 'I';
      this.#say({ type: 'CommandComplete', tag: sql === 'commit' && !failed ? 'COMMIT' : 'ROLLBACK' });
    } else if (sql === 'hang') {
      while (!this.#cancelled && !this.closed) await new Promise((resolve) => setImmediate(resolve));
      this.#fail('57014', 'canceled on user request');
    } else if (sql.startsWith('rows')) await this.#rows(sql);
    else this.#say({ type: 'CommandComplete', tag: 'SET' });
  }

  async #rows(sql: string): Promise<void> {
    const [, count = '0', tag = '', fails] = sql.split(' ');
    for (let index = 0; index < Number(count); index++) {
      await this.#room();
      if (this.#cancelled || this.closed) {
        this.#fail('57014', 'canceled on user request');
        return;
      }
      const text = `${tag}:${String(index)}`.padEnd(rowBytes - 11);
      this.#say({ type: 'DataRow', values: [Buffer.from(text)] });
    }
    if (fails === 'fail') this.#fail('22012', 'division by zero');
    else this.#say({ type: 'CommandComplete', tag: 'SELECT' });
  }

  #fail(sqlState: string, message: string): void {
    this.#skipping = true;
    if (this.status === 'T') this.status = 'E';
    this.#say({
      type: 'ErrorResponse',
      fields: new Map([
        ['S', 'ERROR'],
        ['C', sqlState],
        ['M', message],
      ]),
    });
  }
}
