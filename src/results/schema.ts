/**
 * What a column of a DataFrame is: its name, its type, whether it may hold NULL. Plain values, checked when they are made
 * by users; how the values lie in memory is written at each kind, and is Arrow's layout wherever Arrow has one.
 */
import { ArgumentError } from '../errors.js';

/** Types without parameters. */
export type SimpleKind =
  /** Bits, least significant first. */
  | 'bool'
  | 'int16'
  | 'int32'
  /** Values are bigint, in a BigInt64Array. */
  | 'int64'
  | 'uint32'
  | 'float32'
  | 'float64'
  /** UTF-8 bytes with 32-bit offsets. */
  | 'utf8'
  /** Bytes with 32-bit offsets. */
  | 'binary'
  /** Days since 1970-01-01; both ends of int32 are the infinities. */
  | 'date32'
  /** Microseconds since midnight, up to 24:00:00. */
  | 'time64'
  /** Microseconds since 1970-01-01 (of UTC, when it is timestamptz); both ends of int64 are the infinities. */
  | 'timestamp'
  /** 16 bytes: int32 months, int32 days, int64 microseconds. Arrow counts nanoseconds there, which end at 292 years. */
  | 'interval'
  /** Text, each different one once: int32 indices into a utf8 column. */
  | 'dictionary'
  /** JavaScript values for which Arrow has no layout that would keep them: server arrays, values of a custom reader. */
  | 'object';

/** The type of a column. */
export type DataType =
  | { readonly kind: Exclude<SimpleKind, 'timestamp'> }
  /** `timezone: 'UTC'` for TIMESTAMPTZ, absent for TIMESTAMP. */
  | { readonly kind: 'timestamp'; readonly timezone?: 'UTC' | undefined }
  /** The value times 10^scale as a 128-bit two's complement integer, little endian. */
  | { readonly kind: 'decimal128'; readonly precision: number; readonly scale: number };

export type DataKind = DataType['kind'];

/** A column's description. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
}

/** The columns of a DataFrame, in order. Names may repeat, as they may in SQL. */
export interface Schema {
  readonly fields: readonly Field[];
}

/** How a type is called: `int64`, `decimal(18, 4)`, `timestamp UTC`. */
export function typeText(type: DataType): string {
  switch (type.kind) {
    case 'decimal128':
      return `decimal(${String(type.precision)}, ${String(type.scale)})`;
    case 'timestamp':
      return type.timezone === undefined ? 'timestamp' : `timestamp ${type.timezone}`;
    default:
      return type.kind;
  }
}

const simpleKinds: ReadonlySet<string> = new Set<SimpleKind>([
  'bool',
  'int16',
  'int32',
  'int64',
  'uint32',
  'float32',
  'float64',
  'utf8',
  'binary',
  'date32',
  'time64',
  'timestamp',
  'interval',
  'dictionary',
  'object',
]);

/**
 * A type as users give it: a kind by its name, or the whole type.
 *
 * @throws ArgumentError naming the column and what it takes
 */
export function checkedType(given: unknown, column: string): DataType {
  const type = (typeof given === 'string' ? { kind: given } : given) as Record<string, unknown> | null;
  const kind = typeof type === 'object' && type !== null ? type['kind'] : undefined;
  if (kind === 'decimal128') {
    const { precision, scale } = type as { precision?: unknown; scale?: unknown };
    if (isCount(precision, 1, 38) && isCount(scale, 0, precision)) return { kind, precision, scale };
    throw new ArgumentError(
      `Column ${JSON.stringify(column)}: decimal128 takes a precision of 1 to 38 and a scale of 0 to the precision`,
    );
  }
  if (typeof kind !== 'string' || !simpleKinds.has(kind)) {
    throw new ArgumentError(
      `Column ${JSON.stringify(column)}: the type must be one of ${[...simpleKinds].join(', ')}, or { kind: 'decimal128', precision, scale }`,
    );
  }
  if (kind !== 'timestamp') return { kind: kind as Exclude<SimpleKind, 'timestamp'> };
  const { timezone } = type as { timezone?: unknown };
  if (timezone === undefined) return { kind };
  if (timezone === 'UTC') return { kind, timezone };
  throw new ArgumentError(`Column ${JSON.stringify(column)}: the time zone of a timestamp can only be 'UTC'`);
}

const isCount = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
