/**
 * Who is connected and what ran: the STV_, STL_, SVL_ and SYS_ views that clients read, over the engine's sessions and the
 * query log. Texts of fixed width come blank-padded, as on Redshift (AWS manual, the page of each view).
 */
import type { SetupStep } from './step.js';

const sessions = `
create view pg_catalog.stv_sessions as
select starttime, pid as process, username::character(50) as user_name, database::character(50) as db_name,
  timeout as timeout_sec
from rs_sessions();

create view pg_catalog.stl_sessions as
select userid, starttime, null::timestamp as endtime, pid as process, username::character(50) as user_name,
  database::character(50) as db_name, timeout as timeout_sec, null::character(50) as timed_out
from rs_sessions() where userid = rs_caller()::integer or (select rs_sees_all());

create view pg_catalog.stv_recents as
select userid, (case when state = 'active' then 'Running' else 'Done' end)::character(20) as status, query_start as starttime,
  greatest(0, extract(epoch from clock_timestamp() at time zone 'UTC' - query_start) * 1000000)::integer as duration,
  username::character(50) as user_name, database::character(50) as db_name, substr(query, 1, 600)::character(600) as query,
  case when state = 'active' then pid else -1 end as pid
from rs_sessions()
where query_start is not null and query <> '' and (userid = rs_caller()::integer or (select rs_sees_all()));

create view pg_catalog.stv_inflight as
select userid, 12811 as slice, 0 as query, 'default'::character(320) as label, xid, pid, query_start as starttime,
  substr(query, 1, 100)::character(100) as text, 0 as suspended, 0 as insert_pristine, 0 as concurrency_scaling_status
from rs_sessions() where state = 'active' and (userid = rs_caller()::integer or (select rs_sees_all()));

create view pg_catalog.stl_connection_log as
select event::character(50) as event, recordtime, remotehost::character(45) as remotehost,
  remoteport::character(32) as remoteport, pid, dbname::character(50) as dbname, username::character(50) as username,
  authmethod::character(32) as authmethod, duration, sslversion::character(50) as sslversion,
  sslcipher::character(128) as sslcipher, 0 as mtu, ''::character(64) as sslcompression, ''::character(64) as sslexpansion,
  ''::character(36) as iamauthguid, application_name::character(250) as application_name,
  driver_version::character(64) as driver_version, os_version::character(64) as os_version,
  plugin_name::character(32) as plugin_name, protocol_version, ''::character(36) as sessionid,
  ''::character(256) as compression
from rs_connections();

create view pg_catalog.sys_connection_log as
select event::character(50) as event, recordtime as record_time, remotehost::character(45) as remote_host,
  remoteport::character(32) as remote_port, pid as session_id, dbname::character(50) as database_name,
  username::character(50) as user_name, authmethod::character(32) as auth_method, duration::bigint as duration,
  sslversion::character(50) as ssl_version, sslcipher::character(128) as ssl_cipher, 0 as mtu,
  ''::character(64) as ssl_compression, ''::character(64) as ssl_expansion, ''::character(36) as iam_auth_guid,
  application_name::character(250) as application_name, driver_version::character(64) as driver_version,
  os_version::character(64) as os_version, plugin_name::character(32) as plugin_name, protocol_version,
  ''::character(36) as global_session_id
from rs_connections();

create view pg_catalog.svv_transactions as
select s.username::text as txn_owner, s.database::text as txn_db, s.xid, s.pid, s.xact_start as txn_start,
  l.mode::text as lock_mode, l.locktype::text as lockable_object_type, l.relation::integer as relation, l.granted
from rs_sessions() s join pg_locks l on l.pid = s.pid where s.xact_start is not null;

create view pg_catalog.stv_locks as
select l.relation::integer as table_id, xact_start as last_commit, xact_start as last_update, s.xid as lock_owner,
  s.pid as lock_owner_pid, xact_start as lock_owner_start_ts, xact_start as lock_owner_end_ts, l.mode::character(22) as lock_status
from rs_sessions() s join pg_locks l on l.pid = s.pid and l.locktype = 'relation'
where (select rs_caller_is_superuser());

create view pg_catalog.stv_slices as
select 0 as node, slice, slice as localslice, 'D'::character(1) as type from (values (0), (1)) as s (slice);

create view pg_catalog.stv_tbl_perm as
select s.slice, r.oid::integer as id, r.table_name::character(72) as name, greatest(c.reltuples, 0)::bigint / 2 as rows,
  greatest(c.reltuples, 0)::bigint / 2 as sorted_rows, case when r.temporary then 1 else 0 end as temp,
  d.oid::integer as db_id, 0 as insert_pristine, 0 as delete_pristine, 1 as backup
from pg_catalog.rs_relations r join pg_class c on c.oid = r.oid, pg_database d, (values (0), (1)) as s (slice)
where r.relkind = 'r' and r.schema_name not in ('pg_catalog', 'information_schema') and d.datname = current_database()
  and (select rs_caller_is_superuser());
`;

/** Long texts come in pieces of 200 characters, numbered from 0. */
const pieces = `generate_series(0, greatest(length(q.querytxt) - 1, 0) / 200) as part`;

const queries = `
create view pg_catalog.stl_query as
select userid, query, label::character(320) as label, xid, pid, database::character(32) as database,
  substr(querytxt, 1, 4000)::character(4000) as querytxt, starttime, endtime, aborted::integer as aborted,
  0 as insert_pristine, 0 as concurrency_scaling_status
from rs_visible_queries() where kind = 'QUERY';

create view pg_catalog.stl_querytext as
select q.userid, q.xid, q.pid, q.query, part as sequence, substr(q.querytxt, part * 200 + 1, 200)::character(200) as text
from rs_visible_queries() q, ${pieces} where q.kind = 'QUERY';

create view pg_catalog.stl_ddltext as
select q.userid, q.xid, q.pid, q.label::character(320) as label, q.starttime, q.endtime, part as sequence,
  substr(q.querytxt, part * 200 + 1, 200)::character(200) as text
from rs_visible_queries() q, ${pieces} where q.kind = 'DDL';

create view pg_catalog.stl_utilitytext as
select q.userid, q.xid, q.pid, q.label::character(320) as label, q.starttime, q.endtime, part as sequence,
  substr(q.querytxt, part * 200 + 1, 200)::character(200) as text
from rs_visible_queries() q, ${pieces} where q.kind = 'UTILITY';

create view pg_catalog.svl_statementtext as
select q.userid, q.xid, q.pid, q.label::character(320) as label, q.starttime, q.endtime, part as sequence,
  q.kind::varchar(10) as type, substr(q.querytxt, part * 200 + 1, 200)::character(200) as text
from rs_visible_queries() q, ${pieces};

create view pg_catalog.svl_qlog as
select userid, query, xid, pid, starttime, endtime,
  (extract(epoch from endtime - starttime) * 1000000)::bigint as elapsed, aborted::integer as aborted,
  label::character(320) as label, substr(querytxt, 1, 60)::character(60) as substring, null::integer as source_query,
  0 as concurrency_scaling_status, 0 as from_sp_call
from rs_visible_queries() where kind = 'QUERY';

create view pg_catalog.svl_stored_proc_call as
select userid, userid as session_userid, query, label::character(320) as label, xid, pid, database::character(32) as database,
  substr(querytxt, 1, 4000)::character(4000) as querytxt, starttime, endtime, aborted::integer as aborted,
  null::integer as from_sp_call, null::integer as query_index
from rs_visible_queries() where ltrim(querytxt) ~* '^call[^a-z0-9_]';

create view pg_catalog.svl_qerror as
select userid, query, xid, pid, starttime as recordtime, sqlstate::character(5) as code, error::character(1024) as error
from rs_visible_queries() where error is not null;

create view pg_catalog.stl_error as
select userid, 'padbmaster'::character(12) as process, endtime as recordtime, pid, 8001 as errcode, ''::character(90) as file,
  0 as linenum, ''::character(100) as context, substr(error, 1, 512)::character(512) as error
from rs_visible_queries() where error is not null and (select rs_caller_is_superuser());

create view pg_catalog.sys_query_history as
select userid as user_id, query::bigint as query_id, label::character(320) as query_label, xid as transaction_id,
  pid as session_id, database::character(128) as database_name,
  (case kind when 'QUERY' then case
      when ltrim(querytxt) ~* '^(select|with|\\()' then 'SELECT' when ltrim(querytxt) ~* '^insert' then 'INSERT'
      when ltrim(querytxt) ~* '^update' then 'UPDATE' when ltrim(querytxt) ~* '^delete' then 'DELETE'
      when ltrim(querytxt) ~* '^merge' then 'MERGE' else 'OTHER' end
    when 'DDL' then 'DDL' else 'UTILITY' end)::character(32) as query_type,
  (case when aborted then 'failed' else 'success' end)::character(10) as status, false as result_cache_hit,
  starttime as start_time, endtime as end_time, (extract(epoch from endtime - starttime) * 1000000)::bigint as elapsed_time,
  0::bigint as queue_time, (extract(epoch from endtime - starttime) * 1000000)::bigint as execution_time,
  substr(error, 1, 512)::character(512) as error_message, rows as returned_rows, bytes as returned_bytes,
  substr(querytxt, 1, 4000)::character(4000) as query_text, ''::character(256) as redshift_version,
  ''::character(128) as usage_limit, ''::character(10) as compute_type, 0::bigint as compile_time, 0::bigint as planning_time,
  0::bigint as lock_wait_time
from rs_visible_queries();

create view pg_catalog.sys_query_text as
select q.userid as user_id, q.query::bigint as query_id, q.xid as transaction_id, q.pid as session_id, q.starttime as start_time,
  part as sequence, substr(q.querytxt, part * 200 + 1, 200)::character(200) as text
from rs_visible_queries() q, ${pieces};
`;

const names = [...`${sessions}${queries}`.matchAll(/create view (pg_catalog\.\w+)/g)].map(
  (match) => match[1],
);

export const activityViews: SetupStep = {
  name: 'sessions and queries',
  sql: `${sessions}${queries}grant select on ${names.join(', ')} to public;`,
};
