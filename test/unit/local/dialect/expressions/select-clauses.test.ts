import { expect, test } from 'vitest';
import { refusalOf, rewritten } from './rewrite.js';

test('TOP is LIMIT at the end of its own query', () => {
  expect(rewritten('select top 3 a from t order by a')).toBe('select a from t order by a LIMIT 3');
  expect(rewritten('select * from (select top 1 a from t order by b) x where a > 1')).toBe(
    'select * from (select a from t order by b LIMIT 1) x where a > 1',
  );
  expect(rewritten('create view v as select top 2 a from t with no schema binding')).toBe(
    'create view v as select a from t LIMIT 2 with no schema binding',
  );
  expect(rewritten('select top (2) a from t offset 1')).toBe('select a from t LIMIT (2) offset 1');
});

test('neither TOP nor LIMIT may be inside of a set operation, but at its end and in queries in FROM', () => {
  for (const sql of [
    '(select a from t limit 1) intersect select b from u',
    'select a from t union all ((select b from u limit 1))',
    'select top 1 a from t union all select b from u',
  ]) {
    expect(refusalOf(sql)?.message).toBe('LIMIT may not be used within input to set operations');
  }
  for (const sql of [
    'select a from t union select b from u limit 1',
    'select a from (select b from u limit 1) union select 1',
  ]) {
    expect(refusalOf(sql)).toBeUndefined();
  }
});

test('TOP and LIMIT together are refused; a column may be called top', () => {
  expect(refusalOf('select top 1 a from t limit 2')?.message).toContain('TOP');
  expect(rewritten('select t.top from t')).toBe('select t.top from t');
});

test('QUALIFY drops rows behind the window functions', () => {
  expect(rewritten('select a, b as r from t qualify rank() over (order by b) = 1 order by a limit 2')).toBe(
    'select a, b as r from t order by a, rs_qualify(rank() over (order by b) = 1) limit 2',
  );
  expect(rewritten('begin select a, rank() over (order by b) as r into c from t qualify r = 1; end')).toBe(
    'begin select a, rank() over (order by b) as r into c from t ORDER BY rs_qualify((rank() over (order by b)) = 1); end',
  );
  expect(rewritten('select * from t x qualify row_number() over (order by a) = 1')).toBe(
    'select * from t x ORDER BY rs_qualify(row_number() over (order by a) = 1)',
  );
  expect(rewritten('select distinct a from t x qualify row_number() over (order by a) = 1 order by a')).toBe(
    'SELECT DISTINCT * FROM (select a from t x ORDER BY rs_qualify(row_number() over (order by a) = 1)) AS rs_distinct order by a',
  );
});

test('GROUP BY ALL groups by the items without an aggregate', () => {
  expect(rewritten('select a, count(*), b + 1 from t group by all order by 1')).toBe(
    'select a, count(*), b + 1 from t group by 1, 3 order by 1',
  );
  expect(rewritten('select count(*) from t group by all')).toBe('select count(*) from t');
});

test('MINUS is EXCEPT; only UNION has ALL', () => {
  expect(rewritten('select 1 minus select 2')).toBe('select 1 EXCEPT select 2');
  expect(rewritten('select t.minus from t')).toBe('select t.minus from t');
  expect(refusalOf('select 1 minus all select 2')).toMatchObject({ message: 'MINUS ALL is not supported' });
  expect(refusalOf('select 1 except all select 2')).toBeDefined();
  expect(refusalOf('select 1 union all select 2')).toBeUndefined();
});
