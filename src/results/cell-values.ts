/** One JavaScript value as what a column's memory holds of it, or `Unfit` when it has no exact form there. */
import { types } from 'node:util';
import { civilDay, daysTo2000, microsecondsOfTime } from '../types/calendar.js';
import { Timestamp } from '../types/timestamp.js';

/** Says what the value should have been; the column and the row are added by whoever knows them. */
export class Unfit extends Error {}

export function integerOf(value: unknown, low: number, high: number): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= low && number <= high)
    return number;
  throw new Unfit(`an integer from ${String(low)} to ${String(high)}`);
}

/** A bigint goes in only where no digit is lost. */
export function floatOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' && BigInt(Number(value)) === value) return Number(value);
  throw new Unfit('a number, or a bigint that a double holds exactly');
}

export function int64Of(value: unknown): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const whole = typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : value;
  if (typeof whole === 'bigint' && BigInt.asIntN(64, whole) === whole) return whole;
  throw new Unfit('a bigint of at most 64 bits, a safe integer or the digits of one');
}

const infinite = new Map<unknown, 1 | -1>([
  [Infinity, 1],
  [-Infinity, -1],
]);

/** Days since 1970-01-01. */
export function dayOf(value: unknown): number {
  const end = infinite.get(value);
  if (end !== undefined) return end > 0 ? 0x7fff_ffff : -0x8000_0000;
  if (types.isDate(value)) {
    const days = value.getTime() / 86_400_000;
    if (Number.isInteger(days) && !(value instanceof Timestamp && value.microseconds > 0)) return days;
  }
  const found = typeof value === 'string' ? /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/.exec(value) : null;
  if (found !== null) {
    const day = civilDay(Number(found[1]), Number(found[2]), Number(found[3]), found[4] !== undefined);
    if (day !== undefined && day + daysTo2000 < 0x7fff_ffff) return day + daysTo2000;
  }
  throw new Unfit("a date as 'YYYY-MM-DD', or a Date at midnight UTC");
}

/** Microseconds since midnight. */
export function timeOf(value: unknown): number {
  const found = typeof value === 'string' ? /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/.exec(value) : null;
  const time = found === null ? NaN : microsecondsOfTime(found[1]!, found[2]!, found[3] ?? '0', found[4]);
  if (!Number.isNaN(time)) return time;
  throw new Unfit("a time as 'HH:MM:SS.ffffff'");
}

/** Microseconds since 1970-01-01 UTC. */
export function instantOf(value: unknown): number | bigint {
  const end = infinite.get(value);
  if (end !== undefined) return end > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  if (types.isDate(value) && !Number.isNaN(value.getTime())) {
    const milliseconds = value.getTime();
    const below = value instanceof Timestamp ? value.microseconds : 0;
    const microseconds = milliseconds * 1000 + below;
    return Number.isSafeInteger(microseconds) ? microseconds : BigInt(milliseconds) * 1000n + BigInt(below);
  }
  throw new Unfit('a valid Date, a Timestamp or bigint microseconds since 1970');
}

/** The value times 10^scale. */
export function decimalOf(value: unknown, precision: number, scale: number): number | bigint {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'bigint' || typeof value === 'number'
        ? String(value)
        : '';
  // No decimal of 38 digits is longer; what is, is not worth a pattern.
  const found = text.length > 100 ? null : /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text);
  if (found !== null && /\d/.test(text) && !(typeof value === 'number' && unsafe(value))) {
    const [, sign = '', whole = '', fraction = ''] = found;
    if (fraction.length <= scale && whole.length <= precision - scale) {
      const digits = whole + fraction.padEnd(scale, '0');
      if (digits.length <= 15) return sign === '' ? Number(digits) : 0 - Number(digits);
      return sign === '' ? BigInt(digits) : -BigInt(digits);
    }
  }
  throw new Unfit(
    `a decimal with at most ${String(precision - scale)} digits before the point and ${String(scale)} after it`,
  );
}

/** An integer that may stand for its neighbours too. */
const unsafe = (value: number): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);
