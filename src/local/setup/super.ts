/**
 * The values of SUPER. One is stored as text: U+0001 and compact JSON, or, without that mark, the string that the text is.
 * Here are the ways in and out, the lax navigation and the casts; what is compared and computed stands in
 * super-operators.ts.
 */
import { inline, internal, procedural } from './define.js';
import type { SetupStep } from './step.js';

/**
 * The server's own code over the bytes of a value. `byteasend` gives back what it got, so that it only changes the type:
 * the casts cannot serve, since one from SUPER to text makes a string of the value. JSON is kept as text is, so that
 * its functions take one as the other and nothing is checked twice. Bodies in plpgsql call these by names that no other
 * step hides.
 */
const primitives = [
  internal('rs_super_raw(super)', 'text', 'byteasend'),
  internal('rs_super_of_raw(text)', 'super', 'byteasend'),
  internal('rs_start(text, integer)', 'text', 'text_left'),
  internal('rs_after(text, integer)', 'text', 'text_substr_no_len'),
  internal('rs_json_attribute(text, text)', 'text', 'json_object_field'),
  internal('rs_json_element(text, integer)', 'text', 'json_array_element'),
  internal('rs_json_string(text)', 'text', 'to_json', 'stable strict'),
  inline('rs_json_unquoted(text)', 'text', `$1::json #>> '{}'`),
  inline('rs_digits_after_point(numeric)', 'integer', 'scale($1)'),
  'create function pg_catalog.rs_spells(value text, type text) returns boolean language sql stable parallel safe return pg_input_is_valid(value, type);',
].join('\n');

/**
 * One expression in plpgsql. A SQL function whose body is a CASE cannot take the place of its call when it is strict,
 * and costs ten times as much; and of a CASE that it cannot decide, the planner works out the untaken branch as well.
 */
const computed = (signature: string, result: string, expression: string, kind?: string): string =>
  procedural(signature, result, `begin return ${expression}; end`, kind);

const json = `pg_catalog.rs_after(pg_catalog.rs_super_raw(value), 2)`;
const start = (length: number): string => `pg_catalog.rs_start(pg_catalog.rs_super_raw(value), ${length})`;

/** Attribute names may not repeat (AWS manual, SUPER configurations); key order and digits stay as they were written. */
const parsing = [
  inline(
    'rs_super_compact(source text)',
    'super',
    String.raw`rs_super_of_raw(E'\x01' || regexp_replace(source, E'("(?:[^"\\\\]|\\\\.)*")|\\s+', E'\\1', 'g'))`,
  ),
  procedural(
    'rs_super(source text)',
    'super',
    `
begin
  if source is json with unique keys then
    return pg_catalog.rs_super_compact(source);
  elsif source is json then
    raise exception 'Invalid JSON: an attribute name appears twice in one object' using errcode = '22023';
  end if;
  raise exception 'Invalid JSON' using errcode = '22023';
end`,
  ),
  computed(
    'rs_super_json(value super)',
    'text',
    `case when ${start(1)} = E'\\x01' then ${json} else pg_catalog.rs_json_string(pg_catalog.rs_super_raw(value)) end`,
  ),
].join('\n');

/** What is missing, or looked for in the wrong kind of value, is NULL (AWS manual, Querying semistructured data). */
const navigation = [
  computed(
    'rs_super_get(value super, attribute text)',
    'super',
    `case when ${start(2)} = E'\\x01{'
      then pg_catalog.rs_super_of_raw(E'\\x01' || pg_catalog.rs_json_attribute(${json}, attribute)) end`,
  ),
  computed(
    'rs_super_get(value super, index integer)',
    'super',
    `case when index >= 0 and ${start(2)} = E'\\x01['
      then pg_catalog.rs_super_of_raw(E'\\x01' || pg_catalog.rs_json_element(${json}, index)) end`,
  ),
].join('\n');

/** The dynamic type, as JSON_TYPEOF names it, and the value as the type that the function's name says, else NULL. */
const contents = [
  computed(
    'rs_super_typeof(value super)',
    'text',
    `case when ${start(1)} <> E'\\x01' then 'string'
      else case pg_catalog.rs_start(${json}, 1) when '{' then 'object' when '[' then 'array' when '"' then 'string'
        when 't' then 'boolean' when 'f' then 'boolean' when 'n' then 'null' else 'number' end end`,
  ),
  computed(
    'rs_super_string(value super)',
    'text',
    `case when ${start(1)} <> E'\\x01' then pg_catalog.rs_super_raw(value)
      when ${start(2)} = E'\\x01"' then pg_catalog.rs_json_unquoted(${json}) end`,
  ),
  computed(
    'rs_super_number(value super)',
    'numeric',
    `case when pg_catalog.rs_super_typeof(value) = 'number' then ${json}::numeric end`,
  ),
  computed(
    'rs_super_text(value super)',
    'text',
    `case pg_catalog.rs_super_typeof(value) when 'string' then pg_catalog.rs_super_string(value)
      when 'number' then ${json} when 'boolean' then ${json} end`,
  ),
].join('\n');

const integers = [
  ['smallint', 32_767],
  ['integer', 2_147_483_647],
  ['bigint', '9223372036854775807'],
] as const;

/** A value becomes another type, or NULL where it cannot: no error (AWS manual, Limitations of SUPER, Lax semantics). */
const spelled = (name: string, type: string, text: string, kind?: string): string =>
  procedural(
    `rs_super_to_${name}(value super)`,
    type,
    `
declare
  spelled constant text := ${text};
begin
  if pg_catalog.rs_spells(spelled, '${type}') then
    return spelled::${type};
  end if;
  return null;
end`,
    kind,
  );

const numeral = `case when pg_catalog.rs_super_typeof(value) in ('number', 'string') then pg_catalog.rs_super_text(value) end`;

const castFunctions = [
  spelled('numeric', 'numeric', numeral),
  ...integers.map(([type, most]) =>
    procedural(
      `rs_super_to_${type}(value super)`,
      type,
      `
declare
  number constant numeric := pg_catalog.rs_super_to_numeric(value);
begin
  if number > -${most} - 1.5 and number < ${most} + 0.5 then
    return number::${type};
  end if;
  return null;
end`,
    ),
  ),
  spelled('real', 'real', numeral),
  spelled('double', 'double precision', numeral),
  // A number with digits after the point is no truth value, as outside of SUPER.
  spelled(
    'boolean',
    'boolean',
    `case when pg_catalog.rs_super_typeof(value) <> 'number' then pg_catalog.rs_super_text(value)
    when pg_catalog.rs_digits_after_point(pg_catalog.rs_super_number(value)) > 0 then null
    when pg_catalog.rs_super_number(value) <> 0 then 'true' else 'false' end`,
  ),
  inline('rs_super_to_varchar(value super)', 'varchar', 'rs_super_text(value)::varchar'),
  inline('rs_super_to_bpchar(value super)', 'bpchar', 'rs_super_text(value)::bpchar'),
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz'].map((type) =>
    spelled(type, type, 'pg_catalog.rs_super_string(value)', 'stable strict'),
  ),
].join('\n');

const casts = [
  ...['numeric', 'smallint', 'integer', 'bigint', 'real', 'boolean', 'varchar', 'bpchar'],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz'],
]
  .map(
    (type) =>
      `create cast (super as ${type}) with function pg_catalog.rs_super_to_${type}(super) as assignment;`,
  )
  .concat(
    'create cast (super as double precision) with function pg_catalog.rs_super_to_double(super) as assignment;',
    'create cast (super as text) with function pg_catalog.rs_super_text(super) as assignment;',
  )
  .join('\n');

/** By assignment and cast only: what becomes SUPER by itself would make sense of too much. */
const castsTo = [
  ...['smallint', 'integer', 'bigint', 'numeric'].map((type) =>
    inline(`rs_super_of(value ${type})`, 'super', String.raw`rs_super_of_raw(E'\x01' || value::text)`),
  ),
  ...['real', 'double precision'].map((type) =>
    inline(
      `rs_super_of(value ${type})`,
      'super',
      String.raw`case when value not in ('NaN', 'Infinity', '-Infinity') then rs_super_of_raw(E'\x01' || value::text) end`,
      'immutable',
    ),
  ),
  inline(
    'rs_super_of(value boolean)',
    'super',
    String.raw`rs_super_of_raw(case when value then E'\x01true' when not value then E'\x01false' end)`,
    'immutable',
  ),
  inline('rs_super_of(value bpchar)', 'super', 'rs_super_of_raw(value::text)'),
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean', 'bpchar'].map(
    (type) => `create cast (${type} as super) with function pg_catalog.rs_super_of(${type}) as assignment;`,
  ),
  'create cast (text as super) without function as assignment;',
  'create cast (varchar as super) without function as assignment;',
].join('\n');

export const superSteps: readonly SetupStep[] = [
  { name: 'super', sql: [primitives, parsing, contents, navigation].join('\n') },
  { name: 'super casts', sql: [castFunctions, casts, castsTo].join('\n') },
];
