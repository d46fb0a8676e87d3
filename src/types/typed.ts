/** Values with a SQL type of the caller's choice (redshift_connector's PGText, PGVarchar, PGJson …). */
import { ArgumentError } from '../errors.js';
import { Interval } from './interval.js';

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

function asText(oid: number, value: Nullable<string>): Typed {
  if (value === null || value === undefined) return new Typed(oid, 0, null);
  if (typeof value !== 'string') throw new ArgumentError(`typed: expected a string, got ${typeof value}`);
  if (value.includes('\0'))
    throw new ArgumentError('typed: the text contains a NUL character, which the server cannot store');
  return new Typed(oid, 0, Buffer.from(value, 'utf8'));
}

function text(oid: number): (value: Nullable<string>) => Typed {
  return (value) => asText(oid, value);
}

function integer(
  oid: number,
  name: string,
  bits: number,
): (value: Nullable<number | bigint | string>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return new Typed(oid, 0, null);
    let exact: bigint;
    try {
      exact = BigInt(value);
    } catch (cause) {
      throw new ArgumentError(`typed.${name} takes an integer`, { cause });
    }
    if (BigInt.asIntN(bits, exact) !== exact)
      throw new ArgumentError(`typed.${name}: the value does not fit ${String(bits)} bits`);
    return asText(oid, String(exact));
  };
}

function float(oid: number, name: string): (value: Nullable<number>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return new Typed(oid, 0, null);
    if (typeof value !== 'number') throw new ArgumentError(`typed.${name} takes a number`);
    return asText(oid, Object.is(value, -0) ? '-0' : String(value));
  };
}

function boolean(value: Nullable<boolean>): Typed {
  if (value === null || value === undefined) return new Typed(16, 0, null);
  if (typeof value !== 'boolean') throw new ArgumentError('typed.boolean takes a boolean');
  return asText(16, value ? 't' : 'f');
}

function numeric(value: Nullable<string | number | bigint>): Typed {
  if (value === null || value === undefined) return new Typed(1700, 0, null);
  const written = String(value);
  if (!/^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$|^NaN$/.test(written)) {
    throw new ArgumentError(
      'typed.numeric takes a decimal number, as text if it has more digits than a double holds',
    );
  }
  return asText(1700, written);
}

function json(oid: number, name: string): (value: unknown) => Typed {
  return (value) => {
    if (value === undefined) return new Typed(oid, 0, null);
    let written: string | undefined;
    try {
      written = typeof value === 'string' ? value : JSON.stringify(value);
    } catch (cause) {
      throw new ArgumentError(`typed.${name}: the value cannot be written as JSON`, { cause });
    }
    return asText(oid, value === null ? null : written);
  };
}

function hex(oid: number, name: string): (value: Nullable<Uint8Array | string>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return new Typed(oid, 0, null);
    const written = typeof value === 'string' ? value : Buffer.from(value).toString('hex');
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(written))
      throw new ArgumentError(`typed.${name} takes bytes, or their hexadecimal text`);
    return asText(oid, written);
  };
}

/** YEAR TO MONTH and DAY TO SECOND go in binary: int32 months, int64 microseconds (a day is 86,400 s). */
function interval(oid: 1188 | 1190): (value: Nullable<Interval>) => Typed {
  return (value) => {
    if (value === null || value === undefined) return new Typed(oid, 1, null);
    if (!(value instanceof Interval)) throw new ArgumentError('typed: an interval type takes an Interval');
    const bytes = Buffer.alloc(oid === 1188 ? 4 : 8);
    if (oid === 1188) {
      if (value.days !== 0 || value.microseconds !== 0n) {
        throw new ArgumentError('typed.intervalYearToMonth takes an Interval of months only');
      }
      bytes.writeInt32BE(value.months);
    } else {
      const total = value.microseconds + BigInt(value.days) * 86_400_000_000n;
      if (value.months !== 0 || BigInt.asIntN(64, total) !== total) {
        throw new ArgumentError(
          'typed.intervalDayToSecond takes an Interval without months, of at most 64 bits of microseconds',
        );
      }
      bytes.writeBigInt64BE(total);
    }
    return new Typed(oid, 1, bytes);
  };
}

const int2 = integer(21, 'int2', 16);
const int4 = integer(23, 'int4', 32);
const int8 = integer(20, 'int8', 64);
const float4 = float(700, 'float4');
const float8 = float(701, 'float8');

/**
 * Parameters of a given SQL type, for places where the server cannot tell the type itself. `null` gives a typed NULL.
 *
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
  char: text(1042),
  varchar: text(1043),
  text: text(25),
  date: text(1082),
  time: text(1083),
  timetz: text(1266),
  timestamp: text(1114),
  timestamptz: text(1184),
  interval: text(1186),
  intervalYearToMonth: interval(1188),
  intervalDayToSecond: interval(1190),
  super: json(4000, 'super'),
  json: json(114, 'json'),
  varbyte: hex(6551, 'varbyte'),
  geometry: hex(3000, 'geometry'),
  geography: hex(3001, 'geography'),
  /** Any other type: its OID, and the value as the server's text form. */
  oid: (oid: number, value: Nullable<string>): Typed => {
    if (!Number.isInteger(oid) || oid < 0 || oid > 4_294_967_295)
      throw new ArgumentError('typed.oid takes an OID (0 to 4294967295) first');
    return asText(oid, value);
  },
});
