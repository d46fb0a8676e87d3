/**
 * The WebAssembly kernel: instantiated when it is first asked for, at once and only once a thread. Where WebAssembly is
 * missing or forbidden (`node --jitless`) there is none, and nothing is said about it: the plain path gives the same.
 */
import { embedded } from './embedded.js';

/** A column's function: cell positions, rows, output and (where it takes one) scale; gives the first row that it could not do, or -1. */
export type Fill = (cells: number, rows: number, out: number, scale: number) => number;

/** What src/kernel/assembly/index.ts exports. Addresses are in bytes; positions of cells are addresses, negative for NULL. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly memoryStart: { readonly value: number };
  walk(start: number, end: number, rows: number, columns: number, cells: number, stride: number): number;
  validity(cells: number, rows: number, out: number): number;
  firstNotNumeric(cells: number, rows: number): number;
  gather(cells: number, rows: number, ends: number, out: number): number;
  numbers(cells: number, rows: number, ends: number, out: number, scale: number): number;
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

const page = 65_536;

/** So much is asked for at once: a block of 256 KiB with all that becomes of it. */
const atLeast = 4 * 1024 * 1024;

export class Kernel {
  readonly calls: KernelExports;
  /** Where the caller's memory begins. */
  readonly start: number;
  /** All memory. Another array after `reserve`, and views of the one before are empty. */
  bytes: Uint8Array;

  constructor(calls: KernelExports) {
    this.calls = calls;
    this.start = (calls.memoryStart.value + 63) & ~63;
    this.bytes = new Uint8Array(calls.memory.buffer);
  }

  /** Makes memory reach beyond an address. @throws RangeError when there is no more of it */
  reserve(end: number): void {
    if (end <= this.bytes.length) return;
    this.calls.memory.grow(Math.ceil((Math.max(end, atLeast) - this.bytes.length) / page));
    this.bytes = new Uint8Array(this.calls.memory.buffer);
  }
}

let loaded: Kernel | undefined | null;

/** Whether it is loaded already. */
export function hasKernel(): boolean {
  return loaded instanceof Kernel;
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
