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
