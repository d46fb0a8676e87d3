/**
 * A growable writer and a bounds-checked reader over one buffer. All integers are big-endian. Neither ever touches
 * memory that the lengths do not cover.
 */
import { ArgumentError, ProtocolError } from '../errors.js';

/** A message longer than this is never sent: its length would not fit, or the server would refuse it (JDBC refuses the same). */
const maxMessage = 0x3ffffffe;

const encoder = new TextEncoder();
/** A byte order mark is text like any other: the default would swallow it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text; what is no UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Below this many UTF-16 units it is cheaper to reserve too much than to count. */
const shortText = 1024;

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  int16(value: number): this {
    this.#reserve(2);
    this.#view.setInt16(this.#length, value);
    this.#length += 2;
    return this;
  }

  /** How many of something follow. @throws ArgumentError naming `what` when an int16 cannot say it (S2: it would wrap). */
  count(value: number, what: string): this {
    if (value > 0x7fff) {
      throw new ArgumentError(`${what}: ${String(value)} are too many; the protocol counts to 32767`);
    }
    return this.int16(value);
  }

  /** Signed or unsigned: the low 32 bits. */
  int32(value: number): this {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value);
    this.#length += 4;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** UTF-8 text without an end mark. Lone surrogates become U+FFFD, as UTF-8 has no form for them. */
  text(value: string): this {
    // Three bytes a UTF-16 unit is the most that UTF-8 takes.
    this.#reserve(value.length <= shortText ? value.length * 3 : Buffer.byteLength(value));
    this.#length += encoder.encodeInto(value, this.#bytes.subarray(this.#length)).written;
    return this;
  }

  /** Text and one zero byte. @throws ArgumentError naming `what` when the text itself holds a zero byte. */
  cstr(value: string, what: string): this {
    if (value.includes('\0')) {
      throw new ArgumentError(`${what} contains a NUL character, which the protocol cannot carry`);
    }
    return this.text(value).byte(0);
  }

  /** A message: its type byte (none for a startup packet), the length, which is filled in afterwards, and what `body` writes. */
  message(type: string, body: (writer: this) => void): this {
    if (type !== '') this.byte(type.charCodeAt(0));
    const start = this.#length;
    this.int32(0);
    body(this);
    checkMessageLength(this.#length - start);
    this.#view.setInt32(start, this.#length - start);
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written, without a copy; the writer must not be used any more. */
  detach(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    // Several messages may share the buffer, but none of them alone can need this much.
    if (count > maxMessage) throw tooLong(count);
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length + (this.#bytes.length >> 1)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** @throws ArgumentError for a message that would be longer than the protocol can say; checked before anything is written. */
export function checkMessageLength(bytes: number): void {
  if (bytes > maxMessage) throw tooLong(bytes);
}

function tooLong(bytes: number): ArgumentError {
  return new ArgumentError(
    `The statement and its parameters take ${String(bytes)} bytes; a message holds at most ${String(maxMessage)}. Send the data in parts`,
  );
}

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  #at = 0;

  /** @param name the message, for errors. */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A number of things of at least `size` bytes each: negative, or more than the message can hold, is an error. */
  count(size: number): number {
    const count = this.int16();
    if (count < 0 || count * size > this.left)
      throw this.error(`counts ${String(count)} entries in ${String(this.left)} bytes`);
    return count;
  }

  /** A view of the next bytes, not a copy. */
  bytes(count: number): Uint8Array {
    if (count < 0) throw this.error(`has a length of ${String(count)}`);
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** The next bytes, safe to keep. `slice` would not do: a Buffer's is a view. */
  copy(count: number): Uint8Array {
    return new Uint8Array(this.bytes(count));
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** Text up to a zero byte; what is no UTF-8 becomes U+FFFD. */
  cstr(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw this.error('has a text without an end');
    const text = decodeText(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  /** Leftovers mean that both sides do not speak of the same message. */
  end(): void {
    if (this.left > 0) throw this.error(`is ${String(this.left)} bytes too long`);
  }

  error(what: string): ProtocolError {
    return new ProtocolError(`${this.#name} ${what}`);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw this.error('ends too early');
    this.#at = at + count;
    return at;
  }
}
