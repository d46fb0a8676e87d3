/** What the rewriting of statements needs on the engine: tables that queries make, and case-insensitive columns. */
import { settings } from '../dialect/setting-names.js';
import type { SetupStep } from './step.js';

/**
 * A query may give a column a type that no column of Redshift has: text without a length, a numeric without a scale, the
 * type of an untyped literal. The column gets the widest one of Redshift that holds all its values, in the transaction
 * that made the table, so nobody sees it before. It runs as its caller, who owns the table.
 */
const settle = `
create function pg_catalog.rs_scale(value numeric) returns integer language sql immutable strict parallel safe
return scale(value);

create function pg_catalog.rs_settle_table(t regclass, literals text default '') returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  -- Type modifiers of the query's columns in their order, where somebody worked them out; 0 and less: unknown.
  known text := current_setting('redshift.made_numerics', true);
  modifier integer;
  item record;
  digits integer;
  wanted text;
  actions text := '';
begin
  for item in
    select attnum as number, attname as name, atttypid::regtype::text as type from pg_attribute
    where attrelid = t and attnum > 0 and not attisdropped and attgenerated = ''
      and (atttypid in ('text'::regtype, 'unknown'::regtype, 'name'::regtype)
        or atttypid in ('varchar'::regtype, 'bpchar'::regtype, 'numeric'::regtype) and atttypmod = -1)
    order by attnum
  loop
    if item.type = 'numeric' then
      modifier := nullif(split_part(coalesce(known, ''), ',', item.number), '')::integer;
    else
      modifier := 0;
    end if;
    if modifier > 0 then
      modifier := modifier - 4;
      wanted := format('numeric(%s,%s)', modifier >> 16, modifier & 65535);
    elsif item.type = 'numeric' then
      execute format('select least(max(pg_catalog.rs_scale(%I)), 37) from %s', item.name, t) into digits;
      wanted := format('numeric(38,%s)', coalesce(digits, 0));
    elsif item.type = 'text' and split_part(literals, ',', item.number) <> '' then
      wanted := format('varchar(%s)', split_part(literals, ',', item.number));
    else
      execute format('select max(octet_length(%I::text)) from %s', item.name, t) into digits;
      wanted := case when digits > 65535 then 'varchar' when digits > 256 then 'varchar(65535)' else 'varchar(256)' end;
    end if;
    actions := actions || format(', alter column %I type %s', item.name, wanted);
    if modifier > 0 then
      actions := actions || format(' using trunc(%I, %s)', item.name, modifier & 65535);
    end if;
  end loop;
  if actions <> '' then
    execute format('alter table %s %s', t, substr(actions, 2));
  end if;
  if known <> '' then
    perform set_config('redshift.made_numerics', '', true);
  end if;
end $$;
`;

/** COLLATE CASE_INSENSITIVE of a column (AWS manual, CREATE TABLE). */
const collation = `
create collation pg_catalog.case_insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
`;

/** CREATE TABLE … DISTKEY(1) AS names columns by their places, which are known when the table is there. */
const places = `
create function pg_catalog.rs_json_text(value name) returns text language sql immutable strict parallel safe
return to_json(value::text)::text;

create function pg_catalog.rs_named_places(t regclass, facts json) returns json language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
declare
  item record;
  named text := facts::text;
begin
  for item in select attnum, attname from pg_attribute where attrelid = t and attnum > 0 loop
    named := replace(named, '"' || chr(92) || 'u0001' || item.attnum || '"', rs_json_text(item.attname));
  end loop;
  return named::json;
end $$;
`;

/**
 * Rows of a view cannot be changed (AWS manual, CREATE VIEW), while the engine passes changes on to the table. The
 * trigger for rows makes it stop doing so; the one for statements refuses, in the words of PostgreSQL 8.0.
 */
const readOnlyViews = `
create function pg_catalog.rs_refuse_view_change() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '55000', message = case tg_op
    when 'INSERT' then 'cannot insert into a view' when 'UPDATE' then 'cannot update a view' else 'cannot delete from a view' end;
end $$;

-- Internal triggers are no business of those who look at the catalog.
create function pg_catalog.rs_hide_guards(v regclass) returns void
  security definer set search_path = pg_catalog, pg_temp
begin atomic
  update pg_trigger set tgisinternal = true where tgrelid = v and tgname in ('rs_no_changes', 'rs_no_row_changes');
end;

create function pg_catalog.rs_guard_view(v regclass) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  -- A view that is replaced keeps them.
  if not exists (select from pg_trigger where tgrelid = v and tgname = 'rs_no_changes') then
    execute format('create trigger rs_no_row_changes instead of insert or update or delete on %s
      for each row execute function pg_catalog.rs_refuse_view_change()', v);
    execute format('create trigger rs_no_changes before insert or update or delete on %s
      for each statement execute function pg_catalog.rs_refuse_view_change()', v);
    perform rs_hide_guards(v);
  end if;
end $$;
`;

/**
 * A view WITH NO SCHEMA BINDING does not hold what it reads: tables may go and come back (AWS manual, CREATE VIEW). It is
 * made as an ordinary one, so that its columns are known, and then reads from a function whose body is a text that the
 * engine looks at when it runs. The function runs as its owner, as such a view does.
 */
const lateBinding = `
create function pg_catalog.rs_bind_late(v regclass) returns void language plpgsql
  security definer set search_path = pg_catalog, pg_temp set client_min_messages = error as $$
declare
  body text := rtrim(pg_get_viewdef(v), ';');
  made text := 'pg_catalog.rs_late_' || v::oid::text;
  owner name := (select rolname from pg_class c join pg_roles r on r.oid = relowner where c.oid = v);
  item record;
  outputs text := '';
  casts text := '';
begin
  if not pg_has_role(rs_caller(), owner, 'member') then
    raise exception using errcode = '42501', message = 'must be owner of relation ' || v::text;
  end if;
  for item in
    select quote_ident(attname) as name, format_type(atttypid, null) as bare, format_type(atttypid, atttypmod) as type
    from pg_attribute where attrelid = v and attnum > 0 order by attnum
  loop
    outputs := outputs || case when outputs = '' then '' else ', ' end || item.name || ' ' || item.bare;
    casts := casts || case when casts = '' then '' else ', ' end || item.name || '::' || item.type || ' as ' || item.name;
  end loop;
  execute 'drop function if exists ' || made || '()';
  execute 'create function ' || made || '() returns table (' || outputs || ') language sql stable security definer '
    || 'set check_function_bodies = off as ' || quote_literal(body);
  execute 'alter function ' || made || '() owner to ' || quote_ident(owner);
  execute 'create or replace view ' || v::text || ' as select ' || casts || ' from ' || made || '()';
end $$;
`;

/** SET SEED, which only takes effect on RANDOM. */
const seed = `
create function pg_catalog.rs_set_seed(seed double precision) returns void language sql
begin atomic select setseed($1); end;
`;

/** What Redshift's own settings are before anybody sets them, so that RESET and current_setting know it. */
const initialSettings = [...settings]
  .map(([name, setting]) =>
    setting.kind === 'engine' ? '' : `alter role all set redshift.${name} to '${setting.initial}';\n`,
  )
  .join('');

export const dialectSteps: readonly SetupStep[] = [
  { name: 'tables that queries make', sql: settle },
  { name: 'columns by their places', sql: places },
  { name: 'case-insensitive columns', sql: collation },
  { name: 'views that nobody writes to', sql: readOnlyViews },
  { name: 'late-binding views', sql: lateBinding },
  { name: 'the seed of RANDOM', sql: seed },
  { name: 'initial settings', sql: initialSettings },
];
