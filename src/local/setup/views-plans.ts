/**
 * System views of how a cluster ran its queries: steps, slices, blocks, queues. Nothing of that exists here, so they have
 * their columns (AWS manual, the page of each view) and never a row.
 */

/** What every record of a step begins with. */
const step =
  'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, endtime timestamp, tasknum integer, rows bigint';

/** View and columns. */
export const planViews: Readonly<Record<string, string>> = {
  stl_scan: `${step}, bytes bigint, fetches bigint, type integer, tbl integer, is_rrscan character(1), is_delayed_scan character(1), rows_pre_filter bigint, rows_pre_user_filter bigint, perm_table_name character(136), is_rlf_scan character(1), is_rlf_scan_reason integer, num_em_blocks integer, checksum bigint, runtime_filtering character(1), scan_region integer, num_sortkey_as_predicate integer, row_fetcher_state integer, consumed_scan_ranges bigint, work_stealing_reason bigint, is_vectorized_scan character(1), is_vectorized_scan_reason integer, row_fetcher_reason bigint, topology_signature bigint, use_tpm_partition character(1), is_rrscan_expr character(1)`,
  stl_insert: `${step}, tbl integer, inserted_mega_value character(1), use_staging_table character(1)`,
  stl_delete: `${step}, tbl integer`,
  stl_aggr: `${step}, bytes bigint, slots integer, occupied integer, maxlength integer, tbl integer, is_diskbased character(1), workmem bigint, type character(6), resizes integer, flushable integer`,
  stl_bcast: `${step}, bytes bigint, packets integer, bytes_broadcast_local bigint, bytes_broadcast_remote bigint`,
  stl_dist: `${step}, bytes bigint, packets integer, bytes_distributed_local bigint, bytes_distributed_remote bigint`,
  stl_hash: `${step}, bytes bigint, slots integer, occupied integer, maxlength integer, tbl integer, is_diskbased character(1), workmem bigint, num_parts integer, est_rows bigint, num_blocks_permitted integer, row_dist_variance integer`,
  stl_hashjoin: `${step}, tbl integer, num_parts integer, join_type integer, hash_looped character(1), switched_parts character(1), used_prefetching character(1), hash_segment integer, hash_step integer, checksum bigint, distribution integer`,
  stl_limit: `${step}, checksum bigint`,
  stl_merge: step,
  stl_mergejoin: `${step}, tbl integer, checksum bigint`,
  stl_nestloop: `${step}, tbl integer, checksum bigint`,
  stl_parse: step,
  stl_project: `${step}, checksum bigint`,
  stl_return: `${step}, bytes bigint, packets integer, checksum bigint`,
  stl_save: `${step}, bytes bigint, tbl integer, is_diskbased character(1), workmem bigint`,
  stl_sort: `${step}, bytes bigint, tbl integer, is_diskbased character(1), workmem bigint, checksum bigint`,
  stl_unique: `${step}, is_diskbased character(1), slots integer, workmem bigint, max_buffers_used bigint, type character(6)`,
  stl_window: `${step}, is_diskbased character(1), workmem bigint`,
  stl_plan_info:
    'userid integer, query integer, nodeid integer, segment integer, step integer, locus integer, plannode integer, startupcost double precision, totalcost double precision, rows bigint, bytes bigint',
  stl_file_scan:
    'userid integer, query integer, slice integer, name character(90), lines bigint, bytes bigint, loadtime bigint, curtime timestamp, is_partial integer, start_offset bigint',
  stl_commit_stats:
    'xid bigint, node integer, startqueue timestamp, startwork timestamp, endlocal timestamp, endflush timestamp, metacommit timestamp, queuelen bigint, permblocks bigint, newblocks bigint, dirtyblocks bigint, headers bigint, numxids integer, oldestxid bigint, extwritelatency bigint, endtime timestamp',
  stl_tr_conflict:
    'xact_id bigint, process_id bigint, xact_start_ts timestamp, abort_time timestamp, table_id bigint',
  stl_userlog:
    'userid integer, username character(50), oldusername character(50), action character(10), usecreatedb integer, usesuper integer, usecatupd integer, valuntil timestamp, pid integer, xid bigint, recordtime timestamp',
  stl_wlm_rule_action:
    'userid integer, query integer, service_class integer, rule character(256), action character(256), recordtime timestamp, action_value character(256), service_class_name character(64)',
  svl_query_summary:
    'userid integer, query integer, stm integer, seg integer, step integer, maxtime bigint, avgtime bigint, rows bigint, bytes bigint, rate_row double precision, rate_byte double precision, label text, is_diskbased character(1), workmem bigint, is_rrscan character(1), is_delayed_scan character(1), rows_pre_filter bigint',
  svl_query_report:
    'userid integer, query integer, slice integer, segment integer, step integer, start_time timestamp, end_time timestamp, elapsed_time bigint, rows bigint, bytes bigint, label character(256), is_diskbased character(1), workmem bigint, is_rrscan character(1), is_delayed_scan character(1), rows_pre_filter bigint',
  svl_query_metrics_summary:
    'userid integer, query integer, service_class integer, query_cpu_time bigint, query_blocks_read bigint, query_execution_time bigint, query_cpu_usage_percent numeric(38,2), query_temp_blocks_to_disk bigint, segment_execution_time bigint, cpu_skew numeric(38,2), io_skew numeric(38,2), scan_row_count bigint, join_row_count bigint, nested_loop_join_row_count bigint, return_row_count bigint, spectrum_scan_row_count bigint, spectrum_scan_size_mb bigint, query_queue_time bigint, service_class_name character(64)',
  svl_query_queue_info:
    'database text, query integer, xid bigint, userid integer, querytxt text, queue_start_time timestamp, exec_start_time timestamp, service_class integer, slots integer, queue_elapsed bigint, exec_elapsed bigint, wlm_total_elapsed bigint, commit_queue_elapsed bigint, commit_exec_time bigint, service_class_name character(64)',
  svl_compile:
    'userid integer, xid bigint, pid integer, query integer, segment integer, locus integer, starttime timestamp, endtime timestamp, compile integer',
  stv_exec_state:
    'userid integer, query integer, slice integer, segment integer, step integer, starttime timestamp, currenttime timestamp, tasknum integer, rows bigint, bytes bigint, label character(256), is_diskbased character(1), workmem bigint, num_parts integer, is_rrscan character(1), is_delayed_scan character(1)',
  stv_blocklist:
    'slice integer, col integer, tbl integer, blocknum integer, num_values integer, extended_limits integer, minvalue bigint, maxvalue bigint, sb_pos integer, pinned integer, on_disk integer, modified integer, hdr_modified integer, unsorted integer, tombstone integer, preferred_diskno integer, temporary integer, newblock integer, num_readers integer, flags integer',
  stv_partitions:
    'owner integer, host integer, diskno integer, part_begin bigint, part_end bigint, used integer, tossed integer, capacity integer, reads bigint, writes bigint, seek_forward integer, seek_back integer, is_san integer, failed integer, mbps integer, mount character(256)',
  stv_node_storage_capacity: 'node integer, used integer, capacity integer',
  stv_wlm_classification_config:
    'id integer, condition character(128), action_seq integer, action character(64), action_service_class integer',
  stv_wlm_service_class_config:
    'service_class integer, queueing_strategy character(32), num_query_tasks integer, target_num_query_tasks integer, evictable character(8), eviction_threshold bigint, query_working_mem integer, target_query_working_mem integer, min_step_mem integer, name character(64), max_execution_time bigint, user_group_wild_card boolean, query_group_wild_card boolean, concurrency_scaling character(20), query_priority character(20), user_role_wild_card boolean',
  stv_wlm_service_class_state:
    'service_class integer, num_queued_queries integer, num_executing_queries integer, num_serviced_queries integer, num_executed_queries integer, query_working_mem integer, num_query_tasks integer, target_num_query_tasks integer, num_concurrency_scaling_queries integer',
  stv_wlm_query_queue_state:
    'service_class integer, position integer, task integer, query integer, slot_count integer, start_time timestamp, queue_time bigint',
  svv_diskusage:
    'db_id integer, name character(72), slice integer, col integer, tbl integer, blocknum integer, num_values integer, minvalue bigint, maxvalue bigint, sb_pos integer, pinned integer, on_disk integer, modified integer, hdr_modified integer, unsorted integer, tombstone integer, preferred_diskno integer, temporary integer, newblock integer',
  svv_query_inflight:
    'userid integer, slice integer, query integer, pid integer, starttime timestamp, suspended integer, text character(200), sequence integer',
  svv_query_state:
    'userid integer, query integer, seg integer, step integer, maxtime interval, avgtime interval, rows bigint, bytes bigint, cpu bigint, memory bigint, rate_row double precision, rate_byte double precision, label character(25), is_diskbased character(1), workmem bigint, num_parts integer, is_rrscan character(1), is_delayed_scan character(1)',
  svv_vacuum_summary:
    'table_name text, xid bigint, sort_partitions bigint, merge_increments bigint, elapsed_time bigint, row_delta bigint, sortedrow_delta bigint, block_delta integer, max_merge_partitions integer',
  svv_interleaved_columns: 'tbl integer, col integer, interleaved_skew numeric(19,2), last_reindex timestamp',
  svv_alter_table_recommendations:
    'type character(30), database character(128), table_id integer, group_id integer, ddl character(1024), auto_eligible character(1)',
  sys_query_detail:
    'user_id integer, query_id bigint, child_query_sequence integer, stream_id integer, segment_id integer, step_id integer, step_name text, table_id integer, table_name character(136), is_rrscan character(1), start_time timestamp, end_time timestamp, duration bigint, alert text, input_bytes bigint, input_rows bigint, output_bytes bigint, output_rows bigint, blocks_read bigint, blocks_write bigint, local_read_io bigint, remote_read_io bigint, source text, data_skewness integer, time_skewness integer, is_active character(1), spilled_block_local_disk bigint, spilled_block_remote_disk bigint',
  svv_schema_quota_state:
    'schema_id integer, schema_name varchar(128), schema_owner integer, quota integer, disk_usage integer, disk_usage_pct double precision',
  svl_s3log:
    'pid integer, query integer, segment integer, step integer, node integer, slice integer, eventtime timestamp, message character(512)',
  svl_s3query_summary:
    'userid integer, query integer, xid bigint, pid integer, segment integer, step integer, starttime timestamp, endtime timestamp, elapsed integer, aborted integer, external_table_name character(136), file_format character(16), is_partitioned character(1), is_rrscan character(1), is_nested varchar(1), s3_scanned_rows bigint, s3_scanned_bytes bigint, s3query_returned_rows bigint, s3query_returned_bytes bigint, files integer, files_max integer, files_avg integer, splits integer, splits_max integer, splits_avg integer, total_split_size bigint, max_split_size bigint, avg_split_size bigint, total_retries integer, max_retries integer, max_request_duration integer, avg_request_duration double precision, max_request_parallelism integer, avg_request_parallelism double precision, total_slowdown_count integer, max_slowdown_count integer',
  svl_mv_refresh_status:
    'db_name character(128), userid bigint, schema_name character(128), mv_name character(128), xid bigint, starttime timestamp, endtime timestamp, status character(255), refresh_type character(32)',
  svl_auto_worker_action:
    'table_id integer, type character(32), status character(128), eventtime timestamp, sequence integer, previous_state character(200)',
  svl_multi_statement_violations:
    'userid integer, database character(32), cmdname character(20), xid bigint, pid integer, label character(320), starttime timestamp, endtime timestamp, sequence integer, type varchar(10), text character(200)',
  stv_mv_deps:
    'db_name character(128), schema character(128), name character(128), ref_schema character(128), ref_name character(128), ref_database_name character(128)',
  stv_cursor_configuration:
    'current_cursor_count integer, max_diskspace_usable integer, current_diskspace_used integer',
  svv_datashare_consumers:
    'share_name text, consumer_account varchar(16), consumer_namespace varchar(64), share_date timestamp',
  svv_rls_policy:
    'poldb text, polname text, polalias text, polatts text, polqual text, polenabled boolean, polmodifiedby text, polmodifiedtime timestamp',
  svv_masking_policy:
    'policy_database text, policy_name text, input_columns text, policy_expression text, policy_modified_by text, policy_modified_time timestamp',
  sys_serverless_usage:
    'start_time timestamp, end_time timestamp, compute_seconds double precision, compute_capacity double precision, data_storage integer, cross_region_transferred_data integer, charged_seconds integer',
  pg_library: 'name name, language_oid oid, file_store_id integer, owner integer',
};
