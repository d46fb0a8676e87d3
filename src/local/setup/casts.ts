/**
 * Which type becomes which without being told (AWS manual, Type compatibility and conversion): as in PostgreSQL 8.0, far
 * more than today. Where a number meets a string, the number becomes a string, but a string becomes a NUMERIC.
 */
import { inline, procedural } from './define.js';
import type { SetupStep } from './step.js';
import { mixedComparisons } from './operators.js';

const integers = ['smallint', 'integer', 'bigint'] as const;
const numbers = [...integers, 'numeric', 'real', 'double precision'] as const;
const others = ['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'oid'] as const;

/** PostgreSQL's `||` with any other type goes: two ways to put a date behind a string would be one too many. */
const toStrings = `
${[...numbers, ...others]
  .map(
    (type) => `
create cast (${type} as text) with inout as implicit;
create cast (${type} as varchar) with inout as implicit;`,
  )
  .join('')}
delete from pg_catalog.pg_operator where oprname = '||' and 'anynonarray'::regtype in (oprleft, oprright)
  and 'text'::regtype in (oprleft, oprright);
`;

/**
 * Each pair for itself: now that every number can be a string, PostgreSQL would find two ways to compare it with one,
 * or compare two numbers of different types as strings.
 */
const mixed = [
  ...numbers.map((type) =>
    mixedComparisons(
      'rs_mixed',
      type,
      'text',
      (side) => `${side}::${type === 'numeric' ? 'numeric' : 'text'}`,
    ),
  ),
  ...integers.flatMap((type) => [
    mixedComparisons('rs_mixed', type, 'numeric', (side) => `${side}::numeric`),
    mixedComparisons('rs_mixed', type, 'real', (side) => `${side}::double precision`),
    mixedComparisons('rs_mixed', type, 'double precision', (side) => `${side}::double precision`),
  ]),
  mixedComparisons('rs_mixed', 'numeric', 'real', (side) => `${side}::double precision`),
  mixedComparisons('rs_mixed', 'numeric', 'double precision', (side) => `${side}::double precision`),
].join('');

/** Every integer is a truth value; a NUMERIC is none (AWS manual, Limitations of SUPER, shows the error). */
const booleans = `
${['smallint', 'bigint']
  .map(
    (type) => `
${inline(`rs_boolean(value ${type})`, 'boolean', 'value <> 0')}
${inline(`rs_${type}(value boolean)`, type, 'value::integer::' + type)}
create cast (${type} as boolean) with function pg_catalog.rs_boolean(${type}) as assignment;
create cast (boolean as ${type}) with function pg_catalog.rs_${type}(boolean);`,
  )
  .join('')}
update pg_catalog.pg_cast set castcontext = 'a' where castsource = 'integer'::regtype and casttarget = 'boolean'::regtype;
`;

/** PostgreSQL 8.0 had no way from BOOLEAN to a string, and Redshift has none. */
const noStrings = `
${[
  ['text', 'character varying'],
  ['varchar', 'character varying'],
  ['bpchar', 'character'],
]
  .map(
    ([type, name]) => `
create function pg_catalog.rs_boolean_${type}(boolean) returns ${type} language plpgsql immutable parallel safe as $$
begin
  raise exception 'cannot cast type boolean to ${name}' using errcode = '42846';
end $$;
update pg_catalog.pg_cast set castfunc = 'pg_catalog.rs_boolean_${type}'::regproc, castcontext = 'e'
  where castsource = 'boolean'::regtype and casttarget = '${type}'::regtype;`,
  )
  .join('')}
`;

/** A precision of at most 38 digits, a scale of at most 37 that is no larger (AWS manual, Numeric types). */
const precision = `
create function pg_catalog.rs_precision_modifier(modifiers integer[]) returns integer language plpgsql immutable strict parallel safe as $$
declare
  digits constant integer := modifiers[1];
  places constant integer := case when modifiers[2] is null then 0 else modifiers[2] end;
begin
  if modifiers[3] is not null then
    raise exception 'invalid NUMERIC type modifier' using errcode = '22023';
  elsif digits < 1 or digits > 38 then
    raise exception 'NUMERIC precision % must be between 1 and 38', digits using errcode = '22023';
  elsif places < 0 or places > digits then
    raise exception 'NUMERIC scale % must be between 0 and precision %', places, digits using errcode = '22023';
  elsif places > 37 then
    raise exception 'NUMERIC scale % must be between 0 and 37', places using errcode = '22023';
  end if;
  return digits * 65536 + places + 4;
end $$;
create function pg_catalog.rs_numeric_modifier(cstring[]) returns integer language plpgsql immutable strict parallel safe as $$
begin
  return pg_catalog.rs_precision_modifier(pg_catalog.rs_modifiers($1));
end $$;
update pg_catalog.pg_type set typmodin = 'pg_catalog.rs_numeric_modifier'::regproc where oid = 'numeric'::regtype;
`;

/**
 * What does not fit a NUMERIC: Redshift's nodes, which cast the values of tables, say it in other words than its leader,
 * which casts constants and what is inserted (AWS manual, Computations with numeric values; Examples with numeric types).
 * Constants are cast where the function below is run as such, columns where it is written into the statement.
 *
 * One of 19 digits is kept in eight bytes, so that 9223372036854775807 is the most, wherever its point is (Numeric types,
 * note). The cast's function has the name of PostgreSQL's, by which the typing of computed columns knows it.
 */
const overflow = `
${inline('rs_precision(modifier integer)', 'integer', '(modifier - 4) >> 16')}
${inline('rs_scale(modifier integer)', 'integer', '(modifier - 4) & 2047')}
${inline(
  'rs_numeric_bound(modifier integer)',
  'numeric',
  `(case rs_precision(modifier) when 19 then 9223372036854775807.5 else power(10::numeric, rs_precision(modifier)) - 0.5 end)
    * power(10::numeric, - rs_scale(modifier))`,
  'immutable',
)}
${procedural(
  'rs_numeric_overflow(value numeric, modifier integer, in_cast boolean)',
  'numeric',
  `
declare
  callers text;
begin
  get diagnostics callers = pg_context;
  if in_cast and callers not like '%SQL function "numeric"%' then
    raise exception 'Numeric data overflow (result precision)' using errcode = 'XX000';
  end if;
  raise exception 'numeric field overflow' using errcode = '22003',
    detail = 'The absolute value is greater than or equal to 10^' || pg_catalog.rs_precision(modifier) - pg_catalog.rs_scale(modifier)
      || ' for field with precision ' || pg_catalog.rs_precision(modifier) || ', scale ' || pg_catalog.rs_scale(modifier) || '.';
end`,
)}
${inline(
  'numeric(value numeric, modifier integer, in_cast boolean)',
  'numeric',
  `case when abs(value) >= rs_numeric_bound(modifier) then rs_numeric_overflow(value, modifier, in_cast)
    else pg_catalog.numeric(value, modifier) end`,
  'immutable',
)}
update pg_catalog.pg_cast set castfunc = 'pg_catalog.numeric(numeric, integer, boolean)'::regprocedure
  where castsource = 'numeric'::regtype and casttarget = 'numeric'::regtype;
`;

/** GEOMETRY and GEOGRAPHY become each other, and nothing else (AWS manual, Type compatibility and conversion). */
const shapes = `
create cast (geometry as geography) without function as implicit;
create cast (geography as geometry) without function as implicit;
create cast (geometryhex as geometry) without function as implicit;
create cast (geometry as geometryhex) without function as assignment;
`;

/** ABSTIME holds what TIMESTAMPTZ does; only its bytes for clients differ. */
const absoluteTimes = `
create cast (abstime as timestamptz) without function as implicit;
create cast (timestamptz as abstime) without function as assignment;
create cast (abstime as timestamp) with inout as assignment;
create cast (timestamp as abstime) with inout as assignment;
create cast (abstime as date) with inout as assignment;
`;

export const castSteps: readonly SetupStep[] = [
  {
    name: 'casts',
    sql: `${toStrings}${mixed}${booleans}${noStrings}${precision}${overflow}${shapes}${absoluteTimes}`,
  },
];
