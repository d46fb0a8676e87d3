/**
 * JavaScript values as parameters: OID, format and bytes. Strings, dates and bytes go untyped (OID 0), so that the server
 * takes the type of the place where they stand; numbers have the type of their size, never of their digits alone.
 */
import { ArgumentError } from '../errors.js';
import type { ServerTraits } from './codec.js';
import { oids } from './oids.js';
import { arrayLiteral, encodeArray, joinNumbers } from './parameter-arrays.js';
import {
  booleanBytes,
  float8Bytes,
  int4Bytes,
  int8Bytes,
  kindOf,
  textOf,
  utf8Bytes,
  type Kind,
} from './parameter-kinds.js';
import type { Typed } from './typed.js';

export interface EncodedParameter {
  readonly oid: number;
  /** 1 binary, 0 text. */
  readonly format: 0 | 1;
  /** Null is NULL. */
  readonly bytes: Uint8Array | null;
}

/**
 * @param position 1-based, for messages
 * @throws ArgumentError naming the parameter for what no parameter can be; nothing was sent then
 */
export function encodeParameter(value: unknown, server: ServerTraits, position: number): EncodedParameter {
  const kind = kindOf(value, position);
  switch (kind) {
    case 'null':
      return { oid: oids.untyped, format: 0, bytes: null };
    case 'boolean':
      return { oid: oids.boolean, format: 1, bytes: booleanBytes(value as boolean) };
    case 'int4':
      return { oid: oids.integer, format: 1, bytes: int4Bytes(value as number) };
    case 'int8':
      return { oid: oids.bigint, format: 1, bytes: int8Bytes(value as number | bigint) };
    case 'float':
      return { oid: oids.double, format: 1, bytes: float8Bytes(value as number) };
    case 'array':
      return encodeArray(value as unknown[], server, position);
    case 'typed':
      return value as Typed;
    case 'numeric':
    case 'string':
    case 'date':
    case 'bytes':
    case 'interval':
    case 'object': {
      const oid = kind === 'numeric' ? oids.numeric : kind === 'interval' ? oids.interval : oids.untyped;
      return { oid, format: 0, bytes: utf8Bytes(textOf(value, kind, server, position)) };
    }
  }
}

// A column of values (executeMany)

export interface ColumnEncoder {
  readonly oid: number;
  readonly format: 0 | 1;
  /** @throws ArgumentError for a value that the column did not hold when its type was chosen */
  encode(value: unknown): Uint8Array | null;
}

/** What a look at every value of the column found. */
interface ColumnKinds {
  /** The kind of all of them; `string` when they have nothing but their text in common, undefined for NULLs only. */
  kind: ColumnKind | undefined;
  bigint: boolean;
  /** An integer that is a number beyond 2^53. */
  unsafe: boolean;
  /** A number that is none. */
  ordinary: boolean;
  infinite: boolean;
  /** Values that bring their own type, and what they share; `single` while they share it and there is nothing else. */
  own: { readonly oid: number; readonly format: 0 | 1 } | undefined;
  single: boolean;
}

type ColumnKind = 'boolean' | 'int4' | 'int8' | 'float' | 'numeric' | 'string';

/**
 * One type for a column of values: NULL is neutral, integers widen 23, 20, 1700; a fraction makes 701, or 1700 as text
 * when the column also holds a bigint or an integer beyond 2^53; mixed kinds are untyped text. Values of `typed`, arrays
 * and intervals keep their type when all are of one.
 *
 * @param values gone over once, before anything is encoded
 * @param position 1-based, for messages
 */
export function columnEncoder(
  values: Iterable<unknown>,
  server: ServerTraits,
  position: number,
): ColumnEncoder {
  const column: ColumnKinds = {
    kind: undefined,
    bigint: false,
    unsafe: false,
    ordinary: false,
    infinite: false,
    own: undefined,
    single: true,
  };
  for (const value of values) note(column, value, server, position);
  if (column.own !== undefined && column.single) return ownTypeEncoder(column.own, server, position);
  const kind = columnKind(column, position);
  switch (kind) {
    case 'boolean':
      return binaryEncoder(oids.boolean, position, (value) =>
        typeof value === 'boolean' ? booleanBytes(value) : undefined,
      );
    case 'int4':
      return binaryEncoder(oids.integer, position, (value) =>
        typeof value === 'number' && value === (value | 0) ? int4Bytes(value) : undefined,
      );
    case 'int8':
      return binaryEncoder(oids.bigint, position, (value) =>
        Number.isSafeInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value)
          ? int8Bytes(value as number | bigint)
          : undefined,
      );
    case 'float':
      return binaryEncoder(oids.double, position, (value) =>
        typeof value === 'number' ? float8Bytes(value) : undefined,
      );
    case 'numeric':
    case 'string':
      return {
        oid: kind === 'numeric' ? oids.numeric : oids.untyped,
        format: 0,
        encode: (value) => {
          const text = columnText(value, server, position);
          return text === null ? null : utf8Bytes(text);
        },
      };
  }
}

function note(column: ColumnKinds, value: unknown, server: ServerTraits, position: number): void {
  const kind = kindOf(value, position);
  if (kind === 'null') return;
  if (kind === 'array' || kind === 'typed' || kind === 'interval') {
    const { oid, format } = encodeParameter(value, server, position);
    column.own ??= { oid, format };
    if (column.own.oid !== oid || column.own.format !== format) column.single = false;
    column.kind = 'string';
    return;
  }
  column.single = false;
  if (kind === 'float') {
    const number = value as number;
    if (Math.abs(number) === Infinity) column.infinite = true;
    // NUMERIC ends at 10^38; a larger integer is a double that happens to have no fraction.
    const unsafe = Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) < 1e38;
    if (unsafe) column.unsafe = true;
    else column.ordinary = true;
  } else column.ordinary = true;
  if (typeof value === 'bigint') column.bigint = true;
  const next = columnKinds[kind];
  column.kind =
    column.kind === undefined || column.kind === next
      ? next
      : ((joinNumbers(column.kind, next, column.bigint) as ColumnKind | undefined) ?? 'string');
}

const columnKinds: Readonly<Record<Exclude<Kind, 'null' | 'array' | 'typed' | 'interval'>, ColumnKind>> = {
  boolean: 'boolean',
  int4: 'int4',
  int8: 'int8',
  numeric: 'numeric',
  float: 'float',
  string: 'string',
  date: 'string',
  bytes: 'string',
  object: 'string',
};

function columnKind(column: ColumnKinds, position: number): ColumnKind {
  const { kind = 'string', bigint, unsafe, ordinary, infinite } = column;
  if (kind === 'numeric' && infinite) {
    throw new ArgumentError(
      `Parameter ${String(position)} holds bigints beyond a double and an infinity over its rows; no SQL type holds both`,
    );
  }
  // The order of the rows must not matter: a bigint may come after the fraction.
  const exact = bigint || (unsafe && ordinary);
  return kind === 'float' && exact && !infinite ? 'numeric' : kind;
}

function binaryEncoder(
  oid: number,
  position: number,
  bytes: (value: unknown) => Uint8Array | undefined,
): ColumnEncoder {
  return {
    oid,
    format: 1,
    encode: (value) => {
      if (value === null || value === undefined) return null;
      const found = bytes(value);
      if (found !== undefined) return found;
      throw changed(position);
    },
  };
}

function ownTypeEncoder(
  { oid, format }: { readonly oid: number; readonly format: 0 | 1 },
  server: ServerTraits,
  position: number,
): ColumnEncoder {
  return {
    oid,
    format,
    encode: (value) => {
      const encoded = encodeParameter(value, server, position);
      if (encoded.bytes === null) return null;
      if (encoded.oid !== oid || encoded.format !== format) throw changed(position);
      return encoded.bytes;
    },
  };
}

function changed(position: number): ArgumentError {
  return new ArgumentError(
    `Parameter ${String(position)} changed its type while the rows were being sent; do not change rows before the call is done`,
  );
}

/** Text of any parameter, for a column whose values have nothing else in common. */
function columnText(value: unknown, server: ServerTraits, position: number): string | null {
  const kind = kindOf(value, position);
  if (kind === 'null') return null;
  if (kind === 'array') return arrayLiteral(value as unknown[], server, position);
  if (kind !== 'typed') return textOf(value, kind, server, position);
  const { format, bytes } = value as Typed;
  if (bytes === null) return null;
  if (format === 0) return Buffer.from(bytes).toString('utf8');
  throw new ArgumentError(
    `Parameter ${String(position)} mixes an interval of typed with other values over its rows; give all rows the same kind`,
  );
}
