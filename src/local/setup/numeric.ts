/**
 * NUMERIC values with exactly the scale of their type where PostgreSQL would carry on with more digits: quotients, as
 * `src/local/numeric-typing/quotients.ts` writes them, and averages.
 */
import { inline, internal } from './define.js';
import type { SetupStep } from './step.js';

const quotients = [
  // Exact and towards zero: PostgreSQL's div(), which is hidden from clients.
  internal('rs_whole_quotient(numeric, numeric)', 'numeric', 'numeric_div_trunc'),
  // The third argument is 10 to the scale, the fourth 10 to minus the scale: the product has that many places.
  inline('rs_quotient(numeric, numeric, numeric, numeric)', 'numeric', 'rs_whole_quotient($1 * $3, $2) * $4'),
];

/**
 * AVG of a DECIMAL has the argument's scale (AWS manual, AVG). The state is the count and the sum, whose scale is that of
 * the values. PostgreSQL's own entry is changed; without the parts for a moving window, which would need their own.
 */
const averages = [
  `create function pg_catalog.rs_avg_numeric_add(state numeric[], value numeric) returns numeric[] language plpgsql immutable strict parallel safe as $$
begin
  return array[state[1] + 1, state[2] + value];
end $$;`,
  inline('rs_avg_numeric_combine(numeric[], numeric[])', 'numeric[]', 'array[$1[1] + $2[1], $1[2] + $2[2]]'),
  inline(
    'rs_avg_numeric(numeric[])',
    'numeric',
    `case when $1[1] > 0 then trunc(
      rs_whole_quotient($1[2] * power(10::numeric, scale($1[2])), $1[1]) * power(10::numeric, -scale($1[2])),
      scale($1[2])) end`,
  ),
  `update pg_catalog.pg_aggregate set aggtransfn = 'pg_catalog.rs_avg_numeric_add(numeric[], numeric)'::regprocedure,
  aggfinalfn = 'pg_catalog.rs_avg_numeric(numeric[])'::regprocedure,
  aggcombinefn = 'pg_catalog.rs_avg_numeric_combine(numeric[], numeric[])'::regprocedure,
  aggtranstype = 'numeric[]'::regtype, aggtransspace = 0, agginitval = '{0,0}', aggserialfn = 0, aggdeserialfn = 0,
  aggmtransfn = 0, aggminvtransfn = 0, aggmfinalfn = 0, aggmtranstype = 0, aggmtransspace = 0, aggminitval = null
  where aggfnoid = 'pg_catalog.avg(numeric)'::regprocedure;`,
];

export const numericStep: SetupStep = { name: 'numeric', sql: [...quotients, ...averages].join('\n') };
