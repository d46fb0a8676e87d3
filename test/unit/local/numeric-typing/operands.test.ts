import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../../src/local/dialect/pieces.js';
import { firstOfLeft, lastOfRight } from '../../../../src/local/numeric-typing/operands.js';

/** The operands of the `/` that is marked by spaces around it: `left|right`. */
function operands(sql: string): string {
  const mark = sql.indexOf(' / ') + 1;
  const pieces = piecesOf(sql);
  const at = pieces.findIndex(({ start }) => start === mark);
  const first = firstOfLeft(pieces, at);
  const last = lastOfRight(pieces, at);
  if (first === undefined || last === undefined) return '?';
  return `${sql.slice(pieces[first]?.start, mark).trim()}|${sql.slice(mark + 1, pieces[last]?.end).trim()}`;
}

describe('the operands of a division', () => {
  it.each([
    ['select a / b from t', 'a|b'],
    ['select t.a / s.t.b, c', 't.a|s.t.b'],
    ['select x + a * b / c * d', 'a * b|c'],
    ['select a/b / c', 'a/b|c'],
    ['select a / b/c', 'a|b'],
    ['select a - -b / -c + d', '-b|-c'],
    ['select -a / +-b', '-a|+-b'],
    ['select 2 * -a / b', '2 * -a|b'],
    ['select a % b ^ c / d ^ -e ^ f - g', 'a % b ^ c|d ^ -e ^ f'],
    ['select (a + b) / (c + d), e', '(a + b)|(c + d)'],
    ['select f(a, b / c, d)', 'b|c'],
    ['select a*-b / c', 'a*-b|c'],
    ['select a<-b / c', '-b|c'],
    ['select "A"."b c" / "d"', '"A"."b c"|"d"'],
    ['select a::numeric(8, 2) / b::double precision as x', 'a::numeric(8, 2)|b::double precision'],
    [
      'select a::pg_catalog.numeric(8, 2) / b::timestamp(3) with time zone x',
      'a::pg_catalog.numeric(8, 2)|b::timestamp(3) with time zone',
    ],
    ['select cast(a as numeric) / cast(b as int) x', 'cast(a as numeric)|cast(b as int)'],
    [
      'select case when a then b else c end / case d when 1 then case when e then 2 end end - 1',
      'case when a then b else c end|case d when 1 then case when e then 2 end end',
    ],
    ['select case when a / b > 1 then 1 end', 'a|b'],
    ['select case x when 1 then a / b else c end', 'a|b'],
    ['select case a / b when 1 then 2 end', 'a|b'],
    ['select count(*) / count(*) over (order by x)', 'count(*)|count(*) over (order by x)'],
    [
      'select sum(a) filter (where b) over w / lag(c) ignore nulls over (order by d) x',
      'sum(a) filter (where b) over w|lag(c) ignore nulls over (order by d)',
    ],
    [
      'select listagg(a) within group (order by b) / f(c) within group (order by d) over (e) x',
      'listagg(a) within group (order by b)|f(c) within group (order by d) over (e)',
    ],
    ['select distinct a / b', 'a|b'],
    ['select distinct on (x) a / b', 'a|b'],
    ['select 1 where a = b / c and d', 'b|c'],
    ['select 1 where a between b / c and d', 'b|c'],
    ['select 1 where x and not a / b > c', 'a|b'],
    ['select 1 group by x, a / b having c', 'a|b'],
    ['select 1 order by a / b desc', 'a|b'],
    ['update t set a = b / c where d', 'b|c'],
    ['insert into t values (1, a / b)', 'a|b'],
    ['insert into t (a, b) select c / d', 'c|d'],
    ['select a[1] / b[2][3] x', 'a[1]|b[2][3]'],
    ['select $1 / $2', '$1|$2'],
    ["select '5' / numeric '7' x", "'5'|numeric '7'"],
    ['select a || b / c || d', 'b|c'],
    ['select a / (select max(b) from t)', 'a|(select max(b) from t)'],
    ['select a collate "C" / b collate "C" x', 'a collate "C"|b collate "C"'],
    ['select a / ', '?'],
    ['select / a', '?'],
    ['select ) / a', '?'],
    ['select a / from', '?'],
    ['select end / a', '?'],
    ['select a / case b', '?'],
  ])('%s', (sql, expected) => {
    expect(operands(sql)).toBe(expected);
  });
});
