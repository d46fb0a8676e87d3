/**
 * The one place that reads PostgreSQL's catalog for the system views: relations and columns that the user may see, with
 * types and defaults in Redshift's words. The views of the other files choose from it.
 */
import type { SetupStep } from './step.js';

/** Types have Redshift's names, which are PostgreSQL's but for its own types. */
const types = `
create function pg_catalog.rs_base_name(type oid) returns text stable
begin atomic
  select case type
    when 6551 then 'binary varying'
    when 1188 then 'interval year to month'
    when 1190 then 'interval day to second'
    else format_type(type, null) end;
end;

create function pg_catalog.rs_type_name(type oid, modifier integer) returns text stable
begin atomic
  select case
    when type = 6551 and modifier > 4 then 'binary varying(' || (modifier - 4)::text || ')'
    when type in (6551, 1188, 1190) then rs_base_name(type)
    else format_type(type, modifier) end;
end;

-- Bytes of CHAR, VARCHAR and VARBYTE.
create function pg_catalog.rs_length(type oid, modifier integer) returns integer immutable
begin atomic
  select case when type in (1042, 1043, 6551) and modifier > 4 then modifier - 4 end;
end;

create function pg_catalog.rs_precision(type oid, modifier integer) returns integer immutable
begin atomic
  select case type when 21 then 16 when 23 then 32 when 20 then 64 when 700 then 24 when 701 then 53
    when 1700 then case when modifier > 4 then ((modifier - 4) >> 16) & 65535 end end;
end;

create function pg_catalog.rs_scale(type oid, modifier integer) returns integer immutable
begin atomic
  select case when type in (20, 21, 23) then 0 when type = 1700 and modifier > 4 then (modifier - 4) & 2047 end;
end;

-- The engine's bootstrap owner stands for Redshift's user 1, who also owns PUBLIC there.
create function pg_catalog.rs_user_id(role oid) returns integer immutable
begin atomic
  select case when role in (10, 6171) then 1 else role::integer end;
end;

-- A list of grants in one text, as SVV_ALL_TABLES has it.
create function pg_catalog.rs_acl_text(acl aclitem[]) returns text stable
begin atomic
  select string_agg(replace(regexp_replace(item::text, '"group:([^"]*)"', 'group \\1', 'g'), 'pg_database_owner', 'rdsdb'),
    '~' order by place)
  from unnest(acl) with ordinality as a (item, place);
end;
`;

const relations = `
-- Views bound late, and what they select; each reads from a function that bears its number (setup/dialect.ts).
create view pg_catalog.rs_late_views as
select substr(proname, 9)::oid as oid, prosrc as body from pg_proc
where pronamespace = 'pg_catalog'::regnamespace and proname >= 'rs_late_0' and proname < 'rs_late_:';

create view pg_catalog.rs_relations as
select c.oid, n.nspname as schema_name, c.relname as table_name, c.relkind, c.relowner, c.relacl, c.relnamespace,
  c.relpersistence = 't' as temporary, obj_description(c.oid, 'pg_class') as remarks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and not pg_is_other_temp_schema(n.oid)
  and not (n.nspname in ('pg_catalog', 'information_schema') and c.relname ~ '^rs_') and n.nspname <> 'pg_toast'
  and (pg_has_role(c.relowner, 'usage') or has_table_privilege(c.oid, 'select, insert, update, delete, references')
    or has_any_column_privilege(c.oid, 'select, insert, update, references'));

create function pg_catalog.rs_identity_text(rel oid, number smallint, always boolean) returns text stable
begin atomic
  select case when always then '"identity"(' else 'default_identity(' end || rel::text || ', ' || (number - 1)::text
    || ', ''' || coalesce(max(s.seqstart)::text || ',' || max(s.seqincrement)::text, '1,1') || '''::text)'
  from pg_depend d join pg_sequence s on s.seqrelid = d.objid
  where d.refobjid = rel and d.refobjsubid = number and d.deptype = 'i' and d.classid = 'pg_class'::regclass;
end;

create view pg_catalog.rs_columns as
select r.oid, r.schema_name, r.table_name, r.relkind, r.temporary, a.attname as column_name, a.attnum,
  a.atttypid, a.atttypmod, a.attnotnull, a.attacl, a.attidentity,
  case when a.attidentity <> '' then rs_identity_text(r.oid, a.attnum, a.attidentity = 'a')
    else pg_get_expr(d.adbin, d.adrelid) end as column_default,
  rs_base_name(a.atttypid) as data_type,
  rs_type_name(a.atttypid, a.atttypmod) as full_type,
  rs_length(a.atttypid, a.atttypmod) as character_maximum_length,
  rs_precision(a.atttypid, a.atttypmod) as numeric_precision,
  rs_scale(a.atttypid, a.atttypmod) as numeric_scale,
  col_description(r.oid, a.attnum) as remarks
from pg_catalog.rs_relations r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum;

-- Without a recorded encoding: what Redshift takes by itself (AWS manual, Compression encodings).
create function pg_catalog.rs_encoding(type oid, sorted boolean, recorded text) returns text immutable
begin atomic
  select case
    when recorded = 'raw' then 'none'
    when recorded is not null and recorded <> 'auto' then recorded
    when sorted then 'none'
    when type in (20, 21, 23, 1082, 1083, 1114, 1184, 1266, 1700, 1188, 1190) then 'az64'
    when type in (1042, 1043, 25, 6551) then 'lzo'
    when type = 4000 then 'zstd'
    else 'none' end;
end;

-- What is recorded of each column: its place in the sort key, with alternating signs when that is interleaved.
create view pg_catalog.rs_column_facts as
select a.attrelid, a.attnum, coalesce(f.dist_key = a.attnum, false) as distkey,
  coalesce(array_position(f.sort_keys, a.attnum), 0)
    * case when f.sort_style = 'interleaved' and array_position(f.sort_keys, a.attnum) % 2 = 1 then -1 else 1 end as sortkey,
  rs_encoding(a.atttypid, a.attnum = any (coalesce(f.sort_keys, '{}')), f.encodings ->> a.attnum::text) as encoding
from pg_attribute a left join rs_table_facts f on f.relid = a.attrelid
where a.attnum > 0;

create function pg_catalog.rs_dist_style(rel oid) returns integer stable
begin atomic
  select case (select dist_style from rs_table_facts where relid = rel)
    when 'even' then 0 when 'key' then 1 when 'all' then 8 else 10 end;
end;
grant select on pg_catalog.rs_late_views, pg_catalog.rs_relations, pg_catalog.rs_columns, pg_catalog.rs_column_facts to public;
`;

export const baseViews: SetupStep = {
  name: 'what the system views read',
  sql: [types, relations].join('\n'),
};
