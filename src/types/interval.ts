/**
 * INTERVAL (1186), INTERVAL YEAR TO MONTH (1188) and INTERVAL DAY TO SECOND (1190), over the whole range of int32 months and
 * int64 microseconds. Nothing is carried from days to months, nor on PostgreSQL from hours to days.
 */
import { ArgumentError, DataError } from '../errors.js';
import {
  always,
  shortAscii,
  unreadable,
  wrongLength,
  type Block,
  type CellReader,
  type Codec,
  type ReaderContext,
  type ServerTraits,
} from './codec.js';

const microsecondsPerDay = 86_400_000_000n;

/**
 * A span of time. Months, days and microseconds stay apart, since neither a month nor a day has a fixed length;
 * Redshift's wire form has no days, so a Redshift interval carries them in its microseconds.
 *
 * @example
 * String(new Interval({ months: 14 }));               // 'P1Y2M'
 * String(new Interval({ microseconds: 1_500_000n })); // 'PT1.5S'
 */
export class Interval {
  readonly months: number;
  readonly days: number;
  readonly microseconds: bigint;

  /** @throws ArgumentError when months or days are no int32 or the microseconds no int64. */
  constructor(parts: { readonly months?: number; readonly days?: number; readonly microseconds?: bigint }) {
    this.months = int32(parts.months ?? 0, 'months');
    this.days = int32(parts.days ?? 0, 'days');
    this.microseconds = parts.microseconds ?? 0n;
    if (typeof this.microseconds !== 'bigint' || BigInt.asIntN(64, this.microseconds) !== this.microseconds) {
      throw new ArgumentError('Interval: microseconds must be a bigint of at most 64 bits');
    }
    Object.freeze(this);
  }

  /** ISO 8601; a part keeps its own sign (`P-1Y-2M`, `PT-0.5S`). */
  toString(): string {
    const years = Math.trunc(this.months / 12);
    const part = (value: number | bigint, unit: string): string =>
      Number(value) === 0 ? '' : `${String(value)}${unit}`;
    const dates = part(years, 'Y') + part(this.months - years * 12, 'M') + part(this.days, 'D');
    const negative = this.microseconds < 0n;
    const total = negative ? -this.microseconds : this.microseconds;
    const sign = negative ? '-' : '';
    const signed = (text: string, unit: string): string => (/^0*$/.test(text) ? '' : `${sign}${text}${unit}`);
    const fraction = String(total % 1_000_000n)
      .padStart(6, '0')
      .replace(/0+$/, '');
    const seconds = String((total / 1_000_000n) % 60n);
    const secondsText = fraction === '' ? signed(seconds, 'S') : `${sign}${seconds}.${fraction}S`;
    const times =
      signed(String(total / 3_600_000_000n), 'H') +
      signed(String((total / 60_000_000n) % 60n), 'M') +
      secondsText;
    if (dates === '' && times === '') return 'PT0S';
    return `P${dates}${times === '' ? '' : `T${times}`}`;
  }

  /** The ISO 8601 text. */
  toJSON(): string {
    return this.toString();
  }
}

function int32(value: number, name: string): number {
  if (!Number.isInteger(value) || (value | 0) !== value)
    throw new ArgumentError(`Interval: ${name} must be an integer of at most 32 bits`);
  return value === 0 ? 0 : value;
}

// Text

const unit =
  /\s*([+-]?)(\d{1,20})(?:\.(\d{1,6}))?\s*(years?|mons?|months?|days?|hours?|mins?|minutes?|secs?|seconds?)(?=\s|$)/y;
const clock = /\s*([+-]?)(\d{1,20}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?=\s|$)/y;
/** Longer than any interval that a server writes. */
const textLimit = 300;

interface Sums {
  months: bigint;
  days: bigint;
  microseconds: bigint;
}

const perUnit: readonly (readonly [string, keyof Sums, bigint])[] = [
  ['year', 'months', 12n],
  ['mon', 'months', 1n],
  ['day', 'days', 1n],
  ['hour', 'microseconds', 3_600_000_000n],
  ['min', 'microseconds', 60_000_000n],
  ['sec', 'microseconds', 1_000_000n],
];

/**
 * PostgreSQL's style (`1 year 2 mons -3 days +04:05:06.7`), its verbose one (`@ 1 day 2 hours ago`) and Redshift's
 * (`1 days 2 hours 3 mins 4.5 secs`). Each part has its own sign.
 */
function parse(written: string): Sums | undefined {
  const ago = /^@\s.*\sago$/s.test(written);
  const text = ago ? written.slice(1, -4) : written.replace(/^@(?=\s)/, '');
  const sums: Sums = { months: 0n, days: 0n, microseconds: 0n };
  const add = (key: keyof Sums, sign: string | undefined, value: bigint): void => {
    sums[key] += (sign === '-') === ago ? value : -value;
  };
  let at = 0;
  while (at < text.length) {
    unit.lastIndex = clock.lastIndex = at;
    const part = unit.exec(text);
    if (part !== null) {
      const [, sign, whole = '0', fraction, name = ''] = part;
      const [, key, factor] = perUnit.find(([start]) => name.startsWith(start))!;
      if (fraction !== undefined && !name.startsWith('sec')) return undefined;
      add(key, sign, BigInt(whole) * factor + fractionOf(fraction));
      at = unit.lastIndex;
      continue;
    }
    const times = clock.exec(text);
    if (times === null) return undefined;
    const [, sign, hours = '0', minutes = '0', seconds = '0', fraction] = times;
    if (Number(minutes) > 59 || Number(seconds) > 60) return undefined;
    const total = BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
    add('microseconds', sign, total * 1_000_000n + fractionOf(fraction));
    at = clock.lastIndex;
  }
  return at === 0 ? undefined : sums;
}

const fractionOf = (digits = ''): bigint => BigInt(digits.padEnd(6, '0'));

// What all three share

type Part = 'months' | 'time';

function make(months: number | bigint, days: number | bigint, microseconds: bigint): Interval {
  try {
    return new Interval({ months: Number(months), days: Number(days), microseconds });
  } catch (cause) {
    throw new DataError('The interval is beyond its range (int32 months and days, int64 microseconds)', {
      cause,
    });
  }
}

const show = (choice: string | undefined, value: Interval): unknown =>
  choice === 'string' ? String(value) : value;

/** Redshift's wire form has no days, so its text must not give any either: they are 86,400 s each. */
const folds = (server: ServerTraits): boolean => server.dialect === 'redshift';

function textReader(
  { choice }: ReaderContext,
  type: string,
  folded: boolean,
  parts: readonly Part[],
): CellReader {
  const withMonths = parts.includes('months');
  const withTime = parts.includes('time');
  return (block, start, end) => {
    const text = shortAscii(block, start, end, textLimit);
    const endless = infinite(text, choice);
    if (endless !== undefined && withMonths && withTime) return endless;
    const sums = parse(text);
    if (
      sums === undefined ||
      (!withMonths && sums.months !== 0n) ||
      (!withTime && (sums.days !== 0n || sums.microseconds !== 0n))
    ) {
      throw unreadable(block, start, end, type);
    }
    const { months, days, microseconds } = sums;
    return show(
      choice,
      folded ? make(months, 0n, microseconds + days * microsecondsPerDay) : make(months, days, microseconds),
    );
  };
}

/** PostgreSQL 17 has endless intervals. */
function infinite(text: string, choice: string | undefined): unknown {
  if (text !== 'infinity' && text !== '-infinity') return undefined;
  if (choice === 'string') return text;
  return text === 'infinity' ? Infinity : -Infinity;
}

const int32Max = 2_147_483_647;
const int64Max = 9_223_372_036_854_775_807n;

/** int64 microseconds, int32 days, int32 months (PostgreSQL, src/backend/utils/adt/timestamp.c, interval_send). */
function sixteenBytes({ view }: Block, start: number, { choice, server }: ReaderContext): unknown {
  const microseconds = view.getBigInt64(start);
  const days = view.getInt32(start + 8);
  const months = view.getInt32(start + 12);
  if (months === int32Max && days === int32Max && microseconds === int64Max)
    return infinite('infinity', choice);
  if (months === -int32Max - 1 && days === -int32Max - 1 && microseconds === -int64Max - 1n)
    return infinite('-infinity', choice);
  return show(
    choice,
    folds(server)
      ? make(months, 0, microseconds + BigInt(days) * microsecondsPerDay)
      : make(months, days, microseconds),
  );
}

// Writer

/**
 * A form that both dialects read, each unit with its own sign.
 *
 * @param server on Redshift whole days leave the hours, since its parser keeps hours in 32 bits and a day is 86,400 s there
 */
export function writeInterval({ months, days, microseconds }: Interval, server?: ServerTraits): string {
  const whole =
    server?.dialect === 'redshift' ? BigInt(days) + microseconds / microsecondsPerDay : BigInt(days);
  const rest = server?.dialect === 'redshift' ? microseconds % microsecondsPerDay : microseconds;
  const sign = rest < 0n ? '-' : '';
  const size = rest < 0n ? -rest : rest;
  const minutes = String((size / 60_000_000n) % 60n);
  const seconds = `${String((size / 1_000_000n) % 60n)}.${String(size % 1_000_000n).padStart(6, '0')}`;
  const time = `${sign}${String(size / 3_600_000_000n)} hours ${sign}${minutes} mins ${sign}${seconds} secs`;
  return `${String(months)} mons ${String(whole)} days ${time}`;
}

// Registration

export const interval: Codec = {
  name: 'interval',
  oid: 1186,
  arrayOid: 1187,
  choices: ['string'],
  canonical: 'string',
  preset: 'string',
  binaryWanted: always,
  text: (context) => textReader(context, 'interval', folds(context.server), ['months', 'time']),
  // 12 bytes are PostgreSQL 8.0's form, which is Redshift's (the Python driver reads its last four as two int16).
  binary: (context) => (block, start, end) => {
    const { view } = block;
    if (end - start === 16) return sixteenBytes(block, start, context);
    if (end - start !== 12) throw wrongLength(end - start, 'interval');
    return show(context.choice, make(view.getInt32(start + 8), 0, view.getBigInt64(start)));
  },
};

export const yearToMonth: Codec = {
  name: 'interval year to month',
  oid: 1188,
  arrayOid: 1189,
  choices: ['string'],
  canonical: 'string',
  preset: 'string',
  binaryWanted: always,
  text: (context) => textReader(context, 'interval year to month', true, ['months']),
  binary:
    ({ choice }) =>
    (block, start, end) => {
      if (end - start !== 4) throw wrongLength(end - start, 'interval year to month');
      return show(choice, make(block.view.getInt32(start), 0, 0n));
    },
};

export const dayToSecond: Codec = {
  name: 'interval day to second',
  oid: 1190,
  arrayOid: 1191,
  choices: ['string'],
  canonical: 'string',
  preset: 'string',
  binaryWanted: always,
  text: (context) => textReader(context, 'interval day to second', true, ['time']),
  binary:
    ({ choice }) =>
    (block, start, end) => {
      if (end - start !== 8) throw wrongLength(end - start, 'interval day to second');
      return show(choice, make(0, 0, block.view.getBigInt64(start)));
    },
};
