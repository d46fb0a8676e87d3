/**
 * What is compared, ordered, grouped and computed with values of SUPER, whose types are known only when they are looked
 * at: equality between types is false, everything else between types is NULL (AWS manual, Dynamic typing).
 */
import type { SetupStep } from './step.js';
import { immutable } from './super.js';

/** Numbers of any scale are equal, strings are without their trailing blanks, objects and arrays are by their contents. */
/** The total order of ORDER BY is another matter than `<`: type by type, and "Amazon" before "AWS" (same page, Order by). */
const comparing = `
${immutable(
  'rs_super_comparable(value super)',
  'jsonb',
  `case rs_super_typeof(value) when 'string' then to_jsonb(rtrim(rs_super_string(value), ' '))
    else substr(rs_super_raw(value), 2)::jsonb end`,
)}
${immutable(
  'rs_super_rank(value super)',
  'integer',
  `case rs_super_typeof(value) when 'null' then 0 when 'boolean' then 1 when 'number' then 2
    when 'string' then 3 when 'array' then 4 else 5 end`,
)}
${immutable('rs_super_eq(a super, b super)', 'boolean', 'rs_super_comparable(a) = rs_super_comparable(b)')}
${immutable('rs_super_ne(a super, b super)', 'boolean', 'rs_super_comparable(a) <> rs_super_comparable(b)')}
${[
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
]
  .map(([name, sign]) =>
    immutable(
      `rs_super_${name}(a super, b super)`,
      'boolean',
      `case when rs_super_rank(a) = rs_super_rank(b) and rs_super_rank(a) between 1 and 3
        then rs_super_comparable(a) ${sign} rs_super_comparable(b) end`,
    ),
  )
  .join('\n')}
${immutable(
  'rs_super_cmp(a super, b super)',
  'integer',
  `case when rs_super_rank(a) <> rs_super_rank(b) then rs_super_rank(a) - rs_super_rank(b)
    when rs_super_rank(a) = 3 and lower(rs_super_string(a)) <> lower(rs_super_string(b))
    then bttextcmp(lower(rs_super_string(a)), lower(rs_super_string(b)))
    else jsonb_cmp(rs_super_comparable(a), rs_super_comparable(b)) end`,
)}
${immutable('rs_super_hash(value super)', 'integer', 'jsonb_hash(rs_super_comparable(value))')}
`;

interface Comparison {
  readonly sign: string;
  readonly name: string;
  readonly commutator: string;
  readonly negator: string;
}

const comparisons: readonly Comparison[] = [
  { sign: '=', name: 'eq', commutator: '=', negator: '<>' },
  { sign: '<>', name: 'ne', commutator: '<>', negator: '=' },
  { sign: '<', name: 'lt', commutator: '>', negator: '>=' },
  { sign: '<=', name: 'le', commutator: '>=', negator: '>' },
  { sign: '>', name: 'gt', commutator: '<', negator: '<=' },
  { sign: '>=', name: 'ge', commutator: '<=', negator: '<' },
];

const estimates: Readonly<Record<string, string>> = {
  '=': 'restrict = eqsel, join = eqjoinsel, hashes',
  '<>': 'restrict = neqsel, join = neqjoinsel',
  '<': 'restrict = scalarltsel, join = scalarltjoinsel',
  '<=': 'restrict = scalarlesel, join = scalarlejoinsel',
  '>': 'restrict = scalargtsel, join = scalargtjoinsel',
  '>=': 'restrict = scalargesel, join = scalargejoinsel',
};

/** With strings and booleans, which do not become SUPER by themselves. */
const mixed = ['text', 'boolean']
  .flatMap((type) => {
    const value = type === 'text' ? 'rs_super_of_raw($2)' : 'rs_super_of($2)';
    const other = type === 'text' ? 'rs_super_of_raw($1)' : 'rs_super_of($1)';
    return comparisons.map(
      ({ sign, name, commutator, negator }) => `
${immutable(`rs_super_${name}(super, ${type})`, 'boolean', `rs_super_${name}($1, ${value})`)}
${immutable(`rs_super_${name}(${type}, super)`, 'boolean', `rs_super_${name}(${other}, $2)`)}
create operator pg_catalog.${sign} (function = pg_catalog.rs_super_${name}, leftarg = super, rightarg = ${type},
  commutator = operator(pg_catalog.${commutator}), negator = operator(pg_catalog.${negator}));
create operator pg_catalog.${sign} (function = pg_catalog.rs_super_${name}, leftarg = ${type}, rightarg = super,
  commutator = operator(pg_catalog.${commutator}), negator = operator(pg_catalog.${negator}));`,
    );
  })
  .join('\n');

const operators = `
${comparisons
  .map(
    ({ sign, name, commutator, negator }) => `
create operator pg_catalog.${sign} (function = pg_catalog.rs_super_${name}, leftarg = super, rightarg = super,
  commutator = operator(pg_catalog.${commutator}), negator = operator(pg_catalog.${negator}), ${estimates[sign]});`,
  )
  .join('')}
create operator class pg_catalog.rs_super_ops default for type super using btree as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 pg_catalog.rs_super_cmp(super, super);
create operator class pg_catalog.rs_super_ops default for type super using hash as
  operator 1 =, function 1 pg_catalog.rs_super_hash(super);
${mixed}
`;

/** Whole numbers divide as integers do. */
const arithmetic = `
${[
  ['add', '+'],
  ['subtract', '-'],
  ['multiply', '*'],
]
  .map(
    ([name, sign]) => `
${immutable(`rs_super_${name}(a super, b super)`, 'super', `rs_super_of(rs_super_number(a) ${sign} rs_super_number(b))`)}
create operator pg_catalog.${sign} (function = pg_catalog.rs_super_${name}, leftarg = super, rightarg = super);`,
  )
  .join('')}
${immutable(
  'rs_super_divide(a super, b super)',
  'super',
  `rs_super_of(case when scale(rs_super_number(a)) = 0 and scale(rs_super_number(b)) = 0
    then div(rs_super_number(a), rs_super_number(b)) else trim_scale(rs_super_number(a) / rs_super_number(b)) end)`,
)}
create operator pg_catalog./ (function = pg_catalog.rs_super_divide, leftarg = super, rightarg = super);
${immutable('rs_super_modulo(a super, b super)', 'super', 'rs_super_of(mod(rs_super_number(a), rs_super_number(b)))')}
create operator pg_catalog.% (function = pg_catalog.rs_super_modulo, leftarg = super, rightarg = super);
${immutable('rs_super_negate(a super)', 'super', 'rs_super_of(- rs_super_number(a))')}
create operator pg_catalog.- (function = pg_catalog.rs_super_negate, rightarg = super);
${immutable('rs_super_concat(a super, b super)', 'super', 'rs_super_of_raw(rs_super_string(a) || rs_super_string(b))')}
create operator pg_catalog.|| (function = pg_catalog.rs_super_concat, leftarg = super, rightarg = super);
${immutable('rs_super_concat(a super, b text)', 'super', 'rs_super_of_raw(rs_super_string(a) || b)')}
create operator pg_catalog.|| (function = pg_catalog.rs_super_concat, leftarg = super, rightarg = text);
${immutable('rs_super_concat(a text, b super)', 'super', 'rs_super_of_raw(a || rs_super_string(b))')}
create operator pg_catalog.|| (function = pg_catalog.rs_super_concat, leftarg = text, rightarg = super);
`;

export const superOperatorSteps: readonly SetupStep[] = [
  { name: 'super operators', sql: `${comparing}${operators}` },
  { name: 'super arithmetic', sql: arithmetic },
];
