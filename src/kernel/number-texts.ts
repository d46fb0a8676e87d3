/**
 * A column of Redshift's NUMERIC as texts for rows: the kernel writes all of them in ASCII, they become one string, and each
 * text is a part of it: 290 to 730 ns a cell, strings kept, where each alone takes 400 to 1500, most of it beyond 2^53.
 */
import { aligned, slack } from './layout.js';
import { kernel } from './module.js';

/** Where the cells of some rows lie in a block, row after row; a cell's length stands in the four bytes before it, -1: NULL. */
export interface NumberCells {
  readonly block: { readonly bytes: Uint8Array; readonly view: DataView };
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
}

/** A sign, 38 digits and one more, a point. */
const longest = 42;
const largestScale = 38;

/** Node's own slice, which its types leave out. */
interface Latin1 {
  latin1Slice(start: number, end: number): string;
}

/**
 * Puts the texts of a column into `out`, leaving NULLs alone.
 *
 * @returns false when it cannot be done here: there is no WebAssembly, or a cell is no integer of 8 or 16 bytes
 */
export function putNumberTexts(
  { block: { bytes, view }, rows, columns, starts }: NumberCells,
  column: number,
  scale: number,
  out: unknown[],
): boolean {
  if (rows === 0 || scale > largestScale) return false;
  const first = starts[column]! - 4;
  const last = starts[(rows - 1) * columns + column]!;
  const size = last + Math.max(view.getInt32(last - 4), 0) - first;
  const loaded = kernel();
  if (loaded === undefined) return false;
  const cells = aligned(loaded.start + size + slack);
  const ends = aligned(cells + rows * 4);
  const texts = aligned(ends + rows * 4);
  if (!loaded.reaches(texts + rows * longest + slack)) return false;
  const { buffer } = loaded.bytes;
  // All that lies between the column's cells comes along: 8 ns a row of 125 bytes, less than picking them out.
  loaded.bytes.set(bytes.subarray(first, first + size), loaded.start);
  const shift = loaded.start - first;
  const places = new Int32Array(buffer, cells, rows);
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    places[row] = view.getInt32(at - 4) < 0 ? -1 : at + shift;
  }
  if (loaded.calls.numbers(cells, rows, ends, texts, scale) !== -1) return false;
  const found = new Int32Array(buffer, ends, rows);
  const length = found[rows - 1]!;
  // The engine copies: no string shares this memory.
  const all = (Buffer.from(buffer, texts, length) as unknown as Latin1).latin1Slice(0, length);
  for (let row = 0, from = 0; row < rows; row++) {
    const to = found[row]!;
    if (to > from) out[row] = all.slice(from, to);
    from = to;
  }
  return true;
}
