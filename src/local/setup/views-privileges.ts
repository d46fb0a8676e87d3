/**
 * Who may do what: the SVV_ views of privileges, roles and grants, read from the engine's grants. Columns are those of the
 * AWS manual's page of each view.
 */
import type { SetupStep } from './step.js';

/** A grantee as Redshift names it: kind and name of a user, a group, a role, or PUBLIC. */
const identities = `
create view pg_catalog.rs_identities as
select oid, rs_user_id(oid) as identity_id,
  (case when rolname like 'group:%' then substr(rolname, 7) when rolname like 'role:%' then substr(rolname, 6) else rolname end)::text
    as identity_name,
  case when rolname like 'group:%' then 'group' when rolname like 'role:%' then 'role' else 'user' end::text as identity_type
from pg_roles where rolcanlogin or rolname like 'group:%' or rolname like 'role:%'
union all
select 0, 0, 'public', 'public';
grant select on pg_catalog.rs_identities to public;
`;

const seen = `(select rs_caller_is_superuser()) or i.oid in (0, rs_caller()) or pg_has_role(i.oid, 'member')`;

const views = `
create view pg_catalog.svv_relation_privileges as
select r.schema_name::text as namespace_name, r.table_name::text as relation_name, a.privilege_type::text as privilege_type,
  i.identity_id, i.identity_name, i.identity_type, a.is_grantable as admin_option
from pg_catalog.rs_relations r, aclexplode(r.relacl) a join pg_catalog.rs_identities i on i.oid = a.grantee
where r.schema_name not in ('pg_catalog', 'information_schema') and a.grantee <> r.relowner
  and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRUNCATE') and (${seen});

create view pg_catalog.svv_column_privileges as
select c.schema_name::text as namespace_name, c.table_name::text as relation_name, c.column_name::text as column_name,
  a.privilege_type::text as privilege_type, i.identity_id, i.identity_name, i.identity_type
from pg_catalog.rs_columns c, aclexplode(c.attacl) a join pg_catalog.rs_identities i on i.oid = a.grantee
where c.schema_name not in ('pg_catalog', 'information_schema') and (${seen});

create view pg_catalog.svv_schema_privileges as
select n.nspname::text as namespace_name, a.privilege_type::text as privilege_type, i.identity_id, i.identity_name,
  i.identity_type, a.is_grantable as admin_option
from pg_namespace n, aclexplode(n.nspacl) a join pg_catalog.rs_identities i on i.oid = a.grantee
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and a.grantee <> n.nspowner and (${seen});

create view pg_catalog.svv_database_privileges as
select d.datname::text as database_name, a.privilege_type::text as privilege_type, i.identity_id, i.identity_name,
  i.identity_type, a.is_grantable as admin_option
from pg_database d, aclexplode(d.datacl) a join pg_catalog.rs_identities i on i.oid = a.grantee
where not d.datistemplate and a.grantee <> d.datdba and a.privilege_type <> 'CONNECT' and (${seen});

create view pg_catalog.svv_function_privileges as
select n.nspname::text as namespace_name, p.proname::text as function_name,
  pg_get_function_identity_arguments(p.oid)::text as argument_types, a.privilege_type::text as privilege_type, i.identity_id,
  i.identity_name, i.identity_type, a.is_grantable as admin_option
from pg_proc p join pg_namespace n on n.oid = p.pronamespace, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
  join pg_catalog.rs_identities i on i.oid = a.grantee
where n.nspname not in ('pg_catalog', 'information_schema') and a.grantee <> p.proowner and (${seen});

create view pg_catalog.svv_default_privileges as
select n.nspname::text as schema_name,
  case d.defaclobjtype when 'r' then 'RELATION' when 'f' then 'FUNCTION' else 'OTHER' end::text as object_type,
  rs_user_id(d.defaclrole) as owner_id, pg_get_userbyid(d.defaclrole)::text as owner_name, 'user'::text as owner_type,
  a.privilege_type::text as privilege_type, i.identity_id as grantee_id, i.identity_name as grantee_name,
  i.identity_type as grantee_type, a.is_grantable as admin_option
from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
  join pg_catalog.rs_identities i on i.oid = a.grantee
where a.grantee <> d.defaclrole and ((select rs_caller_is_superuser()) or d.defaclrole = rs_caller());

create function pg_catalog.rs_roles() returns table (role_id integer, role_name text, role_owner text, external_id text)
  stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select r.oid::integer, substr(r.rolname, 6), coalesce(pg_get_userbyid((facts ->> 'owner')::oid)::text, 'rdsdb'),
    facts ->> 'externalId'
  from pg_roles r, rs_role_facts(r.oid) as facts where r.rolname like 'role:%';
end;

create view pg_catalog.svv_roles as select * from pg_catalog.rs_roles();

create view pg_catalog.svv_user_grants as
select u.oid::integer as user_id, u.rolname::text as user_name, i.identity_id as role_id, i.identity_name as role_name,
  m.admin_option
from pg_auth_members m join pg_catalog.rs_identities i on i.oid = m.roleid and i.identity_type = 'role'
  join pg_roles u on u.oid = m.member and u.rolcanlogin
where (select rs_caller_is_superuser()) or u.oid = rs_caller();

create view pg_catalog.svv_role_grants as
select r.identity_id as role_id, r.identity_name as role_name, g.identity_id as granted_role_id,
  g.identity_name as granted_role_name
from pg_auth_members m join pg_catalog.rs_identities g on g.oid = m.roleid and g.identity_type = 'role'
  join pg_catalog.rs_identities r on r.oid = m.member and r.identity_type = 'role';

create view pg_catalog.svv_system_privileges as
select null::text as system_privilege, null::integer as identity_id, null::text as identity_name, null::text as identity_type
where false;
`;

const names = [...views.matchAll(/create view (pg_catalog\.\w+)/g)].map((match) => match[1]);

export const privilegeViews: SetupStep = {
  name: 'privileges',
  sql: `${identities}${views}grant select on ${names.join(', ')} to public;`,
};
