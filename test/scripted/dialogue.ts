/** Writes down what two sides say to each other as lines of a transcript. It judges nothing: what it cannot read ends it. */
import { decodeBackend } from '../../src/protocol/backend.js';
import { describeMessage } from '../../src/protocol/describe.js';
import { FrontendFramer } from '../../src/protocol/frontend-framing.js';
import type { BackendMessage, FrontendMessage } from '../../src/protocol/messages.js';
import { LoginHints } from './hints.js';

export class Dialogue {
  readonly lines: string[] = [];
  readonly #hints = new LoginHints();
  readonly #framer = new FrontendFramer({
    startup: (message) => this.#client(message),
    message: (type, body) => this.#client(this.#hints.decode(type, body)),
  });
  readonly #secrets: boolean;
  #server = Buffer.alloc(0);
  /** Requests for encryption that wait for their one byte. */
  #asked = 0;
  #version = 0;
  #lost = false;

  /** @param secrets write passwords and tokens down; otherwise they are `*` */
  constructor(secrets: boolean) {
    this.#secrets = secrets;
  }

  clientSays(chunk: Uint8Array): void {
    this.#attempt(() => this.#framer.push(chunk));
  }

  serverSays(chunk: Uint8Array): void {
    this.#attempt(() => {
      this.#server = Buffer.concat([this.#server, chunk]);
      let at = 0;
      for (let next = this.#next(at); next !== undefined; next = this.#next(at)) at = next;
      this.#server = this.#server.subarray(at);
    });
  }

  note(directive: string): void {
    this.lines.push(`! ${directive}`);
  }

  #client(message: FrontendMessage): void {
    if (message.type === 'SSLRequest' || message.type === 'GSSENCRequest') this.#asked++;
    const line = describeMessage(message, { secrets: this.#secrets });
    this.lines.push(`> ${line.replaceAll('=***', '=*')}`);
  }

  /** Reads the server's message at `at`; gives where the next one begins, or nothing if it is not whole. */
  #next(at: number): number | undefined {
    const bytes = this.#server;
    if (this.#asked > 0 && at < bytes.length) {
      this.#asked--;
      this.lines.push(`! raw ${JSON.stringify(bytes.toString('latin1', at, at + 1))}`);
      // Behind an S both speak a language that nobody else understands.
      if (bytes[at] === 'S'.charCodeAt(0)) throw new Error('encrypted from here on');
      return at + 1;
    }
    if (bytes.length - at < 5) return undefined;
    const next = at + 1 + bytes.readInt32BE(at + 1);
    if (next <= at + 4) throw new Error('a length that cannot be');
    if (next > bytes.length) return undefined;
    const message = decodeBackend(bytes[at]!, bytes.subarray(at + 5, next), this.#version);
    this.#hear(message);
    return next;
  }

  #hear(message: BackendMessage): void {
    this.#hints.note(message);
    if (message.type === 'ParameterStatus' && message.name === 'server_protocol_version') {
      this.#version = Number(message.value);
    }
    // What the server says has to be whole, or nobody could play it.
    this.lines.push(`< ${describeMessage(message, { secrets: true })}`);
  }

  #attempt(read: () => void): void {
    if (this.#lost) return;
    try {
      read();
    } catch (error) {
      this.#lost = true;
      this.lines.push(`# Not written down from here on: ${(error as Error).message}`);
    }
  }
}
