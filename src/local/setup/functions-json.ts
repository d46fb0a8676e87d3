/**
 * JSON texts (AWS manual, JSON functions) and SUPER values (AWS manual, SUPER type information functions, Array
 * functions). JSON texts are read as they are written: what a path leads to keeps its blanks and its digits.
 */
import { inline, procedural } from './define.js';
import type { SetupStep } from './step.js';

/** What is no JSON of that kind is an error, or NULL where the last argument says so. */
const readArray = procedural(
  'rs_json_array(text, boolean)',
  'json',
  `
begin
  if $1 is json array then return $1::json; end if;
  return case when not $2 then pg_catalog.rs_wrong_json('invalid json array object', $1) end;
end`,
);

/** NULL where nothing is, and for any NULL in the path whatever the text; numbers lead into arrays. */
const readPath = procedural(
  'rs_json_path(text, text[], boolean)',
  'varchar',
  `
begin
  if pg_catalog._pg_array_position($2, null) is not null then return null; end if;
  if $1 is json object or $1 is json array then return $1::json #>> $2; end if;
  return case when not $3 then pg_catalog.rs_wrong_json('invalid json object', $1) end;
end`,
);

/** Up to five levels. */
function pathText(levels: number): string[] {
  const path = Array.from({ length: levels }, (_, level) => `$${String(level + 2)}`);
  const types = ['text', ...path.map(() => 'text')].join(', ');
  const read = (quiet: string): string => `rs_json_path($1, array[${path.join(', ')}], ${quiet})`;
  return [
    inline(`json_extract_path_text(${types})`, 'varchar', read('false')),
    inline(`json_extract_path_text(${types}, boolean)`, 'varchar', read(`$${String(levels + 2)}`)),
  ];
}

const texts = [
  readArray,
  readPath,
  ...[1, 2, 3, 4, 5].flatMap(pathText),
  inline(
    'json_extract_array_element_text(text, integer, boolean)',
    'varchar',
    `rs_json_array($1, $3) ->> case when $2 >= 0 then $2 end`,
  ),
  inline(
    'json_extract_array_element_text(text, integer)',
    'varchar',
    'json_extract_array_element_text($1, $2, false)',
  ),
  inline('json_array_length(text, boolean)', 'integer', 'json_array_length(rs_json_array($1, $2))'),
  inline('json_array_length(text)', 'integer', 'json_array_length(rs_json_array($1, false))'),
  inline('is_valid_json(text)', 'boolean', '$1 is json object'),
  inline('is_valid_json_array(text)', 'boolean', '$1 is json array'),
  inline('can_json_parse(text)', 'boolean', '$1 is json'),
  inline('can_json_parse(varbyte)', 'boolean', `convert_from($1::bytea, 'UTF8') is json`),
];

const numberIs = (condition: string): string =>
  `coalesce(rs_super_typeof($1) = 'number' and ${condition}, false)`;

/** Whole numbers of so many bits. */
const whole = (type: string): string =>
  numberIs(`rs_super_json($1) !~ '[.eE]' and pg_input_is_valid(rs_super_json($1), '${type}')`);

/** Each of them is false for NULL (AWS manual, IS_ARRAY and its neighbours). */
const tests: Readonly<Record<string, string>> = {
  is_array: `coalesce(rs_super_typeof($1) = 'array', false)`,
  is_object: `coalesce(rs_super_typeof($1) = 'object', false)`,
  is_scalar: `coalesce(rs_super_typeof($1) in ('boolean', 'number', 'string'), false)`,
  is_boolean: `coalesce(rs_super_typeof($1) = 'boolean', false)`,
  is_varchar: `coalesce(rs_super_typeof($1) = 'string', false)`,
  is_char: `coalesce(rs_super_typeof($1) = 'string' and octet_length(rs_super_string($1)) = length(rs_super_string($1)), false)`,
  is_smallint: whole('smallint'),
  is_integer: whole('integer'),
  is_bigint: whole('bigint'),
  // A number with an exponent is a floating point number, any other a decimal.
  is_decimal: numberIs(`rs_super_json($1) !~ '[eE]'`),
  is_float: numberIs(`rs_super_json($1) ~ '[eE]'`),
};

/** The digits behind the point of a decimal; the digits of all of it without zeros in front. */
const scale = `length(split_part(rs_super_json($1), '.', 2))`;
const precision = `greatest(length(ltrim(translate(rs_super_json($1), '-.', ''), '0')), ${scale})`;
const ofDecimal = (number: string): string => `case when ${tests['is_decimal'] ?? ''} then ${number} end`;

/** A query over the elements of arrays that gives one array; NULL where an argument is none. */
const arrayOf = (elements: string): string =>
  `(select rs_super_of_raw(chr(1) || '[' || coalesce(string_agg(v, ',' order by n), '') || ']') from ${elements})`;

const array = (value: string): string =>
  `case when rs_super_typeof(${value}) = 'array' then rs_super_json(${value})::json end`;
const elements = (value: string, name: string): string =>
  `json_array_elements(${array(value)}) with ordinality as ${name}(j, i)`;

const isArray = (value: string): string => `rs_super_typeof(${value}) = 'array'`;

const values = [
  inline('json_parse(text)', 'super', 'rs_super($1)'),
  inline('json_parse(varbyte)', 'super', `rs_super(convert_from($1::bytea, 'UTF8'))`),
  inline('json_serialize(super)', 'varchar', 'rs_super_json($1)'),
  inline('json_serialize_to_varbyte(super)', 'varbyte', `convert_to(rs_super_json($1), 'UTF8')::varbyte`),
  inline('json_typeof(super)', 'varchar', 'rs_super_typeof($1)'),
  inline('json_size(super)', 'integer', 'octet_length(rs_super_json($1))'),
  ...Object.entries(tests).map(([name, test]) => inline(`${name}(super)`, 'boolean', test, 'immutable')),
  inline('decimal_precision(super)', 'integer', ofDecimal(precision)),
  inline('decimal_scale(super)', 'integer', ofDecimal(scale)),
  inline(
    'get_array_length(super)',
    'bigint',
    `case when ${isArray('$1')} then json_array_length(rs_super_json($1)::json) end`,
  ),
  inline(
    'array_concat(super, super)',
    'super',
    `case when ${isArray('$1')} and ${isArray('$2')} then
  ${arrayOf(`(select j::text as v, i as n from ${elements('$1', 'a')}
    union all select j::text, 2147483648 + i from ${elements('$2', 'b')}) as both_of_them`)} end`,
  ),
  inline(
    'subarray(super, integer, integer)',
    'super',
    `case when ${isArray('$1')} and $3 >= 0 then
  ${arrayOf(`(select j::text as v, i as n from ${elements('$1', 'a')}
    where i - 1 >= case when $2 < 0 then json_array_length(${array('$1')}) + $2 else $2 end
      and i - 1 < case when $2 < 0 then json_array_length(${array('$1')}) + $2 else $2 end::bigint + $3) as some_of_them`)} end`,
  ),
  ...['text', 'text, text'].map((types) =>
    inline(
      `split_to_array(${types})`,
      'super',
      `(select rs_super_of_raw(chr(1) || '[' || coalesce(string_agg(to_json(v)::text, ',' order by n), '') || ']')
  from unnest(string_to_array($1, ${types === 'text' ? `','` : '$2'})) with ordinality as parts(v, n))`,
    ),
  ),
];

export const functionsJson: SetupStep = {
  name: 'functions: JSON and SUPER',
  sql: [...values, ...texts].join('\n'),
};
