/**
 * Roles of Redshift (role-based access control): collections of privileges that are granted to users and to other roles.
 * Each is a role of the engine under a name that no user can have; system privileges are not imitated.
 */
import type { SetupStep } from './step.js';

/** `GRANT … TO ROLE r` is `… TO "role:r"` on the engine. */
export const rolePrefix = 'role:';

export const roles: SetupStep = {
  name: 'roles',
  sql: `
create function pg_catalog.rs_role_oid(name text) returns oid language plpgsql stable
  set search_path = pg_catalog, pg_temp as $$
declare
  found_role oid := (select oid from pg_roles where rolname = '${rolePrefix}' || name);
begin
  if found_role is null then
    raise exception using errcode = '42704', message = 'role "' || name || '" does not exist';
  end if;
  return found_role;
end $$;

create function pg_catalog.rs_check_new_role(name text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_check_role_name(name, 'role');
  if name like 'sys:%' then
    raise exception using errcode = '42939', message = 'role name "' || name || '" is reserved';
  end if;
  if exists (select from pg_roles where rolname in (name, '${rolePrefix}' || name)) then
    raise exception using errcode = '42710', message = 'role "' || name || '" already exists';
  end if;
end $$;

create function pg_catalog.rs_create_role(name text, external_id text default null) returns void language plpgsql
  security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_require_superuser('create roles');
  perform rs_check_new_role(name);
  execute 'create role ' || quote_ident('${rolePrefix}' || name) || ' nologin';
  perform rs_set_role_facts(rs_role_oid(name),
    rs_json('owner', rs_caller()::text, 'externalId', external_id));
end $$;

-- Changes: {"rename": "…", "owner": "…", "externalId": "…"}
create function pg_catalog.rs_alter_role(name text, changes json) returns void language plpgsql
  security definer set search_path = pg_catalog, pg_temp as $$
declare
  role oid;
begin
  perform rs_require_superuser('alter roles');
  role := rs_role_oid(name);
  if changes ->> 'owner' is not null then
    perform rs_set_role_facts(role,
      rs_role_facts(role) || rs_json('owner', rs_user_oid(changes ->> 'owner')::text, 'kind', 'role'));
  end if;
  if changes ->> 'externalId' is not null then
    perform rs_set_role_facts(role, rs_role_facts(role) || rs_json('externalId', changes ->> 'externalId', 'kind', 'role'));
  end if;
  if changes ->> 'rename' is not null then
    perform rs_check_new_role(changes ->> 'rename');
    execute 'alter role ' || quote_ident('${rolePrefix}' || name) || ' rename to '
      || quote_ident('${rolePrefix}' || (changes ->> 'rename'));
  end if;
end $$;

-- The texts are the AWS manual's (DROP ROLE).
create function pg_catalog.rs_drop_role(name text, force boolean default false) returns void language plpgsql
  security definer set search_path = pg_catalog, pg_temp as $$
declare
  role oid;
begin
  perform rs_require_superuser('drop roles');
  role := rs_role_oid(name);
  if not force and exists (select from pg_auth_members m join pg_roles u on u.oid = m.member
      where m.roleid = role and u.rolcanlogin) then
    raise exception using errcode = '2BP01', message = 'cannot drop this role since it has been granted on a user';
  elsif not force and exists (select from pg_auth_members where role in (roleid, member)) then
    raise exception using errcode = '2BP01', message = 'cannot drop this role since it depends on another role';
  elsif rs_dependence(role) is not null then
    raise exception using errcode = '2BP01',
      message = 'role "' || name || '" can''t be dropped because the role has a privilege on some object';
  end if;
  execute 'drop role ' || quote_ident('${rolePrefix}' || name);
end $$;

-- Whether granted to a user or to a role: kind is 'user' or 'role'.
create function pg_catalog.rs_grant_role(name text, kind text, grantee text, admin boolean default false) returns void set client_min_messages = error
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_require_role_admin(name);
  if kind = 'role' and role_is_member_of(name, grantee) then
    raise exception using errcode = '0LP01',
      message = 'role "' || name || '" is a member of role "' || grantee || '"';
  end if;
  execute 'grant ' || quote_ident('${rolePrefix}' || name) || ' to ' || rs_grantee(kind, grantee)
    || case when admin then ' with admin option' else '' end;
end $$;

create function pg_catalog.rs_revoke_role(name text, kind text, grantee text, admin_only boolean default false) returns void set client_min_messages = error
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform rs_require_role_admin(name);
  execute 'revoke ' || case when admin_only then 'admin option for ' else '' end
    || quote_ident('${rolePrefix}' || name) || ' from ' || rs_grantee(kind, grantee);
end $$;

create function pg_catalog.rs_require_role_admin(name text) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  role oid := rs_role_oid(name);
begin
  if not rs_caller_is_superuser() and rs_role_facts(role) ->> 'owner' is distinct from rs_caller()::text
      and not exists (select from pg_auth_members where roleid = role and member = rs_caller() and admin_option) then
    raise exception using errcode = '42501', message = 'permission denied to grant role "' || name || '"';
  end if;
end $$;

create function pg_catalog.rs_grantee(kind text, grantee text) returns text language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  if kind = 'role' then
    perform rs_role_oid(grantee);
    return quote_ident('${rolePrefix}' || grantee);
  end if;
  perform rs_user_oid(grantee);
  return quote_ident(grantee);
end $$;

-- The roles that Redshift defines itself (AWS manual, Amazon Redshift system-defined roles): names without powers here.
create role "${rolePrefix}sys:operator";
create role "${rolePrefix}sys:dba";
create role "${rolePrefix}sys:superuser";
create role "${rolePrefix}sys:secadmin";
create role "${rolePrefix}sys:monitor";

create function pg_catalog.user_is_member_of(user_name name, group_or_role name) returns boolean stable
begin atomic
  select exists (select from pg_roles u, pg_roles g
    where u.rolname = user_name and u.rolcanlogin
      and g.rolname in ('group:' || group_or_role, '${rolePrefix}' || group_or_role)
      and pg_has_role(u.oid, g.oid, 'member'));
end;

create function pg_catalog.role_is_member_of(role_name name, granted_role name) returns boolean stable
begin atomic
  select exists (select from pg_roles r, pg_roles g
    where r.rolname = '${rolePrefix}' || role_name and g.rolname = '${rolePrefix}' || granted_role
      and pg_has_role(r.oid, g.oid, 'member'));
end;

create function pg_catalog.pg_get_session_roles() returns setof record stable
begin atomic
  select substr(r.rolname, 6)::varchar, r.oid::integer from pg_roles r
  where r.rolname like '${rolePrefix}%' and pg_has_role(r.oid, 'member') order by 1;
end;

-- No IAM role is associated with a server on this machine (AWS manual, DEFAULT_IAM_ROLE, PG_GET_IAM_ROLE_BY_USER).
create function pg_catalog.default_iam_role() returns varchar stable
begin atomic select null::varchar; end;
create function pg_catalog.pg_get_iam_role_by_user(user_name text) returns setof record stable
begin atomic select user_name, null::text, null::text where false; end;
create function pg_catalog.pg_get_grantee_by_iam_role(iam_role text) returns setof record stable
begin atomic select iam_role, null::text, null::text where false; end;
create function pg_catalog.has_assumerole_privilege(user_name text, iam_role text, command text) returns boolean stable
begin atomic select false; end;
`,
};
