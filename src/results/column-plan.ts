/**
 * What each column of a result becomes: the type of its field, the lane that decodes it, and the reader for cells that no
 * lane takes. Decided once a result, from type, modifier, wire format, the choices in `types` and the server.
 */
import type { Lane, NumericForm } from '../kernel/lanes.js';
import {
  utf8,
  type CellReader,
  type ColumnType,
  type ReaderContext,
  type ServerTraits,
} from '../types/codec.js';
import { writeJson } from '../types/json.js';
import { numericModifier } from '../types/numeric.js';
import { oids } from '../types/oids.js';
import { TypeRegistry } from '../types/registry.js';
import type { DataType, Field } from './schema.js';

export interface ColumnPlan {
  readonly field: Field;
  readonly typeName: string;
  /** `skip`: all cells go through `read`. */
  readonly lane: Lane;
  /**
   * A cell as what `field` stores: bool boolean; int64 and timestamp bigint; date32 days since 1970 and time64 microseconds,
   * numbers; decimal128 decimal text; interval Interval; utf8 string; binary Buffer. Also what has no place in the column
   * (infinities, NaN).
   */
  readonly read: CellReader;
}

/** @param formats 1 where binary */
export function planColumns(
  columns: readonly (ColumnType & { readonly name: string })[],
  formats: ArrayLike<number>,
  types: TypeRegistry,
  server: ServerTraits,
): ColumnPlan[] {
  return columns.map((column, index) => plan(column, formats[index] === 1, types, server));
}

/** A type, the choice whose reader gives what it stores, and the lane of its binary form. */
interface Target {
  readonly type: DataType;
  readonly choice?: string | undefined;
  readonly binary?: Lane | undefined;
  /** The lane of its text form, where that is not its characters. */
  readonly text?: Lane | undefined;
}

function plan(
  column: ColumnType & { readonly name: string },
  binary: boolean,
  types: TypeRegistry,
  server: ServerTraits,
): ColumnPlan {
  const { typeOid } = column;
  const chosen = types.choice(typeOid);
  // A function makes values for rows; a column has the type's own form, as if nothing was chosen.
  const target = targetOf(column, typeof chosen === 'function' ? undefined : chosen, server);
  const field = { name: column.name, type: target.type, nullable: true };
  const typeName = types.typeName(typeOid);
  const codec = types.codec(typeOid);
  const context: ReaderContext = { column, server, choice: target.choice };
  if (codec.name.endsWith('[]') || vectors.has(typeOid)) {
    return { field, typeName, lane: { kind: 'skip' }, read: arrayReader(context, binary) };
  }
  const read = binary ? codec.binary(context) : codec.text(context);
  // Where the reader only takes the bytes for text, the column takes the bytes.
  const lane = read === utf8 ? texts : binary ? target.binary : target.text;
  return { field, typeName, lane: lane ?? { kind: 'skip' }, read };
}

const texts: Lane = { kind: 'utf8' };
const vectors: ReadonlySet<number> = new Set([oids.int2vector, oids.oidvector]);

/** Arrays are JSON text, with the values that rows have; integers beyond 2^53 keep their digits. */
function arrayReader(context: ReaderContext, binary: boolean): CellReader {
  const { column, server } = context;
  const read = jsonValues.readers([column], [binary ? 1 : 0], server)[0]!;
  return (block, start, end) => writeJson(read(block, start, end)) ?? 'null';
}

const jsonValues = TypeRegistry.defaults.with('json').with({ bigint: 'default' });

function targetOf(column: ColumnType, choice: string | undefined, server: ServerTraits): Target {
  switch (column.typeOid) {
    case oids.boolean:
      return { type: { kind: 'bool' }, binary: { kind: 'bool' } };
    case oids.smallint:
      return { type: { kind: 'int16' }, binary: { kind: 'int16' } };
    case oids.integer:
      return { type: { kind: 'int32' }, binary: { kind: 'int32' } };
    case oids.bigint:
      if (choice === 'string') return text(choice);
      if (choice === 'number') {
        return { type: { kind: 'float64' }, choice, binary: { kind: 'int64AsFloat64' } };
      }
      return { type: { kind: 'int64' }, binary: { kind: 'int64' } };
    case oids.oid:
    case cid:
      return { type: { kind: 'uint32' }, binary: { kind: 'uint32' } };
    case xid:
      return { type: { kind: 'int64' } };
    // The choice 'json' of floats is about JSON.stringify: a column has NaN and infinities.
    case oids.real:
      return { type: { kind: 'float32' }, binary: { kind: 'float32' } };
    case oids.double:
      return { type: { kind: 'float64' }, binary: { kind: 'float64' } };
    case oids.numeric:
      return numeric(column, choice, server);
    case oids.date:
      if (choice === 'string') return text(choice);
      return { type: { kind: 'date32' }, choice: 'days', binary: { kind: 'date32' } };
    case oids.time:
      if (choice === 'string') return text(choice);
      return { type: { kind: 'time64' }, choice: 'micros', binary: { kind: 'time64' } };
    case oids.timestamp:
    case oids.timestamptz:
    case oids.abstime:
      return timestamp(column.typeOid, choice);
    case oids.interval:
    case oids.intervalYearToMonth:
    case oids.intervalDayToSecond:
      return interval(column.typeOid, choice, server);
    case oids.varbyte:
    case oids.bytea:
      if (choice === 'hex') return text(choice);
      return { type: { kind: 'binary' }, binary: { kind: 'binary' } };
    case oids.super:
    case oids.json:
      // Whatever rows make of it, a column holds the JSON itself.
      return text('string');
    default:
      if (choice === 'buffer') return { type: { kind: 'binary' }, choice, binary: { kind: 'binary' } };
      return text(choice);
  }
}

const xid = 28;
const cid = 29;

function text(choice: string | undefined): Target {
  return { type: { kind: 'utf8' }, choice };
}

function numeric({ typeModifier }: ColumnType, choice: string | undefined, server: ServerTraits): Target {
  const written = { ...text(undefined), text: { kind: 'numericText' } } as const;
  if (choice === 'string') return written;
  const modifier = numericModifier(typeModifier);
  const form: NumericForm = server.dialect === 'redshift' ? 'redshift' : 'postgresql';
  if (choice === 'number') {
    const lane = (of: NumericForm): Lane => ({
      kind: 'numericAsFloat64',
      form: of,
      scale: Math.min(modifier?.scale ?? 0, 38),
    });
    return { type: { kind: 'float64' }, choice, binary: lane(form), text: lane('text') };
  }
  // Without a modifier any scale may come, and a later batch could not be what the first one was: text loses nothing.
  if (modifier === null || modifier.precision > 38 || modifier.scale > 38) return written;
  const { scale } = modifier;
  const lane = (of: NumericForm): Lane => ({ kind: 'decimal128', form: of, scale });
  return {
    type: { kind: 'decimal128', precision: Math.max(modifier.precision, scale, 1), scale },
    binary: lane(form),
    text: lane('text'),
  };
}

function timestamp(oid: number, choice: string | undefined): Target {
  if (choice === 'string' || choice === 'iso') return text(choice);
  return {
    type: oid === oids.timestamp ? { kind: 'timestamp' } : { kind: 'timestamp', timezone: 'UTC' },
    choice: 'micros',
    binary: oid === oids.abstime ? undefined : { kind: 'timestamp' },
  };
}

function interval(oid: number, choice: string | undefined, server: ServerTraits): Target {
  if (choice === 'string') return text(choice);
  const form =
    oid === oids.intervalYearToMonth
      ? 'months'
      : oid === oids.intervalDayToSecond
        ? 'microseconds'
        : server.dialect;
  return { type: { kind: 'interval' }, binary: { kind: 'interval', form } };
}
