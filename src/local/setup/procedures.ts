/**
 * What stored procedures need beside PostgreSQL's own, which nearly are Redshift's: finding the OUT arguments that a CALL
 * leaves out, and knowing whether a body may commit. The rewriting of bodies is the dialect's.
 */
import type { SetupStep } from './step.js';

/** The setting of a transaction, 'on' where a client opened it: a procedure that it calls may not end it. */
export const inBlock = 'rs.in_block';

export const procedures: SetupStep = {
  name: 'procedures',
  sql: `
-- Of every procedure that a CALL with so many arguments may mean, its modes in their order: i, b (INOUT) or o.
create function pg_catalog.rs_call_modes(schema_name text, procedure_name text, arguments integer)
  returns table (modes text) stable
begin atomic
  select distinct coalesce(array_to_string(p.proargmodes, ''), repeat('i', p.pronargs))
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.prokind = 'p' and p.proname = procedure_name
    and case when schema_name is null then pg_function_is_visible(p.oid) else n.nspname = schema_name end
    and length(replace(coalesce(array_to_string(p.proargmodes, ''), repeat('i', p.pronargs)), 'o', '')) = arguments
  order by 1;
end;

-- EXECUTE on a new procedure is its owner's and the superusers' alone (AWS manual, Security and privileges for stored procedures).
create function pg_catalog.rs_close_procedures(procedure_name text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  open_one regprocedure;
begin
  for open_one in select oid from pg_proc
      where prokind = 'p' and proname = procedure_name and proacl is null and rs_may_use(proowner) loop
    execute 'revoke execute on procedure ' || open_one::text || ' from public';
  end loop;
end $$;

create function pg_catalog.rs_may_use(owner oid) returns boolean stable
begin atomic
  select pg_has_role(owner, 'usage');
end;

-- For the end of an exception handler. A procedure called from another one, or from a client's own transaction, has no
-- transaction of its own to end.
create function pg_catalog.rs_may_commit() returns boolean language plpgsql volatile as $$
declare
  stack text;
begin
  get diagnostics stack = pg_context;
  return coalesce(current_setting('${inBlock}', true), '') <> 'on'
    and (length(stack) - length(replace(stack, 'PL/pgSQL function', ''))) / length('PL/pgSQL function') <= 2;
end $$;

-- TRUNCATE commits, also in a procedure; the text is the AWS manual's (Managing transactions).
create function pg_catalog.rs_check_truncate() returns void language plpgsql volatile as $$
begin
  if current_setting('${inBlock}', true) = 'on' then
    raise exception using errcode = '2D000',
      message = 'TRUNCATE cannot be invoked from a procedure that is executing in an atomic context.',
      hint = 'Try calling the procedure as a top-level call i.e. not from within an explicit transaction block. '
        || 'Or, if this procedure (or one of its ancestors in the call chain) was created with SET config options, '
        || 'recreate the procedure without them.';
  end if;
end $$;
`,
};
