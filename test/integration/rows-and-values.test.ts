/** Rows O8, S4, S5, S6 and N4 of the failure matrix where they can be asked of real servers: the local Redshift and PostgreSQL. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typed, type Connection, type ConnectOptions } from '../../src/index.js';
import { startLocal, type LocalServer } from './local/harness.js';
import { startPostgresql, type TestServer } from './postgresql.js';

let local: LocalServer;
let postgresql: TestServer;
let folder: string;

beforeAll(async () => {
  [local, postgresql] = await Promise.all([startLocal(), startPostgresql()]);
  folder = await mkdtemp(join(tmpdir(), 'rows-'));
});

afterAll(async () => {
  await Promise.all([local.stop(), postgresql.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const servers = ['the local Redshift', 'PostgreSQL'] as const;
async function on<T>(
  server: (typeof servers)[number],
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

describe.each(servers)('%s', (server) => {
  it('O8: DDL by another connection changes what a prepared statement gives: the caller gets the new columns', async () => {
    await on(server, async (conn) => {
      await conn.query('drop table if exists changing');
      await conn.query('create table changing (a int)');
      await conn.query('insert into changing values (1)');
      const select = async (): Promise<unknown> => (await conn.query('select * from changing')).rows;
      expect(await select()).toEqual([{ a: 1 }]);
      expect(await select()).toEqual([{ a: 1 }]);
      await on(server, (other) => other.query('alter table changing add column b int'));
      expect(await select()).toEqual([{ a: 1, b: null }]);
      // In a transaction of the caller it is the error, and all is forgotten.
      await conn.query('begin');
      await select();
      await conn.rollback();
      await on(server, (other) => other.query('alter table changing drop column b'));
      await select();
      await conn.query('drop table changing');
    });
  });

  it('O8: a statement that the server was told to forget is prepared anew', async () => {
    await on(server, async (conn) => {
      const select = async (): Promise<unknown> => (await conn.query('select 1 as one')).rows;
      await select();
      await conn.script('deallocate all');
      expect(await select()).toEqual([{ one: 1 }]);
      await conn.query('begin');
      await select();
      await conn.query('rollback');
      expect(await select()).toEqual([{ one: 1 }]);
    });
  });

  it('S4: text whose bytes are more than its characters makes the round trip', async () => {
    await on(server, async (conn) => {
      for (const text of [
        '😀',
        'é'.repeat(1025),
        '€'.repeat(1024),
        `${'a'.repeat(1023)}😀`,
        '\ufeffx',
        'it\'s \\ " $1 %s',
      ]) {
        const { rows } = await conn.query('select %s::varchar(65535) as a', [text]);
        expect(rows).toEqual([{ a: text }]);
      }
    });
  });

  it('S6: a negative number behind a minus is subtracted, whatever its type', async () => {
    await on(server, async (conn) => {
      for (const value of [
        typed.int2(-1),
        -1,
        typed.int4(-1),
        -1n,
        typed.int8(-1n),
        typed.numeric('-1'),
        typed.float4(-1),
        typed.float8(-1),
      ]) {
        const { rows } = await conn.query('select 5 -%s as a, 7 as b', [value], {
          rowMode: 'array',
          types: { numeric: 'number', bigint: 'number' },
        });
        expect(rows).toEqual([[6, 7]]);
      }
    });
  });

  it('S6: values and names full of quotes and backslashes are what they are', async () => {
    await on(server, async (conn) => {
      const value = "\\' or 1=1; drop table nothing; --";
      expect((await conn.query('select %s::varchar(100) as a', [value])).rows).toEqual([{ a: value }]);
      await conn.query('create temp table "od""d; --" ("a""b" varchar(100), "c\'d" int)');
      const file = join(folder, `${server}.csv`);
      await writeFile(file, `x,y\n"${value}",1\n"''",2\n`);
      const cursor = conn.cursor();
      await cursor.insertDataBulk(file, '"od""d; --"', [0, 1], ['a"b', "c'd"], ',', 2);
      expect(cursor.rowCount).toBe(2);
      expect(
        (await conn.query(`select * from "od""d; --" order by "c'd"`, null, { rowMode: 'array' })).rows,
      ).toEqual([
        [value, 1],
        ["''", 2],
      ]);
    });
  });

  it('S5: a source that throws in the middle leaves nothing behind, one of several parts is whole', async () => {
    await on(server, async (conn) => {
      await conn.query('drop table if exists sourced');
      await conn.query('create table sourced (a int)');
      const own = new Error('the source itself');
      async function* rows(count: number, error?: Error): AsyncGenerator<[number]> {
        for (let row = 0; row < count; row++) yield [row];
        await Promise.resolve();
        if (error !== undefined) throw error;
      }
      const count = async (): Promise<unknown> =>
        (await conn.query('select count(*) as n from sourced', null, { types: 'json' })).rows[0];
      await expect(
        conn.cursor().executeMany('insert into sourced values (%s)', rows(20_000, own)),
      ).rejects.toBe(own);
      expect(await count()).toEqual({ n: 0 });
      const cursor = await conn.cursor().executeMany('insert into sourced values (%s)', rows(20_000));
      expect(cursor.rowCount).toBe(20_000);
      expect(await count()).toEqual({ n: 20_000 });
      // A file whose third line is short: the first batch does not stay.
      const file = join(folder, 'short.csv');
      await writeFile(file, 'a,b\n1,1\n2,2\n3\n');
      await expect(conn.cursor().insertDataBulk(file, 'sourced', [1], ['a'], ',', 1)).rejects.toMatchObject({
        name: 'DataError',
      });
      await expect(
        conn.cursor().insertDataBulk(join(folder, 'none.csv'), 'sourced', [0], ['a']),
      ).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await count()).toEqual({ n: 20_000 });
      expect(conn.transactionStatus).toBe('idle');
      await conn.query('drop table sourced');
    });
  });

  it('N4: values at the ends of their types make the round trip', async () => {
    await on(server, async (conn) => {
      const most = `9.${'9'.repeat(37)}`;
      const cases: readonly [string, unknown, unknown][] = [
        ['bigint', 9223372036854775807n, 9223372036854775807n],
        ['bigint', -9223372036854775808n, -9223372036854775808n],
        ['bigint', 9007199254740993n, 9007199254740993n],
        ['numeric(38,37)', typed.numeric(most), most],
        ['numeric(38,37)', typed.numeric(`-${most}`), `-${most}`],
        ['double precision', NaN, NaN],
        ['double precision', Infinity, Infinity],
        ['double precision', -Infinity, -Infinity],
        ['double precision', -0, -0],
        ['double precision', 5e-324, 5e-324],
        ['double precision', Number.MAX_VALUE, Number.MAX_VALUE],
        ['timestamp', '0001-01-01 00:00:00', new Date('0001-01-01T00:00:00Z')],
        ['timestamp', '9999-12-31 23:59:59.999', new Date('9999-12-31T23:59:59.999Z')],
        ['timestamp', '4713-01-01 00:00:00 BC', new Date('-004712-01-01T00:00:00Z')],
      ];
      for (const [type, value, expected] of cases) {
        const { rows } = await conn.query(`select %s::${type} as a`, [value]);
        expect(rows[0]?.['a'], `${type} ${String(expected)}`).toEqual(expected);
        if (typeof expected === 'number') expect(Object.is(rows[0]?.['a'], expected)).toBe(true);
      }
      const end = '294276-12-31 23:59:59.999999';
      const last = await conn.query('select %s::timestamp as a', [end], { types: { timestamp: 'string' } });
      expect(last.rows).toEqual([{ a: end }]);
      await expect(conn.query('select %s::timestamp as a', [end])).rejects.toMatchObject({
        name: 'DataError',
      });
      expect((await conn.query('select 1 as a')).rows).toEqual([{ a: 1 }]);
    });
  });
});
