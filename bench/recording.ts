/**
 * What a real server answers to one query, as bytes: the description and some thousand rows, in the formats that were
 * asked for. The replay server tells it again and again, so that the server's own work does not hide the client's.
 */
import { connect, type Socket } from 'node:net';
import { Framer } from '../src/protocol/framing.js';
import { decodeBackend } from '../src/protocol/backend.js';
import { encodeFrontendAll } from '../src/protocol/frontend.js';
import type { FrontendMessage } from '../src/protocol/messages.js';

export interface Recording {
  /** RowDescription, whole; formats as asked for. */
  readonly description: Uint8Array;
  readonly columns: number;
  /** DataRow messages back to back, and where each ends. */
  readonly rows: Buffer;
  readonly ends: Uint32Array;
}

export interface Source {
  /** A path of a Unix socket, or a port on 127.0.0.1; it lets the user in without a password. */
  readonly path?: string;
  readonly port?: number;
  readonly user: string;
  readonly database: string;
  /** Startup parameters beside user and database. */
  readonly parameters: readonly (readonly [string, string])[];
}

/** A connection that sends messages and gives whole messages back; it understands nothing of them. */
class RawClient {
  readonly #socket: Socket;
  readonly #received: { type: string; bytes: Buffer }[] = [];
  #pending = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      while (this.#pending.length >= 5) {
        const end = 1 + this.#pending.readInt32BE(1);
        if (this.#pending.length < end) break;
        this.#received.push({
          type: String.fromCharCode(this.#pending[0]!),
          bytes: this.#pending.subarray(0, end),
        });
        this.#pending = this.#pending.subarray(end);
      }
      this.#wake();
    });
  }

  send(messages: readonly FrontendMessage[]): void {
    this.#socket.write(encodeFrontendAll(messages));
  }

  /** All messages up to and with ReadyForQuery. @throws Error with the server's text */
  async answer(): Promise<{ type: string; bytes: Buffer }[]> {
    for (;;) {
      const error = this.#received.find(({ type }) => type === 'E');
      if (error !== undefined) throw new Error(error.bytes.toString('utf8', 5).replaceAll('\0', ' '));
      const end = this.#received.findIndex(({ type }) => type === 'Z');
      if (end >= 0) return this.#received.splice(0, end + 1);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Everything between the startup packet and the first ReadyForQuery, as the source says it. */
export async function recordGreeting(source: Source): Promise<Uint8Array> {
  const [client, greeting] = await login(source);
  client.close();
  return Buffer.concat(greeting.map(({ bytes }) => bytes));
}

async function login(source: Source): Promise<[RawClient, { type: string; bytes: Buffer }[]]> {
  const socket = connect(
    source.path === undefined ? { host: '127.0.0.1', port: source.port! } : { path: source.path },
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const client = new RawClient(socket);
  client.send([
    {
      type: 'StartupMessage',
      parameters: [['user', source.user], ['database', source.database], ...source.parameters],
    },
  ]);
  return [client, await client.answer()];
}

/** @param formats as in Bind: none, one for all, or one a column */
export async function record(source: Source, sql: string, formats: readonly number[]): Promise<Recording> {
  const [client] = await login(source);
  try {
    client.send([
      { type: 'Parse', statement: '', sql, parameterOids: [] },
      { type: 'Bind', portal: '', statement: '', parameterFormats: [], values: [], resultFormats: formats },
      { type: 'Describe', target: 'portal', name: '' },
      { type: 'Execute', portal: '', maxRows: 0 },
      { type: 'Sync' },
    ]);
    const answer = await client.answer();
    const rows = answer.filter(({ type }) => type === 'D').map(({ bytes }) => bytes);
    const ends = new Uint32Array(rows.length);
    let end = 0;
    rows.forEach((row, at) => (ends[at] = end += row.length));
    const description = answer.find(({ type }) => type === 'T')!.bytes;
    return { description, columns: description.readInt16BE(5), rows: Buffer.concat(rows), ends };
  } finally {
    client.close();
  }
}

/** Held against the driver's own framing, so that a recording that lies is found before anything is measured. */
export function checkRecording(recording: Recording): void {
  let rows = 0;
  const framer = new Framer({
    message: (type, body) => void decodeBackend(type, body, 0),
    rows: (run) => (rows += run.rows),
  });
  framer.expectRows(recording.columns);
  framer.push(recording.rows);
  if (rows !== recording.ends.length) throw new Error('The recording is not whole');
}
