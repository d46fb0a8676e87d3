/**
 * The sessions of the server and the log of what they ran, as Redshift's system tables need them. The log is written by
 * the server's owner only; a user sees their own rows, as Redshift has it.
 *
 * Redshift's log is one for all databases, so rows stand as JSON in PostgreSQL's one shared catalog that takes any text
 * and that nothing else here uses: security labels, of no class.
 */
import type { SetupStep } from './step.js';

const queries = `
revoke select on pg_catalog.pg_shseclabel from public;

create type pg_catalog.rs_query as (query integer, userid integer, xid bigint, pid integer, database text, label text,
  kind text, querytxt text, starttime timestamp, endtime timestamp, aborted boolean, rows bigint, bytes bigint,
  sqlstate text, error text);

-- ISO 8601, or milliseconds since 1970.
create function pg_catalog.rs_moment(moment text) returns timestamp stable
begin atomic
  select case when moment ~ '^[0-9]+$' then to_timestamp(moment::numeric / 1000) else moment::timestamptz end at time zone 'UTC';
end;

create view pg_catalog.rs_query_log as
select q.* from pg_shseclabel s, json_populate_record(null::pg_catalog.rs_query, s.label::json) q
where s.classoid = 0 and s.provider = 'rs_query';

-- Rows as an array of objects with the keys query, user, pid, database, xid, label, kind, text, start, end, aborted, rows,
-- bytes, sqlState, error; kind is QUERY, DDL or UTILITY and told by the text if missing. The oldest go when there are too many.
create function pg_catalog.rs_log_queries(queries json) returns integer language plpgsql
  set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  -- An array, not a join: a plan from when the log was small would read the JSON again for every row of it.
  numbers bigint[] := array(select (q ->> 'query')::bigint from rs_elements(queries) q);
  last integer := coalesce((select max(objoid::bigint) from pg_shseclabel where classoid = 0 and provider = 'rs_query'), 0);
begin
  -- Two writers would take the same numbers.
  lock table pg_shseclabel in share row exclusive mode;
  -- A server that starts again on old data counts from the beginning.
  delete from pg_shseclabel where classoid = 0 and provider = 'rs_query'
    and objoid::bigint = any (numbers);
  perform rs_keep_queries(queries, last);
  last := coalesce((select max(objoid::bigint) from pg_shseclabel where classoid = 0 and provider = 'rs_query'), 0);
  delete from pg_shseclabel where classoid = 0 and provider = 'rs_query' and objoid::bigint <= last - 10000;
  return last;
end $$;

create function pg_catalog.rs_kind(statement text) returns text immutable
begin atomic
  select case
    when ltrim(statement, E' \\n\\t\\r(') ~* '^(select|with|insert|update|delete|merge|copy|unload|explain|fetch)[^a-z0-9_]' then 'QUERY'
    when ltrim(statement, E' \\n\\t\\r') ~* '^(create|alter|drop|comment|truncate)[^a-z0-9_]' then 'DDL'
    else 'UTILITY' end;
end;

-- CREATE USER and ALTER USER are logged without their secrets.
create function pg_catalog.rs_without_passwords(statement text) returns text immutable
begin atomic
  select regexp_replace(statement, '(password[[:space:]]+)''([^'']|'''')*''', E'\\\\1''***''', 'gi');
end;

create function pg_catalog.rs_keep_queries(queries json, last integer) returns void volatile
begin atomic
  insert into pg_shseclabel (objoid, classoid, provider, label)
  select coalesce((q ->> 'query')::bigint, last + place)::oid, 0, 'rs_query', row_to_json(row(
      coalesce((q ->> 'query')::bigint, last + place),
      coalesce((select oid::bigint from pg_roles where rolname = q ->> 'user'), 0), (q ->> 'xid')::bigint, (q ->> 'pid')::integer,
      coalesce(q ->> 'database', current_database()), coalesce(q ->> 'label', 'default'), coalesce(q ->> 'kind', rs_kind(q ->> 'text')),
      rs_without_passwords(q ->> 'text'), rs_moment(q ->> 'start'), rs_moment(q ->> 'end'),
      coalesce((q ->> 'aborted')::boolean, false), (q ->> 'rows')::bigint, (q ->> 'bytes')::bigint, q ->> 'sqlState',
      q ->> 'error')::pg_catalog.rs_query)::text
  from rs_elements(queries) with ordinality as list (q, place);
end;
revoke execute on function pg_catalog.rs_log_queries(json), pg_catalog.rs_keep_queries(json, integer) from public;
`;

/** What a client said of itself when it came, as STL_CONNECTION_LOG has it. */
const connections = `
create type pg_catalog.rs_connection as (event text, recordtime timestamp, remotehost text, remoteport text, pid integer,
  dbname text, username text, authmethod text, duration integer, sslversion text, sslcipher text, application_name text,
  driver_version text, os_version text, plugin_name text, protocol_version integer);

-- Objects with the keys event, time, host, port, pid, database, user, method, duration, sslVersion, sslCipher, application,
-- driver, os, plugin, protocol; event is 'authenticated', 'disconnecting session' …
create function pg_catalog.rs_keep_connections(connections json) returns void volatile
begin atomic
  insert into pg_shseclabel (objoid, classoid, provider, label)
  select (coalesce((select max(objoid::bigint) from pg_shseclabel where classoid = 0 and provider = 'rs_connection'), 0)
      + place)::oid, 0, 'rs_connection', row_to_json(row(
      coalesce(c ->> 'event', 'authenticated'), rs_moment(c ->> 'time'), c ->> 'host', c ->> 'port',
      (c ->> 'pid')::integer, c ->> 'database', c ->> 'user', c ->> 'method', coalesce((c ->> 'duration')::integer, 0),
      c ->> 'sslVersion', c ->> 'sslCipher', c ->> 'application', c ->> 'driver', c ->> 'os', c ->> 'plugin',
      (c ->> 'protocol')::integer)::pg_catalog.rs_connection)::text
  from rs_elements(connections) with ordinality as list (c, place);
end;
create function pg_catalog.rs_log_connections(connections json) returns void language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  lock table pg_shseclabel in share row exclusive mode;
  perform rs_keep_connections(connections);
end $$;
revoke execute on function pg_catalog.rs_log_connections(json), pg_catalog.rs_keep_connections(json) from public;

create function pg_catalog.rs_connections() returns setof pg_catalog.rs_connection stable security definer
  set search_path = pg_catalog, pg_temp
begin atomic
  select (json_populate_record(null::pg_catalog.rs_connection, label::json)).*
  from pg_shseclabel where classoid = 0 and provider = 'rs_connection' and rs_caller_is_superuser();
end;
`;

/** AWS manual, Visibility of data in system tables and views: own rows, or all for superusers and SYSLOG ACCESS UNRESTRICTED. */
const visible = `
create function pg_catalog.rs_sees_all() returns boolean stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select rs_caller_is_superuser() or coalesce(rs_role_facts(rs_caller()) ->> 'syslog' = 'unrestricted', false);
end;

create function pg_catalog.rs_visible_queries() returns setof pg_catalog.rs_query stable security definer
  set search_path = pg_catalog, pg_temp
begin atomic
  select * from rs_query_log where userid = rs_caller()::integer or (select rs_sees_all());
end;

create function pg_catalog.rs_sessions() returns table (pid integer, userid integer, username text, database text,
    starttime timestamp, application text, state text, query text, query_start timestamp, xid bigint, xact_start timestamp,
    timeout integer)
  stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select a.pid, a.usesysid::integer, a.usename::text, a.datname::text, a.backend_start at time zone 'UTC',
    a.application_name, a.state,
    case when a.query ~* 'rs_(create|alter|make|settle)_user' then 'create or alter user' else a.query end, a.query_start at time zone 'UTC',
    coalesce(a.backend_xid, a.backend_xmin)::text::bigint, a.xact_start at time zone 'UTC',
    coalesce((rs_role_facts(a.usesysid) ->> 'sessionTimeout')::integer, 0)
  from pg_stat_activity a
  where a.backend_type = 'client backend' and a.usesysid <> 10;
end;

create function pg_catalog.pg_last_query_id() returns integer stable security definer
  set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(max(query), -1) from rs_query_log where pid = pg_backend_pid() and kind = 'QUERY'
    and starttime >= (select backend_start at time zone 'UTC' from pg_stat_get_activity(pg_backend_pid()));
end;

create function pg_catalog.last_user_query_id() returns integer stable
begin atomic
  select pg_last_query_id();
end;

-- Nothing was loaded or unloaded: there is no COPY and no UNLOAD yet.
create function pg_catalog.pg_last_copy_id() returns integer stable begin atomic select -1; end;
create function pg_catalog.pg_last_unload_id() returns integer stable begin atomic select -1; end;
create function pg_catalog.pg_last_copy_count() returns bigint stable begin atomic select 0::bigint; end;
create function pg_catalog.pg_last_unload_count() returns bigint stable begin atomic select 0::bigint; end;

create function pg_catalog.current_user_id() returns integer stable
begin atomic
  select oid::integer from pg_roles where rolname = current_user;
end;
`;

export const systemLog: SetupStep = { name: 'query log', sql: [queries, connections, visible].join('\n') };
