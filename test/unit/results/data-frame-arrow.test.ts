import * as arrow from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Column,
  DataError,
  DataFrame,
  Interval,
  NotSupportedError,
  Timestamp,
  type DataType,
} from '../../../src/index.js';
import { anyFrame, valuesOf } from './frames.js';

const schemaOf = (names: readonly string[], types: readonly DataType[]): Record<string, DataType> =>
  Object.fromEntries(names.map((name, index) => [name, types[index]!]));
const imported = (vector: arrow.Vector): Column => DataFrame.from({ v: vector as never }).column('v');

describe('to apache-arrow', () => {
  it('shares the memory of every column', async () => {
    const df = DataFrame.from(
      {
        bool: [true, null],
        int16: [1, null],
        int32: [1, null],
        int64: [1n, null],
        uint32: [1, null],
        float32: [1, null],
        float64: [1.5, null],
        text: ['é', null],
        bytes: [Buffer.of(1), null],
        date: ['2024-02-29', null],
        time: ['00:00:01', null],
        at: [new Date(5), null],
        price: ['1.50', null],
        word: ['a', null],
      },
      {
        schema: {
          int16: 'int16',
          uint32: 'uint32',
          float32: 'float32',
          date: 'date32',
          time: 'time64',
          word: 'dictionary',
          price: { kind: 'decimal128', precision: 18, scale: 2 },
        },
      },
    );
    const table = await df.toArrow();
    expect(table).toBeInstanceOf(arrow.Table);
    expect(
      table.schema.fields.map(({ name, type, nullable }) => `${name}: ${String(type)}${nullable ? '?' : ''}`),
    ).toEqual([
      'bool: Bool?',
      'int16: Int16?',
      'int32: Int32?',
      'int64: Int64?',
      'uint32: Uint32?',
      'float32: Float32?',
      'float64: Float64?',
      'text: Utf8?',
      'bytes: Binary?',
      'date: Date32<DAY>?',
      'time: Time64<MICROSECOND>?',
      'at: Timestamp<MICROSECOND, UTC>?',
      'price: Decimal[18e+2]?',
      'word: Dictionary<Int32, Utf8>?',
    ]);
    for (const [index, column] of df.columns.entries()) {
      const [data] = table.getChildAt(index)!.data;
      expect(data!.values.buffer).toBe((column.values as Uint8Array).buffer);
      expect(data!.nullBitmap.buffer).toBe(column.validity!.buffer);
      if (column.offsets !== undefined) expect(data!.valueOffsets.buffer).toBe(column.offsets.buffer);
    }
    const row = table.get(0)!.toJSON();
    expect([row['bool'], row['int64'], row['text'], row['word'], Number(row['at'])]).toEqual([
      true,
      1n,
      'é',
      'a',
      5,
    ]);
    expect(Object.values(table.get(1)!.toJSON()).every((value) => value === null)).toBe(true);
    expect(Object.values(df.get(1)).every((value) => value === null)).toBe(true);
  });

  it('property: what comes back is what went there, of slices too, and shares the memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyFrame(), fc.nat(5), async ({ rows, names, types }, start) => {
        const df = DataFrame.from(rows, { schema: schemaOf(names, types) }).slice(start);
        const back = DataFrame.from(await df.toArrow());
        expect(back.toObjects()).toStrictEqual(rows.slice(start));
        expect(back.schema.fields.map(({ name, type }) => ({ name, type }))).toEqual(
          df.schema.fields.map(({ name, type }) => ({ name, type })),
        );
        for (const [index, column] of back.columns.entries()) {
          if (column.type.kind === 'interval' || column.type.kind === 'dictionary') continue;
          expect((column.values as Uint8Array).buffer).toBe((df.column(index).values as Uint8Array).buffer);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('an interval that Arrow cannot count in nanoseconds is refused, not cut', async () => {
    const df = DataFrame.from({ span: [new Interval({ microseconds: 2n ** 62n })] });
    await expect(df.toArrow()).rejects.toThrow(/"span", row 0: Arrow counts/);
    await expect(df.toArrow()).rejects.toThrow(DataError);
  });

  it('an object column is refused, naming it', async () => {
    await expect(DataFrame.from({ list: [[1]] }).toArrow()).rejects.toThrow(NotSupportedError);
    expect(() => DataFrame.from({ list: [[1]] }).toIPC()).toThrow(/"list" holds JavaScript values/);
  });

  it('no rows, no columns and repeated names are fine', async () => {
    expect((await new DataFrame([], 3).toArrow()).numRows).toBe(3);
    expect((await DataFrame.from({ a: [] }).toArrow()).numRows).toBe(0);
    const df = DataFrame.from({ a: [1], b: [2] });
    const table = await df.select([0, 1, 0]).toArrow();
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['a', 'b', 'a']);
    expect(DataFrame.from(table).columnNames).toEqual(['a', 'b', 'a']);
  });
});

describe('from apache-arrow', () => {
  it.each<[string, arrow.Vector, DataType, unknown[]]>([
    ['Int8', arrow.vectorFromArray([-128, null], new arrow.Int8()), { kind: 'int16' }, [-128, null]],
    ['Uint8', arrow.vectorFromArray([255, null], new arrow.Uint8()), { kind: 'int16' }, [255, null]],
    ['Uint16', arrow.vectorFromArray([65535, null], new arrow.Uint16()), { kind: 'int32' }, [65535, null]],
    [
      'Uint64',
      arrow.vectorFromArray([2n ** 64n - 1n, null], new arrow.Uint64()),
      { kind: 'decimal128', precision: 20, scale: 0 },
      ['18446744073709551615', null],
    ],
    [
      'LargeUtf8',
      arrow.vectorFromArray(['é', null, 'x'], new arrow.LargeUtf8()),
      { kind: 'utf8' },
      ['é', null, 'x'],
    ],
    [
      'LargeBinary',
      arrow.vectorFromArray([Uint8Array.of(1), null], new arrow.LargeBinary()),
      { kind: 'binary' },
      [Buffer.of(1), null],
    ],
    [
      'FixedSizeBinary',
      arrow.vectorFromArray([Uint8Array.of(1, 2), null], new arrow.FixedSizeBinary(2)),
      { kind: 'binary' },
      [Buffer.of(1, 2), null],
    ],
    [
      'Utf8View',
      arrow.vectorFromArray(['é', null, 'longer than twelve bytes'], new arrow.Utf8View()),
      { kind: 'utf8' },
      ['é', null, 'longer than twelve bytes'],
    ],
    [
      'Date in milliseconds',
      arrow.vectorFromArray([new Date(86_400_001), null], new arrow.DateMillisecond()),
      { kind: 'timestamp' },
      [new Date(86_400_001), null],
    ],
    [
      'Timestamp in seconds',
      arrow.makeVector(
        arrow.makeData({
          type: new arrow.TimestampSecond('Europe/Paris'),
          length: 2,
          data: BigInt64Array.of(1n, -1n),
        }),
      ),
      { kind: 'timestamp', timezone: 'UTC' },
      [new Date(1000), new Date(-1000)],
    ],
    [
      'Timestamp in nanoseconds',
      arrow.makeVector(
        arrow.makeData({
          type: new arrow.TimestampNanosecond(),
          length: 1,
          data: BigInt64Array.of(1_001_000n),
        }),
      ),
      { kind: 'timestamp' },
      [new Timestamp(1, 1)],
    ],
    [
      'Time in seconds',
      arrow.vectorFromArray([61, null], new arrow.TimeSecond()),
      { kind: 'time64' },
      ['00:01:01', null],
    ],
    [
      'Duration',
      arrow.makeVector(
        arrow.makeData({ type: new arrow.DurationMillisecond(), length: 1, data: BigInt64Array.of(-5n) }),
      ),
      { kind: 'interval' },
      [new Interval({ microseconds: -5000n })],
    ],
    [
      'Interval of months',
      arrow.makeVector(
        arrow.makeData({ type: new arrow.IntervalYearMonth(), length: 1, data: Int32Array.of(14) }),
      ),
      { kind: 'interval' },
      [new Interval({ months: 14 })],
    ],
    [
      'Interval of days',
      arrow.makeVector(
        arrow.makeData({ type: new arrow.IntervalDayTime(), length: 1, data: Int32Array.of(3, -7) }),
      ),
      { kind: 'interval' },
      [new Interval({ days: 3, microseconds: -7000n })],
    ],
    ['Null', arrow.vectorFromArray([null, null], new arrow.Null()), { kind: 'utf8' }, [null, null]],
    [
      'a dictionary of text',
      arrow.vectorFromArray(['a', 'b', null, 'a'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
      { kind: 'dictionary' },
      ['a', 'b', null, 'a'],
    ],
    [
      'a dictionary of numbers',
      arrow.vectorFromArray([5, 6, null, 5], new arrow.Dictionary(new arrow.Int32(), new arrow.Int16())),
      { kind: 'int32' },
      [5, 6, null, 5],
    ],
  ])('%s', (_name, vector, type, values) => {
    const column = imported(vector);
    expect(column.type).toEqual(type);
    expect(column.toArray()).toStrictEqual(values);
    const cut = imported(vector.slice(1));
    expect(cut.toArray()).toStrictEqual(values.slice(1));
  });

  it('what would lose something is refused, naming the column', () => {
    const nanos = (value: bigint): arrow.Vector =>
      arrow.makeVector(
        arrow.makeData({ type: new arrow.TimestampNanosecond(), length: 1, data: BigInt64Array.of(value) }),
      );
    expect(() => imported(nanos(1n))).toThrow(/"v", row 0: the value is not a whole number of microseconds/);
    const seconds = arrow.makeVector(
      arrow.makeData({ type: new arrow.TimestampSecond(), length: 1, data: BigInt64Array.of(2n ** 62n) }),
    );
    expect(() => imported(seconds)).toThrow(DataError);
    expect(() =>
      imported(arrow.vectorFromArray([[1]], new arrow.List(arrow.Field.new('x', new arrow.Int32())))),
    ).toThrow(NotSupportedError);
    expect(() => imported(arrow.vectorFromArray([1], new arrow.Float16()))).toThrow(
      /"v" has an Arrow type \(Float16\)/,
    );
  });

  it('a garbage value beneath a NULL is nobody’s', () => {
    const data = arrow.makeData({
      type: new arrow.TimestampNanosecond(),
      length: 2,
      nullCount: 1,
      nullBitmap: Uint8Array.of(0b10),
      data: BigInt64Array.of(1n, 1000n),
    });
    expect(imported(arrow.makeVector(data)).toArray()).toEqual([null, new Timestamp(0, 1)]);
  });

  it('several batches become one column', async () => {
    for (const [type, arbitrary] of valuesOf.filter(([{ kind }]) => kind !== 'interval')) {
      const values = [...fc.sample(arbitrary, { numRuns: 9, seed: 1 }), null];
      const part = [...values.slice(0, 3), null];
      const [one, two] = await Promise.all(
        [values, part].map((some) => DataFrame.from({ v: some }, { schema: { v: type } }).toArrow()),
      );
      const both = new arrow.Table(one!.schema, [...one!.batches, ...two!.batches]);
      expect(DataFrame.from(both).column('v').toArray()).toStrictEqual([...values, ...part]);
    }
  });
});

describe('Arrow IPC', () => {
  it.each(['stream', 'file'] as const)(
    'property: apache-arrow reads the %s as the same table, and so do we',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(anyFrame(), fc.nat(3), async ({ rows, names, types }, start) => {
          const df = DataFrame.from(rows, { schema: schemaOf(names, types) }).slice(start);
          const bytes = df.toIPC({ format });
          const table = arrow.tableFromIPC(bytes);
          const direct = await df.toArrow();
          expect(String(table.schema)).toBe(String(direct.schema));
          expect(table.toArray().map(String)).toEqual(direct.toArray().map(String));
          expect(DataFrame.from(table).toObjects()).toStrictEqual(rows.slice(start));
          expect(DataFrame.from(bytes).toObjects()).toStrictEqual(rows.slice(start));
          // Bytes that begin anywhere in memory.
          const shifted = new Uint8Array(bytes.length + 1);
          shifted.set(bytes, 1);
          expect(DataFrame.from(shifted.subarray(1)).toObjects()).toStrictEqual(rows.slice(start));
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each(['stream', 'file'] as const)(
    'what apache-arrow writes as a %s is read, in all its batches',
    async (format) => {
      const schema = { text: 'utf8', word: 'dictionary', n: 'int64' } as const;
      const one = await DataFrame.from(
        { text: ['a', null], word: ['x', 'y'], n: [1n, null] },
        { schema },
      ).toArrow();
      const two = await DataFrame.from(
        { text: ['bc', null], word: ['x', 'z'], n: [-5n, null] },
        { schema },
      ).toArrow();
      const both = new arrow.Table(one.schema, [...one.batches, ...two.batches]);
      // apache-arrow writes no file in which a second batch has a dictionary of its own.
      const table = format === 'file' ? both.select(['text', 'n']) : both;
      expect(DataFrame.from(arrow.tableToIPC(table, format)).toObjects()).toEqual(
        [
          { text: 'a', word: 'x', n: 1n },
          { text: null, word: 'y', n: null },
          { text: 'bc', word: 'x', n: -5n },
          { text: null, word: 'z', n: null },
        ].map(({ word, ...row }) => (format === 'file' ? row : { ...row, word })),
      );
    },
  );

  it('no rows and no columns', () => {
    for (const format of ['stream', 'file'] as const) {
      expect(DataFrame.from(new DataFrame([], 3).toIPC({ format })).numRows).toBe(3);
      const empty = DataFrame.from({ a: [], b: [] }, { schema: { b: 'dictionary' } });
      expect(DataFrame.from(empty.toIPC({ format })).columnNames).toEqual(['a', 'b']);
      expect(arrow.tableFromIPC(empty.toIPC({ format })).numRows).toBe(0);
    }
  });

  it('text that is no UTF-8 is written as UTF-8, since readers trust in it', () => {
    const column = new Column(
      { name: 't', type: { kind: 'utf8' }, nullable: false },
      { length: 2, bytes: Uint8Array.of(0xff, 0x61, 0xc3), offsets: Int32Array.of(0, 2, 3) },
    );
    const df = new DataFrame([column]);
    const back = DataFrame.from(df.toIPC()).column('t');
    expect(back.toArray()).toEqual(column.toArray());
    expect(Buffer.from(back.values as Uint8Array).toString()).toBe('\ufffda\ufffd');
  });

  it('bytes that are cut or changed are an error, never a wrong frame or a hang', () => {
    const bytes = DataFrame.from({ a: [1, null], b: ['x', 'yz'] }).toIPC();
    for (let length = 0; length < bytes.length - 8; length++) {
      try {
        DataFrame.from(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^ERR_RS_(DATA|ARGUMENT|NOT_SUPPORTED)$/),
        });
      }
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          DataFrame.from(changed).toObjects();
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_RS_/) });
        }
      }),
      { numRuns: 500 },
    );
    expect(() => DataFrame.from(Uint8Array.of(1, 2, 3))).toThrow(/no Arrow IPC/);
    expect(() => DataFrame.from({ a: [1] }).toIPC({ format: 'parquet' as never })).toThrow(
      /'stream' or 'file'/,
    );
  });
});
