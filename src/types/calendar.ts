/**
 * Day numbers and dates of the proleptic Gregorian calendar, which is the server's: there is no Julian correction.
 * Days count from 2000-01-01; year 0 is 1 BC. Pure integers, exact far beyond the server's range.
 */

export const microsecondsPerDay = 86_400_000_000;
/** Days from 1970-01-01 to 2000-01-01. */
export const daysTo2000 = 10_957;

export interface CivilDate {
  /** Astronomical: 0 is 1 BC. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days from 0000-03-01 to 2000-01-01. */
const shift = 730_425;

/** Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day ends them. */
export function dateOfDay(day: number): CivilDate {
  const days = day + shift;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

export function dayOfDate(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - shift;
}

/** Whether there is such a day. */
export function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  const back = dateOfDay(dayOfDate(year, month, day));
  return back.month === month && back.day === day;
}

export function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

const twoDigits = Array.from({ length: 100 }, (_, value) => pad(value, 2));
/** `00` to `99`; a table, since dates and times are made of nothing else. */
export const two = (value: number): string => twoDigits[value] ?? pad(value, 2);

/** `YYYY-MM-DD`, and ` BC` separately, since a time of day stands between the two. */
export function dateText(day: number): { readonly text: string; readonly era: '' | ' BC' } {
  const { year, month, day: dayOfMonth } = dateOfDay(day);
  const shown = year > 0 ? year : 1 - year;
  const years = shown > 999 ? String(shown) : pad(shown, 4);
  return { text: `${years}-${two(month)}-${two(dayOfMonth)}`, era: year > 0 ? '' : ' BC' };
}

/** `HH:MM:SS` of seconds since midnight. */
export function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${two(hours)}:${two(minutes - hours * 60)}:${two(seconds - minutes * 60)}`;
}

/** `HH:MM:SS[.ffffff]` of microseconds since midnight; trailing zeros of the fraction are cut. */
export function timeText(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  let fraction = microseconds - seconds * 1_000_000;
  if (fraction === 0) return clockText(seconds);
  let digits = 6;
  for (; fraction % 10 === 0; digits--) fraction /= 10;
  return `${clockText(seconds)}.${pad(fraction, digits)}`;
}

/** Microseconds of a fraction's digits: at most six, padded on the right. */
export function fractionMicroseconds(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(6, '0'));
}

/** The day of a date as it is written, where year 1 BC comes before year 1; undefined when there is none such. */
export function civilDay(
  year: number,
  month: number,
  day: number,
  beforeChrist: boolean,
): number | undefined {
  if (year === 0) return undefined;
  const astronomical = beforeChrist ? 1 - year : year;
  return isDate(astronomical, month, day) ? dayOfDate(astronomical, month, day) : undefined;
}

/** Microseconds since midnight, up to 24:00:00; NaN beyond. */
export function microsecondsOfTime(
  hours: string,
  minutes: string,
  seconds: string,
  fraction: string | undefined,
): number {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  const total = (h * 3600 + m * 60 + s) * 1_000_000 + fractionMicroseconds(fraction);
  // 60 seconds: servers with floating-point time round 59.9999996 up to it.
  return m > 59 || s > 60 || total > microsecondsPerDay ? NaN : total;
}

/** Seconds east of UTC of `+HH[:MM[:SS]]`; NaN when there is no such clock. */
export function offsetSeconds(offset: string): number {
  const [hours = '0', minutes = '0', seconds = '0'] = offset.slice(1).split(':');
  if (Number(hours) > 24 || Number(minutes) > 59 || Number(seconds) > 59) return NaN;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return offset.startsWith('-') ? -total : total;
}
