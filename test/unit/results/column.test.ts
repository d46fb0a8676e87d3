import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  Column,
  DataError,
  Interval,
  Timestamp,
  type ColumnData,
  type DataType,
} from '../../../src/index.js';

const column = (type: DataType, data: ColumnData, name = 'c'): Column =>
  new Column({ name, type, nullable: true }, data);
const validity = Uint8Array.of(0b101);

describe('values of a column, as rows have them', () => {
  const cases: [string, DataType, ColumnData, unknown[]][] = [
    ['bits as booleans', { kind: 'bool' }, { length: 3, values: Uint8Array.of(0b001) }, [true, false, false]],
    ['int16', { kind: 'int16' }, { length: 2, values: Int16Array.of(-32768, 32767) }, [-32768, 32767]],
    ['int32', { kind: 'int32' }, { length: 2, values: Int32Array.of(-2147483648, 7) }, [-2147483648, 7]],
    ['uint32', { kind: 'uint32' }, { length: 1, values: Uint32Array.of(4294967295) }, [4294967295]],
    [
      'int64 as bigint',
      { kind: 'int64' },
      { length: 2, values: BigInt64Array.of(-9223372036854775808n, 9223372036854775807n) },
      [-9223372036854775808n, 9223372036854775807n],
    ],
    [
      'float32',
      { kind: 'float32' },
      { length: 2, values: Float32Array.of(0.1, NaN) },
      [Math.fround(0.1), NaN],
    ],
    [
      'float64',
      { kind: 'float64' },
      { length: 3, values: Float64Array.of(0.1, -0, -Infinity) },
      [0.1, -0, -Infinity],
    ],
    [
      'dates as text, the ends of int32 as infinities',
      { kind: 'date32' },
      { length: 6, values: Int32Array.of(0, 19_723, -719_163, -719_528, 2147483647, -2147483648) },
      ['1970-01-01', '2024-01-01', '0001-12-31 BC', '0001-01-01 BC', Infinity, -Infinity],
    ],
    [
      'times as text',
      { kind: 'time64' },
      { length: 4, values: BigInt64Array.of(0n, 1n, 86_399_999_999n, 86_400_000_000n) },
      ['00:00:00', '00:00:00.000001', '23:59:59.999999', '24:00:00'],
    ],
    [
      'timestamps as Date, as Timestamp where there are microseconds',
      { kind: 'timestamp', timezone: 'UTC' },
      {
        length: 6,
        values: BigInt64Array.of(
          0n,
          -1n,
          1_700_000_000_123_456n,
          253402300800000000n,
          9223372036854775807n,
          -9223372036854775808n,
        ),
      },
      [
        new Date(0),
        new Timestamp(-1, 999),
        new Timestamp(1_700_000_000_123, 456),
        new Date(253402300800000),
        Infinity,
        -Infinity,
      ],
    ],
    [
      'decimals as exact text with their scale',
      { kind: 'decimal128', precision: 38, scale: 2 },
      {
        length: 6,
        values: decimals(0n, -1n, 12_345n, 2n ** 53n, 10n ** 38n - 1n, -(10n ** 38n) + 1n),
      },
      ['0.00', '-0.01', '123.45', '90071992547409.92', `${'9'.repeat(36)}.99`, `-${'9'.repeat(36)}.99`],
    ],
    [
      'intervals with microseconds beyond what Arrow counts in nanoseconds',
      { kind: 'interval' },
      { length: 2, values: Int32Array.of(14, -3, 1, 0, 0, 0, -1, 2147483647) },
      [
        new Interval({ months: 14, days: -3, microseconds: 1n }),
        new Interval({ microseconds: 9223372036854775807n }),
      ],
    ],
    [
      'text, with U+FFFD for what is no UTF-8',
      { kind: 'utf8' },
      { length: 3, bytes: Uint8Array.of(0xc3, 0xa9, 0xff), offsets: Int32Array.of(0, 2, 2, 3) },
      ['é', '', '\ufffd'],
    ],
    [
      'bytes as Buffer',
      { kind: 'binary' },
      { length: 2, bytes: Uint8Array.of(1, 2, 3), offsets: Int32Array.of(0, 1, 3) },
      [Buffer.of(1), Buffer.of(2, 3)],
    ],
    [
      'text of a dictionary',
      { kind: 'dictionary' },
      {
        length: 3,
        values: Int32Array.of(1, 0, 1),
        dictionary: { bytes: Buffer.from('noyes'), offsets: Int32Array.of(0, 2, 5) },
      },
      ['yes', 'no', 'yes'],
    ],
    [
      'JavaScript values',
      { kind: 'object' },
      { length: 2, values: [[1, 2], { a: 1n }] },
      [[1, 2], { a: 1n }],
    ],
  ];
  it.each(cases)('%s', (_name, type, data, expected) => {
    const made = column(type, data);
    expect(made.toArray()).toStrictEqual(expected);
    expect([...made]).toStrictEqual(expected);
    expect(made.get(expected.length - 1)).toStrictEqual(expected.at(-1));
    expect([made.length, made.nullCount, made.validity]).toEqual([expected.length, 0, undefined]);
  });

  it.each(cases)('NULL and a slice of them: %s', (_name, type, data, expected) => {
    if (type.kind === 'object') return;
    const bits = Uint8Array.from([0b01010101]);
    const made = column(type, { ...data, validity: bits });
    const withNulls = expected.map((value, index) => (index % 2 === 0 ? value : null));
    expect(made.toArray()).toStrictEqual(withNulls);
    expect(made.nullCount).toBe(Math.floor(expected.length / 2));
    expect(made.slice(1).toArray()).toStrictEqual(withNulls.slice(1));
    expect(made.slice(1).nullCount).toBe(withNulls.slice(1).filter((value) => value === null).length);
    expect(made.slice(1, -1).toArray()).toStrictEqual(withNulls.slice(1, -1));
  });

  it('a value never shares memory with its column', () => {
    const bytes = Uint8Array.of(1);
    const made = column({ kind: 'binary' }, { length: 1, bytes, offsets: Int32Array.of(0, 1) });
    (made.get(0) as Buffer)[0] = 9;
    expect(bytes[0]).toBe(1);
  });
});

function decimals(...values: bigint[]): Uint32Array {
  return Uint32Array.from(
    values.flatMap((value) => [0n, 32n, 64n, 96n].map((shift) => Number(BigInt.asUintN(32, value >> shift)))),
  );
}

describe('memory of a column', () => {
  it('is the memory that was given, viewed as what it is', () => {
    const buffer = new ArrayBuffer(64);
    new BigInt64Array(buffer, 8, 2).set([5n, -5n]);
    const made = column({ kind: 'int64' }, { length: 2, values: new Uint8Array(buffer, 8, 40) });
    expect(made.values).toBeInstanceOf(BigInt64Array);
    expect((made.values as BigInt64Array).buffer).toBe(buffer);
    expect(made.values).toHaveLength(2);
    expect(made.toArray()).toEqual([5n, -5n]);
  });

  it('is copied only when its bytes lie where no element can begin', () => {
    const bytes = new Uint8Array(9);
    bytes[1] = 7;
    expect(column({ kind: 'int64' }, { length: 1, values: bytes.subarray(1) }).toArray()).toEqual([7n]);
  });

  it('a slice shares it', () => {
    const values = Float64Array.from({ length: 100 }, (_, index) => index);
    const part = column({ kind: 'float64' }, { length: 100, values }).slice(10, 20);
    expect((part.values as Float64Array).buffer).toBe(values.buffer);
    expect(part.get(0)).toBe(10);
    expect(part.length).toBe(10);
  });

  it('no NULL, no bitmap, even when one was given', () => {
    const made = column(
      { kind: 'int32' },
      { length: 2, values: Int32Array.of(1, 2), validity: Uint8Array.of(0b11) },
    );
    expect([made.nullCount, made.validity]).toEqual([0, undefined]);
  });

  it.each<[string, DataType, ColumnData]>([
    ['values are missing', { kind: 'int32' }, { length: 1 }],
    ['values are too short', { kind: 'int64' }, { length: 2, values: BigInt64Array.of(1n) }],
    ['offsets are missing', { kind: 'utf8' }, { length: 1, bytes: Buffer.from('a') }],
    [
      'an offset is beyond the bytes',
      { kind: 'utf8' },
      { length: 1, bytes: Buffer.from('a'), offsets: Int32Array.of(0, 2) },
    ],
    ['the dictionary is missing', { kind: 'dictionary' }, { length: 1, values: Int32Array.of(0) }],
    ['the bitmap is too short', { kind: 'int32' }, { length: 9, values: new Int32Array(9), validity }],
    ['the length is none', { kind: 'int32' }, { length: -1, values: new Int32Array(9) }],
    ['an array is missing', { kind: 'object' }, { length: 1 }],
  ])('is refused when %s, naming the column', (_what, type, data) => {
    expect(() => column(type, data, 'price')).toThrow(ArgumentError);
    expect(() => column(type, data, 'price')).toThrow(/"price"/);
  });
});

describe('places of a column', () => {
  const made = column({ kind: 'int32' }, { length: 3, values: Int32Array.of(1, 2, 3), validity });

  it('get and isNull refuse what is no row; at gives undefined, and counts from the end', () => {
    for (const index of [-1, 3, 0.5, NaN, 2 ** 32]) {
      expect(() => made.get(index)).toThrow(ArgumentError);
      expect(() => made.isNull(index)).toThrow(/has no row/);
    }
    expect([made.at(-1), made.at(1), made.at(3), made.at(-4)]).toEqual([3, null, undefined, undefined]);
    expect([0, 1, 2].map((index) => made.isNull(index))).toEqual([false, true, false]);
  });

  it('another name is the same memory', () => {
    const renamed = made.rename('__proto__');
    expect([renamed.name, made.name]).toEqual(['__proto__', 'c']);
    expect((renamed.values as Int32Array).buffer).toBe((made.values as Int32Array).buffer);
    expect(renamed.toArray()).toEqual([1, null, 3]);
  });

  it('prints as what it is', () => {
    expect(inspect(made)).toBe('Column "c" (int32, 3 rows, 1 null)');
  });
});

describe('values that JavaScript cannot hold', () => {
  it('a timestamp beyond Date and a time beyond a day name column and row', () => {
    const far = column({ kind: 'timestamp' }, { length: 1, values: BigInt64Array.of(2n ** 63n - 2n) }, 'at');
    expect(() => far.get(0)).toThrow(DataError);
    expect(() => far.get(0)).toThrow(/"at": row 0/);
    const time = column({ kind: 'time64' }, { length: 1, values: BigInt64Array.of(-1n) }, 'at');
    expect(() => time.get(0)).toThrow(/"at": row 0 is no time/);
  });
});
