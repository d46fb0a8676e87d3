/** What a client sends, message by message; a client that sends faster than it is answered is not read any further. */
import type { Duplex } from 'node:stream';
import { decodeFrontend } from '../../protocol/frontend.js';
import { FrontendFramer } from '../../protocol/frontend-framing.js';
import type { FrontendMessage } from '../../protocol/messages.js';

type Hint = Parameters<typeof decodeFrontend>[2];

/** Undecoded bytes beyond this many stop the reading. */
const highWater = 1024 * 1024;
/** What a message costs besides its body. */
const overhead = 64;

export class ClientInput {
  readonly #socket: Duplex;
  readonly #waiting: ({ type: number; body: Uint8Array } | FrontendMessage)[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #over = false;
  #failure: Error | undefined;
  readonly #framer: FrontendFramer;
  readonly #data = (chunk: Buffer): void => {
    try {
      this.#framer.push(chunk);
    } catch (error) {
      this.#failure = error as Error;
      this.#wake?.();
    }
  };
  readonly #close = (): void => {
    this.#over = true;
    this.#wake?.();
  };

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#framer = new FrontendFramer({
      startup: (message) => this.#push(message, 0),
      message: (type, body) => this.#push({ type, body }, body.length),
    });
    socket.on('data', this.#data);
    socket.on('end', this.#close);
    socket.on('close', this.#close);
  }

  /** Bytes have come that no message has taken yet. */
  get pending(): boolean {
    return this.#waiting.length > 0 || this.#framer.partial;
  }

  /** Has `next` throw this behind the messages that have come: nobody is there any more to answer. */
  interrupt(cause: Error): void {
    this.#failure ??= cause;
    this.#wake?.();
  }

  /** Stops listening, so that somebody else may (TLS). */
  release(): void {
    this.#socket.off('data', this.#data);
    this.#socket.off('end', this.#close);
    this.#socket.off('close', this.#close);
    this.#socket.pause();
  }

  /**
   * The next message; undefined when the client has gone.
   * @throws ProtocolError for what is no message
   */
  async next(hint?: Hint): Promise<FrontendMessage | undefined> {
    for (;;) {
      const first = this.#waiting.shift();
      if (first !== undefined) {
        if ('body' in first) {
          this.#bytes -= first.body.length + overhead;
          if (this.#bytes <= highWater) this.#socket.resume();
          return decodeFrontend(first.type, first.body, hint);
        }
        return first;
      }
      if (this.#failure) throw this.#failure;
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }

  #push(message: { type: number; body: Uint8Array } | FrontendMessage, bytes: number): void {
    this.#waiting.push(message);
    this.#bytes += bytes + overhead;
    if (this.#bytes > highWater) this.#socket.pause();
    this.#wake?.();
  }
}
