/** PostgreSQL's functions that Redshift lacks are not found, and nothing that is bound to one is the worse for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTemplateEngine, type TemplateEngine } from './engine-harness.js';

let engine: TemplateEngine;
beforeAll(async () => {
  engine = await startTemplateEngine();
});
afterAll(() => engine.stop());

describe('not found', () => {
  test.each([
    `string_agg('a', 'b')`,
    'array_agg(1)',
    'every(true)',
    'corr(1, 2)',
    `jsonb_build_object('a', 1)`,
    `to_jsonb('a'::varchar)`,
    'json_agg(1)',
    'gen_random_uuid()',
    'clock_timestamp()',
    'pg_sleep(0)',
    'transaction_timestamp()',
    "justify_days(interval '1 day')",
    'div(5, 2)',
    'setseed(0.5)',
    'width_bucket(1, 2, 3, 4)',
    `overlay('abc' placing 'x' from 2)`,
    `bit_length('a')`,
    `convert_to('a', 'UTF8')`,
    `encode('a', 'hex')`,
    `format('%s', 1)`,
    `quote_nullable('a')`,
    `regexp_matches('a', 'a')`,
    `regexp_split_to_array('a b', ' ')`,
    `concat_ws(',', 'a', 'b')`,
    'pg_try_advisory_lock(1)',
    'current_query()',
    'inet_client_addr()',
    'pg_postmaster_start_time()',
    `pg_read_file('PG_VERSION')`,
    'pg_database_size(1)',
    'txid_current()',
    `nextval('s')`,
    'unnest(null::integer[])',
    `to_tsvector('a')`,
    `xmlcomment('a')`,
  ])('%s', async (expression) => {
    await expect(engine.query(`select ${expression}`)).rejects.toMatchObject({ code: '42883' });
  });
});

test('generate_series works by itself, as on the leader node', async () => {
  expect(await engine.query('select generate_series(1, 3) as n')).toEqual([
    { n: '1' },
    { n: '2' },
    { n: '3' },
  ]);
});

test.each(['information_schema', 'pg_catalog'])('the views of %s can be read', async (schema) => {
  const views = await engine.admin('select viewname from pg_views where schemaname = $1 order by viewname', [
    schema,
  ]);
  expect(views.length).toBeGreaterThan(50);
  for (const { viewname } of views) {
    // Of PostgreSQL's own statistics no client hears.
    if (/^pg_(stat|replication|wait|shmem|aios|backend|hba|ident|file|config)/.test(String(viewname)))
      continue;
    await engine.query(`select * from ${schema}.${String(viewname)} limit 3`).catch((error: unknown) => {
      // Some are the superuser's alone.
      if ((error as { code?: string }).code !== '42501') throw error;
    });
  }
});

test('no body calls a function by a name that it does not have any more', async () => {
  const bodies = await engine.admin(
    `select p.proname, p.prosrc from pg_proc p join pg_language l on l.oid = p.prolang
     where p.oid >= 12000 and p.pronamespace = 'pg_catalog'::regnamespace and l.lanname in ('plpgsql', 'sql')
       and p.prosqlbody is null`,
  );
  const hidden = await engine.admin(
    `select distinct substr(h.proname, 5) as name from pg_proc h where left(h.proname, 4) = '_pg_'
       and h.pronamespace = 'pg_catalog'::regnamespace
       and not exists (select from pg_proc o where o.proname = substr(h.proname, 5) and o.pronamespace = h.pronamespace)`,
  );
  const names = new RegExp(
    `(?<![\\w.])(?:pg_catalog\\.)?(?:${hidden.map(({ name }) => String(name)).join('|')})\\s*\\(`,
  );
  expect(bodies.length).toBeGreaterThan(10);
  for (const { proname, prosrc } of bodies) {
    expect(names.exec(String(prosrc))?.[0], String(proname)).toBeUndefined();
  }
});
