/**
 * The server's end of one connection: says what it is told to, and checks what the client says. Every wait is bounded.
 * It keeps every byte that came.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBackend } from '../../src/protocol/backend.js';
import { describeMessage, parseMessage } from '../../src/protocol/describe.js';
import { digestPassword } from '../../src/protocol/digest.js';
import { FrontendFramer } from '../../src/protocol/frontend-framing.js';
import type { BackendMessage, FrontendMessage } from '../../src/protocol/messages.js';
import { ScramServer, scramVerifier } from '../../src/protocol/scram-server.js';
import { LoginHints } from './hints.js';
import { differences, type Captures } from './match.js';
import { rawBytes } from './transcript.js';
import { reset } from './reset.js';

export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
  readonly minVersion?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
}

export interface PeerOptions {
  readonly tls?: ServerIdentity | undefined;
  /** Milliseconds that the client may take for its next message. */
  readonly patience: number;
}

type Of<T extends FrontendMessage['type']> = Extract<FrontendMessage, { type: T }>;

/** The client did not do what the script says. */
export class ScriptError extends Error {}

export class Peer {
  /** 1 for the first connection of the server. */
  readonly index: number;
  /** All that the client said. */
  readonly messages: FrontendMessage[] = [];
  readonly captures: Captures = new Map();
  /** server_protocol_version in force; follows the ParameterStatus that is said. */
  version = 0;
  /** Resolves when the client has closed its side, or the connection is gone. */
  readonly ended: Promise<void>;
  readonly #options: PeerOptions;
  readonly #hints = new LoginHints();
  readonly #framer: FrontendFramer;
  readonly #chunks: Uint8Array[] = [];
  readonly #heard: string[] = [];
  readonly #plain: Socket;
  #socket: Socket;
  #unread: FrontendMessage[] = [];
  #failure: Error | undefined;
  #over = false;
  #deaf = false;
  #wake: () => void = () => undefined;
  #settleEnded: () => void = () => undefined;
  #piece = 0;

  constructor(socket: Socket, index: number, options: PeerOptions) {
    this.index = index;
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#settleEnded = resolve));
    this.#framer = new FrontendFramer({
      startup: (message) => this.#take(message),
      message: (type, body) => this.#take(this.#hints.decode(type, body)),
    });
    this.#plain = socket;
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Every byte that came, behind TLS if there is TLS. */
  get received(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }

  /** The dialogue so far, as a transcript. */
  get dialogue(): readonly string[] {
    return this.#heard;
  }

  get secured(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  /** Host name that the client asked for in its TLS handshake (SNI). */
  get servername(): string | false | null {
    return this.#socket instanceof TLSSocket ? this.#socket.servername : null;
  }

  /**
   * The client's next message, which has to be what the pattern says: a type, or a line of a transcript.
   * Requests for encryption are answered on the way, unless the pattern asks for them.
   */
  async expect<T extends FrontendMessage['type']>(pattern: T | `${T} ${string}`): Promise<Of<T>> {
    const type = pattern.split(' ', 1)[0];
    const message = await this.next(type);
    const line = pattern === type ? `${pattern} ...` : pattern;
    if (message === undefined) {
      throw this.#error(`The client closed the connection where it was expected to say\n  > ${pattern}`);
    }
    const found = differences(line, message, this.captures);
    if (found.length > 0) {
      throw this.#error(
        [
          'The client was expected to say',
          `  > ${pattern}`,
          'but said',
          `  > ${describeMessage(message, { secrets: true, limit: 2000 })}`,
          ...found.map((each) => `  ${each}`),
        ].join('\n'),
      );
    }
    return message as Of<T>;
  }

  /** The client's next message whatever it is; undefined when it has closed the connection. */
  async next(wanted = ''): Promise<FrontendMessage | undefined> {
    for (;;) {
      const message = await this.#read(wanted);
      if (message?.type === wanted) return message;
      if (message?.type === 'GSSENCRequest') await this.raw('"N"');
      else if (message?.type === 'SSLRequest') {
        if (this.#options.tls === undefined) await this.raw('"N"');
        else await this.#secure();
      } else return message;
    }
  }

  /** Says messages, or lines of a transcript, in one write. */
  async say(...said: readonly (string | BackendMessage)[]): Promise<void> {
    await this.write(
      Buffer.concat(
        said.map((each) =>
          this.encode(typeof each === 'string' ? (parseMessage(each) as BackendMessage) : each),
        ),
      ),
    );
  }

  /** A message as bytes, as if it was said now. */
  encode(message: BackendMessage): Uint8Array {
    this.#hints.note(message);
    if (message.type === 'ParameterStatus' && message.name === 'server_protocol_version') {
      this.version = Number(message.value);
    }
    this.#heard.push(`< ${describeMessage(message, { limit: 200 })}`);
    return encodeBackend(message, this.version);
  }

  /** Bytes as they are, or as `\x00ff` or `"text"`. */
  async raw(bytes: Uint8Array | string): Promise<void> {
    await this.write(typeof bytes === 'string' ? rawBytes(bytes) : bytes);
  }

  /** Resolves when the kernel has taken the bytes; a client that does not read makes it wait. */
  async write(bytes: Uint8Array): Promise<void> {
    const size = this.#piece === 0 ? 65_536 : this.#piece;
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(piece, (error) => {
          if (error)
            reject(this.#error(`The client's connection broke while it was written to: ${error.message}`));
          else resolve();
        });
      });
      // The kernel joins pieces that nobody has read: a client in this process reads them within two turns of the loop.
      for (let turn = 0; turn < 2 && this.#piece > 0; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** From here on bytes are written in pieces of this size; 0: as they are. */
  split(piece: number): void {
    this.#piece = piece;
  }

  wait(milliseconds: number): Promise<void> {
    return sleep(milliseconds);
  }

  /** Expects SSLRequest, consents, and shakes hands. */
  async startTls(): Promise<void> {
    await this.expect('SSLRequest');
    await this.#secure();
  }

  /** FIN; whatever the client says from now on is lost. */
  cut(): void {
    this.#heard.push('! cut');
    this.#deafen();
    this.#socket.end();
  }

  /** RST. A Node client that finds it together with unread bytes reports an ordinary end: wait a little before it. */
  reset(): void {
    this.#heard.push('! reset');
    this.#deafen();
    // Under TLS it is the socket beneath that has an RST to send.
    reset(this.#plain);
  }

  /** FIN, and the client is still listened to. */
  halfClose(): void {
    this.#heard.push('! halfclose');
    this.#socket.end();
  }

  /** Nothing more is read: what the client writes comes to wait in its own memory. */
  stopReading(): void {
    this.#heard.push('! stop reading');
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  /** Nothing more is said. Resolves when the client has gone. */
  async silence(): Promise<void> {
    this.#deafen();
    await this.ended;
  }

  /** The client must not say anything but Terminate. */
  async rest(): Promise<void> {
    for (;;) {
      const message = await this.#read('', Infinity);
      if (message === undefined) return;
      if (message.type !== 'Terminate') {
        throw this.#error(
          `The client said what nobody expected\n  > ${describeMessage(message, { secrets: true, limit: 2000 })}`,
        );
      }
    }
  }

  /** The server's half of SCRAM-SHA-256, up to server-final. */
  async scram(password: string): Promise<void> {
    const server = new ScramServer(await scramVerifier(password));
    await this.say({ type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] });
    const first = await this.expect('SASLInitialResponse mechanism="SCRAM-SHA-256" ...');
    await this.say({
      type: 'AuthenticationSASLContinue',
      data: server.first(first.data ?? new Uint8Array()),
    });
    const last = await this.expect('SASLResponse');
    await this.say({ type: 'AuthenticationSASLFinal', data: server.final(last.data) });
  }

  /** Redshift's digest login (code 13), with salt and nonce of the published vector. */
  async digest(password: string): Promise<void> {
    const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
    const serverNonce = Uint8Array.from({ length: 16 }, (_, i) => 0x20 + i);
    await this.say({ type: 'AuthenticationDigest', algorithm: 0, salt, serverNonce });
    const answer = await this.expect('DigestResponse');
    const right = digestPassword(password, salt, serverNonce, answer.clientNonce);
    if (Buffer.compare(right, answer.digest) !== 0)
      throw this.#error('The digest is not the one of the password');
  }

  /** FIN, when all is said. */
  close(): void {
    if (!this.#socket.destroyed) this.#socket.end();
  }

  destroy(): void {
    this.#deafen();
    this.#socket.destroy();
    this.#finish();
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      if (this.#deaf) return;
      this.#chunks.push(new Uint8Array(chunk));
      try {
        this.#framer.push(chunk);
      } catch (error) {
        this.#failure ??= this.#error(`The client spoke nonsense: ${(error as Error).message}`);
      }
      this.#wake();
    });
    socket.on('end', () => this.#finish());
    socket.on('close', () => this.#finish());
    // A client may reset the connection at any time; the end is what counts.
    socket.on('error', () => this.#finish());
  }

  #deafen(): void {
    this.#deaf = true;
    this.#unread = [];
  }

  #finish(): void {
    this.#over = true;
    this.#settleEnded();
    this.#wake();
  }

  #take(message: FrontendMessage): void {
    this.#heard.push(`> ${describeMessage(message, { limit: 200 })}`);
    this.messages.push(message);
    this.#unread.push(message);
  }

  async #read(wanted: string, patience = this.#options.patience): Promise<FrontendMessage | undefined> {
    const clock = { late: false };
    const timer =
      patience === Infinity
        ? undefined
        : setTimeout(() => {
            clock.late = true;
            this.#wake();
          }, patience);
    try {
      for (;;) {
        const message = this.#unread.shift();
        if (message !== undefined) return message;
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#over) return undefined;
        if (clock.late) {
          throw this.#error(
            `The client said nothing for ${String(patience)} ms; ${wanted || 'a message'} was expected`,
          );
        }
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #secure(): Promise<void> {
    const { tls } = this.#options;
    if (tls === undefined) throw new Error('The scripted server has no certificate: start it with tls');
    const plain = this.#plain;
    for (const event of ['data', 'end', 'close', 'error']) plain.removeAllListeners(event);
    plain.write('S');
    const secured = new TLSSocket(plain, { isServer: true, ...tls });
    this.#socket = secured;
    // A failed handshake shows on either of them.
    plain.on('error', () => this.#finish());
    plain.on('close', () => this.#finish());
    this.#listen(secured);
    await new Promise<void>((resolve) => {
      secured.once('secure', resolve);
      void this.ended.then(resolve);
    });
    this.#heard.push('! tls');
  }

  #error(text: string): ScriptError {
    const before = this.#heard.slice(-12).map((line) => `  ${line}`);
    return new ScriptError([text, 'The dialogue up to then:', ...before].join('\n'));
  }
}
