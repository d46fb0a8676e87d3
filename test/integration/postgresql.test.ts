/** A plain PostgreSQL server is served too (`protocol: 'postgresql'`): its own types, and what differs in the talk. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Interval, Timestamp, typed, type Connection } from '../../src/index.js';
import { startPostgresql, type TestServer } from './postgresql.js';

let server: TestServer;
let conn: Connection;

beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  conn = await server.connect();
});
afterEach(async () => {
  await conn.rollback();
  await conn.close();
});

describe('values', () => {
  it('are those of the table of values, cold and warm', async () => {
    const sql = `select true as b, 1::int2 as i2, -2 as i4, 9007199254740993::int8 as i8, 1.50::numeric(10,2) as n, 0.1::float4 as f4, 0.1::float8 as f8,
      'é'::varchar as v, date '0044-03-15 BC' as d, time '24:00' as t, timestamp '1969-12-31 23:59:59.999999' as ts, timestamptz '2024-01-02 03:04:05.678+00' as tz,
      interval '1 mon -1 day' as iv, array[1,null,3] as a, 'x'::bytea as by, null as nothing, timestamp 'infinity' as inf, '{"a": 12345678901234567890}'::json as j`;
    for (let run = 0; run < 3; run++) {
      const { rows } = await conn.query(sql);
      expect(rows[0]).toEqual({
        b: true,
        i2: 1,
        i4: -2,
        i8: 9007199254740993n,
        n: '1.50',
        f4: Math.fround(0.1),
        f8: 0.1,
        v: 'é',
        d: '0044-03-15 BC',
        t: '24:00:00',
        ts: new Timestamp(-1, 999),
        tz: new Date('2024-01-02T03:04:05.678Z'),
        iv: new Interval({ months: 1, days: -1 }),
        a: [1, null, 3],
        by: Buffer.from('x'),
        nothing: null,
        inf: Infinity,
        j: { a: 12345678901234567890n },
      });
    }
  });

  it('come back as they were sent', async () => {
    const values = [
      true,
      1,
      -2147483649,
      12345678901234567890n,
      0.1,
      'text \\ with \' and "',
      new Timestamp(1_700_000_000_123, 456),
      [1, 2, null],
      ['a', 'NULL', '{"'],
      { key: 'värde' },
    ];
    const types = [
      'bool',
      'int4',
      'int8',
      'numeric',
      'float8',
      'text',
      'timestamptz',
      'int4[]',
      'text[]',
      'json',
    ];
    const columns = types
      .map((type, index) => `$${String(index + 1)}::${type} as c${String(index)}`)
      .join(', ');
    const { rows } = await conn.query(`select ${columns}`, values);
    const expected = values.map((value) =>
      value === -2147483649 ? -2147483649n : value === 12345678901234567890n ? '12345678901234567890' : value,
    );
    expect(Object.values(rows[0]!)).toEqual(expected);
  });
});

describe('statements', () => {
  it('may return what they wrote', async () => {
    await conn.query('create temp table t (id serial, name text)');
    const { rows, rowCount } = await conn.query('insert into t (name) values (%s), (%s) returning id', [
      'a',
      'b',
    ]);
    expect([rows, rowCount]).toEqual([[{ id: 1 }, { id: 2 }], 2]);
  });

  it('call procedures that give their INOUT parameters back', async () => {
    await conn.query(
      'create procedure pg_temp.twice(a int, inout b int) language plpgsql as $$ begin b := a * 2; end $$',
    );
    const cursor = await conn.cursor().callProc('pg_temp.twice', [21, 0]);
    expect(await cursor.fetchAll()).toEqual([[42]]);
  });

  it('take a value with the type that was asked for', async () => {
    const { rows } = await conn.query('select pg_typeof($1)::text as a, pg_typeof($2)::text as b', [
      typed.int2(5),
      typed.varchar('x'),
    ]);
    expect(rows).toEqual([{ a: 'smallint', b: 'character varying' }]);
  });

  it('are cancelled on the server', async () => {
    await expect(conn.query('select pg_sleep(20)', null, { timeout: 0.1 })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

describe('insertDataBulk', () => {
  it('takes names as they are written', async () => {
    await conn.query('create temp table "Odd Table" (id int)');
    await expect(conn.cursor().insertDataBulk('none.csv', '"odd table"', [0], ['id'])).rejects.toThrow(
      /there is no table odd table/,
    );
  });
});
