/**
 * Bytes and bits that grow at their end, made contiguous once. Bytes lie in chunks meanwhile, which are given back one by one
 * while they are joined: a column never stands in memory twice.
 */
import { shiftBits } from '../kernel/moves.js';
import { bitmapBytes } from './bitmap.js';

const smallestChunk = 4 * 1024;
/** Large enough that joining is a handful of copies, small enough that one more does not matter. */
const largestChunk = 1024 * 1024;
/** From here on a chunk is memory that can be given back at once; the garbage collector may let 100 MB and more pile up. */
const returnable = 64 * 1024;

/** ES2024's, in Node.js since version 20. */
interface ResizableBuffer extends ArrayBuffer {
  readonly resizable: boolean;
  resize(length: number): void;
}
const ResizableArrayBuffer = ArrayBuffer as unknown as new (
  length: number,
  options: { readonly maxByteLength: number },
) => ArrayBuffer;

function newChunk(length: number): Uint8Array {
  return new Uint8Array(
    length < returnable
      ? new ArrayBuffer(length)
      : new ResizableArrayBuffer(length, { maxByteLength: length }),
  );
}

function giveBack(chunk: Uint8Array): void {
  const buffer = chunk.buffer as ResizableBuffer;
  if (buffer.resizable) buffer.resize(0);
}

export class GrowingBytes {
  /** All but the last are full. */
  #chunks: Uint8Array[] = [];
  #last: Uint8Array = new Uint8Array(0);
  /** Bytes of the last chunk that are taken. */
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#used === this.#last.length) this.#grow(bytes.length - at);
      const count = Math.min(bytes.length - at, this.#last.length - this.#used);
      this.#last.set(at === 0 && count === bytes.length ? bytes : bytes.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
    this.#length += bytes.length;
  }

  /** So many bytes of zero. */
  appendZeros(count: number): void {
    for (let left = count; left > 0;) {
      if (this.#used === this.#last.length) this.#grow(left);
      const part = Math.min(left, this.#last.length - this.#used);
      // A new chunk is zero, and nothing is ever taken back.
      this.#used += part;
      left -= part;
    }
    this.#length += count;
  }

  /** All of it in one piece; nothing is left here. */
  join(): Uint8Array {
    const chunks = this.#chunks;
    const last = this.#last;
    const used = this.#used;
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of chunks) {
      const part = chunk === last ? chunk.subarray(0, used) : chunk;
      joined.set(part, at);
      at += part.length;
      giveBack(chunk);
    }
    this.#chunks = [];
    this.#last = new Uint8Array(0);
    this.#used = 0;
    this.#length = 0;
    return joined;
  }

  #grow(needed: number): void {
    const wanted = Math.min(Math.max(this.#length, needed, smallestChunk), largestChunk);
    this.#last = newChunk((wanted + 4095) & ~4095);
    this.#chunks.push(this.#last);
    this.#used = 0;
  }
}

export class GrowingBits {
  #bytes = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The first `count` bits of `bits`, whose bits beyond them are 0; what it holds is not to be looked at any more. */
  append(bits: Uint8Array, count: number): void {
    if (count === 0) return;
    const out = this.#reserve(count);
    const first = this.#length >>> 3;
    const shifted = shiftBits(bits.subarray(0, bitmapBytes(count)), this.#length & 7);
    const joint = out[first]!;
    out.set(first + shifted.length > out.length ? shifted.subarray(0, out.length - first) : shifted, first);
    out[first]! |= joint;
    this.#length += count;
  }

  /** So many bits of 1. */
  appendOnes(count: number): void {
    const out = this.#reserve(count);
    let at = this.#length;
    const end = at + count;
    for (; at < end && (at & 7) !== 0; at++) out[at >>> 3]! |= 1 << (at & 7);
    out.fill(255, at >>> 3, Math.max(at, end) >>> 3);
    for (at = Math.max(at, end & ~7); at < end; at++) out[at >>> 3]! |= 1 << (at & 7);
    this.#length = end;
  }

  /** All bits; those beyond the last are 0. */
  join(): Uint8Array {
    const length = bitmapBytes(this.#length);
    return this.#bytes.length === length ? this.#bytes : this.#bytes.slice(0, length);
  }

  /** Room for so many more bits; what is behind the last one is 0. */
  #reserve(count: number): Uint8Array {
    const needed = bitmapBytes(this.#length + count);
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
