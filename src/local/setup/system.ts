/**
 * What Redshift records and PostgreSQL has no place for: how tables are distributed, sorted and compressed. Keys that
 * nobody enforces are in `system-keys.ts`, the log of queries in `system-log.ts`.
 */
import type { SetupStep } from './step.js';

/** Columns stand as attribute numbers, so that renaming one changes nothing here. */
const tables = `
create table pg_catalog.rs_table_facts (
  relid oid not null unique,
  dist_style text not null default 'auto',
  dist_key smallint,
  sort_style text not null default 'auto',
  sort_keys smallint[] not null default '{}',
  encodings jsonb not null default '{}',
  encode_auto boolean not null default true,
  backup boolean not null default true,
  collations jsonb not null default '{}',
  created timestamp not null default now()
);
grant select on pg_catalog.rs_table_facts to public;
`;

const note = `
create function pg_catalog.rs_elements(list json) returns setof json immutable
begin atomic
  select json_array_elements(case json_typeof(list) when 'array' then list end);
end;

-- The owner, or whoever made the table in this transaction: a procedure may have made it as its own owner. Of a row that
-- is seen, a transaction in progress is ours.
create function pg_catalog.rs_may_note(rel oid) returns boolean stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select pg_has_role(rs_caller(), relowner, 'usage') or pg_xact_status(xmin::text::xid8) = 'in progress'
  from pg_class where oid = rel;
end;

create function pg_catalog.rs_attribute(rel oid, name text) returns smallint language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
declare
  found_number smallint := (select attnum from pg_attribute
    where attrelid = rel and attname = name and attnum > 0 and not attisdropped);
begin
  if found_number is null then
    raise exception using errcode = '42703', message = 'column "' || name || '" named in key does not exist';
  end if;
  return found_number;
end $$;

create function pg_catalog.rs_attributes(rel oid, names json) returns smallint[] stable
  set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(array_agg(rs_attribute(rel, value) order by place), '{}')
  from json_array_elements_text(case json_typeof(names) when 'array' then names end) with ordinality as t (value, place);
end;

-- {"column": "value"} by attribute numbers.
create function pg_catalog.rs_by_attribute(rel oid, of json) returns jsonb stable set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(jsonb_object_agg(rs_attribute(rel, key), lower(value)), '{}')
  from json_each_text(case json_typeof(of) when 'object' then of end);
end;

create function pg_catalog.rs_record_table(t oid, facts json, referenced oid[]) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
declare
  one json;
  source oid := (facts ->> 'like')::oid;
  place integer := 0;
begin
  if not rs_may_note(t) then
    raise exception using errcode = '42501',
      message = 'must be owner of relation ' || (select relname from pg_class where oid = t);
  end if;
  insert into rs_table_facts (relid) values (t) on conflict do nothing;
  if source is not null then
    perform rs_copy_facts(source, t);
  end if;
  update rs_table_facts set
    dist_style = coalesce(lower(facts ->> 'distStyle'), case when facts ->> 'distKey' is not null then 'key' end, dist_style),
    dist_key = case
      when facts ->> 'distKey' is not null then rs_attribute(t, facts ->> 'distKey')
      when coalesce(lower(facts ->> 'distStyle'), 'key') <> 'key' then null
      else dist_key end,
    sort_style = coalesce(lower(facts ->> 'sortStyle'),
      case when facts -> 'sortKeys' is not null then 'compound' end, sort_style),
    sort_keys = case
      when facts -> 'sortKeys' is not null then rs_attributes(t, facts -> 'sortKeys')
      when lower(facts ->> 'sortStyle') in ('auto', 'none') then '{}'
      else sort_keys end,
    encodings = encodings || rs_by_attribute(t, facts -> 'encodings'),
    encode_auto = coalesce((facts ->> 'encodeAuto')::boolean, facts -> 'encodings' is null and encode_auto),
    backup = coalesce((facts ->> 'backup')::boolean, backup),
    collations = collations || rs_by_attribute(t, facts -> 'collations')
  where relid = t;
  if facts ->> 'dropConstraint' is not null then
    execute 'alter table ' || t::regclass::text || ' drop constraint ' || quote_ident(facts ->> 'dropConstraint');
  end if;
  if facts ->> 'primaryKey' is not null then
    perform rs_add_key(t, 'p', facts #>> '{primaryKey,name}', facts #> '{primaryKey,columns}');
  end if;
  for one in select element from rs_elements(facts -> 'unique') as element loop
    perform rs_add_key(t, 'u', one ->> 'name', one -> 'columns');
  end loop;
  for one in select element from rs_elements(facts -> 'foreignKeys') as element loop
    place := place + 1;
    perform rs_add_foreign_key(t, one, referenced[place]);
  end loop;
end $$;

-- Names of referenced tables are looked up where the statement's own were: in the caller's search path.
create function pg_catalog.rs_note_table(t regclass, facts json) returns void volatile
begin atomic
  select rs_record_table(t, facts,
    array(select (key ->> 'table')::regclass::oid from rs_elements(facts -> 'foreignKeys') as key));
end;

-- CREATE TABLE … (LIKE …) takes distribution, sort keys, encodings and backup, no keys (AWS manual, CREATE TABLE).
create function pg_catalog.rs_copy_facts(source oid, target oid) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  update rs_table_facts to_fill set
    dist_style = f.dist_style, dist_key = rs_same_column(source, f.dist_key, target),
    sort_style = f.sort_style,
    sort_keys = array(select rs_same_column(source, k, target) from unnest(f.sort_keys) with ordinality as u (k, n) order by n),
    encodings = (select coalesce(jsonb_object_agg(rs_same_column(source, key::smallint, target), value), '{}')
      from jsonb_each(f.encodings) where rs_same_column(source, key::smallint, target) is not null),
    encode_auto = f.encode_auto, backup = f.backup
  from rs_table_facts f where f.relid = source and to_fill.relid = target;
end $$;

create function pg_catalog.rs_same_column(source oid, number smallint, target oid) returns smallint stable
begin atomic
  select b.attnum from pg_attribute a join pg_attribute b on b.attname = a.attname
  where a.attrelid = source and a.attnum = number and b.attrelid = target and b.attnum > 0 and not b.attisdropped;
end;
`;

/** What ALTER COLUMN … TYPE refuses, asked before it runs (AWS manual, ALTER TABLE). */
const alterType = `
create function pg_catalog.rs_check_alter_type(t regclass, column_name text) returns void language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
declare
  number smallint := (select attnum from pg_attribute
    where attrelid = t and attname = column_name and attnum > 0 and not attisdropped);
  encoding text := (select encodings ->> number::text from rs_table_facts where relid = t);
begin
  if exists (select from pg_attribute where attrelid = t and attnum = number and atthasdef) then
    raise exception using errcode = '0A000',
      message = 'cannot alter type of a column with a default value';
  elsif exists (select from pg_constraint where conrelid = t and contype in ('p', 'u', 'f') and number = any (conkey)) then
    raise exception using errcode = '0A000',
      message = 'cannot alter type of a column used by a primary key, unique or foreign key constraint';
  elsif encoding in ('bytedict', 'runlength', 'text255', 'text32k') then
    raise exception using errcode = '0A000', message = 'cannot alter type of a column with encoding ' || encoding;
  end if;
end $$;
`;

export const system: SetupStep = { name: 'table facts', sql: [tables, note, alterType].join('\n') };
