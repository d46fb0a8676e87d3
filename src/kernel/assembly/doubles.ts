/**
 * NUMERIC as the nearest double, where one division or multiplication of exact doubles gives it: an integer of at most
 * 2^53 - 1 and a power of ten of at most 22. All else is told by its row.
 */
import { lengthAt } from './cell';
import { areGroups } from './decimals';
import { SAFE, swap8 } from './fixed';
import { fraction, shortDigits } from './numbers-of-text';

/** 10^0 to 10^22, all exact. */
const powers: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
]);
const MOST_POWER: i32 = 22;
const MOST_TEXT: i32 = 100;

function power(exponent: i32): f64 {
  return load<f64>(powers + ((<usize>exponent) << 3));
}

/** Redshift's binary form. */
export function doublesOfRedshift(cells: usize, rows: i32, out: usize, scale: i32): i32 {
  const divisor = scale <= MOST_POWER ? power(scale) : 0;
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) store<f64>(out, 0);
    else {
      const length = lengthAt(at);
      let value = swap8(at);
      if (length == 16) {
        const upper = value;
        value = swap8(at + 8);
        if (upper != value >> 63) return row;
      } else if (length != 8) return row;
      if (value > SAFE || value < -SAFE || divisor == 0) return row;
      store<f64>(out, <f64>value / divisor);
    }
    out += 8;
  }
  return -1;
}

/** PostgreSQL's binary form. */
export function doublesOfPostgres(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) store<f64>(out, 0);
    else if (!doubleOfGroups(at, lengthAt(at), out)) return row;
    out += 8;
  }
  return -1;
}

function doubleOfGroups(at: usize, length: i32, out: usize): bool {
  if (!areGroups(at, length)) return false;
  const groups = <i32>bswap(load<u16>(at));
  const exponent = groups == 0 ? 0 : 4 * (<i32>(<i16>bswap(load<u16>(at + 2))) + 1 - groups);
  if (exponent > MOST_POWER || exponent < -MOST_POWER) return false;
  let value: i64 = 0;
  const end = at + <usize>length;
  for (let next = at + 8; next < end; next += 2) {
    // Another group would make more of it than a safe integer, or than 64 bits hold.
    if (value > SAFE / 10000) return false;
    value = value * 10000 + <i64>bswap(load<u16>(next));
    if (value > SAFE) return false;
  }
  const size = exponent < 0 ? <f64>value / power(-exponent) : <f64>value * power(exponent);
  store<f64>(out, load<u16>(at + 4) != 0 ? -size : size);
  return true;
}

/** Decimal text. */
export function doublesOfText(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) store<f64>(out, 0);
    else if (!doubleOfText(at, lengthAt(at), out)) return row;
    out += 8;
  }
  return -1;
}

function doubleOfText(at: usize, length: i32, out: usize): bool {
  if (length == 0 || length > MOST_TEXT) return false;
  const negative = load<u8>(at) == 0x2d;
  at += <usize>negative;
  length -= <i32>negative;
  if (length == 0) return false;
  let value: i64;
  let after: i32;
  if (length <= 16) {
    value = shortDigits(at, length);
    after = fraction;
    if (value < 0 || value > SAFE) return false;
  } else {
    const end = at + <usize>length;
    value = 0;
    after = -1;
    for (let next = at; next < end; next++) {
      const digit = <u32>load<u8>(next) - 0x30;
      if (digit <= 9) {
        value = value * 10 + digit;
        if (value > SAFE) return false;
        if (after >= 0) after++;
      } else if (digit == <u32>(0x2e - 0x30) && after < 0 && next > at && next + 1 < end) after = 0;
      else return false;
    }
    after = max(after, 0);
    if (after > MOST_POWER) return false;
  }
  const size = <f64>value / power(after);
  store<f64>(out, negative ? -size : size);
  return true;
}
