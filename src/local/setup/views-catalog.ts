/**
 * Redshift's own PG_ tables and views: users and groups as it shows them, PG_TABLE_DEF, the PG_…_INFO views, and the
 * functions that tell the columns of views. Columns and types are those of the AWS manual.
 */
import type { SetupStep } from './step.js';

/** PostgreSQL's views of the same names have other columns; they stay under another name, since its own views read them. */
const users = `
alter view pg_catalog.pg_user rename to rs_engine_user;
alter view pg_catalog.pg_shadow rename to rs_engine_shadow;
alter view pg_catalog.pg_group rename to rs_engine_group;
revoke select on pg_catalog.rs_engine_user, pg_catalog.rs_engine_group from public;

create function pg_catalog.rs_users() returns table (usename name, usesysid integer, usecreatedb boolean, usesuper boolean,
    usecatupd boolean, passwd text, valuntil timestamptz, useconfig text[], useconnlimit text, syslogaccess text,
    sessiontimeout integer, externalid text)
  stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select role.rolname, rs_user_id(role.oid), role.rolcreatedb or role.oid = 10, rs_is_superuser(role.oid), role.oid = 10,
    '********', case when role.oid = 10 then 'infinity' else role.rolvaliduntil end,
    (select array_agg(key || '=' || value order by key) from jsonb_each_text(facts -> 'settings')),
    case when role.oid = 10 then null else coalesce(facts ->> 'connectionLimit', 'UNLIMITED') end,
    case when rs_is_superuser(role.oid) then 'UNRESTRICTED' else upper(coalesce(facts ->> 'syslog', 'restricted')) end,
    coalesce((facts ->> 'sessionTimeout')::integer, 0), facts ->> 'externalId'
  from pg_authid role, rs_role_facts(role.oid) as facts
  where role.rolcanlogin;
end;

create view pg_catalog.pg_user as
select usename, usesysid, usecreatedb, usesuper, usecatupd, passwd, valuntil, useconfig from pg_catalog.rs_users();

create view pg_catalog.pg_shadow as
select usename, usesysid, usecreatedb, usesuper, usecatupd, null::text as passwd, valuntil, useconfig
from pg_catalog.rs_users() where pg_catalog.rs_caller_is_superuser();

create view pg_catalog.pg_user_info as
select usename, usesysid, usecreatedb, usesuper, usecatupd, passwd, valuntil, useconfig, useconnlimit
from pg_catalog.rs_users();

create view pg_catalog.svl_user_info as
select usename, usesysid, usecreatedb, usesuper, usecatupd, useconnlimit, syslogaccess, now()::timestamp as last_ddl_ts,
  sessiontimeout, externalid::text as external_user_id
from pg_catalog.rs_users() where usesysid > 1;

create view pg_catalog.svv_user_info as
select usename::varchar(128) as user_name, usesysid as user_id, usecreatedb as createdb, usesuper as superuser,
  usecatupd as catalog_update, useconnlimit as connection_limit, syslogaccess as syslog_access,
  null::timestamp as last_ddl_timestamp, sessiontimeout as session_timeout, externalid as external_id
from pg_catalog.rs_users() where usesysid > 1;

create view pg_catalog.pg_group as
select substr(g.rolname, 7)::name as groname, g.oid::integer as grosysid,
  array(select m.member::integer from pg_auth_members m where m.roleid = g.oid order by m.member) as grolist
from pg_roles g where g.rolname like 'group:%' and not g.rolcanlogin;
grant select on pg_catalog.pg_user, pg_catalog.pg_shadow, pg_catalog.pg_user_info, pg_catalog.svl_user_info,
  pg_catalog.svv_user_info, pg_catalog.pg_group to public;
`;

const tables = `
create view pg_catalog.pg_table_def as
select c.schema_name as schemaname, c.table_name as tablename, c.column_name as "column", c.full_type as type,
  f.encoding::character(32) as encoding, f.distkey, f.sortkey, c.attnotnull as "notnull"
from pg_catalog.rs_columns c join pg_catalog.rs_column_facts f on f.attrelid = c.oid and f.attnum = c.attnum
where c.relkind in ('r', 'p') and c.schema_name = any (current_schemas(true)::name[])
order by c.schema_name, c.table_name, c.attnum;

alter view pg_catalog.pg_tables rename to rs_engine_tables;
alter view pg_catalog.pg_views rename to rs_engine_views;
revoke select on pg_catalog.rs_engine_tables, pg_catalog.rs_engine_views from public;

create view pg_catalog.pg_tables as
select n.nspname as schemaname, c.relname as tablename, pg_get_userbyid(c.relowner) as tableowner, null::name as tablespace,
  c.relhasindex as hasindexes, c.relhasrules as hasrules, c.relhastriggers as hastriggers
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not (n.nspname = 'pg_catalog' and c.relname ~ '^rs_');

-- A materialized view is a view there, and its definition says what it is.
create view pg_catalog.pg_views as
select n.nspname as schemaname, c.relname as viewname, pg_get_userbyid(c.relowner) as viewowner,
  case
    when l.oid is not null then 'create view ' || quote_ident(c.relname) || ' as ' || l.body || ' with no schema binding;'
    when c.relkind = 'm' then 'create materialized view ' || quote_ident(c.relname) || ' as' || pg_get_viewdef(c.oid)
    else pg_get_viewdef(c.oid) end as definition
from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_catalog.rs_late_views l on l.oid = c.oid
where c.relkind in ('v', 'm') and not (n.nspname in ('pg_catalog', 'information_schema') and c.relname ~ '^rs_');

create view pg_catalog.pg_class_info as
select c.oid as reloid, c.relname, c.relnamespace, c.reltype, rs_user_id(c.relowner) as relowner, c.relam, c.relfilenode,
  c.reltablespace, c.relpages, c.reltuples, c.reltoastrelid, c.relhasindex, c.relisshared, c.relkind, c.relnatts,
  rs_dist_style(c.oid) as reldiststyle, rs_dist_style(c.oid) as releffectivediststyle,
  f.created as relcreationtime, c.relacl, c.relhasrules, c.reloptions
from pg_class c left join rs_table_facts f on f.relid = c.oid;

create view pg_catalog.pg_attribute_info as
select a.attrelid, a.attname, a.atttypid, a.attlen, a.attnum, a.attndims, a.attcacheoff, a.atttypmod, a.attbyval,
  a.attstorage, a.attalign, a.attnotnull, a.atthasdef, a.attisdropped, a.attislocal, a.attinhcount,
  f.distkey as attisdistkey, 0 as attispreloaded, f.sortkey as attsortkeyord, 0 as attencodingtype,
  f.encoding as attencoding, a.attacl
from (select attrelid, attname, atttypid, attlen, attnum, attndims, -1 as attcacheoff, atttypmod, attbyval, attstorage,
    attalign, attnotnull, atthasdef, attisdropped, attislocal, attinhcount, attacl from pg_attribute) a
join pg_catalog.rs_column_facts f on f.attrelid = a.attrelid and f.attnum = a.attnum;

create view pg_catalog.pg_database_info as
select d.oid as datid, d.datname, rs_user_id(d.datdba) as datdba, d.encoding, d.datistemplate, d.datallowconn, d.datacl,
  case when d.datconnlimit < 0 then 'UNLIMITED' else d.datconnlimit::text end as datconnlimit,
  array['concurrency_model=1'] as datconfig, 'local'::text as dattype, 'Snapshot Isolation'::text as datisolationlevel
from pg_database d where not d.datistemplate and d.datname <> 'postgres';

create view pg_catalog.stv_db_isolation_level as
select datname::character(128) as db_name, 'Snapshot Isolation'::character(20) as isolation_level
from pg_catalog.pg_database_info;

create view pg_catalog.pg_proc_info as
select p.oid as prooid, p.proname, p.pronamespace, rs_user_id(p.proowner) as proowner, p.prolang,
  p.prokind = 'a' as proisagg, p.prosecdef, p.proisstrict, p.proretset, p.provolatile, p.pronargs, p.prorettype,
  p.proargtypes, p.proargnames, p.prosrc, p.probin, p.proacl, p.prokind, p.proallargtypes, p.proargmodes, p.proconfig
from pg_proc p where p.proname !~ '^(rs|_pg)_' or p.pronamespace <> 'pg_catalog'::regnamespace;

-- Tables made with BACKUP NO, in the form in which AWS's admin views read them.
create view pg_catalog.pg_conf as
select 'pg_class_backup_' || d.oid::text || '_' || f.relid::text as key, 'no'::text as value
from rs_table_facts f join pg_class c on c.oid = f.relid join pg_database d on d.datname = current_database()
where not f.backup;

create view pg_catalog.svv_mv_info as
select current_database()::character(128) as database_name, schema_name::character(128) as schema_name,
  pg_get_userbyid(relowner)::character(128) as user_name, table_name::character(128) as name, 'f'::character(1) as is_stale,
  1 as state, 'f'::character(1) as autorewrite, 'f'::character(1) as autorefresh
from pg_catalog.rs_relations where relkind = 'm';

create view pg_catalog.stv_mv_info as
select database_name as db_name, schema_name as schema, name, 0::bigint as updated_upto_xid, is_stale,
  user_name as owner_user_name, state, autorewrite, autorefresh
from pg_catalog.svv_mv_info where (select rs_caller_is_superuser());

create view pg_catalog.pg_external_schema as
select null::oid as esoid, null::integer as eskind, null::text as esdbname, null::text as esoptions where false;
grant select on pg_catalog.stv_db_isolation_level, pg_catalog.pg_conf, pg_catalog.svv_mv_info, pg_catalog.stv_mv_info, pg_catalog.pg_table_def, pg_catalog.pg_tables, pg_catalog.pg_views, pg_catalog.pg_class_info, pg_catalog.pg_attribute_info,
  pg_catalog.pg_database_info, pg_catalog.pg_proc_info, pg_catalog.pg_external_schema to public;

-- Columns of a table or view: (schema, name, column, type, number).
create function pg_catalog.pg_get_cols(name text) returns setof record stable
begin atomic
  select c.schema_name, c.table_name, c.column_name, c.full_type::varchar, c.attnum::integer
  from rs_columns c where c.oid = to_regclass(name) order by c.attnum;
end;

create function pg_catalog.pg_get_late_binding_view_cols() returns setof record stable
begin atomic
  select c.schema_name, c.table_name, c.column_name, c.full_type::varchar, c.attnum::integer
  from rs_columns c join rs_late_views l on l.oid = c.oid order by c.schema_name, c.table_name, c.attnum;
end;
`;

export const catalogViews: SetupStep = { name: "Redshift's PG_ views", sql: [users, tables].join('\n') };
