/**
 * What is compared, ordered, grouped and computed with values of SUPER, whose types are known only when they are looked
 * at: equality between types is false, everything else between types is NULL (AWS manual, Dynamic typing).
 */
import { inline, internal, procedural } from './define.js';
import type { SetupStep } from './step.js';
import { comparisonOperators, mixedComparisons } from './operators.js';

/**
 * Numbers of any scale are equal, strings are without their trailing blanks, objects and arrays are by their contents.
 * The total order of ORDER BY is another matter than `<`: type by type, and "Amazon" before "AWS" (same page, Order by).
 */
const comparing = [
  inline('rs_unpadded(text)', 'text', `rtrim($1, ' ')`),
  inline('rs_lower(text)', 'text', 'lower($1)'),
  internal('rs_jsonb_cmp(jsonb, jsonb)', 'integer', 'jsonb_cmp'),
  internal('rs_numeric_cmp(numeric, numeric)', 'integer', 'numeric_cmp'),
  internal('rs_string_cmp(text, text)', 'integer', 'bpcharcmp'),
  internal('rs_jsonb_hash(jsonb)', 'integer', 'jsonb_hash'),
  procedural(
    'rs_super_comparable(value super)',
    'jsonb',
    `
declare
  string constant text := pg_catalog.rs_super_string(value);
begin
  if string is null then
    return pg_catalog.rs_after(pg_catalog.rs_super_raw(value), 2)::jsonb;
  end if;
  return pg_catalog.rs_json_string(pg_catalog.rs_unpadded(string))::jsonb;
end`,
  ),
  procedural(
    'rs_super_rank(value super)',
    'integer',
    `
begin
  return case pg_catalog.rs_super_typeof(value) when 'number' then 2 when 'string' then 3 when 'boolean' then 1
    when 'array' then 4 when 'object' then 5 else 0 end;
end`,
  ),
  procedural(
    'rs_super_eq(a super, b super)',
    'boolean',
    `
begin
  return pg_catalog.rs_super_raw(a) = pg_catalog.rs_super_raw(b)
    or pg_catalog.rs_super_rank(a) = pg_catalog.rs_super_rank(b)
    and pg_catalog.rs_super_comparable(a) = pg_catalog.rs_super_comparable(b);
end`,
  ),
  inline('rs_super_ne(a super, b super)', 'boolean', 'not rs_super_eq(a, b)'),
  ...[
    ['lt', '<'],
    ['le', '<='],
    ['gt', '>'],
    ['ge', '>='],
  ].map(([name, sign]) =>
    procedural(
      `rs_super_${name}(a super, b super)`,
      'boolean',
      `
declare
  rank constant integer := pg_catalog.rs_super_rank(a);
begin
  if rank <> pg_catalog.rs_super_rank(b) then
    return null;
  end if;
  return case rank when 2 then pg_catalog.rs_super_number(a) ${sign} pg_catalog.rs_super_number(b)
    when 3 then pg_catalog.rs_super_string(a) ${sign} pg_catalog.rs_super_string(b)
    when 1 then pg_catalog.rs_super_text(a) ${sign} pg_catalog.rs_super_text(b) end;
end`,
    ),
  ),
  procedural(
    'rs_super_cmp(a super, b super)',
    'integer',
    `
declare
  rank constant integer := pg_catalog.rs_super_rank(a);
  difference integer := rank - pg_catalog.rs_super_rank(b);
begin
  if difference <> 0 then
    return difference;
  elsif rank = 2 then
    return pg_catalog.rs_numeric_cmp(pg_catalog.rs_super_number(a), pg_catalog.rs_super_number(b));
  elsif rank = 3 then
    difference := pg_catalog.rs_string_cmp(
      pg_catalog.rs_lower(pg_catalog.rs_super_string(a)), pg_catalog.rs_lower(pg_catalog.rs_super_string(b)));
    if difference <> 0 then
      return difference;
    end if;
  end if;
  return pg_catalog.rs_jsonb_cmp(pg_catalog.rs_super_comparable(a), pg_catalog.rs_super_comparable(b));
end`,
  ),
  inline('rs_super_hash(value super)', 'integer', 'rs_jsonb_hash(rs_super_comparable(value))'),
].join('\n');

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
${inline(`rs_super_${name}(a ${a}, b ${b})`, 'super', expression)}
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

/**
 * Between numbers, with the scale of a division by its operands' digits (AWS manual, Operators and functions of SUPER;
 * Computations with numeric values); whole numbers divide as integers do. `+` also puts two strings together.
 */
const arithmetic = [
  inline(
    'rs_digits(value numeric)',
    'integer',
    `greatest(length(ltrim(replace(abs(value)::text, '.', ''), '0')), scale(value), 1)`,
  ),
  inline(
    'rs_quotient(a numeric, b numeric, places integer)',
    'numeric',
    'round(div(a * power(10::numeric, places), b) / power(10::numeric, places), places)',
  ),
  procedural(
    'rs_super_quotient(a numeric, b numeric)',
    'numeric',
    `
declare
  scale_of_a constant integer := pg_catalog.rs_digits_after_point(a);
  scale_of_b constant integer := pg_catalog.rs_digits_after_point(b);
  places integer := scale_of_a + pg_catalog.rs_digits(b) - scale_of_b + 1;
begin
  if scale_of_a = 0 and scale_of_b = 0 then
    places := 0;
  elsif places < 4 then
    places := 4;
  end if;
  return pg_catalog.rs_quotient(a, b, places);
end`,
  ),
  procedural(
    'rs_super_sum(a super, b super)',
    'super',
    `
declare
  number constant numeric := pg_catalog.rs_super_number(a) + pg_catalog.rs_super_number(b);
begin
  if number is not null then
    return pg_catalog.rs_super_of(number);
  end if;
  return pg_catalog.rs_super_of_raw(pg_catalog.rs_super_string(a) || pg_catalog.rs_super_string(b));
end`,
  ),
  operation('add', '+', 'rs_super_sum(a, b)', [...numbers, 'text']),
  operation('subtract', '-', `rs_super_of(${a} - ${b})`, numbers),
  operation('multiply', '*', `rs_super_of(${a} * ${b})`, numbers),
  operation('divide', '/', `rs_super_of(rs_super_quotient(${a}, ${b}))`, numbers),
  operation('modulo', '%', `rs_super_of(mod(${a}, ${b}))`, numbers),
  operation('concat', '||', 'rs_super_of_raw(rs_super_string(a) || rs_super_string(b))', ['text']),
  inline('rs_super_negate(a super)', 'super', `rs_super_of(- ${a})`),
  'create operator pg_catalog.- (function = pg_catalog.rs_super_negate, rightarg = super);',
  inline('rs_super_plus(a super)', 'super', `rs_super_of(${a})`),
  'create operator pg_catalog.+ (function = pg_catalog.rs_super_plus, rightarg = super);',
].join('\n');

export const superOperatorSteps: readonly SetupStep[] = [
  { name: 'super operators', sql: `${comparing}${operators}` },
  { name: 'super arithmetic', sql: arithmetic },
];
