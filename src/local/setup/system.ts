/**
 * What Redshift records and PostgreSQL has no place for: how tables are distributed, sorted and compressed, and keys that
 * nobody enforces. Statements' texts never come here; `system-log.ts` keeps the log of queries.
 */
import type { SetupStep } from './step.js';

/** Columns stand as attribute numbers, so that renaming one changes nothing here. */
const tables = `
create table pg_catalog.rs_table_facts (
  relid oid primary key,
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

/**
 * Redshift takes PRIMARY KEY, UNIQUE and FOREIGN KEY and enforces none of them (AWS manual, CREATE TABLE), but its catalog
 * has them, and drivers look there. So they are rows of pg_constraint with nothing behind them: a key's index has the
 * condition false, which no row meets, and a foreign key has no triggers.
 */
const keys = `
create function pg_catalog.rs_free_name(rel oid, wished text) returns text language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
declare
  -- The engine cuts names at 63 bytes, between two characters.
  name text := wished::name;
  tries integer := 0;
begin
  while exists (select from pg_class where relname = name
      and relnamespace = (select relnamespace from pg_class where oid = rel)) loop
    tries := tries + 1;
    while octet_length(wished || tries::text) > 63 loop
      wished := left(wished, -1);
    end loop;
    name := wished || tries::text;
  end loop;
  return name;
end $$;

create function pg_catalog.rs_check_constraint_name(rel oid, name text) returns void language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from pg_constraint where conrelid = rel and conname = name) then
    raise exception using errcode = '42710', message = 'constraint "' || name || '" for relation "'
      || (select relname from pg_class where oid = rel) || '" already exists';
  end if;
end $$;

create function pg_catalog.rs_add_key(rel oid, kind "char", wished text, columns json) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  numbers smallint[] := rs_attributes(rel, columns);
  name text := rs_free_name(rel, wished);
  index oid;
  own oid := pg_nextoid('pg_constraint', 'oid', 'pg_constraint_oid_index');
  listed text;
begin
  perform rs_check_constraint_name(rel, wished);
  if kind = 'p' and exists (select from pg_index where indrelid = rel and indisprimary) then
    raise exception using errcode = '42P16', message = 'multiple primary keys for table "'
      || (select relname from pg_class where oid = rel) || '" are not allowed';
  end if;
  listed := rs_list_columns(rel, numbers);
  execute 'create unique index ' || quote_ident(name) || ' on ' || rel::regclass::text || ' (' || listed || ') where false';
  index := (select c.oid from pg_class c, pg_class t
    where t.oid = rel and c.relnamespace = t.relnamespace and c.relname = name);
  if kind = 'p' then
    -- A key's columns are NOT NULL, and that holds (AWS manual, CREATE TABLE).
    perform rs_set_not_null(rel, numbers);
    update pg_index set indisprimary = true where indexrelid = index;
  end if;
  -- Deferrable: else the engine would let a column that depends on a grouped primary key stand outside GROUP BY.
  insert into pg_constraint (oid, conname, connamespace, contype, condeferrable, condeferred, conenforced, convalidated,
    conrelid, contypid, conindid, conparentid, confrelid, confupdtype, confdeltype, confmatchtype, conislocal,
    coninhcount, connoinherit, conperiod, conkey)
  select own, name, relnamespace, kind, true, false, true, true, rel, 0, index, 0, 0, ' ', ' ', ' ', true, 0, true, false,
    numbers
  from pg_class where pg_class.oid = rel;
  perform rs_depend_on_columns(own, rel, numbers, 'a');
  insert into pg_depend values ('pg_class'::regclass, index, 0, 'pg_constraint'::regclass, own, 0, 'i');
end $$;

create function pg_catalog.rs_list_columns(rel oid, numbers smallint[]) returns text stable
begin atomic
  select string_agg(quote_ident(attname), ', ' order by place)
  from unnest(numbers) with ordinality as k (number, place)
  join pg_attribute on attrelid = rel and attnum = number;
end;

create function pg_catalog.rs_set_not_null(rel oid, numbers smallint[]) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  number smallint;
begin
  foreach number in array numbers loop
    if not (select attnotnull from pg_attribute where attrelid = rel and attnum = number) then
      execute 'alter table ' || rel::regclass::text || ' alter column '
        || quote_ident((select attname from pg_attribute where attrelid = rel and attnum = number)) || ' set not null';
    end if;
  end loop;
end $$;

create function pg_catalog.rs_depend_on_columns(own oid, rel oid, numbers smallint[], kind "char") returns void volatile
begin atomic
  insert into pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  select 'pg_constraint'::regclass, own, 0, 'pg_class'::regclass, rel, number, kind from unnest(numbers) as number;
end;

create function pg_catalog.rs_primary_columns(rel oid) returns smallint[] stable
begin atomic
  select conkey from pg_constraint where conrelid = rel and contype = 'p';
end;

-- The engine reads the operators of a foreign key for every join, even of one that is not enforced.
create function pg_catalog.rs_equalities(a oid, a_numbers smallint[], b oid, b_numbers smallint[]) returns oid[] stable
begin atomic
  select array_agg(coalesce((select oid from pg_operator where oprname = '=' and oprnamespace = 'pg_catalog'::regnamespace
    and oprleft = x.atttypid and oprright = y.atttypid), 98) order by place)
  from unnest(a_numbers, b_numbers) with ordinality as k (x_number, y_number, place)
  join pg_attribute x on x.attrelid = a and x.attnum = x_number
  join pg_attribute y on y.attrelid = b and y.attnum = y_number;
end;

create function pg_catalog.rs_add_foreign_key(rel oid, key json, target oid) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  name text := key ->> 'name';
  numbers smallint[] := rs_attributes(rel, key -> 'columns');
  referenced smallint[];
  index oid;
  own oid := pg_nextoid('pg_constraint', 'oid', 'pg_constraint_oid_index');
begin
  perform rs_check_constraint_name(rel, name);
  if key ->> 'refColumns' is not null and key ->> 'refColumns' <> '[]' then
    referenced := rs_attributes(target, key -> 'refColumns');
  else
    referenced := rs_primary_columns(target);
    if referenced is null then
      raise exception using errcode = '42704', message = 'there is no primary key for referenced table "'
        || (select relname from pg_class where oid = target) || '"';
    end if;
  end if;
  if cardinality(referenced) <> cardinality(numbers) then
    raise exception using errcode = '42830', message = 'number of referencing and referenced columns for foreign key disagree';
  end if;
  index := (select conindid from pg_constraint
    where conrelid = target and contype in ('p', 'u') and conkey @> referenced and referenced @> conkey
    order by contype limit 1);
  if index is null then
    raise exception using errcode = '42830', message = 'there is no unique constraint matching given keys for referenced table "'
      || (select relname from pg_class where oid = target) || '"';
  end if;
  insert into pg_constraint (oid, conname, connamespace, contype, condeferrable, condeferred, conenforced, convalidated,
    conrelid, contypid, conindid, conparentid, confrelid, confupdtype, confdeltype, confmatchtype, conislocal,
    coninhcount, connoinherit, conperiod, conkey, confkey, conpfeqop, conppeqop, conffeqop)
  select own, name, relnamespace, 'f', false, false, false, false, rel, 0, index, 0, target, 'a', 'a', 's', true, 0, true,
    false, numbers, referenced, rs_equalities(target, referenced, rel, numbers),
    rs_equalities(target, referenced, target, referenced), rs_equalities(rel, numbers, rel, numbers)
  from pg_class where pg_class.oid = rel;
  perform rs_depend_on_columns(own, rel, numbers, 'a');
  perform rs_depend_on_columns(own, target, referenced, 'n');
  insert into pg_depend values ('pg_constraint'::regclass, own, 0, 'pg_class'::regclass, index, 0, 'n');
end $$;
revoke execute on function pg_catalog.rs_copy_facts(oid, oid), pg_catalog.rs_add_key(oid, "char", text, json),
  pg_catalog.rs_set_not_null(oid, smallint[]), pg_catalog.rs_depend_on_columns(oid, oid, smallint[], "char"),
  pg_catalog.rs_add_foreign_key(oid, json, oid) from public;
`;

export const system: SetupStep = { name: 'table facts', sql: [tables, note, alterType, keys].join('\n') };
