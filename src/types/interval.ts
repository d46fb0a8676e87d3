/** INTERVAL (1186), INTERVAL YEAR TO MONTH (1188) and INTERVAL DAY TO SECOND (1190). */
import { ArgumentError, DataError } from '../errors.js';
import {
  always,
  ascii,
  unreadable,
  wrongLength,
  type CellReader,
  type Codec,
  type ReaderContext,
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

  toJSON(): string {
    return this.toString();
  }
}

function int32(value: number, name: string): number {
  if (!Number.isInteger(value) || (value | 0) !== value)
    throw new ArgumentError(`Interval: ${name} must be an integer of at most 32 bits`);
  return value === 0 ? 0 : value;
}

const unit =
  /\s*([+-]?)(\d{1,20})(?:\.(\d{1,6}))?\s*(years?|mons?|months?|days?|hours?|mins?|minutes?|secs?|seconds?)\b/y;
const clock = /\s*([+-]?)(\d{1,20}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?/y;

interface Sums {
  months: bigint;
  days: bigint;
  microseconds: bigint;
}

const perUnit: readonly (readonly [RegExp, keyof Sums, bigint])[] = [
  [/^year/, 'months', 12n],
  [/^mon/, 'months', 1n],
  [/^day/, 'days', 1n],
  [/^hour/, 'microseconds', 3_600_000_000n],
  [/^min/, 'microseconds', 60_000_000n],
  [/^sec/, 'microseconds', 1_000_000n],
];

/** PostgreSQL's style (`1 year 2 mons -3 days +04:05:06.7`) and Redshift's (`1 days 2 hours 3 mins 4.5 secs`). */
function parse(text: string): Sums | undefined {
  if (text.length > 300) return undefined;
  const sums: Sums = { months: 0n, days: 0n, microseconds: 0n };
  let at = 0;
  while (at < text.length) {
    unit.lastIndex = clock.lastIndex = at;
    const part = unit.exec(text);
    if (part !== null) {
      const [, sign, whole = '0', fraction, name = ''] = part;
      const [, key, factor] = perUnit.find(([form]) => form.test(name))!;
      if (fraction !== undefined && key !== 'microseconds') return undefined;
      const value = BigInt(whole) * factor + (BigInt((fraction ?? '').padEnd(6, '0')) * factor) / 1_000_000n;
      sums[key] += sign === '-' ? -value : value;
      at = unit.lastIndex;
      continue;
    }
    const times = clock.exec(text);
    if (times === null) return undefined;
    const [, sign, hours = '0', minutes = '0', seconds = '0', fraction = ''] = times;
    const value =
      (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * 1_000_000n +
      BigInt(fraction.padEnd(6, '0'));
    sums.microseconds += sign === '-' ? -value : value;
    at = clock.lastIndex;
  }
  return at === 0 ? undefined : sums;
}

function make(months: number, days: number, microseconds: bigint): Interval {
  try {
    return new Interval({ months, days, microseconds });
  } catch (cause) {
    throw new DataError('The interval is beyond its range', { cause });
  }
}

/** @param folded days become microseconds: Redshift's form has none */
function textReader({ choice }: ReaderContext, type: string, folded: boolean): CellReader {
  return (block, start, end) => {
    const sums = parse(ascii(block, start, end));
    if (sums === undefined) throw unreadable(block, start, end, type);
    const days = folded ? 0 : Number(sums.days);
    const value = make(
      Number(sums.months),
      days,
      sums.microseconds + (folded ? sums.days * microsecondsPerDay : 0n),
    );
    return choice === 'string' ? String(value) : value;
  };
}

function shown(choice: string | undefined, months: number, days: number, microseconds: bigint): unknown {
  const value = make(months, days, microseconds);
  return choice === 'string' ? String(value) : value;
}

export const interval: Codec = {
  name: 'interval',
  oid: 1186,
  arrayOid: 1187,
  choices: ['string'],
  binaryWanted: always,
  text: (context) => textReader(context, 'interval', context.server.dialect === 'redshift'),
  // 12 bytes: PostgreSQL 8.0's form, which is Redshift's. 16 bytes: with days in between.
  binary:
    ({ choice, server }) =>
    (block, start, end) => {
      const { view } = block;
      const length = end - start;
      if (length === 12) return shown(choice, view.getInt32(start + 8), 0, view.getBigInt64(start));
      if (length !== 16) throw wrongLength(length, 'interval');
      const days = view.getInt32(start + 8);
      const microseconds = view.getBigInt64(start);
      return server.dialect === 'redshift'
        ? shown(choice, view.getInt32(start + 12), 0, microseconds + BigInt(days) * microsecondsPerDay)
        : shown(choice, view.getInt32(start + 12), days, microseconds);
    },
};

export const yearToMonth: Codec = {
  name: 'interval year to month',
  oid: 1188,
  arrayOid: 1189,
  choices: ['string'],
  binaryWanted: always,
  text: (context) => textReader(context, 'interval year to month', true),
  binary:
    ({ choice }) =>
    (block, start, end) => {
      if (end - start !== 4) throw wrongLength(end - start, 'interval year to month');
      return shown(choice, block.view.getInt32(start), 0, 0n);
    },
};

export const dayToSecond: Codec = {
  name: 'interval day to second',
  oid: 1190,
  arrayOid: 1191,
  choices: ['string'],
  binaryWanted: always,
  text: (context) => textReader(context, 'interval day to second', true),
  binary:
    ({ choice }) =>
    (block, start, end) => {
      if (end - start !== 8) throw wrongLength(end - start, 'interval day to second');
      return shown(choice, 0, 0, block.view.getBigInt64(start));
    },
};
