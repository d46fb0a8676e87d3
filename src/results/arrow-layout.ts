/**
 * Arrow's names for our types (Schema.fbs of the Arrow format), and a column's buffers as Arrow has them: the memory itself,
 * but for intervals, which Arrow counts in nanoseconds.
 */
import { isUtf8 } from 'node:buffer';
import { DataError, NotSupportedError } from '../errors.js';
import { bitmapBytes } from './bitmap.js';
import type { Column } from './column.js';
import { TextBuilder } from './text-builder.js';

/** The numbers of Arrow's types; -1 is not of the format, but what apache-arrow calls a dictionary. */
export const arrowTypes = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  fixedSizeBinary: 15,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
  binaryView: 23,
  utf8View: 24,
  dictionary: -1,
} as const;

/** Seconds, milliseconds, microseconds, nanoseconds. */
export const timeUnits = { second: 0, millisecond: 1, microsecond: 2, nanosecond: 3 } as const;
export const intervalUnits = { yearMonth: 0, dayTime: 1, monthDayNano: 2 } as const;

/** A type as both apache-arrow and the format describe it. */
export interface ArrowType {
  readonly typeId: number;
  readonly bitWidth?: number | undefined;
  readonly isSigned?: boolean | undefined;
  readonly precision?: number | undefined;
  readonly scale?: number | undefined;
  readonly unit?: number | undefined;
  readonly timezone?: string | null | undefined;
  readonly byteWidth?: number | undefined;
  /** Of a dictionary: the type of its values, and of its indices. */
  readonly dictionary?: ArrowType | undefined;
  readonly indices?: ArrowType | undefined;
}

export interface ArrowBuffers {
  readonly validity: Uint8Array | undefined;
  readonly offsets: Int32Array | undefined;
  readonly values: NodeJS.ArrayBufferView;
}

/** @throws NotSupportedError for an object column; DataError for an interval that Arrow cannot hold */
export function arrowBuffers(column: Column): ArrowBuffers {
  const { validity, offsets, values, type } = column;
  if (type.kind === 'interval') {
    return { validity, offsets, values: nanoseconds(column, values as Int32Array) };
  }
  if (ArrayBuffer.isView(values)) return { validity, offsets, values };
  throw new NotSupportedError(
    `Column ${JSON.stringify(column.name)} holds JavaScript values for which Arrow has no type. Leave it out with select(), or cast it in the query`,
  );
}

function nanoseconds(column: Column, words: Int32Array): Int32Array {
  const out = Int32Array.from(words);
  const longs = new BigInt64Array(out.buffer);
  for (let row = 0; row < column.length; row++) {
    if (column.isNull(row)) continue;
    const value = longs[row * 2 + 1]! * 1000n;
    if (BigInt.asIntN(64, value) !== value) {
      throw new DataError(
        `Column ${JSON.stringify(column.name)}, row ${String(row)}: Arrow counts an interval's time in nanoseconds and holds 292 years of them; this one is longer. Leave the column out with select()`,
      );
    }
    longs[row * 2 + 1] = value;
  }
  return out;
}

/**
 * Texts whose first offset is 0 and whose bytes are UTF-8. A server's text need not be (its encoding may be SQL_ASCII), and
 * other readers of Arrow trust in it.
 */
export function cleanTexts(
  bytes: Uint8Array,
  offsets: Int32Array,
  text: boolean,
): { readonly bytes: Uint8Array; readonly offsets: Int32Array } {
  const first = offsets[0]!;
  const used = bytes.subarray(first, offsets[offsets.length - 1]);
  if (text && !isUtf8(used)) return repaired(bytes, offsets);
  return { bytes: used, offsets: first === 0 ? offsets : offsets.map((offset) => offset - first) };
}

function repaired(bytes: Uint8Array, offsets: Int32Array): ReturnType<typeof cleanTexts> {
  const builder = new TextBuilder(offsets.length - 1);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row + 1 < offsets.length; row++) {
    builder.addText(buffer.toString('utf8', offsets[row], offsets[row + 1]));
  }
  return builder.end();
}

/** No bitmap is one without a 0. */
export function fullBitmap(length: number): Uint8Array {
  return new Uint8Array(bitmapBytes(length)).fill(255);
}
