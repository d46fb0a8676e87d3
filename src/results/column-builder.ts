/**
 * A column's memory out of JavaScript values. What a type cannot hold exactly is refused, named by column and row (never by
 * its value); nothing is rounded, except to float32 where a schema asks for it.
 */
import { ArgumentError } from '../errors.js';
import { bitmapBytes, setBit } from './bitmap.js';
import { dayOf, decimalOf, floatOf, instantOf, integerOf, int64Of, timeOf, Unfit } from './cell-values.js';
import { Column, type ColumnData } from './column.js';
import type { DataType } from './schema.js';
import { Interval } from '../types/interval.js';
import { TextBuilder } from './text-builder.js';

/** @throws ArgumentError naming column and row for a value that is none of the type */
export function buildColumn(name: string, type: DataType, values: readonly unknown[]): Column {
  const length = values.length;
  const validity = new Uint8Array(bitmapBytes(length));
  let nullCount = 0;
  /** Runs over the values that are not NULL. */
  const each = (put: (value: unknown, row: number) => void): void => {
    for (let row = 0; row < length; row++) {
      const value = values[row];
      if (value === null || value === undefined) {
        nullCount++;
        continue;
      }
      setBit(validity, row);
      try {
        put(value, row);
      } catch (cause) {
        throw cause instanceof Unfit ? unfit(name, type, row, cause.message) : cause;
      }
    }
  };
  const memory = fill(type, values, each);
  const field = { name, type, nullable: nullCount > 0 };
  return new Column(field, { length, nullCount, validity, ...memory });
}

type Each = (put: (value: unknown, row: number) => void) => void;

function fill(type: DataType, values: readonly unknown[], each: Each): Partial<ColumnData> {
  const { length } = values;
  switch (type.kind) {
    case 'bool': {
      const bits = new Uint8Array(bitmapBytes(length));
      each((value, row) => {
        if (typeof value !== 'boolean') throw new Unfit('a boolean');
        if (value) setBit(bits, row);
      });
      return { values: bits };
    }
    case 'int16':
      return numbers(new Int16Array(length), each, (value) => integerOf(value, -0x8000, 0x7fff));
    case 'int32':
      return numbers(new Int32Array(length), each, (value) => integerOf(value, -0x8000_0000, 0x7fff_ffff));
    case 'uint32':
      return numbers(new Uint32Array(length), each, (value) => integerOf(value, 0, 0xffff_ffff));
    case 'float32':
      return numbers(new Float32Array(length), each, floatOf);
    case 'float64':
      return numbers(new Float64Array(length), each, floatOf);
    case 'date32':
      return numbers(new Int32Array(length), each, dayOf);
    case 'int64':
      return longs(length, each, int64Of);
    case 'time64':
      return longs(length, each, timeOf);
    case 'timestamp':
      return longs(length, each, instantOf);
    case 'decimal128': {
      const words = new Uint32Array(length * 4);
      const { precision, scale } = type;
      each((value, row) => {
        putDecimal(words, row, decimalOf(value, precision, scale));
      });
      return { values: words };
    }
    case 'interval': {
      const words = new Int32Array(length * 4);
      each((value, row) => {
        if (!(value instanceof Interval)) throw new Unfit('an Interval');
        words[row * 4] = value.months;
        words[row * 4 + 1] = value.days;
        words[row * 4 + 2] = Number(BigInt.asIntN(32, value.microseconds));
        words[row * 4 + 3] = Number(value.microseconds >> 32n);
      });
      return { values: words };
    }
    case 'utf8':
    case 'binary':
      return texts(type.kind, length, each);
    case 'dictionary':
      return dictionary(length, each);
    case 'object':
      each(() => undefined);
      return { values: values.map((value) => value ?? null) };
  }
}

function numbers(
  memory: Int16Array | Int32Array | Uint32Array | Float32Array | Float64Array,
  each: Each,
  read: (value: unknown) => number,
): Partial<ColumnData> {
  each((value, row) => {
    memory[row] = read(value);
  });
  return { values: memory };
}

/** A safe integer goes in as two halves, without a bigint. */
function longs(length: number, each: Each, read: (value: unknown) => number | bigint): Partial<ColumnData> {
  const memory = new BigInt64Array(length);
  const halves = new Int32Array(memory.buffer);
  each((value, row) => {
    const long = read(value);
    if (typeof long === 'bigint') memory[row] = long;
    else {
      halves[row * 2] = long;
      halves[row * 2 + 1] = Math.floor(long / 0x1_0000_0000);
    }
  });
  return { values: memory };
}

function putDecimal(words: Uint32Array, row: number, value: number | bigint): void {
  const at = row * 4;
  if (typeof value === 'number') {
    words[at] = value;
    words[at + 1] = Math.floor(value / 0x1_0000_0000);
    words[at + 2] = words[at + 3] = value < 0 ? 0xffff_ffff : 0;
    return;
  }
  for (let word = 0; word < 4; word++) {
    words[at + word] = Number(BigInt.asUintN(32, value >> BigInt(word * 32)));
  }
}

function texts(kind: 'utf8' | 'binary', length: number, each: Each): Partial<ColumnData> {
  const builder = new TextBuilder(length);
  each((value, row) => {
    builder.skipTo(row);
    if (kind === 'binary') {
      if (!(value instanceof Uint8Array)) throw new Unfit('a Buffer or Uint8Array');
      builder.addBytes(value);
    } else builder.addText(textOf(value));
  });
  return builder.end();
}

function dictionary(length: number, each: Each): Partial<ColumnData> {
  const values = new Int32Array(length);
  const places = new Map<string, number>();
  each((value, row) => {
    const text = textOf(value);
    let place = places.get(text);
    if (place === undefined) places.set(text, (place = places.size));
    values[row] = place;
  });
  const builder = new TextBuilder(places.size);
  for (const text of places.keys()) builder.addText(text);
  return { values, dictionary: builder.end() };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Unfit('a string');
}

function unfit(name: string, type: DataType, row: number, wanted: string): ArgumentError {
  return new ArgumentError(
    `Column ${JSON.stringify(name)} (${type.kind}), row ${String(row)}: the value is not ${wanted}`,
  );
}
