/**
 * Parameters written one after the other as Bind carries them: an int32 length and the bytes. It fills pieces of memory and
 * never moves what it wrote; a value of many bytes is not copied but becomes a piece of its own.
 */
import { ArgumentError } from '../errors.js';
import { dateOfDay, daysTo2000 } from './calendar.js';
import { writeInstant } from './instants.js';
import { Timestamp } from './timestamp.js';

/** What was written; a PackedValues of the protocol has these members. */
export interface PackedParameters {
  readonly count: number;
  readonly bytes: number;
  readonly pieces: readonly Uint8Array[];
}

/** A place to come back to. */
export interface Mark {
  readonly count: number;
  readonly bytes: number;
  readonly pieces: number;
  readonly at: number;
}

/** The first piece is small, since most batches are; the others are large enough that changing them costs nothing. */
const firstPiece = 4 * 1024;
const laterPieces = 256 * 1024;
/** From here on a value is a piece of its own, and no memory is taken for it twice. */
const ownPiece = 32 * 1024;
/** The most that a message can hold. */
const maxBytes = 0x3fff_fffe;
/** A loop over the characters of a text is faster than a call of the engine up to about here (Node 20: 40 against 75 ns at 16). */
const shortText = 24;

interface Writes {
  utf8Write(text: string, at: number): number;
}

export class ParameterBuffer {
  #memory = Buffer.alloc(0);
  #view = new DataView(this.#memory.buffer);
  /** Where the piece begins that is being written, and where the next value goes. */
  #start = 0;
  #at = 0;
  #pieces: Uint8Array[] = [];
  /** In pieces that are done. */
  #sealed = 0;
  #count = 0;
  #day = NaN;
  readonly #dayText = Buffer.alloc(10);

  /** Values written. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#sealed + this.#at - this.#start;
  }

  null(): void {
    this.#reserve(4);
    this.#length(-1);
  }

  boolean(value: boolean): void {
    this.#reserve(5);
    this.#length(1);
    this.#memory[this.#at++] = value ? 1 : 0;
  }

  int4(value: number): void {
    this.#reserve(8);
    this.#length(4);
    this.#view.setInt32(this.#at, value);
    this.#at += 4;
  }

  /** @param value an integer within 2^53 */
  int8(value: number): void {
    this.#reserve(12);
    this.#length(8);
    this.#view.setInt32(this.#at, Math.floor(value / 0x1_0000_0000));
    this.#view.setInt32(this.#at + 4, value | 0);
    this.#at += 8;
  }

  bigint(value: bigint): void {
    this.#reserve(12);
    this.#length(8);
    this.#view.setBigInt64(this.#at, value);
    this.#at += 8;
  }

  float8(value: number): void {
    this.#reserve(12);
    this.#length(8);
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  /** UTF-8. What is no UTF-16 (a lone surrogate) is written as U+FFFD, as every encoder of UTF-8 does. */
  text(value: string): void {
    const { length } = value;
    // Three bytes a UTF-16 unit is the most that UTF-8 takes.
    if (length * 3 >= ownPiece) {
      this.own(Buffer.from(value, 'utf8'));
      return;
    }
    this.#reserve(4 + length * 3);
    const at = this.#at + 4;
    let end = at;
    if (length <= shortText) {
      const memory = this.#memory;
      for (let index = 0; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) break;
        memory[end++] = code;
      }
    }
    if (end - at < length) end = at + (this.#memory as unknown as Writes).utf8Write(value, at);
    this.#length(end - at);
    this.#at = end;
  }

  /** `YYYY-MM-DD HH:MM:SS.ffffff+00[ BC]`, as writeInstant says it; no text is made on the way. */
  instant(date: Date): void {
    const time = date.getTime();
    const day = Math.floor(time / 86_400_000);
    // Years 1 to 9999; the rest is rare.
    if (!(day >= -719_162 && day <= 2_932_896)) {
      this.text(writeInstant(date) ?? '');
      return;
    }
    const below = date instanceof Timestamp ? date.microseconds : 0;
    this.instantParts(day, (time - day * 86_400_000) * 1000 + below);
  }

  /**
   * @param day since 1970-01-01, of the years 1 to 9999
   * @param microseconds of the day
   */
  instantParts(day: number, microseconds: number): void {
    this.#reserve(33);
    this.#length(29);
    const memory = this.#memory;
    const at = this.#at;
    this.#writeDay(day, at);
    const seconds = Math.floor(microseconds / 1_000_000);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const fraction = microseconds - seconds * 1_000_000;
    const thousands = Math.floor(fraction / 10_000);
    const rest = fraction - thousands * 10_000;
    memory[at + 10] = 0x20;
    this.#two(at + 11, hours);
    memory[at + 13] = 0x3a;
    this.#two(at + 14, minutes - hours * 60);
    memory[at + 16] = 0x3a;
    this.#two(at + 17, seconds - minutes * 60);
    memory[at + 19] = 0x2e;
    this.#two(at + 20, thousands);
    const hundreds = Math.floor(rest / 100);
    this.#two(at + 22, hundreds);
    this.#two(at + 24, rest - hundreds * 100);
    memory[at + 26] = 0x2b;
    memory[at + 27] = 0x30;
    memory[at + 28] = 0x30;
    this.#at = at + 29;
  }

  /** `YYYY-MM-DD`. @param day since 1970-01-01, of the years 1 to 9999 */
  day(day: number): void {
    this.#reserve(14);
    this.#length(10);
    this.#writeDay(day, this.#at);
    this.#at += 10;
  }

  /** A copy of bytes [start, end). */
  copy(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const length = end - start;
    if (length >= ownPiece) {
      this.own(bytes.subarray(start, end));
      return;
    }
    this.#reserve(4 + length);
    this.#length(length);
    const memory = this.#memory;
    const at = this.#at;
    // A loop beats the call of the engine for a few bytes.
    if (length < 32) for (let index = 0; index < length; index++) memory[at + index] = bytes[start + index]!;
    else memory.set(bytes.subarray(start, end), at);
    this.#at = at + length;
  }

  /** The bytes themselves when they are many: they must not change until the message was written. */
  own(bytes: Uint8Array): void {
    if (bytes.length < ownPiece) {
      this.copy(bytes);
      return;
    }
    if (this.bytes + bytes.length > maxBytes) throw tooLong(this.bytes + bytes.length);
    this.#reserve(4);
    this.#length(bytes.length);
    this.#seal();
    this.#pieces.push(bytes);
    this.#sealed += bytes.length;
  }

  mark(): Mark {
    this.#seal();
    return { count: this.#count, bytes: this.#sealed, pieces: this.#pieces.length, at: this.#at };
  }

  /** Forgets what was written after the mark; only for marks made since the last `take`. */
  backTo({ count, bytes, pieces }: Mark): void {
    this.#start = this.#at;
    this.#pieces.length = pieces;
    this.#sealed = bytes;
    this.#count = count;
  }

  /** What was written since the last time. */
  take(): PackedParameters {
    this.#seal();
    const taken = { count: this.#count, bytes: this.#sealed, pieces: this.#pieces };
    this.#pieces = [];
    this.#sealed = 0;
    this.#count = 0;
    return taken;
  }

  #writeDay(day: number, at: number): void {
    const text = this.#dayText;
    // Dates of rows that follow each other are mostly the same.
    if (day !== this.#day) {
      const { year, month, day: ofMonth } = dateOfDay(day - daysTo2000);
      const century = Math.floor(year / 100);
      text[0] = 0x30 + Math.floor(century / 10);
      text[1] = 0x30 + (century % 10);
      text[2] = 0x30 + Math.floor((year % 100) / 10);
      text[3] = 0x30 + (year % 10);
      text[4] = 0x2d;
      text[5] = 0x30 + Math.floor(month / 10);
      text[6] = 0x30 + (month % 10);
      text[7] = 0x2d;
      text[8] = 0x30 + Math.floor(ofMonth / 10);
      text[9] = 0x30 + (ofMonth % 10);
      this.#day = day;
    }
    const memory = this.#memory;
    for (let index = 0; index < 10; index++) memory[at + index] = text[index]!;
  }

  #two(at: number, value: number): void {
    const tens = (value / 10) | 0;
    this.#memory[at] = 0x30 + tens;
    this.#memory[at + 1] = 0x30 + value - tens * 10;
  }

  #length(length: number): void {
    this.#view.setInt32(this.#at, length);
    this.#at += 4;
    this.#count++;
  }

  #seal(): void {
    if (this.#at === this.#start) return;
    this.#pieces.push(this.#memory.subarray(this.#start, this.#at));
    this.#sealed += this.#at - this.#start;
    this.#start = this.#at;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#memory.length) return;
    this.#seal();
    if (this.#sealed + bytes > maxBytes) throw tooLong(this.#sealed + bytes);
    const size = this.#memory.length === 0 ? firstPiece : laterPieces;
    this.#memory = Buffer.allocUnsafeSlow(Math.max(size, bytes));
    this.#view = new DataView(this.#memory.buffer);
    this.#start = 0;
    this.#at = 0;
  }
}

function tooLong(bytes: number): ArgumentError {
  return new ArgumentError(
    `The statement and its parameters take ${String(bytes)} bytes or more; a message holds at most ${String(maxBytes)}. Send the data in parts`,
  );
}
