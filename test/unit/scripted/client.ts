/** A client as plain as can be: a socket that says messages and hears lines. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { decodeBackend } from '../../../src/protocol/backend.js';
import { describeMessage, parseMessage } from '../../../src/protocol/describe.js';
import { encodeFrontendAll } from '../../../src/protocol/frontend.js';
import type { FrontendMessage } from '../../../src/protocol/messages.js';

export class PlainClient {
  readonly chunks: Buffer[] = [];
  /** `end` (FIN), or the code of an error, once it came. */
  outcome = '';
  #socket: Socket;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  static async open(at: { host: string; port: number; path?: string | undefined }): Promise<PlainClient> {
    const socket = connect(at.path === undefined ? at : { path: at.path, allowHalfOpen: true });
    await once(socket, 'connect');
    return new PlainClient(socket);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async secure(ca: string): Promise<void> {
    this.say('SSLRequest');
    await this.until(() => this.bytes.toString('latin1') === 'S');
    this.chunks.length = 0;
    for (const event of ['data', 'end', 'close', 'error']) this.#socket.removeAllListeners(event);
    this.#socket = connectTls({ socket: this.#socket, ca, servername: 'localhost' });
    this.#listen(this.#socket);
    await once(this.#socket, 'secureConnect');
  }

  say(...lines: string[]): void {
    this.raw(encodeFrontendAll(lines.map((line) => parseMessage(line) as FrontendMessage)));
  }

  raw(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** What the server has said in whole messages. */
  heard(version = 0): string[] {
    const { bytes } = this;
    const lines: string[] = [];
    for (let at = 0; at + 5 <= bytes.length;) {
      const next = at + 1 + bytes.readInt32BE(at + 1);
      if (next > bytes.length) break;
      lines.push(
        describeMessage(decodeBackend(bytes[at]!, bytes.subarray(at + 5, next), version), { secrets: true }),
      );
      at = next;
    }
    return lines;
  }

  /** Waits until the server has said a line that begins so, and gives all lines. */
  async hear(beginning: string, version = 0): Promise<string[]> {
    await this.until(() => this.heard(version).some((line) => line.startsWith(beginning)));
    return this.heard(version);
  }

  async over(): Promise<string> {
    await this.until(() => this.outcome !== '');
    return this.outcome;
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + 2000;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`Waited in vain; heard ${this.heard().join(' · ')}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 20);
      });
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.#wake();
    });
    socket.on('end', () => (this.outcome ||= 'end'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.outcome ||= error.code ?? error.message));
  }
}
