/**
 * The server's side of framing: packets of a client cut out of chunks, wherever those were cut. The first ones have no
 * type byte. Lengths are checked in the header; memory grows with what was received.
 */
import { ProtocolError } from '../errors.js';
import { decodeStartup, maxStartupPacket } from './frontend.js';
import type { FrontendMessage } from './messages.js';

export interface FrontendFrameHandler {
  /** SSLRequest, GSSENCRequest, CancelRequest or StartupMessage. */
  startup(message: FrontendMessage): void;
  /** One whole message behind the StartupMessage: its type byte and its body; decode it with `decodeFrontend`. */
  message(type: number, body: Uint8Array): void;
}

/** Types that a client may send; function calls (`F`) are not among them, as no driver of Redshift makes any. */
const frontendTypes = new Uint8Array(256);
for (const type of 'BCDEHPQSXcdfip') frontendTypes[type.charCodeAt(0)] = 1;

export class FrontendFramer {
  readonly #handler: FrontendFrameHandler;
  readonly #limit: number;
  #started = false;
  #dead = false;
  /** The first `#filled` bytes wait for the end of their message. */
  #bytes = new Uint8Array(1024);
  #filled = 0;

  /** @param limit bytes of the longest message that is taken (its length and body). */
  constructor(handler: FrontendFrameHandler, limit = 0x3ffffffe) {
    this.#handler = handler;
    this.#limit = limit;
  }

  /** A message has begun and not ended. */
  get partial(): boolean {
    return this.#filled > 0;
  }

  /**
   * Delivers all messages that end in this chunk, synchronously and in order. Bodies are the receiver's to keep.
   *
   * @throws ProtocolError for a length or type that cannot be, or a startup packet that cannot be read; nothing is
   *   delivered after it.
   */
  push(chunk: Uint8Array): void {
    if (this.#dead) return;
    try {
      this.#keep(chunk);
      let at = 0;
      for (let next = this.#end(at); next !== undefined; next = this.#end(at)) {
        const message = this.#bytes.slice(at, next);
        at = next;
        if (this.#started) this.#handler.message(message[0]!, message.subarray(5));
        else this.#startup(message.subarray(4));
      }
      this.#bytes.copyWithin(0, at, this.#filled);
      this.#filled -= at;
    } catch (error) {
      this.#dead = true;
      throw error;
    }
  }

  #keep(chunk: Uint8Array): void {
    const needed = this.#filled + chunk.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(needed * 2);
      grown.set(this.#bytes.subarray(0, this.#filled));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#filled);
    this.#filled = needed;
  }

  /** Where the message that begins at `at` ends, if it is here as a whole. */
  #end(at: number): number | undefined {
    const head = this.#started ? 1 : 0;
    if (this.#filled === at) return undefined;
    const type = this.#bytes[at]!;
    if (this.#started && frontendTypes[type] !== 1) {
      throw new ProtocolError(`The client sent a message of the unknown type 0x${type.toString(16)}`);
    }
    if (this.#filled - at < head + 4) return undefined;
    const length = new DataView(this.#bytes.buffer).getInt32(at + head);
    const [least, most] = this.#started ? [4, this.#limit] : [8, maxStartupPacket];
    if (length < least || length > most) {
      throw new ProtocolError(
        `The client announced ${this.#started ? 'a message' : 'a startup packet'} of ${String(length >>> 0)} bytes; ${String(least)} to ${String(most)} are possible here`,
      );
    }
    const next = at + head + length;
    return next > this.#filled ? undefined : next;
  }

  #startup(body: Uint8Array): void {
    const message = decodeStartup(body);
    // Requests for encryption are followed by a startup packet, in the clear or encrypted.
    if (message.type === 'StartupMessage') this.#started = true;
    this.#handler.startup(message);
  }
}
