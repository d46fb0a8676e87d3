/**
 * The values of SUPER. One is stored as text: U+0001 and compact JSON, or, without that mark, the string that the text is.
 * Here are the ways in and out and the navigation; the casts stand in super-casts.ts, what is compared and computed in
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
  inline(
    'rs_is_set(name text, value text)',
    'boolean',
    `current_setting('redshift.' || $1, true) = $2`,
    'stable',
  ),
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

/**
 * Key order and digits stay as they were written. Attribute names may not repeat unless a setting says that the last one
 * counts, and another makes NULL of what is no JSON (AWS manual, SUPER configurations).
 */
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
  elsif source is json and pg_catalog.rs_is_set('json_parse_dedup_attributes', 'on') then
    return pg_catalog.rs_super_compact(source::jsonb::text);
  elsif pg_catalog.rs_is_set('parse_super_null_on_error', 'on') then
    return null;
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

/**
 * What is missing, or looked for in the wrong kind of value, is NULL (AWS manual, Querying semistructured data), or an
 * error when the setting for it is off (SUPER configurations).
 */
const step = (name: string, type: string, found: string, missing: string): string =>
  procedural(
    `rs_super_get(value super, ${name} ${type})`,
    'super',
    `
declare
  result constant super := ${found};
begin
  if result is null and pg_catalog.rs_is_set('navigate_super_null_on_error', 'off') then
    raise exception '${missing}', ${name} using errcode = '22023';
  end if;
  return result;
end`,
  );

const navigation = [
  step(
    'attribute',
    'text',
    `case when ${start(2)} = E'\\x01{'
      then pg_catalog.rs_super_of_raw(E'\\x01' || pg_catalog.rs_json_attribute(${json}, attribute)) end`,
    'The SUPER value is no object with an attribute "%"',
  ),
  step(
    'index',
    'integer',
    `case when index >= 0 and ${start(2)} = E'\\x01['
      then pg_catalog.rs_super_of_raw(E'\\x01' || pg_catalog.rs_json_element(${json}, index)) end`,
    'The SUPER value is no array with an element %',
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

export const superSteps: readonly SetupStep[] = [
  { name: 'super', sql: [primitives, parsing, contents, navigation].join('\n') },
];
