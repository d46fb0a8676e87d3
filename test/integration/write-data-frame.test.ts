/** Data frames into tables of a local Redshift and of PostgreSQL: what is read back is what was written. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Column, DataFrame, type ColumnData, type Connection, type DataType } from '../../src/index.js';
import { type LocalServer, startLocal } from './local/harness.js';
import { startPostgresql, type TestServer } from './postgresql.js';

let local: LocalServer;
let postgresql: TestServer;
const connections: Partial<Record<'redshift' | 'postgresql', Connection>> = {};

beforeAll(async () => {
  [local, postgresql] = await Promise.all([startLocal(), startPostgresql()]);
  connections.redshift = await local.connect({ autocommit: true });
  connections.postgresql = await postgresql.connect({ autocommit: true });
});
afterAll(async () => {
  await Promise.all(Object.values(connections).map((conn) => conn.close()));
  await Promise.all([local.stop(), postgresql.stop()]);
});

/** A column of JavaScript values in a kind's memory; null is NULL. */
function column(
  name: string,
  type:
    | DataType
    | 'bool'
    | 'int16'
    | 'int32'
    | 'uint32'
    | 'int64'
    | 'float32'
    | 'float64'
    | 'utf8'
    | 'binary'
    | 'date32'
    | 'time64'
    | 'object',
  values: readonly unknown[],
): Column {
  const whole: DataType = typeof type === 'string' ? { kind: type } : type;
  const validity = new Uint8Array((values.length + 7) >>> 3);
  values.forEach((value, row) => {
    if (value !== null) validity[row >>> 3]! |= 1 << (row & 7);
  });
  const numbers = (make: (length: number) => { [index: number]: number }): never => {
    const made = make(values.length);
    values.forEach((value, row) => (made[row] = (value as number | null) ?? 0));
    return made as never;
  };
  const data = (): Omit<ColumnData, 'length'> => {
    switch (whole.kind) {
      case 'bool': {
        const bits = new Uint8Array((values.length + 7) >>> 3);
        values.forEach((value, row) => {
          if (value === true) bits[row >>> 3]! |= 1 << (row & 7);
        });
        return { values: bits };
      }
      case 'int16':
        return { values: numbers((length) => new Int16Array(length)) };
      case 'int32':
      case 'date32':
        return { values: numbers((length) => new Int32Array(length)) };
      case 'uint32':
        return { values: numbers((length) => new Uint32Array(length)) };
      case 'float32':
        return { values: numbers((length) => new Float32Array(length)) };
      case 'float64':
        return { values: numbers((length) => new Float64Array(length)) };
      case 'int64':
      case 'time64':
      case 'timestamp':
        return { values: BigInt64Array.from(values, (value) => (value as bigint | null) ?? 0n) };
      case 'decimal128': {
        const limbs = new Uint32Array(values.length * 4);
        values.forEach((value, row) => {
          for (let limb = 0; limb < 4; limb++)
            limbs[row * 4 + limb] = Number(
              BigInt.asUintN(32, ((value as bigint | null) ?? 0n) >> BigInt(limb * 32)),
            );
        });
        return { values: limbs };
      }
      case 'utf8':
      case 'binary': {
        const cells = values.map((value) => Buffer.from((value as string | Buffer | null) ?? ''));
        const offsets = new Int32Array(values.length + 1);
        cells.forEach((cell, row) => (offsets[row + 1] = offsets[row]! + cell.length));
        return { bytes: Buffer.concat(cells), offsets };
      }
      default:
        return { values };
    }
  };
  return new Column({ name, type: whole, nullable: true }, { length: values.length, validity, ...data() });
}

const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => value.replaceAll('\0', ''));
// From 4713 BC on, the least that a server knows, to the year 9999.
const micros = fc.bigInt(-210_866_803_200_000_000n, 253_402_300_799_999_999n);

/** The type of the table's column, the frame's, and its values. */
const kinds: readonly (readonly [string, Parameters<typeof column>[1], fc.Arbitrary<unknown>])[] = [
  ['boolean', 'bool', fc.boolean()],
  ['smallint', 'int16', fc.integer({ min: -32768, max: 32767 })],
  ['integer', 'int32', fc.integer()],
  ['bigint', 'int32', fc.integer()],
  ['bigint', 'uint32', fc.integer({ min: 0, max: 0xffff_ffff })],
  ['bigint', 'int64', int64],
  ['numeric(38,4)', 'int64', int64],
  ['integer', 'float64', fc.integer()],
  ['bigint', 'float64', fc.maxSafeInteger()],
  ['real', 'float32', fc.float({ noNaN: true }).filter((value) => value === 0 || Math.abs(value) > 1.2e-38)],
  [
    'double precision',
    'float64',
    fc.double({ noNaN: true }).filter((value) => value === 0 || Math.abs(value) > 2.3e-308),
  ],
  ['double precision', 'int32', fc.integer()],
  [
    'numeric(18,4)',
    { kind: 'decimal128', precision: 18, scale: 4 },
    fc.bigInt(-(10n ** 18n) + 1n, 10n ** 18n - 1n),
  ],
  [
    'numeric(38,10)',
    { kind: 'decimal128', precision: 38, scale: 10 },
    fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n),
  ],
  ['integer', { kind: 'decimal128', precision: 18, scale: 0 }, fc.integer().map(BigInt)],
  ['varchar(400)', 'utf8', text],
  ['varchar(400)', 'int64', int64],
  ['varchar(400)', 'bool', fc.boolean()],
  ['date', 'date32', fc.integer({ min: -2_440_588, max: 2_932_896 })],
  ['time', 'time64', fc.bigInt(0n, 86_399_999_999n)],
  ['timestamp', { kind: 'timestamp' }, micros],
  ['timestamptz', { kind: 'timestamp', timezone: 'UTC' }, micros],
  ['timestamptz', { kind: 'timestamp' }, micros],
  ['timestamp', { kind: 'timestamp', timezone: 'UTC' }, micros],
];

/** What a fetch gives for a value that the frame's own reader gives. */
function fetched(sqlType: string, value: unknown): unknown {
  if (value === null) return null;
  if (sqlType === 'bigint') return BigInt(value as number | bigint);
  if (sqlType === 'integer' || sqlType === 'smallint') return Number(value) + 0;
  if (sqlType === 'numeric(38,4)') return `${(value as bigint).toString()}.0000`;
  if (sqlType === 'varchar(400)') return (value as string | bigint | boolean).toString();
  return value;
}

for (const dialect of ['redshift', 'postgresql'] as const) {
  describe(`writeDataFrame on ${dialect}`, () => {
    it('writes every kind exactly, NULLs too, over frames of any length', async () => {
      const conn = connections[dialect]!;
      await conn.query("set timezone to 'America/New_York'");
      const names = kinds.map((_, index) => `c${String(index)}`);
      await conn.query(
        `create temp table kinds (row integer, ${kinds.map(([sql], index) => `c${String(index)} ${sql}`).join(', ')})`,
      );
      const cursor = conn.cursor();
      await fc.assert(
        fc.asyncProperty(
          fc
            .integer({ min: 1, max: 40 })
            .chain((length) =>
              fc.tuple(
                ...kinds.map(([, , value]) =>
                  fc.array(fc.option(value, { freq: 4 }), { minLength: length, maxLength: length }),
                ),
              ),
            ),
          async (values) => {
            const columns = kinds.map(([, type], index) => column(names[index]!, type, values[index]!));
            const rows = values[0]!.length;
            const frame = new DataFrame([
              column(
                'row',
                'int32',
                Array.from({ length: rows }, (_, row) => row),
              ),
              ...columns,
            ]);
            await conn.query('delete from kinds');
            expect((await cursor.writeDataFrame(frame, 'kinds')).rowCount).toBe(rows);
            const back = await conn.query('select * from kinds order by row', null, { rowMode: 'array' });
            expect(back.rows).toEqual(
              Array.from({ length: rows }, (_, row) => [
                row,
                ...columns.map((one, index) => fetched(kinds[index]![0], one.get(row))),
              ]),
            );
          },
        ),
        { numRuns: 25 },
      );
      await conn.query('drop table kinds');
      await conn.query('reset timezone');
    });

    it('takes rows, columns and frames; only the columns that are asked for; names as SQL has them', async () => {
      const conn = connections[dialect]!;
      await conn.query('create schema "odd schema"');
      await conn.query(
        `create table "odd schema"."odd ""table" (id integer, "odd ""name" varchar(20), made integer default 7)`,
      );
      const cursor = conn.cursor();
      const table = '"odd schema"."odd ""table"';
      await cursor.writeDataFrame([{ id: 1, 'odd "name': 'a' }, { id: 2 }], table);
      await cursor.writeDataFrame({ id: Int32Array.of(3, 4), 'odd "name': ['c', null] }, table);
      const frame = DataFrame.from([{ id: 5, made: 1, other: new Date() }]);
      await cursor.writeDataFrame(frame, table, { columns: ['made', 'id'] });
      expect(cursor.rowCount).toBe(1);
      const { rows } = await conn.query(`select * from ${table} order by 1`, null, { rowMode: 'array' });
      expect(rows).toEqual([
        [1, 'a', 7],
        [2, null, 7],
        [3, 'c', 7],
        [4, null, 7],
        [5, null, 1],
      ]);
      await conn.query('drop schema "odd schema" cascade');
    });

    it('refuses by name what does not fit, and sends nothing of it', async () => {
      const conn = connections[dialect]!;
      await conn.query('create table fitting (id integer, note varchar(10), small smallint)');
      const cursor = conn.cursor();
      const refused = (frame: Parameters<typeof cursor.writeDataFrame>[0], options = {}): Promise<unknown> =>
        cursor.writeDataFrame(frame, 'fitting', options).then(
          () => undefined,
          (error: unknown) => error,
        );
      const cases: readonly [Parameters<typeof refused>, object][] = [
        [
          [{ id: [1], elsewhere: [2], nowhere: [3] }],
          {
            name: 'ProgrammingError',
            message: expect.stringMatching(/fitting has no column elsewhere, nowhere/) as string,
          },
        ],
        [
          [{ id: [1] }, { columns: ['note', 'id'] }],
          { name: 'ArgumentError', message: expect.stringMatching(/no column note/) as string },
        ],
        [
          [{ id: [1, 1.5] }],
          {
            name: 'DataError',
            message: expect.stringMatching(/column "id", row 1 is no whole number/) as string,
          },
        ],
        [
          [{ id: [null, NaN] }],
          { name: 'DataError', message: expect.stringMatching(/column "id", row 1 is NaN/) as string },
        ],
        [
          [{ id: [1e300] }],
          { name: 'DataError', message: expect.stringMatching(/beyond 64 bits/) as string },
        ],
        [
          [{ note: ['a', null, 'b\0'] }],
          {
            name: 'DataError',
            message: expect.stringMatching(/column "note", row 2 contains a NUL/) as string,
          },
        ],
        [[{ id: [2 ** 40] }], { code: '22003' }],
        [[{ small: [1, 70_000] }], { code: '22003' }],
        [[{ note: ['x', 'far too long for it'] }], { code: '22001' }],
        [
          [new DataFrame([column('id', 'int32', [1]), column('id', 'int32', [2])])],
          { name: 'ArgumentError', message: expect.stringMatching(/two columns named "id"/) as string },
        ],
        [[7 as never], { name: 'ArgumentError' }],
      ];
      for (const [given, expected] of cases) expect(await refused(...given)).toMatchObject(expected);
      expect(
        await cursor.writeDataFrame({ id: [1] }, 'no_such').catch((error: unknown) => error),
      ).toMatchObject({
        name: 'ProgrammingError',
        message: expect.stringMatching(/no table no_such/) as string,
      });
      expect((await conn.query('select * from fitting')).rows).toEqual([]);
      expect(conn.transactionStatus).toBe('idle');
      await conn.query('drop table fitting');
    });

    it('of no rows sends nothing', async () => {
      const conn = connections[dialect]!;
      const before = conn.stats.statements;
      for (const frame of [[], { a: [] }, new DataFrame([column('a', 'int32', [])])]) {
        expect((await conn.cursor().writeDataFrame(frame, 'no_such')).rowCount).toBe(0);
      }
      expect(conn.stats.statements).toBe(before);
    });

    it('takes many statements, and is all or nothing over them', async () => {
      const conn = await (dialect === 'redshift' ? local : postgresql).connect({ autocommit: false });
      await conn.query('create temp table long (id integer, x varchar(10))');
      await conn.commit();
      const cursor = conn.cursor();
      const ids = Int32Array.from({ length: 50_000 }, (_, row) => row);
      const frame = DataFrame.from({
        id: ids,
        x: Array.from(ids, (id) => (id % 3 === 0 ? null : `x${String(id)}`)),
      });
      expect((await cursor.writeDataFrame(frame, 'long')).rowCount).toBe(50_000);
      expect(conn.transactionStatus).toBe('transaction');
      await conn.commit();
      const { rows } = await conn.query('select count(*) as n, count(x) as x, sum(id) as s from long');
      expect(rows).toEqual([{ n: 50_000n, x: 33_333n, s: 1_249_975_000n }]);
      await conn.commit();
      const last = DataFrame.from({ x: Array.from(ids, (id) => (id < 49_999 ? 'y' : 'far too long')) });
      await expect(cursor.writeDataFrame(last, 'long')).rejects.toMatchObject({ code: '22001' });
      await conn.rollback();
      expect((await conn.query('select count(*) as n from long')).rows).toEqual([{ n: 50_000n }]);
      await conn.close();
    });
  });
}

it('writes SUPER and VARBYTE through the functions that read them', async () => {
  const conn = connections.redshift!;
  await conn.query('create temp table semi (id integer, s super, b varbyte(100), t varchar(100))');
  const documents = ['{"a":[1,2.50,null]}', '[]', '"text"', null];
  const cursor = conn.cursor();
  await cursor.writeDataFrame(
    [0, 1, 2, 3].map((id) => ({
      id,
      s: documents[id],
      b: id === 1 ? null : Buffer.from([id, 255]),
      t: `t${String(id)}`,
    })),
    'semi',
  );
  await cursor.writeDataFrame([{ id: 4, s: { k: [1, 'x'] } }], 'semi');
  const { rows } = await conn.query('select * from semi order by id', null, { rowMode: 'array' });
  expect(rows).toEqual([
    [0, '{"a":[1,2.50,null]}', Buffer.from([0, 255]), 't0'],
    [1, '[]', null, 't1'],
    [2, '"text"', Buffer.from([2, 255]), 't2'],
    [3, null, Buffer.from([3, 255]), 't3'],
    [4, '{"k":[1,"x"]}', null, null],
  ]);
});

it('writes bytes and server arrays to PostgreSQL', async () => {
  const conn = connections.postgresql!;
  await conn.query('create temp table more (id integer, b bytea, a integer[], j json, i interval)');
  const cursor = conn.cursor();
  const bytes = Buffer.from([0, 1, 92, 255]);
  await cursor.writeDataFrame([{ id: 1, b: bytes, a: [1, 2, 3], j: { x: 1 } }, { id: 2 }], 'more');
  const { rows } = await conn.query('select id, b, a, j from more order by id', null, { rowMode: 'array' });
  expect(rows).toEqual([
    [1, bytes, [1, 2, 3], { x: 1 }],
    [2, null, null, null],
  ]);
});

it('writes what Arrow and polars hold, and what it fetched itself', async () => {
  const conn = connections.redshift!;
  await conn.query(
    'create temp table origin (id bigint, price numeric(18,4), name varchar(50), at timestamp, day date, ok boolean, x double precision)',
  );
  await conn.query('create temp table copied (like origin)');
  const cursor = conn.cursor();
  await cursor.writeDataFrame(
    Array.from({ length: 500 }, (_, id) => ({
      id,
      price: id % 7 === 0 ? null : `${String(id)}.2500`,
      name: id % 5 === 0 ? null : `n ${String(id % 9)}`,
      at: new Date(id * 86_399_999),
      day: '2024-02-29',
      ok: id % 2 === 0,
      x: id / 3,
    })),
    'origin',
  );
  const read = async (table: string): Promise<DataFrame> =>
    (await cursor.execute(`select * from ${table} order by id`)).fetchDataFrame();
  const origin = await read('origin');
  const sources = { frame: origin, arrow: await origin.toArrow(), polars: await origin.toPolars() };
  for (const [name, source] of Object.entries(sources)) {
    await conn.query('delete from copied');
    expect((await cursor.writeDataFrame(source as DataFrame, 'copied')).rowCount, name).toBe(500);
    expect((await read('copied')).toObjects(), name).toEqual(origin.toObjects());
  }
});
