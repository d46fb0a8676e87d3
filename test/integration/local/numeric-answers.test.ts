/**
 * NUMERIC through the whole local Redshift: precision, scale and digits of computed columns, in text and in binary.
 * The rules are those of the AWS manual (Computations with numeric values, Numeric types, and each function's page).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/index.js';
import { startLocal, type LocalServer } from './harness.js';

let server: LocalServer;
/** Version 2: NUMERIC comes in binary. */
let binary: Connection;
/** Version 0: NUMERIC comes as text. */
let text: Connection;

beforeAll(async () => {
  server = await startLocal();
  binary = await server.connect({ autocommit: true });
  text = await server.connect({ autocommit: true, clientProtocolVersion: 0 });
  await binary.script(`
    create table sales (salesid integer, qtysold smallint, total bigint, pricepaid decimal(8,2), commission decimal(8,2),
      rate double precision);
    insert into sales values (1, 3, 70, 28.05, 4.21, 1.5), (2, 4, 71, 111.15, 16.67, 2.5), (3, null, null, null, null, null);
    create table dec1 (c1 decimal(7,2));
    insert into dec1 values (1.25);
    create table dec2 (c1 decimal(15,3));
    insert into dec2 values (2.125);
    create table wide (n decimal(38,2), k decimal(19,0));
    insert into wide values (123456789012345678901234567890123456.78, 9223372036854775807);
    create view halves as select salesid, pricepaid / 2 as half from sales`);
});
afterAll(async () => {
  await server.stop();
});

type Answer = readonly [sql: string, type: string | readonly string[], rows: readonly (string | null)[]];

const row1 = 'from sales where salesid = 1';

/** One row; for several columns the types and values stand in order. */
const answers: readonly Answer[] = [
  // Precision and scale of computed DECIMAL results
  [`select pricepaid / commission ${row1}`, '17,9', ['6.662707838']],
  [`select commission / pricepaid ${row1}`, '17,9', ['0.150089126']],
  [`select pricepaid * commission ${row1}`, '17,4', ['118.0905']],
  [`select pricepaid + commission ${row1}`, '9,2', ['32.26']],
  [`select pricepaid - commission ${row1}`, '9,2', ['23.84']],
  [`select -pricepaid ${row1}`, '8,2', ['-28.05']],
  // Numeric calculations with INTEGER and DECIMAL types
  [`select commission * qtysold ${row1}`, '14,2', ['12.63']],
  [`select commission * salesid ${row1}`, '19,2', ['4.21']],
  [`select commission * total ${row1}`, '28,2', ['294.70']],
  [`select pricepaid + qtysold ${row1}`, '9,2', ['31.05']],
  [`select pricepaid + salesid ${row1}`, '13,2', ['29.05']],
  [`select total - pricepaid ${row1}`, '22,2', ['41.95']],
  [`select pricepaid / qtysold ${row1}`, '14,8', ['9.35000000']],
  [`select qtysold / 1.5 ${row1}`, '10,4', ['2.0000']],
  ['select 10.0 / 3', '14,12', ['3.333333333333']],
  ['select 2.0 / 3.0', '6,4', ['0.6666']],
  ['select -2.0 / 3.0', '6,4', ['-0.6666']],
  ['select 1.0 / 8.0', '6,4', ['0.1250']],
  ['select 7.5 % 2.25', '3,2', ['0.75']],
  // The scale of a quotient shrinks beyond 38 digits
  [`select total::decimal(19,0) / 3::decimal(19,0) ${row1}`, '38,19', ['23.3333333333333333333']],
  [`select pricepaid::decimal(38,2) / total::decimal(38,2) ${row1}`, '38,4', ['0.4007']],
  // CAST
  ['select cast(109.652 as decimal(4,1))', '4,1', ['109.7']],
  ['select 109.652', '6,3', ['109.652']],
  [
    `select pricepaid::decimal(38,2) * 100000000000000000000 as value ${row1}`,
    '38,2',
    ['2805000000000000000000.00'],
  ],
  ['select 1.5::numeric, 2.5::decimal', ['18,0', '18,0'], ['2', '3']],
  ['select 12::decimal(10,4)', '10,4', ['12.0000']],
  ["select '123.45'::decimal(8,3)", '8,3', ['123.450']],
  ['select 1.25::float8::decimal(6,3)', '6,3', ['1.250']],
  ['select -252252::numeric(36,14)', '36,14', ['-252252.00000000000000']],
  // Literals
  ['select 1.50, 0.25, -3.0, 1.5e3', ['3,2', '3,2', '2,1', '4,0'], ['1.50', '0.25', '-3.0', '1500']],
  ['select 9223372036854775808', '19,0', ['9223372036854775808']],
  // Aggregates
  ['select sum(pricepaid), avg(pricepaid) from sales', ['38,2', '38,2'], ['139.20', '69.60']],
  ['select min(pricepaid), max(commission) from sales', ['8,2', '8,2'], ['28.05', '16.67']],
  ['select sum(pricepaid * qtysold) from sales', '38,2', ['528.75']],
  ['select avg(commission * 1.5) from sales', '38,3', ['15.660']],
  ['select sum(pricepaid) / count(*) from sales', '38,4', ['46.4000']],
  // AVG has the argument's scale wherever it stands, and is cut there.
  ['select avg(c1) * 1.5, avg(c1)::varchar::decimal(5,2) from dec1', ['38,3', '5,2'], ['1.875', '1.25']],
  ['select avg(salesid::decimal(5,0) * 0.5) * 10 from sales where salesid < 3', '38,1', ['7.0']],
  ['select avg(pricepaid / 3) from sales', '38,13', ['23.2000000000000']],
  [
    'select avg(commission) over (order by salesid rows unbounded preceding) from sales order by salesid limit 1',
    '38,2',
    ['4.21'],
  ],
  // Quotients are cut wherever they stand.
  ['select 2.0 / 3 * 100', '24,12', ['66.666666666600']],
  [`select (pricepaid / commission)::varchar::decimal(38,20) ${row1}`, '38,20', ['6.66270783800000000000']],
  ['select sum(pricepaid / commission) from sales', '38,9', ['13.330374304']],
  ['select round(2.0 / 3, 2), 1.0 / 3 + 1.0 / 3', ['13,2', '14,12'], ['0.67', '0.666666666666']],
  ['select commission from sales where pricepaid / commission = 6.667666466', '8,2', ['16.67']],
  ['select sum(n) from wide', '38,2', ['123456789012345678901234567890123456.78']],
  // Functions of numbers
  [
    `select round(pricepaid), round(pricepaid, 1), round(pricepaid, -1) ${row1}`,
    ['8,0', '8,1', '8,0'],
    ['28', '28.1', '30'],
  ],
  [
    'select trunc(111.15), trunc(111.15, 1), trunc(111.15, -1)',
    ['5,0', '5,1', '5,0'],
    ['111', '111.1', '110'],
  ],
  [`select ceiling(pricepaid), floor(pricepaid) ${row1}`, ['8,0', '8,0'], ['29', '28']],
  ['select abs(-28.05), sign(-28.05)', ['4,2', '1,0'], ['28.05', '-1']],
  ['select mod(10.5, 4)', '3,1', ['2.5']],
  [
    "select to_number('12,454.8-', '99G999D9S'), to_number('12454.88', '99999D99')",
    ['6,1', '7,2'],
    ['-12454.8', '12454.88'],
  ],
  // Set operators, COALESCE, DECODE
  ['select c1 from dec1 union select c1 from dec2 order by 1 limit 1', '15,3', ['1.250']],
  ['select c1 from dec1 intersect select 1.25', '7,2', ['1.25']],
  ['select coalesce(pricepaid, 0) from sales where salesid = 3', '12,2', ['0.00']],
  ['select nvl(pricepaid, 1.125) from sales where salesid = 3', '9,3', ['1.125']],
  [`select decode(salesid, 1, 1.5, 2.25) ${row1}`, '3,2', ['1.50']],
  [`select case when salesid = 1 then pricepaid else 0.125 end ${row1}`, '9,3', ['28.050']],
  [
    `select greatest(pricepaid, 10.125), least(pricepaid, 10.125) ${row1}`,
    ['9,3', '9,3'],
    ['28.050', '10.125'],
  ],
  [`select nullif(pricepaid, 28.05) ${row1}`, '8,2', [null]],
  // Where the column comes from
  [`select x.q from (select pricepaid * 2 as q, salesid from sales) x where salesid = 1`, '19,2', ['56.10']],
  [
    'with w as (select sum(pricepaid) as s from sales) select s, s / 2 from w',
    ['38,2', '38,4'],
    ['139.20', '69.6000'],
  ],
  ['select (select max(pricepaid) from sales)', '8,2', ['111.15']],
  ['select half from halves where salesid = 1', '19,13', ['14.0250000000000']],
  ['select sum(pricepaid) over () from sales limit 1', '38,2', ['139.20']],
  ['select lag(pricepaid) over (order by salesid) from sales order by salesid limit 1', '8,2', [null]],
  [
    'select k, n from wide',
    ['19,0', '38,2'],
    ['9223372036854775807', '123456789012345678901234567890123456.78'],
  ],
];

describe.each(answers)('%s', (sql, type, row) => {
  const types = typeof type === 'string' ? [type] : type;
  it.each(['binary', 'text'] as const)('in %s', async (form) => {
    const conn = form === 'binary' ? binary : text;
    const result = await conn.query(sql, [], { rowMode: 'array' });
    expect(result.columns.map(({ precision, scale }) => `${String(precision)},${String(scale)}`)).toEqual(
      types,
    );
    expect(result.rows).toEqual([row]);
  });
});

describe('values that do not fit', () => {
  it.each([
    'select 99999999999999999999999999999999999999.0 * 10',
    'select n * 1000 from wide',
    'select sum(n * 99) from wide',
  ])('%s: an overflow, and the session goes on', async (sql) => {
    for (const conn of [binary, text]) {
      await expect(conn.query(sql)).rejects.toThrow(/overflow/i);
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    }
  });

  it('refuses a cast that has no room, and a division by zero', async () => {
    await expect(text.query('select 123.456::decimal(2,1)')).rejects.toMatchObject({ sqlState: '22003' });
    await expect(text.query('select pricepaid / 0 from sales')).rejects.toMatchObject({ sqlState: '22012' });
  });
});

describe('tables made by queries', () => {
  it('have the types of the computed columns', async () => {
    await binary.query(
      'create table made as select salesid, pricepaid / commission as q, sum(pricepaid) as s, pricepaid * 2 as p from sales group by 1, 2, 4',
    );
    const { rows } = await binary.query(
      `select "column", type from pg_table_def where tablename = 'made'`,
      [],
      { rowMode: 'array' },
    );
    expect(rows).toEqual([
      ['salesid', 'integer'],
      ['q', 'numeric(17,9)'],
      ['s', 'numeric(38,2)'],
      ['p', 'numeric(19,2)'],
    ]);
    expect((await binary.query('select q, s, p from made where salesid = 1')).rows).toEqual([
      { q: '6.662707838', s: '28.05', p: '56.10' },
    ]);
  });

  it('have the common type of a UNION', async () => {
    await binary.query('create table dec3 as select * from dec1 union select * from dec2');
    const { rows } = await binary.query(`select type from pg_table_def where tablename = 'dec3'`);
    expect(rows).toEqual([{ type: 'numeric(15,3)' }]);
  });
});
