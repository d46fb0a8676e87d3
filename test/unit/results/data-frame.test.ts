import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ArgumentError, Column, DataFrame } from '../../../src/index.js';
import { anyFrame } from './frames.js';

const column = (name: string, ...values: number[]): Column =>
  new Column(
    { name, type: { kind: 'int32' }, nullable: false },
    { length: values.length, values: Int32Array.from(values) },
  );

describe('a data frame', () => {
  const df = new DataFrame([column('a', 1, 2, 3), column('b', 4, 5, 6)]);

  it('tells its shape', () => {
    expect([df.numRows, df.numColumns, df.columnNames]).toEqual([3, 2, ['a', 'b']]);
    expect(df.schema).toEqual({
      fields: [
        { name: 'a', type: { kind: 'int32' }, nullable: false },
        { name: 'b', type: { kind: 'int32' }, nullable: false },
      ],
    });
    expect(df.byteLength).toBe(24);
  });

  it('gives columns by name and by index', () => {
    expect(df.column('b')).toBe(df.columns[1]);
    expect(df.column(0)).toBe(df.columns[0]);
    expect(() => df.column('c' as never)).toThrow('The data frame has no column "c"; it has "a", "b"');
    expect(() => df.column(2)).toThrow('The data frame has no column 2; it has 2');
    expect(() => df.column('__proto__' as never)).toThrow(ArgumentError);
  });

  it('gives rows', () => {
    expect(df.get(1)).toEqual({ a: 2, b: 5 });
    expect([df.at(-1), df.at(0), df.at(3), df.at(-4)]).toEqual([
      { a: 3, b: 6 },
      { a: 1, b: 4 },
      undefined,
      undefined,
    ]);
    for (const index of [-1, 3, 0.5, NaN]) expect(() => df.get(index)).toThrow(/has no row/);
    expect([...df]).toEqual(df.toObjects());
    expect(df.toColumns()).toEqual({ a: [1, 2, 3], b: [4, 5, 6] });
  });

  it('gives parts of itself over the same memory', () => {
    expect(df.select(['b', 0]).toObjects()).toEqual([
      { b: 4, a: 1 },
      { b: 5, a: 2 },
      { b: 6, a: 3 },
    ]);
    expect(df.select(['b']).column('b')).toBe(df.column('b'));
    expect(df.select([]).numRows).toBe(3);
    expect([df.head(2).numRows, df.head().numRows, df.head(0).numRows, df.head(-1).numRows]).toEqual([
      2, 3, 0, 0,
    ]);
    expect(df.slice(1).toObjects()).toEqual([
      { a: 2, b: 5 },
      { a: 3, b: 6 },
    ]);
    expect(df.slice(-2, -1).toObjects()).toEqual([{ a: 2, b: 5 }]);
    expect(df.slice(2, 1).numRows).toBe(0);
    expect((df.slice(1).column('a').values as Int32Array).buffer).toBe(
      (df.column('a').values as Int32Array).buffer,
    );
  });

  it('of more than a thousand rows iterates over all of them', () => {
    const long = DataFrame.from({ n: Int32Array.from({ length: 2500 }, (_, index) => index) });
    expect([...long].map(({ n }) => n)).toEqual([...long.column('n')]);
  });

  it('of many texts gives each as it is, ASCII or not, beside NULLs, and in slices', () => {
    const texts = Array.from({ length: 2500 }, (_, index) =>
      index % 7 === 0
        ? null
        : index > 1200 && index < 1900
          ? `é ${String(index)}`
          : 'x'.repeat(index % 90) + String(index),
    );
    const long = DataFrame.from({ text: texts });
    expect(long.column('text').toArray()).toEqual(texts);
    expect(long.toObjects().map(({ text }) => text)).toEqual(texts);
    expect([...long.slice(123, 2400)].map(({ text }) => text)).toEqual(texts.slice(123, 2400));
    expect(long.slice(123, 2400).column('text').toArray()).toEqual(texts.slice(123, 2400));
  });

  it('refuses columns of different lengths', () => {
    expect(() => new DataFrame([column('a', 1), column('b')])).toThrow(
      /Column "b" has 0 rows where the others have 1/,
    );
  });

  it('of columns with one name gives each by its index, and in rows the last', () => {
    const twice = new DataFrame([column('id', 1), column('x', 2), column('id', 3)]);
    expect(twice.get(0)).toEqual({ id: 3, x: 2 });
    expect(Object.keys(twice.get(0))).toEqual(['id', 'x']);
    expect(twice.toColumns()).toEqual({ id: [3], x: [2] });
    expect([twice.column(0).get(0), twice.column(2).get(0)]).toEqual([1, 3]);
    expect(() => twice.column('id')).toThrow('Several columns are called "id" (0, 2); take one by its index');
    expect(twice.select([2, 1]).get(0)).toEqual({ id: 3, x: 2 });
    expect(twice.slice(0, 1).columnNames).toEqual(['id', 'x', 'id']);
  });

  it('without rows, and without columns', () => {
    const empty = df.slice(3);
    expect([empty.numRows, empty.toObjects(), [...empty], empty.toColumns()]).toEqual([
      0,
      [],
      [],
      { a: [], b: [] },
    ]);
    const bare = new DataFrame([], 2);
    expect([bare.numRows, bare.toObjects(), bare.toColumns(), bare.get(1)]).toEqual([2, [{}, {}], {}, {}]);
  });

  it('property: every slice is the slice of its rows', () => {
    fc.assert(
      fc.property(
        anyFrame(),
        fc.integer({ min: -25, max: 25 }),
        fc.integer({ min: -25, max: 25 }),
        ({ rows, names, types }, start, end) => {
          const schema = Object.fromEntries(names.map((name, index) => [name, types[index]!]));
          const part = DataFrame.from(rows, { schema }).slice(start, end);
          expect(part.toObjects()).toStrictEqual(rows.slice(start, end));
          expect(part.slice(1).toObjects()).toStrictEqual(rows.slice(start, end).slice(1));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a data frame on the console', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const width = (line: string): number => Array.from(line).length;

  it('is a table with the names and the types', () => {
    const df = DataFrame.from([
      { id: 1, name: 'Anna', price: 19.5, at: new Date(0) },
      { id: 20, name: null, price: -0, at: null },
    ]);
    expect(String(df)).toBe(
      [
        'DataFrame (2 rows x 4 columns)',
        '   id  name    price  at',
        'int32  utf8  float64  timestamp UTC',
        '─────  ────  ───────  ────────────────────────',
        '    1  Anna     19.5  1970-01-01T00:00:00.000Z',
        '   20  null       -0  null',
      ].join('\n'),
    );
    expect(inspect(df)).toBe(String(df));
    expect(inspect({ deep: { deeper: { deepest: df } } })).toContain('DataFrame (2 rows x 4 columns)');
  });

  it('has the first and the last rows of many', () => {
    const text = String(DataFrame.from({ n: Int32Array.from({ length: 1000 }, (_, index) => index) }));
    expect(
      text
        .split('\n')
        .slice(4)
        .map((line) => line.trim()),
    ).toEqual(['0', '1', '2', '3', '4', '…', '995', '996', '997', '998', '999']);
    expect(text.split('\n')[0]).toBe('DataFrame (1000 rows x 1 column)');
  });

  it('leaves columns out and says so, and is never wider than it may be', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`column${String(index)}`, [index]]),
    );
    const lines = String(DataFrame.from(many)).split('\n');
    expect(lines[0]).toMatch(/^DataFrame \(1 row x 40 columns, \d+ not shown\)$/);
    expect(lines[1]).toMatch(/^column0 .* … .* column39$/);
    for (const line of lines.slice(1)) expect(width(line)).toBeLessThanOrEqual(80);
    const narrow = inspect(DataFrame.from(many), { breakLength: 40 }).split('\n');
    for (const line of narrow.slice(1)) expect(width(line)).toBeLessThanOrEqual(40);
  });

  it('cuts long cells, and keeps wide characters aligned', () => {
    const lines = String(
      DataFrame.from([
        { a: '日本語', b: 1 },
        { a: 'x'.repeat(1e6), b: 2 },
        { a: '🎉e\u0301', b: 3 },
      ]),
    ).split('\n');
    expect(lines[4]).toBe(`日本語${' '.repeat(26)}      1`);
    expect(lines[5]).toBe(`${'x'.repeat(31)}…      2`);
    expect(lines[6]).toBe(`🎉e\u0301${' '.repeat(29)}      3`);
  });

  it('shows no control character as such, not in names either', () => {
    const text = String(
      DataFrame.from(
        Object.fromEntries([
          ['a\nb\u001b[31m', ['x\ty\r\n', '\u001b]0;title\u0007', '\u202eabc', '\ud800', '\0']],
        ]),
      ),
    );

    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('x\\ty\\r\\n');
    expect(text).toContain('a\\nb');
    expect(text.split('\n')).toHaveLength(9);
  });

  it('never throws, whatever is in the cells', () => {
    const bad = {
      [inspect.custom]: () => {
        throw new Error('no');
      },
    };
    const df = new DataFrame([
      new Column(
        { name: 'at', type: { kind: 'timestamp' }, nullable: false },
        { length: 1, values: BigInt64Array.of(2n ** 63n - 2n) },
      ),
      new Column({ name: 'o', type: { kind: 'object' }, nullable: false }, { length: 1, values: [bad] }),
      new Column(
        { name: 'i', type: { kind: 'dictionary' }, nullable: false },
        {
          length: 1,
          values: Int32Array.of(7),
          dictionary: { bytes: Buffer.of(), offsets: Int32Array.of(0) },
        },
      ),
    ]);
    expect(String(df)).toContain('?');
    expect(inspect(df)).toContain('DataFrame (1 row x 3 columns)');
    expect(String(new DataFrame([], 3))).toBe('DataFrame (3 rows x 0 columns)');
    expect(String(DataFrame.from({ a: [] })).split('\n')).toHaveLength(4);
  });

  it('property: prints any frame within the width', () => {
    fc.assert(
      fc.property(anyFrame(), fc.integer({ min: 40, max: 200 }), ({ rows }, breakLength) => {
        const df = DataFrame.from(
          rows.map((row) =>
            Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
          ),
        );
        expect(inspect(df, { breakLength })).toContain('DataFrame (');
      }),
      { numRuns: 50 },
    );
  });
});
