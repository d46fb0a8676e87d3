/**
 * PostgreSQL's functions that Redshift does not have (AWS manual, Unsupported PostgreSQL functions; Features that are
 * implemented differently). They get names of their own, since what is bound to them by OID needs them: views, operators,
 * casts, bodies that were parsed already. Bodies that are parsed later are changed to the new names, so this step is the last.
 */
import { hide, hideOne } from './define.js';
import type { SetupStep } from './step.js';

/** By the headings of the manual's list; all that PostgreSQL made after its version 8.0 as well. */
const unsupported = {
  locks: `pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
    pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
    pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`,
  aggregates: `string_agg array_agg every corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope regr_sxx regr_sxy regr_syy bit_xor mode range_agg range_intersect_agg percentile_cont percentile_disc`,
  arrays: `array_fill array_length array_ndims array_position array_positions array_remove array_replace array_reverse
    array_sample array_shuffle array_sort cardinality trim_array unnest string_to_array string_to_table
    generate_subscripts array_to_json`,
  times: `clock_timestamp justify_days justify_hours justify_interval pg_sleep pg_sleep_for pg_sleep_until
    transaction_timestamp statement_timestamp date_bin make_date make_interval make_time make_timestamp make_timestamptz`,
  shapes: `area center diagonal diameter height isclosed ishorizontal isopen isparallel isperp isvertical npoints pclose
    popen radius slope width box circle line lseg path point polygon`,
  files: `pg_ls_dir pg_ls_logdir pg_ls_tmpdir pg_ls_waldir pg_read_file pg_read_binary_file pg_stat_file lo_close lo_creat
    lo_create lo_export lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open lo_put lo_tell lo_tell64 lo_truncate
    lo_truncate64 lo_unlink loread lowrite`,
  networks: `abbrev broadcast family host hostmask masklen netmask network set_masklen inet_client_addr inet_client_port
    inet_merge inet_same_family inet_server_addr inet_server_port macaddr8_set7bit`,
  numbers: `div setseed width_bucket factorial gcd lcm gamma lgamma erf erfc scale min_scale trim_scale bit_count
    random_normal acosd asind atand atan2d cosd cotd sind tand acosh asinh atanh cosh sinh tanh log10`,
  ranges: `int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange
    tsmultirange tstzmultirange datemultirange multirange isempty lower_inc lower_inf upper_inc upper_inf range_merge`,
  sequences: 'currval lastval nextval setval',
  texts: `bit_length overlay convert convert_from convert_to encode decode format quote_nullable regexp_match
    regexp_matches regexp_split_to_array regexp_split_to_table concat_ws parse_ident is_normalized unistr casefold
    unicode_assigned unicode_version crc32c icu_unicode_version to_bin to_oct starts_with sha224 sha256 sha384 sha512`,
  json: `row_to_json to_json to_jsonb`,
  search: `get_current_ts_config numnode querytree setweight strip phraseto_tsquery plainto_tsquery websearch_to_tsquery
    to_tsquery to_tsvector tsquery_phrase tsvector_to_array array_to_tsvector ts_delete ts_filter ts_headline ts_lexize
    ts_parse ts_rank ts_rank_cd ts_rewrite ts_stat ts_token_type json_to_tsvector jsonb_to_tsvector`,
  xml: `xml xmlagg xmlcomment xmlconcat2 xmltext xmlvalidate xpath xpath_exists xml_is_well_formed
    xml_is_well_formed_content xml_is_well_formed_document cursor_to_xml cursor_to_xmlschema database_to_xml
    database_to_xml_and_xmlschema database_to_xmlschema query_to_xml query_to_xml_and_xmlschema query_to_xmlschema
    schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml table_to_xml_and_xmlschema table_to_xmlschema`,
  uuids: 'gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp uuid_extract_version',
  system: `current_query system_user pg_conf_load_time pg_is_other_temp_schema pg_listening_channels pg_notify
    pg_notification_queue_usage pg_postmaster_start_time pg_trigger_depth pg_reload_conf pg_rotate_logfile pg_promote
    pg_database_size pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_tablespace_size
    pg_size_bytes pg_size_pretty pg_column_size pg_column_compression pg_relation_filenode pg_relation_filepath
    pg_filenode_relation pg_export_snapshot pg_current_snapshot pg_current_xact_id pg_current_xact_id_if_assigned
    pg_snapshot_xip pg_snapshot_xmax pg_snapshot_xmin pg_visible_in_snapshot pg_xact_status pg_xact_commit_timestamp
    txid_current txid_current_if_assigned txid_current_snapshot txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin
    txid_status txid_visible_in_snapshot num_nonnulls num_nulls row_security_active`,
};

/** `jsonb_agg` and its many neighbours; Redshift's own of such names are not PostgreSQL's any more. */
const families = `update pg_catalog.pg_proc set proname = '_pg_' || proname
where pronamespace = 'pg_catalog'::regnamespace and oid < 12000 and proname ~ '^jsonb?_'
  and prorettype <> 'cstring'::regtype and proname !~ '_(in|out|recv|send)$';`;

/** The parser calls these by name for a syntax of their own; a body keeps its words. */
const syntax = ['extract', 'overlay'];

/** Where only some of a name's functions are hidden, bodies mean the others. */
const bodies = `do $rs$
declare
  hidden text := (select _pg_string_agg(distinct substr(proname, 5), '|') from pg_catalog.pg_proc h
    where oid < 12000 and left(proname, 4) = '_pg_' and substr(proname, 5) not in (${syntax.map((name) => `'${name}'`).join(', ')})
      and not exists (select from pg_catalog.pg_proc v where v.oid < 12000 and v.proname = substr(h.proname, 5)));
begin
  update pg_catalog.pg_proc
  set prosrc = _pg_regexp_replace(prosrc, '(^|[^[:alnum:]_.$"])(pg_catalog[.])?(' || hidden || ')([[:space:]]*[(])',
    E'\\\\1\\\\2_pg_\\\\3\\\\4', 'g')
  where pronamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and prosqlbody is null
    and prolang in (select oid from pg_catalog.pg_language where lanname in ('plpgsql', 'sql'));
end $rs$;`;

export const hidden: SetupStep = {
  name: 'hidden functions',
  sql: [
    ...Object.values(unsupported).map((names) => hide(...names.trim().split(/\s+/))),
    families,
    hideOne(
      'bpcharcmp(character, character)',
      'concat("any")',
      'crc32(bytea)',
      'random(integer, integer)',
      'random(bigint, bigint)',
      'random(numeric, numeric)',
      'reverse(bytea)',
    ),
    bodies,
  ].join('\n'),
};
