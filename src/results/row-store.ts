/**
 * The rows of a result while nobody has read them: whole DataRow messages, copied out of the read buffer and checked where
 * they lie. A small result is one exact copy; a large one fills slabs that go back to a pool when they are read, most of
 * them in the kernel's memory. Values are never decoded here.
 */
import { slabBytes } from '../kernel/layout.js';
import { giveSlab, heldBy, takeSlab, type KernelSlab } from '../kernel/slabs.js';
import type { IncomingRows } from '../protocol/data-row.js';
import type { Block } from '../types/codec.js';

/** Unread rows that lie together. Whoever decodes moves `offset` and `rows` on, then calls `pass`. */
export interface RowBatch extends Block {
  /** Where the first unread message begins. */
  offset: number;
  /** Where the last one ends. */
  readonly end: number;
  /** Messages from `offset` to `end`. */
  rows: number;
  /** All messages that were ever put here: the first unread one is number `all - rows`. */
  readonly all: number;
  /** In a slab of the kernel's: it knows where their cells lie. */
  readonly kernelSlab: KernelSlab | undefined;
}

/** Slabs that wait for the next result: 4 MiB in the whole process. */
const maxFreeSlabs = 16;
/** A result up to this size is kept as exact copies: many small unread results must not hold a slab each. */
const smallResult = 64 * 1024;
/** Copies up to this size are cut from a common block, as Node does for its small buffers. */
const smallCopy = 4 * 1024;
const commonBytes = 16 * 1024;
/** Bytes that are copied to see whether they are rows, at the least. */
const leastWindow = 4 * 1024;

interface Slab extends RowBatch {
  end: number;
  all: number;
  /** Up to here its bytes are no longer held. */
  passed: number;
  /** Its rows that count as unread. */
  known: number;
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

function slabOf(
  { bytes, view }: Block,
  start: number,
  capacity: number,
  pooled: boolean,
  kernelSlab?: KernelSlab,
): Slab {
  return {
    bytes,
    view,
    offset: start,
    end: start,
    rows: 0,
    all: 0,
    kernelSlab,
    passed: start,
    known: 0,
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
  #unread = 0;
  #taken = 0;
  /** Bytes that are copied at most before it is known whether they are rows. */
  #window = slabBytes;
  #kernelSlabs: Set<KernelSlab> | undefined;

  /** Bytes of the rows that were not passed yet. */
  get held(): number {
    return this.#held;
  }

  /** Rows that were not passed yet. */
  get unread(): number {
    return this.#unread;
  }

  get empty(): boolean {
    return this.#head === undefined;
  }

  /** Copies rows, all that are whole and good; their own bytes are free when this returns. */
  take(incoming: IncomingRows): void {
    const small = smallResult - this.#taken;
    if (small > 0) {
      const { at } = incoming;
      incoming.pass(Math.min(incoming.end, at + small));
      if (incoming.at > at) {
        const slab = this.#link(exactSlab(incoming.at - at));
        slab.bytes.set(incoming.bytes.subarray(at, incoming.at), slab.end);
        this.#commit(slab, incoming.at - at, incoming.rows);
      }
    }
    for (let before = -1; before < incoming.at && hasRow(incoming);) {
      before = incoming.at;
      this.#fill(this.#room(incoming), incoming);
    }
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
    this.#unread -= slab.known - slab.rows;
    slab.known = slab.rows;
    if (slab.rows > 0) return;
    this.#head = slab.next;
    if (slab.next === undefined) this.#tail = undefined;
    this.#recycle(slab);
  }

  /** Gives up all that was not read. */
  drop(): void {
    let slab = this.#head;
    this.#head = undefined;
    this.#tail = undefined;
    this.#held = 0;
    this.#unread = 0;
    while (slab !== undefined) {
      const { next } = slab;
      if (slab !== this.#lent) this.#recycle(slab);
      slab = next;
    }
  }

  /** The last slab when the next message fits, or a new one that it fits in. */
  #room(incoming: IncomingRows): Slab {
    const size = sizeOfNext(incoming);
    const tail = this.#tail;
    if (tail !== undefined && tail.capacity - tail.end >= size) return tail;
    return this.#link(size > slabBytes ? exactSlab(size) : this.#wholeSlab(incoming.columns));
  }

  /** Takes rows as far as the slab has room. */
  #fill(slab: Slab, incoming: IncomingRows): void {
    const { bytes, at, end, rows } = incoming;
    const room = slab.capacity - slab.end;
    if (slab.kernelSlab === undefined) {
      incoming.pass(Math.min(end, at + room));
      slab.bytes.set(bytes.subarray(at, incoming.at), slab.end);
      this.#commit(slab, incoming.at - at, incoming.rows - rows);
      return;
    }
    const copied = Math.min(end - at, room, Math.max(this.#window, sizeOfNext(incoming)));
    slab.bytes.set(bytes.subarray(at, at + copied), slab.end);
    const count = slab.kernelSlab.find(slab.end, slab.end + copied, slab.all);
    const length = slab.kernelSlab.found - slab.end;
    // Where other messages lie between rows, the bytes behind them are not copied again and again.
    this.#window = length * 2 < copied ? Math.max(leastWindow, length * 2) : slabBytes;
    incoming.at += length;
    incoming.rows += count;
    this.#commit(slab, length, count);
  }

  #wholeSlab(columns: number): Slab {
    const kernelSlab = takeSlab(columns);
    if (kernelSlab === undefined) return slabOf(free.pop() ?? newBlock(slabBytes), 0, slabBytes, true);
    if (this.#kernelSlabs === undefined) heldBy(this, (this.#kernelSlabs = new Set()));
    this.#kernelSlabs.add(kernelSlab);
    return slabOf(kernelSlab, 0, slabBytes, true, kernelSlab);
  }

  #recycle({ pooled, bytes, view, kernelSlab }: Slab): void {
    if (kernelSlab !== undefined) {
      this.#kernelSlabs?.delete(kernelSlab);
      giveSlab(kernelSlab);
    } else if (pooled && free.length < maxFreeSlabs) free.push({ bytes, view });
  }

  #link(slab: Slab): Slab {
    if (this.#tail === undefined) this.#head = slab;
    else this.#tail.next = slab;
    return (this.#tail = slab);
  }

  #commit(slab: Slab, length: number, rows: number): void {
    this.#held += length;
    this.#taken += length;
    slab.end += length;
    slab.rows += rows;
    slab.known += rows;
    slab.all += rows;
    this.#unread += rows;
  }
}

const dataRow = 0x44;

/** Whether the next message is a row, and whole. */
function hasRow(incoming: IncomingRows): boolean {
  const { bytes, at, end } = incoming;
  return end - at >= 5 && bytes[at] === dataRow && at + sizeOfNext(incoming) <= end;
}

function sizeOfNext({ view, at }: IncomingRows): number {
  return 1 + view.getUint32(at + 1);
}
