/** Aggregates and the types of their results (AWS manual, Aggregate functions). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemplateEngine, type TemplateEngine } from './engine-harness.js';

let local: TemplateEngine;
beforeAll(async () => {
  local = await startTemplateEngine();
});
afterAll(() => local.stop());

const numbers = (type: string, values: readonly (string | number)[]): string =>
  `(values ${values.map((one) => `(${one === 'null' ? 'null' : `'${one}'`}::${type})`).join(', ')}) t(x)`;

describe('the type of a result', () => {
  it.each([
    ['avg', 'smallint', '3', 'bigint'],
    ['avg', 'integer', '3', 'bigint'],
    ['avg', 'bigint', '3', 'bigint'],
    ['avg', 'real', '3.5', 'double precision'],
    ['avg', 'double precision', '3.5', 'double precision'],
    ['avg', 'numeric', '3', 'numeric'],
    ['sum', 'smallint', '7', 'bigint'],
    ['sum', 'integer', '7', 'bigint'],
    ['sum', 'bigint', '7', 'bigint'],
    ['sum', 'real', '7', 'double precision'],
    ['sum', 'double precision', '7', 'double precision'],
    ['sum', 'numeric', '7', 'numeric'],
    ['stddev', 'integer', '0.707106781186548', 'double precision'],
    ['stddev_samp', 'numeric', '0.707106781186548', 'double precision'],
    ['stddev_pop', 'bigint', '0.5', 'double precision'],
    ['var_pop', 'smallint', '0.25', 'double precision'],
    ['variance', 'real', '0.5', 'double precision'],
    ['var_samp', 'numeric', '0.5', 'double precision'],
    ['count', 'integer', '2', 'bigint'],
    ['max', 'smallint', '4', 'smallint'],
  ])('of %s of %s is %s, a %s', async (name, type, expected, resultType) => {
    expect(
      await local.query(
        `select ${name}(x) as value, pg_typeof(${name}(x)) as type from ${numbers(type, [3, 4])}`,
      ),
    ).toEqual([{ value: expected, type: resultType }]);
  });
});

describe('whole averages', () => {
  it('are cut towards zero', async () => {
    expect(await local.value(`select avg(x) from ${numbers('integer', [-3, -4])}`)).toBe('-3');
    expect(await local.value(`select avg(x) from ${numbers('bigint', [2, 3, 3])}`)).toBe('2');
  });

  it('pass over NULL, and are NULL without a value', async () => {
    expect(await local.value(`select avg(x) from ${numbers('bigint', [3, 'null', 5])}`)).toBe('4');
    for (const type of ['smallint', 'integer', 'bigint', 'real']) {
      for (const name of ['avg', 'sum', 'stddev']) {
        expect(await local.value(`select ${name}(x) from ${numbers(type, ['null'])}`)).toBe(null);
        expect(await local.value(`select ${name}(x) from ${numbers(type, [1])} where false`)).toBe(null);
      }
    }
  });

  it('count each value once when asked', async () => {
    expect(await local.value(`select avg(distinct x) from ${numbers('bigint', [2, 2, 5])}`)).toBe('3');
    expect(await local.value(`select sum(distinct x) from ${numbers('real', [2, 2, 5])}`)).toBe('7');
  });

  it('move with a window', async () => {
    for (const type of ['smallint', 'integer', 'bigint', 'real']) {
      const rows = await local.query(
        `select sum(i::${type}) over w as s, avg(i::${type}) over w as a from generate_series(1, 4) i
         window w as (order by i rows between 1 preceding and current row) order by i`,
      );
      expect(rows.map((one) => one['s'])).toEqual(['1', '3', '5', '7']);
      expect(rows.map((one) => one['a'])).toEqual(
        type === 'real' ? ['1', '1.5', '2.5', '3.5'] : ['1', '1', '2', '3'],
      );
    }
  });

  it('are the same when several workers share the rows', async () => {
    const client = await local.client();
    await client.query(
      `create table many as select i::integer as i, i::bigint as b, i::real as r from generate_series(1, 200000) i`,
    );
    await client.query(`set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
      set min_parallel_table_scan_size = 0`);
    const { rows } = await client.query(
      `select avg(i), sum(i) as si, avg(b) as ab, sum(b) as sb, sum(r) as sr from many`,
    );
    expect(rows).toEqual([
      { avg: '100000', si: '20000100000', ab: '100000', sb: '20000100000', sr: '20000100000' },
    ]);
    const plan = await client.query('explain select avg(b), sum(b), sum(r), avg(i) from many');
    expect(JSON.stringify(plan.rows)).toContain('Partial Aggregate');
    await client.query('drop table many');
  });

  it('overflow as BIGINT', async () => {
    await expect(
      local.value(`select sum(x) from ${numbers('bigint', ['9223372036854775807', 1])}`),
    ).rejects.toMatchObject({ code: '22003' });
  });
});

describe('of SUPER', () => {
  it('add up what is a number', async () => {
    expect(
      await local.query(`select sum(x)::varchar as s, avg(x)::varchar as a, max(x)::varchar as l, min(x)::varchar as f
        from (values (1::super), ('a'), (2.5::super), (null), (rs_super('[9]')::super)) t(x)`),
    ).toEqual([{ s: '3.5', a: '1.75', l: null, f: '1' }]);
  });
});
