/**
 * What is compared, ordered, grouped and computed with values of SUPER, whose types are known only when they are looked
 * at: equality between types is false, everything else between types is NULL (AWS manual, Dynamic typing).
 */
import type { SetupStep } from './step.js';
import { comparisonOperators, mixedComparisons } from './operators.js';
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

/** What a value of SUPER is compared and computed with, and how that becomes SUPER. */
const partners: readonly (readonly [type: string, ofPartner: (side: string) => string])[] = [
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean'].map(
    (type) => [type, (side: string) => `rs_super_of(${side})`] as const,
  ),
  ['text', (side) => `rs_super_of_raw(${side})`],
];

const operators = `
${comparisonOperators('rs_super', 'super')}
create operator class pg_catalog.rs_super_ops default for type super using btree as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 pg_catalog.rs_super_cmp(super, super);
create operator class pg_catalog.rs_super_ops default for type super using hash as
  operator 1 =, function 1 pg_catalog.rs_super_hash(super);
${partners
  .map(([type, ofPartner]) =>
    mixedComparisons('rs_super', 'super', type, (side, sideType) =>
      sideType === 'super' ? side : ofPartner(side),
    ),
  )
  .join('')}
`;

/** An operation on two values of SUPER, and on one and a value of another type. */
function operation(name: string, sign: string, body: string, types: readonly string[]): string {
  const one = (a: string, b: string, expression: string): string => `
${immutable(`rs_super_${name}(a ${a}, b ${b})`, 'super', expression)}
create operator pg_catalog.${sign} (function = pg_catalog.rs_super_${name}, leftarg = ${a}, rightarg = ${b});`;
  const mixed = partners
    .filter(([type]) => types.includes(type))
    .map(
      ([type, ofPartner]) =>
        one('super', type, `rs_super_${name}(a, ${ofPartner('b')})`) +
        one(type, 'super', `rs_super_${name}(${ofPartner('a')}, b)`),
    );
  return one('super', 'super', body) + mixed.join('');
}

const numbers = ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'];
const [a, b] = ['rs_super_number(a)', 'rs_super_number(b)'];

/** Whole numbers divide as integers do. */
const arithmetic = [
  operation('add', '+', `rs_super_of(${a} + ${b})`, numbers),
  operation('subtract', '-', `rs_super_of(${a} - ${b})`, numbers),
  operation('multiply', '*', `rs_super_of(${a} * ${b})`, numbers),
  operation(
    'divide',
    '/',
    `rs_super_of(case when scale(${a}) = 0 and scale(${b}) = 0 then div(${a}, ${b}) else trim_scale(${a} / ${b}) end)`,
    numbers,
  ),
  operation('modulo', '%', `rs_super_of(mod(${a}, ${b}))`, numbers),
  operation('concat', '||', 'rs_super_of_raw(rs_super_string(a) || rs_super_string(b))', ['text']),
  immutable('rs_super_negate(a super)', 'super', `rs_super_of(- ${a})`),
  'create operator pg_catalog.- (function = pg_catalog.rs_super_negate, rightarg = super);',
].join('\n');

export const superOperatorSteps: readonly SetupStep[] = [
  { name: 'super operators', sql: `${comparing}${operators}` },
  { name: 'super arithmetic', sql: arithmetic },
];
