/**
 * The values of SUPER. One is stored as text: U+0001 and compact JSON, or, without that mark, the string that the text is.
 * Here are the ways in and out and the lax navigation; what is compared and computed stands in super-operators.ts.
 */
import type { SetupStep } from './step.js';

/**
 * A function in pg_catalog whose body is parsed now, with today's meaning of backslashes and names. A body in plpgsql is
 * parsed anew in every session, where some of PostgreSQL's functions are hidden: it calls none but those named rs_.
 */
export const immutable = (signature: string, result: string, body: string, strict = true): string =>
  `create function pg_catalog.${signature} returns ${result} language sql immutable ${strict ? 'strict ' : ''}parallel safe return ${body};`;

/**
 * `byteasend` gives back the bytes that it got, so these two only change the type. The text's own casts cannot serve
 * here, since a cast from SUPER to text makes a string of the value.
 */
const representation = `
create function pg_catalog.rs_super_raw(super) returns text language internal immutable strict parallel safe as 'byteasend';
create function pg_catalog.rs_super_of_raw(text) returns super language internal immutable strict parallel safe as 'byteasend';
`;

/**
 * Attribute names may not repeat (AWS manual, SUPER configurations); key order and digits stay as they were written.
 * What can fail is plpgsql here and below: the planner works out the untaken branch of a SQL function's CASE beforehand
 * when its arguments are constants and the condition is one that it cannot decide, and so fails where nothing is wrong.
 */
const parsing = `
${immutable(
  'rs_super_compact(source text)',
  'super',
  `rs_super_of_raw(E'\\x01' || regexp_replace(source, E'("(?:[^"\\\\\\\\]|\\\\\\\\.)*")|\\\\s+', E'\\\\1', 'g'))`,
)}
create function pg_catalog.rs_super(source text) returns super language plpgsql immutable strict parallel safe as $$
begin
  if source is json with unique keys then
    return pg_catalog.rs_super_compact(source);
  elsif source is json then
    raise exception 'Invalid JSON: an attribute name appears twice in one object' using errcode = '22023';
  end if;
  raise exception 'Invalid JSON' using errcode = '22023';
end $$;
${immutable(
  'rs_super_json(value super)',
  'text',
  `case when left(rs_super_raw(value), 1) = E'\\x01' then substr(rs_super_raw(value), 2)
    else to_json(rs_super_raw(value))::text end`,
)}
`;

/** What is missing, or looked for in the wrong kind of value, is NULL (AWS manual, Querying semistructured data). */
const navigation = `
${immutable(
  'rs_super_get(value super, attribute text)',
  'super',
  `case when left(rs_super_raw(value), 2) = E'\\x01{'
    then rs_super_of_raw(E'\\x01' || (substr(rs_super_raw(value), 2)::json -> attribute)::text) end`,
)}
${immutable(
  'rs_super_get(value super, index integer)',
  'super',
  `case when index >= 0 and left(rs_super_raw(value), 2) = E'\\x01['
    then rs_super_of_raw(E'\\x01' || (substr(rs_super_raw(value), 2)::json -> index)::text) end`,
)}
`;

/** What is inside: the dynamic type, and the value as the type that its name says, NULL for any other. */
const contents = `
${immutable(
  'rs_super_typeof(value super)',
  'text',
  `case left(rs_super_raw(value), 2)
    when E'\\x01{' then 'object' when E'\\x01[' then 'array' when E'\\x01"' then 'string'
    when E'\\x01t' then 'boolean' when E'\\x01f' then 'boolean' when E'\\x01n' then 'null'
    else case left(rs_super_raw(value), 1) when E'\\x01' then 'number' else 'string' end end`,
)}
${immutable(
  'rs_super_string(value super)',
  'text',
  `case rs_super_typeof(value) when 'string' then
    case when left(rs_super_raw(value), 1) = E'\\x01' then substr(rs_super_raw(value), 2)::json #>> '{}'
    else rs_super_raw(value) end end`,
)}
${immutable(
  'rs_super_number(value super)',
  'numeric',
  `case rs_super_typeof(value) when 'number' then substr(rs_super_raw(value), 2)::numeric end`,
)}
${immutable(
  'rs_super_text(value super)',
  'text',
  `case rs_super_typeof(value) when 'string' then rs_super_string(value)
    when 'number' then substr(rs_super_raw(value), 2) when 'boolean' then substr(rs_super_raw(value), 2) end`,
)}
`;

/** The value that `text` spells in another type, or NULL where it spells none: no error (AWS manual, Limitations of SUPER). */
const castFunction = (name: string, type: string, text: string, volatility = 'immutable'): string => `
create function pg_catalog.rs_super_to_${name}(value super) returns ${type} language plpgsql ${volatility} strict parallel safe as $$
declare
  spelled text := ${text};
begin
  if pg_catalog.rs_spells(spelled, '${type}') then
    return spelled::${type};
  end if;
  return null;
end $$;`;

const castsFrom = `
create function pg_catalog.rs_spells(value text, type text) returns boolean language sql stable parallel safe return pg_input_is_valid(value, type);
${immutable(
  'rs_super_truth(value super)',
  'text',
  `case rs_super_typeof(value)
    when 'number' then case when scale(rs_super_number(value)) = 0 then case when rs_super_number(value) <> 0 then 'true' else 'false' end end
    else rs_super_text(value) end`,
)}
${immutable('rs_super_numeral(value super)', 'text', `case when rs_super_typeof(value) in ('number', 'string') then rs_super_text(value) end`)}
${castFunction('numeric', 'numeric', 'pg_catalog.rs_super_numeral(value)')}
${immutable('rs_super_integer(value super)', 'text', 'round(rs_super_to_numeric(value))::text')}
${['smallint', 'integer', 'bigint'].map((type) => castFunction(type, type, 'pg_catalog.rs_super_integer(value)')).join('')}
${castFunction('real', 'real', 'pg_catalog.rs_super_numeral(value)')}
${castFunction('double', 'double precision', 'pg_catalog.rs_super_numeral(value)')}
${castFunction('boolean', 'boolean', 'pg_catalog.rs_super_truth(value)')}
${['date', 'time', 'timetz', 'timestamp', 'timestamptz']
  .map((type) => castFunction(type, type, 'pg_catalog.rs_super_string(value)', 'stable'))
  .join('')}
${immutable('rs_super_to_varchar(value super)', 'varchar', 'rs_super_text(value)::varchar')}
${immutable('rs_super_to_bpchar(value super)', 'bpchar', 'rs_super_text(value)::bpchar')}
${[
  ['numeric', 'numeric'],
  ['smallint', 'smallint'],
  ['integer', 'integer'],
  ['bigint', 'bigint'],
  ['real', 'real'],
  ['double precision', 'double'],
  ['boolean', 'boolean'],
  ['varchar', 'varchar'],
  ['bpchar', 'bpchar'],
  ['date', 'date'],
  ['time', 'time'],
  ['timetz', 'timetz'],
  ['timestamp', 'timestamp'],
  ['timestamptz', 'timestamptz'],
]
  .map(
    ([type, name]) =>
      `create cast (super as ${type}) with function pg_catalog.rs_super_to_${name}(super) as assignment;`,
  )
  .join('\n')}
create cast (super as text) with function pg_catalog.rs_super_text(super) as assignment;
`;

/** By assignment and cast only: what becomes SUPER by itself would make sense of too much. */
const castsTo = `
${['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']
  .map(
    (type) => `
${immutable(
  `rs_super_of(value ${type})`,
  'super',
  type === 'real' || type === 'double precision'
    ? `case when value in ('NaN', 'Infinity', '-Infinity') then null else rs_super_of_raw(E'\\x01' || value::text) end`
    : `rs_super_of_raw(E'\\x01' || value::text)`,
)}
create cast (${type} as super) with function pg_catalog.rs_super_of(${type}) as assignment;`,
  )
  .join('')}
${immutable('rs_super_of(value boolean)', 'super', `rs_super_of_raw(case when value then E'\\x01true' else E'\\x01false' end)`)}
${immutable('rs_super_of(value bpchar)', 'super', 'rs_super_of_raw(value::text)')}
create cast (boolean as super) with function pg_catalog.rs_super_of(boolean) as assignment;
create cast (text as super) without function as assignment;
create cast (varchar as super) without function as assignment;
create cast (bpchar as super) with function pg_catalog.rs_super_of(bpchar) as assignment;
`;

export const superSteps: readonly SetupStep[] = [
  { name: 'super', sql: `${representation}${parsing}${navigation}${contents}` },
  { name: 'super casts', sql: `${castsFrom}${castsTo}` },
];
