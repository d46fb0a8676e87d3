/** A connection that sends messages and gives whole messages back; it understands nothing of them but where they end. */
import { connect, type Socket } from 'node:net';
import { encodeFrontendAll } from '../src/protocol/frontend.js';
import type { FrontendMessage } from '../src/protocol/messages.js';

/** A server that lets the user in without a password. */
export interface Source {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Startup parameters beside user and database. */
  readonly parameters: readonly (readonly [string, string])[];
}

export interface RawMessage {
  readonly type: string;
  /** Whole, with type and length. */
  readonly bytes: Buffer;
}

export class RawClient {
  readonly #socket: Socket;
  #received: RawMessage[] = [];
  #pending: Buffer = Buffer.alloc(0);
  #failed: Error | undefined;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => {
      this.#failed = error;
      this.#wake();
    });
    socket.on('close', () => {
      this.#failed ??= new Error('The server closed the connection');
      this.#wake();
    });
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
  }

  /** @returns the client, and everything between the startup packet and the first ReadyForQuery */
  static async login(source: Source): Promise<[RawClient, RawMessage[]]> {
    const client = new RawClient(connect({ host: '127.0.0.1', port: source.port, noDelay: true }));
    client.send([
      {
        type: 'StartupMessage',
        parameters: [['user', source.user], ['database', source.database], ...source.parameters],
      },
    ]);
    return [client, await client.answer()];
  }

  send(messages: readonly FrontendMessage[]): void {
    this.#socket.write(encodeFrontendAll(messages));
  }

  /** All messages up to and with ReadyForQuery. @throws Error with the server's text */
  async answer(): Promise<RawMessage[]> {
    for (;;) {
      const end = this.#received.findIndex(({ type }) => type === 'Z' || type === 'E');
      if (end >= 0) {
        const last = this.#received[end]!;
        if (last.type === 'E') throw new Error(last.bytes.toString('utf8', 5).replaceAll('\0', ' '));
        return this.#received.splice(0, end + 1);
      }
      if (this.#failed !== undefined) throw this.#failed;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Runs one statement with these result formats: as in Bind none, one for all, or one a column. */
  run(sql: string, resultFormats: readonly number[]): Promise<RawMessage[]> {
    this.send([
      { type: 'Parse', statement: '', sql, parameterOids: [] },
      { type: 'Bind', portal: '', statement: '', parameterFormats: [], values: [], resultFormats },
      { type: 'Describe', target: 'portal', name: '' },
      { type: 'Execute', portal: '', maxRows: 0 },
      { type: 'Sync' },
    ]);
    return this.answer();
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let at = 0;
    let whole = false;
    while (at + 5 <= pending.length) {
      const end = at + 1 + pending.readInt32BE(at + 1);
      if (pending.length < end) break;
      const type = String.fromCharCode(pending[at]!);
      this.#received.push({ type, bytes: pending.subarray(at, end) });
      whole ||= type === 'Z' || type === 'E';
      at = end;
    }
    this.#pending = pending.subarray(at);
    if (whole) this.#wake();
  }
}

/** The cells of a DataRow as text; null for NULL. */
export function textCells({ bytes }: RawMessage): (string | null)[] {
  let at = 7;
  return Array.from({ length: bytes.readInt16BE(5) }, () => {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) return null;
    at += length;
    return bytes.toString('utf8', at - length, at);
  });
}
