/**
 * Values of a column's memory as JavaScript values: the same ones that rows have. One reader a kind; none looks at the
 * validity bitmap, none shares memory with the column.
 */
import { DataError } from '../errors.js';
import { daysTo2000, dateText, microsecondsPerDay, timeText } from '../types/calendar.js';
import { Interval } from '../types/interval.js';
import { shortWriter, withPoint } from '../types/numeric.js';
import { Timestamp } from '../types/timestamp.js';
import { bitAt } from './bitmap.js';
import type { Storage } from './column-storage.js';
import type { Field } from './schema.js';

/** The value of a row that is not NULL. */
export type ValueReader = (index: number) => unknown;

export function valueReader(field: Field, storage: Storage): ValueReader {
  switch (storage.kind) {
    case 'bool': {
      const { values } = storage;
      return (index) => bitAt(values, index);
    }
    case 'int16':
    case 'int32':
    case 'uint32':
    case 'float32':
    case 'float64':
    case 'int64':
    case 'object': {
      const { values } = storage;
      return (index) => values[index];
    }
    case 'date32':
      return dateReader(storage.values);
    case 'time64':
      return timeReader(storage.values, field.name);
    case 'timestamp':
      return timestampReader(storage.values, field.name);
    case 'decimal128':
      return decimalReader(storage.values, storage.scale);
    case 'interval':
      return intervalReader(storage.values);
    case 'utf8':
      return textReader(storage.bytes, storage.offsets);
    case 'binary': {
      const { bytes, offsets } = storage;
      return (index) => Buffer.from(bytes.subarray(offsets[index], offsets[index + 1]));
    }
    case 'dictionary':
      return dictionaryReader(storage.values, storage.dictionary);
  }
}

const int32Max = 2_147_483_647;

function dateReader(values: Int32Array): ValueReader {
  // Neighbouring rows often carry the same day.
  let lastDay = NaN;
  let lastText = '';
  return (index) => {
    const day = values[index]!;
    if (day === lastDay) return lastText;
    if (day === int32Max) return Infinity;
    if (day === -int32Max - 1) return -Infinity;
    const { text, era } = dateText(day - daysTo2000);
    lastDay = day;
    return (lastText = text + era);
  };
}

/** Two 32-bit halves, low and high: a double made of them costs a tenth of a bigint. */
const halves = (values: BigInt64Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length * 2);

function timeReader(values: BigInt64Array, name: string): ValueReader {
  const words = halves(values);
  return (index) => {
    const microseconds = words[index * 2 + 1]! * 0x1_0000_0000 + (words[index * 2]! >>> 0);
    if (microseconds >= 0 && microseconds <= microsecondsPerDay) return timeText(microseconds);
    throw new DataError(`Column ${JSON.stringify(name)}: row ${String(index)} is no time of a day`);
  };
}

function timestampReader(values: BigInt64Array, name: string): ValueReader {
  const words = halves(values);
  return (index) => {
    const high = words[index * 2 + 1]!;
    // Below 2^53, the years 1684 to 2255, the halves make a double exactly.
    if (high >= -0x200000 && high < 0x200000) {
      const microseconds = high * 0x1_0000_0000 + (words[index * 2]! >>> 0);
      const milliseconds = Math.floor(microseconds / 1000);
      const below = microseconds - milliseconds * 1000;
      return below === 0 ? new Date(milliseconds) : new Timestamp(milliseconds, below);
    }
    return farTimestamp(values[index]!, index, name);
  };
}

export const int64Max = 9_223_372_036_854_775_807n;

function farTimestamp(value: bigint, index: number, name: string): unknown {
  if (value === int64Max) return Infinity;
  if (value === -int64Max - 1n) return -Infinity;
  const below = Number(((value % 1000n) + 1000n) % 1000n);
  const milliseconds = Number((value - BigInt(below)) / 1000n);
  if (Math.abs(milliseconds) > 8.64e15) {
    throw new DataError(
      `Column ${JSON.stringify(name)}: row ${String(index)} is beyond what a JavaScript Date holds; read the microseconds in the column's values, or choose 'string' for this type (option types)`,
    );
  }
  return below === 0 ? new Date(milliseconds) : new Timestamp(milliseconds, below);
}

function decimalReader(values: Uint32Array, scale: number): ValueReader {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  const write = shortWriter(scale);
  return (index) => {
    const at = index * 4;
    const sign = words[at + 3]!;
    const high = words[at + 1]!;
    // Small values, the common ones, have nothing but their sign above the lowest 54 bits.
    const small = sign === 0 ? high >= 0 && high < 0x200000 : sign === -1 && high < 0 && high > -0x200000;
    if (small && words[at + 2] === sign) return write(high * 0x1_0000_0000 + (words[at]! >>> 0));
    return withPoint(String(decimalAt(values, index)), scale);
  };
}

/** The integer of a decimal: the value times 10^scale. */
export function decimalAt(values: Uint32Array, index: number): bigint {
  const at = index * 4;
  const high = BigInt.asIntN(64, (BigInt(values[at + 3]!) << 32n) | BigInt(values[at + 2]!));
  return (high << 64n) | (BigInt(values[at + 1]!) << 32n) | BigInt(values[at]!);
}

function intervalReader(values: Int32Array): ValueReader {
  return (index) => {
    const at = index * 4;
    const microseconds = (BigInt(values[at + 3]!) << 32n) | BigInt(values[at + 2]! >>> 0);
    return new Interval({ months: values[at]!, days: values[at + 1]!, microseconds });
  };
}

/** Node's own slice, which its types leave out: a sixth faster than toString on short texts. */
interface Slices {
  utf8Slice(start: number, end: number): string;
}

/** What is no UTF-8 reads as U+FFFD, as in rows. */
function textReader(bytes: Uint8Array, offsets: Int32Array): ValueReader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as unknown as Slices;
  return (index) => buffer.utf8Slice(offsets[index]!, offsets[index + 1]!);
}

function dictionaryReader(
  values: Int32Array,
  dictionary: { readonly bytes: Uint8Array; readonly offsets: Int32Array },
): ValueReader {
  const read = textReader(dictionary.bytes, dictionary.offsets);
  const texts: unknown[] = [];
  return (index) => {
    const at = values[index]!;
    // Each text is made once, and rows share it.
    return (texts[at] ??= read(at));
  };
}
