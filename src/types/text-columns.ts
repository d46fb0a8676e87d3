/** Columns of text. The same text in neighbouring rows becomes one string; nothing is remembered from one batch to the next. */
import { ascii, utf8, type Block, type ColumnReader } from './codec.js';

/** Longer texts are rarely told twice. */
const longestRepeated = 32;
/** Where in the block each text was seen; -1: none yet. */
const places = new Int32Array(256);

/**
 * A text that comes often is made once a batch: half of what a kept row of text costs is the strings that the garbage
 * collector carries about. A column that repeats itself in less than half of its cells is read without looking.
 */
export const textColumn: ColumnReader = ({ block, rows, columns, starts }, column, out) => {
  const { view } = block;
  const known = new Array<string>(places.length);
  let misses = 0;
  let hits = 0;
  places.fill(-1);
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    const length = view.getInt32(at - 4);
    if (length < 0) continue;
    if (length > longestRepeated || (misses > 32 && misses > hits)) {
      out[row] = textOf(block, at, length);
      continue;
    }
    const slot = slotOf(view, at, length);
    const place = places[slot]!;
    if (place >= 0 && isSame(view, place, at, length)) {
      hits++;
      out[row] = known[slot];
    } else {
      misses++;
      places[slot] = at;
      out[row] = known[slot] = textOf(block, at, length);
    }
  }
};

/** Of the last four bytes (before a short text lies its length, so there are always four) and the first four. */
function slotOf(view: DataView, at: number, length: number): number {
  const first = length > 4 ? view.getInt32(at) : length;
  return Math.imul(view.getInt32(at + length - 4) ^ Math.imul(first, 31), 0x9e37_79b1) >>> 24;
}

/** Whether the text at `place` is that of `length` bytes at `at`. */
function isSame(view: DataView, place: number, at: number, length: number): boolean {
  if (view.getInt32(place - 4) !== length) return false;
  for (let step = 0; step + 4 < length; step += 4) {
    if (view.getInt32(place + step) !== view.getInt32(at + step)) return false;
  }
  return view.getInt32(place + length - 4) === view.getInt32(at + length - 4);
}

/** Up to this length a string out of single characters is faster than a call into the engine: 16 to 35 ns against 57. */
const longestShort = 24;
const highBits = 0x80808080 | 0;

function textOf(block: Block, at: number, length: number): string {
  if (length > longestShort) return utf8(block, at, at + length);
  const { view } = block;
  // A short text's last four bytes may be its length's, which is ASCII too.
  let bits = view.getInt32(at + length - 4);
  for (let step = 0; step + 4 < length; step += 4) bits |= view.getInt32(at + step);
  return (bits & highBits) === 0 ? shortLatin1(block.bytes, at, length) : utf8(block, at, at + length);
}

/** Bytes as the characters that have their numbers. */
export function latin1(block: Block, at: number, length: number): string {
  return length > longestShort ? ascii(block, at, at + length) : shortLatin1(block.bytes, at, length);
}

const { fromCharCode } = String;

// prettier-ignore
function shortLatin1(b: Uint8Array, at: number, length: number): string {
  switch (length) {
    case 0: return '';
    case 1: return fromCharCode(b[at]!);
    case 2: return fromCharCode(b[at]!, b[at + 1]!);
    case 3: return fromCharCode(b[at]!, b[at + 1]!, b[at + 2]!);
    case 4: return fromCharCode(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!);
    case 5: return fromCharCode(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!);
    case 6: return fromCharCode(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!);
    case 7: return fromCharCode(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!);
    case 8:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
      );
    case 9:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!,
      );
    case 10:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!,
      );
    case 11:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!,
      );
    case 12:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!,
      );
    case 13:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!,
      );
    case 14:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!,
      );
    case 15:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!,
      );
    case 16:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
      );
    case 17:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!,
      );
    case 18:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!, b[at + 17]!,
      );
    case 19:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!, b[at + 17]!, b[at + 18]!,
      );
    case 20:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!, b[at + 17]!, b[at + 18]!, b[at + 19]!,
      );
    case 21:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!, b[at + 17]!, b[at + 18]!, b[at + 19]!, b[at + 20]!,
      );
    case 22:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!, b[at + 17]!, b[at + 18]!, b[at + 19]!, b[at + 20]!, b[at + 21]!,
      );
    case 23:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!, b[at + 17]!, b[at + 18]!, b[at + 19]!, b[at + 20]!, b[at + 21]!, b[at + 22]!,
      );
    default:
      return fromCharCode(
        b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
        b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
        b[at + 16]!, b[at + 17]!, b[at + 18]!, b[at + 19]!, b[at + 20]!, b[at + 21]!, b[at + 22]!, b[at + 23]!,
      );
  }
}
