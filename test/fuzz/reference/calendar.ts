/** Dates and times by counting: microseconds since 2000-01-01 as one integer, the calendar one year after the other. */
import type { Scanner } from './characters.js';

export const perSecond = 1_000_000n;
export const perDay = 86_400n * perSecond;
/** Days from 1970-01-01 to 2000-01-01: 30 years with 7 leap days. */
export const epochDays = 30n * 365n + 7n;

const leap = (year: bigint): boolean => year % 4n === 0n && (year % 100n !== 0n || year % 400n === 0n);
const monthLengths = (year: bigint): bigint[] =>
  [31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].map(BigInt);

export const floorDivide = (value: bigint, by: bigint): bigint => (value - floorModulo(value, by)) / by;
export const floorModulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

/** The day's number; undefined when there is no such day. Year 0 is 1 BC. */
export function dayNumber(year: bigint, month: bigint, day: bigint): bigint | undefined {
  if (month < 1n || month > 12n) return undefined;
  const lengths = monthLengths(floorModulo(year, 400n));
  if (day < 1n || day > lengths[Number(month) - 1]!) return undefined;
  // 400 years have 146,097 days; 2000 begins such a cycle.
  let days = floorDivide(year - 2000n, 400n) * 146_097n;
  for (let each = 0n; each < floorModulo(year - 2000n, 400n); each++) days += leap(each) ? 366n : 365n;
  for (let each = 1n; each < month; each++) days += lengths[Number(each) - 1]!;
  return days + day - 1n;
}

export function dateOf(dayNumber: bigint): { year: bigint; month: bigint; day: bigint } {
  let left = floorModulo(dayNumber, 146_097n);
  let year = 0n;
  for (let length = 366n; left >= length; length = leap(year) ? 366n : 365n) {
    left -= length;
    year++;
  }
  let month = 1n;
  for (const length of monthLengths(year)) {
    if (left < length) break;
    left -= length;
    month++;
  }
  return { year: 2000n + floorDivide(dayNumber, 146_097n) * 400n + year, month, day: left + 1n };
}

const padded = (value: bigint, digits: number): string => {
  let text = value.toString();
  while (text.length < digits) text = `0${text}`;
  return text;
};

/** `YYYY-MM-DD` and ` BC`. */
export function printDate(day: bigint): { readonly date: string; readonly era: string } {
  const { year, month, day: ofMonth } = dateOf(day);
  const shown = year > 0n ? year : 1n - year;
  return {
    date: `${padded(shown, 4)}-${padded(month, 2)}-${padded(ofMonth, 2)}`,
    era: year > 0n ? '' : ' BC',
  };
}

/** `HH:MM:SS[.ffffff]`; `whole`: all six digits. */
export function printTime(microseconds: bigint, whole = false): string {
  const seconds = microseconds / perSecond;
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n]
    .map((part) => padded(part, 2))
    .join(':');
  let fraction = padded(microseconds % perSecond, 6);
  while (!whole && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

/** As Date writes it: three digits of the second, six where there are microseconds. */
export function printIso(microseconds: bigint): string {
  const { year, month, day } = dateOf(floorDivide(microseconds, perDay));
  const years =
    year >= 0n && year <= 9999n
      ? padded(year, 4)
      : `${year < 0n ? '-' : '+'}${padded(year < 0n ? -year : year, 6)}`;
  const ofDay = floorModulo(microseconds, perDay);
  const time = printTime(ofDay, true);
  return `${years}-${padded(month, 2)}-${padded(day, 2)}T${ofDay % 1000n === 0n ? time.slice(0, -3) : time}Z`;
}

/** `YYYY-MM-DD`, without the era. */
export function scanDate(scan: Scanner): { year: bigint; month: bigint; day: bigint } | undefined {
  const year = scan.digits(4, 7);
  const month = scan.take('-') ? scan.digits(2, 2) : undefined;
  const day = scan.take('-') ? scan.digits(2, 2) : undefined;
  if (year === undefined || month === undefined || day === undefined || BigInt(year) === 0n) return undefined;
  return { year: BigInt(year), month: BigInt(month), day: BigInt(day) };
}

/** Microseconds of `HH:MM:SS[.f]`: 24:00:00 is the last, and a second may be the 60th. */
export function scanTime(scan: Scanner): bigint | undefined {
  const hours = scan.digits(2, 2);
  const minutes = scan.take(':') ? scan.digits(2, 2) : undefined;
  const seconds = scan.take(':') ? scan.digits(2, 2) : undefined;
  const fraction = scan.take('.') ? scan.digits(1, 6) : '';
  if (hours === undefined || minutes === undefined || seconds === undefined || fraction === undefined)
    return undefined;
  if (BigInt(minutes) > 59n || BigInt(seconds) > 60n) return undefined;
  const total =
    (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * perSecond + microsecondsOf(fraction);
  return total > perDay ? undefined : total;
}

export function microsecondsOf(fraction: string): bigint {
  let digits = fraction;
  while (digits.length < 6) digits += '0';
  return BigInt(digits);
}

/** Seconds east of `+HH[:MM[:SS]]`. */
export function scanOffset(scan: Scanner): bigint | undefined {
  if (scan.next !== '+' && scan.next !== '-') return undefined;
  const sign = scan.sign();
  let total = 0n;
  for (const [unit, most] of [
    [3600n, 24n],
    [60n, 59n],
    [1n, 59n],
  ] as const) {
    if (unit < 3600n && !scan.take(':')) break;
    const part = scan.digits(2, 2);
    if (part === undefined || BigInt(part) > most) return undefined;
    total += BigInt(part) * unit;
  }
  return sign * total;
}
