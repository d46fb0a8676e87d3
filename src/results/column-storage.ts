/**
 * The memory of a column by its kind, checked and viewed as what it is: the one place that knows which typed array belongs
 * to which kind. Nothing is copied unless bytes lie where their typed array cannot begin.
 */
import { ArgumentError } from '../errors.js';
import { bitmapBytes, countOnes, sliceBits } from './bitmap.js';
import type { DataType, Field } from './schema.js';

interface Texts {
  readonly bytes: Uint8Array;
  /** Length + 1; row i is bytes [offsets[i], offsets[i + 1]). The first need not be 0. */
  readonly offsets: Int32Array;
}

export type Storage =
  | { readonly kind: 'bool'; readonly values: Uint8Array }
  | { readonly kind: 'int16'; readonly values: Int16Array }
  | { readonly kind: 'int32' | 'date32'; readonly values: Int32Array }
  | { readonly kind: 'uint32'; readonly values: Uint32Array }
  | { readonly kind: 'int64' | 'time64' | 'timestamp'; readonly values: BigInt64Array }
  | { readonly kind: 'float32'; readonly values: Float32Array }
  | { readonly kind: 'float64'; readonly values: Float64Array }
  | { readonly kind: 'decimal128'; readonly values: Uint32Array; readonly scale: number }
  | { readonly kind: 'interval'; readonly values: Int32Array }
  | ({ readonly kind: 'utf8' | 'binary' } & Texts)
  | { readonly kind: 'dictionary'; readonly values: Int32Array; readonly dictionary: Texts }
  | { readonly kind: 'object'; readonly values: readonly unknown[] };

/** What `Column.values` is. */
export type ColumnValues =
  | Uint8Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly unknown[];

/**
 * What a column is made of. Buffers may be longer than the rows need; a typed array of another type over the same bytes
 * does as well (bytes of a decoder, for example).
 */
export interface ColumnData {
  readonly length: number;
  /** Counted from the bitmap when it is left out. */
  readonly nullCount?: number | undefined;
  /** A bit a row, 1: there is a value. May be left out when nothing is NULL. */
  readonly validity?: Uint8Array | undefined;
  /** All kinds but utf8 and binary; bits for bool, JavaScript values (null: NULL) for object, indices for dictionary. */
  readonly values?: NodeJS.ArrayBufferView | readonly unknown[] | undefined;
  /** utf8 and binary. */
  readonly bytes?: Uint8Array | undefined;
  readonly offsets?: Int32Array | undefined;
  /** dictionary: the texts that the indices mean; none is NULL. */
  readonly dictionary?: { readonly bytes: Uint8Array; readonly offsets: Int32Array } | undefined;
}

/** @throws ArgumentError naming the column, when a buffer is missing or too short */
export function storageOf(field: Field, data: ColumnData): Storage {
  const { type } = field;
  const { length } = data;
  if (!Number.isInteger(length) || length < 0) throw broken(field, 'the length must be an integer from 0');
  if (data.validity !== undefined && data.validity.length < bitmapBytes(length)) {
    throw broken(field, 'the validity bitmap is too short');
  }
  const { kind } = type;
  switch (kind) {
    case 'bool':
      return { kind, values: view(Uint8Array, field, data, bitmapBytes(length)) };
    case 'int16':
      return { kind, values: view(Int16Array, field, data, length) };
    case 'int32':
    case 'date32':
      return { kind, values: view(Int32Array, field, data, length) };
    case 'uint32':
      return { kind, values: view(Uint32Array, field, data, length) };
    case 'int64':
    case 'time64':
    case 'timestamp':
      return { kind, values: view(BigInt64Array, field, data, length) };
    case 'float32':
      return { kind, values: view(Float32Array, field, data, length) };
    case 'float64':
      return { kind, values: view(Float64Array, field, data, length) };
    case 'decimal128':
      return { kind, values: view(Uint32Array, field, data, length * 4), scale: type.scale };
    case 'interval':
      return { kind, values: view(Int32Array, field, data, length * 4) };
    case 'utf8':
    case 'binary':
      return { kind, ...texts(field, data, length) };
    case 'dictionary': {
      const { dictionary } = data;
      if (dictionary === undefined) throw broken(field, 'the dictionary is missing');
      const values = view(Int32Array, field, data, length);
      return { kind, values, dictionary: texts(field, dictionary, dictionary.offsets.length - 1) };
    }
    case 'object':
      if (!Array.isArray(data.values) || data.values.length < length) {
        throw broken(field, 'an array of as many values as rows is missing');
      }
      return { kind, values: data.values.length === length ? data.values : data.values.slice(0, length) };
  }
}

interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** Exactly `length` elements over the bytes that were given. */
function view<T extends NodeJS.ArrayBufferView>(
  type: ArrayType<T>,
  field: Field,
  data: ColumnData,
  length: number,
): T {
  const { values } = data;
  const size = length * type.BYTES_PER_ELEMENT;
  if (!ArrayBuffer.isView(values) || values.byteLength < size) {
    throw broken(field, `${type.name} values for ${String(data.length)} rows are missing`);
  }
  if (values.byteLength === size && values.constructor === type) return values as T;
  if (values.byteOffset % type.BYTES_PER_ELEMENT === 0)
    return new type(values.buffer, values.byteOffset, length);
  // An element cannot begin there.
  return new type(values.buffer.slice(values.byteOffset, values.byteOffset + size), 0, length);
}

function texts(
  field: Field,
  { bytes, offsets }: { readonly bytes?: Uint8Array | undefined; readonly offsets?: Int32Array | undefined },
  length: number,
): Texts {
  if (bytes === undefined || offsets === undefined || offsets.length < length + 1) {
    throw broken(field, 'bytes and one offset more than rows are missing');
  }
  if (offsets[0]! < 0 || offsets[length]! > bytes.length)
    throw broken(field, 'an offset is beyond the bytes');
  return { bytes, offsets: offsets.length === length + 1 ? offsets : offsets.subarray(0, length + 1) };
}

/** Rows [start, end): the same memory, except that a bitmap is moved when it would begin within a byte. */
export function sliceData(
  storage: Storage,
  validity: Uint8Array | undefined,
  start: number,
  end: number,
): ColumnData {
  const cut = validity === undefined ? undefined : sliceBits(validity, start, end);
  const rows = {
    length: end - start,
    nullCount: cut === undefined ? undefined : end - start - countOnes(cut, end - start),
    validity: cut,
  };
  switch (storage.kind) {
    case 'bool':
      return { ...rows, values: sliceBits(storage.values, start, end) };
    case 'decimal128':
    case 'interval':
      return { ...rows, values: storage.values.subarray(start * 4, end * 4) };
    case 'utf8':
    case 'binary':
      return { ...rows, bytes: storage.bytes, offsets: storage.offsets.subarray(start, end + 1) };
    case 'dictionary':
      return { ...rows, values: storage.values.subarray(start, end), dictionary: storage.dictionary };
    case 'object':
      return { ...rows, values: storage.values.slice(start, end) };
    default:
      return { ...rows, values: storage.values.subarray(start, end) };
  }
}

/** Bytes of memory that hold the rows of a column; those of `object` columns are not counted. */
export function storageBytes(storage: Storage): number {
  switch (storage.kind) {
    case 'utf8':
    case 'binary':
      return storage.offsets.byteLength + textBytes(storage);
    case 'dictionary':
      return (
        storage.values.byteLength + storage.dictionary.offsets.byteLength + textBytes(storage.dictionary)
      );
    case 'object':
      return 0;
    default:
      return storage.values.byteLength;
  }
}

const textBytes = ({ offsets }: Texts): number => offsets[offsets.length - 1]! - offsets[0]!;

function broken(field: { readonly name: string; readonly type: DataType }, what: string): ArgumentError {
  return new ArgumentError(`Column ${JSON.stringify(field.name)} (${field.type.kind}): ${what}`);
}
