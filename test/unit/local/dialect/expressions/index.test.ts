import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lateralAliases } from '../../../../../src/local/dialect/expressions/lateral-aliases.js';
import { missingRelations } from '../../../../../src/local/dialect/expressions/missing-relations.js';
import { pivots } from '../../../../../src/local/dialect/expressions/pivots.js';
import { expandedBy, outcome, refusalOf, rewritten } from './rewrite.js';

const words =
  'SELECT TOP DISTINCT ALL FROM WHERE GROUP BY HAVING QUALIFY ORDER LIMIT UNION MINUS EXCEPT JOIN ON AS AT UNPIVOT UPDATE SET ' +
  'DELETE WITH OVER PARTITION ROWS UNBOUNDED PRECEDING WITHIN IGNORE NULLS DATEADD DATEDIFF EXTRACT DECODE NVL NVL2 NULLIF LISTAGG ' +
  'MEDIAN PERCENTILE_CONT APPROXIMATE COUNT SUM LAG LEAD FIRST_VALUE RATIO_TO_REPORT CONVERT INTERVAL YEAR TO MONTH ARRAY OBJECT ' +
  'SYSDATE CURRENT_DATE day a b c t CASE WHEN END DESC LATERAL FILTER PIVOT EXCLUDE FOR IN';
const signs = [
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  ';',
  '::',
  '+',
  '*',
  '=',
  "'x'",
  '"q"',
  '1',
  '0.5',
  '$1',
  "'open",
  '-- c\n',
  '/* c */',
];
const token = fc.constantFrom(...words.split(' '), ...signs);
const soup = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(' '));

describe('any text', () => {
  test('is rewritten or refused, never thrown at', () => {
    fc.assert(
      fc.property(soup, (sql) => {
        const { refusal, position, sql: text } = outcome(sql);
        if (refusal?.at !== undefined) expect(refusal.at).toBeLessThanOrEqual(sql.length);
        for (let offset = 0; offset <= text.length; offset++) {
          const place = position(offset);
          if (place !== undefined && offset < text.length) expect(sql[place]).toBe(text[offset]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('is written out or refused by what asks the catalog, never thrown at', () => {
    fc.assert(
      fc.property(soup, (sql) => {
        for (const expand of [pivots, lateralAliases, missingRelations]) {
          const result = expandedBy(expand, sql, [
            [0, 'a'],
            [0, 'b'],
          ]);
          if (result?.kind === 'refuse') expect(result.at).toBeLessThanOrEqual(sql.length);
          else if (result) expect(result.position(0) ?? 0).toBeLessThanOrEqual(sql.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('without the dialect stays as it is', () => {
    const plain = fc.array(
      fc.constantFrom(
        'select',
        'a',
        'b',
        'from',
        't',
        'where',
        '(',
        ')',
        ',',
        '*',
        "'x'",
        'and',
        'lower',
        '-- c\n',
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(plain, (tokens) => {
        const sql = tokens.join(' ');
        expect(outcome(sql)).toMatchObject({ refusal: undefined, sql });
      }),
    );
  });
});

test('comments and literals are never read', () => {
  const sql = "select 'nvl(a, b)' /* dateadd(day, 1, x) */, $$sysdate$$ -- top 1\n";
  expect(outcome(sql).sql).toBe(sql);
});

test('places behind and inside of rewritten calls map back', () => {
  const sql = 'select decode(x, 1, bad_name) from t';
  const { sql: text, position } = outcome(sql);
  expect(position(text.indexOf('bad_name'))).toBe(sql.indexOf('bad_name'));
  expect(position(text.indexOf('from t'))).toBe(sql.indexOf('from t'));
});

test('queries of the system catalog may use arrays', () => {
  expect(rewritten('select 1 from pg_class where relname = any (array[$1, $2])')).toContain('array[$1, $2]');
});

test('a number is a condition, and some functions need no brackets', () => {
  expect(rewritten('select current_namespace from t where 1 and a = 2')).toBe(
    'select current_namespace() from t where 1 <> 0 and a = 2',
  );
  expect(rewritten('select 1 from t where 1 = a')).toBe('select 1 from t where 1 = a');
});

test.each([
  'create table object (a int, median int)',
  'create table if not exists median (x int)',
  'insert into log (a) values (1)',
  'create table t (current_namespace varchar(10))',
  'with object (a) as (select 1) select a from object',
])('names of tables and columns are no functions: %s', (sql) => {
  expect(rewritten(sql)).toBe(sql);
});

test('words of time have the type and the name of Redshift', () => {
  expect(rewritten('select sysdate, current_date from t where a < sysdate')).toBe(
    "select ('now'::text)::timestamp, ('now'::text)::date from t where a < ('now'::text)::timestamp",
  );
  expect(rewritten('select t.sysdate from t')).toBe('select t.sysdate from t');
});

test('CONVERT is a cast', () => {
  expect(rewritten('select convert(varchar(30), nvl(a, b))')).toBe(
    'select CAST(COALESCE(a, b) AS varchar(30))',
  );
});

test('TRY_CAST is a cast that gives NULL', () => {
  expect(rewritten("select try_cast(a as numeric(8,2)), try_cast('x' as int) x from t")).toBe(
    `select CAST(rs_try_cast(a, 'numeric(8,2)', NULL::numeric(8,2)) AS numeric(8,2)) AS "a", ` +
      `CAST(rs_try_cast('x' ::varchar, 'int', NULL::int) AS int) x from t`,
  );
});

test('functions that the engine knows by another name or as a keyword', () => {
  expect(rewritten('select json_serialize(a), log(100) from t')).toBe(
    'select "json_serialize"(a), log(100) AS "dlog10" from t',
  );
});

test('two literals are texts to +', () => {
  expect(rewritten("select 'a' + 'b' + c, d + 'e', date '2008-01-01' + '1 day' from t")).toBe(
    "select 'a'::varchar + 'b' + c, d + 'e', date '2008-01-01' + '1 day' from t",
  );
});

test('intervals with a qualifier are of the interval types', () => {
  expect(rewritten("select interval '1' day, interval '1-2' year to month, interval '2 days'")).toBe(
    "select (interval '1' day)::intervald2s, (interval '1-2' year to month)::intervaly2m, interval '2 days'",
  );
  expect(rewritten("select interval '1.5' day to second (3) + a")).toBe(
    "select (interval '1.5' day to second (3))::intervald2s + a",
  );
  expect(refusalOf("select interval '1 year 1 day' day to second")).toMatchObject({ sqlState: '22007' });
  expect(refusalOf("select interval '1 year 2 months' month")).toBeUndefined();
  expect(refusalOf("select interval '1 min' minute")).toBeUndefined();
});

test('ARRAY and OBJECT make SUPER values', () => {
  expect(rewritten("select array(1, 'a'), object() from t")).toBe(
    `select rs_array(ARRAY[(1)::super, ('a')::super]) AS "array", rs_object(ARRAY[]::super[]) AS "object" from t`,
  );
});

test.each([
  ['select array[1]', '0A000'],
  ["select a -> 'b' from t", '42883'],
  ["select a @> 'b' from t", '42883'],
  ['select count(*) filter (where a) from t', '42601'],
  ['select distinct on (a) a from t', '0A000'],
  ['select * from t, lateral (select 1) x', '42601'],
  ['select * exclude (a), b from t', '42601'],
  ['select * from t pivot (sum(a) for b in (1))', '0A000'],
  ['select * from t unpivot (a for b in (c, d))', '0A000'],
  ['select a from t connect by prior a = b', '0A000'],
  ['select u.a(+) from t, u', '0A000'],
  ['select sum(a) over w from t window w as (partition by b)', '42601'],
  ['select object_transform(a keep b)', '0A000'],
])('%s is refused', (sql, sqlState) => {
  expect(refusalOf(sql)).toMatchObject({ kind: 'refuse', sqlState });
});
