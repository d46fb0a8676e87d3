/** Cells whose bytes are the value: one after the other, with offsets. Nothing is looked at. */
import type { Cells } from './cells.js';

/** Up to so many bytes a loop is cheaper than a subarray and the engine's own copy. */
const shortCell = 48;

/** Bytes of all cells of a column. */
export function totalBytes({ view, starts, rows }: Cells, base: number): number {
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start >= 0) total += view.getInt32(start - 4);
  }
  return total;
}

/** Fills values and rows + 1 offsets; both are long enough. */
export function readBytes(
  { bytes, view, starts, rows }: Cells,
  base: number,
  values: Uint8Array,
  offsets: Int32Array,
): void {
  let at = 0;
  offsets[0] = 0;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start >= 0) {
      const length = view.getInt32(start - 4);
      if (length <= shortCell) {
        for (let index = 0; index < length; index++) values[at + index] = bytes[start + index]!;
      } else values.set(bytes.subarray(start, start + length), at);
      at += length;
    }
    offsets[row + 1] = at;
  }
}

const minus = 0x2d;
const point = 0x2e;
const mostNumericText = 48;

/** The first row whose cell is no `-?digits[.digits]`; -1 when there is none. */
export function firstNotNumeric({ bytes, view, starts, rows }: Cells, base: number): number {
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) continue;
    const length = view.getInt32(start - 4);
    const end = start + length;
    const first = length > 0 && bytes[start] === minus ? start + 1 : start;
    if (first === end || end - first > mostNumericText) return row;
    let points = 0;
    for (let at = first; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x30 && byte <= 0x39) continue;
      if (byte !== point || points++ > 0 || at === first || at === end - 1) return row;
    }
  }
  return -1;
}
