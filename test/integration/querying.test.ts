import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  DataError,
  Interval,
  ProgrammingError,
  Timestamp,
  typed,
  type Connection,
} from '../../src/index.js';
import { type LocalServer, startLocal } from './local/harness.js';

let server: LocalServer;
let conn: Connection;

beforeAll(async () => {
  server = await startLocal();
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

describe('the book example of the README', () => {
  it('gives the rows that were inserted', async () => {
    const cursor = conn.cursor();
    await cursor.execute('create temp table book(bookname varchar, author varchar)');
    await cursor.executeMany('insert into book (bookname, author) values (%s, %s)', [
      ['One Hundred Years of Solitude', 'Gabriel García Márquez'],
      ['A Brief History of Time', 'Stephen Hawking'],
    ]);
    expect(cursor.rowCount).toBe(2);
    await cursor.execute('select * from book');
    expect(await cursor.fetchAll()).toEqual([
      ['One Hundred Years of Solitude', 'Gabriel García Márquez'],
      ['A Brief History of Time', 'Stephen Hawking'],
    ]);
    expect(cursor.rowCount).toBe(2);
    expect(cursor.description?.map(({ name, typeName }) => [name, typeName])).toEqual([
      ['bookname', 'varchar'],
      ['author', 'varchar'],
    ]);
  });
});

describe('values', () => {
  it('are those of the table of values, cold and warm', async () => {
    const sql = `select true as b, 1::int2 as i2, -2 as i4, 9007199254740993::int8 as i8, 1.50::numeric(10,2) as n, 0.1::float4 as f4, 0.1::float8 as f8,
      'é'::varchar as v, date '0044-03-15 BC' as d, time '23:59:59.5' as t, timestamp '1969-12-31 23:59:59.999999' as ts, timestamptz '2024-01-02 03:04:05.678+00' as tz,
      '04:00:00+05'::timetz as ttz, interval '1 mon -1 day' as iv, 'x'::varbyte as vb, null as nothing, json_parse('{"a": 12345678901234567890}') as s`;
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
        t: '23:59:59.5',
        ts: new Timestamp(-1, 999),
        tz: new Date('2024-01-02T03:04:05.678Z'),
        ttz: '23:00:00+00',
        iv: new Interval({ months: 1, microseconds: -86_400_000_000n }),
        vb: Buffer.from('x'),
        nothing: null,
        s: '{"a":12345678901234567890}',
      });
    }
  });

  it('come back as they were sent', async () => {
    const sent = {
      bool: true,
      int4: 1,
      int8: -2147483649n,
      'numeric(38,0)': '12345678901234567890',
      float8: 0.1,
      varchar: 'text \\ with \' and "',
      timestamptz: new Timestamp(1_700_000_000_123, 456),
      date: '2024-02-29',
      timetz: '04:00:00.5+00',
      varbyte: Buffer.from([0x61, 0x62]),
    };
    const columns = Object.keys(sent).map((type, at) => `$${String(at + 1)}::${type} as c${String(at)}`);
    const values = Object.values({ ...sent, 'numeric(38,0)': 12345678901234567890n, varbyte: 'ab' });
    const { rows } = await conn.query(`select ${columns.join(', ')}`, values);
    expect(Object.values(rows[0]!)).toEqual(Object.values(sent));
  });

  it('of a TIMESTAMP are written back unchanged under any session time zone', async () => {
    await conn.query("set timezone to 'America/New_York'");
    await conn.query('create temp table t (a timestamp, b timestamptz, c date)');
    const instant = new Date('2024-03-10T07:30:00.123Z');
    await conn.query('insert into t values (%s, %s, %s)', [instant, instant, instant]);
    const { rows } = await conn.query('select * from t');
    expect(rows[0]).toEqual({ a: instant, b: instant, c: '2024-03-10' });
    const { rowCount } = await conn.query('select 1 from t where a = %s and b = %s', [
      rows[0]!['a'],
      rows[0]!['b'],
    ]);
    expect(rowCount).toBe(1);
  });

  it('that cannot be read name the column and leave the connection usable', async () => {
    const failing = conn.query('select 1 as one, 9007199254740993::int8 as large', null, {
      types: { bigint: 'number' },
    });
    await expect(failing).rejects.toThrow(DataError);
    await expect(failing).rejects.toThrow(/Column 2 "large" \(bigint\)/);
    expect((await conn.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  });

  it('follow the choices of connection, cursor and query, the narrowest wins', async () => {
    const other = await server.connect({ types: { bigint: 'string' }, autocommit: true });
    expect((await other.query('select 1::int8 as n')).rows).toEqual([{ n: '1' }]);
    const cursor = other.cursor({ types: { bigint: 'number' } });
    expect(await (await cursor.execute('select 1::int8')).fetchOne()).toEqual([1]);
    expect(
      await (
        await cursor.execute('select 1::int8', null, { types: { bigint: (text) => `<${text}>` } })
      ).fetchOne(),
    ).toEqual(['<1>']);
    await other.close();
  });

  it("are taken by JSON.stringify with the preset 'json'", async () => {
    const { rows } = await conn.query(
      "select count(*) as n, timestamp '2024-01-02 03:04:05' as t, interval '1 hour' as i from generate_series(1, 3)",
      null,
      { types: 'json' },
    );
    expect(JSON.parse(JSON.stringify(rows))).toEqual([{ n: 3, t: '2024-01-02T03:04:05.000Z', i: 'PT1H' }]);
  });
});

describe('columns with awkward names', () => {
  it('are data like any other', async () => {
    const { rows } = await conn.query(
      'select 1 as "__proto__", 2 as "constructor", 3 as "then", 4 as "length", 5 as "0", 6 as "a""b\n*/"',
    );
    const row = rows[0]!;
    expect(Object.keys(row).sort()).toEqual(
      ['0', '__proto__', 'a"b\n*/', 'constructor', 'length', 'then'].sort(),
    );
    expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).toBe(1);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['then']).toBeUndefined();
  });

  it('of one name: the last wins in objects, arrays give all', async () => {
    expect((await conn.query('select 1 as a, 2 as a')).rows).toEqual([{ a: 2 }]);
    expect((await conn.query('select 1 as a, 2 as a', null, { rowMode: 'array' })).rows).toEqual([[1, 2]]);
  });
});

describe('fetching', () => {
  it('gives rows one by one, in parts and all', async () => {
    const cursor = await conn.cursor().execute('select g from generate_series(1, 10) g');
    expect(await cursor.fetchOne()).toEqual([1]);
    expect(await cursor.fetchMany(3)).toEqual([[2], [3], [4]]);
    expect(await cursor.fetchMany()).toEqual([[5]]);
    expect(await cursor.fetchAll()).toEqual([[6], [7], [8], [9], [10]]);
    expect(await cursor.fetchOne()).toBeNull();
    expect(await cursor.fetchMany(5)).toEqual([]);
  });

  it('before execute, or without a result set, is a ProgrammingError', async () => {
    await expect(conn.cursor().fetchOne()).rejects.toThrow(ProgrammingError);
    const cursor = await conn.cursor().execute('create temp table t1 (a int)');
    await expect(cursor.fetchAll()).rejects.toThrow(/no result set/);
    expect(cursor.description).toBeNull();
    expect(cursor.rowCount).toBe(-1);
  });

  it('streams a large result in bounded memory', async () => {
    let rows = 0;
    for await (const [n] of await conn
      .cursor<[number]>()
      .execute('select g from generate_series(1, 300000) g', null, { stream: true })) {
      if (n !== ++rows) throw new Error(`row ${String(rows)} is missing`);
    }
    expect(rows).toBe(300_000);
  });

  it('on a closed cursor or connection is an error', async () => {
    const cursor = await conn.cursor().execute('select 1');
    await cursor.close();
    await expect(cursor.fetchOne()).rejects.toThrow(/cursor is closed/);
    const other = await server.connect();
    await other.close();
    await other.close();
    await expect(other.query('select 1')).rejects.toThrow(/connection is closed/);
  });
});

describe('errors', () => {
  it('carry what the server said, and 25P02 says what to do', async () => {
    const cursor = conn.cursor();
    await expect(cursor.execute('selec 1')).rejects.toMatchObject({
      name: 'ProgrammingError',
      code: '42601',
      sqlState: '42601',
      position: 1,
    });
    await expect(cursor.execute('select 1')).rejects.toThrow(/call rollback\(\)/);
    await conn.rollback();
    await expect(cursor.execute('select 1/0')).rejects.toMatchObject({ name: 'DataError', code: '22012' });
  });

  it('of parameters name the parameter and come before a byte is sent', async () => {
    await expect(conn.query('select %s, %s', [1])).rejects.toThrow(/2 parameter markers, but 1 parameter/);
    await expect(conn.query('select %s', [Symbol('x')])).rejects.toThrow(/Parameter 1 is a symbol/);
    await expect(conn.query('select %s', ['a\0b'])).rejects.toThrow(ArgumentError);
    await expect(conn.query('select 1\0')).rejects.toThrow(/NUL/);
    await expect(
      conn.query(
        `select ${'%s,'.repeat(32_767)} %s`,
        Array.from({ length: 32_768 }, () => 1),
      ),
    ).rejects.toThrow(/32,?767/);
    expect(conn.transactionStatus).toBe('idle');
  });

  it('let an empty statement pass', async () => {
    expect(await conn.query('')).toMatchObject({ rows: [], command: '' });
  });
});

describe('executeMany', () => {
  it('inserts more rows than one statement has parameters for', async () => {
    const cursor = conn.cursor();
    await cursor.execute('create temp table many (a int8, b varchar, c numeric(38, 4), d timestamp)');
    const rows = Array.from({ length: 20_000 }, (_, index) => [
      index,
      index % 7 === 0 ? null : `row ${String(index)}`,
      index % 2 === 0 ? index : 0.5,
      new Date(index),
    ]);
    await cursor.executeMany('insert into many values (%s, %s, %s, %s)', rows);
    expect(cursor.rowCount).toBe(20_000);
    const { rows: sums } = await conn.query(
      'select count(*) as n, sum(a) as a, count(b) as b, sum(c) as c from many',
    );
    expect(sums[0]).toMatchObject({ n: 20_000n, a: 199990000n, b: 17_142n, c: '99995000.0000' });
  });

  it('runs other statements one by one, and is all or nothing', async () => {
    const auto = await server.connect({ autocommit: true });
    await auto.query('create table counted (a int primary key, b int)');
    const cursor = auto.cursor({ paramstyle: 'named' });
    await cursor.executeMany('insert into counted values (:a, :b)', [
      { a: 1, b: 0 },
      { a: 2, b: 0 },
    ]);
    await cursor.executeMany(
      'update counted set b = b + :by where a = :a',
      Array.from({ length: 1000 }, (_, index) => ({ a: (index % 2) + 1, by: 1 })),
    );
    expect(cursor.rowCount).toBe(1000);
    await expect(
      cursor.executeMany('update counted set b = 10 / :by where a = :a', [
        { a: 1, by: 5 },
        { a: 2, by: 0 },
      ]),
    ).rejects.toMatchObject({ code: '22012' });
    expect((await auto.query('select sum(b) as sum from counted')).rows).toEqual([{ sum: 1000n }]);
    expect(auto.transactionStatus).toBe('idle');
    await auto.query('drop table counted');
    await auto.close();
  });

  it('names the row whose parameters do not fit', async () => {
    await expect(conn.cursor().executeMany('insert into t values (%s, %s)', [[1, 2], [3]])).rejects.toThrow(
      /Row 2/,
    );
  });

  it('of no rows does nothing', async () => {
    const cursor = await conn.cursor().executeMany('insert into nowhere values (%s)', []);
    expect(cursor.rowCount).toBe(0);
  });
});

describe('callProc and typed parameters', () => {
  it('call a procedure and return its INOUT parameters', async () => {
    await conn.query(
      'create procedure twice(a in int, b inout int) language plpgsql as $$ begin b := a * 2; end $$',
    );
    const cursor = await conn.cursor().callProc('twice', [21, 0]);
    expect(await cursor.fetchAll()).toEqual([[42]]);
  });

  it('send a value with the type that was asked for', async () => {
    const { rows } = await conn.query('select pg_typeof($1)::text as a, pg_typeof($2)::text as b', [
      typed.int2(5),
      typed.varchar('x'),
    ]);
    expect(rows).toEqual([{ a: 'smallint', b: 'character varying' }]);
  });
});

describe('script', () => {
  it('runs several statements and gives a result for each', async () => {
    const results = await conn.script(
      "create temp table s (a int); insert into s values (1), (2); select * from s; select 'x' as x",
    );
    expect(results.map(({ command, rowCount, rows }) => [command, rowCount, rows])).toEqual([
      ['CREATE TABLE', -1, []],
      ['INSERT', 2, []],
      ['SELECT', 2, [{ a: 1 }, { a: 2 }]],
      ['SELECT', 1, [{ x: 'x' }]],
    ]);
    expect(conn.transactionStatus).toBe('transaction');
  });

  it('delivers what came before an error, with the error', async () => {
    const auto = await server.connect({ autocommit: true });
    const error = await auto
      .script('select 1 as a; select 1/0; select 3')
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: '22012' });
    expect((error as { results: { rows: unknown[] }[] }).results.map(({ rows }) => rows)).toEqual([
      [{ a: 1 }],
    ]);
    expect((await auto.query('select 2 as b')).rows).toEqual([{ b: 2 }]);
    await auto.close();
  });
});
