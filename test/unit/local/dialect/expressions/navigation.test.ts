import { describe, expect, test } from 'vitest';
import { rewritten } from './rewrite.js';

describe('paths', () => {
  test('begin behind the column of an alias', () => {
    expect(rewritten('select x.data.a.b[0] from t x')).toBe(
      `select rs_super_get(rs_super_get(rs_super_get(x.data, 'a'), 'b'), 0) AS "b" from t x`,
    );
    expect(rewritten('select t.data.a from t')).toBe(`select rs_super_get(t.data, 'a') AS "a" from t`);
    expect(rewritten('select s.t.data.a from s.t')).toBe(
      `select rs_super_get(s.t.data, 'a') AS "a" from s.t`,
    );
  });

  test('begin with a column when no relation has that name', () => {
    expect(rewritten('select data.a, data[1] from t')).toBe(
      `select rs_super_get(data, 'a') AS "a", rs_super_get(data, 1) AS "data" from t`,
    );
  });

  test('leave names of tables, schemas, types and functions alone', () => {
    for (const sql of [
      'select x.a, s.t.b from s.t join u x on x.a = s.t.a',
      'select pg_catalog.lower(x.a)::pg_catalog.text from pg_catalog.pg_class x',
      "select 1 from t x where x.a operator(pg_catalog.~) 'b' collate pg_catalog.c",
      'insert into s.t select x.a from s.u x',
      'update s.t set a = x.b from s.u x where t.c = x.c',
      'delete from s.t using s.u where t.a = u.a',
      'merge into s.t using s.u on t.a = u.a when matched then update set a = u.b when not matched then insert values (u.a)',
      'grant select, update on s.t to x',
      'revoke select on s.t from x',
      'select a.b from s.a',
      'select (x.a).b from pg_catalog.pg_class x',
      'select a.b',
      'select y.a from (select x.a from s.u x) y',
      'select j.a, u.b from (t join u on t.c = u.c) j',
      'select j.a from (s.t x join s.u y on x.c = y.c) j, s.v z',
      'select 1 from (select a from s.u) y, (select b from s.v join s.w on s.v.c = s.w.c) z',
      'create table s.t as select x.a from s.u x',
    ]) {
      expect(rewritten(sql)).toBe(sql);
    }
  });

  test('are found in every clause and in queries around', () => {
    expect(
      rewritten('select 1 from t x where x.d.a = 1 and exists (select 1 from u y where y.b = x.d.b)'),
    ).toBe(
      "select 1 from t x where rs_super_get(x.d, 'a') = 1 and exists (select 1 from u y where y.b = rs_super_get(x.d, 'b'))",
    );
    expect(rewritten('update t set a = t.d.x where d.y = 1')).toBe(
      "update t set a = rs_super_get(t.d, 'x') where rs_super_get(d, 'y') = 1",
    );
  });

  test('have names of attributes in small letters, or as they are in quotes where case counts', () => {
    expect(rewritten('select x.d.Ab from t x', true)).toBe(`select rs_super_get(x.d, 'ab') AS "ab" from t x`);
    expect(rewritten('select x.d."Ab" from t x', true)).toBe(
      `select rs_super_get(x.d, 'Ab') AS "Ab" from t x`,
    );
    expect(rewritten(`select x.d."a'b" k from t x`)).toBe(`select rs_super_get(x.d, 'a''b') k from t x`);
  });

  test('may begin with a call or with brackets', () => {
    expect(rewritten("select json_parse('[1]')[0], (x.d)[1] k, f(x.d).a k from t x")).toBe(
      `select rs_super_get(json_parse('[1]'), 0) AS "json_parse", rs_super_get((x.d), 1) k, rs_super_get(f(x.d), 'a') k from t x`,
    );
  });

  test('take any whole number as a subscript', () => {
    expect(rewritten('select x.d[i.n + 1].a k from t x, u i')).toBe(
      "select rs_super_get(rs_super_get(x.d, (i.n + 1)::integer), 'a') k from t x, u i",
    );
  });

  test('do not begin with a record of a procedure', () => {
    const body =
      'begin for rec in select a.b from s.a loop x := rec.b; select y.c into z from u y where y.d = rec.e; end loop; end';
    expect(rewritten(body)).toBe(body);
  });
});

describe('items of FROM', () => {
  test('iterate over arrays, one in the other', () => {
    expect(rewritten('select c.*, o, l.q from t c, c.orders o, o.lines AS l')).toBe(
      `select c.*, "o"."o", rs_super_get("l"."l", 'q') AS "q" from t c, ` +
        `rs_super_elements(c.orders) AS "o"("o"), rs_super_elements(rs_super_get("o"."o", 'lines')) AS "l"("l")`,
    );
  });

  test('tell the place behind AT, and take keywords as names', () => {
    expect(rewritten('select array, i from t c, c.d.a as array at i')).toBe(
      `select "array"."array", "array"."i" from t c, rs_super_elements_at(rs_super_get(c.d, 'a')) AS "array"("array", "i")`,
    );
  });

  test('iterate over the attributes of an object', () => {
    expect(rewritten('select k, v from t c, unpivot c.d as v at k')).toBe(
      `select "v"."k", "v"."v" from t c, rs_super_attributes_at(c.d) AS "v"("v", "k")`,
    );
  });

  test('may be joined, may have no alias, may be in a query inside', () => {
    expect(rewritten('select items.a x from t c left join c.items on true')).toBe(
      `select rs_super_get("items"."items", 'a') x from t c left join rs_super_elements(c.items) AS "items"("items") on true`,
    );
    expect(rewritten('select (select count(*) from c.items i) from t c')).toBe(
      'select (select count(*) from rs_super_elements(c.items) AS "i"("i")) from t c',
    );
  });
});
