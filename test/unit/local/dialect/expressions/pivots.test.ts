import { expect, test } from 'vitest';
import { pivots } from '../../../../../src/local/dialect/expressions/pivots.js';
import { piecesOf } from '../../../../../src/local/dialect/pieces.js';
import { expandedBy } from './rewrite.js';

function written(sql: string, ...columns: string[]): string | undefined {
  const result = expandedBy(
    pivots,
    sql,
    columns.map((column) => [0, column]),
  );
  return result?.kind === 'refuse' ? result.message : result?.sql.replaceAll(/\s+/g, ' ');
}

test('PIVOT groups by the columns that it does not name', () => {
  expect(
    written(
      "select * from part pivot (avg(price) for name in ('prop', 'wing' as w)) p",
      'name',
      'price',
      'maker',
    ),
  ).toBe(
    `select * from (SELECT "maker", avg(CASE WHEN "name" = 'prop' THEN price END) AS "prop", ` +
      `avg(CASE WHEN "name" = 'wing' THEN price END) AS "w" FROM part AS rs_input GROUP BY "maker") p`,
  );
  expect(
    written('select * from (select q from part) pivot (count(*) as n for q in (1, null)) where true'),
  ).toBe(
    'select * from (SELECT count(CASE WHEN "q" = 1 THEN 1 END) AS "1_n", count(CASE WHEN "q" IS NULL THEN 1 END) AS "null_n" ' +
      'FROM (select q from part) AS rs_input) AS rs_pivot where true',
  );
});

test('UNPIVOT has a row for each column that is not NULL', () => {
  expect(
    written('select * from t x unpivot (cnt for color in (red, green as g))', 'quality', 'red', 'green'),
  ).toBe(
    `select * from (SELECT "quality", 'red'::varchar AS "color", "red" AS "cnt" FROM t x WHERE "red" IS NOT NULL ` +
      `UNION ALL SELECT "quality", 'g'::varchar AS "color", "green" AS "cnt" FROM t x WHERE "green" IS NOT NULL) AS rs_pivot`,
  );
  expect(written('select * from t unpivot include nulls (cnt for color in (red))', 'red')).toBe(
    `select * from (SELECT 'red'::varchar AS "color", "red" AS "cnt" FROM t AS rs_input) AS rs_pivot`,
  );
});

test('EXCLUDE leaves columns out of every star of the list', () => {
  expect(written('select * exclude a, b from t', 'a', 'b', 'c')).toBe('select "t"."c" from t');
  expect(written('select c as x, y.* exclude (b) from t y, u z', 'b', 'c')).toBe(
    'select c as x, "y"."c" from t y, u z',
  );
  expect(written('with w as (select 1 as a, 2 as b) select * exclude (a) from w')).toContain(
    'select "w"."b" from w',
  );
});

test.each([
  'select * from t',
  'select a as exclude from t',
  'select * exclude (a), b from t',
  'select * exclude (upper(a)) from t',
  'select * from t pivot',
  'select * from t pivot (avg(a) for b)',
  'select * from t, unpivot t.a as v at k',
])('nothing is to be written out in: %s', (sql) => {
  expect(pivots(sql, piecesOf(sql))).toBeUndefined();
});
