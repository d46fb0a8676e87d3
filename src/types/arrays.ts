/**
 * Arrays in text and binary, and the two vectors of the catalog. Elements are read where they lie, by the reader of their
 * type; nothing in an array is ever evaluated (CVE-2026-8838). Depth and lengths are checked before anything is built.
 */
import { DataError } from '../errors.js';
import { ascii, blockOf, unreadable, type Block, type CellReader } from './codec.js';

/** PostgreSQL allows 6; hostile text may ask for 100,000. */
const maxDimensions = 64;

const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;

/** What the server's array_in skips: blank, and tab to carriage return. Other white space belongs to the element. */
const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

// Text

/** `{a,"b,c",NULL,{…}}`, with bounds in front if they do not begin at 1 (`[0:1]={…}`). */
export function arrayText(element: CellReader): CellReader {
  return (block, start, end) => new TextArray(block, start, end, element).read();
}

class TextArray {
  readonly #block: Block;
  readonly #start: number;
  readonly #end: number;
  readonly #element: CellReader;
  /** Length per dimension, known once one array of it is closed: all must be alike. */
  readonly #lengths: (number | undefined)[] = [];
  /** The dimension that elements stand in, as the bounds say or the first element. */
  #depth: number | undefined;
  #at: number;

  constructor(block: Block, start: number, end: number, element: CellReader) {
    this.#block = block;
    this.#start = this.#at = start;
    this.#end = end;
    this.#element = element;
  }

  read(): unknown[] {
    this.#bounds();
    const open: unknown[][] = [];
    this.#open(open);
    for (;;) {
      // `open` has at least one array here, and a value may follow.
      const current = open.at(-1)!;
      const next = this.#peek();
      if (next === openBrace) {
        this.#open(open);
        continue;
      }
      this.#depth ??= open.length;
      if (this.#depth !== open.length) this.#fail();
      // Braces with nothing between them are an empty array.
      if (next !== closeBrace || current.length > 0) {
        current.push(next === quote ? this.#quoted() : this.#bare());
      }
      const result = this.#close(open);
      if (result !== undefined) return result;
    }
  }

  #open(open: unknown[][]): void {
    if (this.#peek() !== openBrace || open.length >= maxDimensions || open.length === this.#depth)
      this.#fail();
    this.#at++;
    const inner: unknown[] = [];
    open.at(-1)?.push(inner);
    open.push(inner);
  }

  /** Goes over braces that close and the comma after them; the whole array when it is done. */
  #close(open: unknown[][]): unknown[] | undefined {
    for (;;) {
      const next = this.#peek();
      this.#at++;
      if (next === comma) {
        // What follows a comma is a value, never the end.
        if (this.#peek() === closeBrace) this.#fail();
        return undefined;
      }
      if (next !== closeBrace) this.#fail();
      const closed = open.pop()!;
      const length = (this.#lengths[open.length] ??= closed.length);
      if (length !== closed.length) this.#fail();
      if (open.length > 0) continue;
      if (this.#peek() !== undefined || this.#lengths.length !== this.#depth) this.#fail();
      return closed;
    }
  }

  #quoted(): unknown {
    const { bytes } = this.#block;
    const start = ++this.#at;
    let escapes = 0;
    for (; this.#at < this.#end && bytes[this.#at] !== quote; this.#at++) {
      if (bytes[this.#at] === backslash) {
        escapes++;
        this.#at++;
      }
    }
    if (this.#at >= this.#end) this.#fail();
    return this.#value(start, this.#at++, escapes);
  }

  #bare(): unknown {
    const { bytes } = this.#block;
    const start = this.#at;
    let escapes = 0;
    let last = start;
    for (; this.#at < this.#end; this.#at++) {
      const byte = bytes[this.#at]!;
      if (byte === comma || byte === closeBrace) break;
      if (byte === openBrace || byte === quote) this.#fail();
      if (byte === backslash) {
        escapes++;
        this.#at++;
        last = this.#at + 1;
      } else if (!isBlank(byte)) last = this.#at + 1;
    }
    if (last === start || last > this.#end) this.#fail();
    const isNull =
      last - start === 4 && escapes === 0 && ascii(this.#block, start, last).toUpperCase() === 'NULL';
    return isNull ? null : this.#value(start, last, escapes);
  }

  #value(start: number, end: number, escapes: number): unknown {
    if (escapes === 0) return this.#element(this.#block, start, end);
    const { bytes } = this.#block;
    const plain = Buffer.allocUnsafe(end - start - escapes);
    let length = 0;
    for (let at = start; at < end; at++) {
      if (bytes[at] === backslash) at++;
      plain[length++] = bytes[at]!;
    }
    return this.#element(blockOf(plain), 0, length);
  }

  /** `[0:2][1:3]=` in front says which lengths must follow. */
  #bounds(): void {
    if (this.#peek() !== openBracket) return;
    const prefix = ascii(this.#block, this.#at, Math.min(this.#end, this.#at + 25 * maxDimensions));
    const found = /^(?:\[[+-]?\d{1,10}:[+-]?\d{1,10}\]){1,64}=/.exec(prefix);
    if (found === null) return this.#fail();
    this.#at += found[0].length;
    for (const [, low, high] of found[0].matchAll(/\[([^:]+):([^\]]+)\]/g)) {
      this.#lengths.push(Number(high) - Number(low) + 1);
    }
    this.#depth = this.#lengths.length;
  }

  /** The next byte that is no blank; undefined at the end. */
  #peek(): number | undefined {
    const { bytes } = this.#block;
    while (this.#at < this.#end && isBlank(bytes[this.#at])) this.#at++;
    return this.#at < this.#end ? bytes[this.#at] : undefined;
  }

  #fail(): never {
    throw unreadable(this.#block, this.#start, this.#end, 'array');
  }
}

// Binary

/**
 * int32 dimensions, int32 has-null, int32 element type, per dimension int32 length and lower bound, then the elements row
 * by row: int32 length (-1 NULL) and bytes.
 *
 * @param elementOf the reader of an element type; undefined when no such element can stand in this array
 */
export function arrayBinary(elementOf: (oid: number) => CellReader | undefined): CellReader {
  let lastOid = -1;
  let lastReader: CellReader | undefined;
  return (block, start, end) => {
    const { view } = block;
    if (end - start < 12) throw malformed();
    const dimensions = view.getInt32(start);
    let at = start + 12 + dimensions * 8;
    if (dimensions < 0 || dimensions > maxDimensions || at > end) throw malformed();
    const oid = view.getUint32(start + 8);
    if (oid !== lastOid) {
      lastReader = elementOf(oid);
      lastOid = oid;
    }
    const element = lastReader;
    if (element === undefined) throw malformed();
    const lengths: number[] = [];
    let count = dimensions === 0 ? 0 : 1;
    for (let index = 0; index < dimensions; index++) {
      const length = view.getInt32(start + 12 + index * 8);
      lengths.push(length);
      count *= length;
      // Every element takes at least its own length: what cannot be there is not allocated.
      if (length < 0 || count * 4 > end - at) throw malformed();
    }
    // A dimension of length 0 leaves no elements, whatever the others say; that is an empty array.
    if (count === 0) {
      if (at !== end) throw malformed();
      return [];
    }
    const readOne = (): unknown => {
      if (at + 4 > end) throw malformed();
      const length = view.getInt32(at);
      at += 4;
      if (length === -1) return null;
      if (length < 0 || length > end - at) throw malformed();
      at += length;
      return element(block, at - length, at);
    };
    const readLevel = (level: number): unknown[] => {
      const values: unknown[] = [];
      const last = level === dimensions - 1;
      for (let left = lengths[level]!; left > 0; left--) values.push(last ? readOne() : readLevel(level + 1));
      return values;
    };
    const result = readLevel(0);
    if (at !== end) throw malformed();
    return result;
  };
}

function malformed(): DataError {
  return new DataError('Cannot read a malformed binary array');
}

// Vectors

/** INT2VECTOR and OIDVECTOR: numbers with blanks between. */
export function vectorText(element: CellReader): CellReader {
  return (block, start, end) => {
    const { bytes } = block;
    const values: unknown[] = [];
    for (let at = start; at < end; at++) {
      if (isBlank(bytes[at])) continue;
      const from = at;
      while (at < end && !isBlank(bytes[at])) at++;
      values.push(element(block, from, at));
    }
    return values;
  };
}
