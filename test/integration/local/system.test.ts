/** What the local Redshift records: table facts, keys that nobody enforces, the logs, and what procedures ask. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemplateEngine, type Row, type TemplateEngine } from './engine-harness.js';

let engine: TemplateEngine;
let client: pg.Client;

beforeAll(async () => {
  engine = await startTemplateEngine();
  await engine.admin("select rs_bootstrap('awsuser', 'first')");
  client = await engine.client({ user: 'awsuser' });
  await query(`select rs_create_user('other', '{"password":"abcD1234"}')`);
});
afterAll(() => engine.stop());

async function query(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
  return (await client.query(sql, [...params])).rows as Row[];
}
const note = (table: string, facts: Record<string, unknown>) =>
  query('select rs_note_table($1, $2)', [table, JSON.stringify(facts)]);
const shown = (table: string) =>
  query('select "column", encoding, distkey, sortkey, "notnull" from pg_table_def where tablename = $1', [
    table,
  ]).then((rows) =>
    rows.map((row) =>
      Object.values(row)
        .map((value) => String(value).trim())
        .join(' '),
    ),
  );

describe('table facts', () => {
  it('are what PG_TABLE_DEF shows', async () => {
    await query(
      'create table t1(a int, b varchar(10), c boolean, d double precision, e numeric(5,2), f date, g super)',
    );
    await note('t1', { distKey: 'a', sortKeys: ['f', 'b'], encodings: { a: 'DELTA', e: 'raw' } });
    expect(await shown('t1')).toEqual([
      'a delta t 0 f',
      'b none f 2 f',
      'c none f 0 f',
      'd none f 0 f',
      'e none f 0 f',
      'f none f 1 f',
      'g zstd f 0 f',
    ]);
  });

  it('interleaved sort keys alternate their sign', async () => {
    await query('create table t2(a int, b int, c int)');
    await note('t2', { sortStyle: 'interleaved', sortKeys: ['a', 'b', 'c'] });
    expect((await shown('t2')).map((line) => line.split(' ')[3])).toEqual(['-1', '2', '-3']);
  });

  it('of a table without any: the encodings that Redshift takes by itself', async () => {
    await query('create table t3(a smallint, b char(3), c varbyte, d timestamptz, e real, f time)');
    expect((await shown('t3')).map((line) => line.split(' ')[1])).toEqual([
      'az64',
      'lzo',
      'lzo',
      'az64',
      'none',
      'az64',
    ]);
  });

  it('follow a column that is renamed, and change', async () => {
    await query('alter table t1 rename column a to z');
    expect((await shown('t1'))[0]).toBe('z delta t 0 f');
    await note('t1', { distStyle: 'even' });
    await note('t1', { sortStyle: 'none' });
    expect((await shown('t1')).filter((line) => / t -?\d| -?[1-9] [tf]$/.test(line))).toEqual([]);
    const [info] = await query(`select diststyle, sortkey1 from svv_table_info where "table" = 't1'`);
    expect(info).toEqual({ diststyle: 'EVEN', sortkey1: null });
  });

  it('are copied by LIKE, with the places of the new table', async () => {
    await query('create table t4(a int, gone int, b varchar(5))');
    await query('alter table t4 drop column gone');
    await note('t4', { distKey: 'b', sortKeys: ['b'], encodings: { b: 'zstd' }, backup: false });
    await query('create table t5 (like t4)');
    const [{ oid }] = (await query("select 't4'::regclass::oid as oid")) as [{ oid: string }];
    await note('t5', { like: oid });
    expect(await shown('t5')).toEqual(await shown('t4'));
  });

  it('belong to the owner: nobody else writes them', async () => {
    const other = await engine.client({ user: 'other' });
    await expect(other.query(`select rs_note_table('t1', '{"distStyle":"all"}')`)).rejects.toMatchObject({
      code: '42501',
      message: 'must be owner of relation t1',
    });
    await expect(other.query("select rs_add_key(0, 'p', 'x', '[]')")).rejects.toMatchObject({
      code: '42501',
    });
    await expect(other.query('delete from rs_table_facts')).rejects.toMatchObject({ code: '42501' });
    await other.query('create temp table mine(a int)');
    await other.query(`select rs_note_table('mine', '{"distStyle":"all"}')`);
  });

  it('name a column that is not there', async () => {
    await expect(note('t2', { distKey: 'nope' })).rejects.toMatchObject({
      code: '42703',
      message: 'column "nope" named in key does not exist',
    });
  });
});

describe('keys', () => {
  it('are recorded and not enforced; NOT NULL of a primary key is', async () => {
    await query('create table parent(id int, code varchar(10))');
    await note('parent', {
      primaryKey: { name: 'parent_pkey', columns: ['id'] },
      unique: [{ name: 'parent_code_key', columns: ['code'] }],
    });
    await query('create table child(id int, parent int)');
    await note('child', {
      foreignKeys: [{ name: 'child_parent_fkey', columns: ['parent'], table: 'parent', refColumns: ['id'] }],
    });
    await query("insert into parent values (1, 'x'), (1, 'x')");
    await query('insert into child values (1, 999)');
    await expect(query('insert into parent values (null)')).rejects.toMatchObject({ code: '23502' });
    const found = await query(
      "select conname, contype from pg_constraint where conrelid in ('parent'::regclass, 'child'::regclass) and contype <> 'n' order by 1",
    );
    expect(found).toEqual([
      { conname: 'child_parent_fkey', contype: 'f' },
      { conname: 'parent_code_key', contype: 'u' },
      { conname: 'parent_pkey', contype: 'p' },
    ]);
  });

  it('are in nobody’s way: joins, UPDATE … FROM, DELETE … USING over them', async () => {
    await query('create table u(id int, v varchar(10), w numeric(5,2), x bigint)');
    await note('u', { primaryKey: { name: 'u_pkey', columns: ['id', 'v', 'w', 'x'] } });
    await query('create table a(a bigint, b varchar(5), c numeric(8,4), d int)');
    await note('a', {
      foreignKeys: [
        { name: 'a_fkey', columns: ['a', 'b', 'c', 'd'], table: 'u', refColumns: ['id', 'v', 'w', 'x'] },
      ],
    });
    await query("insert into u values (1, 'x', 1, 1)");
    await query("insert into a values (1, 'x', 1, 1), (2, 'y', 1, 1)");
    const joined = await query(
      'select a.a from a join u on u.id = a.a and u.v = a.b and u.w = a.c and u.x = a.d',
    );
    expect(joined).toEqual([{ a: '1' }]);
    expect(await query('select a.a from a left join u on u.id = a.a order by 1')).toEqual([
      { a: '1' },
      { a: '2' },
    ]);
    await query('update a set d = 5 from u where u.id = a.a');
    await query('delete from u using a where u.id = a.a');
    await query('alter table a add column e int');
    expect(
      await query("select pg_get_constraintdef(oid) as d from pg_constraint where conname = 'a_fkey'"),
    ).toEqual([{ d: 'FOREIGN KEY (a, b, c, d) REFERENCES u(id, v, w, x)' }]);
    await query('drop table a, u');
  });

  it('stand where drivers look for a primary key', async () => {
    const found = await query(`select a.attname, a.attnum, ci.relname
      from pg_class ct, pg_class ci, pg_attribute a, pg_index i
      where ct.oid = i.indrelid and ci.oid = i.indexrelid and a.attrelid = ci.oid and i.indisprimary and ct.relname = 'parent'`);
    expect(found).toEqual([{ attname: 'id', attnum: '1', relname: 'parent_pkey' }]);
  });

  it('do not make GROUP BY on a primary key enough for the other columns', async () => {
    await expect(query('select id, code from parent group by id')).rejects.toMatchObject({ code: '42803' });
  });

  it('hold a referenced table until they are dropped', async () => {
    await expect(query('drop table parent')).rejects.toMatchObject({ code: '2BP01' });
    await query('truncate parent');
    await query('vacuum full parent');
    await query('alter table parent rename to parents');
    await query('alter table parents rename column id to ids');
    await query('alter table child drop constraint child_parent_fkey');
    await note('parents', { dropConstraint: 'parent_pkey' });
    await query('alter table parents drop column code');
    await query('drop table parents');
    expect(await query("select relname from pg_class where relname like 'parent%'")).toEqual([]);
  });

  it('are checked as far as Redshift checks them', async () => {
    await query('create table lone(a int, b int)');
    const key = (facts: Record<string, unknown>) => ({
      foreignKeys: [{ name: 'f', columns: ['a'], table: 'lone', ...facts }],
    });
    await expect(note('t2', key({}))).rejects.toMatchObject({ code: '42704' });
    await expect(note('t2', key({ refColumns: ['b'] }))).rejects.toMatchObject({ code: '42830' });
    await note('lone', { primaryKey: { name: 'lone_pkey', columns: ['a', 'b'] } });
    await expect(note('t2', key({}))).rejects.toMatchObject({ code: '42830' });
    await expect(note('lone', { primaryKey: { name: 'second', columns: ['a'] } })).rejects.toMatchObject({
      code: '42P16',
    });
    await expect(note('lone', { unique: [{ name: 'lone_pkey', columns: ['a'] }] })).rejects.toMatchObject({
      code: '42710',
    });
  });

  it('keep a column’s type, as defaults and some encodings do', async () => {
    await query("create table widths(a varchar(5), b varchar(5) default 'x', c varchar(5), d varchar(5))");
    await note('widths', {
      primaryKey: { name: 'widths_pkey', columns: ['a'] },
      encodings: { c: 'bytedict' },
    });
    for (const column of ['a', 'b', 'c']) {
      await expect(query("select rs_check_alter_type('widths', $1)", [column])).rejects.toMatchObject({
        code: '0A000',
      });
    }
    await query("select rs_check_alter_type('widths', 'd')");
    await query('alter table widths alter column d type varchar(10)');
  });

  it('of temporary tables and of names that need quotes', async () => {
    await query('create temp table "Odd ""one"""("A b" int)');
    await note('"Odd ""one"""', { primaryKey: { name: 'Odd "one"_pkey', columns: ['A b'] }, distKey: 'A b' });
    await query('insert into "Odd ""one""" values (1), (1)');
    await query('drop table "Odd ""one"""');
  });

  it('go with the transaction', async () => {
    await query('begin');
    await query('create table passing(a int)');
    await note('passing', { primaryKey: { name: 'passing_pkey', columns: ['a'] }, distStyle: 'all' });
    await query('rollback');
    expect(await query("select relname from pg_class where relname like 'passing%'")).toEqual([]);
  });
});

describe('the logs', () => {
  const entry = (text: string, over: Record<string, unknown> = {}) => ({
    user: 'awsuser',
    pid: 77,
    text,
    start: '2026-01-02T03:04:05.123456Z',
    end: '2026-01-02T03:04:06.123456Z',
    aborted: false,
    ...over,
  });
  const log = (...entries: Record<string, unknown>[]) =>
    engine.admin('select rs_log_queries($1) as last', [JSON.stringify(entries)]);

  it('show queries in the tables of their kind', async () => {
    await log(
      entry(`select '${'x'.repeat(450)}'`),
      entry('create table x(a int)'),
      entry('set timezone to x', { aborted: true, sqlState: '22023', error: 'bad zone' }),
      entry('select 2', { user: 'other' }),
    );
    const [first] = await query(
      'select userid, query, pid, trim(label) as label, aborted, starttime, endtime from stl_query',
    );
    expect(first).toMatchObject({
      pid: '77',
      label: 'default',
      aborted: '0',
      starttime: '2026-01-02 03:04:05.123456',
    });
    expect(
      await query('select sequence, length(rtrim(text)) as n from stl_querytext where query = 1 order by 1'),
    ).toEqual([
      { sequence: '0', n: '200' },
      { sequence: '1', n: '200' },
      { sequence: '2', n: '59' },
    ]);
    expect(await query('select trim(text) as text from stl_ddltext')).toEqual([
      { text: 'create table x(a int)' },
    ]);
    expect(await query('select trim(text) as text from stl_utilitytext')).toEqual([
      { text: 'set timezone to x' },
    ]);
    expect(
      await query(
        'select trim(status) as s, trim(error_message) as e, trim(query_type) as t from sys_query_history where query_id = 3',
      ),
    ).toEqual([{ s: 'failed', e: 'bad zone', t: 'UTILITY' }]);
    expect(await query('select elapsed from svl_qlog where query = 1')).toEqual([{ elapsed: '1000000' }]);
    expect(await query('select count(*) as n from svl_statementtext where sequence = 0')).toEqual([
      { n: '4' },
    ]);
  });

  it('hold a statement without its secrets', async () => {
    await log(entry(`create user x Password 'it''s secret' valid until '2030-01-01'`));
    const [row] = await query("select trim(text) as t from stl_ddltext where text like 'create user x%'");
    expect(row).toEqual({ t: `create user x Password '***' valid until '2030-01-01'` });
  });

  it('show a user their own rows only, unless SYSLOG ACCESS is UNRESTRICTED', async () => {
    const other = await engine.client({ user: 'other' });
    const seen = async () => (await other.query('select trim(querytxt) as t from stl_query')).rows as Row[];
    expect(await seen()).toEqual([{ t: 'select 2' }]);
    await query(`select rs_alter_user('other', '{"syslog":"unrestricted"}')`);
    expect(await seen()).toHaveLength(2);
    await expect(other.query("select rs_log_queries('[]')")).rejects.toMatchObject({ code: '42501' });
    await expect(other.query('select * from rs_query_log')).rejects.toMatchObject({ code: '42501' });
    await expect(client.query('select * from pg_shseclabel')).rejects.toMatchObject({ code: '42501' });
  });

  it('are one for all databases', async () => {
    await query('create database elsewhere');
    const away = await engine.client({ user: 'awsuser', database: 'elsewhere' });
    expect((await away.query('select count(*) as n from stl_query')).rows).toEqual([{ n: '2' }]);
    await away.end();
  });

  it('pg_last_query_id() is the last query of this session', async () => {
    const [{ pid }] = (await query('select pg_backend_pid() as pid')) as [{ pid: string }];
    expect(await query('select pg_last_query_id() as id')).toEqual([{ id: '-1' }]);
    const now = new Date(Date.now() + 1000).toISOString();
    const own = { pid: Number(pid), start: now, end: now };
    const [{ last }] = (await log(entry('select 3', own), entry('set x to y', own))) as [{ last: string }];
    expect(await query('select pg_last_query_id() as id')).toEqual([{ id: String(Number(last) - 1) }]);
  });

  it('tell connections to superusers, with what the client said of itself', async () => {
    await engine.admin('select rs_log_connections($1)', [
      JSON.stringify([
        {
          time: '2026-01-02T03:04:05Z',
          host: '127.0.0.1',
          port: '5',
          pid: 1,
          database: 'dev',
          user: 'awsuser',
          driver: 'Driver 1.2',
          os: 'linux',
          application: 'app',
        },
      ]),
    ]);
    const sql =
      "select 1 as found from stl_connection_log where driver_version = 'Driver 1.2' and os_version = 'linux' and application_name = 'app'";
    expect(await query(sql)).toEqual([{ found: '1' }]);
    const other = await engine.client({ user: 'other' });
    expect((await other.query(sql)).rows).toEqual([]);
  });

  it('sessions are seen by all, without those of the engine’s owner', async () => {
    const other = await engine.client({ user: 'other' });
    const rows = (
      await other.query(
        'select distinct trim(user_name) as u, trim(db_name) as d from stv_sessions order by 1',
      )
    ).rows;
    expect(rows).toEqual([
      { u: 'awsuser', d: 'dev' },
      { u: 'other', d: 'dev' },
      { u: 'tester', d: 'dev' },
    ]);
    expect((await other.query('select distinct userid from stv_inflight')).rows).toEqual(
      (await other.query('select current_user_id() as userid')).rows,
    );
  });
});

describe('procedures', () => {
  it('tell the places of the OUT arguments that a CALL leaves out', async () => {
    await query("create procedure p(a in int, b inout varchar, out varchar) language plpgsql as 'begin end'");
    await query("create procedure p(out int, a int) language plpgsql as 'begin end'");
    await query("create procedure p() language plpgsql as 'begin end'");
    const modes = (schema: string | null, count: number) =>
      query('select modes from rs_call_modes($1, $2, $3)', [schema, 'p', count]);
    expect(await modes(null, 2)).toEqual([{ modes: 'ibo' }]);
    expect(await modes('public', 1)).toEqual([{ modes: 'oi' }]);
    expect(await modes(null, 0)).toEqual([{ modes: '' }]);
    expect(await modes(null, 3)).toEqual([]);
    expect(await modes('nowhere', 1)).toEqual([]);
  });

  it('are for their owner and superusers until granted', async () => {
    await query("create procedure closed(a int) language plpgsql as 'begin end'");
    await query("select rs_close_procedures('closed')");
    const other = await engine.client({ user: 'other' });
    await expect(other.query('call closed(1)')).rejects.toMatchObject({ code: '42501' });
    await query('grant execute on procedure closed(int) to other');
    await query("select rs_close_procedures('closed')");
    await other.query('call closed(1)');
  });

  it('keep what the handler of an error wrote, and throw the error', async () => {
    await query('create table handled(a text)');
    await query(`create procedure fails() language plpgsql as $$
      begin
        insert into handled values ('lost');
        perform 1 / 0;
      exception when others then
        insert into handled values ('kept');
        if pg_catalog.rs_may_commit() then commit; end if;
        raise;
      end $$`);
    await expect(query('call fails()')).rejects.toMatchObject({ code: '22012' });
    expect(await query('select * from handled')).toEqual([{ a: 'kept' }]);
    await query('begin');
    await query("select set_config('rs.in_block', 'on', true)");
    await expect(query('call fails()')).rejects.toMatchObject({ code: '22012' });
    await query('rollback');
    expect(await query("select current_setting('rs.in_block', true) as s")).not.toEqual([{ s: 'on' }]);
  });

  it('do not truncate in a transaction that a client opened', async () => {
    await query('begin');
    await query('select rs_check_truncate()');
    await query("select set_config('rs.in_block', 'on', true)");
    await expect(query('select rs_check_truncate()')).rejects.toMatchObject({
      message: 'TRUNCATE cannot be invoked from a procedure that is executing in an atomic context.',
    });
    await query('rollback');
  });
});
