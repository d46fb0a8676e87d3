import { expect, test } from 'vitest';
import { datePart } from '../../../../../src/local/dialect/expressions/date-parts.js';
import { refusalOf, rewritten } from './rewrite.js';

test('a bare, quoted or abbreviated part becomes the literal of its full name', () => {
  expect(rewritten('select dateadd(mon, 1, x) a')).toBe("select date_add('month', 1, x) a");
  expect(rewritten('select DATEDIFF("qtr", x, y)')).toBe("select date_diff('quarter', x, y)");
  expect(rewritten("select date_part('W', x)")).toBe("select pgdate_part('week', x)");
  expect(rewritten('select pgdate_part(dayofweek, x)')).toBe("select pgdate_part('dow', x)");
});

test('m is minutes, not months, and ms is milliseconds', () => {
  expect(datePart('m')).toBe('minute');
  expect(datePart('MS')).toBe('millisecond');
  expect(datePart('c')).toBe('century');
  expect(datePart('fortnight')).toBeUndefined();
});

test('EXTRACT keeps its form and gets the name of Redshift for its column', () => {
  expect(rewritten('select extract(qtr from x) from t')).toBe(
    `select extract('quarter' from x) AS "date_part" from t`,
  );
  expect(rewritten('select extract(sec from x) as s, (extract(epoch from y))::int from t')).toBe(
    `select extract('second' from x) as s, (extract('epoch' from y))::int AS "date_part" from t`,
  );
});

test('an unknown part is refused by name, at its place', () => {
  expect(refusalOf('select dateadd(foo, 1, x)')).toMatchObject({
    sqlState: '22023',
    message: 'timestamp units "foo" not recognized',
    at: 15,
  });
});

test('calls inside calls are rewritten too', () => {
  expect(rewritten('select dateadd(d, datediff(day, a, b), c)')).toBe(
    "select date_add('day', date_diff('day', a, b), c)",
  );
});

test('functions of that name in a schema, and arguments that are no part, stay', () => {
  for (const sql of [
    'select mine.dateadd(day, 1, x)',
    'select dateadd(a + b, 1, x)',
    'select dateadd from t',
  ]) {
    expect(rewritten(sql)).toBe(sql);
  }
});
