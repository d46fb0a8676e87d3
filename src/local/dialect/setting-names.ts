/**
 * The settings that a session may know (AWS manual, Configuration reference, and what PostgreSQL 8.0 had). Everything
 * else does not exist for it, whatever the engine thinks.
 */

/** A setting that the engine has as well, under the same name and with the same meaning. */
interface EngineSetting {
  readonly kind: 'engine';
  readonly readOnly?: true;
}

/** A setting that only Redshift has, or with another value: on the engine it is `redshift.<name>`, a text. */
interface OwnSetting {
  readonly kind: 'boolean' | 'text' | 'number';
  readonly initial: string;
  readonly readOnly?: true;
}

export type Setting = EngineSetting | OwnSetting;

const engine: EngineSetting = { kind: 'engine' };
const fixed: EngineSetting = { kind: 'engine', readOnly: true };
const on: OwnSetting = { kind: 'boolean', initial: 'on' };
const off: OwnSetting = { kind: 'boolean', initial: 'off' };
const text = (initial: string): OwnSetting => ({ kind: 'text', initial });
const number = (initial: string): OwnSetting => ({ kind: 'number', initial });
const constant = (initial: string): OwnSetting => ({ kind: 'text', initial, readOnly: true });

export const settings: ReadonlyMap<string, Setting> = new Map(
  Object.entries<Setting>({
    application_name: engine,
    client_encoding: engine,
    client_min_messages: engine,
    datestyle: engine,
    default_transaction_read_only: engine,
    extra_float_digits: engine,
    intervalstyle: engine,
    search_path: engine,
    seed: engine,
    statement_timeout: engine,
    timezone: engine,
    transaction_read_only: engine,
    integer_datetimes: fixed,
    is_superuser: fixed,
    server_encoding: fixed,
    session_authorization: fixed,
    default_transaction_isolation: constant('serializable'),
    lc_collate: constant('en_US.UTF-8'),
    lc_ctype: constant('en_US.UTF-8'),
    max_identifier_length: constant('127'),
    server_version: constant('8.0.2'),
    transaction_isolation: constant('serializable'),
    analyze_threshold_percent: number('10'),
    auto_analyze: on,
    auto_mv: on,
    autocommit: on,
    cast_super_null_on_error: on,
    datashare_break_glass_session_var: text(''),
    default_array_search_null_handling: off,
    default_geometry_encoding: number('1'),
    describe_field_name_in_uppercase: off,
    downcase_delimited_identifier: on,
    enable_case_sensitive_identifier: off,
    enable_case_sensitive_super_attribute: off,
    enable_numeric_rounding: off,
    enable_result_cache_for_session: on,
    enable_user_activity_logging: off,
    enable_vacuum_boost: off,
    error_on_nondeterministic_update: off,
    interval_forbid_composite_literals: on,
    json_parse_dedup_attributes: off,
    json_parse_truncate_strings: off,
    json_serialization_enable: off,
    json_serialization_parse_nested_strings: off,
    max_concurrency_scaling_clusters: number('1'),
    max_cursor_result_set_size: number('0'),
    mv_enable_aqmv_for_session: on,
    navigate_super_null_on_error: on,
    parse_super_null_on_error: off,
    pg_federation_repeatable_read: on,
    query_group: text('unset'),
    readonly: off,
    require_ssl: off,
    spectrum_enable_pseudo_columns: on,
    spectrum_enable_spectrum_oid: on,
    spectrum_query_maxerror: number('-1'),
    stored_proc_log_min_messages: text('LOG'),
    use_fips_ssl: off,
    wlm_query_slot_count: number('1'),
  }),
);

/** What SHOW ALL lists: the settings that SET changes. */
export const shownByAll: readonly string[] = [...settings]
  .filter(
    ([name, setting]) =>
      setting.kind !== 'engine' ||
      ['datestyle', 'extra_float_digits', 'search_path', 'statement_timeout', 'timezone'].includes(name),
  )
  .map(([name]) => name)
  .sort();

/** The setting's name on the engine, for the front to ask: `redshift.enable_case_sensitive_identifier`. */
export function engineSetting(name: string): string {
  return settings.get(name)?.kind === 'engine' ? name : `redshift.${name}`;
}
