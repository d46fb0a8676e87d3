/**
 * Users as Redshift has them: who may create whom, the rules for passwords, what a login needs to know. Clients reach it
 * only through functions that check the caller; nobody but the owner ever reads a password.
 */
import type { SetupStep } from './step.js';

/**
 * Users are global to a cluster (AWS manual, Users), so what PostgreSQL's roles do not hold stands as JSON in the role's
 * password: a shared, transactional text that only the owner reads, and that the engine never asks for, since its socket
 * trusts. For a password given in clear text that is the text itself: every way to log in, SCRAM among them, can be
 * answered from it, and this is a database to develop against. Superusers of Redshift reach what others own as members of
 * them, never by pg_read_all_data, which would show them pg_authid.
 */
const facts = `
create role rs_superusers nologin;
grant pg_maintain, pg_monitor, pg_signal_backend to rs_superusers;
grant select on pg_statistic, pg_statistic_ext_data, pg_largeobject, pg_user_mapping, pg_subscription to rs_superusers;

create function pg_catalog.rs_role_facts(role oid) returns jsonb
  stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select case when rolpassword like '{%' then rolpassword::jsonb end from pg_authid where oid = role;
end;
revoke execute on function pg_catalog.rs_role_facts(oid) from public;

create function pg_catalog.rs_set_role_facts(role oid, facts jsonb) returns void volatile
begin atomic
  update pg_authid set rolpassword = facts::text where oid = role;
end;
revoke execute on function pg_catalog.rs_set_role_facts(oid, jsonb) from public;

create function pg_catalog.rs_texts(list json) returns text[] immutable
begin atomic
  select coalesce(array_agg(value order by place), '{}')
  from json_array_elements_text(list) with ordinality as of (value, place);
end;

create function pg_catalog.rs_is_user(role oid) returns boolean
  stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select exists (select from pg_authid where oid = role and rolcanlogin);
end;

create function pg_catalog.rs_is_superuser(role oid) returns boolean stable
begin atomic
  select role = 10 or exists (select from pg_auth_members
    where member = role and roleid = (select oid from pg_roles where rolname = 'rs_superusers'));
end;
`;

/**
 * Who calls: inside a SECURITY DEFINER function the current user is the owner, and SET SESSION AUTHORIZATION arrives as
 * SET ROLE, since PostgreSQL keeps the former to its own superusers.
 */
const caller = `
create function pg_catalog.rs_caller() returns oid stable set search_path = pg_catalog, pg_temp
begin atomic
  select oid from pg_roles
  where rolname = case current_setting('role') when 'none' then session_user else current_setting('role')::name end;
end;

create function pg_catalog.rs_caller_is_superuser() returns boolean stable
begin atomic
  select rs_is_superuser(rs_caller());
end;
`;

/** What CREATE USER and ALTER USER share: every option but the name and the password. */
const options = `
create function pg_catalog.rs_set_superuser(name text, wanted boolean) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid := (select oid from pg_authid where rolname = rs_set_superuser.name);
  superusers oid := (select oid from pg_authid where rolname = 'rs_superusers');
begin
  -- Superusers reach what others own by being members of every user, their own kind among them. PostgreSQL refuses to
  -- grant in a circle but reads one without harm, so this half of the circle is a row of our own.
  if not exists (select from pg_auth_members where roleid = role and member = superusers) then
    insert into pg_auth_members (oid, roleid, member, grantor, admin_option, inherit_option, set_option)
    values (pg_nextoid('pg_auth_members', 'oid', 'pg_auth_members_oid_index'), role, superusers, 10, false, true, true);
  end if;
  if wanted and not rs_is_superuser(role) then
    insert into pg_auth_members (oid, roleid, member, grantor, admin_option, inherit_option, set_option)
    values (pg_nextoid('pg_auth_members', 'oid', 'pg_auth_members_oid_index'), superusers, role, 10, false, true, true);
  elsif not wanted and rs_is_superuser(role) then
    delete from pg_auth_members where roleid = superusers and member = role;
  end if;
end $$;

create function pg_catalog.rs_set_options(name text, options json) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid := (select oid from pg_authid where rolname = rs_set_options.name);
  facts jsonb := coalesce(rs_role_facts(role), '{}');
  quoted text := quote_ident(name);
  setting record;
  wanted integer;
begin
  if options ->> 'createuser' is not null then
    perform rs_set_superuser(name, (options ->> 'createuser')::boolean);
  end if;
  if rs_is_superuser(role) and facts -> 'verifier' = 'null' then
    raise exception using errcode = '42601', message = 'CREATEUSER and PASSWORD DISABLE are incompatible';
  end if;
  if options ->> 'createdb' is not null then
    execute 'alter role ' || quoted || case when (options ->> 'createdb')::boolean then ' createdb' else ' nocreatedb' end;
  end if;
  if options ->> 'validUntil' is not null then
    execute 'alter role ' || quoted || ' valid until ' || quote_literal(options ->> 'validUntil');
  end if;
  if options -> 'connectionLimit' is not null then
    wanted := nullif((options ->> 'connectionLimit')::integer, -1);
    if wanted < 0 then
      raise exception using errcode = '22023', message = 'invalid connection limit: ' || wanted::text;
    end if;
    facts := facts || rs_json('connectionLimit', wanted::text, 'kind', 'user');
  end if;
  if options -> 'sessionTimeout' is not null then
    wanted := (options ->> 'sessionTimeout')::integer;
    if wanted not between 60 and 1728000 then
      raise exception using errcode = '22023',
        message = 'session timeout must be between 60 and 1728000 seconds';
    end if;
    facts := facts || rs_json('sessionTimeout', wanted::text, 'kind', 'user');
  end if;
  if coalesce(options ->> 'syslogAccess', options ->> 'syslog') is not null then
    facts := facts || rs_json('syslog', lower(coalesce(options ->> 'syslogAccess', options ->> 'syslog')), 'kind', 'user');
  end if;
  if options ->> 'externalId' is not null then
    facts := facts || rs_json('externalId', options ->> 'externalId', 'kind', 'user');
  end if;
  perform rs_set_role_facts(role, facts);
  -- The limit holds for ordinary users only (AWS manual, CREATE USER); the engine keeps it.
  execute 'alter role ' || quoted || ' connection limit '
    || case when rs_is_superuser(role) then '-1' else coalesce(facts ->> 'connectionLimit', '-1') end;
  for setting in select * from rs_pairs(options -> 'set') loop
    perform rs_set_user_setting(name, setting.key, setting.value);
  end loop;
  for setting in select * from rs_pairs(options -> 'reset') loop
    perform rs_set_user_setting(name, setting.value, null);
  end loop;
end $$;

-- Of an object its members, of an array its elements with their places.
create function pg_catalog.rs_pairs(of json) returns table (key text, value text) immutable
begin atomic
  select * from json_each_text(case json_typeof(of) when 'object' then of end)
  union all
  select place::text, element from json_array_elements_text(case json_typeof(of) when 'array' then of end)
    with ordinality as list (element, place);
end;

-- What the engine knows it keeps itself; the rest is told to whoever starts a session. Redshift's own settings all have a
-- default there under a prefix (setup/dialect.ts), so that names of none are found.
create function pg_catalog.rs_set_user_setting(name text, setting text, value text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid := (select oid from pg_authid where rolname = rs_set_user_setting.name);
  facts jsonb := rs_role_facts(role);
  settings jsonb := coalesce(facts -> 'settings', '{}');
  known boolean := setting in ('search_path', 'timezone', 'datestyle', 'extra_float_digits', 'statement_timeout');
begin
  if not known and not exists (select from pg_db_role_setting, unnest(setconfig) as default_of_all
      where setrole = 0 and starts_with(default_of_all, 'redshift.' || setting || '=')) then
    raise exception using errcode = '42704', message = 'unrecognized configuration parameter "' || setting || '"';
  end if;
  if value is null or lower(value) = 'default' then
    settings := settings - setting;
    if known then execute 'alter role ' || quote_ident(name) || ' reset ' || setting; end if;
  else
    settings := settings || rs_json(setting, value, setting, value);
    if known then
      perform set_config(setting, value, true);
      execute 'alter role ' || quote_ident(name) || ' set ' || setting || ' from current';
      perform set_config('search_path', 'pg_catalog, pg_temp', true);
    end if;
  end if;
  perform rs_set_role_facts(role, facts || rs_object('settings', settings));
end $$;

create function pg_catalog.rs_object(key text, value jsonb) returns jsonb immutable
begin atomic
  select jsonb_build_object(key, value);
end;
revoke execute on function pg_catalog.rs_set_superuser(text, boolean), pg_catalog.rs_set_options(text, json),
  pg_catalog.rs_set_user_setting(text, text, text) from public;
`;

/** The statements themselves. Error texts are PostgreSQL 8's, from which Redshift has them, and the AWS manual's. */
const statements = `
create function pg_catalog.rs_require_superuser(doing text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  if not rs_caller_is_superuser() then
    raise exception using errcode = '42501', message = 'must be superuser to ' || doing;
  end if;
end $$;

create function pg_catalog.rs_user_oid(name text) returns oid language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid := (select oid from pg_authid where rolname = name and rolcanlogin);
begin
  if role is null or role = 10 and not rs_caller() = 10 then
    raise exception using errcode = '42704', message = 'user "' || name || '" does not exist';
  end if;
  return role;
end $$;

create function pg_catalog.rs_check_role_name(name text, kind text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  if lower(name) in ('public', 'rdsdb', 'rs_superusers', 'none') or name ~ '^(pg_|group:|role:)' then
    raise exception using errcode = '42939', message = kind || ' name "' || name || '" is reserved';
  elsif name = '' then
    raise exception using errcode = '42602', message = 'invalid ' || kind || ' name: ""';
  elsif octet_length(name) > 57 then
    raise exception using errcode = '42622', message = kind || ' name "' || name || '" is too long',
      detail = 'The local Redshift takes names of users and groups up to 57 bytes.';
  end if;
end $$;

create function pg_catalog.rs_make_user(name text, options json, checked boolean) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  groups text[] := rs_texts(coalesce(options -> 'inGroups', options -> 'groups'));
  grouped text;
begin
  perform rs_check_role_name(name, 'user');
  if exists (select from pg_authid where rolname = name) then
    raise exception using errcode = '42710', message = 'user "' || name || '" already exists';
  end if;
  execute 'create role ' || quote_ident(name) || ' login';
  perform rs_set_role_facts((select oid from pg_authid where rolname = name),
    rs_json('kind', 'user', 'syslog', 'restricted') || rs_verifier(name, options ->> 'password', checked));
  perform rs_set_superuser(name, false);
  perform rs_set_options(name, options);
  foreach grouped in array groups loop
    execute 'grant ' || quote_ident(rs_group_role(grouped)) || ' to ' || quote_ident(name);
  end loop;
end $$;
revoke execute on function pg_catalog.rs_make_user(text, json, boolean) from public;

create function pg_catalog.rs_create_user(name text, options json) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_require_superuser('create users');
  perform rs_make_user(name, options, true);
end $$;

create function pg_catalog.rs_alter_user(name text, options json) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid := rs_user_oid(name);
  facts jsonb := rs_role_facts(role);
  renamed text := options ->> 'rename';
begin
  if not rs_caller_is_superuser() then
    -- A user may change their own password unless it is disabled, and their own settings (AWS manual, CREATE USER).
    if role <> rs_caller() or facts ->> 'verifier' is null and options -> 'password' is not null
        or options -> 'password' is not null and options ->> 'password' is null
        or exists (select from rs_pairs(options) where key not in ('password', 'set', 'reset')) then
      raise exception using errcode = '42501', message = 'permission denied';
    end if;
  end if;
  if renamed is not null then
    perform rs_check_role_name(renamed, 'user');
    if exists (select from pg_authid where rolname = renamed) then
      raise exception using errcode = '42710', message = 'user "' || renamed || '" already exists';
    end if;
    execute 'alter role ' || quote_ident(name) || ' rename to ' || quote_ident(renamed);
    -- The name is part of the digest, so the password goes with it.
    perform rs_set_role_facts(role, facts || rs_json('verifier', '', 'password', null));
    return;
  end if;
  if options -> 'password' is not null then
    perform rs_set_role_facts(role, facts || rs_verifier(name, options ->> 'password', true));
  end if;
  perform rs_set_options(name, options);
end $$;

create function pg_catalog.rs_drop_user(name text, if_exists boolean) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid;
  kind "char";
begin
  perform rs_require_superuser('drop users');
  if if_exists and not exists (select from pg_authid where rolname = name and rolcanlogin) then
    raise info 'User "%" does not exist and will be skipped', name;
    return;
  end if;
  role := rs_user_oid(name);
  if role = rs_caller() then
    raise exception using errcode = '55006', message = 'current user cannot be dropped';
  end if;
  kind := rs_dependence(role);
  if kind is not null then
    raise exception using errcode = '55006', message = 'user "' || name || '" can''t be dropped because the user '
      || case kind when 'o' then 'owns some object' else 'has a privilege on some object' end;
  end if;
  execute 'drop role ' || quote_ident(name);
end $$;

create function pg_catalog.rs_dependence(role oid) returns "char" stable
begin atomic
  select deptype from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = role
  order by deptype = 'o' desc limit 1;
end;
`;

export const users: SetupStep = {
  name: 'users',
  sql: [facts, caller, options, statements].join('\n'),
};
