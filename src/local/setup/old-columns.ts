/**
 * Columns of the catalog that PostgreSQL has dropped since 8.0 or that only Redshift has. `c.relhasoids` finds a function
 * of that name over the row of `c` (PostgreSQL manual, "SQL Functions on Composite Types"), so nothing has to be replaced.
 */
import type { SetupStep } from './step.js';

const columns: readonly (readonly [table: string, column: string, type: string, value: string])[] = [
  ['pg_class', 'relhasoids', 'boolean', 'false'],
  ['pg_class', 'reldiststyle', 'integer', 'pg_catalog.rs_dist_style($1.oid)::integer'],
  ['pg_proc', 'proisagg', 'boolean', "$1.prokind = 'a'"],
  ['pg_proc', 'proiswindow', 'boolean', "$1.prokind = 'w'"],
  ['pg_attrdef', 'adsrc', 'text', 'pg_catalog.pg_get_expr($1.adbin, $1.adrelid)'],
  ['pg_constraint', 'consrc', 'text', 'pg_catalog.pg_get_expr($1.conbin, $1.conrelid)'],
  ['pg_database', 'datlastsysoid', 'oid', '16383::oid'],
];

export const oldColumns: SetupStep = {
  name: "columns of PostgreSQL 8.0's catalog",
  sql: columns
    .map(
      ([table, column, type, value]) =>
        `create function pg_catalog.${column}(pg_catalog.${table}) returns ${type} stable parallel safe return ${value};`,
    )
    .join('\n'),
};
