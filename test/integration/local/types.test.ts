/** Redshift's own types in the engine: their OIDs, what they hold, compare and compute. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemplateEngine, type TemplateEngine } from './engine-harness.js';

let local: TemplateEngine;
beforeAll(async () => {
  local = await startTemplateEngine();
});
afterAll(() => local.stop());

const value = (sql: string, params?: readonly unknown[]): Promise<unknown> => local.value(sql, params);
/** UTF-8 can hold it. */
const wellFormed = (text: string): boolean => !/[\uD800-\uDFFF]/u.test(text);
/** The columns of the only row, in order. */
const row = async (expressions: string): Promise<unknown[]> => {
  const named = (await local.query(`select ${expressions}`))[0] ?? {};
  return Object.values(named);
};

describe('OIDs', () => {
  it.each([
    ['super', 4000, 4001],
    ['varbyte', 6551, 6552],
    ['geometry', 3000, 3002],
    ['geometryhex', 3999, 3998],
    ['geography', 3001, 3003],
    ['hllsketch', 2935, 2936],
    ['intervaly2m', 1188, 1189],
    ['intervald2s', 1190, 1191],
  ])('%s is %i', async (name, oid, array) => {
    expect(await value(`select oid || ' ' || typarray from pg_type where typname = '${name}'`)).toBe(
      `${oid} ${array}`,
    );
  });

  it('are what a client is told, of a column and of an expression', async () => {
    const client = await local.client();
    await client.query(
      'create temp table t (s super, v varbyte(5), y intervaly2m, d intervald2s(3), g geometry)',
    );
    const { fields } = await client.query('select *, rs_super($1) from t', ['1']);
    expect(fields.map((field) => field.dataTypeID)).toEqual([4000, 6551, 1188, 1190, 3000, 4000]);
    expect(fields.map((field) => field.dataTypeModifier).slice(0, 4)).toEqual([-1, 9, -1, 3]);
  });

  it('are the same in a new database', async () => {
    await local.admin('create database other');
    const client = await local.client({ database: 'other' });
    const { fields } = await client.query(`select rs_super('{}')`);
    expect(fields[0]?.dataTypeID).toBe(4000);
    await client.end();
    await local.admin('drop database other');
  });
});

describe('SUPER', () => {
  it('takes a literal as a string, and JSON only by parsing', async () => {
    expect(
      await row(`rs_super_json('{"a":1}'::super) as a, rs_super_json(rs_super(' { "b" : 1.50 , "a" : "x  y" } ')) as b,
        rs_super_typeof('1'::super) as c, rs_super_typeof(1::super) as d`),
    ).toEqual(['"{\\"a\\":1}"', '{"b":1.50,"a":"x  y"}', 'string', 'number']);
  });

  it('keeps any JSON text, but for the blanks between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), fc.boolean(), async (json, spaced) => {
        const text = JSON.stringify(json, undefined, spaced ? 2 : undefined);
        fc.pre(!text.includes(String.raw`\u0000`) && wellFormed(text));
        expect(await value('select rs_super_json(rs_super($1::text))', [text])).toBe(JSON.stringify(json));
      }),
      { numRuns: 150 },
    );
  });

  it('makes any text a string', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        fc.pre(!text.includes('\0') && !text.startsWith('\u0001') && wellFormed(text));
        expect(JSON.parse(String(await value('select rs_super_json($1::super)', [text])))).toBe(text);
        expect(await value('select $1::super::varchar', [text])).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it.each([['{"a":1'], [''], ['nul'], ["{'a':1}"], ['[1,]'], ['1 2']])('does not parse %s', async (text) => {
    await expect(value('select rs_super($1)', [text])).rejects.toMatchObject({
      code: '22023',
      message: 'Invalid JSON',
    });
  });

  it('refuses an attribute that appears twice in one object', async () => {
    await expect(value(`select rs_super('{"a":1,"b":{"a":2},"a":3}')`)).rejects.toThrow(/appears twice/);
    expect(await value(`select rs_super_json(rs_super('{"a":1,"b":{"a":2}}'))`)).toBe('{"a":1,"b":{"a":2}}');
  });

  it('is navigated laxly', async () => {
    await local.query(
      `create temp table paths as select rs_super('{"a":[{"b":1.50},"x"],"A":2,"n":null}') as v`,
    );
    const get = (path: readonly (string | number)[]): string =>
      path.reduce<string>(
        (of, step) => `rs_super_get(${of}, ${typeof step === 'number' ? step : `'${step}'`})`,
        'v',
      );
    const at = (...path: (string | number)[]): Promise<unknown> =>
      value(`select rs_super_json(${get(path)}) from paths`);
    expect(await at('a', 0, 'b')).toBe('1.50');
    expect(await at('a', 1)).toBe('"x"');
    expect(await at('A')).toBe('2');
    expect(await at('n')).toBe('null');
    for (const nothing of [
      ['b'],
      ['a', 2],
      ['a', -1],
      ['a', 'b'],
      [0],
      ['a', 0, 'b', 'c'],
      ['a', 1, 0],
      ['b', 'c', 1],
    ]) {
      expect(await at(...nothing)).toBe(null);
    }
    expect(await value(`select rs_super_get('{"a":1}'::super, 'a')`)).toBe(null);
  });

  // AWS manual, Limitations of SUPER; Dynamic typing, lax semantics.
  it.each([
    ['5::super::bool', 't'],
    ['5.0::super::bool', null],
    ["rs_super('true')::bool", 't'],
    ["'Good'::super::integer", null],
    ["'12'::super::integer", '12'],
    ['1.6::super::integer', '2'],
    ['99999::super::smallint', null],
    ['true::super::integer', null],
    ["rs_super('1e3')::bigint", '1000'],
    ["rs_super('[1]')::varchar", null],
    ["rs_super('{}')::varchar", null],
    ["rs_super('null')::varchar", null],
    ['1.50::super::varchar', '1.50'],
    ["'abcdef'::super::varchar(3)", 'abc'],
    ["'2001-09-08'::super::date", '2001-09-08'],
    ["'yesterdayish'::super::date", null],
    ['1::super::date', null],
    ["'2001-09-08 01:02:03'::super::timestamp", '2001-09-08 01:02:03'],
    ["'1.25'::super::float8", '1.25'],
    ['rs_super(\'"1.25"\')::numeric(5,1)', '1.3'],
  ])('%s is %s', async (expression, expected) => {
    expect(await value(`select ${expression}`)).toBe(expected);
    // Of a column as well: constants are worked out by the planner.
    const [, source = '', type = ''] = /^(.*)::(.*)$/.exec(expression) ?? [];
    expect(await value(`select v::${type} from (select ${source} as v offset 0) t`)).toBe(expected);
  });

  // AWS manual, SUPER configurations.
  it('is strict when the settings say so', async () => {
    const client = await local.client();
    const ask = async (expression: string): Promise<unknown> => {
      const { rows } = await client.query<Record<string, unknown>>(`select ${expression} as answer`);
      return rows[0]?.['answer'];
    };
    for (const [setting, lax, strict] of [
      ['cast_super_null_on_error', 'on', 'off'],
      ['navigate_super_null_on_error', 'on', 'off'],
    ]) {
      await client.query(`set redshift.${setting} = ${lax}`);
      for (const expression of [
        ...(setting?.startsWith('cast') === true
          ? [
              `'Good'::super::integer`,
              `rs_super('[1]')::date`,
              `99999::super::smallint`,
              `'x'::super::boolean`,
            ]
          : [
              `rs_super_get(rs_super('{"a":1}'), 'b')`,
              `rs_super_get(rs_super('[1]'), 1)`,
              `rs_super_get('x'::super, 'a')`,
            ]),
      ]) {
        expect(await ask(expression)).toBe(null);
        await client.query(`set redshift.${setting} = ${strict}`);
        await expect(ask(expression)).rejects.toMatchObject({ code: '22023' });
        await client.query(`set redshift.${setting} = ${lax}`);
      }
      await client.query(`set redshift.${setting} = ${strict}`);
      expect(await ask(`rs_super('null')::integer`)).toBe(null);
      expect(await ask(`rs_super_get(rs_super('{"a":1}'), 'a')::integer`)).toBe('1');
      await client.query(`reset redshift.${setting}`);
    }
    await client.query('set redshift.json_parse_dedup_attributes = on');
    expect(await ask(`rs_super_json(rs_super('{"a": 1, "a": 2}'))`)).toBe('{"a":2}');
    await expect(ask(`rs_super('{')`)).rejects.toMatchObject({ code: '22023' });
    await client.query('set redshift.parse_super_null_on_error = on');
    expect(await ask(`rs_super('{')`)).toBe(null);
    await client.end();
  });

  it('is not made of dates', async () => {
    await expect(value(`select date '2019-09-09'::super`)).rejects.toThrow('cannot cast type date to super');
    await expect(value(`select date '2019-09-09'::super`)).rejects.toMatchObject({ code: '42846' });
  });

  // AWS manual, Dynamic typing.
  it('is equal or not between any types, and ordered within one', async () => {
    expect(
      await row(`1::super = 1.0 as a, '1'::super = 1 as b, 'a'::super = 'a  ' as c, 'a'::super <= 'b' as d, 1::super <= 'b' as e,
        rs_super('[1, {"b":2,"a":1}]') = rs_super('[1.0,{"a":1,"b":2}]') as f, true::super = true as g, 'a'::varchar = 'a'::super as h,
        2 > 1::super as i, rs_super('[1]') < rs_super('[2]') as j, 1::super <> 'a' as k`),
    ).toEqual(['t', 'f', 't', 't', null, 't', 't', 't', 't', null, 't']);
  });

  it('sorts and groups', async () => {
    await local.query('create temp table mixed (v super)');
    await local.query(
      `insert into mixed values ('AWS'), (1), (rs_super('[1,"abc",null]')), (-2.5), ('Amazon'), (null), (true), (rs_super('{"a":1}')), (1.0)`,
    );
    const sorted = await local.query('select rs_super_json(v) as json from mixed order by v, 1');
    expect(sorted.map((one) => one['json'])).toEqual([
      'true',
      '-2.5',
      '1',
      '1.0',
      '"Amazon"',
      '"AWS"',
      '[1,"abc",null]',
      '{"a":1}',
      null,
    ]);
    expect(await value('select count(distinct v) from mixed')).toBe('7');
    expect((await local.query('select v, count(*) from mixed group by v')).length).toBe(8);
    expect(await value('select count(*) from mixed a join mixed b on a.v = b.v')).toBe('10');
  });

  it('has one order, which equality and grouping agree with', async () => {
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, false, 0, 1, -1, 1.5, 100, 1e2, 'a', 'A', 'a ', 'b', '', ' '),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'A'), tie('value'), { maxKeys: 2 }),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(json, json, json, async (...values) => {
        const [row] = await local.query(
          `select sign(rs_super_cmp(a, b)) as ab, sign(rs_super_cmp(b, a)) as ba, sign(rs_super_cmp(b, c)) as bc, sign(rs_super_cmp(a, c)) as ac,
            a = b as eq, a <> b as ne, rs_super_hash(a) = rs_super_hash(b) as hash
            from (select rs_super($1) as a, rs_super($2) as b, rs_super($3) as c) t`,
          values.map((value) => JSON.stringify(value)),
        );
        const { ab, ba, bc, ac, eq, ne, hash } = row ?? {};
        expect(Number(ba)).toBe(0 - Number(ab));
        expect(eq).toBe(Number(ab) === 0 ? 't' : 'f');
        expect(ne).toBe(eq === 't' ? 'f' : 't');
        if (eq === 't') expect(hash).toBe('t');
        if (Number(ab) <= 0 && Number(bc) <= 0) expect(Number(ac)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });

  it('is computed with', async () => {
    expect(
      await row(`(1::super + 1)::varchar as a, (7::super / 2)::varchar as b, (7.0::super / 2)::varchar as c, (2 * 1.5::super)::varchar as d,
        ('a'::super + 1) is null as e, ('a'::super + 'b')::varchar as i, ('a'::super + 'b'::varchar)::varchar as j, (+ 'a'::super) is null as k,
        ((3::super + 0.5) * 3::super / 10)::varchar as l, (- 3::super)::varchar as f, ('a'::super || 'b')::varchar as g, (7::super % 4)::varchar as h`),
    ).toEqual(['2', '3', '3.5000', '3.0', 't', 'ab', 'ab', 't', '1.0500', '-3', 'ab', '3']);
  });
});

describe('VARBYTE', () => {
  // AWS manual, VARBYTE type and VARBYTE operators.
  it.each([
    [`'abc'::varbyte`, String.raw`\x616263`],
    [`''::varbyte`, String.raw`\x`],
    [`'é'::varbyte`, String.raw`\xc3a9`],
    [`'aa'::char(10)::varbyte`, String.raw`\x61612020202020202020`],
    ['5::smallint::varbyte', String.raw`\x0005`],
    ['5::int::varbyte', String.raw`\x00000005`],
    ['5::bigint::varbyte', String.raw`\x0000000000000005`],
    [`'abcdef'::varbyte(3)`, String.raw`\x616263`],
    [`'a'::varbyte || 'b'::varbyte`, String.raw`\x6162`],
    [`'a'::varbyte + 'b'::varbyte`, String.raw`\x6162`],
    [`'a'::varbyte < 'b'::varbyte`, 't'],
    [`'a'::varbyte = 'a'::varbyte`, 't'],
    [`'a'::varbyte <> 'a '::varbyte`, 't'],
    [`~ 'a'::varbyte`, String.raw`\x9e`],
    [`'a'::varbyte & 'b'::varbyte`, String.raw`\x60`],
    [`'a'::varbyte | 'b'::varbyte`, String.raw`\x63`],
    [`'a'::varbyte # 'b'::varbyte`, String.raw`\x03`],
    [`~ ''::varbyte`, String.raw`\x`],
    [`'abc'::varbyte::varchar`, 'abc'],
    [`'abc'::varbyte::char(2)`, 'ab'],
    [`258::varbyte::int`, '258'],
    [`'a'::varbyte::bigint`, '97'],
  ])('%s is %s', async (expression, expected) => {
    expect(await value(`select ${expression}`)).toBe(expected);
  });

  it('sorts, groups, has a least and a greatest', async () => {
    const rows = await local.query(
      `select v, count(*) as n from (values ('b'::varbyte), ('a'), ('b')) t(v) group by v order by v`,
    );
    expect(rows).toEqual([
      { v: String.raw`\x61`, n: '1' },
      { v: String.raw`\x62`, n: '2' },
    ]);
    expect(await value(`select max(v) || min(v) from (values ('b'::varbyte), ('a')) t(v)`)).toBe(
      String.raw`\x6261`,
    );
  });

  it('refuses what does not fit', async () => {
    await local.query('create temp table bytes (v varbyte(2))');
    await expect(local.query(`insert into bytes values ('abc')`)).rejects.toMatchObject({
      code: '22001',
      message: 'value too long for type binary varying(2)',
    });
    await expect(value(`select 'abc'::varbyte::smallint`)).rejects.toMatchObject({ code: '22003' });
    await expect(value(`select 'a'::varbyte & 'ab'::varbyte`)).rejects.toMatchObject({ code: '22026' });
    await expect(value('select 1::varbyte(0)')).rejects.toMatchObject({ code: '22023' });
  });
});

describe('intervals', () => {
  const all = `interval '1 year 2 months 3 days 04:05:06.789'`;

  it('of years and months and of days and seconds hold those', async () => {
    expect(
      await row(`(${all})::intervaly2m::varchar as a, (${all})::intervald2s::varchar as b, (${all})::intervald2s(1)::varchar as c,
        (interval '-14 months')::intervaly2m::varchar as d, (interval '-1.5 seconds')::intervald2s::varchar as e, '90 minutes'::varchar::intervald2s::text as f`),
    ).toEqual([
      '1 years 2 mons',
      '3 days 4 hours 5 mins 6.789 secs',
      '3 days 4 hours 5 mins 6.8 secs',
      '-1 years -2 mons',
      '0 days 0 hours 0 mins -1.5 secs',
      '0 days 1 hours 30 mins 0.0 secs',
    ]);
  });

  it('move dates and times', async () => {
    expect(
      await row(`date '2020-01-31' + (interval '1 month')::intervaly2m as a, timestamp '2020-03-01 00:00' - (interval '1 day')::intervald2s as b,
        timestamptz '2020-01-01 00:00+00' + (interval '1 hour')::intervald2s as c`),
    ).toEqual(['2020-02-29 00:00:00', '2020-02-29 00:00:00', '2020-01-01 01:00:00+00']);
  });

  it('stay of their kind when computed with', async () => {
    for (const [type, one] of [
      ['intervaly2m', `(interval '3 months')::intervaly2m`],
      ['intervald2s', `(interval '36 hours')::intervald2s`],
    ]) {
      for (const expression of [
        `x + x`,
        `x - x`,
        `x * 2`,
        `2 * x`,
        `x / 2`,
        `- x`,
        'max(x)',
        'sum(x)',
        'min(x)',
      ]) {
        expect([
          expression,
          await value(`select pg_typeof(${expression}) from (select ${one} as x) t group by x limit 1`),
        ]).toEqual([expression, type]);
      }
    }
    expect(await value(`select ((interval '3 months')::intervaly2m / 2)::varchar`)).toBe('0 years 1 mons');
    expect(
      await value(
        `select sum(x)::varchar from (values ((interval '1 day')::intervald2s), ((interval '36 hours')::intervald2s)) t(x)`,
      ),
    ).toBe('2 days 12 hours 0 mins 0.0 secs');
  });

  it('compare, sort and group', async () => {
    const counted =
      await local.query(`select x, count(*) as n from (values ((interval '2 months')::intervaly2m),
      ((interval '1 month')::intervaly2m), ((interval '2 months')::intervaly2m)) t(x) group by x order by x`);
    expect(counted.map((one) => one['n'])).toEqual(['1', '2']);
    expect(await value(`select (interval '1 day')::intervald2s = (interval '24 hours')::intervald2s`)).toBe(
      't',
    );
    expect(await value(`select (interval '13 months')::intervaly2m > (interval '1 year')::intervaly2m`)).toBe(
      't',
    );
  });
});

describe('shapes', () => {
  it('are kept as they come, and become each other only', async () => {
    const point = '010100000000000000000014400000000000001840';
    expect(await value(`select '${point}'::geometry`)).toBe(point);
    expect(await value(`select pg_typeof('${point}'::geometry::geography)`)).toBe('geography');
    await expect(value(`select '${point}'::geometry::integer`)).rejects.toMatchObject({ code: '42846' });
  });
});
