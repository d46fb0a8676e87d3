/**
 * The WebAssembly kernel: instantiated when it is first asked for, at once and only once a thread. Where WebAssembly is
 * missing or forbidden (`node --jitless`) there is none, and nothing is said about it: the plain path gives the same.
 */
import { embedded } from './embedded.js';
import { aligned, slabsBytes } from './layout.js';

/** A column's function: cell positions, rows, output and (where it takes one) scale; gives the first row that it could not do, or -1. */
export type Fill = (cells: number, rows: number, out: number, scale: number) => number;

/** What src/kernel/assembly/index.ts exports. Addresses are in bytes; positions of cells are addresses, negative for NULL. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly memoryStart: { readonly value: number };
  /** Rows that it found; `walked` is where they end. */
  walk(start: number, end: number, rows: number, columns: number, cells: number, stride: number): number;
  readonly walked: { readonly value: number };
  validity(cells: number, rows: number, out: number): number;
  firstNotNumeric(cells: number, rows: number): number;
  gather(cells: number, rows: number, ends: number, out: number): number;
  numbers(cells: number, rows: number, ends: number, out: number, scale: number): number;
  addToAll(at: number, count: number, by: number): void;
  shiftBits(at: number, bytes: number, by: number): void;
  splitsCharacter(offsets: number, rows: number, values: number): number;
  readonly bools: Fill;
  readonly fill2: Fill;
  readonly fill4: Fill;
  readonly fill8: Fill;
  readonly uint32s: Fill;
  readonly int64sAsDoubles: Fill;
  readonly dates: Fill;
  readonly times: Fill;
  readonly timestamps: Fill;
  readonly decimalsOfText: Fill;
  readonly decimalsOfRedshift: Fill;
  readonly decimalsOfPostgres: Fill;
  readonly doublesOfText: Fill;
  readonly doublesOfRedshift: Fill;
  readonly doublesOfPostgres: Fill;
  readonly intervals: Fill;
  readonly intervalsOfMonths: Fill;
  readonly intervalsOfMicroseconds: Fill;
}

/** The part of the global `WebAssembly` that is used; the types of Node.js do not have it. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * Memory of one size, 24 MiB: what was never written takes no room on the machine, and views of it stay what they are, which
 * growing would take from them.
 */
export class Kernel {
  readonly calls: KernelExports;
  /** Where the slabs begin (`slabs.ts`). */
  readonly slabs: number;
  /** Where the memory begins that is anybody's during a call. */
  readonly start: number;
  readonly bytes: Uint8Array;

  constructor(calls: KernelExports) {
    this.calls = calls;
    this.slabs = aligned(calls.memoryStart.value);
    this.start = this.slabs + slabsBytes;
    this.bytes = new Uint8Array(calls.memory.buffer);
  }

  /** Whether there is memory up to an address. */
  reaches(end: number): boolean {
    return end <= this.bytes.length;
  }
}

let loaded: Kernel | undefined | null;

/** Whether it is loaded already. */
export function hasKernel(): boolean {
  return loaded instanceof Kernel;
}

/** The kernel, where an array lies in its memory. */
export function kernelOf(array: ArrayBufferView): Kernel | undefined {
  return loaded instanceof Kernel && array.buffer === loaded.bytes.buffer ? loaded : undefined;
}

/** Loads the kernel if need be; undefined where WebAssembly cannot be used. */
export function kernel(): Kernel | undefined {
  loaded ??= load() ?? null;
  return loaded ?? undefined;
}

function load(): Kernel | undefined {
  const engine = (globalThis as { WebAssembly?: Engine }).WebAssembly;
  // Its memory is little-endian, and typed arrays are as the machine is.
  if (engine === undefined || new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) return undefined;
  try {
    const instance = new engine.Instance(new engine.Module(Buffer.from(embedded, 'base64')));
    return new Kernel(instance.exports as KernelExports);
  } catch {
    return undefined;
  }
}
