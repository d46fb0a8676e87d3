/** What becomes what, lengths in bytes, and how strings and numbers compare (AWS manual, Data types). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemplateEngine, type TemplateEngine } from './engine-harness.js';

let local: TemplateEngine;
beforeAll(async () => {
  local = await startTemplateEngine();
});
afterAll(() => local.stop());

const value = (sql: string, params?: readonly unknown[]): Promise<unknown> => local.value(sql, params);

/** `expression` over constants and, so that nothing is worked out before, over columns. */
async function both(expression: string, columns: Readonly<Record<string, string>>): Promise<unknown[]> {
  const constant = Object.entries(columns).reduce(
    (text, [name, source]) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `(${source})`),
    expression,
  );
  const list = Object.entries(columns).map(([name, source]) => `${source} as ${name}`);
  return [
    await value(`select ${constant}`),
    await value(`select ${expression} from (select ${list.join(', ')} offset 0) t`),
  ];
}

describe('strings', () => {
  it.each([
    ['abcdé', 'varchar(5)', 'abcd'],
    ['éé', 'varchar(3)', 'é'],
    ['€€', 'varchar(5)', '€'],
    ['€', 'varchar(2)', ''],
    ['😀a', 'varchar(3)', ''],
    ['😀a', 'varchar(4)', '😀'],
    ['abc', 'varchar(65535)', 'abc'],
    ['abcdef', 'char(3)', 'abc'],
    ['a', 'char(3)', 'a  '],
    ['éa', 'char(2)', 'é'],
    ['éa', 'char(5)', 'éa  '],
    ['2008', 'char(4)', '2008'],
  ])('%s cast to %s keeps whole characters in so many bytes', async (text, type, expected) => {
    expect(await value(`select $1::text::${type}`, [text])).toBe(expected);
    expect(await value(`select v::${type} from (select $1::text as v offset 0) t`, [text])).toBe(expected);
  });

  it('of any text and length stay within it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        async (text, bytes) => {
          fc.pre(!text.includes('\0'));
          const cut = String(await value(`select $1::text::varchar(${bytes})`, [text]));
          expect(text.startsWith(cut)).toBe(true);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
          const next = Array.from(text)[Array.from(cut).length];
          if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(bytes);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('that are too long are refused by a column, but for blanks', async () => {
    await local.query('create temp table narrow (v varchar(3), c char(3))');
    for (const [column, text, message] of [
      ['v', 'abcd', 'value too long for type character varying(3)'],
      ['v', 'éé', 'value too long for type character varying(3)'],
      ['v', 'abc  d', 'value too long for type character varying(3)'],
      ['c', 'abcd', 'value too long for type character(3)'],
    ]) {
      await expect(local.query(`insert into narrow (${column}) values ('${text}')`)).rejects.toMatchObject({
        code: '22001',
        message,
      });
      await expect(local.query(`insert into narrow (${column}) select $1`, [text])).rejects.toMatchObject({
        message,
      });
    }
    await local.query(`insert into narrow values ('ab    ', 'ab    ')`);
    expect(await local.query('select v, c from narrow')).toEqual([{ v: 'ab ', c: 'ab ' }]);
    await expect(local.query(`update narrow set v = 'abcd'`)).rejects.toMatchObject({ code: '22001' });
  });

  it('in CHAR are single bytes', async () => {
    await local.query('create temp table ascii (c char(5))');
    await expect(local.query(`insert into ascii values ('é')`)).rejects.toMatchObject({
      code: '22021',
      message: 'Multibyte character not supported for CHAR',
    });
  });

  it.each([
    ['varchar(65536)', 'length for type varchar cannot exceed 65535'],
    ['varchar(0)', 'length for type varchar must be at least 1'],
    ['char(4097)', 'length for type char cannot exceed 4096'],
    ['char(0)', 'length for type char must be at least 1'],
  ])('cannot be %s', async (type, message) => {
    await expect(value(`select 'a'::${type}`)).rejects.toMatchObject({ code: '22023', message });
    await expect(local.query(`create temp table wide (v ${type})`)).rejects.toMatchObject({ message });
  });

  it('compare without their trailing blanks', async () => {
    for (const [expression, expected] of [
      [`one = two`, 't'],
      [`one <> two`, 'f'],
      [`one < two`, 'f'],
      [`two <= one`, 't'],
      [`one in ('x', two)`, 't'],
      [`one between two and two`, 't'],
      [`one like 'a'`, 't'],
      [`two like 'a'`, 'f'],
      [`one || '|' = two || '|'`, 'f'],
      [`case one when two then 't' end`, 't'],
    ] as const) {
      expect([expression, await both(expression, { one: `'a'::varchar`, two: `'a  '::varchar` })]).toEqual([
        expression,
        [expected, expected],
      ]);
    }
    await local.query(
      `create temp table blanks as select * from (values ('a'::varchar(5)), ('a '), ('b'), (' a')) t(v)`,
    );
    expect(await value('select count(distinct v) from blanks')).toBe('3');
    expect((await local.query('select v from blanks group by v')).length).toBe(3);
    expect(
      (await local.query('select distinct v from blanks order by v')).map((one) =>
        String(one['v']).trimEnd(),
      ),
    ).toEqual([' a', 'a', 'b']);
    expect(await value('select count(*) from blanks x join blanks y on x.v = y.v')).toBe('6');
    for (const setting of ['enable_hashjoin', 'enable_mergejoin', 'enable_nestloop']) {
      await local.query(`set ${setting} = off`);
      expect(await value('select count(*) from blanks x join blanks y on x.v = y.v')).toBe('6');
      await local.query(`reset ${setting}`);
    }
    // What pads is kept.
    expect(await value(`select max(octet_length(v)) from blanks`)).toBe('2');
  });

  it('compare byte by byte', async () => {
    expect(await value(`select 'B' < 'a' and 'z' < 'é'`)).toBe('t');
  });
});

describe('numbers and strings', () => {
  it.each([
    [`a = b`, '1', `'1'::varchar`, 't'],
    [`a = b`, '1', `'01'::varchar`, 'f'],
    [`a > b`, '9', `'10'::varchar`, 't'],
    [`a = b`, '1.0', `'1.00'::varchar`, 't'],
    [`a > b`, '9.0', `'10'::varchar`, 'f'],
    [`a = b`, `'5'::char(3)`, '5', 't'],
    [`a = b`, `date '2020-01-01'`, `'2020-01-01'::varchar`, 't'],
    [`a || b`, `'a'::varchar`, '1.5', 'a1.5'],
    [`a || b`, '1', '2', '12'],
    [`a || b`, `'on '::varchar`, `date '2020-01-01'`, 'on 2020-01-01'],
    [`b || a`, `'a'::varchar`, `timestamp '2020-01-01 10:00'`, '2020-01-01 10:00:00a'],
    [`upper(a)`, '12', '0', '12'],
    [`a like '1%'`, '12', '0', 't'],
    [`a in (b, 3)`, `'1'::varchar`, '1', 't'],
    [`nullif(a, b)`, '1', `'1'::varchar`, null],
  ])('%s of %s and %s is %s', async (expression, a, b, expected) => {
    expect(await both(expression, { a, b })).toEqual([expected, expected]);
  });

  const samples = {
    smallint: `'2'::smallint`,
    integer: `'2'::integer`,
    bigint: `'2'::bigint`,
    numeric: `'2.5'::numeric`,
    real: `'2.5'::real`,
    'double precision': `'2.5'::double precision`,
  };
  it('of every two types of numbers compare as numbers', async () => {
    for (const left of Object.values(samples)) {
      for (const right of Object.values(samples)) {
        const ten = right.replace(/'2(\.5)?'/, `'10'`);
        expect([
          left,
          ten,
          await value(
            `select x < y and y > x and x <> y and not x = y and x <= y from (select ${left} as x, ${ten} as y offset 0) t`,
          ),
        ]).toEqual([left, ten, 't']);
        expect(await value(`select case when ${left} = 2 or ${left} = 2.5 then 'yes' end`)).toBe('yes');
      }
    }
  });

  it('join', async () => {
    await local.query(
      `create temp table n as select i::numeric(10,2) as d, i, i::varchar(9) as v from generate_series(1, 50) i`,
    );
    expect(await value('select count(*) from n a join n b on a.d = b.i')).toBe('50');
    expect(await value('select count(*) from n a join n b on a.v = b.i')).toBe('50');
    expect(await value('select count(*) from n a join n b on a.v = b.d')).toBe('50');
  });

  it('do not compute with each other', async () => {
    await expect(value(`select 'a'::varchar * 1`)).rejects.toMatchObject({ code: '42883' });
    await expect(value(`select true = 'x'::varchar`)).rejects.toMatchObject({ code: '42883' });
    await expect(value(`select 'a'::varchar || true`)).rejects.toMatchObject({ code: '42883' });
  });

  it('are not assigned to each other the other way', async () => {
    await local.query(
      'create temp table assigned (i integer, v varchar(10), b boolean, d decimal(8,2), dt date)',
    );
    await local.query(`insert into assigned values (4.6, 12, 1, 4323.8951, timestamp '2020-01-01 10:00')`);
    expect(await local.query('select * from assigned')).toEqual([
      { i: '5', v: '12', b: 't', d: '4323.90', dt: '2020-01-01' },
    ]);
    await expect(local.query(`insert into assigned (i) values ('5'::varchar)`)).rejects.toMatchObject({
      code: '42804',
    });
  });
});

describe('other casts', () => {
  it.each([
    ['5::bool', 't'],
    ['0::smallint::bool', 'f'],
    ['7::bigint::boolean', 't'],
    ['true::bigint', '1'],
    ['109.652::decimal(4,1)', '109.7'],
    ['162.00::integer', '162'],
    ['1.5::numeric(18)', '2'],
    ['9.94::decimal(2,1)', '9.9'],
    ['-9.94::decimal(2,1)', '-9.9'],
    ['99999999999999999999999999999999999999::decimal(38,0)', '99999999999999999999999999999999999999'],
    ['0.0049::decimal(2,2)', '0.00'],
    ['null::numeric::decimal(2,2)', null],
    ['-9223372036854775807::decimal(19,0)', '-9223372036854775807'],
    ['9.223372036854775807::decimal(19,18)', '9.223372036854775807'],
    ['9999999999999999999::decimal(20,0)', '9999999999999999999'],
    [`'2008-02-18 02:36:48'::date`, '2008-02-18'],
    ['7 / 2', '3'],
    ['-7 / 2', '-3'],
  ])('%s is %s', async (expression, expected) => {
    expect(await value(`select ${expression}`)).toBe(expected);
  });

  it.each([
    ['5::decimal::bool', '42846', 'cannot cast type numeric to boolean'],
    ['true::varchar', '42846', 'cannot cast type boolean to character varying'],
    ['12345678::smallint', '22003', 'smallint out of range'],
    ['123.456::decimal(2,1)', '22003', 'numeric field overflow'],
    ['9.95::decimal(2,1)', '22003', 'numeric field overflow'],
    [`'NaN'::numeric::decimal(2,1)`, '22003', 'numeric field overflow'],
    ['1::numeric(39,0)', '22023', 'NUMERIC precision 39 must be between 1 and 38'],
    ['1::numeric(38,38)', '22023', 'NUMERIC scale 38 must be between 0 and 37'],
    ['1::numeric(5,6)', '22023', 'NUMERIC scale 6 must be between 0 and precision 5'],
    ['1::numeric(5,-1)', '22023', 'NUMERIC scale -1 must be between 0 and precision 5'],
    ['9999999999999999999::decimal(19,0)', '22003', 'numeric field overflow'],
    ['9.3::decimal(19,18)', '22003', 'numeric field overflow'],
    ['1::numeric(0)', '22023', 'NUMERIC precision 0 must be between 1 and 38'],
  ])('%s is refused with %s', async (expression, code, message) => {
    await expect(value(`select ${expression}`)).rejects.toMatchObject({ code, message });
  });

  it('of a NUMERIC that a column cannot hold say so in other words', async () => {
    await local.query('create temp table film (rate decimal(5,2), wide decimal(19,2))');
    const tooMuch = { code: '22003', message: 'numeric field overflow' };
    await expect(local.query('insert into film (rate) values (1350.10)')).rejects.toMatchObject({
      ...tooMuch,
      detail: 'The absolute value is greater than or equal to 10^3 for field with precision 5, scale 2.',
    });
    await expect(
      local.query(`insert into film (rate) select i * 100 from generate_series(1, 10) i`),
    ).rejects.toMatchObject(tooMuch);
    await expect(
      local.query(`insert into film (wide) values ('99999999999999999.99')`),
    ).rejects.toMatchObject(tooMuch);
    await local.query(`insert into film values (999.994, '92233720368547758.07')`);
    expect(await local.query('select * from film')).toEqual([
      { rate: '999.99', wide: '92233720368547758.07' },
    ]);
    await expect(local.query('select rate::decimal(4,2) from film')).rejects.toMatchObject({
      code: 'XX000',
      message: 'Numeric data overflow (result precision)',
    });
  });

  it('name Redshift', async () => {
    expect(await value('select version()')).toMatch(
      /^PostgreSQL 8\.0\.2 on i686-pc-linux-gnu.* Redshift 1\.0\.\d+$/,
    );
  });
});
