/**
 * NUMERIC as decimal128: the value times 10^scale, 16 bytes little-endian. What is NaN or infinite, has more than 38 digits
 * or digits beyond the scale is told by its row; nothing is ever rounded.
 */
import { copy } from './bytes';
import { lengthAt } from './cell';
import { swap8 } from './fixed';
import { fraction, LONGEST, pointOf, shortDigits, sixteen } from './numbers-of-text';

/** 10^0 to 10^19. */
const powers: usize = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
  1000000000000000000, 10000000000000000000,
]);

function power(exponent: i32): u64 {
  return load<u64>(powers + ((<usize>exponent) << 3));
}

const MOST_DIGITS: i32 = 38;
const MOST_TEXT: i32 = 100;
export const MOST_GROUPS: i32 = 20;

/** The magnitude that is being built, below 10^38. */
let high: u64 = 0;
let low: u64 = 0;

/** Times 10^exponent (at most 19) plus a number; the caller knows that it fits. */
function grow(exponent: i32, plus: u64): void {
  const factor = power(exponent);
  const factorLow = factor & 0xffffffff;
  const factorHigh = factor >> 32;
  const lowLow = low & 0xffffffff;
  const lowHigh = low >> 32;
  const a = lowLow * factorLow;
  const b = lowHigh * factorLow + (a >> 32);
  const c = lowLow * factorHigh + (b & 0xffffffff);
  high = high * factor + lowHigh * factorHigh + (b >> 32) + (c >> 32);
  low = ((c << 32) | (a & 0xffffffff)) + plus;
  if (low < plus) high++;
}

/** Times 10^exponent, at most 38. */
function growFar(exponent: i32): void {
  if (exponent > 19) {
    grow(19, 0);
    exponent -= 19;
  }
  grow(exponent, 0);
}

function write(out: usize, negative: bool): void {
  if (negative) {
    store<u64>(out, 0 - low);
    store<u64>(out, ~high + u64(low == 0), 8);
  } else {
    store<u64>(out, low);
    store<u64>(out, high, 8);
  }
}

function writeShort(out: usize, value: i64): bool {
  store<i64>(out, value);
  store<i64>(out, value >> 63, 8);
  return true;
}

/** Redshift's binary form: an integer of 8 or 16 bytes whose scale is the column's. */
export function decimalsOfRedshift(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) writeShort(out, 0);
    else {
      const length = lengthAt(at);
      if (length == 8) writeShort(out, swap8(at));
      else if (length == 16) {
        store<i64>(out, swap8(at + 8));
        store<i64>(out, swap8(at), 8);
      } else return row;
    }
    out += 16;
  }
  return -1;
}

/** PostgreSQL's binary form: groups of four decimal digits (src/backend/utils/adt/numeric.c, numeric_send). */
export function decimalsOfPostgres(cells: usize, rows: i32, out: usize, scale: i32): i32 {
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) writeShort(out, 0);
    else if (!decimalOfGroups(at, lengthAt(at), out, scale)) return row;
    out += 16;
  }
  return -1;
}

/** Whether the head of a cell of groups, and its groups, are such as can be. */
export function areGroups(at: usize, length: i32): bool {
  if (length < 8) return false;
  const groups = <i32>bswap(load<u16>(at));
  if (length != 8 + groups * 2 || groups > MOST_GROUPS) return false;
  const weight = <i32>(<i16>bswap(load<u16>(at + 2)));
  if (groups > 0 && (weight > MOST_GROUPS || weight < -MOST_GROUPS)) return false;
  if ((bswap(load<u16>(at + 4)) & ~0x4000) != 0) return false;
  const end = at + <usize>length;
  for (let next = at + 8; next < end; next += 2) if (bswap(load<u16>(next)) > 9999) return false;
  return true;
}

function decimalOfGroups(at: usize, length: i32, out: usize, scale: i32): bool {
  if (!areGroups(at, length)) return false;
  let groups = <i32>bswap(load<u16>(at));
  const weight = <i32>(<i16>bswap(load<u16>(at + 2)));
  const negative = load<u16>(at + 4) != 0;
  // What the last group is multiplied with.
  let exponent = 4 * (weight - groups + 1) + scale;
  let next = at + 8;
  // The server sends no zeros at either end; who does is understood.
  while (groups > 0 && load<u16>(next) == 0) {
    next += 2;
    groups--;
  }
  while (groups > 0 && load<u16>(next + <usize>(groups << 1) - 2) == 0) {
    groups--;
    exponent += 4;
  }
  if (groups == 0) return writeShort(out, 0);
  if (exponent < -3) return false;
  let last = <u64>bswap(load<u16>(next + <usize>(groups << 1) - 2));
  let width = 4;
  if (exponent < 0) {
    const cut = power(-exponent);
    if (last % cut != 0) return false;
    last /= cut;
    width += exponent;
    exponent = 0;
  }
  const first = groups == 1 ? <u32>last : <u32>bswap(load<u16>(next));
  const digits = digitsOf(first) + (groups == 1 ? 0 : 4 * (groups - 2) + width) + exponent;
  if (digits > MOST_DIGITS) return false;
  high = 0;
  low = 0;
  // All groups but the last are whole: sixteen digits at a time.
  for (let left = groups - 1; left > 0;) {
    const count = min(left, 4);
    let part: u64 = 0;
    for (let group = 0; group < count; group++) {
      part = part * 10000 + <u64>bswap(load<u16>(next));
      next += 2;
    }
    if ((high | low) == 0) low = part;
    else grow(count << 2, part);
    left -= count;
  }
  if (digits <= 18) {
    const value = <i64>((low * power(width) + last) * power(exponent));
    return writeShort(out, negative ? -value : value);
  }
  grow(width, last);
  growFar(exponent);
  write(out, negative);
  return true;
}

function digitsOf(group: u32): i32 {
  return i32(group > 0) + i32(group > 9) + i32(group > 99) + i32(group > 999);
}

/** Decimal text, as PostgreSQL sends it. */
export function decimalsOfText(cells: usize, rows: i32, out: usize, scale: i32): i32 {
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) writeShort(out, 0);
    else if (!decimalOfText(at, lengthAt(at), out, scale)) return row;
    out += 16;
  }
  return -1;
}

function decimalOfText(at: usize, length: i32, out: usize, scale: i32): bool {
  if (length == 0 || length > MOST_TEXT) return false;
  const negative = load<u8>(at) == 0x2d;
  at += <usize>negative;
  length -= <i32>negative;
  if (length == 0) return false;
  if (length > 16) return longDecimal(at, length, out, scale, negative);
  const value = shortDigits(at, length);
  if (value < 0) return false;
  const missing = scale - fraction;
  if (missing == 0) return writeShort(out, negative ? -value : value);
  if (missing > 0 && missing <= 18 && <u64>value < power(18 - missing)) {
    const full = value * <i64>power(missing);
    return writeShort(out, negative ? -full : full);
  }
  return longDecimal(at, length, out, scale, negative);
}

/** So many digits are laid out: 38 and leading zeros. */
const WIDTH: i32 = LONGEST;
const scratch: usize = memory.data(128, 16);

/** Up to 48 characters: the digits of the value times 10^scale are laid out and read sixteen at a time, 4 times as fast as one by one. */
function longDecimal(at: usize, length: i32, out: usize, scale: i32, negative: bool): bool {
  if (length > WIDTH) return slowDecimal(at, length, out, scale, negative);
  const whole = pointOf(at, length);
  if (whole < 0) return false;
  const after = max(length - 1 - whole, 0);
  if (after > scale || whole > WIDTH - scale) return slowDecimal(at, length, out, scale, negative);
  // A copy goes on behind its end, and the next one writes over that.
  const point = scratch + <usize>(WIDTH - scale);
  for (let zeros = scratch; zeros < point - <usize>whole; zeros += 16) v128.store(zeros, i8x16.splat(0x30));
  copy(point - <usize>whole, at, whole);
  copy(point, at + <usize>whole + 1, after);
  for (let zeros = point + <usize>after; zeros < scratch + WIDTH; zeros += 16) {
    v128.store(zeros, i8x16.splat(0x30));
  }
  const first = <u64>sixteen(v128.xor(v128.load(scratch), i8x16.splat(0x30)));
  const second = <u64>sixteen(v128.xor(v128.load(scratch, 16), i8x16.splat(0x30)));
  const third = <u64>sixteen(v128.xor(v128.load(scratch, 32), i8x16.splat(0x30)));
  if (first >= 1000000) return false;
  high = 0;
  low = first;
  if (first != 0) grow(16, second);
  else low = second;
  grow(16, third);
  write(out, negative);
  return true;
}

/** Longer texts are mostly zeros: digit by digit. */
function slowDecimal(at: usize, length: i32, out: usize, scale: i32, negative: bool): bool {
  const end = at + <usize>length;
  /** Digits within the scale, without leading zeros; those after the point; what is not yet in the magnitude. */
  let count = 0;
  let after = -1;
  let part: u64 = 0;
  let partLength = 0;
  high = 0;
  low = 0;
  for (let next = at; next < end; next++) {
    const digit = <u32>load<u8>(next) - 0x30;
    if (digit > 9) {
      if (digit != <u32>(0x2e - 0x30) || after >= 0 || next == at || next + 1 == end) return false;
      after = 0;
      continue;
    }
    if (after >= 0) {
      if (after == scale) {
        if (digit != 0) return false;
        continue;
      }
      after++;
    }
    if ((count | digit) == 0) continue;
    if (++count > MOST_DIGITS) return false;
    part = part * 10 + digit;
    if (++partLength == 18) {
      grow(18, part);
      part = 0;
      partLength = 0;
    }
  }
  if (count == 0) return writeShort(out, 0);
  const missing = scale - max(after, 0);
  if (count + missing > MOST_DIGITS) return false;
  grow(partLength, part);
  growFar(missing);
  write(out, negative);
  return true;
}
