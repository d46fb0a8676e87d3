/** DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ and ABSTIME. Microseconds are exact over the whole range, infinities included. */
import { ArgumentError, DataError } from '../errors.js';
import { dateOfDay, dateText, dayOfDate, fractionMicroseconds, isDate, pad, timeText } from './calendar.js';
import {
  always,
  ascii,
  fromVersion2,
  unreadable,
  wrongLength,
  type Block,
  type CellReader,
  type Codec,
  type ReaderContext,
} from './codec.js';
import { Timestamp } from './timestamp.js';

const microsecondsPerDay = 86_400_000_000;
/** 1970-01-01 to 2000-01-01. */
const daysTo2000 = 10_957;

type Infinite = 'infinity' | '-infinity';
/** A day since 2000-01-01 and the microseconds of it, since one double cannot hold both exactly over the whole range. */
interface Instant {
  readonly day: number;
  readonly microseconds: number;
}

// DATE

function parseDate(text: string): number | undefined {
  const found = /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/.exec(text);
  if (found === null) return undefined;
  return civilDay(Number(found[1]), Number(found[2]), Number(found[3]), found[4] !== undefined);
}

function civilDay(year: number, month: number, day: number, beforeChrist: boolean): number | undefined {
  if (year === 0) return undefined;
  const astronomical = beforeChrist ? 1 - year : year;
  return isDate(astronomical, month, day) ? dayOfDate(astronomical, month, day) : undefined;
}

function showDate(choice: string | undefined): (day: number) => unknown {
  if (choice === 'date') {
    return (day) => {
      const date = new Date((day + daysTo2000) * 86_400_000);
      if (Number.isNaN(date.getTime())) throw beyondDate();
      return date;
    };
  }
  // Neighbouring rows often carry the same day.
  let lastDay = NaN;
  let lastText = '';
  return (day) => {
    if (day !== lastDay) {
      const { text, era } = dateText(day);
      lastDay = day;
      lastText = text + era;
    }
    return lastText;
  };
}

function infinite(text: string, choice: string | undefined): unknown {
  if (choice === 'string' || choice === 'iso') return text;
  return text === 'infinity' ? Infinity : -Infinity;
}

export const date: Codec = {
  name: 'date',
  oid: 1082,
  arrayOid: 1182,
  choices: ['date', 'string', 'iso'],
  binaryWanted: fromVersion2,
  text: ({ choice }) => {
    const show = showDate(choice);
    return (block, start, end) => {
      const text = ascii(block, start, end);
      if (text === 'infinity' || text === '-infinity') return infinite(text, choice);
      const day = parseDate(text);
      if (day === undefined) throw unreadable(block, start, end, 'date');
      return show(day);
    };
  },
  binary: ({ choice }) => {
    const show = showDate(choice);
    return (block, start, end) => {
      if (end - start !== 4) throw wrongLength(end - start, 'date');
      const day = block.view.getInt32(start);
      if (day === 2_147_483_647) return infinite('infinity', choice);
      if (day === -2_147_483_648) return infinite('-infinity', choice);
      return show(day);
    };
  },
};

// TIME and TIMETZ

function microsecondsOfTime(
  hours: string,
  minutes: string,
  seconds: string,
  fraction: string | undefined,
): number {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  const total = (h * 3600 + m * 60 + s) * 1_000_000 + fractionMicroseconds(fraction);
  return m > 59 || s > 60 || total > microsecondsPerDay ? NaN : total;
}

/** Seconds east of UTC of `+HH[:MM[:SS]]`. */
function offsetSeconds(offset: string): number {
  const [hours = '0', minutes = '0', seconds = '0'] = offset.slice(1).split(':');
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return offset.startsWith('-') ? -total : total;
}

function readTime(block: Block, start: number, type: string): number {
  const high = block.view.getInt32(start);
  const value = high * 0x1_0000_0000 + block.view.getUint32(start + 4);
  if (value < 0 || value > microsecondsPerDay)
    throw new DataError(`Cannot read a ${type} outside of 00:00:00 to 24:00:00`);
  return value;
}

export const time: Codec = {
  name: 'time',
  oid: 1083,
  arrayOid: 1183,
  choices: ['string'],
  binaryWanted: fromVersion2,
  text: () => (block, start, end) => {
    const found = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(ascii(block, start, end));
    const value = found === null ? NaN : microsecondsOfTime(found[1]!, found[2]!, found[3]!, found[4]);
    if (Number.isNaN(value)) throw unreadable(block, start, end, 'time');
    return timeText(value);
  },
  binary: () => (block, start, end) => {
    if (end - start !== 8) throw wrongLength(end - start, 'time');
    return timeText(readTime(block, start, 'time'));
  },
};

function utcTime(microseconds: number, secondsWest: number): string {
  const utc = microseconds + secondsWest * 1_000_000;
  return `${timeText(((utc % microsecondsPerDay) + microsecondsPerDay) % microsecondsPerDay)}+00`;
}

export const timetz: Codec = {
  name: 'timetz',
  aliases: ['time with time zone'],
  oid: 1266,
  arrayOid: 1270,
  choices: ['string'],
  binaryWanted: always,
  text: () => (block, start, end) => {
    const found = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d){0,2})$/.exec(
      ascii(block, start, end),
    );
    const value = found === null ? NaN : microsecondsOfTime(found[1]!, found[2]!, found[3]!, found[4]);
    if (Number.isNaN(value)) throw unreadable(block, start, end, 'timetz');
    return utcTime(value, -offsetSeconds(found![5]!));
  },
  // The zone's sign is PostgreSQL's: seconds west of UTC.
  binary: () => (block, start, end) => {
    if (end - start !== 12) throw wrongLength(end - start, 'timetz');
    const value = block.view.getInt32(start) * 0x1_0000_0000 + block.view.getUint32(start + 4);
    if (value < 0 || value > microsecondsPerDay)
      throw new DataError('Cannot read a timetz outside of 00:00:00 to 24:00:00');
    return utcTime(value, block.view.getInt32(start + 8));
  },
};

// TIMESTAMP, TIMESTAMPTZ and ABSTIME

const instantForm =
  /^(\d{4,7})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-]\d\d(?::\d\d){0,2})?( BC)?$/;

function parseInstant(text: string, zoned: boolean): Instant | Infinite | undefined {
  if (text === 'infinity' || text === '-infinity') return text;
  const found = instantForm.exec(text);
  if (found === null || (found[8] !== undefined) !== zoned) return undefined;
  const day = civilDay(Number(found[1]), Number(found[2]), Number(found[3]), found[9] !== undefined);
  const microseconds = microsecondsOfTime(found[4]!, found[5]!, found[6]!, found[7]);
  if (day === undefined || Number.isNaN(microseconds)) return undefined;
  return normal(day, microseconds - (zoned ? offsetSeconds(found[8]!) * 1_000_000 : 0));
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

function beyondDate(): DataError {
  return new DataError(
    "The value is beyond what a JavaScript Date holds; choose 'string' for this type (option types)",
  );
}

function asDate({ day, microseconds }: Instant): Date {
  const whole = Math.floor(microseconds / 1000);
  const below = microseconds - whole * 1000;
  const milliseconds = (day + daysTo2000) * 86_400_000 + whole;
  if (Math.abs(milliseconds) > 8.64e15) throw beyondDate();
  return below === 0 ? new Date(milliseconds) : new Timestamp(milliseconds, below);
}

function asText({ day, microseconds }: Instant, zoned: boolean): string {
  const { text, era } = dateText(day);
  return `${text} ${timeText(microseconds)}${zoned ? '+00' : ''}${era}`;
}

function asIso({ day, microseconds }: Instant): string {
  const { year, month, day: dayOfMonth } = dateOfDay(day);
  const years = year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`;
  const [clock, fraction = ''] = timeText(microseconds).split('.');
  return `${years}-${pad(month, 2)}-${pad(dayOfMonth, 2)}T${clock ?? ''}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, '0')}Z`;
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

function showInstant({ choice }: ReaderContext, zoned: boolean): (value: Instant) => unknown {
  switch (choice) {
    case 'string':
      return (value) => asText(value, zoned);
    case 'iso':
      return asIso;
    case 'micros':
      return ({ day, microseconds }) => BigInt(day + daysTo2000) * perDay + BigInt(microseconds);
    case 'temporal': {
      const { Instant, PlainDateTime } = temporalParts();
      return zoned
        ? (value) => Instant.from(asIso(value))
        : (value) => PlainDateTime.from(asIso(value).slice(0, -1));
    }
    default:
      return asDate;
  }
}

function instantText(context: ReaderContext, type: string, zoned: boolean): CellReader {
  const show = showInstant(context, zoned);
  return (block, start, end) => {
    const value = parseInstant(ascii(block, start, end), zoned);
    if (value === undefined) throw unreadable(block, start, end, type);
    return typeof value === 'string' ? infinite(value, context.choice) : show(value);
  };
}

function instantBinary(context: ReaderContext, type: string, zoned: boolean): CellReader {
  const show = showInstant(context, zoned);
  return (block, start, end) => {
    if (end - start !== 8) throw wrongLength(end - start, type);
    const value = readInstant(block, start);
    return typeof value === 'string' ? infinite(value, context.choice) : show(value);
  };
}

const instantChoices = ['string', 'micros', 'temporal', 'iso'];

export const timestamp: Codec = {
  name: 'timestamp',
  aliases: ['timestamp without time zone'],
  oid: 1114,
  arrayOid: 1115,
  choices: instantChoices,
  binaryWanted: always,
  text: (context) => instantText(context, 'timestamp', false),
  binary: (context) => instantBinary(context, 'timestamp', false),
};

export const timestamptz: Codec = {
  name: 'timestamptz',
  aliases: ['timestamp with time zone'],
  oid: 1184,
  arrayOid: 1185,
  choices: instantChoices,
  binaryWanted: always,
  text: (context) => instantText(context, 'timestamptz', true),
  binary: (context) => instantBinary(context, 'timestamptz', true),
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
  choices: instantChoices,
  binaryWanted: (_column, server) => server.dialect === 'redshift',
  text: (context) => {
    const read = instantText(context, 'abstime', true);
    return (block, start, end) =>
      ascii(block, start, end) === 'invalid' ? invalidAbstime(context.choice) : read(block, start, end);
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
