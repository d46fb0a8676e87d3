/** Keys that are recorded and not enforced. */
import type { SetupStep } from './step.js';

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

export const recordedKeys: SetupStep = { name: 'recorded keys', sql: keys };
