/**
 * Texts of a column's values, back to back in ASCII, for one string a batch. Exactly what the row readers give; a value whose
 * text is another matter (NaN, infinity, years beyond four digits) is told by its row.
 */
import { copy } from './bytes';
import { lengthAt } from './cell';
import { eight, ZEROS } from './digits';
import { swap8 } from './fixed';

/** Digits of one long value, and room for a copy that reads on. */
const scratch: usize = memory.data(64, 16);
const WIDTH: i32 = 40;

/**
 * The integers of cells of 8 and 16 bytes with their point `scale` (at most 38) digits from the right, at most 42 characters
 * each, NULL as none; ends[row] is where the row's text ends. A cell of another length is told by its row.
 */
export function numbers(cells: usize, rows: i32, ends: usize, out: usize, scale: i32): i32 {
  const start = out;
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at >= 0) {
      const length = lengthAt(at);
      let value = swap8(at);
      let sign = value >> 63;
      if (length == 16) {
        const high = value;
        value = swap8(at + 8);
        if (high != value >> 63) {
          out = long(out, high, value, scale);
          store<i32>(ends + ((<usize>row) << 2), <i32>(out - start));
          continue;
        }
      } else if (length != 8) return row;
      const size = <u64>((value ^ sign) - sign);
      out =
        size < 10000000000000000 && scale < 16
          ? short(out, size, sign, scale)
          : long(out, sign, value, scale);
    }
    store<i32>(ends + ((<usize>row) << 2), <i32>(out - start));
  }
  return -1;
}

/** Below 10^16: sixteen digits in one vector, moved to their places by one swizzle. */
function short(out: usize, size: u64, sign: i64, scale: i32): usize {
  const top = size / 100000000;
  let digits = i64x2.splat(<i64>eight(<u32>top));
  digits = i64x2.replace_lane(digits, 1, <i64>eight(<u32>(size - top * 100000000)));
  // At least one digit stands before the point.
  const first = ctz(i8x16.bitmask(i8x16.ne(digits, i8x16.splat(0))) | (1 << (15 - scale)));
  const whole = 16 - scale - first;
  store<u8>(out, 0x2d);
  out -= <usize>sign;
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const point = i8x16.splat(<i8>whole);
  const from = i8x16.add(i8x16.add(lanes, i8x16.splat(<i8>first)), i8x16.gt_s(lanes, point));
  const text = v128.add<u8>(i8x16.swizzle(digits, from), i8x16.splat(0x30));
  v128.store(out, v128.bitselect(i8x16.splat(0x2e), text, i8x16.eq(lanes, point)));
  const length = 16 - first + i32(scale > 0);
  // A 17th character has no lane; the last one is always the last digit.
  store<u8>(out + length - 1, i8x16.extract_lane_u(digits, 15) + 0x30);
  return out + length;
}

/** Any value of 128 bits: five times eight digits by long division. */
function long(out: usize, high: i64, value: i64, scale: i32): usize {
  let upper = <u64>high;
  let lower = <u64>value;
  if (high < 0) {
    store<u8>(out++, 0x2d);
    lower = 0 - lower;
    upper = ~upper + u64(lower == 0);
  }
  let limb3 = upper >> 32;
  let limb2 = upper & 0xffffffff;
  let limb1 = lower >> 32;
  let limb0 = lower & 0xffffffff;
  const least = WIDTH - 1 - scale;
  let first = WIDTH;
  // Zeros before the first digit are only written as far as the point asks for them.
  while (first > least || (limb3 | limb2 | limb1 | limb0) != 0) {
    let rest: u64 = 0;
    if (limb3 != 0) {
      rest = limb3 % 100000000;
      limb3 /= 100000000;
    }
    rest = (rest << 32) | limb2;
    limb2 = rest / 100000000;
    rest = ((rest % 100000000) << 32) | limb1;
    limb1 = rest / 100000000;
    rest = ((rest % 100000000) << 32) | limb0;
    limb0 = rest / 100000000;
    first -= 8;
    store<u64>(scratch + first, eight(<u32>(rest % 100000000)) | ZEROS);
  }
  first = min(first + <i32>(ctz(load<u64>(scratch + first) ^ ZEROS) >> 3), least);
  const whole = WIDTH - scale - first;
  copy(out, scratch + first, whole);
  out += whole;
  if (scale > 0) {
    store<u8>(out++, 0x2e);
    copy(out, scratch + (WIDTH - scale), scale);
    out += scale;
  }
  return out;
}
