import { expect, test } from 'vitest';
import { missingRelations } from '../../../../../src/local/dialect/expressions/missing-relations.js';
import { piecesOf } from '../../../../../src/local/dialect/pieces.js';
import { expandedBy } from './rewrite.js';

test('a name before a dot that is neither of FROM nor a column is a missing table', () => {
  const sql = 'select z.a, d.x from s.t where d.y = 1';
  expect(
    expandedBy(missingRelations, sql, [
      [0, 'a'],
      [0, 'd'],
    ]),
  ).toMatchObject({
    kind: 'refuse',
    sqlState: '42P01',
    message: 'missing FROM-clause entry for table "z"',
    at: 7,
  });
  expect(
    expandedBy(missingRelations, sql, [
      [0, 'z'],
      [0, 'd'],
    ]),
  ).toMatchObject({ sql });
});

test('a table that the catalog does not have is for the engine to refuse', () => {
  expect(expandedBy(missingRelations, 'select z.a from nowhere', [])).toMatchObject({
    sql: 'select z.a from nowhere',
  });
});

test('what a function in FROM gives, nobody knows', () => {
  expect(expandedBy(missingRelations, 'select z.b from f(1) x', [])).not.toHaveProperty('kind');
});

test('columns of queries and of what stands around count', () => {
  expect(expandedBy(missingRelations, 'select d.x from (select 1 as d) q', [])).not.toHaveProperty('kind');
  expect(expandedBy(missingRelations, 'select e.x from (select 1 as d) q', [])).toMatchObject({
    sqlState: '42P01',
  });
  const sql = 'select (select d.x from u) from t';
  expect(
    expandedBy(missingRelations, sql, [
      [0, 'a'],
      [1, 'd'],
    ]),
  ).not.toHaveProperty('kind');
});

test.each([
  'select a, t.b, t.c.d, s.u.e from t, s.u',
  'select t.a from t where exists (select 1 from u where u.b = t.b)',
  'begin for r in select a from t loop x := r.a; select b into c from u where d = r.a; end loop; end',
  'select 1',
  'select j.a from (t join u on t.c = u.c) as j',
  'merge into t using u on t.a = u.a when matched then update set d = u.d when not matched then insert values (u.a)',
])('nothing is asked for: %s', (sql) => {
  expect(missingRelations(sql, piecesOf(sql))).toBeUndefined();
});
