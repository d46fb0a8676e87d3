/** A data frame as plain typed arrays with masks of the NULLs: what fetchColumns gives. */
import { bitAt } from './bitmap.js';
import type { Column } from './column.js';
import type { DataFrame } from './data-frame.js';
import type { DataType } from './schema.js';

/** One element a row. */
export type ColumnArray =
  | Uint8Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly unknown[];

/** A column of `fetchColumns`. */
export interface FetchedColumn {
  readonly name: string;
  readonly type: DataType;
  /**
   * Uint8Array (0 and 1) for bool; Int16Array, Int32Array, Uint32Array, BigInt64Array, Float32Array and Float64Array for
   * numbers; Int32Array of days since 1970 for dates; BigInt64Array of microseconds for times and timestamps (since 1970);
   * arrays of strings, Buffers or Intervals for all else, decimals included. Where NULL is: 0, or null in an array.
   */
  readonly values: ColumnArray;
  /** 1 where NULL is; null when nothing is. */
  readonly nulls: Uint8Array | null;
}

/** What `fetchColumns` gives. */
export interface FetchedColumns {
  readonly numRows: number;
  /** In the order of the query; names may repeat. */
  readonly columns: readonly FetchedColumn[];
}

export function columnArrays({ numRows, columns }: DataFrame): FetchedColumns {
  return {
    numRows,
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      values: valuesOf(column),
      nulls: nullsOf(column),
    })),
  };
}

function valuesOf(column: Column): ColumnArray {
  switch (column.type.kind) {
    case 'bool': {
      const bits = column.values as Uint8Array;
      return Uint8Array.from({ length: column.length }, (_, row) => (bitAt(bits, row) ? 1 : 0));
    }
    case 'decimal128':
    case 'interval':
    case 'utf8':
    case 'binary':
    case 'dictionary':
    case 'object':
      return column.toArray();
    default:
      return column.values;
  }
}

function nullsOf({ validity, length }: Column): Uint8Array | null {
  if (validity === undefined) return null;
  const nulls = new Uint8Array(length);
  for (let row = 0; row < length; row++) nulls[row] = bitAt(validity, row) ? 0 : 1;
  return nulls;
}
