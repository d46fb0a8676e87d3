/** Mathematical functions, and MEDIAN (AWS manual, Math functions, MEDIAN). */
import { hideOne, inline } from './define.js';
import type { SetupStep } from './step.js';

const double = 'double precision';

/** Redshift computes these in double precision, whatever the argument (AWS manual, EXP, LN, LOG, POWER, SQRT). */
const doublesOnly = [
  'exp(numeric)',
  'ln(numeric)',
  'log(numeric)',
  'log10(numeric)',
  'log(numeric, numeric)',
  'pow(numeric, numeric)',
  'power(numeric, numeric)',
  'sqrt(numeric)',
];

/** An integer is its own ceiling and floor, of its own type (AWS manual, CEILING). */
const integers = ['smallint', 'integer', 'bigint'].flatMap((type) =>
  ['ceil', 'ceiling', 'floor'].map((name) => inline(`${name}(${type})`, type, '$1')),
);

/** MEDIAN's result between the two middle values `a` and `b`, and the types that it is computed for (AWS manual, MEDIAN). */
const medians = [
  { result: 'numeric', of: ['smallint', 'integer', 'bigint'], middle: 'round((a + b)::numeric / 2, 1)' },
  { result: 'numeric', of: ['numeric'], middle: 'round((a + b) / 2, greatest(scale(a), scale(b)) + 1)' },
  { result: double, of: ['real', double], middle: `(a + b)::${double} / 2` },
  { result: 'date', of: ['date'], middle: 'a + (b - a) / 2' },
  { result: 'timestamp', of: ['timestamp'], middle: 'a + (b - a) / 2' },
  { result: 'timestamptz', of: ['timestamptz'], middle: 'a + (b - a) / 2' },
];

/** An ordinary aggregate, so that it can have an OVER clause. */
function median(type: string, result: string, middle: string): string {
  return `create function pg_catalog.rs_median(${type}[]) returns ${result} language sql immutable parallel safe
begin atomic
  select ${middle} from (
    select sorted[(cardinality(sorted) + 1) / 2] as a, sorted[cardinality(sorted) / 2 + 1] as b
    from (select array_sort(array_remove($1, null)) as sorted) as whole) as middle;
end;
create aggregate pg_catalog.median(${type}) (sfunc = array_append, stype = ${type}[], finalfunc = pg_catalog.rs_median);`;
}

const ofNumbers = ['abs', 'ceil', 'ceiling', 'floor', 'round', 'sign'];

/** Functions of a number that take a SUPER give one, of the same kind; NULL for what is no number. */
const ofSuper = [...ofNumbers, 'trunc'].map((name) =>
  inline(`${name}(super)`, 'super', `rs_super_of(${name}(rs_super_number($1)))`),
);

/** With those, a literal without a type could be either; it is a number. */
const ofLiterals = ofNumbers.map((name) => inline(`${name}(text)`, double, `${name}($1::${double})`));

export const functionsNumbers: SetupStep = {
  name: 'functions: numbers',
  sql: [
    hideOne(...doublesOnly),
    // What it returns fits both; Redshift says BIGINT (AWS manual, NTILE window function).
    `update pg_catalog.pg_proc set prorettype = 'bigint'::regtype where oid = 'ntile(integer)'::regprocedure;`,
    inline(`log(${double}, ${double})`, double, 'ln($2) / ln($1)'),
    ...integers,
    inline(`round(${double}, integer)`, double, `round($1::numeric, $2)::${double}`),
    inline(`trunc(${double}, integer)`, double, `trunc($1::numeric, $2)::${double}`),
    // The unscaled digits of a decimal (AWS manual, CHECKSUM).
    inline('checksum(integer)', 'integer', '$1'),
    inline('checksum(numeric)', 'integer', `(replace($1::text, '.', ''))::integer`),
    ...medians.flatMap(({ result, of, middle }) => of.map((type) => median(type, result, middle))),
    ...ofSuper,
    ...ofLiterals,
  ].join('\n'),
};
