/**
 * What is done with arrays and objects inside SUPER values (AWS manual, Array functions; Object functions). Elements are
 * equal as SUPER values are; NULL is an element like any other.
 */
import { inline, procedural } from './define.js';
import type { SetupStep } from './step.js';

const query = (signature: string, result: string, body: string): string =>
  `create function pg_catalog.${signature} returns ${result} language sql immutable strict parallel safe
begin atomic ${body}; end;`;

/** The elements of an array as they are written, as they compare, and their places from 1; none of what is no array. */
const items = query(
  'rs_super_items(super)',
  'table (item text, key jsonb, place bigint)',
  `select j::text, rs_super_comparable(rs_super_of_raw(chr(1) || j::text)), i
  from json_array_elements(case when rs_super_typeof($1) = 'array' then rs_super_json($1)::json end) with ordinality as e(j, i)`,
);

const bothArrays = `rs_super_typeof($1) = 'array' and rs_super_typeof($2) = 'array'`;

/** An array of what a query gives in columns `item` and `place`. */
const arrayOf = (rows: string): string =>
  `(select rs_super_of_raw(chr(1) || '[' || coalesce(string_agg(item, ',' order by place), '') || ']') from (${rows}) as rows_of_it)`;

/** As often as in the other array (`n` of them), or once. */
const counted = `select a.item, a.place, row_number() over (partition by a.key order by a.place) as nth,
    (select count(*) from rs_super_items($2) as b where b.key = a.key) as n from rs_super_items($1) as a`;

/** The value to look for; its NULL is the NULL inside a SUPER. */
const wanted = `coalesce(rs_super_comparable($2), 'null'::jsonb)`;

/** Without `$3`, NULL is not looked for, and says that nothing is known where nothing else is found. */
const search = (
  found: string,
  none: string,
): string => `case when rs_super_typeof($1) <> 'array' or not $3 and ${wanted} = 'null' then null
  else (select case when count(*) filter (where key = ${wanted}) > 0 then ${found}
      when not $3 and bool_or(key = 'null') then null else ${none} end from rs_super_items($1)) end`;

const searching: readonly (readonly [name: string, result: string, expression: string])[] = [
  ['array_position', 'integer', search(`min(place) filter (where key = ${wanted})::integer - 1`, '-1')],
  ['array_contains', 'boolean', search('true', 'false')],
  [
    'array_positions',
    'super',
    search(
      `rs_super_of_raw(chr(1) || '[' || string_agg((place - 1)::text, ',' order by place) filter (where key = ${wanted}) || ']')`,
      `rs_super_of_raw(chr(1) || '[]')`,
    ),
  ],
];

/** What can be looked for beside SUPER values, which not all of it becomes by itself. */
const others = ['text', 'boolean', 'integer', 'bigint', 'numeric', 'double precision'];
const searches = searching.flatMap(([name, result, expression]) => [
  inline(`${name}(super, super, boolean)`, result, expression, 'immutable'),
  inline(`${name}(super, super)`, result, `${name}($1, $2, true)`, 'immutable'),
  ...others.flatMap((type) => {
    const value = type === 'text' ? 'rs_super_of_raw($2)' : 'rs_super_of($2)';
    return [
      inline(`${name}(super, ${type}, boolean)`, result, `${name}($1, ${value}, $3)`, 'immutable'),
      inline(`${name}(super, ${type})`, result, `${name}($1, ${value}, true)`, 'immutable'),
    ];
  }),
]);

const sets = [
  inline(
    'array_distinct(super)',
    'super',
    `case when rs_super_typeof($1) = 'array' then
  ${arrayOf('select distinct on (key) item, place from rs_super_items($1) order by key, place')} end`,
  ),
  inline('array_union(super, super)', 'super', 'array_distinct(array_concat($1, $2))'),
  inline(
    'arrays_overlap(super, super)',
    'boolean',
    `case when ${bothArrays} then
  exists (select from rs_super_items($1) as a join rs_super_items($2) as b on a.key = b.key) end`,
  ),
  inline(
    'array_except(super, super, boolean)',
    'super',
    `case when ${bothArrays} then
  ${arrayOf(`select item, place from (${counted}) as c where case when $3 then n = 0 and nth = 1 else nth > n end`)} end`,
  ),
  inline('array_except(super, super)', 'super', 'array_except($1, $2, false)'),
  inline(
    'array_intersection(super, super, boolean)',
    'super',
    `case when ${bothArrays} then
  ${arrayOf(`select item, place from (${counted}) as c where nth <= case when $3 then least(n, 1) else n end`)} end`,
  ),
  inline('array_intersection(super, super)', 'super', 'array_intersection($1, $2, false)'),
];

const sorting = [
  inline(
    'array_sort(super, boolean, boolean)',
    'super',
    `case when rs_super_typeof($1) = 'array' then
  ${arrayOf(`select item, row_number() over (order by (key = 'null') <> $3,
    case when $2 then rs_super_of_raw(chr(1) || item) end, case when not $2 then rs_super_of_raw(chr(1) || item) end desc) as place
    from rs_super_items($1)`)} end`,
  ),
  inline('array_sort(super, boolean)', 'super', 'array_sort($1, $2, not $2)'),
  inline('array_sort(super)', 'super', 'array_sort($1, true, false)'),
];

/** Whatever is inside arrays that are inside, in order. */
const flattening = [
  procedural(
    'rs_flat(json)',
    'text',
    `
declare
  item json;
  part text;
  result text := '';
begin
  for item in select j from pg_catalog._pg_json_array_elements($1) as j loop
    part := case when pg_catalog._pg_json_typeof(item) = 'array' then pg_catalog.rs_flat(item) else item::text end;
    if part <> '' then
      result := result || case when result = '' then '' else ',' end || part;
    end if;
  end loop;
  return result;
end`,
  ),
  inline(
    'array_flatten(super)',
    'super',
    `case when rs_super_typeof($1) = 'array' then rs_super_of_raw(chr(1) || '[' || rs_flat(rs_super_json($1)::json) || ']') end`,
  ),
];

const attributes = [
  procedural(
    'rs_attribute_names(json, boolean)',
    'text',
    `
begin
  case pg_catalog._pg_json_typeof($1)
    when 'object' then
      return '{' || coalesce((select pg_catalog._pg_string_agg(
        pg_catalog._pg_to_json(case when $2 then upper(name) else lower(name) end)::text || ':' || pg_catalog.rs_attribute_names(value, $2), ',' order by n)
        from pg_catalog._pg_json_each($1) with ordinality as e(name, value, n)), '') || '}';
    when 'array' then
      return '[' || coalesce((select pg_catalog._pg_string_agg(pg_catalog.rs_attribute_names(value, $2), ',' order by n)
        from pg_catalog._pg_json_array_elements($1) with ordinality as e(value, n)), '') || ']';
    else return $1::text;
  end case;
end`,
  ),
  ...['lower', 'upper'].map((letters) =>
    procedural(
      `${letters}_attribute_names(super)`,
      'super',
      `
declare
  renamed text := pg_catalog.rs_attribute_names(pg_catalog.rs_super_json($1)::json, ${letters === 'upper'});
begin
  if renamed is not json with unique keys then
    raise exception using errcode = 'XX000', message = 'Invalid input',
      detail = 'SUPER value has duplicate attributes after case conversion.';
  end if;
  return pg_catalog.rs_super_of_raw(pg_catalog._pg_chr(1) || renamed);
end`,
    ),
  ),
  query(
    'rs_attributes(super)',
    'integer',
    `select count(*)::integer from json_object_keys(case when rs_super_typeof($1) = 'object' then rs_super_json($1)::json end)`,
  ),
  inline(
    'get_number_attributes(super)',
    'integer',
    `case when rs_super_typeof($1) = 'object' then rs_attributes($1) end`,
  ),
];

export const functionsArrays: SetupStep = {
  name: 'functions: arrays and objects',
  sql: [items, ...searches, ...sets, ...sorting, ...flattening, ...attributes].join('\n'),
};
