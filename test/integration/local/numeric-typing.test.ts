/** NUMERIC columns typed from the trees that the engine really prints. Every expectation is NUMERIC(precision, scale). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, Notice } from '../../../src/index.js';
import { NumericCatalog, numericColumns, typeOfModifier } from '../../../src/local/numeric-typing/index.js';
import { startPostgresql, type TestServer } from '../postgresql.js';

let server: TestServer;
let conn: Connection;
/** Asks the catalog; nobody prints its trees. */
let side: Connection;
let trees: string[] = [];

beforeAll(async () => {
  server = await startPostgresql();
  conn = await server.connect({ autocommit: true });
  side = await server.connect({ autocommit: true });
  await conn.script(`
    create table sales (salesid integer, qtysold smallint, total bigint, pricepaid numeric(8,2), commission numeric(8,2),
      rate float8, note varchar, loose numeric);
    create table dec1 (c1 numeric(7,2));
    create table dec2 (c1 numeric(15,3));
    create table wide (n numeric(38,2), k numeric(30,10), tiny numeric(5,5));
    create view halves as select salesid, pricepaid / 2 as half, pricepaid from sales;
    create view quarters as select half / 2 as quarter from halves;
    create function double_it(x numeric) returns numeric language sql as 'select $1 * 2';
    create function nvl(a anycompatible, b anycompatible) returns anycompatible language sql as 'select coalesce(a, b)';
    set debug_pretty_print = off; set debug_print_parse = on; set client_min_messages = log`);
  conn.on('notice', (notice: Notice) => {
    if (notice.message === 'parse tree:' && notice.detail !== undefined) trees.push(notice.detail);
  });
});
afterAll(async () => {
  await server.stop();
});

const catalog = new NumericCatalog();

async function shapes(sql: string): Promise<(string | undefined)[]> {
  trees = [];
  await conn.query(sql);
  const tree = trees[0] ?? '';
  let columns = numericColumns(tree, catalog);
  for (let open = catalog.open(); open !== undefined; open = catalog.open()) {
    const { rows } = await side.query(open.sql, [], { rowMode: 'array' });
    const pairs = rows as unknown as [number, string | null][];
    open.answer(pairs.map(([oid, text]) => [String(oid), text] as const));
    columns = numericColumns(tree, catalog);
  }
  return columns.map((modifier) => {
    const type = modifier === undefined ? undefined : typeOfModifier(modifier);
    return type === undefined ? undefined : `${String(type.precision)},${String(type.scale)}`;
  });
}

const of = async (expressions: string, rest = 'from sales'): Promise<(string | undefined)[]> =>
  shapes(`select ${expressions} ${rest}`);

describe('computations with numeric values, as the AWS manual gives them', () => {
  it('divides two DECIMAL(8,2) into a DECIMAL(17,9)', async () => {
    expect(await of('pricepaid / commission')).toEqual(['17,9']);
  });

  it('adds and subtracts', async () => {
    expect(await of('pricepaid + commission, pricepaid - 1.5, 1.25 + 10.5')).toEqual(['9,2', '9,2', '5,2']);
  });

  it('multiplies; a SMALLINT counts as DECIMAL(5,0), INTEGER (10,0), BIGINT (19,0)', async () => {
    expect(
      await of('commission * qtysold, qtysold * commission, commission * salesid, commission * total'),
    ).toEqual(['14,2', '14,2', '19,2', '28,2']);
  });

  it('cuts the precision of a product, never its scale', async () => {
    expect(await of('pricepaid::decimal(38,2) * 100000000000000000000')).toEqual(['38,2']);
  });

  it('takes the scale of a quotient back beyond 38 digits', async () => {
    // (19,0)/(19,0) would be (39,20); (19,2)/(38,19) would be (58,22).
    expect(
      await of(
        'total::numeric(19,0) / total::numeric(19,0), 1::numeric(19,2) / (total::numeric(19,0) / total::numeric(19,0)), 1::numeric(19,2) * (total::numeric(19,0) / total::numeric(19,0))',
      ),
    ).toEqual(['38,19', '38,4', '38,21']);
  });

  it('gives UNION the larger scale and 19 digits at most', async () => {
    expect(await shapes('select * from dec1 union select * from dec2')).toEqual(['15,3']);
    expect(await shapes('select 1::numeric(18,0) union all select 2::numeric(18,10)')).toEqual(['19,10']);
    expect(await shapes('select n from wide union all select tiny from wide')).toEqual(['38,5']);
    expect(
      await shapes('select c1 from dec1 union all select 1 union all select salesid * 1.5 from sales'),
    ).toEqual(['14,2']);
  });

  it('counts the digits of a literal', async () => {
    expect(
      await of(
        '109.652, -1.5, 1.50, 0.05, 0.0, 100000000000000000000, 12345.678901234567890, 1e3, 0.00001, 10000.0001, 99999999.5',
        '',
      ),
    ).toEqual(['6,3', '2,1', '3,2', '3,2', '2,1', '21,0', '20,15', '4,0', '6,5', '9,4', '9,1']);
  });
});

describe('functions and aggregates', () => {
  it('keeps the scale in SUM and AVG, at 38 digits', async () => {
    expect(
      await of('sum(pricepaid), avg(pricepaid), sum(total), min(pricepaid), max(pricepaid * 2)'),
    ).toEqual(['38,2', '38,2', '38,0', '8,2', '19,2']);
    expect(await of('sum(pricepaid) over (), avg(qtysold * pricepaid) over ()')).toEqual(['38,2', '38,2']);
  });

  it('shrinks the scale when it rounds', async () => {
    expect(
      await of(
        'round(pricepaid), round(pricepaid, 1), round(pricepaid, -1), round(pricepaid, 5), trunc(pricepaid), trunc(pricepaid, 1), ceil(pricepaid), ceiling(pricepaid), floor(pricepaid), round(pricepaid, salesid)',
      ),
    ).toEqual(['8,0', '8,1', '8,0', '8,2', '8,0', '8,1', '8,0', '8,0', '8,0', '8,2']);
  });

  it('keeps the type of ABS and a sign, DECIMAL(1,0) for SIGN, the finer scale for MOD', async () => {
    expect(
      await of('abs(pricepaid), -pricepaid, +pricepaid, sign(pricepaid), mod(10.5, 4), 10.55 % 4.1'),
    ).toEqual(['8,2', '8,2', '8,2', '1,0', '3,1', '3,2']);
  });

  it('reads the format of TO_NUMBER', async () => {
    expect(
      await of(`to_number('12,454.8-', 'S99G999D9'), to_number('$ 2,012,454.88', 'L 9,999,999.99')`, ''),
    ).toEqual(['6,1', '9,2']);
  });

  it('finds one type for CASE, COALESCE, NVL, GREATEST, NULLIF, LAG', async () => {
    expect(
      await of(`coalesce(pricepaid, 0), nvl(pricepaid, 1.125), case when true then pricepaid else 1.5 end,
        case salesid when 1 then null else commission end, greatest(pricepaid, 10.12345), nullif(pricepaid, 2),
        lag(pricepaid) over (order by salesid), lag(pricepaid, 1, 0.125) over (order by salesid),
        first_value(pricepaid * 2.5) over (order by salesid)`),
    ).toEqual(['12,2', '9,3', '8,2', '8,2', '11,5', '8,2', '8,2', '9,3', '11,3']);
  });

  it('takes casts at their word', async () => {
    expect(
      await of(
        'pricepaid::numeric(7,3), salesid::numeric(12,4), rate::numeric(10,5), note::numeric(6,1), salesid::numeric, rate::numeric, note::numeric, qtysold::decimal(4,1) * 2',
      ),
    ).toEqual(['7,3', '12,4', '10,5', '6,1', '18,0', '18,0', '18,0', '15,1']);
  });

  it('announces 38 digits and 10 places where nothing tells', async () => {
    expect(await of('double_it(pricepaid), loose, exp(2.5)')).toEqual(['38,10', '38,10', '38,10']);
    trees = [];
    await conn.query('select $1::numeric(10,3), abs($2)', ['1.5', 2n ** 70n]);
    expect(numericColumns(trees[0] ?? '', catalog)).toHaveLength(2);
  });
});

describe('where a column comes from', () => {
  it('follows subqueries, aliases, joins, VALUES and CTEs', async () => {
    expect(await shapes('select q from (select pricepaid * 2 as q from sales) x')).toEqual(['19,2']);
    expect(
      await shapes(
        'with w as (select salesid, pricepaid / 3 as z from sales) select a.z, b.z + 1 from w a join w b using (salesid)',
      ),
    ).toEqual(['19,13', '24,13']);
    expect(await shapes('select * from (values (1.5, 1), (2.25, 2)) v(p, q)')).toEqual(['3,2', undefined]);
    expect(
      await shapes(
        'select p from (select pricepaid * 2 as p from sales) x full join (select commission as p from sales) y using (p)',
      ),
    ).toEqual(['19,2']);
    expect(
      await shapes(
        'with a as (select 1.5 as x), b as (select (select x from a) * 2 as y) select y, (select x + y from a) from b',
      ),
    ).toEqual(['13,1', '14,1']);
  });

  it('follows GROUP BY, HAVING and sublinks', async () => {
    expect(await shapes('select pricepaid * 2, sum(commission) / count(*) from sales group by 1')).toEqual([
      '19,2',
      '38,4',
    ]);
    expect(
      await of(
        '(select sum(n) from wide), (select max(pricepaid) from sales s where s.salesid = sales.salesid)',
      ),
    ).toEqual(['38,2', '8,2']);
  });

  it('follows views', async () => {
    expect(await shapes('select half, pricepaid from halves')).toEqual(['19,13', '8,2']);
    expect(await shapes('select * from quarters')).toEqual(['30,24']);
  });

  it('takes the first arm of a recursive query', async () => {
    expect(
      await shapes(
        'with recursive r(n, x) as (select 1, 1.50 union all select n + 1, x * 1.1 from r where n < 3) select n, x, x / 2 from r',
      ),
    ).toEqual([undefined, '3,2', '14,13']);
  });

  it('tells the columns of CREATE TABLE AS and DECLARE', async () => {
    expect(await shapes('create temp table made as select pricepaid / 2 as z, salesid from sales')).toEqual([
      '19,13',
      undefined,
    ]);
    await conn.query('begin');
    expect(await shapes('declare c cursor for select pricepaid / 2 from sales')).toEqual(['19,13']);
    await conn.query('rollback');
  });

  it('has nothing to say about other types and other statements', async () => {
    expect(await of('salesid, note, rate * 1.5, salesid / 2, null')).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(await shapes('set datestyle = iso')).toEqual([]);
    expect(await shapes('insert into dec1 values (1.5)')).toEqual([]);
  });

  it('is not misled by names', async () => {
    expect(
      await shapes('select 1.5 as ":vartypmod", 2.25 as "{CONST :consttype 1700}", 3.125 as "a (b) \\ c"'),
    ).toEqual(['2,1', '3,2', '4,3']);
    const brackets = '('.repeat(63);
    expect(
      await shapes(`select 1.5 as "${brackets}", 2.25 as "${'}'.repeat(60)}", 3.125 as "${'ß'.repeat(31)}"`),
    ).toEqual(['2,1', '3,2', '4,3']);
    expect(await shapes(`select 1.5 as "${' '.repeat(60)}x", 2.25`)).toEqual(['2,1', '3,2']);
  });

  it('types a sum of a thousand terms, and a query of forty levels', async () => {
    expect(await of(`pricepaid${' + 1.5'.repeat(1000)}`)).toEqual(['38,2']);
    let query = 'select pricepaid as x from sales';
    for (let level = 0; level < 40; level += 1)
      query = `select x + x as x from (${query}) q${String(level)} offset 0`;
    expect(await shapes(query)).toEqual(['38,2']);
  });
});
