import { expect, test } from 'vitest';
import { refusalOf, rewritten } from './rewrite.js';

test('IGNORE NULLS is an aggregate over a frame, inside the brackets or behind them', () => {
  expect(rewritten('select lag(a) ignore nulls over (order by b) from t')).toBe(
    'select rs_lag(a, 1) over (order by b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "lag" from t',
  );
  expect(rewritten('select lead(a, 2) ignore nulls over (order by b) x from t')).toBe(
    'select rs_lead(a, 2) over (order by b ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) x from t',
  );
  expect(
    rewritten('select first_value(a ignore nulls) over (order by b rows unbounded preceding) x from t'),
  ).toBe('select rs_first_value(a) over (order by b rows unbounded preceding) x from t');
});

test('RESPECT NULLS is what the engine does', () => {
  expect(rewritten('select nth_value(a, 2) respect nulls over () from t')).toBe(
    'select nth_value(a, 2) over () from t',
  );
});

test('an aggregate with ORDER BY in OVER needs a frame', () => {
  const message = 'Aggregate window functions with an ORDER BY clause require a frame clause';
  expect(refusalOf('select sum(a) over (order by b) from t')?.message).toBe(message);
  expect(refusalOf('select last_value(a) over (partition by c order by b) from t')?.message).toBe(message);
  expect(refusalOf('select sum(a) over (order by b rows 1 preceding) from t')).toBeUndefined();
  expect(refusalOf('select sum(a) over (partition by b), rank() over (order by b) from t')).toBeUndefined();
});

test('a frame counts rows', () => {
  expect(refusalOf('select sum(a) over (order by b range unbounded preceding) from t')?.message).toBe(
    'syntax error at or near "range"',
  );
  expect(refusalOf('select sum(a) over (order by rows rows unbounded preceding) from t')).toBeUndefined();
});
