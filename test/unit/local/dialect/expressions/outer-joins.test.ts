import { expect, test } from 'vitest';
import { refusalOf, rewritten } from './rewrite.js';

test('the table of the marked columns may be missing', () => {
  expect(
    rewritten(
      'select a.x, count(b.y) from t a, u b where a.x = b.y(+) and b.z (+) = 1 and a.c between 1 and 2 group by 1',
    ),
  ).toBe(
    'select a.x, count(b.y) from t a LEFT JOIN u b ON a.x = b.y AND b.z = 1 where TRUE and TRUE and a.c between 1 and 2 group by 1',
  );
  expect(rewritten('select 1 from a, b, c where c.i(+) * 10 = b.i and b.i(+) = a.i')).toBe(
    'select 1 from a LEFT JOIN b ON b.i = a.i LEFT JOIN c ON c.i * 10 = b.i where TRUE and TRUE',
  );
});

test('a marked column without its table is of the table that may be missing', () => {
  expect(rewritten('select 1 from c, e where c.i = e.i(+) and j(+) = 796 and c.k = 1')).toBe(
    'select 1 from c LEFT JOIN e ON c.i = e.i AND j = 796 where TRUE and TRUE and c.k = 1',
  );
});

test('what the operator cannot do is refused', () => {
  expect(refusalOf('select 1 from a, b where a.i(+) = b.i or b.j = 0')?.message).toBe(
    'Outer join operator (+) not allowed in operand of OR or IN.',
  );
  expect(refusalOf('select 1 from a join b on true where a.i(+) = b.i')).toBeDefined();
  expect(refusalOf('select 1 from a, b where a.i(+) = b.i and b.i(+) = a.i')).toBeDefined();
  expect(refusalOf('select 1 from a, b where i(+) = b.i')).toBeDefined();
  expect(refusalOf('select 1 from a, b where a.i + 1 (+) = b.i')).toBeDefined();
});
