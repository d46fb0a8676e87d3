import { expect, test } from 'vitest';
import { lateralAliases } from '../../../../../src/local/dialect/expressions/lateral-aliases.js';
import { piecesOf } from '../../../../../src/local/dialect/pieces.js';
import { expandedBy } from './rewrite.js';

function ask(sql: string) {
  return lateralAliases(sql, piecesOf(sql));
}

function replaced(sql: string, ...columns: [number, string][]): string | undefined {
  const result = expandedBy(lateralAliases, sql, columns);
  return result?.kind === 'refuse' ? result.message : result?.sql;
}

test('an alias stands for its expression in the items behind it', () => {
  expect(replaced('select a / b as p, round(100 * p, 1) as q, q + p from t')).toBe(
    'select a / b as p, round(100 * (a / b), 1) as q, (round(100 * (a / b), 1)) + (a / b) from t',
  );
  expect(replaced('select a + 1 x, x from t')).toBe('select a + 1 x, (a + 1) AS "x" from t');
});

test('an alias may stand in the clauses behind FROM; alone in GROUP BY and ORDER BY it is one to the engine too', () => {
  expect(
    replaced('select a + 1 as b from t where b > 1 group by b, b * 2 having b < 3 order by b desc, b + 1'),
  ).toBe(
    'select a + 1 as b from t where (a + 1) > 1 group by b, (a + 1) * 2 having (a + 1) < 3 order by b desc, (a + 1) + 1',
  );
});

test('QUALIFY knows the aliases as well', () => {
  expect(replaced('select a, rank() over (order by a) r from t x qualify r = 1')).toBe(
    'select a, rank() over (order by a) r from t x qualify (rank() over (order by a)) = 1',
  );
});

test('a path may begin with an alias, unless FROM has a table of that name', () => {
  expect(replaced('select x.d as p, p.a.b, p[0] q from t x')).toBe(
    'select x.d as p, (x.d).a.b, (x.d)[0] q from t x',
  );
  expect(ask('select a as p, p.b, p.* from t p')).toBeUndefined();
});

test('the catalog is asked for the columns of the tables in FROM, and a column comes first', () => {
  const sql = 'select a + 1 as b, b * 2 as c from s.t, "U" x';
  expect(ask(sql)?.question.parameters).toEqual(['"s"."t"', '"U"']);
  expect(replaced(sql, [1, 'b'])).toBe(sql);
  expect(replaced(sql, [1, 'c'])).toBe('select a + 1 as b, (a + 1) * 2 as c from s.t, "U" x');
});

test('columns of queries in FROM and in WITH are read from the text', () => {
  for (const sql of [
    'select a + 1 as b, b from (select 1 as a, 2 as b) x',
    'with x as (select 1 as a, 2 as b) select a + 1 as b, b from x',
    'with y as (select 1 a, 2 b), x(c) as (select * from y) select a + 1 as b, b from x',
    'select a + 1 as b, b from t, t.d as b',
  ]) {
    expect(replaced(sql)).toBe(sql);
  }
  expect(replaced('select a + 1 as b, b c from (select 1 as a) x')).toBe(
    'select a + 1 as b, (a + 1) c from (select 1 as a) x',
  );
});

test.each([
  'select a as x from t',
  'select t.a as a, upper(a) from t',
  'select x, a as x from t',
  'select extract(year from d) as year, extract(month from d) as month, datediff(year, d, e), dateadd("year", 1, d) from t',
  "select a as date, b::date, date '2020-01-01', convert(date, c) from t",
  'select a as b, (select b from u), u.b, b(1) from t',
  'insert into t values (1, 2)',
  'select 1 union select 2',
])('no alias is used in: %s', (sql) => {
  expect(ask(sql)).toBeUndefined();
});

test('places lead back to the text of the client', () => {
  const sql = 'select a + 1 as b, b + bad from t';
  const result = expandedBy(lateralAliases, sql, []);
  expect(result).not.toHaveProperty('kind');
  if (result?.kind === undefined) {
    expect(result?.position(result.sql.indexOf('bad'))).toBe(sql.indexOf('bad'));
  }
});

test('what grows without bounds stops growing', () => {
  const items = Array.from({ length: 60 }, (_, at) =>
    at === 0 ? 'a || a as x0' : `x${at - 1} || x${at - 1} as x${at}`,
  );
  expect(replaced(`select ${items.join(', ')} from t`)?.length).toBeLessThan(3_000_000);
});
