/**
 * Columns of fixed width: validity, booleans, integers, floats, dates and times. NULL becomes zero. A cell of another
 * length, or a value that the column cannot hold, is told by its row; what was written until then counts for nothing.
 */
import { firstOfOtherLength, LENGTH1, LENGTH2, LENGTH4, LENGTH8, NULL1, NULL2, NULL4, NULL8 } from './cell';

function position(cells: usize, row: i32, ofNull: usize): usize {
  const at = load<i32>(cells + ((<usize>row) << 2));
  return select<usize>(ofNull, at, at < 0);
}

/** Validity bitmap, least significant bit first, bits beyond the rows 0. @returns how many cells are NULL */
export function validity(cells: usize, rows: i32, out: usize): i32 {
  let nulls = 0;
  let row = 0;
  let at = cells;
  // A position's sign bit says NULL: four at a time.
  for (; row + 8 <= rows; row += 8) {
    const mask = i32x4.bitmask(v128.load(at)) | (i32x4.bitmask(v128.load(at, 16)) << 4);
    at += 32;
    nulls += popcnt(mask);
    store<u8>(out++, ~mask);
  }
  if (row < rows) {
    let bits = 0;
    for (let bit = 0; row < rows; row++, bit++) {
      const isNull = load<u32>(at) >> 31;
      at += 4;
      nulls += isNull;
      bits |= (isNull ^ 1) << bit;
    }
    store<u8>(out, bits);
  }
  return nulls;
}

/** Bits, least significant first. A byte other than 0 and 1 is no boolean. */
export function bools(cells: usize, rows: i32, out: usize): i32 {
  let wrong: u32 = 0;
  for (let row = 0; row < rows;) {
    let bits: u32 = 0;
    const end = min(row + 8, rows);
    for (let bit = 0; row < end; row++, bit++) {
      const at = position(cells, row, NULL1);
      const value = <u32>load<u8>(at);
      wrong |= (load<u32>(at - 4) ^ LENGTH1) | (value & 0xfe);
      bits |= (value & 1) << bit;
    }
    store<u8>(out++, bits);
  }
  if (wrong == 0) return -1;
  for (let row = 0; row < rows; row++) {
    const at = position(cells, row, NULL1);
    if (load<u32>(at - 4) != LENGTH1 || load<u8>(at) > 1) return row;
  }
  return -1;
}

export function fill2(cells: usize, rows: i32, out: usize): i32 {
  let wrong: u32 = 0;
  for (let row = 0; row < rows; row++) {
    const at = position(cells, row, NULL2);
    wrong |= load<u32>(at - 4) ^ LENGTH2;
    store<u16>(out, bswap(load<u16>(at)));
    out += 2;
  }
  return wrong == 0 ? -1 : firstOfOtherLength(cells, rows, LENGTH2);
}

/** int32, uint32 and float32 alike: four bytes turned round. */
export function fill4(cells: usize, rows: i32, out: usize): i32 {
  let wrong: u32 = 0;
  for (let row = 0; row < rows; row++) {
    const at = position(cells, row, NULL4);
    wrong |= load<u32>(at - 4) ^ LENGTH4;
    store<u32>(out, bswap(load<u32>(at)));
    out += 4;
  }
  return wrong == 0 ? -1 : firstOfOtherLength(cells, rows, LENGTH4);
}

/** int64 and float64 alike. */
export function fill8(cells: usize, rows: i32, out: usize): i32 {
  let wrong: u32 = 0;
  for (let row = 0; row < rows; row++) {
    const at = position(cells, row, NULL8);
    wrong |= load<u32>(at - 4) ^ LENGTH8;
    store<u64>(out, swap8(at));
    out += 8;
  }
  return wrong == 0 ? -1 : firstOfOtherLength(cells, rows, LENGTH8);
}

/** One shuffle instead of the ten operations of a byte swap. */
export function swap8(at: usize): i64 {
  const bytes = v128.load64_zero(at);
  return i64x2.extract_lane(i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
}

/** OIDs: four bytes, or eight whose upper half is zero. */
export function uint32s(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const at = position(cells, row, NULL4);
    const length = load<u32>(at - 4);
    if (length == LENGTH4) store<u32>(out, bswap(load<u32>(at)));
    else if (length == LENGTH8 && load<u32>(at) == 0) store<u32>(out, bswap(load<u32>(at + 4)));
    else return row;
    out += 4;
  }
  return -1;
}

/** 2^53 - 1: up to it a double holds every integer. */
export const SAFE: i64 = 9007199254740991;

/** int64 as doubles, none of them rounded. */
export function int64sAsDoubles(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const at = position(cells, row, NULL8);
    const value = swap8(at);
    if (load<u32>(at - 4) != LENGTH8 || value > SAFE || value < -SAFE) return row;
    store<f64>(out, <f64>value);
    out += 8;
  }
  return -1;
}

/** Days from 1970-01-01 to 2000-01-01, and their microseconds. */
const DAYS: i32 = 10957;
const MICROSECONDS: i64 = 946684800000000;

/** date32: days since 1970. Infinity is no day. */
export function dates(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const cell = load<i32>(cells + ((<usize>row) << 2));
    if (cell < 0) store<i32>(out, 0);
    else {
      const day = <i32>bswap(load<u32>(cell));
      // The last days before infinity cannot be counted from 1970.
      if (load<u32>(cell - 4) != LENGTH4 || day == i32.MIN_VALUE || day > i32.MAX_VALUE - DAYS) return row;
      store<i32>(out, day + DAYS);
    }
    out += 4;
  }
  return -1;
}

/** Microseconds since 1970. Infinity is no instant. */
export function timestamps(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const cell = load<i32>(cells + ((<usize>row) << 2));
    if (cell < 0) store<i64>(out, 0);
    else {
      const value = swap8(cell);
      if (load<u32>(cell - 4) != LENGTH8 || value == i64.MIN_VALUE || value > i64.MAX_VALUE - MICROSECONDS) {
        return row;
      }
      store<i64>(out, value + MICROSECONDS);
    }
    out += 8;
  }
  return -1;
}

/** Microseconds since midnight, 24:00:00 included. */
export function times(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++) {
    const cell = load<i32>(cells + ((<usize>row) << 2));
    if (cell < 0) store<i64>(out, 0);
    else {
      const value = swap8(cell);
      if (load<u32>(cell - 4) != LENGTH8 || <u64>value > 86400000000) return row;
      store<i64>(out, value);
    }
    out += 8;
  }
  return -1;
}
