/** TIMESTAMP, TIMESTAMPTZ and ABSTIME. All microseconds of the server's range are exact; a Date that cannot hold one is refused. */
import { ArgumentError, DataError } from '../errors.js';
import {
  civilDay,
  clockText,
  dateOfDay,
  dateText,
  daysTo2000,
  microsecondsOfTime,
  microsecondsPerDay,
  offsetSeconds,
  pad,
  timeText,
  two,
} from './calendar.js';
import {
  always,
  shortAscii,
  unreadable,
  wrongLength,
  type Block,
  type CellReader,
  type ColumnReader,
  type Codec,
  type ReaderContext,
} from './codec.js';
import { beyondDate, infinite, longest, type Infinite } from './temporal.js';
import { instantColumn, instantTextColumn } from './temporal-columns.js';
import { Timestamp } from './timestamp.js';

/** A day since 2000-01-01 and the microseconds of it, since one double cannot hold both exactly over the whole range. */
interface Instant {
  readonly day: number;
  readonly microseconds: number;
}

const instantForm =
  /^(\d{4,7})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d){0,2})?( BC)?$/;

function parseInstant(text: string, zoned: boolean): Instant | Infinite | undefined {
  if (text === 'infinity' || text === '-infinity') return text;
  const found = instantForm.exec(text);
  if (found === null || (found[8] !== undefined) !== zoned) return undefined;
  const day = civilDay(Number(found[1]), Number(found[2]), Number(found[3]), found[9] !== undefined);
  const microseconds = microsecondsOfTime(found[4]!, found[5]!, found[6]!, found[7]);
  const offset = zoned ? offsetSeconds(found[8]!) : 0;
  if (day === undefined || Number.isNaN(microseconds + offset)) return undefined;
  return normal(day, microseconds - offset * 1_000_000);
}

function normal(day: number, microseconds: number): Instant {
  const carry = Math.floor(microseconds / microsecondsPerDay);
  return { day: day + carry, microseconds: microseconds - carry * microsecondsPerDay };
}

const int64Max = 9_223_372_036_854_775_807n;
const perDay = BigInt(microsecondsPerDay);

/** int64 microseconds since 2000-01-01; floored, so that values before it have a positive time of day. */
function readInstant(block: Block, start: number): Instant | Infinite {
  const { view } = block;
  const high = view.getInt32(start);
  // Below 2^53 (the years 1715 to 2285) two halves make a double exactly.
  if (high >= -0x200000 && high < 0x200000)
    return normal(0, high * 0x1_0000_0000 + view.getUint32(start + 4));
  const value = view.getBigInt64(start);
  if (value === int64Max) return 'infinity';
  if (value === -int64Max - 1n) return '-infinity';
  const microseconds = ((value % perDay) + perDay) % perDay;
  return { day: Number((value - microseconds) / perDay), microseconds: Number(microseconds) };
}

function asDate({ day, microseconds }: Instant): Date {
  const whole = Math.floor(microseconds / 1000);
  const below = microseconds - whole * 1000;
  const milliseconds = (day + daysTo2000) * 86_400_000 + whole;
  if (Math.abs(milliseconds) > 8.64e15) throw beyondDate();
  return below === 0 ? new Date(milliseconds) : new Timestamp(milliseconds, below);
}

/** As the server writes it; neighbouring rows often carry the same day, whose text is kept. */
function textWriter(zone: '' | '+00'): (value: Instant) => string {
  let lastDay = NaN;
  let last = dateText(0);
  return ({ day, microseconds }) => {
    if (day !== lastDay) {
      last = dateText(day);
      lastDay = day;
    }
    return `${last.text} ${timeText(microseconds)}${zone}${last.era}`;
  };
}

/** ISO 8601 as Date and Timestamp write it: three digits of the second or six, a signed year of six digits beyond four. */
function isoWriter(): (value: Instant) => string {
  let lastDay = NaN;
  let last = '';
  return ({ day, microseconds }) => {
    if (day !== lastDay) {
      last = isoDate(day);
      lastDay = day;
    }
    const seconds = Math.floor(microseconds / 1_000_000);
    const fraction = microseconds - seconds * 1_000_000;
    const shown = fraction % 1000 === 0 ? pad(fraction / 1000, 3) : pad(fraction, 6);
    return `${last}T${clockText(seconds)}.${shown}Z`;
  };
}

function isoDate(day: number): string {
  const { year, month, day: dayOfMonth } = dateOfDay(day);
  const years = year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`;
  return `${years}-${two(month)}-${two(dayOfMonth)}`;
}

interface TemporalParts {
  readonly Instant: { from(text: string): unknown };
  readonly PlainDateTime: { from(text: string): unknown };
}

function temporalParts(): TemporalParts {
  const found = (globalThis as { Temporal?: TemporalParts }).Temporal;
  if (found === undefined) {
    throw new ArgumentError(
      "types: the choice 'temporal' needs globalThis.Temporal, which this Node.js does not have",
    );
  }
  return found;
}

/** Temporal ends where Date does, the server's calendar later: a DataError there, as for a Date. */
function inRange(make: (value: Instant) => unknown): (value: Instant) => unknown {
  return (value) => {
    try {
      return make(value);
    } catch (cause) {
      throw beyondDate({ cause });
    }
  };
}

function showInstant({ choice }: ReaderContext, zoned: boolean): (value: Instant) => unknown {
  switch (choice) {
    case 'string':
      return textWriter(zoned ? '+00' : '');
    case 'iso':
      return isoWriter();
    case 'micros':
      return ({ day, microseconds }) => BigInt(day + daysTo2000) * perDay + BigInt(microseconds);
    case 'temporal': {
      const { Instant, PlainDateTime } = temporalParts();
      const iso = isoWriter();
      return inRange(
        zoned ? (value) => Instant.from(iso(value)) : (value) => PlainDateTime.from(iso(value).slice(0, -1)),
      );
    }
    default:
      return asDate;
  }
}

function instantText(context: ReaderContext, type: string, zoned: boolean): CellReader {
  const show = showInstant(context, zoned);
  return (block, start, end) => {
    const value = parseInstant(shortAscii(block, start, end, longest), zoned);
    if (value === undefined) throw unreadable(block, start, end, type);
    return typeof value === 'string' ? infinite(value, context.choice) : show(value);
  };
}

function instantBinary(context: ReaderContext, type: string, zoned: boolean): CellReader {
  if (context.choice === undefined) return dateBinary(type);
  const show = showInstant(context, zoned);
  return (block, start, end) => {
    if (end - start !== 8) throw wrongLength(end - start, type);
    const value = readInstant(block, start);
    return typeof value === 'string' ? infinite(value, context.choice) : show(value);
  };
}

const msTo2000 = daysTo2000 * 86_400_000;

/** The default value straight from the bytes, without an Instant in between: dates are the dearest cells of most rows. */
function dateBinary(type: string): CellReader {
  return (block, start, end) => {
    if (end - start !== 8) throw wrongLength(end - start, type);
    const high = block.view.getInt32(start);
    if (high >= -0x200000 && high < 0x200000) {
      const value = high * 0x1_0000_0000 + block.view.getUint32(start + 4);
      const whole = Math.floor(value / 1000);
      const below = value - whole * 1000;
      return below === 0 ? new Date(whole + msTo2000) : new Timestamp(whole + msTo2000, below);
    }
    const value = readInstant(block, start);
    return typeof value === 'string' ? infinite(value, undefined) : asDate(value);
  };
}

// Writer

/**
 * `YYYY-MM-DD HH:MM:SS.ffffff+00[ BC]`: TIMESTAMP, TIMESTAMPTZ and DATE all read it as UTC, whatever the session's zone.
 * Undefined for an invalid date.
 */
export function writeInstant(date: Date): string | undefined {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) return undefined;
  const day = Math.floor(milliseconds / 86_400_000);
  const ofDay = milliseconds - day * 86_400_000;
  const { text, era } = dateText(day - daysTo2000);
  const seconds = Math.floor(ofDay / 1000);
  const below = date instanceof Timestamp ? date.microseconds : 0;
  const fraction = pad((ofDay - seconds * 1000) * 1000 + below, 6);
  return `${text} ${clockText(seconds)}.${fraction}+00${era}`;
}

// Registration

/** What TIMESTAMP, TIMESTAMPTZ and ABSTIME take; `iso` is the JSON preset's. */
const instantOptions = {
  choices: ['string', 'micros', 'temporal'],
  canonical: 'string',
  preset: 'iso',
  checkChoice: (choice: string): void => {
    if (choice === 'temporal') temporalParts();
  },
} as const;

function columnOf({ choice }: ReaderContext, zone: '' | '+00', read: CellReader): ColumnReader | undefined {
  if (choice === 'string') return instantTextColumn(zone, read);
  return choice === undefined ? instantColumn(read) : undefined;
}

export const timestamp: Codec = {
  name: 'timestamp',
  aliases: ['timestamp without time zone'],
  oid: 1114,
  arrayOid: 1115,
  ...instantOptions,
  binaryWanted: always,
  text: (context) => instantText(context, 'timestamp', false),
  binary: (context) => instantBinary(context, 'timestamp', false),
  binaryColumn: (context, read) => columnOf(context, '', read),
};

export const timestamptz: Codec = {
  name: 'timestamptz',
  aliases: ['timestamp with time zone'],
  oid: 1184,
  arrayOid: 1185,
  ...instantOptions,
  binaryWanted: always,
  text: (context) => instantText(context, 'timestamptz', true),
  binary: (context) => instantBinary(context, 'timestamptz', true),
  binaryColumn: (context, read) => columnOf(context, '+00', read),
};

/** What PostgreSQL 8.0 keeps outside of ABSTIME's range (src/include/utils/nabstime.h); seen in pg_user.valuntil. */
const abstimeInvalid = 0x7ffffffe;
const abstimeEnd = 0x7ffffffc;
const abstimeStart = -0x80000000;

function invalidAbstime(choice: string | undefined): unknown {
  if (choice === 'string' || choice === 'iso') return 'invalid';
  throw new DataError(
    "The abstime is 'invalid', which no Date can say; choose 'string' for abstime (option types)",
  );
}

export const abstime: Codec = {
  name: 'abstime',
  oid: 702,
  arrayOid: 1023,
  ...instantOptions,
  binaryWanted: (_column, server) => server.dialect === 'redshift',
  text: (context) => {
    const read = instantText(context, 'abstime', true);
    return (block, start, end) =>
      shortAscii(block, start, end, longest) === 'invalid'
        ? invalidAbstime(context.choice)
        : read(block, start, end);
  },
  binary: (context) => {
    const show = showInstant(context, true);
    return (block, start, end) => {
      if (end - start !== 4) throw wrongLength(end - start, 'abstime');
      const seconds = block.view.getInt32(start);
      if (seconds === abstimeInvalid) return invalidAbstime(context.choice);
      if (seconds === abstimeEnd) return infinite('infinity', context.choice);
      if (seconds === abstimeStart) return infinite('-infinity', context.choice);
      return show(normal(-daysTo2000, seconds * 1_000_000));
    };
  },
};
