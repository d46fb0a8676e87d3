/** A client that says exactly what a test wants, byte by byte if need be, and keeps what it hears as messages. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeBackend } from '../../../src/protocol/backend.js';
import { encodeFrontendAll } from '../../../src/protocol/frontend.js';
import type { BackendMessage, FrontendMessage } from '../../../src/protocol/messages.js';

export type Heard<T extends BackendMessage['type']> = Extract<BackendMessage, { type: T }>;

export interface WireLogin {
  readonly user: string;
  readonly database: string;
  /** client_protocol_version; default 0. */
  readonly version?: number;
  readonly parameters?: readonly (readonly [string, string])[];
}

/** Longer than any answer here takes, shorter than a test may. */
const patience = 20_000;

export class Wire {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #version = 0;
  ended = false;
  processId = 0;
  secretKey = 0;
  readonly parameters = new Map<string, string>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake();
      });
    }
  }

  static async open(at: { readonly host: string; readonly port: number }): Promise<Wire> {
    const socket = connect({ host: at.host, port: at.port });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new Wire(socket);
  }

  /** For servers that trust. */
  async login({ user, database, version = 0, parameters = [] }: WireLogin): Promise<void> {
    this.send({
      type: 'StartupMessage',
      parameters: [
        ['user', user],
        ['database', database],
        ['client_protocol_version', String(version)],
        ...parameters,
      ],
    });
    for (const message of await this.untilReady()) {
      if (message.type === 'ErrorResponse') throw new Error(message.fields.get('M'));
      if (message.type === 'ParameterStatus') this.parameters.set(message.name, message.value);
      if (message.type === 'BackendKeyData')
        ({ processId: this.processId, secretKey: this.secretKey } = message);
    }
    this.#version = Number(this.parameters.get('server_protocol_version') ?? 0);
  }

  send(...messages: readonly FrontendMessage[]): void {
    this.raw(encodeFrontendAll(messages));
  }

  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  end(): void {
    this.#socket.end();
  }
  destroy(): void {
    this.#socket.destroy();
  }

  /** The next message; undefined when the server has hung up. */
  async next(): Promise<BackendMessage | undefined> {
    const message = this.#take();
    if (message !== undefined) return message;
    await this.#arrival(() => this.ended || this.#whole() > 0);
    return this.#take();
  }

  /** All messages up to ReadyForQuery, that one included, or to the end of the connection. */
  async untilReady(): Promise<BackendMessage[]> {
    const messages: BackendMessage[] = [];
    for (;;) {
      const message = await this.next();
      if (message === undefined) return messages;
      messages.push(message);
      if (message.type === 'ReadyForQuery') return messages;
    }
  }

  /** Types of the messages up to ReadyForQuery; DataRows in a row count once. */
  async heard(): Promise<string[]> {
    return typesOf(await this.untilReady());
  }

  /** A simple query's messages. */
  async query(sql: string): Promise<BackendMessage[]> {
    this.send({ type: 'Query', sql });
    return this.untilReady();
  }

  /** Resolves when the server has hung up. */
  async hungUp(): Promise<void> {
    await this.#arrival(() => this.ended);
  }

  /** Nothing has come for so long. */
  async silence(milliseconds: number): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return this.#bytes.length === 0;
  }

  async #arrival(there: () => boolean): Promise<void> {
    const deadline = Date.now() + patience;
    while (!there()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error('The server does not answer');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #whole(): number {
    if (this.#bytes.length < 5) return 0;
    const length = 1 + this.#bytes.readUInt32BE(1);
    return this.#bytes.length < length ? 0 : length;
  }

  #take(): BackendMessage | undefined {
    const length = this.#whole();
    if (length === 0) return undefined;
    const message = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return decodeBackend(message[0] ?? 0, message.subarray(5), this.#version);
  }
}

/** Rows that follow one another count once. */
export function typesOf(messages: readonly BackendMessage[]): string[] {
  const types = messages.map(({ type }) => type);
  return types.filter((type, index) => type !== 'DataRow' || types[index - 1] !== 'DataRow');
}

export const allOf = <T extends BackendMessage['type']>(
  messages: readonly BackendMessage[],
  type: T,
): Heard<T>[] => messages.filter((message): message is Heard<T> => message.type === type);

/** Text values of all rows. */
export const rowsOf = (messages: readonly BackendMessage[]): (string | null)[][] =>
  allOf(messages, 'DataRow').map(({ values }) =>
    values.map((value) => (value === null ? null : Buffer.from(value).toString())),
  );

/** SQLSTATE of the first error. */
export const stateOf = (messages: readonly BackendMessage[]): string | undefined =>
  allOf(messages, 'ErrorResponse')[0]?.fields.get('C');

export const statusOf = (messages: readonly BackendMessage[]): string | undefined =>
  allOf(messages, 'ReadyForQuery').at(-1)?.status;

export const tagsOf = (messages: readonly BackendMessage[]): string[] =>
  allOf(messages, 'CommandComplete').map(({ tag }) => tag);
