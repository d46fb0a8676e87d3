/**
 * Groups of users. A group and a user of one name are two things on Redshift, so the engine's role of a group has a
 * name that no user can have.
 */
import type { SetupStep } from './step.js';

/** What stands before a group's name in the name of its role: `GRANT … TO GROUP g` is `… TO "group:g"` on the engine. */
export const groupPrefix = 'group:';

export const groups: SetupStep = {
  name: 'groups',
  sql: `
create function pg_catalog.rs_group_role(name text) returns text language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from pg_roles where rolname = '${groupPrefix}' || name) then
    raise exception using errcode = '42704', message = 'group "' || name || '" does not exist';
  end if;
  return '${groupPrefix}' || name;
end $$;

create function pg_catalog.rs_change_members(name text, added json, dropped json) returns void language plpgsql
  set client_min_messages = error
  set search_path = pg_catalog, pg_temp as $$
declare
  role text := quote_ident(rs_group_role(name));
  member text;
begin
  foreach member in array rs_texts(added) loop
    perform rs_user_oid(member);
    execute 'grant ' || role || ' to ' || quote_ident(member);
  end loop;
  foreach member in array rs_texts(dropped) loop
    perform rs_user_oid(member);
    execute 'revoke ' || role || ' from ' || quote_ident(member);
  end loop;
end $$;
revoke execute on function pg_catalog.rs_change_members(text, json, json) from public;

create function pg_catalog.rs_check_new_group(name text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_check_role_name(name, 'group');
  if name ~ '^__' then
    raise exception using errcode = '42939', message = 'group name "' || name || '" is reserved';
  elsif exists (select from pg_roles where rolname = '${groupPrefix}' || name) then
    raise exception using errcode = '42710', message = 'group "' || name || '" already exists';
  end if;
end $$;

create function pg_catalog.rs_create_group(name text, users json) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_require_superuser('create groups');
  perform rs_check_new_group(name);
  execute 'create role ' || quote_ident('${groupPrefix}' || name) || ' nologin';
  perform rs_change_members(name, users, null);
end $$;

create function pg_catalog.rs_alter_group(name text, changes json) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp as $$
declare
  role text;
begin
  perform rs_require_superuser('alter groups');
  role := quote_ident(rs_group_role(name));
  if changes ->> 'rename' is not null then
    perform rs_check_new_group(changes ->> 'rename');
    execute 'alter role ' || role || ' rename to ' || quote_ident('${groupPrefix}' || (changes ->> 'rename'));
    return;
  end if;
  perform rs_change_members(name, changes -> 'add', changes -> 'drop');
end $$;

create function pg_catalog.rs_drop_group(name text, if_exists boolean default false) returns void language plpgsql
  security definer set search_path = pg_catalog, pg_temp as $$
declare
  role text;
begin
  perform rs_require_superuser('drop groups');
  if if_exists and not exists (select from pg_roles where rolname = '${groupPrefix}' || name) then
    raise info 'Group "%" does not exist and will be skipped', name;
    return;
  end if;
  role := rs_group_role(name);
  if rs_dependence((select oid from pg_roles where rolname = role)) is not null then
    raise exception using errcode = '55006',
      message = 'group "' || name || '" can''t be dropped because the group has a privilege on some object';
  end if;
  execute 'drop role ' || quote_ident(role);
end $$;

-- For whoever starts the server: the user is there afterwards, with this password (null: unchanged, or none for a new one),
-- in these groups, which are made if missing. Options: password, createuser, groups. No rules for the password.
create function pg_catalog.rs_settle_user(name text, options json) returns void language plpgsql
  set client_min_messages = error
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid;
  one text;
begin
  foreach one in array rs_texts(options -> 'groups') loop
    if not exists (select from pg_roles where rolname = '${groupPrefix}' || one) then
      perform rs_create_group(one, null);
    end if;
  end loop;
  role := (select oid from pg_roles where rolname = name and rolcanlogin);
  if role is null then
    perform rs_make_user(name, options, false);
    return;
  end if;
  if options ->> 'password' is not null then
    perform rs_set_role_facts(role, rs_role_facts(role) || rs_verifier(name, options ->> 'password', false));
  end if;
  if options ->> 'createuser' is not null then
    perform rs_set_superuser(name, (options ->> 'createuser')::boolean);
  end if;
  foreach one in array rs_texts(options -> 'groups') loop
    execute 'grant ' || quote_ident(rs_group_role(one)) || ' to ' || quote_ident(name);
  end loop;
end $$;
revoke execute on function pg_catalog.rs_settle_user(text, json) from public;
`,
};
