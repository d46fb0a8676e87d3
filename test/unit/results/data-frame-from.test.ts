import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, DataFrame, Interval, Timestamp, type DataType } from '../../../src/index.js';
import { anyFrame } from './frames.js';

const typeOf = (...values: unknown[]): DataType | undefined =>
  DataFrame.from(values.map((value) => ({ value }))).schema.fields[0]?.type;
const back = (
  type: DataType | 'date32' | 'time64' | 'int64' | 'dictionary' | 'float32' | 'object',
  ...value: unknown[]
): unknown[] =>
  DataFrame.from({ value }, { schema: { value: type } })
    .column('value')
    .toArray();

describe('types that follow from values', () => {
  it.each<[string, unknown[], DataType]>([
    ['integers of 32 bits', [2147483647, -2147483648, null], { kind: 'int32' }],
    ['larger integers', [2147483648], { kind: 'int64' }],
    ['smaller integers', [-2147483649], { kind: 'int64' }],
    ['integers and fractions', [1, 0.5], { kind: 'float64' }],
    ['minus zero, which no integer is', [1, -0], { kind: 'float64' }],
    ['NaN and infinities', [NaN, Infinity], { kind: 'float64' }],
    ['numbers beyond 2^53, which nobody counted', [1e300], { kind: 'float64' }],
    ['bigints', [1n, null], { kind: 'int64' }],
    ['bigints and integers', [1n, 2], { kind: 'int64' }],
    ['bigints beyond 64 bits', [2n ** 63n], { kind: 'decimal128', precision: 38, scale: 0 }],
    ['strings', ['a', undefined], { kind: 'utf8' }],
    ['booleans', [true, null], { kind: 'bool' }],
    ['dates', [new Date(0), new Timestamp(0, 1)], { kind: 'timestamp', timezone: 'UTC' }],
    ['dates and infinities', [new Date(0), -Infinity], { kind: 'timestamp', timezone: 'UTC' }],
    ['bytes', [Buffer.of(1), Uint8Array.of(2)], { kind: 'binary' }],
    ['intervals', [new Interval({})], { kind: 'interval' }],
    ['arrays and objects', [[1], { a: 1 }], { kind: 'object' }],
    ['nothing but NULL', [null, undefined], { kind: 'utf8' }],
  ])('%s', (_what, values, type) => {
    expect(typeOf(...values)).toEqual(type);
  });

  it('a Date of another realm is a Date', () => {
    expect(typeOf(runInContext('new Date(0)', createContext()))?.kind).toBe('timestamp');
  });

  it.each<[string, unknown[], RegExp]>([
    ['numbers and strings', [1, 'a'], /"value" mixes numbers and strings/],
    ['bigints and fractions', [1n, 0.5], /"value" mixes bigints and numbers/],
    ['dates and strings', [new Date(0), '2024-01-01'], /"value" mixes dates and strings/],
    ['objects and strings', [{}, 'a'], /"value" mixes objects or arrays and strings/],
    ['a Map', [1, new Map()], /"value", row 1: a Map/],
    ['a function', [() => 1], /"value", row 0: a function/],
    ['39 digits', [10n ** 38n], /"value" has an integer of more than 38 digits/],
    ['an invalid Date', [new Date(NaN)], /"value" \(timestamp\), row 0/],
  ])('%s are refused, naming the column', (_what, values, message) => {
    expect(() => typeOf(...values)).toThrow(ArgumentError);
    expect(() => typeOf(...values)).toThrow(message);
  });
});

describe('types that a schema names', () => {
  it('decimals keep their scale, and are never rounded', () => {
    const type = { kind: 'decimal128', precision: 6, scale: 2 } as const;
    expect(back(type, '1', '-0.05', 0.1, 12n, '0001.500', '9999.99', null)).toEqual([
      '1.00',
      '-0.05',
      '0.10',
      '12.00',
      '1.50',
      '9999.99',
      null,
    ]);
    for (const value of ['0.001', '12345', 'x', '', '.', 1e-7, NaN, true, '1e3', `${'0'.repeat(200)}1`]) {
      expect(() => back(type, value)).toThrow(/row 0: the value is not a decimal with at most 4 digits/);
    }
    const widest = { kind: 'decimal128', precision: 38, scale: 38 } as const;
    const digits = `-0.${'9'.repeat(38)}`;
    expect(back(widest, digits)).toEqual([digits]);
    expect(() => back({ kind: 'decimal128', precision: 38, scale: 0 }, 2 ** 60)).toThrow(ArgumentError);
  });

  it('dates, times and timestamps', () => {
    expect(
      back('date32', '2024-02-29', new Date('1969-12-31T00:00:00Z'), '0044-03-15 BC', Infinity, -Infinity),
    ).toEqual(['2024-02-29', '1969-12-31', '0044-03-15 BC', Infinity, -Infinity]);
    expect(() => back('date32', '2023-02-29')).toThrow(/not a date/);
    expect(() => back('date32', new Date(1))).toThrow(/midnight/);
    expect(back('time64', '00:00', '23:59:59.999999', '24:00:00')).toEqual([
      '00:00:00',
      '23:59:59.999999',
      '24:00:00',
    ]);
    expect(() => back('time64', '24:00:01')).toThrow(/not a time/);
    expect(back({ kind: 'timestamp' }, 1_000_001n, new Date(8.64e15), new Timestamp(-8.64e15, 1))).toEqual([
      new Timestamp(1000, 1),
      new Date(8.64e15),
      new Timestamp(-8.64e15, 1),
    ]);
  });

  it('wide integers, dictionaries, float32 and anything at all', () => {
    expect(back('int64', 1, 2n, '-9223372036854775808', null)).toEqual([1n, 2n, -(2n ** 63n), null]);
    for (const value of [2 ** 53, 2n ** 63n, '9223372036854775808', 0.5]) {
      expect(() => back('int64', value)).toThrow(/64 bits/);
    }
    expect(back('dictionary', 'a', 'b', null, 'a')).toEqual(['a', 'b', null, 'a']);
    expect(back('float32', 0.1, 2n)).toEqual([Math.fround(0.1), 2]);
    expect(() => back({ kind: 'float64' }, 2n ** 53n + 1n)).toThrow(/holds exactly/);
    const map = new Map();
    expect(back('object', map, null, 1)).toEqual([map, null, 1]);
  });

  it.each<[string, unknown]>([
    ['an unknown kind', 'number'],
    ['a precision beyond 38', { kind: 'decimal128', precision: 39, scale: 0 }],
    ['a scale beyond the precision', { kind: 'decimal128', precision: 2, scale: 3 }],
    ['another time zone', { kind: 'timestamp', timezone: 'Europe/Paris' }],
    ['nothing', null],
  ])('%s is refused, naming the column', (_what, type) => {
    expect(() => DataFrame.from({ a: [] }, { schema: { a: type as never } })).toThrow(/Column "a"/);
  });

  it('a column that only the schema names is NULL; the schema of another frame does', () => {
    const schema = DataFrame.from([{ a: 1, b: 'x' }]).schema;
    const df = DataFrame.from([{ a: null }], { schema });
    expect(df.toObjects()).toEqual([{ a: null, b: null }]);
    expect(df.schema.fields.map(({ type }) => type.kind)).toEqual(['int32', 'utf8']);
    expect(DataFrame.from([], { schema }).columnNames).toEqual(['a', 'b']);
  });

  it('changes the type of another frame, and leaves its other columns alone', () => {
    const df = DataFrame.from({ a: Int32Array.of(1, 2), b: ['1.5', null] });
    const other = DataFrame.from(df, {
      schema: { a: 'int64', b: { kind: 'decimal128', precision: 3, scale: 2 }, c: 'bool' },
    });
    expect(other.toObjects()).toEqual([
      { a: 1n, b: '1.50', c: null },
      { a: 2n, b: null, c: null },
    ]);
    expect(DataFrame.from(df, { schema: { b: 'utf8' } }).column('a')).toBe(df.column('a'));
    expect(DataFrame.from(df)).toBe(df);
  });
});

describe('shapes of a source', () => {
  it('rows that lack a column have NULL there', () => {
    const rows = [{ a: 1 }, { b: 'x' }, { a: 2, b: undefined }];
    expect(DataFrame.from(rows).toObjects()).toEqual([
      { a: 1, b: null },
      { a: null, b: 'x' },
      { a: 2, b: null },
    ]);
  });

  it('a column called __proto__ is data', () => {
    const row = Object.fromEntries([
      ['__proto__', 5],
      ['constructor', 6],
    ]);
    const df = DataFrame.from([row]);
    expect(df.columnNames).toEqual(['__proto__', 'constructor']);
    expect(Object.entries(df.get(0))).toEqual([
      ['__proto__', 5],
      ['constructor', 6],
    ]);
    expect(Object.entries(df.toColumns())).toEqual([
      ['__proto__', [5]],
      ['constructor', [6]],
    ]);
    expect(DataFrame.from(Object.fromEntries([['__proto__', [1]]])).columnNames).toEqual(['__proto__']);
  });

  it('any iterable, and no row at all', () => {
    function* rows(): Iterable<{ n: number }> {
      yield { n: 1 };
      yield { n: 2 };
    }
    expect(DataFrame.from(rows()).column('n').toArray()).toEqual([1, 2]);
    expect([DataFrame.from([]).numRows, DataFrame.from([]).numColumns]).toEqual([0, 0]);
    expect([DataFrame.from([{}, {}]).numRows, DataFrame.from({}).numRows]).toEqual([2, 0]);
  });

  it('typed arrays are used as they are', () => {
    const source = {
      a: Int16Array.of(1),
      b: Int32Array.of(1),
      c: Uint32Array.of(1),
      d: Float32Array.of(1),
      e: Float64Array.of(1),
      f: BigInt64Array.of(1n),
    };
    const df = DataFrame.from(source);
    for (const [name, values] of Object.entries(source)) expect(df.column(name).values).toBe(values);
    expect(df.schema.fields.map(({ type }) => type.kind)).toEqual([
      'int16',
      'int32',
      'uint32',
      'float32',
      'float64',
      'int64',
    ]);
  });

  it('typed arrays without a column of their width go into the next wider one', () => {
    const df = DataFrame.from({
      a: Int8Array.of(-1),
      b: Uint8Array.of(255),
      c: Uint16Array.of(65535),
      d: BigUint64Array.of(5n),
      e: BigUint64Array.of(2n ** 64n - 1n),
    });
    expect(df.toObjects()).toEqual([{ a: -1, b: 255, c: 65535, d: 5n, e: '18446744073709551615' }]);
    expect(() => DataFrame.from({ a: new Map() as never })).not.toThrow();
  });

  it.each<[string, unknown, RegExp]>([
    ['arrays as rows', [[1]], /row 0 is no object/],
    ['numbers as rows', [1], /row 0 is no object/],
    ['a date as a row', [{}, new Date(0)], /row 1 is no object/],
    ['a number', 5, /DataFrame.from takes/],
    ['null', null, /DataFrame.from takes/],
    ['a text', 'abc', /DataFrame.from takes/],
    ['a promise', Promise.resolve([]), /DataFrame.from takes/],
    ['columns of different lengths', { a: [1], b: [] }, /Column "b" has 0 rows where the others have 1/],
    ['a column that is no list', { a: 5 }, /column "a" is no array/],
    ['a column that is a text', { a: 'abc' }, /column "a" is no array/],
  ])('%s is refused', (_what, source, message) => {
    expect(() => DataFrame.from(source as never)).toThrow(ArgumentError);
    expect(() => DataFrame.from(source as never)).toThrow(message);
  });
});

describe('texts', () => {
  it('all of Unicode comes back; a lone surrogate is U+FFFD, as in parameters', () => {
    const texts = ['', 'é', '日本語', '🎉', 'a\0b', '\ud800', 'x'.repeat(100_000), '\u{10ffff}'];
    const df = DataFrame.from({ texts });
    expect(df.column('texts').toArray()).toEqual(texts.map((text) => Buffer.from(text).toString()));
  });

  it('property: objects come back as they went in', () => {
    fc.assert(
      fc.property(anyFrame(), ({ rows, names, types }) => {
        const schema = Object.fromEntries(names.map((name, index) => [name, types[index]!]));
        const df = DataFrame.from(rows, { schema });
        expect(df.toObjects()).toStrictEqual(rows);
        expect([...df]).toStrictEqual(rows);
        expect(rows.map((_, index) => df.get(index))).toStrictEqual(rows);
        expect(DataFrame.from(df.toColumns(), { schema }).toObjects()).toStrictEqual(rows);
      }),
      { numRuns: 150 },
    );
  });

  it('property: without a schema too, where the kind of a value tells its type', () => {
    const value = fc.oneof(
      fc.array(fc.option(fc.integer()), { minLength: 5, maxLength: 5 }),
      fc.array(fc.option(fc.string({ unit: 'grapheme' })), { minLength: 5, maxLength: 5 }),
      fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), {
        minLength: 5,
        maxLength: 5,
      }),
      fc.array(fc.option(fc.boolean()), { minLength: 5, maxLength: 5 }),
      fc.array(fc.option(fc.double().filter((one) => !Number.isInteger(one))), {
        minLength: 5,
        maxLength: 5,
      }),
      fc.array(fc.option(fc.date({ noInvalidDate: true })), { minLength: 5, maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (columns) => {
        expect({ ...DataFrame.from(columns).toColumns() }).toStrictEqual({ ...columns });
      }),
      { numRuns: 100 },
    );
  });
});
