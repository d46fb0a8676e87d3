/**
 * A server that costs next to nothing: every answer is a buffer that was made before. It says what a client's statement
 * says it should: `select 1` is one row, `rows N` is N rows of 1,000 bytes, `narrow N` N rows of four small numbers, sent as
 * fast as they are read. It knows of transactions what BEGIN, COMMIT and ROLLBACK change, and stops at a cancel request. It checks nothing.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { encodeBackend } from '../../../src/protocol/backend.js';
import { FrontendFramer } from '../../../src/protocol/frontend-framing.js';
import { decodeFrontend } from '../../../src/protocol/frontend.js';
import { parseMessage } from '../../../src/protocol/describe.js';
import type { BackendMessage, FrontendMessage, TransactionStatus } from '../../../src/protocol/messages.js';
import type { ServerIdentity } from '../../scripted/peer.js';
import { loginLines } from '../../scripted/transcript.js';

export interface CheapServer {
  readonly host: string;
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Bytes of rows that were sent so far. */
  readonly sent: number;
  close(): Promise<void>;
}

export interface CheapServerOptions {
  readonly tls?: ServerIdentity | undefined;
  /** Refuse every login. */
  readonly refuse?: boolean;
}

const said = (line: string): Uint8Array => encodeBackend(parseMessage(line) as BackendMessage, 2);

const greeting = (processId: number): Uint8Array =>
  Buffer.concat(
    loginLines(2, processId)
      .filter((line) => line.startsWith('<'))
      .map((line) => said(line.slice(2))),
  );
const refusal = said('ErrorResponse S="FATAL" C="28000" M="password authentication failed"');
const parameters = said('ParameterDescription typeOids=[]');
const columns = said(
  'RowDescription fields=[{"name":"id","typeOid":1043},{"name":"filler","typeOid":1043},{"name":"last","typeOid":1043}]',
);
const parsed = said('ParseComplete');
const bound = said('BindComplete');
const closed = said('CloseComplete');
const noData = said('NoData');
const selected = said('CommandComplete tag="SELECT"');
const cancelled = said('ErrorResponse S="ERROR" C="57014" M="Query cancelled on user\'s request"');
const ready: Readonly<Record<TransactionStatus, Uint8Array>> = {
  I: said('ReadyForQuery status="I"'),
  T: said('ReadyForQuery status="T"'),
  E: said('ReadyForQuery status="E"'),
};
const row = encodeBackend(
  { type: 'DataRow', values: [Buffer.from('1'), Buffer.alloc(975, 'x'), Buffer.from('z')] },
  2,
);
export const rowBytes = row.length;

/** Rows of one kind, many at a time. */
interface Block {
  readonly columns: Uint8Array;
  readonly bytes: Uint8Array;
  readonly rowBytes: number;
  readonly rows: number;
}

const blockOf = (description: Uint8Array, one: Uint8Array, rows: number): Block => ({
  columns: description,
  bytes: Buffer.concat(new Array<Uint8Array>(rows).fill(one)),
  rowBytes: one.length,
  rows,
});
/** 1, 2, 3 and true, as a client that asks for binary gets them. */
const narrowRow = encodeBackend(
  {
    type: 'DataRow',
    values: ['00000001', '0000000000000002', '0003', '01'].map((hex) => Buffer.from(hex, 'hex')),
  },
  2,
);
const narrowColumns = said(
  'RowDescription fields=[{"name":"a","typeOid":23},{"name":"b","typeOid":20},{"name":"c","typeOid":21},{"name":"d","typeOid":16}]',
);
const blocks: Readonly<Record<string, Block>> = {
  rows: blockOf(columns, row, 64),
  narrow: blockOf(narrowColumns, narrowRow, 1600),
};

export async function startCheapServer(options: CheapServerOptions = {}): Promise<CheapServer> {
  const clients = new Map<number, Client>();
  const state = { sent: 0, next: 1 };
  const server: Server = createServer((socket) => {
    const client = new Client(socket, state.next++, options, clients, (bytes) => {
      state.sent += bytes;
    });
    clients.set(client.processId, client);
    socket.once('close', () => clients.delete(client.processId));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get open() {
      return clients.size;
    },
    get sent() {
      return state.sent;
    },
    async close() {
      for (const client of clients.values()) client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class Client {
  readonly processId: number;
  #cancelled = false;
  #socket: Socket;
  readonly #options: CheapServerOptions;
  readonly #others: ReadonlyMap<number, Client>;
  readonly #count: (bytes: number) => void;
  readonly #statements = new Map<string, string>();
  #bound = '';
  #status: TransactionStatus = 'I';
  #answer: Uint8Array[] = [];
  #work: FrontendMessage[] = [];
  #busy = false;
  #skipping = false;
  readonly #framer = new FrontendFramer({
    startup: (message) => {
      this.#startup(message);
    },
    message: (type, body) => {
      this.#work.push(decodeFrontend(type, body));
    },
  });

  constructor(
    socket: Socket,
    processId: number,
    options: CheapServerOptions,
    others: ReadonlyMap<number, Client>,
    count: (bytes: number) => void,
  ) {
    this.processId = processId;
    this.#socket = socket;
    this.#options = options;
    this.#others = others;
    this.#count = count;
    this.#listen(socket);
  }

  cancel(): void {
    this.#cancelled = true;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#framer.push(chunk);
      void this.#run();
    });
  }

  #startup(message: FrontendMessage): void {
    switch (message.type) {
      case 'SSLRequest':
        if (this.#options.tls === undefined) this.#socket.write('N');
        else this.#secure(this.#options.tls);
        return;
      case 'CancelRequest': {
        this.#others.get(message.processId)?.cancel();
        this.#socket.end();
        return;
      }
      case 'StartupMessage':
        if (this.#options.refuse === true) this.#socket.end(refusal);
        else this.#socket.write(greeting(this.processId));
        return;
      default:
        this.#socket.destroy();
    }
  }

  #secure(tls: ServerIdentity): void {
    const plain = this.#socket;
    plain.write('S');
    plain.removeAllListeners('data');
    this.#socket = new TLSSocket(plain, { isServer: true, ...tls });
    this.#listen(this.#socket);
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#work.shift(); next !== undefined; next = this.#work.shift()) {
      if (!this.#skipping || next.type === 'Sync') await this.#take(next);
    }
    this.#busy = false;
    this.#flush();
  }

  #take(message: FrontendMessage): Promise<void> | void {
    switch (message.type) {
      case 'Parse':
        this.#statements.set(message.statement, message.sql);
        this.#answer.push(parsed);
        return;
      case 'Describe':
        if (message.target === 'statement') this.#answer.push(parameters);
        this.#answer.push(
          columnsOf(message.target === 'statement' ? this.#statements.get(message.name) : this.#bound) ??
            noData,
        );
        return;
      case 'Bind':
        this.#bound = this.#statements.get(message.statement) ?? '';
        this.#answer.push(bound);
        return;
      case 'Execute':
        return this.#execute(this.#bound);
      case 'Close':
        this.#answer.push(closed);
        return;
      case 'Query':
        this.#answer.push(said('CommandComplete tag="SET"'), ready[this.#status]);
        return;
      case 'Sync':
        this.#skipping = false;
        this.#answer.push(ready[this.#status]);
        return;
      case 'Terminate':
        this.#socket.end();
        return;
      default:
        return;
    }
  }

  #execute(sql: string): Promise<void> | void {
    const [, kind, count] = /^(rows|narrow) (\d+)/.exec(sql) ?? [];
    if (kind !== undefined) return this.#rows(blocks[kind]!, Number(count));
    if (columnsOf(sql) !== undefined) this.#answer.push(row, selected);
    else {
      const [word = ''] = sql.toUpperCase().split(' ');
      if (word === 'BEGIN') this.#status = 'T';
      if (word === 'COMMIT' || word === 'ROLLBACK') this.#status = 'I';
      this.#answer.push(encodeBackend({ type: 'CommandComplete', tag: word }, 2));
    }
  }

  /** As fast as they are read: while the kernel takes no more, nothing is made. */
  async #rows(block: Block, count: number): Promise<void> {
    this.#cancelled = false;
    this.#flush();
    for (let left = count; left > 0 && !this.#socket.destroyed; left -= block.rows) {
      if (this.#stopped()) {
        this.#skipping = true;
        this.#answer.push(cancelled);
        if (this.#status === 'T') this.#status = 'E';
        return;
      }
      const piece = left >= block.rows ? block.bytes : block.bytes.subarray(0, left * block.rowBytes);
      this.#count(piece.length);
      if (!this.#socket.write(piece)) await this.#drained();
    }
    this.#answer.push(selected);
  }

  #stopped(): boolean {
    return this.#cancelled;
  }

  #drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const go = (): void => {
        clearInterval(look);
        socket.off('drain', go);
        socket.off('close', go);
        resolve();
      };
      // A client that has stopped reading may still ask for a cancel.
      const look = setInterval(() => {
        if (this.#cancelled) go();
      }, 5);
      socket.once('drain', go);
      socket.once('close', go);
    });
  }

  #flush(): void {
    const answer = this.#answer;
    if (answer.length === 0) return;
    this.#answer = [];
    this.#socket.write(Buffer.concat(answer));
  }
}

/** The description of what the statement gives; undefined: no rows. */
function columnsOf(sql: string | undefined): Uint8Array | undefined {
  const [word] = /^(select|rows|narrow)/.exec(sql ?? '') ?? [];
  return word === undefined ? undefined : (blocks[word]?.columns ?? columns);
}
