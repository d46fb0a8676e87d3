/** Decimal text as an integer: all digits without their point, up to sixteen characters at once. */

import { lengthAt } from './cell';

/** Characters that are looked at in one go. */
export const LONGEST: i32 = 48;

/** Where the point stands in 1 to 48 characters, their length when there is none; -1 when they are no `digits[.digits]`. */
export function pointOf(at: usize, length: i32): i32 {
  const all: u64 = ((<u64>1) << length) - 1;
  let points: u64 = 0;
  let digits: u64 = 0;
  for (let chunk = 0; chunk < length; chunk += 16) {
    const text = v128.load(at + chunk);
    points |= (<u64>i8x16.bitmask(i8x16.eq(text, i8x16.splat(0x2e)))) << chunk;
    const values = v128.xor(text, i8x16.splat(0x30));
    digits |= (<u64>i8x16.bitmask(i8x16.lt_u(values, i8x16.splat(10)))) << chunk;
  }
  points &= all;
  if (((digits | points) & all) != all) return -1;
  if (points == 0) return length;
  const point = <i32>ctz(points);
  return (points & (points - 1)) != 0 || point == 0 || point == length - 1 ? -1 : point;
}

/** The first row whose cell is no `-?digits[.digits]` of at most 48 characters beside the sign. */
export function firstNotNumeric(cells: usize, rows: i32): i32 {
  for (let row = 0; row < rows; row++) {
    let at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) continue;
    let length = lengthAt(at);
    if (length > 0 && load<u8>(at) == 0x2d) {
      at++;
      length--;
    }
    if (length == 0 || length > LONGEST || pointOf(at, length) < 0) return row;
  }
  return -1;
}

/** Digits after the point of the text that was read last. */
export let fraction: i32 = 0;

/** @param length 1 to 16, without a sign @returns all digits as one integer, -1 when it is no `digits[.digits]` */
export function shortDigits(at: usize, length: i32): i64 {
  const text = v128.load(at);
  const all: i32 = (1 << length) - 1;
  const points = i8x16.bitmask(i8x16.eq(text, i8x16.splat(0x2e))) & all;
  const values = v128.xor(text, i8x16.splat(0x30));
  const digits = i8x16.bitmask(i8x16.lt_u(values, i8x16.splat(10)));
  if (((digits | points) & all) != all) return -1;
  // Lane i takes character i - (16 - length), the digits before the point one further to the left.
  let from = i8x16.add(
    i8x16(-16, -15, -14, -13, -12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1),
    i8x16.splat(<i8>length),
  );
  fraction = 0;
  if (points != 0) {
    const point = ctz(points);
    fraction = length - 1 - point;
    if ((points & (points - 1)) != 0 || point == 0 || fraction == 0) return -1;
    from = i8x16.add(from, i8x16.le_s(from, i8x16.splat(<i8>point)));
  }
  // A lane number below zero gives zero: it is beyond 15 when its sign is not looked at.
  return sixteen(i8x16.swizzle(values, from));
}

/** Sixteen digits, the first in lane 0, as one integer: pairs of products are added until two lanes are left. */
export function sixteen(digits: v128): i64 {
  const units = i16x8(1000, 100, 10, 1, 1000, 100, 10, 1);
  const pairs = i16x8.narrow_i32x4_s(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(digits), units),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(digits), units),
  );
  const fours = i32x4.dot_i16x8_s(pairs, i16x8.splat(1));
  const eights = i32x4.dot_i16x8_s(
    i16x8.narrow_i32x4_s(fours, fours),
    i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1),
  );
  const both = i64x2.extract_lane(eights, 0);
  return (both & 0xffffffff) * 100000000 + (both >> 32);
}
