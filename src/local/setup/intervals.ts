/**
 * INTERVAL YEAR TO MONTH and INTERVAL DAY TO SECOND (AWS manual, Interval data types and literals): PostgreSQL's interval
 * with the months only, or without them. They become a plain interval by themselves, so that dates take them and they
 * compare, sort and group as intervals do.
 */
import { inline } from './define.js';
import type { SetupStep } from './step.js';

/** The months of a plain interval, and the microseconds of one that has none; days have 24 hours. */
const parts = `
${inline('rs_months(value interval)', 'integer', '(extract(year from value) * 12 + extract(month from value))::integer')}
${inline('rs_microseconds(value interval)', 'numeric', 'extract(epoch from value) * 1000000')}
`;

interface IntervalType {
  readonly name: string;
  /** The part of `value`, a plain interval, that the type holds. */
  readonly part: string;
  /** What Redshift writes for it. */
  readonly text: string;
}

const types: readonly IntervalType[] = [
  {
    name: 'intervaly2m',
    part: 'make_interval(months => rs_months(value))',
    text: `rs_months(value) / 12 || ' years ' || rs_months(value) % 12 || ' mons'`,
  },
  {
    name: 'intervald2s',
    part: 'value - make_interval(months => rs_months(value))',
    text: `div(rs_microseconds(value), 86400000000) || ' days '
      || mod(div(rs_microseconds(value), 3600000000), 24) || ' hours '
      || mod(div(rs_microseconds(value), 60000000), 60) || ' mins '
      || trim_scale(mod(rs_microseconds(value), 60000000) / 1000000)
      || case when scale(trim_scale(mod(rs_microseconds(value), 60000000) / 1000000)) = 0 then '.0 secs' else ' secs' end`,
  },
];

/** `interval_scale` with the modifier -1 gives back what it got: it only changes the type. */
const typeSql = ({ name, part, text }: IntervalType): string => `
create cast (${name} as interval) without function as implicit;
create function pg_catalog.rs_${name}_scaled(interval, integer) returns ${name} language internal immutable strict parallel safe as 'interval_scale';
${inline(`rs_${name}(value interval)`, name, `rs_${name}_scaled(${part}, -1)`)}
${inline(`rs_${name}(value text)`, name, `rs_${name}(value::interval)`).replace(' immutable ', ' stable ')}
create cast (interval as ${name}) with function pg_catalog.rs_${name}(interval) as assignment;
create cast (text as ${name}) with function pg_catalog.rs_${name}(text);
create cast (varchar as ${name}) with function pg_catalog.rs_${name}(text);
${inline(`rs_${name}_text(value ${name})`, 'text', text)}
${inline(`rs_${name}_varchar(value ${name})`, 'varchar', `rs_${name}_text(value)::varchar`)}
create cast (${name} as text) with function pg_catalog.rs_${name}_text(${name}) as assignment;
create cast (${name} as varchar) with function pg_catalog.rs_${name}_varchar(${name}) as assignment;
${(
  [
    ['add', '+', name, name],
    ['subtract', '-', name, name],
    ['multiply', '*', name, 'double precision'],
    ['divide', '/', name, 'double precision'],
  ] as const
)
  .map(
    ([operation, sign, left, right]) => `
${inline(
  `rs_${name}_${operation}(a ${left}, b ${right})`,
  name,
  `rs_${name}(a::interval ${sign} ${right === name ? 'b::interval' : 'b'})`,
)}
create operator pg_catalog.${sign} (function = pg_catalog.rs_${name}_${operation}, leftarg = ${left}, rightarg = ${right});`,
  )
  .join('')}
${inline(`rs_${name}_multiply(a double precision, b ${name})`, name, `rs_${name}(a * b::interval)`)}
create operator pg_catalog.* (function = pg_catalog.rs_${name}_multiply, leftarg = double precision, rightarg = ${name});
${inline(`rs_${name}_negate(a ${name})`, name, `rs_${name}(- a::interval)`)}
create operator pg_catalog.- (function = pg_catalog.rs_${name}_negate, rightarg = ${name});
create function pg_catalog.rs_${name}_larger(${name}, ${name}) returns ${name} language internal immutable strict parallel safe as 'interval_larger';
create function pg_catalog.rs_${name}_smaller(${name}, ${name}) returns ${name} language internal immutable strict parallel safe as 'interval_smaller';
create aggregate pg_catalog.max(${name}) (sfunc = pg_catalog.rs_${name}_larger, stype = ${name}, parallel = safe);
create aggregate pg_catalog.min(${name}) (sfunc = pg_catalog.rs_${name}_smaller, stype = ${name}, parallel = safe);
create aggregate pg_catalog.sum(${name}) (sfunc = pg_catalog.rs_${name}_add, stype = ${name}, parallel = safe);
`;

/** The digits of a second: PostgreSQL's modifier of an interval that has all fields holds them in its low bytes. */
const precision = `
${inline(
  'rs_intervald2s_fit(value intervald2s, modifier integer)',
  'intervald2s',
  `rs_intervald2s_scaled(value::interval, case when modifier < 0 then -1 else 2147418112 + modifier end)`,
)}
create cast (intervald2s as intervald2s) with function pg_catalog.rs_intervald2s_fit(intervald2s, integer) as implicit;
`;

export const intervalSteps: readonly SetupStep[] = [
  { name: 'intervals', sql: `${parts}${types.map(typeSql).join('')}${precision}` },
];
