/**
 * PostgreSQL's catalog tables with the rows and columns that Redshift's have: ORMs read distribution, sort keys and
 * encodings there, and clients for servers of version 8 expect what PostgreSQL has dropped since. The dialect puts these
 * views in the place of the tables (`dialect/catalog-columns.ts`).
 */
import type { SetupStep } from './step.js';

/** Numbers of encodings are Redshift's own affair; only `format_encoding` reads them. */
const encodings = `array['none', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16', 'mostly32', 'runlength',
  'text255', 'text32k', 'zstd', 'az64']`;

export const catalogColumns: SetupStep = {
  name: "Redshift's columns of the catalog",
  sql: `
create function pg_catalog.format_encoding(encoding integer) returns text immutable
begin atomic
  select (${encodings})[encoding + 1];
end;

-- What only the engine has: helpers with their indexes and types, and what holds long values.
create view pg_catalog.rs_own_relations as
select oid from pg_class
where relnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and relname ~ '^rs_'
  or relnamespace = 'pg_toast'::regnamespace;

-- psql asks for foreign keys where a table has triggers.
do $rs$
begin
  execute 'create view pg_catalog.rs_pg_class as select ' || (select string_agg(
    case attname when 'relkind' then 'case c.relkind when ''m'' then ''v'' else c.relkind end as relkind'
      when 'relhastriggers' then 'c.relhastriggers or exists (select from pg_constraint k
      where k.contype = ''f'' and c.oid in (k.conrelid, k.confrelid)) as relhastriggers' else 'c.' || quote_ident(attname) end,
    ', ' order by attnum) from pg_attribute where attrelid = 'pg_class'::regclass and attnum > 0 and not attisdropped)
    || ', false as relhasoids, exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as relhaspkey,
    0::smallint as relukeys, 0::smallint as relfkeys, 0::smallint as relrefs, 0::smallint as reltriggers,
    rs_dist_style(c.oid)::smallint as reldiststyle from pg_class c
    where c.relkind <> ''S'' and c.relnamespace <> ''pg_toast''::regnamespace and (c.relname !~ ''^rs_'' or c.oid not in (select oid from pg_catalog.rs_own_relations))';
  execute 'create view pg_catalog.rs_pg_attribute as select ' || (select string_agg(
    case attname when 'atthasdef' then '(a.atthasdef or a.attidentity <> '''') as atthasdef' else 'a.' || quote_ident(attname) end,
    ', ' order by attnum) from pg_attribute where attrelid = 'pg_attribute'::regclass and attnum > 0 and not attisdropped)
    || ', -1 as attcacheoff, f.distkey as attisdistkey, false as attispreloaded, f.sortkey as attsortkeyord,
    (array_position(${encodings.replaceAll("'", "''")}, f.encoding) - 1)::smallint as attencodingtype,
    0::smallint as attencrypttype
    from pg_attribute a left join pg_catalog.rs_column_facts f on f.attrelid = a.attrelid and f.attnum = a.attnum
    where a.attrelid not in (select oid from pg_catalog.rs_late_views)';
  execute 'create view pg_catalog.rs_pg_constraint as select ' || (select string_agg(
    case attname when 'condeferrable' then 'false as condeferrable' when 'convalidated' then 'true as convalidated' else 'c.' || quote_ident(attname) end,
    ', ' order by attnum) from pg_attribute where attrelid = 'pg_constraint'::regclass and attnum > 0 and not attisdropped)
    || ', case when c.contype = ''c'' then pg_get_expr(c.conbin, c.conrelid) end as consrc
    from pg_constraint c where c.contype <> ''n''
    and c.connamespace not in (''pg_catalog''::regnamespace, ''information_schema''::regnamespace)';
  execute 'create view pg_catalog.rs_pg_index as select ' || (select string_agg(
    case attname when 'indisprimary' then '(i.indisprimary and i.indrelid >= 12000) as indisprimary'
      else 'i.' || quote_ident(attname) end, ', ' order by attnum)
    from pg_attribute where attrelid = 'pg_index'::regclass and attnum > 0 and not attisdropped)
    || ' from pg_index i where i.indexrelid not in (select oid from pg_catalog.rs_own_relations)';
end $rs$;

-- The default of an identity column is a call of "identity" there. Expressions stand as texts, and pg_get_expr takes them.
create view pg_catalog.rs_pg_attrdef as
select d.oid, d.adrelid, d.adnum, pg_get_expr(d.adbin, d.adrelid) as adbin, pg_get_expr(d.adbin, d.adrelid) as adsrc
from pg_attrdef d
union all
select 0, a.attrelid, a.attnum, i.expression, i.expression
from pg_attribute a, rs_identity_text(a.attrelid, a.attnum, a.attidentity = 'a') as i (expression)
where a.attidentity <> '' and not a.attisdropped;

create function pg_catalog.pg_get_expr(expression text, relation oid) returns text immutable
begin atomic select expression; end;
create function pg_catalog.pg_get_expr(expression text, relation oid, pretty boolean) returns text immutable
begin atomic select expression; end;

create view pg_catalog.rs_pg_proc as
select p.*, p.prokind = 'a' as proisagg, p.prokind = 'w' as proiswindow from pg_proc p
where p.proname !~ '^(rs|_pg)_' or p.pronamespace <> 'pg_catalog'::regnamespace;

create view pg_catalog.rs_pg_roles as
select rolname, rs_is_superuser(oid) as rolsuper, rolinherit, rs_is_superuser(oid) as rolcreaterole, rolcreatedb,
  rolcanlogin, false as rolreplication, rolconnlimit, rolpassword, rolvaliduntil, false as rolbypassrls, rolconfig, oid
from pg_roles where rolcanlogin;

create view pg_catalog.rs_pg_database as
select d.*, 0::oid as datlastsysoid, null::text[] as datconfig from pg_database d;

create view pg_catalog.rs_pg_default_acl as
select d.*, d.defaclrole as defacluser from pg_default_acl d;

create view pg_catalog.rs_pg_locks as
select l.*, l.transactionid as transaction from pg_locks l;

create view pg_catalog.rs_pg_stat_activity as
select datid, datname, pid as procpid, usesysid, usename, query as current_query, query_start
from pg_stat_activity where backend_type = 'client backend' and usesysid <> 10;

-- How keys are written down, without what keeps the engine from enforcing them.
update pg_proc set proname = 'rs_engine_' || proname where oid in ('pg_get_constraintdef(oid)'::regprocedure,
  'pg_get_constraintdef(oid, boolean)'::regprocedure, 'pg_get_indexdef(oid)'::regprocedure,
  'pg_get_indexdef(oid, integer, boolean)'::regprocedure);
create function pg_catalog.pg_get_constraintdef(key oid) returns text stable strict
begin atomic
  select regexp_replace(rs_engine_pg_get_constraintdef(key), ' (DEFERRABLE|NOT ENFORCED)$', '');
end;
create function pg_catalog.pg_get_constraintdef(key oid, pretty boolean) returns text stable strict
begin atomic
  select regexp_replace(rs_engine_pg_get_constraintdef(key, pretty), ' (DEFERRABLE|NOT ENFORCED)$', '');
end;
create function pg_catalog.pg_get_indexdef(index oid) returns text stable strict
begin atomic
  select regexp_replace(rs_engine_pg_get_indexdef(index), ' WHERE false$', '');
end;
create function pg_catalog.pg_get_indexdef(index oid, number integer, pretty boolean) returns text stable strict
begin atomic
  select regexp_replace(rs_engine_pg_get_indexdef(index, number, pretty), ' WHERE false$', '');
end;

grant select on pg_catalog.rs_own_relations, pg_catalog.rs_pg_class, pg_catalog.rs_pg_attribute, pg_catalog.rs_pg_attrdef, pg_catalog.rs_pg_proc,
  pg_catalog.rs_pg_constraint, pg_catalog.rs_pg_database, pg_catalog.rs_pg_default_acl, pg_catalog.rs_pg_roles, pg_catalog.rs_pg_index, pg_catalog.rs_pg_locks, pg_catalog.rs_pg_stat_activity
  to public;
`,
};
