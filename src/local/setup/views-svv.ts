/**
 * The SVV_ views of tables, columns, schemas, databases and functions. Their columns, in order and type, are those of the
 * AWS manual's page of each view; only the current database's objects are in them.
 */
import type { SetupStep } from './step.js';

const information = `
create view pg_catalog.svv_tables as
select current_database()::text as table_catalog, schema_name::text as table_schema, table_name::text as table_name,
  case relkind when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW' else 'BASE TABLE' end::text as table_type,
  remarks::text as remarks
from pg_catalog.rs_relations order by schema_name, table_name;

create view pg_catalog.svv_columns as
select current_database()::text as table_catalog, schema_name::text as table_schema, table_name::text as table_name,
  column_name::text as column_name, attnum::integer as ordinal_position, column_default::text as column_default,
  case when attnotnull then 'NO' else 'YES' end::text as is_nullable, data_type::text as data_type,
  character_maximum_length, numeric_precision,
  case when atttypid in (20, 21, 23, 700, 701) then 2 when atttypid = 1700 then 10 end as numeric_precision_radix,
  numeric_scale, case when atttypid in (1083, 1114, 1184, 1266, 1186, 1188, 1190) then 6 end as datetime_precision,
  null::text as interval_type, null::text as interval_precision, null::text as character_set_catalog,
  null::text as character_set_schema, null::text as character_set_name, null::text as collation_catalog,
  null::text as collation_schema, null::text as collation_name, null::text as domain_name, remarks::text as remarks
from pg_catalog.rs_columns order by schema_name, table_name, attnum;
`;

const redshift = `
create view pg_catalog.svv_redshift_databases as
select datname::varchar(128) as database_name, rs_user_id(datdba) as database_owner, 'local'::varchar(32) as database_type,
  rs_acl_text(datacl)::varchar(128) as database_acl, null::varchar(128) as database_options,
  'Snapshot Isolation'::varchar(128) as database_isolation_level
from pg_database where not datistemplate and datname <> 'postgres';

create view pg_catalog.svv_all_schemas as
select current_database()::varchar(128) as database_name, nspname::varchar(128) as schema_name,
  rs_user_id(nspowner) as schema_owner, 'local'::varchar(128) as schema_type, rs_acl_text(nspacl)::varchar(128) as schema_acl,
  null::varchar(128) as source_database, null::varchar(256) as schema_option
from pg_namespace
where nspname <> 'pg_toast' and nspname !~ '^pg_toast_temp_' and not pg_is_other_temp_schema(oid)
  and (pg_has_role(nspowner, 'usage') or has_schema_privilege(oid, 'create, usage'));

create view pg_catalog.svv_redshift_schemas as
select database_name, schema_name, schema_owner, schema_type::varchar(16) as schema_type, schema_acl, schema_option
from pg_catalog.svv_all_schemas;

create view pg_catalog.svv_redshift_tables as
select current_database()::varchar(128) as database_name, schema_name::varchar(128) as schema_name,
  table_name::varchar(128) as table_name,
  case relkind when 'v' then 'VIEW' when 'm' then 'VIEW' else 'TABLE' end::varchar(128) as table_type,
  rs_acl_text(relacl)::varchar(128) as table_acl, remarks::varchar(256) as remarks,
  pg_get_userbyid(relowner)::varchar(128) as table_owner
from pg_catalog.rs_relations order by schema_name, table_name;

create view pg_catalog.svv_all_tables as
select database_name, schema_name, table_name, table_type, table_acl, remarks::varchar(128) as remarks,
  table_owner as owner
from pg_catalog.svv_redshift_tables;

create view pg_catalog.svv_redshift_columns as
select current_database()::varchar(128) as database_name, c.schema_name::varchar(128) as schema_name,
  c.table_name::varchar(128) as table_name, c.column_name::varchar(128) as column_name,
  c.attnum::integer as ordinal_position, c.full_type::varchar(32) as data_type,
  c.column_default::varchar(4000) as column_default,
  case when c.attnotnull then 'NO' else 'YES' end::varchar(3) as is_nullable, f.encoding::varchar(128) as encoding,
  f.distkey, f.sortkey, rs_acl_text(c.attacl)::varchar(128) as column_acl, c.remarks::varchar(256) as remarks
from pg_catalog.rs_columns c join pg_catalog.rs_column_facts f on f.attrelid = c.oid and f.attnum = c.attnum
order by c.schema_name, c.table_name, c.attnum;

create view pg_catalog.svv_all_columns as
select current_database()::varchar(128) as database_name, schema_name::varchar(128) as schema_name,
  table_name::varchar(128) as table_name, column_name::varchar(128) as column_name, attnum::integer as ordinal_position,
  column_default::varchar(4000) as column_default, case when attnotnull then 'NO' else 'YES' end::varchar(3) as is_nullable,
  data_type::varchar(128) as data_type, character_maximum_length, numeric_precision, numeric_scale,
  remarks::varchar(256) as remarks
from pg_catalog.rs_columns order by schema_name, table_name, attnum;

create view pg_catalog.svv_redshift_functions as
select current_database()::varchar(128) as database_name, n.nspname::varchar(128) as schema_name,
  p.proname::varchar(128) as function_name,
  case p.prokind when 'p' then 'STORED PROCEDURE' when 'a' then 'AGGREGATED FUNCTION' else 'REGULAR FUNCTION' end::varchar(128)
    as function_type,
  (select string_agg(rs_base_name(t), ', ' order by place) from unnest(p.proargtypes) with ordinality as a (t, place)
    where coalesce(p.proargmodes[place], 'i') <> 'o')::varchar(512) as argument_type,
  case when p.prokind <> 'p' then rs_base_name(p.prorettype) when p.proargmodes is not null then 'record' else '' end::varchar(128)
    as result_type
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where (pg_has_role(p.proowner, 'usage') or has_function_privilege(p.oid, 'execute')) and n.nspname <> 'pg_toast'
  and not (n.nspname = 'pg_catalog' and p.proname ~ '^(rs|_pg)_');
`;

/** Sizes are what the engine's file has, in blocks of 1 MB as Redshift counts; rows are counted only where ANALYZE did. */
const tableInfo = `
create view pg_catalog.svv_table_info as
select current_database()::text as database, r.schema_name::text as schema, r.oid as table_id, r.table_name::text as "table",
  case when coalesce(f.encode_auto, true) then 'Y, AUTO(ENCODE)' else 'Y' end::text as encoded,
  case coalesce(f.dist_style, 'auto') when 'key' then 'KEY(' || (select attname from pg_attribute
      where attrelid = r.oid and attnum = f.dist_key) || ')' when 'even' then 'EVEN' when 'all' then 'ALL' else 'AUTO(ALL)' end::text
    as diststyle,
  case when cardinality(f.sort_keys) > 0 then case f.sort_style when 'interleaved' then 'INTERLEAVED' else (select attname::text
      from pg_attribute where attrelid = r.oid and attnum = f.sort_keys[1]) end
    when coalesce(f.sort_style, 'auto') = 'auto' then 'AUTO(SORTKEY)' end::text as sortkey1,
  coalesce((select max(rs_length(atttypid, atttypmod)) from pg_attribute
    where attrelid = r.oid and attnum > 0 and not attisdropped and atttypid = 1043), 0) as max_varchar,
  (select encoding from pg_catalog.rs_column_facts where attrelid = r.oid and attnum = f.sort_keys[1])::character(32) as sortkey1_enc,
  coalesce(cardinality(f.sort_keys), 0) as sortkey_num, null::numeric(19,2) as skew_sortkey1,
  ceil(pg_total_relation_size(r.oid) / 1048576.0)::bigint as size, 0::numeric(10,4) as pct_used, 0::bigint as empty,
  null::numeric(5,2) as unsorted, null::numeric(5,2) as stats_off, greatest(c.reltuples, 0)::numeric(38,0) as tbl_rows,
  null::numeric(19,2) as skew_rows, greatest(c.reltuples, 0)::numeric(38,0) as estimated_visible_rows, null::text as risk_event,
  null::numeric(12,2) as vacuum_sort_benefit, f.created as create_time
from pg_catalog.rs_relations r join pg_class c on c.oid = r.oid left join rs_table_facts f on f.relid = r.oid
where r.relkind = 'r' and r.schema_name not in ('pg_catalog', 'information_schema');

grant select on pg_catalog.svv_tables, pg_catalog.svv_columns, pg_catalog.svv_redshift_databases, pg_catalog.svv_all_schemas,
  pg_catalog.svv_redshift_schemas, pg_catalog.svv_redshift_tables, pg_catalog.svv_all_tables, pg_catalog.svv_redshift_columns,
  pg_catalog.svv_all_columns, pg_catalog.svv_redshift_functions, pg_catalog.svv_table_info to public;
`;

export const svvViews: SetupStep = { name: 'SVV views', sql: [information, redshift, tableInfo].join('\n') };
