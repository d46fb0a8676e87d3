/** The columns of what others call rows, columns or a table. Recognises them by their shape; imports none of their packages. */
import { types } from 'node:util';
import { ArgumentError } from '../errors.js';
import { importColumn, type ArrowPart } from './arrow-import.js';
import type { ArrowType } from './arrow-layout.js';
import { buildColumn } from './column-builder.js';
import { Column } from './column.js';
import { isArrowTable, isArrowVector } from './frame-arrow.js';
import { isPolarsFrame } from './frame-polars.js';
import { inferType } from './infer-type.js';
import { readIPC } from './ipc-reader.js';
import { checkedType, type DataKind, type DataType, type Field, type Schema } from './schema.js';

/** How `DataFrame.from` reads its source. */
export interface FrameOptions {
  /**
   * Types of columns, by name, or the schema of another frame; the other columns' types follow from their values. A column
   * that is only named here is made of NULLs.
   */
  readonly schema?: Schema | Readonly<Record<string, DataType | Exclude<DataKind, 'decimal128'>>> | undefined;
}

/** Columns by name: arrays of values, typed arrays (used as they are) or columns of another frame. */
export type FrameColumns = Readonly<Record<string, readonly unknown[] | NodeJS.TypedArray | Column>>;

export interface FrameParts {
  readonly columns: readonly Column[];
  readonly numRows: number;
}

/** @throws ArgumentError for what is no source of a data frame */
export function partsOf(source: unknown, options: FrameOptions): FrameParts {
  if (typeof source === 'object' && source !== null) {
    const parts = foreignParts(source);
    if (parts !== undefined) return partsOfFrame(parts, options);
    if (Symbol.iterator in source && !ArrayBuffer.isView(source)) {
      return partsOfRows(source as Iterable<unknown>, options);
    }
    const prototype: unknown = Object.getPrototypeOf(source);
    if (prototype === null || Object.getPrototypeOf(prototype) === null) {
      return partsOfColumns(source as FrameColumns, options);
    }
  }
  throw new ArgumentError(
    'DataFrame.from takes an iterable of row objects, an object of columns, a data frame, an Arrow table, a polars frame or Arrow IPC bytes',
  );
}

/** Tables of Arrow, frames of polars, and the bytes of Arrow IPC; both packages have iterators too, of less exact values. */
function foreignParts(source: object): FrameParts | undefined {
  // First: a frame of polars computes its schema when it is looked at, and fails where JavaScript has no such type.
  if (isPolarsFrame(source)) return readIPC(source.writeIPCStream());
  if (isArrowTable(source)) {
    const columns = source.schema.fields.map(({ name, type }, index) =>
      importColumn(name, type as ArrowType, (source.getChildAt(index)?.data ?? []) as ArrowPart[]),
    );
    return { columns, numRows: source.numRows };
  }
  return types.isUint8Array(source) ? readIPC(source) : undefined;
}

/** The columns of another frame, some of them in another type. */
export function partsOfFrame({ columns, numRows }: FrameParts, { schema }: FrameOptions): FrameParts {
  const wanted = wantedTypes(schema);
  const known = new Set(columns.map(({ name }) => name));
  const added = [...wanted.keys()].filter((name) => !known.has(name));
  return {
    columns: [
      ...columns.map((column) => columnOf(column.name, column, wanted.get(column.name))),
      ...added.map((name) => columnOf(name, new Array<null>(numRows).fill(null), wanted.get(name))),
    ],
    numRows,
  };
}

function partsOfRows(rows: Iterable<unknown>, options: FrameOptions): FrameParts {
  const columns = new Map<string, unknown[]>();
  let count = 0;
  for (const row of rows) {
    if (
      typeof row !== 'object' ||
      row === null ||
      Array.isArray(row) ||
      types.isDate(row) ||
      ArrayBuffer.isView(row)
    ) {
      throw new ArgumentError(
        `DataFrame.from: row ${String(count)} is no object; rows are objects by column name`,
      );
    }
    for (const [name, value] of Object.entries(row)) {
      let values = columns.get(name);
      if (values === undefined) columns.set(name, (values = []));
      // Rows before this one did not have the column.
      while (values.length < count) values.push(null);
      values.push(value);
    }
    count++;
  }
  for (const values of columns.values()) while (values.length < count) values.push(null);
  return parts(columns, count, options);
}

function partsOfColumns(source: FrameColumns, options: FrameOptions): FrameParts {
  const columns = new Map(Object.entries(source));
  const first = [...columns.values()][0];
  return parts(columns, lengthOf(first) ?? 0, options);
}

const lengthOf = (values: unknown): number | undefined => {
  const length = (values as { length?: unknown } | null | undefined)?.length;
  return typeof length === 'number' ? length : undefined;
};

function parts(columns: ReadonlyMap<string, unknown>, numRows: number, options: FrameOptions): FrameParts {
  const wanted = wantedTypes(options.schema);
  const names = new Set([...columns.keys(), ...wanted.keys()]);
  const made = [...names].map((name) =>
    columnOf(name, columns.get(name) ?? new Array<null>(numRows).fill(null), wanted.get(name)),
  );
  return { columns: made, numRows };
}

function wantedTypes(schema: FrameOptions['schema']): ReadonlyMap<string, DataType> {
  if (schema === undefined) return new Map();
  if (typeof schema !== 'object' || (schema as unknown) === null) {
    throw new ArgumentError('DataFrame.from: schema must be an object of types by column name, or a Schema');
  }
  const entries: [string, unknown][] = isSchema(schema)
    ? schema.fields.map(({ name, type }: Field) => [name, type])
    : Object.entries(schema);
  return new Map(entries.map(([name, type]) => [name, checkedType(type, name)]));
}

const isSchema = (schema: object): schema is Schema => Array.isArray((schema as { fields?: unknown }).fields);

function columnOf(name: string, source: unknown, type: DataType | undefined): Column {
  if (source instanceof Column && (type === undefined || sameType(type, source.type))) {
    return source.name === name ? source : source.rename(name);
  }
  if (isArrowVector(source)) return columnOf(name, importColumn(name, source.type, source.data), type);
  const typed = types.isTypedArray(source) ? ofTypedArray(name, source, type) : undefined;
  if (typed !== undefined) return typed;
  const values = listOf(name, source);
  return buildColumn(name, type ?? inferType(values, name), values);
}

function listOf(name: string, source: unknown): readonly unknown[] {
  if (Array.isArray(source)) return source as unknown[];
  if (source instanceof Column) return source.toArray();
  if (typeof source === 'object' && source !== null && Symbol.iterator in source) {
    return [...(source as Iterable<unknown>)];
  }
  throw new ArgumentError(`DataFrame.from: column ${JSON.stringify(name)} is no array of values`);
}

export const sameType = (left: DataType, right: DataType): boolean =>
  left.kind === right.kind &&
  (left.kind !== 'timestamp' || left.timezone === (right as { timezone?: unknown }).timezone) &&
  (left.kind !== 'decimal128' ||
    (left.precision === (right as typeof left).precision && left.scale === (right as typeof left).scale));

/** Typed arrays whose memory is a column's as it is. */
const sameMemory = new Map<string, Exclude<DataKind, 'decimal128'>>([
  ['Int16Array', 'int16'],
  ['Int32Array', 'int32'],
  ['Uint32Array', 'uint32'],
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
  ['BigInt64Array', 'int64'],
]);

function ofTypedArray(
  name: string,
  source: NodeJS.TypedArray,
  type: DataType | undefined,
): Column | undefined {
  const kind = sameMemory.get(source[Symbol.toStringTag]);
  if (kind !== undefined && (type === undefined || type.kind === kind)) {
    return new Column({ name, type: { kind }, nullable: false }, { length: source.length, values: source });
  }
  if (type !== undefined || kind !== undefined) return undefined;
  // The small integers have no column of their own width.
  return buildColumn(name, narrowType(source), [...source]);
}

function narrowType(source: NodeJS.TypedArray): DataType {
  switch (source.BYTES_PER_ELEMENT) {
    case 1:
      return { kind: 'int16' };
    case 2:
      return { kind: 'int32' };
    default:
      // BigUint64Array; nothing else is left.
      return inferType([...source], '');
  }
}
