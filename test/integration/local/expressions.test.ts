/** Expressions of the dialect on the whole local Redshift, through the driver: what they answer and how columns are called. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Connection } from '../../../src/index.js';
import { startLocal, type LocalServer } from './harness.js';

let local: LocalServer;
let conn: Connection;

beforeAll(async () => {
  local = await startLocal();
  conn = await local.connect({ autocommit: true });
  for (const sql of setup) await conn.query(sql);
});
afterAll(async () => {
  await conn.close();
  await local.stop();
});

const setup = [
  'create table sales (id int, seller int, buyer char(3), qty int, price decimal(8,2), sold timestamp, note varchar(20))',
  `insert into sales values (1, 1, 'a', 10, 1.50, '2008-01-01 10:00:00', 'x'), (2, 1, 'b', 20, 2.50, '2008-01-02 10:00:00', null),
    (3, 2, 'a', 30, 3.75, '2008-02-01 12:30:00', 'z'), (4, 2, 'c', null, 4.00, '2008-02-05 23:59:59', 'Z')`,
  'create table events (id int, payload super)',
  `insert into events values
    (1, json_parse('{"user":{"name":"Ann","age":30,"tags":["a","b"]},"items":[{"sku":"x1","qty":2},{"sku":"x2","qty":5}]}')),
    (2, json_parse('{"user":{"name":"Bob"},"items":[]}')), (3, null)`,
];

/** Names of columns and rows, numbers of 64 bits and NUMERIC as texts. */
async function answer(sql: string, values: readonly unknown[] = []) {
  const { columns, rows } = await conn.query<unknown[]>(sql, [...values], {
    rowMode: 'array',
    types: { timestamp: 'string', timestamptz: 'string', date: 'string' },
  });
  const plain = (value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  return { names: columns.map(({ name }) => name), rows: rows.map((row) => row.map(plain)) };
}

type Case = readonly [sql: string, rows: unknown[][], names?: string[]];

const cases: Record<string, readonly Case[]> = {
  'dates and times': [
    [
      "select dateadd(mon, 1, sold), datediff('day', sold, '2008-03-01'), date_part(dow, sold), extract(year from sold) from sales where id = 1",
      [['2008-02-01 10:00:00', '60', 2, 2008]],
      ['date_add', 'date_diff', 'pgdate_part', 'date_part'],
    ],
    [
      'select sysdate = current_timestamp, current_date = trunc(sysdate) from sales where id = 1',
      [[true, true]],
    ],
    ['select sysdate, current_date from sales where false', [], ['timestamp', 'date']],
    [
      "select date '2008-01-31' + interval '1' month, sold - interval '1' hour from sales where id = 1",
      [['2008-02-29 00:00:00', '2008-01-01 09:00:00']],
    ],
  ],
  conditionals: [
    [
      "select nvl(qty, 0), nvl2(qty, 'y', 'n'), decode(qty, 10, 'ten', null, 'none', 'many'), nullif(qty, 10) from sales order by id",
      [
        [10, 'y', 'ten', null],
        [20, 'y', 'many', 20],
        [30, 'y', 'many', 30],
        [0, 'n', 'none', null],
      ],
      ['coalesce', 'case', 'case', 'qty'],
    ],
    [
      "select convert(varchar(5), id), try_cast(note as int), try_cast('12' as int) as n from sales where id = 1",
      [['1', null, 12]],
      ['id', 'note', 'n'],
    ],
  ],
  'aggregates and windows': [
    [
      "select listagg(distinct buyer, ',') within group (order by buyer) from sales",
      [['a,b,c']],
      ['listagg'],
    ],
    [
      "select id, listagg(id, '-') within group (order by price desc) over (partition by seller) from sales order by 1",
      [
        [1, '2-1'],
        [2, '2-1'],
        [3, '4-3'],
        [4, '4-3'],
      ],
    ],
    [
      'select seller, percentile_disc(0.5) within group (order by id desc), approximate count(distinct buyer) from sales group by 1 order by 1',
      [
        [1, 2, '2'],
        [2, 4, '2'],
      ],
    ],
    [
      'select id, ratio_to_report(qty) over (partition by seller) from sales where seller = 1 order by 1',
      [
        [1, 10 / 30],
        [2, 20 / 30],
      ],
      ['id', 'ratio_to_report'],
    ],
    [
      `select id, lag(note) ignore nulls over (order by id), lead(note, 1) ignore nulls over (order by id),
         first_value(note ignore nulls) over (order by id rows between current row and unbounded following) from sales order by 1`,
      [
        [1, null, 'z', 'x'],
        [2, 'x', 'z', 'z'],
        [3, 'x', 'Z', 'z'],
        [4, 'z', null, 'Z'],
      ],
      ['id', 'lag', 'lead', 'first_value'],
    ],
  ],
  queries: [
    ['select top 2 id from sales order by id desc', [[4], [3]]],
    ['select seller from sales minus select 2', [[1]]],
    [
      'select id, rank() over (partition by seller order by price desc) as r from sales qualify r = 1 order by 1',
      [
        [2, '1'],
        [4, '1'],
      ],
    ],
    [
      'select distinct buyer from sales s qualify row_number() over (partition by buyer order by id) = 1 order by 1',
      [['a  '], ['b  '], ['c  ']],
    ],
    [
      'select seller, count(*) from sales group by all order by 1',
      [
        [1, '2'],
        [2, '2'],
      ],
    ],
    [
      'select qty * 2 as dbl, dbl + 1 as more from sales where dbl > 20 order by more',
      [
        [40, 41],
        [60, 61],
      ],
    ],
    ['select id + 1 as qty, qty from sales where id = 3', [[4, 30]]],
    [
      'select * from (select seller, qty from sales) pivot (sum(qty) for seller in (1, 2 as two))',
      [['30', '30']],
      ['1', 'two'],
    ],
    [
      'select * from (select id, qty, seller from sales where id = 1) unpivot (v for k in (qty, seller))',
      [
        [1, 'qty', 10],
        [1, 'seller', 1],
      ],
      ['id', 'k', 'v'],
    ],
    ['select * exclude (price, sold, note, buyer) from sales where id = 1', [[1, 1, 10]]],
    [
      'select a.id, b.id from sales a, sales b where a.id = b.seller(+) and a.id > 1 order by 1, 2',
      [
        [2, 3],
        [2, 4],
        [3, null],
        [4, null],
      ],
    ],
  ],
  SUPER: [
    [
      'select e.payload.user.name, payload.items[1].sku, payload.items[0].qty::int + 1 from events e where id = 1',
      [['"Ann"', '"x2"', 3]],
      ['name', 'sku', '?column?'],
    ],
    [
      'select id, i.sku, n from events e, e.payload.items as i at n where i.qty > 1 order by 1, 3',
      [
        [1, '"x1"', '0'],
        [1, '"x2"', '1'],
      ],
    ],
    [
      'select k from events e, unpivot e.payload.user as v at k where id = 1 order by 1',
      [['age'], ['name'], ['tags']],
    ],
    [
      'select id, count(i) from events e left join e.payload.items i on true group by id order by id',
      [
        [1, '2'],
        [2, '0'],
        [3, '0'],
      ],
    ],
    [
      'select id, (select sum(i.qty::int) from e.payload.items i) from events e order by 1',
      [
        [1, '7'],
        [2, null],
        [3, null],
      ],
    ],
    ["select array(1, 'a', null), object('k', array(2)).k[0]", [['[1,"a",null]', '2']], ['array', 'k']],
    [
      'select payload.nothing.here, payload.items[7], payload.user[0] from events where id = 1',
      [[null, null, null]],
    ],
  ],
};

describe.each(Object.entries(cases))('%s', (_group, list) => {
  it.each(list.map(([sql, rows, names]) => [sql, rows, names] as const))('%s', async (sql, rows, names) => {
    const result = await answer(sql);
    expect(result.rows).toEqual(rows);
    if (names) expect(result.names).toEqual(names);
  });
});

test('parameters stand where expressions stand', async () => {
  const { rows } = await answer(
    'select nvl($1::int, id), decode(id, $2::int, 1, 0), dateadd(day, $3::int, sold) from sales where id = 2',
    [null, 2, 1],
  );
  expect(rows).toEqual([[2, 1, '2008-01-03 10:00:00']]);
});

test('views and tables made of expressions have the columns of Redshift', async () => {
  await conn.query(
    'create view dated as select dateadd(day, 1, sold), nvl(qty, 0), e.payload.user.name from sales s join events e on e.id = s.id',
  );
  const { names, rows } = await answer('select * from dated order by 1 limit 1');
  expect(names).toEqual(['date_add', 'coalesce', 'name']);
  expect(rows).toEqual([['2008-01-02 10:00:00', 10, '"Ann"']]);
});

test.each([
  ['select sum(qty) over (order by id) from sales', '42601', 'require a frame clause'],
  ['select nope.x from sales s', '42P01', 'nope'],
  ['select decode(qty, 1, missing) from sales', '42703', 'missing'],
  ['select array[1]', '0A000', 'ARRAY'],
  ['select dateadd(fortnight, 1, sold) from sales', '22023', 'fortnight'],
])('%s fails', async (sql, sqlState, message) => {
  const error: unknown = await answer(sql).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ sqlState });
  expect((error as Error).message).toContain(message);
});

test('the place of an error is one of the text that was sent', async () => {
  const sql = "select nvl(qty, 0), decode(qty, 1, 'a', bad) from sales";
  const error: unknown = await answer(sql).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ position: sql.indexOf('bad') + 1 });
});
