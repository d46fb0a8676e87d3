/** What the rewriting of statements needs on the engine: tables that queries make, and case-insensitive columns. */
import type { SetupStep } from './step.js';

/**
 * A query may give a column a type that no column of Redshift has: text without a length, a numeric without a scale, the
 * type of an untyped literal. The column gets the widest one of Redshift that holds all its values, in the transaction
 * that made the table, so nobody sees it before. It runs as its caller, who owns the table.
 */
const settle = `
create function pg_catalog.rs_settle_table(t regclass) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  item record;
  digits integer;
  wanted text;
begin
  for item in
    select attname as name, atttypid::regtype::text as type, attcollation as coll from pg_attribute
    where attrelid = t and attnum > 0 and not attisdropped and attgenerated = ''
      and (atttypid in ('text'::regtype, 'unknown'::regtype, 'name'::regtype)
        or atttypid in ('varchar'::regtype, 'bpchar'::regtype, 'numeric'::regtype) and atttypmod = -1)
    order by attnum
  loop
    if item.type = 'numeric' then
      execute format('select least(max(scale(%I)), 37) from %s', item.name, t) into digits;
      wanted := format('numeric(38,%s)', coalesce(digits, 0));
    else
      execute format('select max(octet_length(%I::text)) from %s', item.name, t) into digits;
      wanted := case when digits > 65535 then 'varchar' when digits > 256 then 'varchar(65535)' else 'varchar(256)' end;
    end if;
    execute format('alter table %s alter column %I type %s', t, item.name, wanted);
  end loop;
end $$;
`;

/** COLLATE CASE_INSENSITIVE of a column (AWS manual, CREATE TABLE). */
const collation = `
create collation pg_catalog.case_insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
`;

export const dialectSteps: readonly SetupStep[] = [
  { name: 'tables that queries make', sql: settle },
  { name: 'case-insensitive columns', sql: collation },
];
