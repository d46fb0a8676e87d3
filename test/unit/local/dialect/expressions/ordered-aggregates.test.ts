import { expect, test } from 'vitest';
import { refusalOf, rewritten } from './rewrite.js';

test('LISTAGG has its order inside its brackets', () => {
  expect(rewritten("select listagg(a, ',') within group (order by b desc) from t")).toBe(
    "select listagg(a, ',' order by b desc)::varchar(65535) from t",
  );
  expect(rewritten('select listagg(a) from t')).toBe('select listagg(a)::varchar(65535) from t');
  expect(rewritten("select listagg(distinct a, ',') within group (order by a) from t")).toBe(
    `select rs_listagg_distinct(a, ',' order by a)::varchar(65535) AS "listagg" from t`,
  );
});

test('over a window the order of LISTAGG is the order of the window', () => {
  expect(
    rewritten('select listagg(a) within group (order by nvl(b, 0)) over (partition by c) x from t'),
  ).toBe(
    'select listagg(a) over (partition by c ORDER BY COALESCE(b, 0) ' +
      'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)::varchar(65535) x from t',
  );
});

test('percentiles are functions of the share, the direction and all values', () => {
  expect(rewritten('select percentile_cont(0.5) within group (order by a) from t')).toBe(
    'select rs_percentile_cont(0.5, false, rs_sorted (a)) AS "percentile_cont" from t',
  );
  expect(
    rewritten('select percentile_disc(0.1) within group (order by a desc nulls last) over () d from t'),
  ).toBe('select rs_percentile_disc(0.1, true, rs_sorted (a) over ()) d from t');
  expect(rewritten('select approximate percentile_disc(0.1) within group (order by a) from t')).toBe(
    'select rs_percentile_disc(0.1, false, rs_sorted (a)) AS "percentile_disc" from t',
  );
  expect(rewritten('select median(a) over (partition by b) from t')).toBe(
    'select rs_percentile_cont(0.5, false, rs_sorted(a) over (partition by b)) AS "median" from t',
  );
});

test('RATIO_TO_REPORT stands beside the sum over its window', () => {
  expect(rewritten('select ratio_to_report(a) over (partition by b) from t')).toBe(
    'select rs_ratio(a, SUM(a) over (partition by b)) AS "ratio_to_report" from t',
  );
});

test('APPROXIMATE is for COUNT DISTINCT and PERCENTILE_DISC', () => {
  expect(rewritten('select approximate count(distinct a) from t')).toBe('select count(distinct a) from t');
  expect(refusalOf('select approximate sum(a) from t')).toMatchObject({ at: 7 });
});

test('these windows have neither order nor frame', () => {
  expect(refusalOf('select median(a) over (order by b) from t')?.message).toContain('MEDIAN');
  expect(
    refusalOf('select ratio_to_report(a) over (order by b rows unbounded preceding) from t'),
  ).toBeDefined();
});

test('all sorting aggregates of a query sort by the same', () => {
  const message = 'within group ORDER BY clauses for aggregate functions must be the same';
  expect(refusalOf('select median(a), percentile_cont(0.6) within group (order by b) from t')?.message).toBe(
    message,
  );
  expect(
    refusalOf('select listagg(a) within group (order by b), listagg(b) within group (order by a) from t'),
  ).toBeDefined();
  for (const sql of [
    'select median(b), listagg(a) within group (order by B), listagg(c) from t',
    'select median(a), (select median(b) from u) from t',
    'select median(a), median(b) over () from t',
  ]) {
    expect(refusalOf(sql)).toBeUndefined();
  }
});
