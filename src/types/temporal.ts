/** DATE, TIME and TIMETZ. Days and microseconds are exact over the whole range; nothing is read in the process's time zone. */
import { DataError } from '../errors.js';
import {
  civilDay,
  dateText,
  daysTo2000,
  microsecondsOfTime,
  microsecondsPerDay,
  offsetSeconds,
  timeText,
} from './calendar.js';
import {
  always,
  fromVersion2,
  shortAscii,
  unreadable,
  wrongLength,
  type Block,
  type Codec,
} from './codec.js';
import { dateColumn } from './temporal-columns.js';

/** No date or time is longer than this many characters. */
export const longest = 64;

/** Ends of time as the server writes them. */
export type Infinite = 'infinity' | '-infinity';

/** The numbers, or the text where the choice is a text. */
export function infinite(text: Infinite, choice: string | undefined): unknown {
  if (choice === 'string' || choice === 'iso') return text;
  return text === 'infinity' ? Infinity : -Infinity;
}

/** The error of a value that the server holds and a Date does not. */
export function beyondDate(details: { readonly cause?: unknown } = {}): DataError {
  return new DataError(
    "The value is beyond what a JavaScript Date holds; choose 'string' for this type (option types)",
    details,
  );
}

// DATE

function parseDate(text: string): number | undefined {
  const found = /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/.exec(text);
  if (found === null) return undefined;
  return civilDay(Number(found[1]), Number(found[2]), Number(found[3]), found[4] !== undefined);
}

function showDate(choice: string | undefined): (day: number) => unknown {
  if (choice === 'date') {
    return (day) => {
      const date = new Date((day + daysTo2000) * 86_400_000);
      if (Number.isNaN(date.getTime())) throw beyondDate();
      return date;
    };
  }
  if (choice === 'days') return (day) => day + daysTo2000;
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

export const date: Codec = {
  name: 'date',
  oid: 1082,
  arrayOid: 1182,
  choices: ['date', 'string'],
  canonical: 'string',
  preset: 'string',
  binaryWanted: fromVersion2,
  text: ({ choice }) => {
    const show = showDate(choice);
    return (block, start, end) => {
      const text = shortAscii(block, start, end, longest);
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
  binaryColumn: ({ choice }, read) => (choice === 'date' ? undefined : dateColumn(read)),
};

// TIME and TIMETZ

/** int64 microseconds since midnight. */
function readTime(block: Block, start: number, type: string): number {
  const high = block.view.getInt32(start);
  const value = high * 0x1_0000_0000 + block.view.getUint32(start + 4);
  if (value < 0 || value > microsecondsPerDay)
    throw new DataError(`Cannot read a ${type} outside of 00:00:00 to 24:00:00`);
  return value;
}

function showTime(choice: string | undefined): (microseconds: number) => unknown {
  return choice === 'micros' ? (microseconds) => microseconds : timeText;
}

export const time: Codec = {
  name: 'time',
  oid: 1083,
  arrayOid: 1183,
  choices: ['string'],
  binaryWanted: fromVersion2,
  text: ({ choice }) => {
    const show = showTime(choice);
    return (block, start, end) => {
      const found = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(shortAscii(block, start, end, longest));
      const value = found === null ? NaN : microsecondsOfTime(found[1]!, found[2]!, found[3]!, found[4]);
      if (Number.isNaN(value)) throw unreadable(block, start, end, 'time');
      return show(value);
    };
  },
  binary: ({ choice }) => {
    const show = showTime(choice);
    return (block, start, end) => {
      if (end - start !== 8) throw wrongLength(end - start, 'time');
      return show(readTime(block, start, 'time'));
    };
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
      shortAscii(block, start, end, longest),
    );
    if (found === null) throw unreadable(block, start, end, 'timetz');
    const value = microsecondsOfTime(found[1]!, found[2]!, found[3]!, found[4]);
    const offset = offsetSeconds(found[5]!);
    if (Number.isNaN(value + offset)) throw unreadable(block, start, end, 'timetz');
    return utcTime(value, -offset);
  },
  // The zone's sign is PostgreSQL's: seconds west of UTC.
  binary: () => (block, start, end) => {
    if (end - start !== 12) throw wrongLength(end - start, 'timetz');
    return utcTime(readTime(block, start, 'timetz'), block.view.getInt32(start + 8));
  },
};
