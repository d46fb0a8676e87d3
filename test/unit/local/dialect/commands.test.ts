import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionFacts } from '../../../../src/local/dialect/plan.js';
import { planStatement } from '../../../../src/local/dialect/plan-statement.js';
import { engine, expectRefusal, idle, inTransaction, plan, refusal, run } from './planning.js';

describe('transactions (AWS manual, BEGIN)', () => {
  it('have one isolation level', () => {
    expect(engine('begin')).toBe('begin ISOLATION LEVEL REPEATABLE READ');
    expect(engine('begin work isolation level read committed')).toBe(
      'begin work ISOLATION LEVEL REPEATABLE READ',
    );
    expect(engine('start transaction read only')).toBe(
      'start transaction ISOLATION LEVEL REPEATABLE READ READ ONLY',
    );
    expect(engine('begin', inTransaction)).toBe('begin');
    expect(engine('end work')).toBe('end work');
  });

  it.each([
    'savepoint a',
    'release savepoint a',
    'rollback to savepoint a',
    "prepare transaction 'x'",
    "commit prepared 'x'",
  ])('refuse %s', (sql) => {
    expectRefusal(sql, '0A000', `SQL command "${sql}" not supported.`, sql);
  });

  it('refuse what 8.0 did not have', () => {
    expectRefusal('commit and chain', '42601', '"and"', 'and');
    expectRefusal('begin deferrable', '42601', '"deferrable"');
  });
});

describe('settings (AWS manual, SET; SHOW)', () => {
  it.each([
    ["set query_group to 'x'", "set redshift.query_group to 'x'"],
    ['set session query_group = x', "set session redshift.query_group = 'x'"],
    [
      'set local enable_result_cache_for_session to OFF',
      "set local redshift.enable_result_cache_for_session to 'off'",
    ],
    ['set analyze_threshold_percent to 15.5', "set redshift.analyze_threshold_percent to '15.5'"],
    ['set spectrum_query_maxerror to -1', "set redshift.spectrum_query_maxerror to '-1'"],
    ['set query_group to default', 'set redshift.query_group to DEFAULT'],
    ['reset query_group', 'reset redshift.query_group'],
    ["set search_path to '$user', public", "set search_path to '$user',public"],
    ['set app.name to 5', 'set app.name to 5'],
    ['reset all', 'reset all'],
    ["set client_encoding to 'UNICODE'", "set client_encoding to 'UNICODE'"],
    ['set names utf8', 'set names utf8'],
    ["set timezone to '-8:00'", "SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE"],
    ["set local time zone '+5'", "SET LOCAL TIME ZONE INTERVAL '+05:00' HOUR TO MINUTE"],
    ["set timezone = 'America/New_York'", "set timezone = 'America/New_York'"],
    ['set session authorization bob', 'SET ROLE "bob"'],
    ["set session authorization 'Bob'", 'SET ROLE "Bob"'],
    ['set session authorization default', 'RESET ROLE'],
  ])('%s', (sql, expected) => {
    expect(engine(sql)).toBe(expected);
    expect(run(sql).changesSettings).toBe(true);
  });

  it.each([
    ['set work_mem to 5', '42704', 'unrecognized configuration parameter "work_mem"'],
    ['set standard_conforming_strings to on', '42704', 'standard_conforming_strings'],
    ['show server_version_num', '42704', 'server_version_num'],
    ["select current_setting('jit')", '42704', 'jit'],
    ["select set_config('server_version', '9', false)", '55P02', 'cannot be changed'],
    ['set server_version to 9', '55P02', 'cannot be changed'],
    ['set autocommit to off', '0A000', 'no longer supported'],
    ['set readonly to maybe', '22023', 'Boolean'],
    ['set wlm_query_slot_count to 51', '22023', 'outside the valid range'],
    ['set intervalstyle to sql_standard', '0A000', 'not yet'],
    ['set client_encoding to latin1', '22023', 'UNICODE and latin1'],
    ["set names 'win1252'", '22023', 'win1252'],
    ['set query_group', '42601', 'end of input'],
    ['set role bob', '42601', 'role'],
    ['show tables', '0A000', 'SHOW TABLES is not yet'],
    ['show columns from table a.b.c', '0A000', 'SHOW COLUMNS is not yet'],
  ])('refuses %s', (sql, sqlState, message) => {
    expectRefusal(sql, sqlState, message);
  });

  it('finds them by the functions, too', () => {
    expect(engine("select current_setting('query_group')")).toBe(
      "select current_setting('redshift.query_group')",
    );
    const made = run("select set_config('Query_Group', 'x', true)");
    expect(made.sql).toContain("set_config('redshift.query_group'");
    expect(made.changesSettings).toBe(true);
    expect(engine("select current_setting('app.x'), current_setting(a) from t")).toContain("'app.x'");
  });
});

describe('users, groups, roles and privileges', () => {
  it.each([
    [
      `create user bob with password 'Abc''d1234' createdb nocreateuser in group a, "B" valid until '2030-01-01' connection limit unlimited syslog access restricted session timeout 60`,
      `select pg_catalog.rs_create_user('bob', '{"password":"Abc''d1234","createdb":true,"createuser":false,"groups":["a","B"],"validUntil":"2030-01-01","connectionLimit":-1,"syslog":"restricted","sessionTimeout":60}'::pg_catalog.json)`,
      'CREATE USER',
    ],
    [
      'create user bob password disable',
      `select pg_catalog.rs_create_user('bob', '{"password":null}'::pg_catalog.json)`,
      'CREATE USER',
    ],
    [
      'alter user bob set search_path to a, public reset query_group reset session timeout',
      `select pg_catalog.rs_alter_user('bob', '{"set":{"search_path":"a, public"},"reset":["query_group"],"sessionTimeout":null}'::pg_catalog.json)`,
      'ALTER USER',
    ],
    [
      'alter user bob rename to rob',
      `select pg_catalog.rs_alter_user('bob', '{"rename":"rob"}'::pg_catalog.json)`,
      'ALTER USER',
    ],
    [
      'drop user if exists a, b',
      `select pg_catalog.rs_drop_user('a', true), pg_catalog.rs_drop_user('b', true)`,
      'DROP USER',
    ],
    [
      'create group g with user a, b',
      `select pg_catalog.rs_create_group('g', '["a","b"]'::pg_catalog.json)`,
      'CREATE GROUP',
    ],
    [
      'alter group g drop user a',
      `select pg_catalog.rs_alter_group('g', '{"drop":["a"]}'::pg_catalog.json)`,
      'ALTER GROUP',
    ],
    ['drop group g', `select pg_catalog.rs_drop_group('g', false)`, 'DROP GROUP'],
    ['create role r externalid "X"', `select pg_catalog.rs_create_role('r', 'x')`, 'CREATE ROLE'],
    ['drop role r force', `select pg_catalog.rs_drop_role('r', true)`, 'DROP ROLE'],
    [
      'grant role sys:monitor to bob with admin option',
      `select pg_catalog.rs_grant_role('sys:monitor', 'user', 'bob', true)`,
      'GRANT',
    ],
    [
      'revoke admin option for role r from role s',
      `select pg_catalog.rs_revoke_role('r', 'role', 's', true)`,
      'REVOKE',
    ],
  ])('%s', (sql, expected, tag) => {
    const made = run(sql);
    expect(made).toMatchObject({ sql: expected, tag, rows: 'drop' });
  });

  it.each([
    [
      'grant select on t to group g, bob with grant option',
      'grant select on t to "group:g",bob with grant option',
    ],
    ['grant select on t to role sys:dba, public', 'grant select on t to "role:sys:dba",public'],
    ['grant select, drop, insert on t to bob', 'grant select,insert on t to bob'],
    ['grant drop on t to bob', 'select 1'],
    [
      'grant execute on function f(nvarchar, decimal), g() to bob',
      'grant execute on function f(varchar,numeric(18,0)),g()to bob',
    ],
    ['grant usage on language plpgsql to bob', 'select 1'],
    [
      'revoke grant option for all privileges on schema s from group g restrict',
      'revoke grant option for all privileges on schema s from "group:g" restrict',
    ],
    ['grant select (a, b) on t to group', 'grant select(a,b)on t to group'],
    [
      'alter default privileges for user bob in schema s grant execute on procedures to group g',
      'alter default privileges for user bob in schema s grant execute on ROUTINES to "group:g"',
    ],
  ])('%s', (sql, expected) => {
    expect(engine(sql)).toBe(expected);
  });

  it('refuses a user without a password and what is newer', () => {
    expectRefusal('create user bob', '42601', 'end of input');
    expectRefusal("grant usage on datashare d to account '1'", '0A000', 'not yet');
    expectRefusal('grant create user to role r', '0A000', 'not yet');
  });
});

describe('what Redshift does not have', () => {
  it.each([
    [
      'create index i on t (a)',
      '0A000',
      'SQL command "create index i on t (a)" not supported on Redshift tables.',
    ],
    ['create sequence s', '0A000', 'not supported on Redshift tables'],
    ['drop extension x', '0A000', 'not supported on Redshift tables'],
    ['insert into t values (1) returning a', '42601', '"returning"'],
    ['insert into t values (1) on conflict (a) do nothing', '42601', '"ON"'],
    ['select * from t for update', '0A000', 'FOR UPDATE'],
    ['select * from t for no key update', '0A000', 'FOR UPDATE'],
    ['select a from t fetch first row only', '42601', '"fetch"'],
    ['select * from (values (1)) v', '0A000', 'VALUES lists'],
    ['values (1)', '42601', '"values"'],
    ['table t', '42601', '"table"'],
    ['select row(1, 2)', '0A000', 'Row constructors'],
    ['select xmlelement(name a)', '42883', 'xmlelement'],
    ["select U&'x'", '42601', "U&'x'"],
    ['with a as materialized (select 1) select * from a', '42601', '"materialized"'],
    ['update t set (a, b) = (1, 2)', '42601', '"("'],
    ['select a is not distinct from b from t', '42601', '"distinct"'],
    ['with x as (delete from t) select 1', '42601', '"delete"'],
    ['select', '42601', 'end of input'],
    ['select from t', '42601', '"from"'],
    ['select 1 from t where exists (select)', '42601', '")"'],
    ['create table t as select 1 with no data', '42601', '"data"'],
    ['listen x', '0A000', 'not supported'],
    ['do $$ begin end $$', '42601', '"do"'],
    ['explain analyze select 1', '42601', '"analyze"'],
    ['explain (costs off) select 1', '42601', '"("'],
    ['insert into t values ((select 1)), (2)', '0A000', "can't use subqueries in multi-row VALUES"],
    [
      'select a from t union (select a from t limit 1)',
      '0A000',
      'LIMIT may not be used within input to set operations',
    ],
    ['merge into t using (select 1) s on true when matched then delete', '0A000', 'subquery'],
    [
      'merge into t using s on t.a = s.a when matched and t.b then delete when not matched then insert values (1)',
      '42601',
      '"and"',
    ],
    ['merge into t using s on t.a = s.a when not matched then insert values (1)', '42601', 'MERGE needs'],
    ['copy t from stdin', '0A000', 'COPY is not yet'],
    ['create view v as select a from t with no schema binding', '42P01', 'qualified'],
    ['frobnicate', '42601', 'syntax error at or near "frobnicate"'],
    ["select 'abc", '42601', 'unterminated quoted string'],
    ['select "abc', '42601', 'unterminated quoted identifier'],
    ['select $$abc', '42601', 'unterminated dollar-quoted string'],
  ])('%s', (sql, sqlState, message) => {
    const made = refusal(sql);
    expect(made.sqlState).toBe(sqlState);
    expect(made.message).toContain(message);
  });

  it('lets through what only looks like it', () => {
    for (const sql of [
      "select substring('abc' for 2), extract(day from d), trim(both 'x' from y) from t",
      'select t.returning, "values", t.window from t',
      'select a is distinct from b, count(distinct a) from t',
      'update t set data = 1 where a in (select data from u)',
      'insert into t (a, b) values (1, 2), (3, 4)',
      'create view v as with x as (select 1 as a) select x.a, extract(day from b) from x join s.t on true with no schema binding',
      'select rank() over (order by a rows between 1 preceding and current row) from t',
      'merge into t using s as q on t.a = q.a when matched then update set b = case when q.b then 1 end when not matched then insert values (1)',
      'select * from t union all select * from u limit 5',
    ]) {
      expect(plan(sql).kind, sql).toBe('run');
    }
  });
});

describe('other commands', () => {
  it.each([
    ['delete t where a = 1', 'delete FROM t where a = 1'],
    ['vacuum sort only s.t to 90 percent boost', `select '"s"."t"'::pg_catalog.regclass`],
    ['analyze t (a, b) all columns', 'analyze t(a,b)'],
    ['lock table t, u', `select '"t"'::pg_catalog.regclass,'"u"'::pg_catalog.regclass`],
    ['create schema s authorization bob quota 5 gb', 'create schema s authorization bob'],
    [
      'create database d with owner = bob connection limit unlimited isolation level snapshot',
      'create database d with owner = bob',
    ],
    ['drop database d force', 'drop database d WITH(FORCE)'],
    [
      'create materialized view v backup no distkey(a) auto refresh yes as select 1 as a',
      'create materialized view v as select 1 as a',
    ],
    ['refresh materialized view v cascade', 'refresh materialized view v'],
    ['explain verbose delete t', 'explain verbose delete FROM t'],
    ['prepare p (varchar, numeric) as select $1', 'prepare p(varchar,numeric(18,0))as select $1'],
    ['fetch forward 5 from c', 'fetch forward 5 from c'],
  ])('%s', (sql, expected) => {
    expect(engine(sql)).toBe(expected);
  });

  it('binds late-binding views behind their making', () => {
    const made = run('create view v as select a from s.t with no schema binding');
    expect(made.sql.trim()).toBe('create view v as select a from s.t');
    expect(made.after?.[0]).toContain('rs_bind_late');
    expect(run('create view v as select a from t').after).toEqual([expect.stringContaining('rs_guard_view')]);
  });

  it('says what happens to the session', () => {
    expect(run('truncate t').commits).toBe(true);
    expect(run('deallocate prepare p').deallocates).toBe('p');
    expect(run('deallocate all').deallocates).toBeNull();
    expect(refusal('declare c cursor for select 1').sqlState).toBe('25P01');
    expect(plan('declare c cursor for select 1', inTransaction).kind).toBe('run');
    expect(refusal('fetch backward 1 from c').sqlState).toBe('55000');
    expect(plan(' -- nothing').kind).toBe('empty');
  });

  it('keeps positions of the client’s own text', () => {
    const sql = 'create table t (a int encode raw default nosuch())';
    const made = run(sql);
    expect(made.position(made.sql.indexOf('nosuch'))).toBe(sql.indexOf('nosuch'));
  });

  it('never throws, whatever the text is', () => {
    const word = fc.constantFrom(
      ...'create alter drop table temp view user group schema database set show grant revoke select insert into values from'.split(
        ' ',
      ),
      ...'update delete merge using when matched then prepare as declare cursor for fetch vacuum analyze procedure function'.split(
        ' ',
      ),
      ...'( ) , ; . :: [ ] # " \' $$ a b 1 int varchar max distkey sortkey ( a ) primary key references identity like begin end'.split(
        ' ',
      ),
      ...'to default = on in is not null exists if call copy lock comment explain role with option all privileges truncate'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 25 }),
        fc.constantFrom<SessionFacts['transaction']>('idle', 'open', 'failed'),
        (words, transaction) => {
          const sql = words.join(' ');
          let made = planStatement(sql, { ...idle, transaction });
          for (let n = 0; made.kind === 'ask' && n < 5; n++) made = made.then([]);
          if (made.kind === 'run') for (let at = 0; at < made.sql.length; at++) made.position(at);
          if (made.kind === 'refuse' && made.at !== undefined)
            expect(made.at).toBeLessThanOrEqual(sql.length);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
