/**
 * The views of information_schema that tools read most, with the columns that they have on Redshift (those of SQL:1999, as
 * PostgreSQL 8.0 had them) and its names of types. The others stay PostgreSQL's; some of them read those that had these names.
 */
import type { SetupStep } from './step.js';

const tables = `
alter view information_schema.tables rename to rs_engine_tables;
revoke select on information_schema.rs_engine_tables from public;
create view information_schema.tables as
select current_database()::varchar as table_catalog, schema_name::varchar as table_schema, table_name::varchar as table_name,
  case when temporary then 'LOCAL TEMPORARY' when relkind in ('v', 'm') then 'VIEW' else 'BASE TABLE' end::varchar as table_type,
  null::varchar as self_referencing_column_name, null::varchar as reference_generation,
  null::varchar as user_defined_type_catalog, null::varchar as user_defined_type_schema,
  null::varchar as user_defined_type_name
from pg_catalog.rs_relations order by schema_name, table_name;

alter view information_schema.columns rename to rs_engine_columns;
revoke select on information_schema.rs_engine_columns from public;
create view information_schema.columns as
select current_database()::varchar as table_catalog, c.schema_name::varchar as table_schema,
  c.table_name::varchar as table_name, c.column_name::varchar as column_name, c.attnum::integer as ordinal_position,
  c.column_default::varchar as column_default, case when c.attnotnull then 'NO' else 'YES' end::varchar as is_nullable,
  case when t.typelem <> 0 and t.typlen = -1 then 'ARRAY' else c.data_type end::varchar as data_type,
  c.character_maximum_length, c.character_maximum_length as character_octet_length, c.numeric_precision,
  case when c.atttypid in (20, 21, 23, 700, 701) then 2 when c.atttypid = 1700 then 10 end as numeric_precision_radix,
  c.numeric_scale, case when c.atttypid in (1083, 1114, 1184, 1266, 1186, 1188, 1190) then 6 end as datetime_precision,
  null::varchar as interval_type, null::varchar as interval_precision, null::varchar as character_set_catalog,
  null::varchar as character_set_schema, null::varchar as character_set_name, null::varchar as collation_catalog,
  null::varchar as collation_schema, null::varchar as collation_name, null::varchar as domain_catalog,
  null::varchar as domain_schema, null::varchar as domain_name, current_database()::varchar as udt_catalog,
  n.nspname::varchar as udt_schema, t.typname::varchar as udt_name, null::varchar as scope_catalog,
  null::varchar as scope_schema, null::varchar as scope_name, null::integer as maximum_cardinality,
  c.attnum::text::varchar as dtd_identifier, 'NO'::varchar as is_self_referencing
from pg_catalog.rs_columns c join pg_type t on t.oid = c.atttypid join pg_namespace n on n.oid = t.typnamespace
where c.oid not in (select oid from pg_catalog.rs_late_views)
order by c.schema_name, c.table_name, c.attnum;

alter view information_schema.views rename to rs_engine_views;
revoke select on information_schema.rs_engine_views from public;
create view information_schema.views as
select current_database()::varchar as table_catalog, schemaname::varchar as table_schema, viewname::varchar as table_name,
  case when pg_has_role(viewowner, 'usage') then definition end::varchar as view_definition, 'NONE'::varchar as check_option,
  'NO'::varchar as is_updatable, 'NO'::varchar as is_insertable_into
from pg_catalog.pg_views v
where exists (select from pg_catalog.rs_relations r where r.schema_name = v.schemaname and r.table_name = v.viewname);
`;

/** NOT NULL is no constraint there, and keys are not deferrable. */
const constraints = `
alter view information_schema.table_constraints rename to rs_engine_table_constraints;
revoke select on information_schema.rs_engine_table_constraints from public;
create view information_schema.table_constraints as
select current_database()::varchar as constraint_catalog, s.nspname::varchar as constraint_schema,
  k.conname::varchar as constraint_name, current_database()::varchar as table_catalog, n.nspname::varchar as table_schema,
  c.relname::varchar as table_name,
  case k.contype when 'c' then 'CHECK' when 'f' then 'FOREIGN KEY' when 'p' then 'PRIMARY KEY' else 'UNIQUE' end::varchar
    as constraint_type,
  'NO'::varchar as is_deferrable, 'NO'::varchar as initially_deferred
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_namespace s on s.oid = k.connamespace
where k.contype in ('c', 'f', 'p', 'u') and c.relkind in ('r', 'p') and not pg_is_other_temp_schema(n.oid)
  and n.nspname <> 'pg_catalog'
  and (pg_has_role(c.relowner, 'usage') or has_table_privilege(c.oid, 'insert, update, delete, references')
    or has_any_column_privilege(c.oid, 'insert, update, references'))
order by k.conname;

alter view information_schema.check_constraints rename to rs_engine_check_constraints;
revoke select on information_schema.rs_engine_check_constraints from public;
create view information_schema.check_constraints as
select current_database()::varchar as constraint_catalog, s.nspname::varchar as constraint_schema,
  k.conname::varchar as constraint_name, pg_get_expr(k.conbin, k.conrelid)::varchar as check_clause
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace s on s.oid = k.connamespace
where k.contype = 'c' and pg_has_role(c.relowner, 'usage');
grant select on information_schema.tables, information_schema.columns, information_schema.table_constraints,
  information_schema.check_constraints, information_schema.views to public;
`;

export const informationViews: SetupStep = { name: 'information_schema', sql: tables + constraints };
