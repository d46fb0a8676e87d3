/** Results as columns from real servers: what rows give is what columns give, whatever the type and however it was sent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Connection,
  type ConnectOptions,
  type Cursor,
  type DataFrame,
  Interval,
  Timestamp,
} from '../../src/index.js';
import { startLocal, type LocalServer } from './local/harness.js';
import { startPostgresql, type TestServer } from './postgresql.js';

let local: LocalServer;
let postgresql: TestServer;

beforeAll(async () => {
  [local, postgresql] = await Promise.all([startLocal(), startPostgresql()]);
});

afterAll(async () => {
  await Promise.all([local.stop(), postgresql.stop()]);
});

async function on<T>(
  server: string,
  use: (conn: Connection) => Promise<T>,
  over: ConnectOptions = {},
): Promise<T> {
  const conn = await (server === 'PostgreSQL' ? postgresql : local).connect({ autocommit: true, ...over });
  try {
    return await use(conn);
  } finally {
    await conn.close();
  }
}

const shared = [
  "true::boolean as a_boolean, 'x'::char(3) as a_char, 'Zürich €'::varchar(20) as a_varchar",
  '(-32768)::smallint as a_smallint, 2147483647::integer as an_integer, (-9223372036854775807)::bigint as a_bigint',
  '0.1::real as a_real, (-1.5e300)::double precision as a_double',
  '12345678901234.5678::numeric(18, 4) as n18, (-0.0000000001)::numeric(38, 10) as n38, 7::numeric(5, 0) as n5',
  "date '2024-02-29' as a_date, time '23:59:59.123456' as a_time, timetz '12:00:00+02' as a_timetz",
  "timestamp '1815-12-10 01:02:03.000004' as a_timestamp, timestamptz '2024-06-01 12:00:00.5+02' as a_timestamptz",
  "interval '1 day 2 hours' as an_interval",
].join(', ');
const only: Readonly<Record<string, string>> = {
  PostgreSQL: `array[1, null, 3] as an_array, '\\x00ff'::bytea as bytes, sum(1.50::numeric) over () as a_sum, '{"a":[1]}'::json as some_json, 'infinity'::float8 as endless`,
  'the local Redshift': `json_parse('{"a":[1,12345678901234567890]}') as a_super, 'ab'::varbyte as bytes`,
};

/** A value of a row as the column of it prints. */
function plain(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toISOString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Interval) return String(value);
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

const frameRows = (frame: DataFrame): unknown[][] =>
  Array.from({ length: frame.numRows }, (_, row) => frame.columns.map((column) => plain(column.get(row))));

const settings: readonly (readonly [string, ConnectOptions])[] = [
  ['the local Redshift', {}],
  ['the local Redshift', { clientProtocolVersion: 1 }],
  ['the local Redshift', { clientProtocolVersion: 0 }],
  ['PostgreSQL', {}],
];

describe.each(settings)('%s %o', (server, over) => {
  const columns = `${shared}, ${only[server]!}`;
  const sql = `select * from (select ${columns}) as all_types`;
  it('every type: columns have the values of rows', async () => {
    await on(
      server,
      async (conn) => {
        const cursor = conn.cursor();
        const rows = await (await cursor.execute(sql)).fetchAll();
        const frame = await (await cursor.execute(sql)).fetchDataFrame();
        expect(frame.columnNames).toEqual(cursor.description?.map(({ name }) => name));
        expect(frameRows(frame)).toEqual(rows.map((row) => row.map(plain)));
        expect(
          Object.fromEntries(frame.schema.fields.map(({ name, type }) => [name, type.kind])),
        ).toMatchObject({
          a_boolean: 'bool',
          a_bigint: 'int64',
          n18: 'decimal128',
          a_date: 'date32',
          a_time: 'time64',
          a_timestamp: 'timestamp',
          an_interval: 'interval',
          a_timetz: 'utf8',
          bytes: 'binary',
        });
        for (const types of [
          { bigint: 'string', timestamp: 'string', numeric: 'number' },
          { date: 'date', super: 'json', bytea: 'hex' },
        ] as const) {
          const chosen = await (await cursor.execute(sql, null, { types })).fetchAll();
          const picked = await (await cursor.execute(sql, null, { types })).fetchDataFrame();
          for (const name of ['a_bigint', 'n18', 'a_timestamp', 'a_double']) {
            const at = picked.columnNames.indexOf(name);
            const value = plain(picked.column(at).get(0));
            expect(picked.schema.fields[at]!.type.kind === 'decimal128' ? String(value) : value).toEqual(
              plain(chosen[0]![at]),
            );
          }
        }
      },
      over,
    );
  });

  it('nothing at all, and rows of NULL', async () => {
    await on(
      server,
      async (conn) => {
        const cursor: Cursor = conn.cursor();
        const none = await (await cursor.execute(`${sql} where false`)).fetchDataFrame();
        expect(none.numRows).toBe(0);
        const nulls = await (
          await cursor.execute(`select * from (${sql}) as t left join (select 1 as one) as u on false`)
        ).fetchDataFrame();
        expect(nulls.column('one').nullCount).toBe(1);
        expect(none.schema.fields.map(({ type }) => type)).toEqual(
          nulls.schema.fields.slice(0, -1).map(({ type }) => type),
        );
      },
      over,
    );
  });
});

describe.each(['the local Redshift', 'PostgreSQL'])('%s: a long result', (server) => {
  const numbers =
    "select g::bigint as id, (g % 7)::integer as seven, 'text ' || g::varchar as label from generate_series(1, 30000) as g";

  it('comes whole, in batches, and behind rows', async () => {
    await on(server, async (conn) => {
      const cursor = conn.cursor();
      const whole = await (await cursor.execute(numbers)).fetchDataFrame();
      expect(whole.numRows).toBe(30_000);
      expect(whole.column('id').get(29_999)).toBe(30_000n);
      expect(whole.column('label').get(12_344)).toBe('text 12345');
      await cursor.execute(numbers, null, { stream: true });
      await cursor.fetchMany(10);
      const ids: unknown[] = [];
      for await (const frame of cursor.fetchDataFrameBatches({ rows: 7000 })) ids.push(...frame.column('id'));
      expect(ids).toEqual(Array.from({ length: 29_990 }, (_, at) => BigInt(at + 11)));
      const { columns } = await (await cursor.execute(numbers)).fetchColumns(3);
      expect(columns.map(({ values }) => values)).toEqual([
        BigInt64Array.of(1n, 2n, 3n),
        Int32Array.of(1, 2, 3),
        ['text 1', 'text 2', 'text 3'],
      ]);
    });
  });

  it('a value without a place in its column is a DataError, and the connection goes on', async () => {
    await on(server, async (conn) => {
      const cursor = conn.cursor();
      const failing = "select 1 as one, 'infinity'::timestamp as never";
      if (server === 'PostgreSQL') {
        await cursor.execute(failing);
        await expect(cursor.fetchDataFrame()).rejects.toThrow(/Column 2 "never" \(timestamp\): infinity/);
        const text = await (
          await cursor.execute(failing, null, { types: { timestamp: 'string' } })
        ).fetchDataFrame();
        expect(text.column('never').get(0)).toBe('infinity');
      }
      await expect((await cursor.execute('set search_path to public')).fetchDataFrame()).rejects.toThrow(
        'no result set',
      );
      expect((await (await cursor.execute('select 1 as one')).fetchDataFrame()).get(0)).toEqual({ one: 1 });
    });
  });
});
