/**
 * The rows of a result while nobody has read them: whole DataRow messages, copied out of the read buffer. A small result
 * is one exact copy; a large one fills slabs that go back to a pool when they are read. Values are never decoded here.
 */
import type { RowRun } from '../protocol/framing.js';
import type { Block } from '../types/codec.js';

/** Unread rows that lie together. Whoever decodes moves `offset` and `rows` on, then calls `pass`. */
export interface RowBatch extends Block {
  /** Where the first unread message begins. */
  offset: number;
  /** Where the last one ends. */
  readonly end: number;
  /** Messages from `offset` to `end`. */
  rows: number;
}

/** As long as the longest reads from a socket, so that a run mostly lies in one slab. */
export const slabBytes = 256 * 1024;
/** Slabs that wait for the next result: 4 MiB in the whole process. */
const maxFreeSlabs = 16;
/** A result up to this size is kept as exact copies: many small unread results must not hold a slab each. */
const smallResult = 64 * 1024;
/** Copies up to this size are cut from a common block, as Node does for its small buffers. */
const smallCopy = 4 * 1024;
const commonBytes = 16 * 1024;

interface Slab extends RowBatch {
  end: number;
  /** Up to here its bytes are no longer held. */
  passed: number;
  readonly capacity: number;
  /** Its memory is a whole slab of the pool's. */
  readonly pooled: boolean;
  next: Slab | undefined;
}

const free: Block[] = [];
let common: Block | undefined;
let commonUsed = 0;

function newBlock(size: number): Block {
  // Never shown before it is written: what a batch spans was copied in.
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size) };
}

function slabOf({ bytes, view }: Block, start: number, capacity: number, pooled: boolean): Slab {
  return {
    bytes,
    view,
    offset: start,
    end: start,
    rows: 0,
    passed: start,
    capacity: start + capacity,
    pooled,
    next: undefined,
  };
}

/** Memory for exactly so many bytes. */
function exactSlab(size: number): Slab {
  if (size > smallCopy) return slabOf(newBlock(size), 0, size, false);
  if (common === undefined || commonUsed + size > commonBytes) {
    common = newBlock(commonBytes);
    commonUsed = 0;
  }
  const slab = slabOf(common, commonUsed, size, false);
  commonUsed += size;
  return slab;
}

export class RowStore {
  #head: Slab | undefined;
  #tail: Slab | undefined;
  /** What `next` gave out and nobody has passed yet: its memory is not reused, whatever happens meanwhile. */
  #lent: Slab | undefined;
  #held = 0;
  #taken = 0;

  /** Bytes of the rows that were not passed yet. */
  get held(): number {
    return this.#held;
  }

  get empty(): boolean {
    return this.#head === undefined;
  }

  /** Copies the run; its own bytes are free when this returns. */
  append({ bytes, rows }: RowRun): void {
    const { length } = bytes;
    this.#held += length;
    this.#taken += length;
    if (this.#taken <= smallResult) {
      this.#copy(this.#link(exactSlab(length)), bytes, rows);
      return;
    }
    const tail = this.#tail;
    if (tail !== undefined && tail.capacity - tail.end >= length) this.#copy(tail, bytes, rows);
    else this.#split(bytes, rows);
  }

  /** The oldest unread rows that lie together. Read them and call `pass` before anything is awaited. */
  next(): RowBatch | undefined {
    return (this.#lent = this.#head);
  }

  /** The rows of the batch that lie before its `offset` are done with: nothing may look at their bytes any more. */
  pass(batch: RowBatch): void {
    const slab = this.#lent;
    this.#lent = undefined;
    // Somebody dropped all while it was read.
    if (slab !== batch || slab !== this.#head) return;
    this.#held -= slab.offset - slab.passed;
    slab.passed = slab.offset;
    if (slab.rows > 0) return;
    this.#head = slab.next;
    if (slab.next === undefined) this.#tail = undefined;
    recycle(slab);
  }

  /** Gives up all that was not read. */
  drop(): void {
    let slab = this.#head;
    this.#head = undefined;
    this.#tail = undefined;
    this.#held = 0;
    while (slab !== undefined) {
      const { next } = slab;
      if (slab !== this.#lent) recycle(slab);
      slab = next;
    }
  }

  /** Fills slab after slab with whole messages. */
  #split(bytes: Uint8Array, rows: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    for (let left = rows; left > 0;) {
      const slab = this.#room(1 + view.getInt32(at + 1));
      const room = slab.capacity - slab.end;
      let end = at;
      let count = 0;
      while (count < left) {
        const next = end + 1 + view.getInt32(end + 1);
        if (next - at > room) break;
        end = next;
        count++;
      }
      this.#copy(slab, bytes.subarray(at, end), count);
      at = end;
      left -= count;
    }
  }

  /** The last slab when a message of this size fits, or a new one that it fits in. */
  #room(size: number): Slab {
    const tail = this.#tail;
    if (tail !== undefined && tail.capacity - tail.end >= size) return tail;
    return this.#link(
      size > slabBytes ? exactSlab(size) : slabOf(free.pop() ?? newBlock(slabBytes), 0, slabBytes, true),
    );
  }

  #link(slab: Slab): Slab {
    if (this.#tail === undefined) this.#head = slab;
    else this.#tail.next = slab;
    return (this.#tail = slab);
  }

  #copy(slab: Slab, bytes: Uint8Array, rows: number): void {
    slab.bytes.set(bytes, slab.end);
    slab.end += bytes.length;
    slab.rows += rows;
  }
}

/** Where so many messages from `start` on end. */
export function endOf(view: DataView, start: number, rows: number): number {
  let at = start;
  for (let left = rows; left > 0; left--) at += 1 + view.getInt32(at + 1);
  return at;
}

function recycle({ pooled, bytes, view }: Slab): void {
  if (pooled && free.length < maxFreeSlabs) free.push({ bytes, view });
}
