/**
 * Bind, Execute and Sync of one prepared statement as one piece of bytes. What is the same each time is made once; the
 * values are written between it. PostgreSQL protocol, "Message Formats".
 */
import { checkMessageLength } from './bytes.js';
import { checkParameterCount, encodeFrontendAll } from './frontend.js';

/** A value as Bind carries it: bytes as they are, a text as UTF-8, a number as an int4, null as NULL. */
export type BindValue = Uint8Array | string | number | null;

/** Bytes that the value takes at most. */
export function weightOf(value: BindValue): number {
  if (value === null) return 0;
  // Three bytes a UTF-16 unit is the most that UTF-8 takes.
  return typeof value === 'string' ? value.length * 3 : typeof value === 'number' ? 4 : value.length;
}

/**
 * For an execution that is to follow other messages: what cannot be sent is refused before those are.
 *
 * @throws ArgumentError when there are too many values, or too many bytes in them
 */
export function checkExecution(values: readonly BindValue[], weight: number): void {
  checkParameterCount(values.length);
  // Formats of the result are not known yet; each of at most 32,767 takes two bytes.
  checkMessageLength(weight + values.length * 6 + 128 * 1024);
}

export class Execution {
  /** The type byte and a length that is filled in, an empty portal name, the statement's name. */
  readonly #head: Uint8Array;
  /** The formats of the result, where Bind ends, and the other messages. */
  readonly #tail: Uint8Array;
  readonly #tailOfBind: number;
  /** With the formats and the count of the values that were sent last. */
  #headOfValues: Uint8Array = new Uint8Array(0);
  #formats: ArrayLike<number> | undefined;
  #count = 0;

  /**
   * @param resultFormats none: all as text
   * @param describe the portal, too
   */
  constructor(statement: string, resultFormats: ArrayLike<number>, describe = false) {
    const bind = encodeFrontendAll([
      { type: 'Bind', portal: '', statement, parameterFormats: [], values: [], resultFormats },
    ]);
    const rest = encodeFrontendAll([
      ...(describe ? [{ type: 'Describe', target: 'portal', name: '' } as const] : []),
      { type: 'Execute', portal: '', maxRows: 0 },
      { type: 'Sync' },
    ]);
    this.#tailOfBind = 2 + resultFormats.length * 2;
    // Behind the head come the two empty counts of formats and values.
    this.#head = bind.slice(0, bind.length - this.#tailOfBind - 4);
    this.#tail = Buffer.concat([bind.subarray(bind.length - this.#tailOfBind), rest]);
  }

  /**
   * @param formats one for each value
   * @param weight the sum of the values' weights
   * @throws ArgumentError for what no message can hold
   */
  encode(formats: ArrayLike<number>, values: readonly BindValue[], weight: number): Uint8Array {
    const head = this.#headFor(formats, values.length);
    const tail = this.#tail;
    const count = values.length;
    const most = head.length + count * 4 + weight + tail.length;
    checkMessageLength(most);
    const bytes = Buffer.allocUnsafe(most);
    bytes.set(head, 0);
    let at = head.length;
    for (let index = 0; index < count; index++) {
      const value = values[index] ?? null;
      if (value === null) at = int32(bytes, at, -1);
      else if (typeof value === 'number') at = int32(bytes, int32(bytes, at, 4), value);
      else if (typeof value === 'string') {
        const end = utf8(value, bytes, at + 4);
        int32(bytes, at, end - at - 4);
        at = end;
      } else at = copy(value, bytes, int32(bytes, at, value.length));
    }
    int32(bytes, 1, at + this.#tailOfBind - 1);
    bytes.set(tail, at);
    at += tail.length;
    return at === most ? bytes : bytes.subarray(0, at);
  }

  /** All before the values. A statement mostly has parameters of the same types, whose list of formats is the same object then. */
  #headFor(formats: ArrayLike<number>, count: number): Uint8Array {
    if (this.#formats === formats && this.#count === count) return this.#headOfValues;
    checkParameterCount(count);
    const head = Buffer.alloc(this.#head.length + 4 + count * 2);
    head.set(this.#head);
    let at = int16(head, this.#head.length, count);
    for (let index = 0; index < count; index++) at = int16(head, at, formats[index]!);
    int16(head, at, count);
    this.#formats = formats;
    this.#count = count;
    this.#headOfValues = head;
    return head;
  }
}

function int16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
  return at + 2;
}

function int32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** A loop beats the call of the engine for a few bytes, and in a text up to the first character that is not ASCII. */
const short = 64;

function copy(from: Uint8Array, to: Uint8Array, at: number): number {
  const { length } = from;
  if (length > short) to.set(from, at);
  else for (let index = 0; index < length; index++) to[at + index] = from[index]!;
  return at + length;
}

function utf8(text: string, bytes: Buffer, at: number): number {
  const { length } = text;
  if (length <= short) {
    let index = 0;
    for (; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) break;
      bytes[at + index] = code;
    }
    if (index === length) return at + length;
  }
  return at + bytes.write(text, at, 'utf8');
}
