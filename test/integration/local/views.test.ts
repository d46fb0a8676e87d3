/** The system views of the local Redshift: their columns as the AWS manual has them, and what stands in them. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemplateEngine, type Row, type TemplateEngine } from './engine-harness.js';

let engine: TemplateEngine;
let client: pg.Client;
let other: pg.Client;

beforeAll(async () => {
  engine = await startTemplateEngine();
  await engine.admin("select rs_bootstrap('awsuser', 'first')");
  client = await engine.client({ user: 'awsuser' });
  await query(`select rs_create_user('other', '{"password":"abcD1234"}'), rs_create_group('g', '["other"]')`);
  other = await engine.client({ user: 'other' });
  await query(`create table sales(salesid int generated always as identity (start 5 increment 2),
    listid integer not null, price numeric(8,2) default 1.5, note varchar(20) default 'none', flag char(3), at timestamp,
    big bigint, small smallint, f4 real, f8 double precision, day date, ok boolean, tz timestamptz, doc super,
    bytes varbyte(30), any_bytes varbyte, shape geometry, ym intervaly2m, ds intervald2s)`);
  await query("comment on table sales is 'what was sold'");
  await query("comment on column sales.note is 'a note'");
  await query('create view cheap as select salesid, price from sales');
  await query('create table hidden_one(a int)');
  await query('grant select on sales to "group:g"');
  await query('grant update (note) on sales to other');
});
afterAll(() => engine.stop());

async function query(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
  return (await client.query(sql, [...params])).rows as Row[];
}
/** Names and types of a view's columns. */
async function columns(view: string): Promise<string[]> {
  const rows = await query(
    `select attname || ' ' || format_type(atttypid, atttypmod) as c from pg_attribute
     where attrelid = $1::regclass and attnum > 0 order by attnum`,
    [`pg_catalog.${view}`],
  );
  const short = {
    'character varying': 'varchar',
    character: 'char',
    integer: 'int4',
    bigint: 'int8',
    smallint: 'int2',
    boolean: 'bool',
    'timestamp without time zone': 'timestamp',
    'timestamp with time zone': 'timestamptz',
  };
  return rows.map((row) =>
    Object.entries(short).reduce(
      (text, [long, name]) => text.replace(` ${long}`, ` ${name}`),
      String(row['c']),
    ),
  );
}

describe('columns', () => {
  it.each<[string, string]>([
    [
      'pg_table_def',
      'schemaname name, tablename name, column name, type text, encoding char(32), distkey bool, sortkey int4, notnull bool',
    ],
    ['svv_tables', 'table_catalog text, table_schema text, table_name text, table_type text, remarks text'],
    [
      'svv_columns',
      'table_catalog text, table_schema text, table_name text, column_name text, ordinal_position int4, column_default text, is_nullable text, data_type text, character_maximum_length int4, numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, datetime_precision int4, interval_type text, interval_precision text, character_set_catalog text, character_set_schema text, character_set_name text, collation_catalog text, collation_schema text, collation_name text, domain_name text, remarks text',
    ],
    [
      'svv_all_schemas',
      'database_name varchar(128), schema_name varchar(128), schema_owner int4, schema_type varchar(128), schema_acl varchar(128), source_database varchar(128), schema_option varchar(256)',
    ],
    [
      'svv_all_tables',
      'database_name varchar(128), schema_name varchar(128), table_name varchar(128), table_type varchar(128), table_acl varchar(128), remarks varchar(128), owner varchar(128)',
    ],
    [
      'svv_all_columns',
      'database_name varchar(128), schema_name varchar(128), table_name varchar(128), column_name varchar(128), ordinal_position int4, column_default varchar(4000), is_nullable varchar(3), data_type varchar(128), character_maximum_length int4, numeric_precision int4, numeric_scale int4, remarks varchar(256)',
    ],
    [
      'svv_redshift_databases',
      'database_name varchar(128), database_owner int4, database_type varchar(32), database_acl varchar(128), database_options varchar(128), database_isolation_level varchar(128)',
    ],
    [
      'svv_redshift_schemas',
      'database_name varchar(128), schema_name varchar(128), schema_owner int4, schema_type varchar(16), schema_acl varchar(128), schema_option varchar(256)',
    ],
    [
      'svv_redshift_tables',
      'database_name varchar(128), schema_name varchar(128), table_name varchar(128), table_type varchar(128), table_acl varchar(128), remarks varchar(256), table_owner varchar(128)',
    ],
    [
      'svv_redshift_columns',
      'database_name varchar(128), schema_name varchar(128), table_name varchar(128), column_name varchar(128), ordinal_position int4, data_type varchar(32), column_default varchar(4000), is_nullable varchar(3), encoding varchar(128), distkey bool, sortkey int4, column_acl varchar(128), remarks varchar(256)',
    ],
    [
      'svv_redshift_functions',
      'database_name varchar(128), schema_name varchar(128), function_name varchar(128), function_type varchar(128), argument_type varchar(512), result_type varchar(128)',
    ],
    [
      'svv_external_schemas',
      'esoid oid, eskind int2, schemaname name, esowner int4, databasename text, esoptions text',
    ],
    [
      'svv_external_columns',
      'redshift_database_name text, schemaname text, tablename text, columnname text, external_type text, columnnum int4, part_key int4, is_nullable text',
    ],
    [
      'stv_sessions',
      'starttime timestamp, process int4, user_name char(50), db_name char(50), timeout_sec int4',
    ],
    [
      'stv_recents',
      'userid int4, status char(20), starttime timestamp, duration int4, user_name char(50), db_name char(50), query char(600), pid int4',
    ],
    [
      'stv_inflight',
      'userid int4, slice int4, query int4, label char(320), xid int8, pid int4, starttime timestamp, text char(100), suspended int4, insert_pristine int4, concurrency_scaling_status int4',
    ],
    [
      'stl_query',
      'userid int4, query int4, label char(320), xid int8, pid int4, database char(32), querytxt char(4000), starttime timestamp, endtime timestamp, aborted int4, insert_pristine int4, concurrency_scaling_status int4',
    ],
    ['stl_querytext', 'userid int4, xid int8, pid int4, query int4, sequence int4, text char(200)'],
    [
      'stl_load_errors',
      'userid int4, slice int4, tbl int4, starttime timestamp, session int4, query int4, filename char(256), line_number int8, colname char(127), type char(10), col_length char(10), position int4, raw_line char(1024), raw_field_value char(1024), err_code int4, err_reason char(100), is_partial int4, start_offset int8, copy_job_id int8',
    ],
    [
      'pg_user',
      'usename name, usesysid int4, usecreatedb bool, usesuper bool, usecatupd bool, passwd text, valuntil timestamptz, useconfig text[]',
    ],
    ['pg_group', 'groname name, grosysid int4, grolist int4[]'],
  ])('of %s are those of the manual', async (view, expected) => {
    expect((await columns(view)).join(', ')).toBe(expected);
  });

  it('every system view can be read by every user', async () => {
    const views =
      await query(`select c.relname from pg_class c where c.relkind = 'v' and c.relnamespace = 'pg_catalog'::regnamespace
      and c.oid >= 12000 and c.relname !~ '^rs_' and (c.relname ~ '^(st[lv]|sv[lv]|sys|svcs)_' or c.oid >= 16384) order by 1`);
    expect(views.length).toBeGreaterThan(60);
    for (const { relname } of views) {
      for (const user of [client, other])
        await expect(user.query(`select * from ${String(relname)}`), String(relname)).resolves.toBeDefined();
    }
  });
});

describe('tables and columns', () => {
  it('have types, sizes and defaults in the words of Redshift', async () => {
    const rows =
      await query(`select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable
      from svv_all_columns where table_name = 'sales' order by ordinal_position`);
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      'salesid integer  32 0 NO',
      'listid integer  32 0 NO',
      'price numeric  8 2 YES',
      'note character varying 20   YES',
      'flag character 3   YES',
      'at timestamp without time zone    YES',
      'big bigint  64 0 YES',
      'small smallint  16 0 YES',
      'f4 real  24  YES',
      'f8 double precision  53  YES',
      'day date    YES',
      'ok boolean    YES',
      'tz timestamp with time zone    YES',
      'doc super    YES',
      'bytes binary varying 30   YES',
      'any_bytes binary varying    YES',
      'shape geometry    YES',
      'ym interval year to month    YES',
      'ds interval day to second    YES',
    ]);
    const [{ oid }] = (await query("select 'sales'::regclass::oid as oid")) as [{ oid: string }];
    const defaults = await query(
      "select column_default as d from svv_columns where table_name = 'sales' and column_default is not null",
    );
    expect(defaults.map((row) => row['d'])).toEqual([
      `"identity"(${oid}, 0, '5,2'::text)`,
      '1.5',
      "'none'::character varying",
    ]);
    const types = await query(
      `select type from pg_table_def where tablename = 'sales' and "column" in ('price', 'note', 'flag', 'bytes', 'doc')`,
    );
    expect(types.map((row) => row['type'])).toEqual([
      'numeric(8,2)',
      'character varying(20)',
      'character(3)',
      'super',
      'binary varying(30)',
    ]);
  });

  it('have comments, kinds and grants', async () => {
    expect(
      await query(
        "select table_name, table_type, remarks from svv_tables where table_schema = 'public' order by 1",
      ),
    ).toEqual([
      { table_name: 'cheap', table_type: 'VIEW', remarks: null },
      { table_name: 'hidden_one', table_type: 'BASE TABLE', remarks: null },
      { table_name: 'sales', table_type: 'BASE TABLE', remarks: 'what was sold' },
    ]);
    const [table] = await query(
      "select table_type, table_acl, table_owner from svv_redshift_tables where table_name = 'sales'",
    );
    expect(table).toMatchObject({ table_type: 'TABLE', table_owner: 'awsuser' });
    expect(table?.['table_acl']).toContain('~group g=r/awsuser');
    expect(
      await query("select remarks, column_acl from svv_redshift_columns where column_name = 'note'"),
    ).toEqual([{ remarks: 'a note', column_acl: 'other=w/awsuser' }]);
  });

  it('show a user what they may use, and none of the helpers', async () => {
    const names = (
      await other.query("select table_name from svv_tables where table_schema = 'public' order by 1")
    ).rows;
    expect(names).toEqual([{ table_name: 'sales' }]);
    for (const view of ['svv_tables', 'svv_all_tables', 'svv_columns', 'pg_tables']) {
      const name = view === 'pg_tables' ? 'tablename' : 'table_name';
      expect(await query(`select * from ${view} where ${name} like 'rs\\\\_%'`), view).toEqual([]);
    }
    expect(await query("select * from svv_redshift_functions where function_name like 'rs\\\\_%'")).toEqual(
      [],
    );
  });

  it('PG_TABLE_DEF shows the schemas of the search path only', async () => {
    await query('create schema aside');
    await query('create table aside.elsewhere(a int)');
    const sql = "select count(*) as n from pg_table_def where tablename = 'elsewhere'";
    expect(await query(sql)).toEqual([{ n: '0' }]);
    await query('set search_path to aside');
    expect(await query(sql)).toEqual([{ n: '1' }]);
    await query('reset search_path');
  });

  it('see temporary tables, and only their own', async () => {
    await query('create temp table passing(a int)');
    const sql = "select count(*) as n from svv_all_columns where table_name = 'passing'";
    expect(await query(sql)).toEqual([{ n: '1' }]);
    expect((await other.query(sql)).rows).toEqual([{ n: '0' }]);
    expect(await query(`select "column" from pg_table_def where tablename = 'passing'`)).toEqual([
      { column: 'a' },
    ]);
  });
});

describe('catalog tables with the columns that only Redshift has', () => {
  it('tell distribution, sort keys and encodings', async () => {
    await query('create table spread(a int, b varchar(5) not null)');
    await query(
      `select rs_note_table('spread', '{"distKey":"a","sortKeys":["b"],"encodings":{"a":"bytedict"}}')`,
    );
    expect(await query("select reldiststyle, relhasoids from rs_pg_class where relname = 'spread'")).toEqual([
      { reldiststyle: '1', relhasoids: 'f' },
    ]);
    expect(
      await query(`select attname, attisdistkey, attsortkeyord, format_encoding(attencodingtype::integer) as e
        from rs_pg_attribute where attrelid = 'spread'::regclass and attnum > 0 order by attnum`),
    ).toEqual([
      { attname: 'a', attisdistkey: 't', attsortkeyord: '0', e: 'bytedict' },
      { attname: 'b', attisdistkey: 'f', attsortkeyord: '1', e: 'none' },
    ]);
  });

  it('an identity column has a default that says so, which drivers look for', async () => {
    const found =
      await query(`select a.attname, pg_get_expr(d.adbin, d.adrelid) as x, adsrc from rs_pg_attribute a
      join rs_pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.atthasdef
      where a.attrelid = 'sales'::regclass order by a.attnum`);
    const identity = expect.stringMatching(/^"identity"\(\d+, 0, '5,2'::text\)$/) as string;
    expect(found[0]).toEqual({ attname: 'salesid', x: identity, adsrc: identity });
    expect(found.map((row) => row['x'])).toHaveLength(3);
  });

  it('keys are what Redshift says of them', async () => {
    await query(`select rs_note_table('spread', '{"primaryKey":{"name":"spread_pkey","columns":["a"]}}')`);
    expect(
      await query(`select contype, condeferrable, pg_get_constraintdef(oid) as d from rs_pg_constraint
        where conrelid = 'spread'::regclass`),
    ).toEqual([{ contype: 'p', condeferrable: 'f', d: 'PRIMARY KEY (a)' }]);
    expect(await query("select pg_get_indexdef('spread_pkey'::regclass) as d")).toEqual([
      { d: 'CREATE UNIQUE INDEX spread_pkey ON public.spread USING btree (a)' },
    ]);
    expect(
      await query(
        "select constraint_type, is_deferrable from information_schema.table_constraints where table_name = 'spread'",
      ),
    ).toEqual([{ constraint_type: 'PRIMARY KEY', is_deferrable: 'NO' }]);
  });

  it('the keys of the catalog’s own tables are none of a client’s', async () => {
    const keys = await query(`select c.relname from rs_pg_index i join rs_pg_class c on c.oid = i.indexrelid
      where i.indisprimary and c.relname <> 'spread_pkey'`);
    expect(keys).toEqual([]);
    expect(await query("select conname from rs_pg_constraint where conname <> 'spread_pkey'")).toEqual([]);
    expect(
      await query("select relname from rs_pg_class where relname ~ '^(rs_|pg_toast)' or relkind = 'S'"),
    ).toEqual([]);
    expect(
      await query(
        "select proname from rs_pg_proc where proname ~ '^(rs|_pg)_' and pronamespace = 'pg_catalog'::regnamespace",
      ),
    ).toEqual([]);
    expect(
      await query(
        "select rolname, rolsuper from rs_pg_roles where rolname in ('awsuser', 'other', 'rs_superusers') order by 1",
      ),
    ).toEqual([
      { rolname: 'awsuser', rolsuper: 't' },
      { rolname: 'other', rolsuper: 'f' },
    ]);
  });

  it('a view bound late has its columns in a place of their own', async () => {
    await query('create view late as select a, b from public.spread');
    await query("select rs_bind_late('late')");
    expect(
      await query('select * from pg_get_late_binding_view_cols() as (s name, v name, c name, t text, n int)'),
    ).toEqual([
      { s: 'public', v: 'late', c: 'a', t: 'integer', n: '1' },
      { s: 'public', v: 'late', c: 'b', t: 'character varying(5)', n: '2' },
    ]);
    expect(await query("select column_name from svv_columns where table_name = 'late'")).toHaveLength(2);
    expect(
      await query("select column_name from information_schema.columns where table_name = 'late'"),
    ).toEqual([]);
    expect(await query("select attname from rs_pg_attribute where attrelid = 'late'::regclass")).toEqual([]);
    const [view] = await query("select definition from pg_views where viewname = 'late'");
    expect(view?.['definition']).toMatch(/^create view late as[^]*with no schema binding;$/);
    await query('drop view late');
  });

  it('a materialized view is a view', async () => {
    await query('create materialized view kept as select a from spread');
    const [view] = await query("select definition from pg_views where viewname = 'kept'");
    expect(view?.['definition']).toMatch(/^create materialized view kept as/);
    expect(await query('select trim(name) as n, trim(schema_name) as s from svv_mv_info')).toEqual([
      { n: 'kept', s: 'public' },
    ]);
    expect(await query("select table_type from information_schema.tables where table_name = 'kept'")).toEqual(
      [{ table_type: 'VIEW' }],
    );
  });
});

describe('the rest', () => {
  it('schemas and databases belong to whom they do on Redshift', async () => {
    expect(
      await query(
        "select schema_name, schema_owner, schema_type from svv_all_schemas where schema_name in ('public', 'pg_catalog') order by 1",
      ),
    ).toEqual([
      { schema_name: 'pg_catalog', schema_owner: '1', schema_type: 'local' },
      { schema_name: 'public', schema_owner: '1', schema_type: 'local' },
    ]);
    expect(await query('select database_name, database_type from svv_redshift_databases')).toEqual([
      { database_name: 'dev', database_type: 'local' },
    ]);
  });

  it('functions and procedures have arguments and results', async () => {
    await query("create function f(int, varchar) returns numeric immutable language sql as 'select 1.0'");
    await query("create procedure p(in int, out varchar) language plpgsql as 'begin end'");
    expect(
      await query(
        "select function_name, function_type, argument_type, result_type from svv_redshift_functions where schema_name = 'public' order by 1",
      ),
    ).toEqual([
      {
        function_name: 'f',
        function_type: 'REGULAR FUNCTION',
        argument_type: 'integer, character varying',
        result_type: 'numeric',
      },
      {
        function_name: 'p',
        function_type: 'STORED PROCEDURE',
        argument_type: 'integer',
        result_type: 'record',
      },
    ]);
    expect(
      await query(
        "select prokind, proargmodes from pg_proc_info where proname = 'p' and pronamespace = 'public'::regnamespace",
      ),
    ).toEqual([{ prokind: 'p', proargmodes: '{i,o}' }]);
  });

  it('users have the numbers that own their tables', async () => {
    expect(
      await query(
        "select u.usename from pg_class c join pg_user u on u.usesysid = c.relowner where c.relname = 'sales'",
      ),
    ).toEqual([{ usename: 'awsuser' }]);
    expect(
      await query("select current_user_id() = usesysid as same from pg_user where usename = 'awsuser'"),
    ).toEqual([{ same: 't' }]);
    expect(await query("select usesysid, usesuper from pg_user where usename = 'rdsdb'")).toEqual([
      { usesysid: '1', usesuper: 't' },
    ]);
    expect((await other.query('select count(*) as n from pg_shadow')).rows).toEqual([{ n: '0' }]);
  });

  it('privileges are told by the kind of who has them', async () => {
    expect(
      await query(
        "select relation_name, privilege_type, identity_name, identity_type from svv_relation_privileges where relation_name = 'sales'",
      ),
    ).toEqual([
      { relation_name: 'sales', privilege_type: 'SELECT', identity_name: 'g', identity_type: 'group' },
    ]);
    expect(
      await query('select column_name, privilege_type, identity_name from svv_column_privileges'),
    ).toEqual([{ column_name: 'note', privilege_type: 'UPDATE', identity_name: 'other' }]);
  });

  it('columns of views come as records, in both forms of the manual', async () => {
    expect(await query("select pg_get_cols('cheap') as c")).toEqual([
      { c: '(public,cheap,salesid,integer,1)' },
      { c: '(public,cheap,price,"numeric(8,2)",2)' },
    ]);
    expect(
      await query(
        "select col_type from pg_get_cols('cheap') cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int)",
      ),
    ).toHaveLength(2);
    expect(
      await query('select * from pg_get_late_binding_view_cols() as (a name, b name, c name, d text, e int)'),
    ).toEqual([]);
  });

  it('SVV_TABLE_INFO counts in blocks and names distribution and sort key', async () => {
    await query(`select rs_note_table('sales', '{"distKey":"listid","sortKeys":["at","note"]}')`);
    expect(
      await query(
        `select "table", diststyle, sortkey1, sortkey_num, max_varchar, trim(sortkey1_enc) as enc from svv_table_info where "table" = 'sales'`,
      ),
    ).toEqual([
      {
        table: 'sales',
        diststyle: 'KEY(listid)',
        sortkey1: 'at',
        sortkey_num: '2',
        max_varchar: '20',
        enc: 'none',
      },
    ]);
    expect(await query("select reldiststyle from pg_class_info where relname = 'sales'")).toEqual([
      { reldiststyle: '1' },
    ]);
  });
});
