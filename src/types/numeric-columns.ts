/** Columns of NUMERIC: the server's digits as they are, or digits written from its integers. No value is ever rounded. */
import type { CellReader, ColumnHelp, ColumnReader } from './codec.js';
import { latin1 } from './text-columns.js';

/** @param read for whatever is not simply digits */
export function numericTextColumn(read: CellReader): ColumnReader {
  return ({ block, rows, columns, starts }, column, out) => {
    const { bytes, view } = block;
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = view.getInt32(at - 4);
      if (length < 0) continue;
      out[row] = isDecimal(bytes, at, at + length) ? latin1(block, at, length) : read(block, at, at + length);
    }
  };
}

/** A sign, digits, and digits behind a point where there is one. */
function isDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  // `digits` counts those since the beginning or the point; there must be some on either side.
  let digits = 0;
  let points = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39) digits++;
    else if (byte === 0x2e && points === 0 && digits > 0) {
      points = 1;
      digits = 0;
    } else return false;
  }
  return digits > 0;
}

/** Room for a sign, a point and the digits of a safe integer, or a zero and as many as its scale asks for. */
const scratch = Buffer.alloc(64);
const scratchBlock = {
  bytes: scratch,
  view: new DataView(scratch.buffer, scratch.byteOffset, scratch.length),
};
/** More digits behind the point do not fit there; Redshift's largest scale is 37. */
const largestScale = 37;

/** Fewer rows are read before the kernel is loaded, which takes half a millisecond. */
const worthHelp = 128;

/**
 * Redshift's integers of 8 and 16 bytes.
 *
 * @param read for those beyond 2^53, and what is no numeric
 */
export function numericBinaryColumn(scale: number, read: CellReader, help?: ColumnHelp): ColumnReader {
  return (cells, column, out) => {
    const { block, rows, columns, starts } = cells;
    if (rows >= worthHelp && help?.putNumberTexts(cells, column, scale, out) === true) return;
    const { view } = block;
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = view.getInt32(at - 4);
      if (length < 0) continue;
      if ((length === 8 || (length === 16 && isSmall(view, at))) && scale <= largestScale) {
        const low = at + length - 8;
        const high = view.getInt32(low);
        if (high > -0x200000 && high < 0x200000) {
          out[row] = decimal(high * 0x1_0000_0000 + view.getUint32(low + 4), scale);
          continue;
        }
      }
      out[row] = read(block, at, at + length);
    }
  };
}

/** Whether the upper eight of sixteen bytes are nothing but the sign of the lower. */
function isSmall(view: DataView, at: number): boolean {
  const sign = view.getInt32(at + 8) >> 31;
  return view.getInt32(at) === sign && view.getInt32(at + 4) === sign;
}

/** 40 ns a value, where two numbers printed by the engine and joined are 150 and leave more to collect. */
function decimal(value: number, scale: number): string {
  const { length } = scratch;
  const size = Math.abs(value);
  // Halves that the engine divides as integers; a double holds both exactly.
  const upper = Math.floor(size / 1e9);
  let at = writeDigits((size - upper * 1e9) | 0, upper > 0 ? 9 : 1, length);
  if (upper > 0) at = writeDigits(upper | 0, 1, at);
  while (length - at <= scale) scratch[--at] = 0x30;
  if (scale > 0) {
    const point = length - scale;
    for (let digit = at; digit < point; digit++) scratch[digit - 1] = scratch[digit]!;
    scratch[point - 1] = 0x2e;
    at--;
  }
  if (value < 0) scratch[--at] = 0x2d;
  return latin1(scratchBlock, at, length - at);
}

/** Digits that end before `at`, at least so many. @returns where they begin */
function writeDigits(value: number, least: number, at: number): number {
  let rest = value;
  for (let digits = 0; rest > 0 || digits < least; digits++) {
    const next = (rest / 10) | 0;
    scratch[--at] = 0x30 + rest - next * 10;
    rest = next;
  }
  return at;
}
