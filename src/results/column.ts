/** One column of a DataFrame: typed arrays in Arrow's layout, and the values that rows would have. Never changed once made. */
import { ArgumentError } from '../errors.js';
import { bitAt, bitmapBytes, countOnes } from './bitmap.js';
import { valueReader, type ValueReader } from './column-readers.js';
import {
  sliceData,
  storageBytes,
  storageOf,
  type ColumnData,
  type ColumnValues,
  type Storage,
} from './column-storage.js';
import { typeText, type DataType, type Field } from './schema.js';
import { blockRows, blockTexts } from './text-block.js';

export type { ColumnData, ColumnValues };

/**
 * A column that still lies in the pieces it came in: they are joined when its values are first asked for, so that a result
 * never stands in memory twice, and what nobody looks at costs no copy.
 */
export interface PendingData {
  readonly length: number;
  readonly nullCount: number;
  readonly validity: Uint8Array | undefined;
  /** Of the values. */
  readonly byteLength: number;
  /** Called once. */
  join(): ColumnData;
}

/**
 * One column of a DataFrame. `get` and iteration give the values that rows have: int64 as bigint, decimal128 as exact
 * text with its scale, timestamps as Date (Timestamp where there are microseconds), date32 and time64 as text, interval as
 * Interval, binary as Buffer; null for NULL. `values` is the memory itself, for computing.
 *
 * @example
 * const price = df.column('price');
 * price.get(0);     // '19.90'
 * price.nullCount;  // 3
 * price.toArray();  // ['19.90', null, …]
 */
export class Column<Value = unknown> implements Iterable<Value | null> {
  /** Name, type and whether NULLs are possible. */
  readonly field: Field;
  /** Rows. */
  readonly length: number;
  readonly nullCount: number;
  /** A bit a row, least significant first, 1: there is a value. Undefined when nothing is NULL. */
  readonly validity: Uint8Array | undefined;
  #joined: Storage | undefined;
  #pending: PendingData | undefined;
  #reader: ValueReader | undefined;

  /**
   * A column over memory that is already there; nothing is copied, so it must not change any more.
   *
   * @throws ArgumentError naming the column, when a buffer is missing or too short
   */
  constructor(field: Field, data: ColumnData | PendingData) {
    const { length } = data;
    this.field = field;
    this.length = length;
    if ('join' in data) {
      this.#pending = data;
      this.nullCount = data.nullCount;
    } else {
      this.#joined = storageOf(field, data);
      this.nullCount = countNulls(this.#joined, data);
    }
    this.validity =
      this.nullCount === 0 || data.validity === undefined
        ? undefined
        : data.validity.subarray(0, bitmapBytes(length));
  }

  get #storage(): Storage {
    return (this.#joined ??= this.#join());
  }

  get #read(): ValueReader {
    return (this.#reader ??= valueReader(this.field, this.#storage));
  }

  get name(): string {
    return this.field.name;
  }

  get type(): DataType {
    return this.field.type;
  }

  /**
   * The memory of the values, one or (decimal128, interval) four elements a row; bits for bool, the bytes of all rows for
   * utf8 and binary, indices for dictionary, a plain array for object. Where `isNull` holds an element means nothing.
   */
  get values(): ColumnValues {
    const storage = this.#storage;
    return 'values' in storage ? storage.values : storage.bytes;
  }

  /** utf8 and binary: where each row begins in `values`, and where the last one ends. */
  get offsets(): Int32Array | undefined {
    const storage = this.#storage;
    return 'offsets' in storage ? storage.offsets : undefined;
  }

  /** dictionary: the texts that the indices in `values` mean. */
  get dictionary(): { readonly bytes: Uint8Array; readonly offsets: Int32Array } | undefined {
    return this.#storage.kind === 'dictionary' ? this.#storage.dictionary : undefined;
  }

  /** Bytes of memory that hold the rows; the values of an object column are not counted. */
  get byteLength(): number {
    const values = this.#pending === undefined ? storageBytes(this.#storage) : this.#pending.byteLength;
    return values + (this.validity?.byteLength ?? 0);
  }

  /** @param index 0-based. @throws ArgumentError beyond the rows; DataError for a value that JavaScript cannot hold */
  get(index: number): Value | null {
    return this.isNull(index) ? null : (this.#read(index) as Value);
  }

  /** As `get`; negative counts from the end, and beyond the rows it is undefined, as with arrays. */
  at(index: number): Value | null | undefined {
    const whole = Math.trunc(index) || 0;
    const from = whole < 0 ? this.length + whole : whole;
    return from >= 0 && from < this.length ? this.get(from) : undefined;
  }

  /** @throws ArgumentError beyond the rows */
  isNull(index: number): boolean {
    if (!(index < this.length) || index >>> 0 !== index) throw this.#noRow(index);
    return this.#isNull(index);
  }

  /** All values as an array. */
  toArray(): (Value | null)[] {
    const values = new Array<Value | null>(this.length);
    for (let from = 0; from < this.length; from += blockRows) {
      const to = Math.min(from + blockRows, this.length);
      const texts = blockTexts(this, from, to);
      if (texts === undefined) this.#copy(values, from, to);
      else for (let index = from; index < to; index++) values[index] = texts[index - from] as Value | null;
    }
    return values;
  }

  *[Symbol.iterator](): IterableIterator<Value | null> {
    for (let index = 0; index < this.length; index++) yield this.get(index);
  }

  /** Rows [start, end), as Array.slice counts them, over the same memory. */
  slice(start?: number, end?: number): Column<Value> {
    const [from, to] = sliceBounds(this.length, start, end);
    if (from === 0 && to === this.length) return this;
    return new Column(this.field, sliceData(this.#storage, this.validity, from, to));
  }

  /** The same column under another name. */
  rename(name: string): Column<Value> {
    return new Column(
      { ...this.field, name },
      { ...sliceData(this.#storage, this.validity, 0, this.length), nullCount: this.nullCount },
    );
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const rows = this.length === 1 ? '1 row' : `${String(this.length)} rows`;
    const nulls = this.nullCount === 0 ? '' : `, ${String(this.nullCount)} null`;
    return `Column ${JSON.stringify(this.name)} (${typeText(this.type)}, ${rows}${nulls})`;
  }

  #join(): Storage {
    const data = this.#pending!.join();
    this.#pending = undefined;
    return storageOf(this.field, data);
  }

  #copy(values: (Value | null)[], from: number, to: number): void {
    const read = this.#read;
    for (let index = from; index < to; index++) {
      values[index] = this.#isNull(index) ? null : (read(index) as Value);
    }
  }

  #isNull(index: number): boolean {
    if (this.validity !== undefined) return !bitAt(this.validity, index);
    if (this.#storage.kind !== 'object') return false;
    const value = this.#storage.values[index];
    return value === null || value === undefined;
  }

  #noRow(index: unknown): ArgumentError {
    const shown = typeof index === 'number' ? String(index) : typeof index;
    return new ArgumentError(
      `Column ${JSON.stringify(this.name)} has no row ${shown}; it has ${String(this.length)}`,
    );
  }
}

function countNulls(storage: Storage, { length, nullCount, validity }: ColumnData): number {
  if (nullCount !== undefined) return nullCount;
  if (validity !== undefined) return length - countOnes(validity, length);
  if (storage.kind !== 'object') return 0;
  return storage.values.reduce<number>(
    (count, value) => (value === null || value === undefined ? count + 1 : count),
    0,
  );
}

/** Where Array.slice would begin and end. */
export function sliceBounds(length: number, start = 0, end = length): readonly [number, number] {
  const place = (at: number): number => {
    const whole = Math.trunc(at) || 0;
    return whole < 0 ? Math.max(length + whole, 0) : Math.min(whole, length);
  };
  const from = place(start);
  return [from, Math.max(from, place(end))];
}
