/** Columns of NUMERIC: the server's digits as they are, or digits written from its integers. No value is ever rounded. */
import type { CellReader, ColumnHelp, ColumnReader } from './codec.js';
import { latin1 } from './text-columns.js';

/** @param read for whatever is not simply digits */
export function numericTextColumn(read: CellReader): ColumnReader {
  return ({ block, rows, columns, starts }, column, out) => {
    const { bytes, view } = block;
    // A column has one scale, or few.
    let scale = 0;
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = view.getInt32(at - 4);
      if (length < 0) continue;
      const digits = bytes[at] === 0x2d ? at + 1 : at;
      if (!hasScale(view, digits, at + length, scale)) {
        const found = scaleOf(bytes, digits, at + length);
        if (found < 0) {
          out[row] = read(block, at, at + length);
          continue;
        }
        scale = found;
      }
      out[row] = latin1(block, at, length);
    }
  };
}

/** Whether the bytes are digits, with a point before the last `scale` of them. Four bytes at a time: 5 ns instead of 14. */
function hasScale(view: DataView, start: number, end: number, scale: number): boolean {
  if (end - start < (scale > 0 ? scale + 2 : 1)) return false;
  const pointAt = scale > 0 ? end - 4 - (scale & ~3) : -1;
  const pointShift = (scale & 3) << 3;
  let bad = 0;
  for (let at = end - 4; at > start - 4; at -= 4) {
    // A digit becomes 0 to 9, a point 0; what is more carries into the highest bit of its byte.
    let word = view.getInt32(at) ^ 0x3030_3030;
    let room = 0x7676_7676;
    if (at === pointAt) {
      word ^= 0x1e << pointShift;
      room += 0x09 << pointShift;
    }
    // Before the text lies its length, or its sign.
    if (at < start) word &= -1 >>> ((start - at) << 3);
    bad |= word | (word + room);
  }
  return (bad & 0x8080_8080) === 0;
}

/** How many digits stand behind the point of `digits[.digits]`; -1 when the bytes are something else. */
function scaleOf(bytes: Uint8Array, start: number, end: number): number {
  // Those since the beginning or the point; there must be some on either side.
  let digits = 0;
  let points = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39) digits++;
    else if (byte === 0x2e && points === 0 && digits > 0) {
      points = 1;
      digits = 0;
    } else return -1;
  }
  if (digits === 0) return -1;
  return points === 0 ? 0 : digits;
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
