/** The six comparisons between two types, as functions and operators; what a pair means stands with its types. */

interface Comparison {
  readonly sign: string;
  readonly name: string;
  readonly commutator: string;
  readonly negator: string;
  /** What the planner estimates with when both sides have the same type. */
  readonly estimate: string;
}

export const comparisons: readonly Comparison[] = [
  { sign: '=', name: 'eq', commutator: '=', negator: '<>', estimate: 'eq' },
  { sign: '<>', name: 'ne', commutator: '<>', negator: '=', estimate: 'neq' },
  { sign: '<', name: 'lt', commutator: '>', negator: '>=', estimate: 'scalarlt' },
  { sign: '<=', name: 'le', commutator: '>=', negator: '>', estimate: 'scalarle' },
  { sign: '>', name: 'gt', commutator: '<', negator: '<=', estimate: 'scalargt' },
  { sign: '>=', name: 'ge', commutator: '<=', negator: '<', estimate: 'scalarge' },
];

/** Operators over the functions `pg_catalog.<prefix>_eq(type, type)` and so on, which exist. */
export function comparisonOperators(prefix: string, type: string): string {
  return comparisons
    .map(
      ({ sign, name, commutator, negator, estimate }) => `
create operator pg_catalog.${sign} (function = pg_catalog.${prefix}_${name}, leftarg = ${type}, rightarg = ${type},
  commutator = operator(pg_catalog.${commutator}), negator = operator(pg_catalog.${negator}),
  restrict = ${estimate}sel, join = ${estimate}joinsel${name === 'eq' ? ', hashes, merges' : ''});`,
    )
    .join('');
}

/** Functions and operators between two different types, both ways round; `common` turns either side into one type. */
export function mixedComparisons(
  prefix: string,
  left: string,
  right: string,
  common: (side: string, type: string) => string,
): string {
  const one = (a: string, b: string): string =>
    comparisons
      .map(
        ({ sign, name, commutator, negator }) => `
create function pg_catalog.${prefix}_${name}(a ${a}, b ${b}) returns boolean language sql immutable strict parallel safe
  return ${common('a', a)} ${sign} ${common('b', b)};
create operator pg_catalog.${sign} (function = pg_catalog.${prefix}_${name}, leftarg = ${a}, rightarg = ${b},
  commutator = operator(pg_catalog.${commutator}), negator = operator(pg_catalog.${negator}));`,
      )
      .join('');
  return one(left, right) + one(right, left);
}
