/**
 * What the dialect's rewriting of expressions calls by name: ordered aggregates, window functions that ignore NULLs,
 * constructors of SUPER values and the rows of one. No client writes these names. Made before other steps hide what it uses.
 */
import { inline, internal, procedural } from './define.js';
import type { SetupStep } from './step.js';

/** A function of several rows or of any types, its body bound when it is made. */
const query = (signature: string, result: string, body: string, kind = 'immutable strict'): string =>
  `create function pg_catalog.${signature} returns ${result} language sql ${kind} parallel safe
begin atomic ${body}; end;`;

/** For arguments of any type, whose body the server reads at every call: nothing in it has a name that is hidden. */
const anyType = (signature: string, result: string, expression: string, kind = 'immutable strict'): string =>
  `create function pg_catalog.${signature} returns ${result} language sql ${kind} parallel safe
as $rs$ select ${expression} $rs$;`;

const aggregate = (signature: string, options: string): string =>
  `create aggregate pg_catalog.${signature} (${options});`;

/** SQLSTATE, message, a value of the type that the expression would have had. */
const refuse = procedural(
  'rs_refuse(text, text, anyelement)',
  'anyelement',
  'begin raise exception using errcode = $1, message = $2; end',
  'immutable',
);

/** AWS manual, LISTAGG function: NULL and empty texts do not count; a result has at most 65,535 bytes. */
const listagg = [
  inline(
    'rs_listagg_next(varchar, text, text)',
    'varchar',
    `case when $2 is null or $2 = '' then $1
  when octet_length($1) > 65535 then rs_refuse('XX000', 'Result size exceeds LISTAGG limit', $1)
  when $1 is null then $2 else $1 || coalesce($3, '') || $2 end`,
    'immutable',
  ),
  inline(
    'rs_listagg_last(varchar)',
    'varchar',
    `case when octet_length($1) > 65535 then rs_refuse('XX000', 'Result size exceeds LISTAGG limit', $1) else $1 end`,
    'immutable',
  ),
  // The first is the delimiter; texts that differ in blanks at the end are the same.
  inline(
    'rs_listagg_new(text[], text, text)',
    'text[]',
    `case when $2 is null or $2 = '' or rtrim($2, ' ') = any ($1[2:]) then $1
  when $1 is null then array[coalesce($3, ''), rtrim($2, ' ')] else array_append($1, rtrim($2, ' ')) end`,
    'immutable',
  ),
  inline(
    'rs_listagg_joined(text[])',
    'varchar',
    `rs_listagg_last(array_to_string($1[2:], $1[1]))`,
    'immutable',
  ),
  inline('rs_listagg_step(varchar, text)', 'varchar', 'rs_listagg_next($1, $2, null)', 'immutable'),
  inline('rs_listagg_step(varchar, text, text)', 'varchar', 'rs_listagg_next($1, $2, $3)', 'immutable'),
  inline('rs_listagg_step(text[], text)', 'text[]', 'rs_listagg_new($1, $2, null)', 'immutable'),
  inline('rs_listagg_step(text[], text, text)', 'text[]', 'rs_listagg_new($1, $2, $3)', 'immutable'),
  // Every type becomes a text by itself.
  ...['text', 'text, text'].flatMap((parameters) => [
    aggregate(
      `listagg(${parameters})`,
      'sfunc = pg_catalog.rs_listagg_step, stype = varchar, finalfunc = pg_catalog.rs_listagg_last',
    ),
    aggregate(
      `rs_listagg_distinct(${parameters})`,
      'sfunc = pg_catalog.rs_listagg_step, stype = text[], finalfunc = pg_catalog.rs_listagg_joined',
    ),
  ]),
];

/** The value between two neighbours, `$3` being the share of the later one, for the types that have an order to go by. */
const between: Readonly<Record<string, { result: string; value: string }>> = {
  numeric: {
    result: 'numeric',
    value: 'round($1 * (1 - $3) + $2 * $3, greatest(scale($1), scale($2)) + 1)',
  },
  'double precision': { result: 'double precision', value: '$1 + ($2 - $1) * $3::double precision' },
  real: { result: 'double precision', value: '$1 + ($2 - $1) * $3::double precision' },
  date: { result: 'date', value: '$1 + (($2 - $1) * $3)::integer' },
  timestamp: { result: 'timestamp', value: '$1 + ($2 - $1) * $3::double precision' },
  timestamptz: { result: 'timestamptz', value: '$1 + ($2 - $1) * $3::double precision' },
  ...Object.fromEntries(
    ['smallint', 'integer', 'bigint'].map((type) => [
      type,
      { result: 'numeric', value: 'round($1 * (1 - $3) + $2 * $3, 1)' },
    ]),
  ),
};

/**
 * AWS manual, PERCENTILE_CONT function: between the rows around 1 + P (N - 1). PERCENTILE_DISC window function: the
 * first value with a share of at least P. The aggregate sorts once for each group or partition.
 */
const percentiles = [
  internal('rs_array_sort(anyarray)', 'anyarray', 'array_sort'),
  internal(
    'rs_array_remove(anycompatiblearray, anycompatible)',
    'anycompatiblearray',
    'array_remove',
    'immutable',
  ),
  internal(
    'rs_array_append(anycompatiblearray, anycompatible)',
    'anycompatiblearray',
    'array_append',
    'immutable',
  ),
  internal('rs_array_fill(anyelement, integer[])', 'anyarray', 'array_fill', 'immutable'),
  internal(
    'rs_array_fill(anyelement, integer[], integer[])',
    'anyarray',
    'array_fill_with_lower_bounds',
    'immutable',
  ),
  internal('rs_array_lower(anyarray, integer)', 'integer', 'array_lower'),
  internal('rs_cardinality(anyarray)', 'integer', 'array_cardinality'),
  anyType('rs_sort(anycompatiblearray)', 'anycompatiblearray', 'rs_array_sort(rs_array_remove($1, null))'),
  aggregate(
    'rs_sorted(anycompatible)',
    `sfunc = array_append, stype = anycompatiblearray, finalfunc = pg_catalog.rs_sort, initcond = '{}'`,
  ),
  inline(
    'rs_share(numeric)',
    'numeric',
    `case when $1 between 0 and 1 then $1 else rs_refuse('22003', 'percentile value ' || $1::text || ' is not between 0 and 1', $1) end`,
  ),
  inline(
    'rs_place(numeric, boolean, integer)',
    'numeric',
    '1 + case when $2 then 1 - rs_share($1) else rs_share($1) end * ($3 - 1)',
  ),
  ...Object.entries(between).flatMap(([type, { result, value }]) => [
    inline(`rs_between(${type}, ${type}, numeric)`, result, value, 'immutable strict'),
    inline(
      `rs_between(${type}[], numeric)`,
      result,
      'rs_between($1[floor($2)::integer], $1[ceil($2)::integer], $2 - floor($2))',
    ),
    inline(
      `rs_percentile_cont(numeric, boolean, ${type}[])`,
      result,
      'rs_between($3, rs_place($1, $2, cardinality($3)))',
    ),
  ]),
  anyType(
    'rs_percentile_disc(numeric, boolean, anyarray)',
    'anyelement',
    `$3[case when $2 then rs_cardinality($3) + 1 - greatest(ceil(rs_share($1) * rs_cardinality($3)), 1)::integer
  else greatest(ceil(rs_share($1) * rs_cardinality($3)), 1)::integer end]`,
  ),
  inline('rs_ratio(double precision, double precision)', 'double precision', '$1 / nullif($2, 0)'),
];

/** AWS manual, LAG, LEAD, FIRST_VALUE, LAST_VALUE and NTH_VALUE window functions, with IGNORE NULLS. */
const ignoringNulls = [
  anyType('rs_first_step(anyelement, anyelement)', 'anyelement', '$1'),
  anyType('rs_last_step(anyelement, anyelement)', 'anyelement', '$2'),
  aggregate('rs_first_value(anyelement)', 'sfunc = pg_catalog.rs_first_step, stype = anyelement'),
  aggregate('rs_last_value(anyelement)', 'sfunc = pg_catalog.rs_last_step, stype = anyelement'),
  // Index 0 is filled when the value was found.
  anyType(
    'rs_nth_step(anyarray, anyelement, integer)',
    'anyarray',
    `case when $2 is null or rs_array_lower($1, 1) = 0 then $1
  when rs_cardinality($1) + 1 = $3 then rs_array_fill($2, array[1], array[0])
  else rs_array_append($1, $2) end`,
    'immutable',
  ),
  anyType('rs_nth_last(anyarray)', 'anyelement', '$1[0]'),
  ...['rs_nth_value', 'rs_lead'].map((name) =>
    aggregate(
      `${name}(anyelement, integer)`,
      `sfunc = pg_catalog.rs_nth_step, stype = anyarray, finalfunc = pg_catalog.rs_nth_last, initcond = '{}'`,
    ),
  ),
  // The last values, the oldest first, after as many NULLs as are missing.
  anyType(
    'rs_lag_step(anyarray, anyelement, integer)',
    'anyarray',
    `case when $2 is null then $1
  when $1 is null then rs_array_append(rs_array_fill(case when false then $2 end, array[$3 - 1]), $2)
  else rs_array_append($1[2:], $2) end`,
    'immutable',
  ),
  anyType('rs_lag_last(anyarray)', 'anyelement', '$1[1]'),
  aggregate(
    'rs_lag(anyelement, integer)',
    'sfunc = pg_catalog.rs_lag_step, stype = anyarray, finalfunc = pg_catalog.rs_lag_last',
  ),
];

/** AWS manual, QUALIFY clause: no row where the condition does not hold. */
const qualify = [query('rs_qualify(boolean)', 'setof integer', 'select 1 where $1')];

/** One row for each element or attribute; a value that has none gives no rows. `…_at` tells the place as well. */
const rows = (
  name: string,
  kind: string,
  from: string,
  items: string,
  place: string,
  type: string,
): string[] => {
  const source = `${from}(case rs_super_typeof($1) when '${kind}' then rs_super_json($1)::json end) ${items}`;
  return [
    query(`rs_super_${name}(super)`, 'setof super', `select rs_super(v::text) from ${source}`),
    query(
      `rs_super_${name}_at(super)`,
      `table (value super, place ${type})`,
      `select rs_super(v::text), ${place} from ${source}`,
    ),
  ];
};

/** AWS manual, TRY_CAST function: errors over values give NULL, casts that are not there stay errors. */
const tryCast = [
  procedural(
    'rs_try_cast(anyelement, text, anycompatible)',
    'anycompatible',
    `
declare
  result text;
begin
  execute 'select (($1)::' || $2 || ')::text' into result using $1;
  return result;
exception when data_exception then
  return null;
end`,
    'stable',
  ),
];

/** The columns of what a name stands for: whether a name in a select list is an alias (AWS manual, SELECT list). */
const columns = [
  query(
    'rs_columns(text)',
    'setof text',
    'select attname::text from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum',
    'stable strict',
  ),
];

/** AWS manual, ARRAY function; OBJECT function; Querying semi-structured data. */
const semistructured = [
  inline(
    'rs_array(super[])',
    'super',
    `(select rs_super('[' || coalesce(string_agg(coalesce(rs_super_json(v), 'null'), ',' order by n), '') || ']')
  from unnest($1) with ordinality as items(v, n))`,
  ),
  inline(
    'rs_object(super[])',
    'super',
    `(select rs_super('{' || coalesce(string_agg(rs_super_json(k) || ':' || coalesce(rs_super_json($1[n + 1]), 'null'),
    ',' order by n), '') || '}')
  from unnest($1) with ordinality as items(k, n) where n % 2 = 1)`,
  ),
  ...rows('elements', 'array', 'json_array_elements', 'with ordinality as items(v, n)', 'n - 1', 'bigint'),
  ...rows('attributes', 'object', 'json_each', 'as items(n, v)', 'n::varchar', 'varchar'),
  // Arrays of the engine's catalogs have subscripts too.
  anyType('rs_super_get(anyarray, integer)', 'anyelement', '$1[$2]'),
  anyType('rs_super_get(int2vector, integer)', 'smallint', '$1[$2]'),
  anyType('rs_super_get(oidvector, integer)', 'oid', '$1[$2]'),
];

export const expressions: SetupStep = {
  name: 'expressions',
  sql: [
    refuse,
    ...listagg,
    ...percentiles,
    ...ignoringNulls,
    ...qualify,
    ...tryCast,
    ...columns,
    ...semistructured,
  ].join('\n'),
};
