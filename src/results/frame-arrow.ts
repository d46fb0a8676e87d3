/** A data frame as a Table of apache-arrow, over the same memory. The one file that loads that package, when it is first asked. */
import type * as Arrow from 'apache-arrow';
import { NotSupportedError } from '../errors.js';
import type { ArrowPart } from './arrow-import.js';
import { arrowBuffers, type ArrowType } from './arrow-layout.js';
import type { Column } from './column.js';
import type { ArrowTable } from './peer-types.js';

type ArrowModule = typeof Arrow;

/** @throws NotSupportedError without the package, and for a column that Arrow has no type for */
export async function arrowTable(columns: readonly Column[], numRows: number): Promise<ArrowTable> {
  const arrow = await loadArrow();
  const fields = columns.map(
    (column, index) => new arrow.Field(column.name, arrowType(arrow, column, index), column.field.nullable),
  );
  const children = columns.map((column, index) => arrowData(arrow, column, fields[index]!.type));
  const schema = new arrow.Schema(fields);
  const struct = arrow.makeData({ type: new arrow.Struct(fields), length: numRows, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, struct)]);
}

async function loadArrow(): Promise<ArrowModule> {
  try {
    return await import('apache-arrow');
  } catch (cause) {
    throw new NotSupportedError(
      "toArrow() needs the package 'apache-arrow', which could not be loaded. Install it: npm install apache-arrow",
      { cause },
    );
  }
}

function arrowType(arrow: ArrowModule, { type, name }: Column, id: number): Arrow.DataType {
  switch (type.kind) {
    case 'bool':
      return new arrow.Bool();
    case 'int16':
      return new arrow.Int16();
    case 'int32':
      return new arrow.Int32();
    case 'int64':
      return new arrow.Int64();
    case 'uint32':
      return new arrow.Uint32();
    case 'float32':
      return new arrow.Float32();
    case 'float64':
      return new arrow.Float64();
    case 'utf8':
      return new arrow.Utf8();
    case 'binary':
      return new arrow.Binary();
    case 'date32':
      return new arrow.DateDay();
    case 'time64':
      return new arrow.TimeMicrosecond();
    case 'timestamp':
      return new arrow.TimestampMicrosecond(type.timezone ?? null);
    case 'decimal128':
      return new arrow.Decimal(type.scale, type.precision, 128);
    case 'interval':
      return new (newer(arrow.IntervalMonthDayNano, name))();
    case 'dictionary':
      return new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), id, false);
    case 'object':
      // arrowBuffers refuses it with a word on what to do.
      return new arrow.Null();
  }
}

/** Month-day-nano intervals came with apache-arrow 21. */
function newer<T>(type: T | undefined, name: string): T {
  if (type !== undefined) return type;
  throw new NotSupportedError(
    `Column ${JSON.stringify(name)} is an interval, which this version of apache-arrow does not know. Update the package, or leave the column out with select()`,
  );
}

/** makeData by kind of type is a set of overloads that no value known only at run time fits. */
type MakeData = (props: {
  readonly type: Arrow.DataType;
  readonly length: number;
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array | undefined;
  readonly valueOffsets?: Int32Array | undefined;
  readonly data?: NodeJS.ArrayBufferView;
  readonly dictionary?: Arrow.Vector;
}) => Arrow.Data;

function arrowData(arrow: ArrowModule, column: Column, type: Arrow.DataType): Arrow.Data {
  const { length, nullCount, dictionary } = column;
  const { validity, offsets, values } = arrowBuffers(column);
  const make = arrow.makeData as unknown as MakeData;
  const texts =
    dictionary === undefined
      ? undefined
      : arrow.makeVector(
          make({
            type: new arrow.Utf8(),
            length: dictionary.offsets.length - 1,
            nullCount: 0,
            valueOffsets: dictionary.offsets,
            data: dictionary.bytes,
          }),
        );
  return make({
    type,
    length,
    nullCount,
    nullBitmap: validity,
    ...(offsets === undefined ? {} : { valueOffsets: offsets }),
    data: values,
    ...(texts === undefined ? {} : { dictionary: texts }),
  });
}

/** What of a Table counts here; tables of any version and build of the package have it. */
export interface ArrowTableLike {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: unknown }[] };
  getChildAt(index: number): { readonly data: readonly unknown[] } | null;
}

export function isArrowTable(source: object): source is ArrowTableLike {
  const { getChildAt } = source as Partial<ArrowTableLike>;
  if (typeof getChildAt !== 'function') return false;
  const { schema, numRows } = source as Partial<ArrowTableLike>;
  return typeof numRows === 'number' && Array.isArray(schema?.fields);
}

/** A column of a Table, or one made on its own. */
export function isArrowVector(
  source: unknown,
): source is { readonly type: ArrowType; readonly data: readonly ArrowPart[] } {
  if (typeof source !== 'object' || source === null) return false;
  const { type, data } = source as { type?: { typeId?: unknown } | null; data?: unknown };
  return typeof type?.typeId === 'number' && Array.isArray(data);
}
