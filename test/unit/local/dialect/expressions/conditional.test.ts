import { expect, test } from 'vitest';
import { refusalOf, rewritten } from './rewrite.js';

test('NVL is COALESCE, NVL2 is CASE', () => {
  expect(rewritten('select nvl(a, nvl(b, 0))')).toBe('select COALESCE(a, COALESCE(b, 0))');
  expect(rewritten('select nvl2(a, b, c)')).toBe('select CASE WHEN (a) IS NOT NULL THEN (b) ELSE (c) END');
});

test('DECODE with constants to look for is a simple CASE', () => {
  expect(rewritten("select decode(x, 1, 'a', -2, 'b', 'c')")).toBe(
    "select CASE (x) WHEN (1) THEN ('a') WHEN (-2) THEN ('b') ELSE ('c') END",
  );
  expect(rewritten('select decode(x, 1, 2)')).toBe('select CASE (x) WHEN (1) THEN (2) END');
});

test('DECODE with anything else compares so that NULL equals NULL', () => {
  expect(rewritten('select decode(x, null, 0, y, 1, 2)')).toBe(
    'select CASE WHEN (x) IS NOT DISTINCT FROM (null) THEN (0) WHEN (x) IS NOT DISTINCT FROM (y) THEN (1) ELSE (2) END',
  );
});

test('what is decoded is written with its own rewriting', () => {
  expect(rewritten('select decode(nvl(x, 1), y, 1, z, 2)')).toContain(
    'WHEN (COALESCE(x, 1)) IS NOT DISTINCT FROM (z)',
  );
});

test('too few or empty arguments are for the engine to refuse', () => {
  for (const sql of ['select decode(x, 1)', 'select nvl2(a, b)', 'select decode(,,)', 'select nvl2(']) {
    expect(rewritten(sql)).toBe(sql);
  }
});

test('a DECODE that would grow without bounds is refused', () => {
  let sql = 'x';
  for (let depth = 0; depth < 12; depth++) sql = `decode(${sql}, a, 1, b, 2, c, 3, d, 4)`;
  expect(refusalOf(`select ${sql}`)).toMatchObject({ sqlState: '54001' });
});

test('the column of NULLIF is called as its first argument is', () => {
  expect(
    rewritten(
      'select nullif(t.a, 1), nullif(b, 2) c, 1 + nullif(d, 3), nullif(1, 2), nullif(f(x), 1) from t',
    ),
  ).toBe(
    'select nullif(t.a, 1) AS "a", nullif(b, 2) c, 1 + nullif(d, 3), nullif(1, 2) AS "case", nullif(f(x), 1) AS "f" from t',
  );
});
