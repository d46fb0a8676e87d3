/** INTERVAL as int32 months, int32 days and int64 microseconds, from its four forms. Infinity and what overflows is told by its row. */
import { lengthAt } from './cell';
import { swap8 } from './fixed';

/** Microseconds of a day in units of 1024: any number of days then fits, and the sum is looked at before it is shifted back. */
const DAY_BY_1024: i64 = 84375000;

function write(out: usize, months: i32, days: i32, microseconds: i64): void {
  store<i32>(out, months);
  store<i32>(out, days, 4);
  store<i64>(out, microseconds, 8);
}

function int4(at: usize): i32 {
  return <i32>bswap(load<u32>(at));
}

/** int64 microseconds, int32 days, int32 months. With `fold`, days go into the microseconds, and 12 bytes have none. */
export function intervals(cells: usize, rows: i32, out: usize, fold: i32): i32 {
  for (let row = 0; row < rows; row++, out += 16) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at < 0) {
      write(out, 0, 0, 0);
      continue;
    }
    const length = lengthAt(at);
    if (length == 12 && fold != 0) {
      write(out, int4(at + 8), 0, swap8(at));
      continue;
    }
    if (length != 16) return row;
    const microseconds = swap8(at);
    const days = int4(at + 8);
    const months = int4(at + 12);
    if (months == days && months == i32.MAX_VALUE && microseconds == i64.MAX_VALUE) return row;
    if (months == days && months == i32.MIN_VALUE && microseconds == i64.MIN_VALUE) return row;
    if (fold == 0) write(out, months, days, microseconds);
    else {
      const sum = (microseconds >> 10) + <i64>days * DAY_BY_1024;
      if ((sum << 10) >> 10 != sum) return row;
      write(out, months, 0, (sum << 10) | (microseconds & 1023));
    }
  }
  return -1;
}

export function intervalsOfMonths(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++, out += 16) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at >= 0 && lengthAt(at) != 4) return row;
    write(out, at < 0 ? 0 : int4(at), 0, 0);
  }
  return -1;
}

export function intervalsOfMicroseconds(cells: usize, rows: i32, out: usize): i32 {
  for (let row = 0; row < rows; row++, out += 16) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at >= 0 && lengthAt(at) != 8) return row;
    write(out, 0, 0, at < 0 ? 0 : swap8(at));
  }
  return -1;
}
