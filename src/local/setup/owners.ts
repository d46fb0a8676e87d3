/**
 * ALTER … OWNER TO. A superuser gives anything to anybody; PostgreSQL would ask whether the new owner may create in the
 * schema, so the engine's owner does it.
 */
import type { SetupStep } from './step.js';

export const owners: SetupStep = {
  name: 'owners',
  sql: `
create function pg_catalog.rs_require_owner_change() returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  if not rs_caller_is_superuser() then
    raise exception using errcode = '42501', message = 'must be superuser to change owner';
  end if;
end $$;

create function pg_catalog.rs_alter_owner(relation regclass, new_owner text) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_require_owner_change(), rs_user_oid(new_owner);
  if (select relowner from pg_class where oid = relation) = 10 then
    raise exception using errcode = '42501',
      message = 'permission denied: "' || (select relname from pg_class where oid = relation) || '" is a system catalog';
  end if;
  execute 'alter table ' || relation::text || ' owner to ' || quote_ident(new_owner);
end $$;

create function pg_catalog.rs_alter_owner(routine regprocedure, new_owner text) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_require_owner_change(), rs_user_oid(new_owner);
  if (select proowner from pg_proc where oid = routine) = 10 then
    raise exception using errcode = '42501', message = 'must be owner of function '
      || (select proname from pg_proc where oid = routine);
  end if;
  execute 'alter routine ' || routine::text || ' owner to ' || quote_ident(new_owner);
end $$;
`,
};
