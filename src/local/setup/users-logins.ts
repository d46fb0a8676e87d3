/** What the front asks about users as the owner of the engine, and the first of them. */
import type { SetupStep } from './step.js';

/** Of what the front needs; nobody but the owner may call it. */
const login = `
create function pg_catalog.rs_login(name text)
  returns table (usesysid integer, verifier text, password text, valid_until timestamptz, expired boolean,
    superuser boolean, disabled boolean, connection_limit integer, session_timeout integer, settings json)
  stable
begin atomic
  select role.oid::integer, nullif(facts ->> 'verifier', ''), facts ->> 'password', rolvaliduntil,
    coalesce(rolvaliduntil <= now(), false), rs_is_superuser(role.oid), facts ->> 'verifier' is null,
    case when not rs_is_superuser(role.oid) then (facts ->> 'connectionLimit')::integer end,
    (facts ->> 'sessionTimeout')::integer, coalesce(facts -> 'settings', '{}')::json
  from pg_authid role, rs_role_facts(role.oid) as facts
  where rolname = rs_login.name and rolcanlogin and facts is not null;
end;
revoke execute on function pg_catalog.rs_login(text) from public;

-- The first user, whose password comes from whoever starts the server: any text will do. Null: no password.
create function pg_catalog.rs_bootstrap(name text, password text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid := (select oid from pg_authid where rolname = name and rolcanlogin);
  secret text := coalesce(password, 'md5' || md5(rs_salt()));
begin
  if role is null then
    perform rs_make_user(name, rs_first_options(secret), false);
  else
    perform rs_set_superuser(name, true);
    if password is not null then
      perform rs_set_role_facts(role, rs_role_facts(role) || rs_verifier(name, password, false));
    end if;
  end if;
  if exists (select from pg_database where datname = 'dev' and pg_get_userbyid(datdba) <> name) then
    execute 'alter database dev owner to ' || quote_ident(name);
  end if;
end $$;
revoke execute on function pg_catalog.rs_bootstrap(text, text) from public;

create function pg_catalog.rs_first_options(password text) returns json immutable
begin atomic
  select json_build_object('password', password, 'createuser', true, 'createdb', true);
end;

-- All users may create in PUBLIC (AWS manual, CREATE USER, usage notes).
grant usage, create on schema public to public;
`;

export const logins: SetupStep = { name: 'logins', sql: login };
