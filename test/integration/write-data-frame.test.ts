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
  if (sqlType === 'numeric(38,4)') return `${String(value as bigint)}.0000`;
  if (sqlType === 'varchar(400)') return String(value as string | bigint | boolean);
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
  });
}
