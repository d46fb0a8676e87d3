/**
 * Values with a SQL type of the caller's choice (redshift_connector's PGText, PGVarchar, PGJson …). Each is checked when it
 * is made; `null` gives a typed NULL.
 */
import { types } from 'node:util';
import { ArgumentError } from '../errors.js';
import { writeInstant } from './instants.js';
import { Interval, writeInterval } from './interval.js';
import { writeJson } from './json.js';
import { writeNumber } from './numeric.js';
import { oids } from './oids.js';
import { checkHexSize, checkTextSize } from './sizes.js';

/** A parameter that brings its own type. Made by `typed`, never by hand. */
export class Typed {
  readonly oid: number;
  readonly format: 0 | 1;
  readonly bytes: Uint8Array | null;

  constructor(oid: number, format: 0 | 1, bytes: Uint8Array | null) {
    this.oid = oid;
    this.format = format;
    this.bytes = bytes;
    Object.freeze(this);
  }
}

type Nullable<T> = T | null | undefined;

function written(oid: number, text: string | null): Typed {
  if (text !== null) checkTextSize(text, 'The value of a typed parameter');
  return new Typed(oid, 0, text === null ? null : Buffer.from(text, 'utf8'));
}

/** A type whose values the server parses: only NUL can be wrong with them here. */
function text(oid: number, name: string): (value: Nullable<string>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return written(oid, null);
    if (typeof value !== 'string')
      throw new ArgumentError(`typed.${name} takes a string, not ${typeof value}`);
    if (value.includes('\0')) {
      throw new ArgumentError(
        `typed.${name}: the text contains a NUL character, which the server cannot store`,
      );
    }
    return written(oid, value);
  };
}

function integer(
  oid: number,
  name: string,
  bits: number,
): (value: Nullable<number | bigint | string>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return written(oid, null);
    const whole =
      typeof value === 'bigint' ||
      (typeof value === 'number' ? Number.isSafeInteger(value) : /^[-+]?\d{1,40}$/.test(value));
    if (!whole)
      throw new ArgumentError(
        `typed.${name} takes an integer: a bigint, a number within 2^53, or its digits`,
      );
    const exact = BigInt(value);
    if (BigInt.asIntN(bits, exact) !== exact)
      throw new ArgumentError(`typed.${name}: the value does not fit ${String(bits)} bits`);
    return written(oid, String(exact));
  };
}

function float(oid: number, name: string): (value: Nullable<number>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return written(oid, null);
    if (typeof value !== 'number') throw new ArgumentError(`typed.${name} takes a number`);
    if (oid === oids.real && Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw new ArgumentError(`typed.${name}: the value does not fit 32 bits`);
    return written(oid, Object.is(value, -0) ? '-0' : String(value));
  };
}

function boolean(value: Nullable<boolean>): Typed {
  if (value === null || value === undefined) return written(oids.boolean, null);
  if (typeof value !== 'boolean') throw new ArgumentError('typed.boolean takes a boolean');
  return written(oids.boolean, value ? 't' : 'f');
}

function numeric(value: Nullable<string | number | bigint>): Typed {
  if (value === null || value === undefined) return written(oids.numeric, null);
  const decimal = typeof value === 'number' ? writeNumber(value) : String(value);
  if (!/^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,4})?|NaN)$/.test(decimal)) {
    throw new ArgumentError(
      'typed.numeric takes a decimal number, as text if it has more digits than a double holds',
    );
  }
  return written(oids.numeric, decimal);
}

/** Dates are written as parameters of their own are: in UTC. */
function instant(oid: number, name: string): (value: Nullable<Date | string>) => Typed {
  const plain = text(oid, name);
  return (value) => {
    if (!types.isDate(value)) return plain(value);
    const whole = writeInstant(value);
    if (whole === undefined) throw new ArgumentError(`typed.${name}: the Date is invalid`);
    // A DATE has no time of day, a TIMESTAMP no zone.
    const [, day = '', clock = '', era = ''] = /^(\S+) (\S+)\+00(.*)$/.exec(whole) ?? [];
    if (oid === oids.date) return written(oid, day + era);
    return written(oid, oid === oids.timestamp ? `${day} ${clock}${era}` : whole);
  };
}

function json(oid: number, name: string): (value: unknown) => Typed {
  const plain = text(oid, name);
  return (value) => {
    if (value === null || value === undefined || typeof value === 'string') return plain(value);
    let found: string | undefined;
    try {
      found = writeJson(value);
    } catch (cause) {
      throw new ArgumentError(`typed.${name}: the value cannot be written as JSON`, { cause });
    }
    if (found === undefined)
      throw new ArgumentError(`typed.${name} takes JSON text or a value that JSON has`);
    return written(oid, found);
  };
}

function hex(oid: number, name: string, prefix = ''): (value: Nullable<Uint8Array | string>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return written(oid, null);
    if (typeof value !== 'string' && !types.isUint8Array(value))
      throw new ArgumentError(`typed.${name} takes a Buffer or Uint8Array, or hexadecimal text`);
    checkHexSize(typeof value === 'string' ? value.length / 2 : value.length, `The value of typed.${name}`);
    const digits = typeof value === 'string' ? value : Buffer.from(value).toString('hex');
    if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits))
      throw new ArgumentError(`typed.${name}: the text is no hexadecimal text, two digits a byte`);
    return written(oid, prefix + digits);
  };
}

function interval(value: Nullable<Interval | string>): Typed {
  if (value instanceof Interval) return written(oids.interval, writeInterval(value));
  return text(oids.interval, 'interval')(value);
}

function checkInterval(value: unknown, name: string): Interval {
  if (value instanceof Interval) return value;
  throw new ArgumentError(`typed.${name} takes an Interval`);
}

/** In binary, as its own drivers send it: int32 months. */
function intervalYearToMonth(value: Nullable<Interval>): Typed {
  if (value === null || value === undefined) return new Typed(oids.intervalYearToMonth, 1, null);
  const { months, days, microseconds } = checkInterval(value, 'intervalYearToMonth');
  if (days !== 0 || microseconds !== 0n) {
    throw new ArgumentError('typed.intervalYearToMonth takes an Interval of months only');
  }
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(months);
  return new Typed(oids.intervalYearToMonth, 1, bytes);
}

/** In binary: int64 microseconds; a day is 86,400 s. */
function intervalDayToSecond(value: Nullable<Interval>): Typed {
  if (value === null || value === undefined) return new Typed(oids.intervalDayToSecond, 1, null);
  const { months, days, microseconds } = checkInterval(value, 'intervalDayToSecond');
  const total = microseconds + BigInt(days) * 86_400_000_000n;
  if (months !== 0 || BigInt.asIntN(64, total) !== total) {
    throw new ArgumentError(
      'typed.intervalDayToSecond takes an Interval without months, of at most 64 bits of microseconds',
    );
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(total);
  return new Typed(oids.intervalDayToSecond, 1, bytes);
}

const int2 = integer(oids.smallint, 'int2', 16);
const int4 = integer(oids.integer, 'int4', 32);
const int8 = integer(oids.bigint, 'int8', 64);
const float4 = float(oids.real, 'float4');
const float8 = float(oids.double, 'float8');

/**
 * Parameters of a given SQL type, for places where the server cannot tell the type itself, or tells a wrong one. `null`
 * gives a NULL of the type. Dates are UTC. Bytes may also be given as hexadecimal text, JSON as text.
 *
 * @throws ArgumentError when the value is none of the type
 * @example
 * await cursor.execute('insert into t values (%s, %s)', [typed.varchar('x'), typed.int8(5n)]);
 */
export const typed = Object.freeze({
  boolean,
  bool: boolean,
  smallint: int2,
  int2,
  integer: int4,
  int4,
  bigint: int8,
  int8,
  real: float4,
  float4,
  double: float8,
  float8,
  numeric,
  decimal: numeric,
  char: text(oids.bpchar, 'char'),
  bpchar: text(oids.bpchar, 'bpchar'),
  varchar: text(oids.varchar, 'varchar'),
  text: text(oids.text, 'text'),
  date: instant(oids.date, 'date'),
  time: text(oids.time, 'time'),
  timetz: text(oids.timetz, 'timetz'),
  timestamp: instant(oids.timestamp, 'timestamp'),
  timestamptz: instant(oids.timestamptz, 'timestamptz'),
  interval,
  intervalYearToMonth,
  intervalDayToSecond,
  /** JSON text as SUPER's own input; for a VARCHAR that JSON_PARSE takes, pass a string. */
  super: json(oids.super, 'super'),
  json: json(oids.json, 'json'),
  varbyte: hex(oids.varbyte, 'varbyte'),
  bytea: hex(oids.bytea, 'bytea', '\\x'),
  geometry: hex(oids.geometry, 'geometry'),
  geography: hex(oids.geography, 'geography'),
  /** Any other type: its OID, and the value as the server's text form. */
  oid: (oid: number, value: Nullable<string>): Typed => {
    if (!Number.isInteger(oid) || oid < 0 || oid > 4_294_967_295)
      throw new ArgumentError('typed.oid takes an OID (0 to 4294967295) first');
    return text(oid, 'oid')(value);
  },
});
