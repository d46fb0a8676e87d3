/**
 * Memory for unread rows that the kernel can reach: they are copied there once, and their cells are found where they lie. It
 * decodes nothing, and there are few slabs: whoever gets none keeps rows elsewhere.
 */
import { placesBytes, slabBytes, slabCount, slabSpan, slack, strideOf } from './layout.js';
import { kernel, type Kernel } from './module.js';

export class KernelSlab {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly #kernel: Kernel;
  readonly #address: number;
  readonly #places: number;
  #columns = 0;
  #stride = 0;

  constructor(owner: Kernel, index: number) {
    this.#kernel = owner;
    this.#address = owner.slabs + index * slabSpan;
    this.#places = this.#address + slabSpan - placesBytes - slack;
    const { buffer } = owner.bytes;
    this.bytes = Buffer.from(buffer, this.#address, slabBytes);
    this.view = new DataView(buffer, this.#address, slabBytes);
  }

  /** Is to hold rows of so many columns from now on. */
  begin(columns: number): void {
    this.#columns = columns;
    this.#stride = strideOf(columns);
  }

  /**
   * Finds the rows that lie in bytes [start, end), whole and good, up to the first message that is not, and their cells; the
   * first of them is the slab's row `row`.
   *
   * @returns how many there are
   */
  find(start: number, end: number, row: number): number {
    const address = this.#address;
    const places = this.#places + row * 4;
    const most = this.#stride - row;
    return this.#kernel.calls.walk(address + start, address + end, most, this.#columns, places, this.#stride);
  }

  /** Where the rows end that were found last. */
  get found(): number {
    return this.#kernel.calls.walked.value - this.#address;
  }

  /** Where in the kernel's memory the place of the first column's cell in this row stands; those below it follow. */
  placesOf(row: number): number {
    return this.#places + row * 4;
  }

  /** From the places of one column to those of the next, in places. */
  get stride(): number {
    return this.#stride;
  }
}

let free: KernelSlab[] | undefined;

/** Slabs of results that nobody read and nobody can read any more. */
const lost = new FinalizationRegistry<Iterable<KernelSlab>>((slabs) => free?.push(...slabs));

/** A slab that nobody uses; undefined when there is none, no WebAssembly, or too many columns. */
export function takeSlab(columns: number): KernelSlab | undefined {
  if (columns * strideOf(columns) * 4 > placesBytes) return undefined;
  free ??= makeSlabs();
  const slab = free.pop();
  slab?.begin(columns);
  return slab;
}

/** When this object is collected, the slabs that are left in its set are free again. */
export function heldBy(holder: object, slabs: ReadonlySet<KernelSlab>): void {
  lost.register(holder, slabs);
}

/** Nobody looks at its bytes any more. */
export function giveSlab(slab: KernelSlab): void {
  free?.push(slab);
}

function makeSlabs(): KernelSlab[] {
  const owner = kernel();
  if (owner === undefined) return [];
  return Array.from({ length: slabCount }, (_, index) => new KernelSlab(owner, index));
}
