/**
 * Arrow's columns as ours, whoever made them: apache-arrow's data or our reader of IPC. The memory is shared wherever the
 * layout is the same; all else is converted, and what would lose something is refused, naming the column.
 */
import { DataError, NotSupportedError } from '../errors.js';
import { arrowTypes, intervalUnits, timeUnits, type ArrowType } from './arrow-layout.js';
import { bitAt, bitmapBytes, setBit, sliceBits } from './bitmap.js';
import { buildColumn } from './column-builder.js';
import { concatColumns } from './column-concat.js';
import { Column, type ColumnData } from './column.js';
import type { DataType } from './schema.js';
import { TextBuilder } from './text-builder.js';

/** A piece of a column; apache-arrow's Data has these members. Bits begin at `offset`, everything else at its row 0. */
export interface ArrowPart {
  readonly length: number;
  readonly offset: number;
  readonly nullBitmap?: Uint8Array | null | undefined;
  readonly values?: unknown;
  readonly valueOffsets?: unknown;
  readonly variadicBuffers?: readonly Uint8Array[] | undefined;
  /** Of a dictionary: its values. */
  readonly dictionary?: { readonly data: readonly ArrowPart[] } | undefined;
}

/** @throws NotSupportedError for a type that has no column here; DataError where a value would lose something */
export function importColumn(name: string, type: ArrowType, parts: readonly ArrowPart[]): Column {
  const pieces = parts.map((part) => piece(name, type, part));
  if (pieces.length > 0) return concatColumns(name, pieces);
  return importColumn(name, type, [
    { length: 0, offset: 0, valueOffsets: new Int32Array(1), dictionary: { data: [] } },
  ]);
}

function piece(name: string, type: ArrowType, part: ArrowPart): Column {
  const { length } = part;
  const bitmap = part.nullBitmap;
  const validity =
    bitmap === null || bitmap === undefined || bitmap.length === 0
      ? undefined
      : sliceBits(bitmap, part.offset, part.offset + length);
  const make = (made: DataType, data: Partial<ColumnData>): Column =>
    new Column({ name, type: made, nullable: true }, { length, validity, ...data });
  /** The same values in another unit or width; `convert` never sees the memory of a NULL. */
  const longs = (convert: (index: number) => bigint): BigInt64Array =>
    mapped(new BigInt64Array(length), validity, (out, index) => {
      const value = convert(index);
      if (BigInt.asIntN(64, value) !== value) throw lossy(name, index, 'beyond 64 bits of microseconds');
      out[index] = value;
    });
  switch (type.typeId) {
    case arrowTypes.null:
      return make(
        { kind: 'utf8' },
        {
          validity: new Uint8Array(bitmapBytes(length)),
          bytes: new Uint8Array(),
          offsets: new Int32Array(length + 1),
        },
      );
    case arrowTypes.bool:
      return make(
        { kind: 'bool' },
        { values: sliceBits(bytesOf(part.values), part.offset, part.offset + length) },
      );
    case arrowTypes.int:
      return integers(type, part, make);
    case arrowTypes.float:
      if (type.precision === 1) return make({ kind: 'float32' }, { values: bytesOf(part.values) });
      if (type.precision === 2) return make({ kind: 'float64' }, { values: bytesOf(part.values) });
      break;
    case arrowTypes.decimal:
      if ((type.bitWidth ?? 128) !== 128 || !(type.scale! >= 0 && type.scale! <= type.precision!)) break;
      return make(
        { kind: 'decimal128', precision: type.precision!, scale: type.scale! },
        { values: bytesOf(part.values) },
      );
    case arrowTypes.date: {
      if (type.unit === 0) return make({ kind: 'date32' }, { values: bytesOf(part.values) });
      // Milliseconds; apache-arrow puts whole Dates there.
      const values = typed(BigInt64Array, part.values, length);
      return make({ kind: 'timestamp' }, { values: longs((index) => values[index]! * 1000n) });
    }
    case arrowTypes.time:
    case arrowTypes.timestamp: {
      const made: DataType =
        type.typeId === arrowTypes.time
          ? { kind: 'time64' }
          : { kind: 'timestamp', ...(type.timezone ? { timezone: 'UTC' as const } : {}) };
      if (type.unit === timeUnits.microsecond) return make(made, { values: bytesOf(part.values) });
      const wide = type.typeId === arrowTypes.timestamp || type.bitWidth === 64;
      const values = wide
        ? typed(BigInt64Array, part.values, length)
        : typed(Int32Array, part.values, length);
      return make(made, {
        values: longs((index) => toMicroseconds(BigInt(values[index]!), type.unit, name, index)),
      });
    }
    case arrowTypes.duration:
    case arrowTypes.interval:
      return make({ kind: 'interval' }, { values: intervals(name, type, part, validity) });
    case arrowTypes.utf8:
    case arrowTypes.binary: {
      const offsets = checkedOffsets(name, typed(Int32Array, part.valueOffsets, length + 1));
      return make(textType(type), { bytes: bytesOf(part.values), offsets });
    }
    case arrowTypes.largeUtf8:
    case arrowTypes.largeBinary:
      return make(textType(type), largeTexts(name, part));
    case arrowTypes.utf8View:
    case arrowTypes.binaryView:
      return make(textType(type), viewedTexts(part, validity));
    case arrowTypes.fixedSizeBinary: {
      const width = type.byteWidth!;
      return make(
        { kind: 'binary' },
        {
          bytes: bytesOf(part.values),
          offsets: Int32Array.from({ length: length + 1 }, (_, index) => index * width),
        },
      );
    }
    case arrowTypes.dictionary:
      return dictionary(name, type, part, validity, make);
  }
  throw new NotSupportedError(
    `Column ${JSON.stringify(name)} has an Arrow type (${shown(type)}) that a data frame does not hold; cast it, or leave it out`,
  );
}

type Make = (type: DataType, data: Partial<ColumnData>) => Column;

/** Types of apache-arrow can say their name; ours are plain numbers. */
function shown(type: ArrowType & { toString(): string }): string {
  const text = type.toString();
  return text.startsWith('[object') ? `number ${String(type.typeId)}` : text;
}

function textType({ typeId }: ArrowType): DataType {
  const text =
    typeId === arrowTypes.utf8 || typeId === arrowTypes.largeUtf8 || typeId === arrowTypes.utf8View;
  return { kind: text ? 'utf8' : 'binary' };
}

function integers(type: ArrowType, part: ArrowPart, make: Make): Column {
  const { length, values } = part;
  switch ((type.isSigned === true ? 'i' : 'u') + String(type.bitWidth)) {
    case 'i8':
      return make({ kind: 'int16' }, { values: Int16Array.from(typed(Int8Array, values, length)) });
    case 'u8':
      return make({ kind: 'int16' }, { values: Int16Array.from(typed(Uint8Array, values, length)) });
    case 'i16':
      return make({ kind: 'int16' }, { values: bytesOf(values) });
    case 'u16':
      return make({ kind: 'int32' }, { values: Int32Array.from(typed(Uint16Array, values, length)) });
    case 'i32':
      return make({ kind: 'int32' }, { values: bytesOf(values) });
    case 'u32':
      return make({ kind: 'uint32' }, { values: bytesOf(values) });
    case 'i64':
      return make({ kind: 'int64' }, { values: bytesOf(values) });
    default: {
      // 20 digits: no int64 holds them all.
      const words = new Uint32Array(length * 4);
      const given = typed(Uint32Array, values, length * 2);
      for (let index = 0; index < length; index++) {
        words[index * 4] = given[index * 2]!;
        words[index * 4 + 1] = given[index * 2 + 1]!;
      }
      return make({ kind: 'decimal128', precision: 20, scale: 0 }, { values: words });
    }
  }
}

const perUnit: Readonly<Record<number, bigint>> = { 0: 1_000_000n, 1: 1000n, 2: 1n };

function toMicroseconds(value: bigint, unit: number | undefined, name: string, row: number): bigint {
  const factor = perUnit[unit ?? 0];
  if (factor !== undefined) return value * factor;
  if (value % 1000n === 0n) return value / 1000n;
  throw lossy(name, row, 'not a whole number of microseconds; cast the column to microseconds first');
}

function lossy(name: string, row: number, what: string): DataError {
  return new DataError(`Column ${JSON.stringify(name)}, row ${String(row)}: the value is ${what}`);
}

/** Months and days in 32 bits, microseconds in 64. */
function intervals(
  name: string,
  type: ArrowType,
  part: ArrowPart,
  validity: Uint8Array | undefined,
): Int32Array {
  const { length, values } = part;
  const out = new Int32Array(length * 4);
  const longs = new BigInt64Array(out.buffer);
  const time = (index: number, value: bigint, unit: number): void => {
    const microseconds = toMicroseconds(value, unit, name, index);
    if (BigInt.asIntN(64, microseconds) !== microseconds)
      throw lossy(name, index, 'beyond 64 bits of microseconds');
    longs[index * 2 + 1] = microseconds;
  };
  if (type.typeId === arrowTypes.duration) {
    const given = typed(BigInt64Array, values, length);
    return mapped(
      out,
      validity,
      (_, index) => time(index, given[index]!, type.unit ?? timeUnits.millisecond),
      length,
    );
  }
  switch (type.unit) {
    case intervalUnits.yearMonth: {
      const given = typed(Int32Array, values, length);
      return mapped(out, validity, (_, index) => void (out[index * 4] = given[index]!), length);
    }
    case intervalUnits.dayTime: {
      const given = typed(Int32Array, values, length * 2);
      return mapped(
        out,
        validity,
        (_, index) => {
          out[index * 4 + 1] = given[index * 2]!;
          time(index, BigInt(given[index * 2 + 1]!), timeUnits.millisecond);
        },
        length,
      );
    }
    default: {
      const given = typed(Int32Array, values, length * 4);
      return mapped(
        out,
        validity,
        (_, index) => {
          const at = index * 4;
          out[at] = given[at]!;
          out[at + 1] = given[at + 1]!;
          time(index, (BigInt(given[at + 3]!) << 32n) | BigInt(given[at + 2]! >>> 0), timeUnits.nanosecond);
        },
        length,
      );
    }
  }
}

/** Runs over the rows that are not NULL. */
function mapped<T extends { readonly length: number }>(
  out: T,
  validity: Uint8Array | undefined,
  put: (out: T, index: number) => void,
  length = out.length,
): T {
  for (let index = 0; index < length; index++)
    if (validity === undefined || bitAt(validity, index)) put(out, index);
  return out;
}

function largeTexts(name: string, part: ArrowPart): Partial<ColumnData> {
  const given = typed(BigInt64Array, part.valueOffsets, part.length + 1);
  const first = given[0]!;
  const last = given[part.length]!;
  if (last - first > 0x7fff_ffffn) {
    throw new DataError(
      `Column ${JSON.stringify(name)} has more than 2 GiB of text or bytes in one piece; split the table`,
    );
  }
  const offsets = new Int32Array(part.length + 1);
  for (let index = 0; index < offsets.length; index++) offsets[index] = Number(given[index]! - first);
  return {
    bytes: bytesOf(part.values).subarray(Number(first), Number(last)),
    offsets: checkedOffsets(name, offsets),
  };
}

/** A nanosecond a row, so that no value of foreign memory lies outside of its buffer later on. */
function checkedOffsets(name: string, offsets: Int32Array): Int32Array {
  for (let index = 1; index < offsets.length; index++) {
    if (offsets[index]! < offsets[index - 1]!) {
      throw new DataError(
        `Column ${JSON.stringify(name)}: the Arrow offsets of row ${String(index - 1)} go backward`,
      );
    }
  }
  return offsets;
}

/** 16 bytes a row: the length, then the bytes themselves up to 12, or four of them, a buffer's number and the place in it. */
function viewedTexts(part: ArrowPart, validity: Uint8Array | undefined): Partial<ColumnData> {
  const views = typed(Int32Array, part.values, part.length * 4);
  const bytes = new Uint8Array(views.buffer, views.byteOffset, views.byteLength);
  const builder = new TextBuilder(part.length);
  for (let row = 0; row < part.length; row++) {
    builder.skipTo(row);
    if (validity !== undefined && !bitAt(validity, row)) continue;
    const length = views[row * 4]!;
    const start = views[row * 4 + 3]!;
    builder.addBytes(
      length <= 12
        ? bytes.subarray(row * 16 + 4, row * 16 + 4 + length)
        : viewedBuffer(part, views[row * 4 + 2]!).subarray(start, start + length),
    );
  }
  return builder.end();
}

function viewedBuffer({ variadicBuffers }: ArrowPart, index: number): Uint8Array {
  const buffer = variadicBuffers?.[index];
  if (buffer === undefined) throw new DataError('An Arrow view points to a buffer that is not there');
  return buffer;
}

function dictionary(
  name: string,
  type: ArrowType,
  part: ArrowPart,
  validity: Uint8Array | undefined,
  make: Make,
): Column {
  const { length } = part;
  const texts = importColumn(name, type.dictionary!, part.dictionary?.data ?? []);
  const indices = integers(
    type.indices ?? { typeId: arrowTypes.int, bitWidth: 32, isSigned: true },
    part,
    (made, data) => new Column({ name, type: made, nullable: false }, { length, ...data }),
  );
  const places = new Int32Array(length);
  const used = new Uint8Array(bitmapBytes(length));
  for (let row = 0; row < length; row++) {
    if (validity !== undefined && !bitAt(validity, row)) continue;
    places[row] = Number(indices.get(row));
    if (!(places[row]! >= 0 && places[row]! < texts.length)) throw lossy(name, row, 'beyond its dictionary');
    setBit(used, row);
  }
  const { bytes, offsets } = { bytes: texts.values, offsets: texts.offsets };
  if (
    texts.type.kind === 'utf8' &&
    texts.nullCount === 0 &&
    bytes instanceof Uint8Array &&
    offsets !== undefined
  ) {
    return make({ kind: 'dictionary' }, { values: places, dictionary: { bytes, offsets } });
  }
  const values = Array.from(places, (place, row) => (bitAt(used, row) ? texts.get(place) : null));
  return buildColumn(name, texts.type, values);
}

function bytesOf(values: unknown): Uint8Array {
  if (!ArrayBuffer.isView(values)) return new Uint8Array();
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** So many elements over the bytes; a copy only where no element can begin. */
function typed<T>(type: ArrayType<T>, values: unknown, length: number): T {
  const bytes = bytesOf(values);
  const size = length * type.BYTES_PER_ELEMENT;
  if (bytes.length < size) throw new DataError('An Arrow buffer is shorter than its rows need');
  if (bytes.byteOffset % type.BYTES_PER_ELEMENT === 0)
    return new type(bytes.buffer, bytes.byteOffset, length);
  return new type(bytes.slice(0, size).buffer, 0, length);
}
