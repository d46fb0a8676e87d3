/** The `pg` package against the local Redshift: what its users rely on, in simple and extended queries. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocal, type LocalServer } from './harness.js';

let server: LocalServer;
let client: pg.Client;

const config = (): pg.ClientConfig => {
  const { host, port, database, user, password, sslrootcert } = server.redshift;
  return { host, port, database, user, password, ssl: { ca: sslrootcert } };
};

beforeAll(async () => {
  server = await startLocal();
});
afterAll(() => server.stop());
beforeEach(async () => {
  client = new pg.Client(config());
  await client.connect();
});
afterEach(() => client.end());

const one = async (sql: string, values?: unknown[]): Promise<unknown> => {
  const { rows } = await client.query<Record<string, unknown>>(sql, values);
  expect(rows).toHaveLength(1);
  return Object.values(rows[0]!)[0];
};

describe('pg', () => {
  it('reads the types that it knows', async () => {
    expect(await one('select 1::smallint')).toBe(1);
    expect(await one('select 9007199254740993::bigint')).toBe('9007199254740993');
    expect(await one('select 1.5::double precision')).toBe(1.5);
    expect(await one('select 1.50::numeric(10,2)')).toBe('1.50');
    expect(await one('select true')).toBe(true);
    expect(await one("select 'x'::char(3)")).toBe('x  ');
    expect(await one("select 'Ünï'::varchar(10)")).toBe('Ünï');
    expect(await one("select '2008-02-29'::date::varchar")).toBe('2008-02-29');
    expect(await one("select '2020-01-02 03:04:05.678'::timestamptz")).toEqual(
      new Date('2020-01-02T03:04:05.678Z'),
    );
    expect(await one('select null::int')).toBeNull();
  });

  it('reads the types that only Redshift has as text', async () => {
    expect(await one('select json_parse(\'{"a":[1,2]}\')')).toBe('{"a":[1,2]}');
    expect(await one("select to_varbyte('abc', 'utf8')")).toBe('616263');
    const { fields } = await client.query(
      "select json_parse('1') as s, 'a'::varbyte as v, 'x'::varchar(9) as t",
    );
    expect(
      fields.map(({ name, dataTypeID, dataTypeModifier }) => [name, dataTypeID, dataTypeModifier]),
    ).toEqual([
      ['s', 4000, expect.any(Number)],
      ['v', 6551, expect.any(Number)],
      ['t', 1043, 13],
    ]);
  });

  it('passes parameters', async () => {
    expect(await one('select $1::int + $2::int', [2, 3])).toBe(5);
    expect(await one('select $1::varchar', ["it's \\ a text"])).toBe("it's \\ a text");
    expect(await one('select $1::numeric(38,10)', ['12345678901234567890.0123456789'])).toBe(
      '12345678901234567890.0123456789',
    );
    expect(await one('select $1::timestamp', [new Date(Date.UTC(2020, 0, 2))])).toBeInstanceOf(Date);
    expect(await one('select $1::int is null', [null])).toBe(true);
  });

  it('runs a named statement again and again', async () => {
    for (let i = 0; i < 3; i++) {
      const { rows } = await client.query<{ n: number }>({
        name: 'twice',
        text: 'select $1::int * 2 as n',
        values: [i],
      });
      expect(rows).toEqual([{ n: i * 2 }]);
    }
  });

  it('makes, fills and reads a table', async () => {
    await client.query(
      'create temp table sales (id int identity(1,1), day date sortkey, amount decimal(12,2)) diststyle even',
    );
    const filled = await client.query(
      "insert into sales (day, amount) values ('2020-01-01', 10), ('2020-01-02', $1)",
      ['2.5'],
    );
    expect(filled).toMatchObject({ command: 'INSERT', rowCount: 2 });
    const { rows, rowCount } = await client.query('select id, amount from sales order by day');
    expect({ rows, rowCount }).toEqual({
      rows: [
        { id: 1, amount: '10.00' },
        { id: 2, amount: '2.50' },
      ],
      rowCount: expect.toSatisfy((n) => n === 2 || n === null) as unknown,
    });
    expect(await client.query('update sales set amount = 0')).toMatchObject({
      command: 'UPDATE',
      rowCount: 2,
    });
    expect(await client.query('delete from sales where id = 1')).toMatchObject({
      command: 'DELETE',
      rowCount: 1,
    });
  });

  it('runs several statements of one text', async () => {
    const results = (await client.query(
      'create temp table m (a int); insert into m values (1), (2); select count(*) as n from m',
    )) as unknown as pg.QueryResult[];
    expect(results.map(({ command }) => command)).toEqual(['CREATE', 'INSERT', 'SELECT']);
    expect(results[2]!.rows).toEqual([{ n: '2' }]);
  });

  it('gets errors with their codes, and goes on', async () => {
    await expect(client.query('select nothing')).rejects.toMatchObject({ code: '42703', position: '8' });
    await expect(client.query('select * from nowhere')).rejects.toMatchObject({ code: '42P01' });
    await expect(client.query('select $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' });
    await expect(client.query('create table r (a int) returning a')).rejects.toMatchObject({ code: '42601' });
    await expect(client.query('select 1; select 2; selekt')).rejects.toMatchObject({ code: '42601' });
    expect(await one('select 1')).toBe(1);
  });

  it('has transactions, and other sessions see only what was committed', async () => {
    await client.query('create table shared (a int)');
    await client.query('begin');
    await client.query('insert into shared values (1)');
    const other = new pg.Client(config());
    await other.connect();
    try {
      expect((await other.query<{ n: string }>('select count(*) as n from shared')).rows[0]!.n).toBe('0');
      await expect(client.query('selekt')).rejects.toMatchObject({ code: '42601' });
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback');
      await client.query('insert into shared values (1)');
      expect((await other.query<{ n: string }>('select count(*) as n from shared')).rows[0]!.n).toBe('1');
    } finally {
      await other.end();
      await client.query('drop table shared');
    }
  });

  it('writes nothing after SET readonly, as drivers say for connections that only read', async () => {
    await client.query('set readonly = 1');
    await expect(client.query('create table r (a int)')).rejects.toMatchObject({ code: '25006' });
    await client.query('begin');
    await expect(client.query('create table r (a int)')).rejects.toMatchObject({ code: '25006' });
    await client.query('rollback');
    expect(await one('show readonly')).toBe('on');
    await client.query('set readonly to off');
    await client.query('create temp table r (a int)');
  });

  it('works in a pool, with many at once', async () => {
    const pool = new pg.Pool({ ...config(), max: 8 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => pool.query<{ n: number }>('select $1::int as n', [at])),
    );
    expect(answers.map(({ rows }) => rows[0]!.n)).toEqual(Array.from({ length: 50 }, (_, at) => at));
    await pool.end();
  });

  it('hears how Redshift calls itself, and nothing of PostgreSQL', async () => {
    const seen = new Map<string, string>();
    const listening = new pg.Client(config());
    const { connection } = listening as unknown as { connection: NodeJS.EventEmitter };
    connection.on(
      'parameterStatus',
      ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) =>
        seen.set(parameterName, parameterValue),
    );
    await listening.connect();
    await listening.end();
    expect(Object.fromEntries(seen)).toMatchObject({
      server_version: '8.0.2',
      integer_datetimes: 'on',
      session_authorization: 'awsuser',
      server_protocol_version: '0',
    });
    expect(seen.has('standard_conforming_strings')).toBe(false);
  });
});
