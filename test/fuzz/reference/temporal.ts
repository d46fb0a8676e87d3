/** DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, ABSTIME and the intervals, told a second time. */
import { Interval } from '../../../src/types/interval.js';
import { Timestamp } from '../../../src/types/timestamp.js';
import type { Random } from '../random.js';
import {
  dayNumber,
  epochDays,
  floorDivide,
  floorModulo,
  microsecondsOf,
  perDay,
  perSecond,
  printDate,
  printIso,
  printTime,
  scanDate,
  scanOffset,
  scanTime,
} from './calendar.js';
import { latin1, Scanner } from './characters.js';
import { bigEndian, signed } from './numbers.js';
import { custom, type Cell, type Reading, type Reference } from './reading.js';

const pieces = [
  '-',
  ':',
  '.',
  ' ',
  '0',
  '1',
  '9',
  ' BC',
  '+00',
  '+05:30',
  '-12:34:56',
  '24:00:00',
  '23:59:60',
  '.999999',
  '02-29',
  '9999',
  '10000',
  'infinity',
  'T',
  'Z',
  '00',
  '\u00a0',
];
const epoch = epochDays * perDay;

function infinite(sign: 1 | -1, choice: string | undefined): Reading {
  const text = sign > 0 ? 'infinity' : '-infinity';
  if (choice === 'text') return { is: custom(text) };
  return { is: choice === 'string' || choice === 'preset' ? text : sign * Infinity };
}

const infinityOf = (text: string): 1 | -1 | undefined =>
  text === 'infinity' ? 1 : text === '-infinity' ? -1 : undefined;

/** Milliseconds since 1970 that a Date holds, and the microseconds below. */
function asDate(sinceEpoch: bigint): Reading {
  const milliseconds = floorDivide(sinceEpoch, 1000n);
  const limit = 8_640_000_000_000_000n;
  if (milliseconds > limit || milliseconds < -limit) return undefined;
  const below = Number(floorModulo(sinceEpoch, 1000n));
  return { is: below === 0 ? new Date(Number(milliseconds)) : new Timestamp(Number(milliseconds), below) };
}

// DATE

const date: Reference = {
  name: 'date',
  oid: 1082,
  choices: [undefined, 'date', 'string', 'preset', 'text'],
  pieces,
  random: (random, { format }) => {
    const day = randomDay(random);
    if (format === 1) return bigEndian(day, 4);
    if (random.oneIn(20)) return Buffer.from(random.pick(['infinity', '-infinity']));
    const printed = printDate(day);
    return Buffer.from(printed.date + printed.era);
  },
  read: ({ format, bytes, choice }) => {
    let day: bigint | undefined;
    if (format === 1) {
      if (bytes.length !== 4) return undefined;
      day = signed(bytes);
      if (day === 2n ** 31n - 1n) return infinite(1, choice);
      if (day === -(2n ** 31n)) return infinite(-1, choice);
    } else {
      const text = latin1(bytes);
      const endless = infinityOf(text);
      if (endless !== undefined) return infinite(endless, choice);
      const scan = new Scanner(text);
      const found = scanDate(scan);
      const before = scan.take(' BC');
      if (found === undefined || !scan.done()) return undefined;
      day = dayNumber(before ? 1n - found.year : found.year, found.month, found.day);
    }
    if (day === undefined) return undefined;
    if (choice === 'date') return asDate((day + epochDays) * perDay);
    const printed = printDate(day);
    return { is: choice === 'text' ? custom(printed.date + printed.era) : printed.date + printed.era };
  },
};

/** Mostly of our time, sometimes of any that four bytes can say. */
function randomDay(random: Random): bigint {
  switch (random.below(4)) {
    case 0:
      return random.integer(32);
    case 1:
      // Ends of months and years, and the beginning of the era.
      return BigInt(
        random.pick([-730_486, -730_121, 59, 60, 365, 366, -1, 0, 36_583, 2_921_939]) + random.between(-1, 1),
      );
    default:
      return BigInt(random.between(-800_000, 3_000_000));
  }
}

// TIME and TIMETZ

const isTime = (microseconds: bigint): boolean => microseconds >= 0n && microseconds <= perDay;

const shown = (text: string, choice: string | undefined): Reading => ({
  is: choice === 'text' ? custom(text) : text,
});

const time: Reference = {
  name: 'time',
  oid: 1083,
  choices: [undefined, 'string', 'preset', 'text'],
  pieces,
  random: (random, { format }) => {
    const microseconds = randomTime(random);
    return format === 1 ? bigEndian(microseconds, 8) : Buffer.from(printTime(microseconds, random.oneIn(3)));
  },
  read: ({ format, bytes, choice }) => {
    let microseconds: bigint | undefined;
    if (format === 1) microseconds = bytes.length === 8 ? signed(bytes) : undefined;
    else {
      const scan = new Scanner(latin1(bytes));
      microseconds = scanTime(scan);
      if (!scan.done()) return undefined;
    }
    return microseconds === undefined || !isTime(microseconds)
      ? undefined
      : shown(printTime(microseconds), choice);
  },
};

function randomTime(random: Random): bigint {
  if (random.oneIn(4))
    return BigInt(random.pick([0, 1, 86_399_999_999, 86_400_000_000, 59_999_999, 60_000_000]));
  const seconds = BigInt(random.below(86_400)) * perSecond;
  return (
    seconds +
    (random.oneIn(2) ? 0n : BigInt(random.pick([random.below(1_000_000), random.below(1000) * 1000])))
  );
}

const timetz: Reference = {
  name: 'timetz',
  oid: 1266,
  choices: [undefined, 'string', 'preset', 'text'],
  pieces,
  random: (random, { format }) => {
    const microseconds = randomTime(random);
    const zone = random.oneIn(2) ? 0n : BigInt(random.between(-57_599, 57_599));
    if (format === 1) return Buffer.concat([bigEndian(microseconds, 8), bigEndian(zone, 4)]);
    return Buffer.from(printTime(microseconds) + randomOffset(random));
  },
  read: ({ format, bytes, choice }) => {
    let microseconds: bigint | undefined;
    let west: bigint | undefined;
    if (format === 1) {
      if (bytes.length !== 12) return undefined;
      microseconds = signed(bytes.subarray(0, 8));
      west = signed(bytes.subarray(8));
    } else {
      const scan = new Scanner(latin1(bytes));
      microseconds = scanTime(scan);
      const east = microseconds === undefined ? undefined : scanOffset(scan);
      west = east === undefined || !scan.done() ? undefined : -east;
    }
    if (microseconds === undefined || west === undefined || !isTime(microseconds)) return undefined;
    return shown(`${printTime(floorModulo(microseconds + west * perSecond, perDay))}+00`, choice);
  },
};

function randomOffset(random: Random): string {
  const sign = random.pick(['+', '-']);
  return sign + random.pick(['00', '05:30', '14', '15:59:59', '12:45', '08', '00:00:28']);
}

// Timestamps

function instant(name: string, oid: number, zoned: boolean): Reference {
  const show = (since2000: bigint, choice: string | undefined): Reading => {
    const sinceEpoch = since2000 + epoch;
    if (choice === undefined) return asDate(sinceEpoch);
    if (choice === 'micros') return { is: sinceEpoch };
    if (choice === 'preset') return { is: printIso(since2000) };
    const printed = printDate(floorDivide(since2000, perDay));
    return shown(
      `${printed.date} ${printTime(floorModulo(since2000, perDay))}${zoned ? '+00' : ''}${printed.era}`,
      choice,
    );
  };
  return {
    name,
    oid,
    choices: [undefined, 'string', 'micros', 'preset', 'text'],
    pieces: [...pieces, 'invalid'],
    random: (random, { format }) => {
      if (oid === 702) return randomAbstime(random, format);
      const microseconds = random.oneIn(5)
        ? random.integer(64)
        : randomDay(random) * perDay + randomTime(random);
      if (format === 1) return bigEndian(microseconds, 8);
      // A day's number beyond seven digits of years is written by no server.
      return Buffer.from(
        random.oneIn(20) ? random.pick(['infinity', '-infinity']) : printInstant(random, microseconds, zoned),
      );
    },
    read: ({ format, bytes, choice }) => {
      if (format === 0) return readInstantText(latin1(bytes));
      if (oid === 702) {
        if (bytes.length !== 4) return undefined;
        const seconds = signed(bytes);
        if (seconds === 0x7ffffffen) return invalid(choice);
        if (seconds === 0x7ffffffcn) return infinite(1, choice);
        if (seconds === -0x80000000n) return infinite(-1, choice);
        return show(seconds * perSecond - epoch, choice);
      }
      if (bytes.length !== 8) return undefined;
      const value = signed(bytes);
      if (value === 2n ** 63n - 1n) return infinite(1, choice);
      if (value === -(2n ** 63n)) return infinite(-1, choice);
      return show(value, choice);

      function readInstantText(text: string): Reading {
        const endless = infinityOf(text);
        if (endless !== undefined) return infinite(endless, choice);
        if (oid === 702 && text === 'invalid') return invalid(choice);
        const scan = new Scanner(text);
        const found = scanDate(scan);
        if (found === undefined || !scan.take(' ')) return undefined;
        const ofDay = scanTime(scan);
        const east = ofDay !== undefined && zoned ? scanOffset(scan) : 0n;
        const before = scan.take(' BC');
        if (ofDay === undefined || east === undefined || !scan.done()) return undefined;
        const day = dayNumber(before ? 1n - found.year : found.year, found.month, found.day);
        return day === undefined ? undefined : show(day * perDay + ofDay - east * perSecond, choice);
      }
    },
  };
}

const invalid = (choice: string | undefined): Reading =>
  choice === 'text'
    ? { is: custom('invalid') }
    : choice === 'string' || choice === 'preset'
      ? { is: 'invalid' }
      : undefined;

function printInstant(random: Random, microseconds: bigint, zoned: boolean): string {
  const printed = printDate(floorDivide(microseconds, perDay));
  return `${printed.date} ${printTime(floorModulo(microseconds, perDay), random.oneIn(3))}${zoned ? randomOffset(random) : ''}${printed.era}`;
}

function randomAbstime(random: Random, format: 0 | 1): Buffer {
  if (format === 1)
    return bigEndian(
      random.oneIn(5) ? BigInt(random.pick([0x7ffffffe, 0x7ffffffc, -0x80000000])) : random.integer(32),
      4,
    );
  return Buffer.from(
    random.oneIn(8) ? 'invalid' : printInstant(random, random.integer(32) * perSecond - epoch, true),
  );
}

// Intervals

interface Span {
  readonly months: bigint;
  readonly days: bigint;
  readonly microseconds: bigint;
}

/** Characters that count as blank between the parts. */
const blank = (character: string): boolean => character !== '' && character.trim() === '';

const units: readonly (readonly [readonly string[], keyof Span, bigint])[] = [
  [['year', 'years'], 'months', 12n],
  [['mon', 'mons', 'month', 'months'], 'months', 1n],
  [['day', 'days'], 'days', 1n],
  [['hour', 'hours'], 'microseconds', 3600n * perSecond],
  [['min', 'mins', 'minute', 'minutes'], 'microseconds', 60n * perSecond],
  [['sec', 'secs', 'second', 'seconds'], 'microseconds', perSecond],
];

function readSpan(text: string): Span | undefined {
  let written = text;
  let turned = 1n;
  if (written.startsWith('@') && blank(written.charAt(1))) {
    written = written.slice(1);
    if (written.endsWith('ago') && blank(written.charAt(written.length - 4)) && written.length > 4) {
      written = written.slice(0, -4);
      turned = -1n;
    }
  }
  const sums = { months: 0n, days: 0n, microseconds: 0n };
  const scan = new Scanner(written);
  if (scan.done()) return undefined;
  while (!scan.done()) {
    while (blank(scan.next)) scan.at++;
    const sign = scan.sign() * turned;
    const whole = scan.digits(1, 20);
    if (whole === undefined) return undefined;
    if (scan.next === ':') {
      const clock = readClock(scan, BigInt(whole));
      if (clock === undefined) return undefined;
      sums.microseconds += sign * clock;
    } else {
      const fraction = scan.take('.') ? scan.digits(1, 6) : '';
      if (fraction === undefined) return undefined;
      while (blank(scan.next)) scan.at++;
      let word = '';
      while (scan.next >= 'a' && scan.next <= 'z') word += scan.text.charAt(scan.at++);
      const [names, part, size] = units.find(([all]) => all.includes(word)) ?? [];
      if (names === undefined || part === undefined || size === undefined) return undefined;
      // Only a second is ever written with a fraction.
      if (fraction !== '' && word !== 'sec' && !word.startsWith('sec')) return undefined;
      sums[part] += sign * (BigInt(whole) * size + microsecondsOf(fraction));
    }
    if (!scan.done() && !blank(scan.next)) return undefined;
  }
  return sums;
}

function readClock(scan: Scanner, hours: bigint): bigint | undefined {
  const minutes = scan.take(':') ? scan.digits(2, 2) : undefined;
  let seconds: string | undefined = '00';
  let fraction: string | undefined = '';
  if (minutes !== undefined && scan.take(':')) {
    seconds = scan.digits(2, 2);
    if (seconds !== undefined && scan.take('.')) fraction = scan.digits(1, 6);
  }
  if (minutes === undefined || seconds === undefined || fraction === undefined) return undefined;
  if (BigInt(minutes) > 59n || BigInt(seconds) > 60n) return undefined;
  return (hours * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * perSecond + microsecondsOf(fraction);
}

/** ISO 8601, each part with its own sign. */
export function printSpan({ months, days, microseconds }: Span): string {
  const part = (value: bigint, unit: string): string => (value === 0n ? '' : `${value.toString()}${unit}`);
  const seconds = microseconds / perSecond;
  const rest = microseconds % perSecond;
  const size = (rest < 0n ? -rest : rest).toString().padStart(6, '0');
  let fraction = rest === 0n ? '' : `.${size}`;
  while (fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  const last = seconds % 60n;
  const secondsText =
    last === 0n && fraction === ''
      ? ''
      : `${microseconds < 0n && last === 0n ? '-' : ''}${last.toString()}${fraction}S`;
  const dates = part(months / 12n, 'Y') + part(months % 12n, 'M') + part(days, 'D');
  const times = part(seconds / 3600n, 'H') + part((seconds / 60n) % 60n, 'M') + secondsText;
  if (dates + times === '') return 'PT0S';
  return `P${dates}${times === '' ? '' : `T${times}`}`;
}

function interval(name: string, oid: number, parts: readonly (keyof Span)[]): Reference {
  const fold = (cell: Cell, span: Span): Span =>
    cell.dialect === 'redshift' || oid !== 1186
      ? { months: span.months, days: 0n, microseconds: span.microseconds + span.days * perDay }
      : span;
  return {
    name,
    oid,
    choices: [undefined, 'string', 'preset', 'text'],
    pieces: [
      ...pieces,
      '@ ',
      ' ago',
      '1 year',
      ' 2 mons',
      ' -3 days',
      ' 4 hours',
      ' 5 mins',
      ' 6.5 secs',
      '-',
      '+',
      '04:05:06.7',
      '\t',
      '\u00a0',
      ' months',
      's',
    ],
    random: (random, { format, dialect }) => {
      const span = {
        months: parts.includes('months') ? random.integer(32) : 0n,
        days: parts.includes('days') ? random.integer(random.pick([8, 32])) : 0n,
        microseconds: parts.includes('microseconds') ? random.integer(random.pick([32, 44, 64])) : 0n,
      };
      if (format === 0) return Buffer.from(writeSpan(random, span));
      if (oid === 1188) return bigEndian(span.months, 4);
      if (oid === 1190) return bigEndian(span.microseconds, 8);
      const long = dialect === 'postgresql' || random.oneIn(3);
      return Buffer.concat([
        bigEndian(span.microseconds, 8),
        ...(long ? [bigEndian(span.days, 4)] : []),
        bigEndian(span.months, 4),
      ]);
    },
    read: (cell) => {
      const { format, bytes, choice } = cell;
      let span: Span | undefined;
      if (format === 0) {
        if (bytes.length > 300) return undefined;
        const text = latin1(bytes);
        const endless = oid === 1186 ? infinityOf(text) : undefined;
        if (endless !== undefined) return endlessSpan(endless, choice);
        span = readSpan(text);
        if (span !== undefined && oid === 1188 && (span.days !== 0n || span.microseconds !== 0n))
          return undefined;
        if (span !== undefined && oid === 1190 && span.months !== 0n) return undefined;
      } else {
        span = spanBytes(oid, bytes);
        if (oid === 1186 && bytes.length === 16) {
          if (bytes.every((byte, index) => byte === (index % 4 === 0 && index !== 4 ? 0x7f : 0xff)))
            return endlessSpan(1, choice);
          if (bytes.every((byte, index) => byte === (index % 4 === 0 && index !== 4 ? 0x80 : 0)))
            return endlessSpan(-1, choice);
        }
      }
      if (span === undefined) return undefined;
      const { months, days, microseconds } = fold(cell, span);
      if (
        BigInt.asIntN(32, months) !== months ||
        BigInt.asIntN(32, days) !== days ||
        BigInt.asIntN(64, microseconds) !== microseconds
      )
        return undefined;
      if (choice !== undefined) return shown(printSpan({ months, days, microseconds }), choice);
      return { is: new Interval({ months: Number(months), days: Number(days), microseconds }) };
    },
  };
}

/** PostgreSQL 17 has endless ones; the preset keeps them text. */
function endlessSpan(sign: 1 | -1, choice: string | undefined): Reading {
  return infinite(sign, choice);
}

function spanBytes(oid: number, bytes: Uint8Array): Span | undefined {
  const part = (from: number, to: number): bigint => signed(bytes.subarray(from, to));
  if (oid === 1188)
    return bytes.length === 4 ? { months: part(0, 4), days: 0n, microseconds: 0n } : undefined;
  if (oid === 1190)
    return bytes.length === 8 ? { months: 0n, days: 0n, microseconds: part(0, 8) } : undefined;
  if (bytes.length === 12) return { months: part(8, 12), days: 0n, microseconds: part(0, 8) };
  if (bytes.length === 16) return { months: part(12, 16), days: part(8, 12), microseconds: part(0, 8) };
  return undefined;
}

/** As one of the servers writes it. */
function writeSpan(random: Random, { months, days, microseconds }: Span): string {
  const seconds = microseconds / perSecond;
  const rest = microseconds % perSecond;
  const size = (rest < 0n ? -rest : rest).toString().padStart(6, '0');
  if (random.oneIn(2)) {
    const sign = microseconds < 0n ? '-' : '';
    const whole = seconds < 0n ? -seconds : seconds;
    const clock = `${sign}${(whole / 3600n).toString().padStart(2, '0')}:${((whole / 60n) % 60n).toString().padStart(2, '0')}:${(whole % 60n).toString().padStart(2, '0')}.${size}`;
    const dates = [
      months / 12n === 0n ? '' : `${(months / 12n).toString()} years`,
      months % 12n === 0n ? '' : `${(months % 12n).toString()} mons`,
      days === 0n ? '' : `${days.toString()} days`,
    ];
    return [...dates, microseconds === 0n && random.oneIn(2) && dates.join('') !== '' ? '' : clock]
      .filter((part) => part !== '')
      .join(' ');
  }
  const sign = microseconds < 0n && seconds % 60n === 0n ? '-' : '';
  const text = `${(months / 12n).toString()} years ${(months % 12n).toString()} mons ${days.toString()} days ${(seconds / 3600n).toString()} hours ${((seconds / 60n) % 60n).toString()} mins ${sign}${(seconds % 60n).toString()}.${size} secs`;
  return random.oneIn(4) ? `@ ${text}${random.oneIn(2) ? ' ago' : ''}` : text;
}

export const temporalReferences: readonly Reference[] = [
  date,
  time,
  timetz,
  instant('timestamp', 1114, false),
  instant('timestamptz', 1184, true),
  instant('abstime', 702, true),
  interval('interval', 1186, ['months', 'days', 'microseconds']),
  interval('interval year to month', 1188, ['months']),
  interval('interval day to second', 1190, ['microseconds']),
];
