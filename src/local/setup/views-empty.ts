/**
 * System views that never have a row here (nothing external, nothing shared, nothing loaded), with the columns that the
 * AWS manual gives them, so that what reads them finds nothing rather than an error.
 */
import type { SetupStep } from './step.js';
import { planViews } from './views-plans.js';

const user = 'userid integer, query integer, slice integer';
const loadError =
  'session integer, query integer, filename character(256), line_number bigint, colname character(127), type character(10), col_length character(10), position integer, raw_line character(1024), raw_field_value character(1024), err_code integer, err_reason character(100), is_partial integer, start_offset bigint, copy_job_id bigint';
const sysUser =
  'user_id integer, query_id bigint, transaction_id bigint, session_id integer, database_name text';

/** View and columns. */
const views: Readonly<Record<string, string>> = {
  svv_external_schemas:
    'esoid oid, eskind smallint, schemaname name, esowner integer, databasename text, esoptions text',
  svv_external_databases: 'eskind integer, databasename text, esoptions text',
  svv_external_tables:
    'redshift_database_name text, schemaname text, tablename text, tabletype text, location text, input_format text, output_format text, serialization_lib text, serde_parameters text, compressed integer, parameters text',
  svv_external_columns:
    'redshift_database_name text, schemaname text, tablename text, columnname text, external_type text, columnnum integer, part_key integer, is_nullable text',
  svv_external_partitions:
    'schemaname text, tablename text, values text, location text, input_format text, output_format text, serialization_lib text, serde_parameters text, compressed integer, parameters text',
  svv_datashares:
    'share_name varchar(128), share_id integer, share_owner integer, source_database varchar(128), consumer_database varchar(128), share_type varchar(8), createdate timestamp, is_publicaccessible boolean, share_acl varchar(256), producer_account varchar(16), producer_namespace varchar(64), managed_by varchar(64)',
  svv_datashare_objects:
    'share_type varchar(8), share_name varchar(128), object_type varchar(64), object_name varchar(512), producer_account varchar(16), producer_namespace varchar(64), include_new boolean',
  stl_load_errors: `userid integer, slice integer, tbl integer, starttime timestamp, ${loadError}`,
  stl_loaderror_detail:
    'userid integer, slice integer, session integer, query integer, filename character(256), line_number bigint, field integer, colname character(1024), value character(1024), is_null integer, type character(10), col_length character(10)',
  stl_load_commits:
    'userid integer, query integer, slice integer, name character(256), filename character(256), byte_offset integer, lines_scanned integer, errors integer, curtime timestamp, status integer, file_format character(16), is_partial integer, start_offset bigint',
  stl_unload_log:
    'userid integer, query integer, slice integer, pid integer, path character(1280), start_time timestamp, end_time timestamp, line_count bigint, transfer_size bigint, file_format character(10)',
  stl_s3client_error:
    'userid integer, query integer, sliceid integer, recordtime timestamp, pid integer, http_method character(64), bucket character(64), key character(256), error character(1024)',
  stl_undone:
    'userid integer, xact_id bigint, xact_id_undone bigint, undo_start_ts timestamp, undo_end_ts timestamp, table_id bigint',
  stl_vacuum:
    'userid integer, xid bigint, table_id integer, status character(30), rows bigint, sortedrows integer, blocks integer, max_merge_partitions integer, eventtime timestamp, reclaimable_rows bigint, reclaimable_space_mb bigint, cutoff_xid bigint, is_recluster integer',
  stl_analyze:
    'userid integer, xid bigint, database character(30), table_id integer, status character(15), rows double precision, modified_rows double precision, threshold_percent integer, is_auto character(1), starttime timestamp, endtime timestamp, prevtime timestamp, num_predicate_cols integer, new_predicate_cols integer',
  stl_explain: `userid integer, query integer, nodeid integer, parentid integer, plannode character(400), info character(400)`,
  stl_alert_event_log: `${user}, segment integer, step integer, pid integer, xid bigint, event character(1024), solution character(1024), event_time timestamp`,
  stl_wlm_query:
    'userid integer, xid integer, task integer, query integer, service_class integer, slot_count integer, service_class_start_time timestamp, queue_start_time timestamp, queue_end_time timestamp, total_queue_time bigint, exec_start_time timestamp, exec_end_time timestamp, total_exec_time bigint, service_class_end_time timestamp, final_state character(16), est_peak_mem bigint, query_priority character(20), service_class_name character(64)',
  stv_wlm_query_state:
    'xid bigint, task integer, query integer, service_class integer, slot_count integer, wlm_start_time timestamp, state character(16), queue_time bigint, exec_time bigint, query_priority character(20)',
  stv_load_state:
    'userid integer, session integer, query integer, slice integer, pid integer, recordtime timestamp, bytes_to_load bigint, bytes_loaded bigint, bytes_to_load_compressed bigint, bytes_loaded_compressed bigint, lines integer, num_files integer, num_files_complete integer, current_file character(256), pct_complete integer',
  sys_load_history: `${sysUser}, status text, table_name text, start_time timestamp, end_time timestamp, duration bigint, data_source text, file_format text, loaded_rows bigint, loaded_bytes bigint, source_file_count integer, source_file_bytes bigint, file_count_scanned integer, file_bytes_scanned bigint, error_count bigint, copy_job_id bigint`,
  sys_load_error_detail:
    'user_id integer, query_id bigint, transaction_id bigint, session_id integer, database_name character(64), table_id integer, start_time timestamp, file_name character(256), line_number bigint, column_name character(127), column_type character(10), column_length character(10), position integer, error_code integer, error_message character(512)',
  sys_unload_history: `${sysUser}, status text, start_time timestamp, end_time timestamp, duration bigint, file_format text, compression_type text, unloaded_location text, unloaded_rows bigint, unloaded_files_count integer, unloaded_files_size bigint, error_message text`,
  svl_stored_proc_messages:
    'userid integer, session_userid integer, pid integer, xid bigint, query integer, recordtime timestamp, loglevel integer, loglevel_text character(10), message character(1024), linenum integer, querytxt character(500), label character(320), aborted integer, message_xid bigint',
  svl_udf_log: `query bigint, message character(4096), created timestamp, traceback character(4096), funcname character(256), node integer, slice integer, seq integer`,
  svv_vacuum_progress: 'table_name text, status text, time_remaining_estimate text',
  svv_identity_providers:
    'uid integer, name text, type text, instanceid text, namespc text, params text, enabled boolean',
  stv_active_cursors:
    'userid integer, name varchar(256), xid bigint, pid integer, starttime timestamp, row_count bigint, byte_count bigint, fetched_rows bigint',
};

/** One view per entry, which never has a row. */
function emptyView([name, columns]: readonly [string, string]): string {
  const list = columns
    .split(/, (?=[a-z]\w* )/)
    .map((column) => column.replace(/^(\w+) (.*)$/, 'null::$2 as "$1"'))
    .join(', ');
  return `create view pg_catalog.${name} as select ${list} where false; grant select on pg_catalog.${name} to public;`;
}

export const emptyViews: SetupStep = {
  name: 'empty system views',
  sql: Object.entries({ ...views, ...planViews })
    .map(emptyView)
    .join('\n'),
};
