/**
 * Values of a fixed width, one loop a kind, so that each stays monomorphic. A loop fills its target from the start, 0 where
 * NULL, and gives the first row that could not be done, or -1.
 */
import type { Cells } from './cells.js';
import type { IntervalForm } from './lanes.js';

/** Memory of a column's values; all views are of the same bytes. */
export interface Target {
  bytes: Uint8Array;
  int16: Int16Array;
  int32: Int32Array;
  float64: Float64Array;
}

export type ReadColumn = (cells: Cells, base: number, target: Target) => number;

/** Which int32 of a pair is the lower half of an int64, in the machine's byte order. */
export const low = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
export const high = 1 - low;

const two32 = 0x1_0000_0000;

export function readBool({ bytes, view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.bytes;
  let bits = 0;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start >= 0) {
      const value = bytes[start]!;
      if (view.getInt32(start - 4) !== 1 || value > 1) return row;
      bits |= value << (row & 7);
    }
    if ((row & 7) === 7) {
      out[row >> 3] = bits;
      bits = 0;
    }
  }
  if ((rows & 7) !== 0) out[rows >> 3] = bits;
  return -1;
}

export function readInt16({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.int16;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) out[row] = 0;
    else if (view.getInt32(start - 4) === 2) out[row] = view.getInt16(start);
    else return row;
  }
  return -1;
}

/** Also float32, bit by bit. */
export function readInt32({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.int32;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) out[row] = 0;
    else if (view.getInt32(start - 4) === 4) out[row] = view.getInt32(start);
    else return row;
  }
  return -1;
}

export function readUint32({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.int32;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) {
      out[row] = 0;
      continue;
    }
    const length = view.getInt32(start - 4);
    if (length === 4) out[row] = view.getInt32(start);
    else if (length === 8 && view.getInt32(start) === 0) out[row] = view.getInt32(start + 4);
    else return row;
  }
  return -1;
}

/** Also float64, bit by bit. */
export function readInt64({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.int32;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) {
      out[row * 2] = 0;
      out[row * 2 + 1] = 0;
    } else if (view.getInt32(start - 4) === 8) {
      // Two halves: 3 ns, where a BigInt takes 46.
      out[row * 2 + high] = view.getInt32(start);
      out[row * 2 + low] = view.getInt32(start + 4);
    } else return row;
  }
  return -1;
}

export function readInt64AsFloat64({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.float64;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) {
      out[row] = 0;
      continue;
    }
    if (view.getInt32(start - 4) !== 8) return row;
    const upper = view.getInt32(start);
    const value = upper * two32 + view.getUint32(start + 4);
    if (upper < -0x200000 || upper >= 0x200000 || !Number.isSafeInteger(value)) return row;
    out[row] = value;
  }
  return -1;
}

const daysTo2000 = 10_957;

export function readDate32({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.int32;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) {
      out[row] = 0;
      continue;
    }
    if (view.getInt32(start - 4) !== 4) return row;
    const day = view.getInt32(start);
    // The ends of int32 are infinity; the upper one overflows anyway.
    if (day === -0x80000000 || day > 0x7fffffff - daysTo2000) return row;
    out[row] = day + daysTo2000;
  }
  return -1;
}

const microsecondsPerDay = 86_400_000_000;

export function readTime64({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.int32;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) {
      out[row * 2] = 0;
      out[row * 2 + 1] = 0;
      continue;
    }
    if (view.getInt32(start - 4) !== 8) return row;
    const upper = view.getInt32(start);
    const lower = view.getUint32(start + 4);
    if (upper < 0 || upper * two32 + lower > microsecondsPerDay) return row;
    out[row * 2 + high] = upper;
    out[row * 2 + low] = lower;
  }
  return -1;
}

/** Microseconds from 1970-01-01 to 2000-01-01, in halves. */
const microsecondsTo2000 = daysTo2000 * microsecondsPerDay;
const upperTo2000 = Math.floor(microsecondsTo2000 / two32);
const lowerTo2000 = microsecondsTo2000 - upperTo2000 * two32;

export function readTimestamp({ view, starts, rows }: Cells, base: number, target: Target): number {
  const out = target.int32;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) {
      out[row * 2] = 0;
      out[row * 2 + 1] = 0;
      continue;
    }
    if (view.getInt32(start - 4) !== 8) return row;
    const lower = view.getUint32(start + 4) + lowerTo2000;
    const upper = view.getInt32(start);
    const sum = upper + upperTo2000 + (lower >= two32 ? 1 : 0);
    // The lower end of int64 is infinity, and so is the upper one, which overflows anyway.
    if (sum > 0x7fffffff || (upper === -0x80000000 && lower === lowerTo2000)) return row;
    out[row * 2 + high] = sum;
    out[row * 2 + low] = lower;
  }
  return -1;
}

const lengthOf: Readonly<Record<IntervalForm, number>> = {
  postgresql: 16,
  redshift: 16,
  months: 4,
  microseconds: 8,
};

/** Intervals are rare: one loop for all forms, with BigInts where days go into microseconds. */
export function intervalReader(form: IntervalForm): ReadColumn {
  const length = lengthOf[form];
  return ({ view, starts, rows }, base, { int32 }) => {
    for (let row = 0; row < rows; row++) {
      const start = starts[base + row]!;
      const at = row * 4;
      int32.fill(0, at, at + 4);
      if (start < 0) continue;
      const found = view.getInt32(start - 4);
      if (found !== length && !(form === 'redshift' && found === 12)) return row;
      if (form === 'months') {
        int32[at] = view.getInt32(start);
        continue;
      }
      let upper = view.getInt32(start);
      let lower = view.getInt32(start + 4);
      const days = found === 16 ? view.getInt32(start + 8) : 0;
      const months = found === 8 ? 0 : view.getInt32(start + found - 4);
      if (found === 16 && isInfinite(upper, lower, days, months)) return row;
      if (form === 'redshift' && days !== 0) {
        const sum = view.getBigInt64(start) + BigInt(days) * BigInt(microsecondsPerDay);
        if (BigInt.asIntN(64, sum) !== sum) return row;
        upper = Number(sum >> 32n);
        lower = Number(BigInt.asIntN(32, sum));
      }
      int32[at] = months;
      if (form === 'postgresql') int32[at + 1] = days;
      int32[at + 2 + high] = upper;
      int32[at + 2 + low] = lower;
    }
    return -1;
  };
}

function isInfinite(upper: number, lower: number, days: number, months: number): boolean {
  if (months === 0x7fffffff) return days === months && upper === months && lower === -1;
  return months === -0x80000000 && days === months && upper === months && lower === 0;
}
