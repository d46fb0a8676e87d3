/**
 * Chunks in, whole messages out, the same ones wherever the chunks were cut. Lengths are checked in the header, before
 * anything is kept; memory grows with what was received, never with what was announced. Values are never decoded here.
 */
import { ProtocolError } from '../errors.js';
import { IncomingRows, misfit } from './data-row.js';

export interface RowRun {
  /**
   * Whole, checked DataRow messages back to back, type bytes and lengths included. A view of the chunk that was
   * pushed, or of the framer's own memory: valid during the call only.
   */
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface FrameHandler {
  /** One whole message that is no DataRow: its type byte and its body (without type and length), a view like a run's. */
  message(type: number, body: Uint8Array): void;
  /**
   * DataRows begin. Takes them, all that are whole and good or a part of them, and moves on over what was taken; they are
   * told again until nothing is taken. The bytes are views like those of messages.
   */
  rows(incoming: IncomingRows): void;
}

/** For a handler that wants runs as long as the chunks allow. */
export function inRuns(take: (run: RowRun) => void): (incoming: IncomingRows) => void {
  return (incoming) => {
    const { bytes, at, end } = incoming;
    incoming.pass(end);
    if (incoming.rows > 0) take({ bytes: bytes.subarray(at, incoming.at), rows: incoming.rows });
  };
}

/** Body and length of the longest message that is taken unless a limit is given. */
export const defaultMessageLimit = 0x3ffffffe;

/**
 * An unfinished message waits in memory that is used again: a chunk of 16 KiB of TLS leaves one behind every time (45 to
 * 28 ns a mixed row, 60 to 35 a wide one). Longer than `mostKept` it is not held on to.
 */
const leastKept = 1024;
const mostKept = 16 * 1024;
const noBytes = new Uint8Array(0);
const noView = new DataView(noBytes.buffer);

const dataRow = 0x44;
const header = 5;

/** Types that a server may send, as facts of the protocol; anything else is refused from the header. */
const backendTypes = new Uint8Array(256);
for (const type of '123ACDEGHIKNRSTWZcdnstvzkm') backendTypes[type.charCodeAt(0)] = 1;

export class Framer {
  readonly #handler: FrameHandler;
  #limit: number;
  #columns = -1;
  /** The beginning of a message whose end has not come yet: `#pending` holds `#filled` bytes of it. */
  #pending: Uint8Array = noBytes;
  #view = noView;
  #filled = 0;
  #dead = false;

  constructor(handler: FrameHandler, limit = defaultMessageLimit) {
    this.#handler = handler;
    this.#limit = limit;
  }

  /** The longest message from now on, in bytes. */
  set limit(bytes: number) {
    this.#limit = bytes;
  }

  /** DataRows with so many columns may come from the next message on; -1: a DataRow is a violation. */
  expectRows(columns: number): void {
    this.#columns = columns;
  }

  /** A message has begun and not ended. */
  get partial(): boolean {
    return this.#filled > 0;
  }

  /**
   * Delivers all messages that end in this chunk, synchronously and in order. Of the chunk nothing is kept but a copy of an unfinished message.
   *
   * @throws ProtocolError for a length or type that cannot be, or a DataRow that does not fit; nothing is delivered after it.
   */
  push(chunk: Uint8Array): void {
    if (this.#dead || chunk.length === 0) return;
    try {
      const start = this.#filled > 0 ? this.#completePending(chunk) : 0;
      if (start < chunk.length) {
        const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        this.#walk(chunk, view, start, chunk.length);
      }
    } catch (error) {
      this.#dead = true;
      this.#forget();
      throw error;
    }
  }

  /** Joins the pending message with the chunk's beginning; gives where the next message begins (or the chunk's end). */
  #completePending(chunk: Uint8Array): number {
    let at = 0;
    if (this.#filled < header) {
      at = Math.min(header - this.#filled, chunk.length);
      this.#keep(chunk, 0, at, header);
      if (this.#filled < header) return at;
    }
    const type = this.#pending[0]!;
    const length = this.#view.getInt32(1);
    if (backendTypes[type] !== 1 || length < 4 || length > this.#limit) throw this.#badHeader(type, length);
    const total = 1 + length;
    const end = at + Math.min(total - this.#filled, chunk.length - at);
    this.#keep(chunk, at, end, total);
    if (this.#filled < total) return end;
    this.#filled = 0;
    this.#walk(this.#pending, this.#view, 0, total);
    if (this.#pending.length > mostKept) this.#forget();
    return end;
  }

  /** Memory at most doubles with what has come, whatever the header announced. */
  #keep(chunk: Uint8Array, start: number, end: number, total: number): void {
    const filled = this.#filled;
    const needed = filled + end - start;
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(Math.max(leastKept, Math.min(total, needed * 2)));
      grown.set(this.#pending.subarray(0, filled));
      this.#pending = grown;
      this.#view = new DataView(grown.buffer);
    }
    // A loop: most of what is kept is shorter than what a view and a call would cost.
    if (end - start <= 64) {
      const pending = this.#pending;
      for (let from = start, to = filled; from < end; from++, to++) pending[to] = chunk[from]!;
    } else this.#pending.set(chunk.subarray(start, end), filled);
    this.#filled = needed;
  }

  #forget(): void {
    this.#pending = noBytes;
    this.#view = noView;
    this.#filled = 0;
  }

  #walk(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    let at = start;
    while (end - at >= header) {
      const type = bytes[at]!;
      const length = view.getInt32(at + 1);
      if (backendTypes[type] !== 1 || length < 4 || length > this.#limit) throw this.#badHeader(type, length);
      const next = at + 1 + length;
      if (next > end) break;
      if (type === dataRow) {
        const columns = this.#columns;
        if (columns < 0) throw unexpectedRow();
        const incoming = new IncomingRows(bytes, view, at, end, columns);
        this.#handler.rows(incoming);
        // It is whole: that it was not taken means that it is not what it should be.
        if (incoming.at === at) throw misfit(view, at, columns);
        at = incoming.at;
      } else {
        // Half of what comes with a small result has no body, and a view costs more than all else here.
        this.#handler.message(type, length === 4 ? noBytes : bytes.subarray(at + header, next));
        at = next;
      }
    }
    if (at < end) {
      const type = bytes[at]!;
      // A message that cannot be is refused now, not when its body has come.
      if (backendTypes[type] !== 1) throw unknownType(type);
      if (type === dataRow && this.#columns < 0) throw unexpectedRow();
      this.#keep(bytes, at, end, end - at < header ? header : 1 + view.getInt32(at + 1));
    }
  }

  #badHeader(type: number, length: number): ProtocolError {
    if (backendTypes[type] !== 1) return unknownType(type);
    return new ProtocolError(
      `The server announced a message ${printable(type)} of ${String(length >>> 0)} bytes; 4 to ${String(this.#limit)} are possible here`,
    );
  }
}

function unexpectedRow(): ProtocolError {
  return new ProtocolError('The server sent a DataRow where no row may come');
}

function unknownType(type: number): ProtocolError {
  return new ProtocolError(`The server sent a message of the unknown type ${printable(type)}`);
}

function printable(type: number): string {
  return type > 0x20 && type < 0x7f
    ? `'${String.fromCharCode(type)}'`
    : `0x${type.toString(16).padStart(2, '0')}`;
}
