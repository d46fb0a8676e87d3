/** Statements through the whole local Redshift: what needs a session, a second one, or several answers. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalServer, startLocal } from './harness.js';

let local: LocalServer;
const clients: pg.Client[] = [];

/** Values as the server wrote them. */
const types = { getTypeParser: () => String } as unknown as pg.CustomTypesConfig;

async function session(over: pg.ClientConfig = {}): Promise<pg.Client> {
  const { host, port, database, user, password } = local.redshift;
  const client = new pg.Client({ host, port, database, user, password, types, ...over });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

let client: pg.Client;

beforeAll(async () => {
  local = await startLocal();
  client = await session();
});

afterAll(async () => {
  for (const one of clients) await one.end();
  await local.stop();
});

let schema = 0;

/** Each test in a schema of its own. */
beforeEach(async () => {
  schema++;
  await client.query(`create schema test_${schema}`);
  await client.query(`set search_path to test_${schema}`);
});

async function rows(sql: string, on = client): Promise<unknown[][]> {
  return (await on.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
}

async function value(sql: string, on = client): Promise<unknown> {
  return (await rows(sql, on))[0]?.[0];
}

async function failure(sql: string, on = client): Promise<pg.DatabaseError> {
  return on.query(sql).then(
    () => Promise.reject(new Error(`${sql} ran`)),
    (error: unknown) => error as pg.DatabaseError,
  );
}

describe('transactions', () => {
  it('see nothing of what others do in the meantime', async () => {
    const other = await session();
    await client.query('create table t (a int)');
    await client.query('begin');
    expect(await value('select count(*) from t')).toBe('0');
    await other.query(`insert into test_${schema}.t values (1)`);
    expect(await value('select count(*) from t')).toBe('0');
    await client.query('commit');
    expect(await value('select count(*) from t')).toBe('1');
  });

  it('end with TRUNCATE', async () => {
    const other = await session();
    await client.query('create table t (a int)');
    await client.query('begin');
    await client.query('insert into t values (1)');
    const { command } = await client.query('truncate t');
    expect(command).toBe('TRUNCATE');
    expect(await value(`select count(*) from test_${schema}.t`, other)).toBe('0');
    await client.query('insert into t values (2)');
    await client.query('rollback');
    expect(await value('select count(*) from t')).toBe('1');
  });

  it('take nothing but their end once they failed', async () => {
    await client.query('begin');
    expect((await failure('select nosuch')).code).toBe('42703');
    expect((await failure('select 1')).code).toBe('25P02');
    expect((await failure('create table t (a int distkey)')).code).toBe('25P02');
    await client.query('rollback');
  });

  it('roll back a script that fails as a whole', async () => {
    await client.query('create table t (a int)');
    expect(
      (await failure('insert into t values (1); insert into t values (2); insert into nosuch values (3)'))
        .code,
    ).toBe('42P01');
    expect(await value('select count(*) from t')).toBe('0');
  });
});

describe('tables', () => {
  it('are described as Redshift describes them', async () => {
    await client.query(
      'create table sales (id int not null distkey, item varchar(20) encode bytedict, sold date sortkey, primary key (id))',
    );
    expect(
      await rows(
        `select "column", type, encoding, distkey, sortkey, "notnull" from pg_table_def where tablename = 'sales'`,
      ),
    ).toEqual([
      ['id', 'integer', expect.stringMatching(/^az64/), 't', '0', 't'],
      ['item', 'character varying(20)', expect.stringMatching(/^bytedict/), 'f', '0', 'f'],
      ['sold', 'date', expect.stringMatching(/^(none|raw)/), 'f', '1', 'f'],
    ]);
    await client.query('alter table sales alter distkey item');
    await client.query('alter table sales alter sortkey (id, item)');
    expect(
      await rows(`select "column", distkey, sortkey from pg_table_def where tablename = 'sales'`),
    ).toEqual([
      ['id', 'f', '1'],
      ['item', 't', '2'],
      ['sold', 'f', '0'],
    ]);
  });

  it('take over the keys of the table that they are like', async () => {
    await client.query('create table a (x int distkey, y int sortkey default 5)');
    await client.query('create table b (like a including defaults)');
    await client.query('insert into b (x) values (1)');
    expect(await value('select y from b')).toBe('5');
    expect(await rows(`select distkey, sortkey from pg_table_def where tablename = 'b'`)).toEqual([
      ['t', '0'],
      ['f', '1'],
    ]);
  });

  it('that queries make have types of Redshift', async () => {
    await client.query(
      `create table made as select 'abc' as a, 1.50 as b, 'x'::varchar(7) as c, null as d, upper('q') as e`,
    );
    expect(await rows(`select "column", type from pg_table_def where tablename = 'made'`)).toEqual([
      ['a', 'character varying(3)'],
      ['b', 'numeric(3,2)'],
      ['c', 'character varying(7)'],
      ['d', 'character varying(256)'],
      ['e', 'character varying(256)'],
    ]);
  });

  it('move their rows with APPEND', async () => {
    await client.query('create table a (x int, y int default 7)');
    await client.query('create table b (x int)');
    await client.query('insert into b values (1), (2)');
    expect((await failure('alter table a append from b')).message).toContain('FILLTARGET');
    await client.query('alter table a append from b filltarget');
    expect(await rows('select * from a order by 1')).toEqual([
      ['1', '7'],
      ['2', '7'],
    ]);
    expect(await value('select count(*) from b')).toBe('0');
  });

  it('with foreign keys can be joined and changed', async () => {
    await client.query('create table u (id int primary key)');
    await client.query('create table v (id int references u(id), n int)');
    await client.query('insert into u values (1), (1)');
    await client.query('insert into v values (1, 0), (5, 0)');
    expect(await value('select count(*) from v join u on u.id = v.id')).toBe('2');
    await client.query('update v set n = 1 from u where u.id = v.id');
    await client.query('delete from v using u where u.id = v.id');
    expect(await rows('select * from v')).toEqual([['5', '0']]);
  });

  it('that are temporary hide others and go with the session', async () => {
    const other = await session();
    await other.query(`set search_path to test_${schema}`);
    await client.query('create table t (a int)');
    await other.query('create temp table t (b varchar)');
    await other.query(`insert into t values ('mine')`);
    expect(await value('select b from t', other)).toBe('mine');
    expect(await value('select count(*) from t')).toBe('0');
  });
});

describe('procedures', () => {
  it('write Redshift’s SQL', async () => {
    await client.query(`
      create procedure fill(n int, total inout bigint, note out varchar(20)) as $$
      declare
        i int;
        price decimal(8,2) := 1.5;
      begin
        drop table if exists #filled;
        create table #filled (a int distkey, b text, c numeric);
        for i in 1..n loop
          insert into #filled values (i, 'row', price * i);
        end loop;
        select into total sum(a) from #filled;
        note := nvl(null, 'done');
      end;
      $$ language plpgsql`);
    const result = await client.query({ text: 'call fill(4, 0)', rowMode: 'array' });
    expect(result.command).toBe('CALL');
    expect(result.fields.map((field) => field.name)).toEqual(['total', 'column2']);
    expect(result.rows).toEqual([['10', 'done']]);
    expect(await value('select max(c) from #filled')).toBe('6');
  });

  it('keep what a handler did and throw the error on', async () => {
    await client.query('create table log (m varchar(200))');
    await client.query(`create procedure fails() as $$
      begin
        insert into log values ('lost');
        insert into nosuch values (1);
      exception when others then
        insert into log values (sqlerrm);
      end; $$ language plpgsql`);
    expect((await failure('call fails()')).code).toBe('42P01');
    expect(await rows('select m from log')).toEqual([['relation "nosuch" does not exist']]);
  });

  it('belong to their owner until somebody grants them', async () => {
    await client.query('create procedure mine() as $$ begin null; end $$ language plpgsql');
    await client.query(`create user guest_${schema} password 'Guest1234'`);
    await client.query(`grant usage on schema test_${schema} to guest_${schema}`);
    const guest = await session({ user: `guest_${schema}`, password: 'Guest1234' });
    expect((await failure(`call test_${schema}.mine()`, guest)).code).toBe('42501');
    await client.query(`grant execute on procedure mine() to guest_${schema}`);
    await guest.query(`call test_${schema}.mine()`);
  });
});

describe('settings', () => {
  it('last as long as they were set for', async () => {
    await client.query('begin');
    await client.query(`set local query_group to 'inside'`);
    expect(await value('show query_group')).toBe('inside');
    await client.query('commit');
    expect(await value('show query_group')).toBe('unset');
    await client.query(`select set_config('query_group', 'later', false)`);
    expect(await value(`select current_setting('query_group')`)).toBe('later');
    await client.query('reset all');
    expect(await value('show query_group')).toBe('unset');
  });

  it('change how names are read at once', async () => {
    const other = await session();
    const label = async () => (await other.query('select 1 as "Mixed"')).fields[0]?.name;
    expect(await label()).toBe('mixed');
    await other.query('set enable_case_sensitive_identifier to on');
    expect(await label()).toBe('Mixed');
    await other.query('reset enable_case_sensitive_identifier');
    expect(await label()).toBe('mixed');
  });

  it('of a user hold from the next login on', async () => {
    const name = `setter_${schema}`;
    await client.query(`create user ${name} password 'Setter123'`);
    await client.query(`alter user ${name} set query_group to 'theirs'`);
    const other = await session({ user: name, password: 'Setter123' });
    expect(await value('show query_group', other)).toBe('theirs');
  });
});

describe('errors', () => {
  it.each([
    ['select 1,\n  nosuch', 'nosuch'],
    ['create table t (a int encode zstd, "ÄÖ" varchar(max), c jsonb)', 'jsonb'],
    ["select 'é😀', dateadd(day, 1, nosuch)", 'nosuch'],
    ['select a::decimal(50)', 'decimal(50)'],
    ['insert into t values (1) returning 1', 'returning'],
  ])('of %j point at the place', async (sql, place) => {
    const { position } = await failure(sql);
    expect(
      Array.from(sql)
        .slice(Number(position) - 1)
        .join(''),
    ).toMatch(new RegExp(`^${place.replace(/[()]/g, '\\$&')}`));
  });
});

describe('command tags', () => {
  it.each([
    ['begin', 'BEGIN'],
    ['create table t (a int) distkey(a)', 'CREATE'],
    ['insert into t values (1), (2)', 'INSERT'],
    ['update t set a = 3', 'UPDATE'],
    ['select * from t', 'SELECT'],
    ['create table u as select * from t', 'SELECT'],
    ['select * into v from t', 'SELECT'],
    ['declare c cursor for select * from t', 'DECLARE'],
    ['fetch all from c', 'FETCH'],
    ['close c', 'CLOSE'],
    ['analyze t', 'ANALYZE'],
    ['lock t', 'LOCK'],
    ['delete t', 'DELETE'],
    ['end', 'COMMIT'],
    ['vacuum', 'VACUUM'],
    ['show search_path', 'SHOW'],
    ['explain select 1', 'EXPLAIN'],
    ['abort', 'ROLLBACK'],
  ])('%s', async (sql, tag) => {
    await client.query('set search_path to public');
    expect((await client.query(sql)).command).toBe(tag);
    if (sql === 'abort') for (const table of ['t', 'u', 'v']) await client.query(`drop table ${table}`);
  });
});
