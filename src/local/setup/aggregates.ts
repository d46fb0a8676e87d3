/**
 * Aggregates whose results have other types on Redshift (AWS manual, Aggregate functions): whole averages and sums of
 * BIGINT are BIGINT, sums of REAL and every deviation are DOUBLE PRECISION. PostgreSQL's own entries are changed.
 */
import { inline } from './define.js';
import type { SetupStep } from './step.js';

/** The states are PostgreSQL's: count and sum, for floating point also the sum of squares. */
const states = `
${inline('rs_avg(state bigint[])', 'bigint', 'case when state[1] > 0 then state[2] / state[1] end')}
create function pg_catalog.rs_avg_add(state bigint[], value bigint) returns bigint[] language plpgsql immutable strict parallel safe as $$
begin
  return array[state[1] + 1, state[2] + value];
end $$;
${inline('rs_avg_combine(a bigint[], b bigint[])', 'bigint[]', 'array[a[1] + b[1], a[2] + b[2]]')}
${inline('rs_sum(state double precision[])', 'double precision', 'case when state[1] > 0 then state[2] end')}
`;

const changed = (aggregate: string, result: string, entries: string): string => `
update pg_catalog.pg_proc set prorettype = '${result}'::regtype where oid = 'pg_catalog.${aggregate}'::regprocedure;
update pg_catalog.pg_aggregate set ${entries} where aggfnoid = 'pg_catalog.${aggregate}'::regprocedure;`;

/** Without the parts for a moving window, which would need their own. */
const unmoving = `aggmtransfn = 0, aggminvtransfn = 0, aggmfinalfn = 0, aggmtranstype = 0, aggmtransspace = 0, aggminitval = null`;
const unserialised = 'aggserialfn = 0, aggdeserialfn = 0';

const results = `
${changed('avg(smallint)', 'bigint', `aggfinalfn = 'pg_catalog.rs_avg', ${unmoving}`)}
${changed('avg(integer)', 'bigint', `aggfinalfn = 'pg_catalog.rs_avg', ${unmoving}`)}
${changed(
  'avg(bigint)',
  'bigint',
  `aggtransfn = 'pg_catalog.rs_avg_add', aggfinalfn = 'pg_catalog.rs_avg', aggcombinefn = 'pg_catalog.rs_avg_combine',
    aggtranstype = 'bigint[]'::regtype, aggtransspace = 0, agginitval = '{0,0}', ${unserialised}, ${unmoving}`,
)}
${changed(
  'sum(bigint)',
  'bigint',
  `aggtransfn = 'pg_catalog.int8pl', aggfinalfn = 0, aggcombinefn = 'pg_catalog.int8pl',
    aggtranstype = 'bigint'::regtype, aggtransspace = 0, agginitval = null, ${unserialised}, ${unmoving}`,
)}
${changed(
  'sum(real)',
  'double precision',
  `aggtransfn = 'pg_catalog.float4_accum', aggfinalfn = 'pg_catalog.rs_sum', aggcombinefn = 'pg_catalog.float8_combine',
    aggtranstype = 'double precision[]'::regtype, aggtransspace = 0, agginitval = '{0,0,0}', ${unserialised}, ${unmoving}`,
)}
`;

/** Where only the one for DOUBLE PRECISION is left, every number becomes that. */
const deviations = `
delete from pg_catalog.pg_aggregate a using pg_catalog.pg_proc p
  where a.aggfnoid = p.oid and p.pronamespace = 'pg_catalog'::regnamespace
  and p.proname in ('stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp')
  and p.proargtypes[0] <> 'double precision'::regtype;
delete from pg_catalog.pg_proc where pronamespace = 'pg_catalog'::regnamespace and prokind = 'a'
  and proname in ('stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp')
  and proargtypes[0] <> 'double precision'::regtype;
`;

/** What is no number does not count (AWS manual, Dynamic typing). */
const ofSuper = `
create function pg_catalog.rs_super_sum_add(state numeric, value super) returns numeric language plpgsql immutable parallel safe as $$
declare
  number constant numeric := pg_catalog.rs_super_number(value);
begin
  return case when number is null then state when state is null then number else state + number end;
end $$;
${inline('rs_super_sum(state numeric)', 'super', 'rs_super_of(state)')}
create aggregate pg_catalog.sum(super) (sfunc = pg_catalog.rs_super_sum_add, stype = numeric, finalfunc = pg_catalog.rs_super_sum);
create function pg_catalog.rs_super_avg_add(state numeric[], value super) returns numeric[] language plpgsql immutable parallel safe as $$
declare
  number constant numeric := pg_catalog.rs_super_number(value);
begin
  return case when number is null then state else array[state[1] + 1, state[2] + number] end;
end $$;
${inline('rs_super_avg(state numeric[])', 'super', 'case when state[1] > 0 then rs_super_of(trim_scale(state[2] / state[1])) end')}
create aggregate pg_catalog.avg(super) (sfunc = pg_catalog.rs_super_avg_add, stype = numeric[], initcond = '{0,0}', finalfunc = pg_catalog.rs_super_avg);
${inline('rs_super_larger(a super, b super)', 'super', 'case when rs_super_cmp(a, b) >= 0 then a else b end')}
${inline('rs_super_smaller(a super, b super)', 'super', 'case when rs_super_cmp(a, b) <= 0 then a else b end')}
create aggregate pg_catalog.max(super) (sfunc = pg_catalog.rs_super_larger, stype = super);
create aggregate pg_catalog.min(super) (sfunc = pg_catalog.rs_super_smaller, stype = super);
`;

/** MAX and MIN return what they are given (AWS manual, MAX); the server has no VARCHAR ones and says TEXT. */
const ofStrings = `
update pg_catalog.pg_proc set prorettype = 'varchar'::regtype
where pronamespace = 'pg_catalog'::regnamespace and proname in ('max', 'min') and prorettype = 'text'::regtype;
`;

export const aggregateSteps: readonly SetupStep[] = [
  { name: 'aggregates', sql: `${states}${results}${deviations}${ofSuper}${ofStrings}` },
];
