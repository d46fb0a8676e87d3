import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, startLocal } from './local/harness.js';

let server: LocalServer;

/** Runs for minutes; Redshift has no function that sleeps. */
const slow = 'select count(*) as n from generate_series(1, 100000) a, generate_series(1, 100000) b';
/** Runs for some milliseconds. */
const brief = (rows: number): string => `select count(*) as n from generate_series(1, ${String(rows)})`;

beforeAll(async () => {
  server = await startLocal();
});
afterAll(async () => {
  await server.stop();
});

describe('transactions', () => {
  it('begin with the first statement when autocommit is off', async () => {
    const conn = await server.connect();
    expect(conn.transactionStatus).toBe('idle');
    await conn.query('create table kept (a int)');
    expect(conn.transactionStatus).toBe('transaction');
    await conn.commit();
    await conn.query('insert into kept values (1)');
    await conn.rollback();
    expect((await conn.query('select count(*)::int4 as n from kept')).rows).toEqual([{ n: 0 }]);
    await conn.rollback();
    await conn.rollback();
    await conn.close();
  });

  it('commit when the work returns, roll back when it throws, and throw what it threw', async () => {
    const conn = await server.connect({ autocommit: true });
    await conn.query('create table moved (a int)');
    expect(
      await conn.transaction(async (inside) => (await inside.query('insert into moved values (1)')).rowCount),
    ).toBe(1);
    const mine = new Error('mine');
    await expect(
      conn.transaction(async (inside) => {
        await inside.query('insert into moved values (2)');
        throw mine;
      }),
    ).rejects.toBe(mine);
    expect((await conn.query('select a from moved')).rows).toEqual([{ a: 1 }]);
    await expect(conn.transaction(() => conn.transaction(() => 1))).rejects.toThrow(/no savepoints/);
    expect(conn.transactionStatus).toBe('idle');
    await conn.close();
  });

  it('that failed cannot be committed in silence', async () => {
    const conn = await server.connect();
    await expect(conn.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    await expect(conn.commit()).rejects.toThrow(/rolled it back/);
    expect(conn.transactionStatus).toBe('idle');
    await conn.close();
  });

  it('do not let autocommit change in the middle', async () => {
    const conn = await server.connect();
    await conn.query('select 1');
    expect(() => (conn.autocommit = true)).toThrow(/inside a transaction/);
    await conn.rollback();
    conn.autocommit = true;
    await conn.query('select 1');
    expect(conn.transactionStatus).toBe('idle');
    await conn.close();
  });

  it('left uncommitted at close are warned of once', async () => {
    const warnings: string[] = [];
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (text: string) => warnings.push(text),
      error: () => undefined,
    };
    const conn = await server.connect({ logger });
    await conn.query('create table lost (a int)');
    await conn.close();
    await conn.close();
    expect(warnings).toHaveLength(1);
    const other = await server.connect();
    await expect(other.query('select * from lost')).rejects.toMatchObject({ code: '42P01' });
    await other.rollback();
    await other.close();
  });
});

describe('prepared statements', () => {
  it('are prepared again when DDL has changed what they mean', async () => {
    const conn = await server.connect({ autocommit: true });
    const other = await server.connect({ autocommit: true });
    await conn.query('create table shape (a int)');
    await conn.query('insert into shape values (1)');
    expect((await conn.query('select * from shape')).rows).toEqual([{ a: 1 }]);
    await other.query("alter table shape add column b text default 'x'");
    expect((await conn.query('select * from shape')).rows).toEqual([{ a: 1, b: 'x' }]);
    await other.query('drop table shape');
    await conn.close();
    await other.close();
  });

  it('survive being deallocated behind our back', async () => {
    for (const autocommit of [true, false]) {
      const conn = await server.connect({ autocommit });
      await conn.query('select 1 as a');
      if (!autocommit) await conn.commit();
      await conn.script('deallocate all');
      if (!autocommit) await conn.commit();
      expect((await conn.query('select 1 as a')).rows).toEqual([{ a: 1 }]);
      await conn.rollback();
      await conn.close();
    }
  });

  it('are bounded on the server', async () => {
    const conn = await server.connect({ autocommit: true, maxPreparedStatements: 5 });
    for (let n = 0; n < 30; n++) await conn.query(`select ${String(n)} as n`);
    const { rows } = await conn.query(
      "select count(*)::int4 as n from pg_prepared_statements where name like 'rs%'",
    );
    expect(rows[0]!['n']).toBeLessThanOrEqual(7);
    await conn.close();
  });
});

describe('cancelling', () => {
  it('by signal, timeout and cancel() leaves the connection usable', async () => {
    const conn = await server.connect({ autocommit: true });
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort('enough');
    }, 100);
    await expect(conn.query(slow, null, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
      cause: 'enough',
    });
    await expect(conn.query(slow, null, { timeout: 0.1 })).rejects.toMatchObject({
      name: 'TimeoutError',
      phase: 'query',
    });
    const running = conn.query(slow);
    const failed = expect(running).rejects.toMatchObject({ name: 'AbortError' });
    setTimeout(() => void conn.cancel(), 100);
    await failed;
    expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await conn.close();
  });

  it('of a call that waits in the queue never sends it, and leaves its neighbours alone', async () => {
    const conn = await server.connect({ autocommit: true });
    const controller = new AbortController();
    const first = conn.query(brief(1_000_000));
    const second = conn.query('select 2 as n', null, { signal: controller.signal });
    const third = conn.query('select 3 as n');
    controller.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError', sent: false });
    expect((await first).rows).toEqual([{ n: 1_000_000n }]);
    expect((await third).rows).toEqual([{ n: 3 }]);
    await conn.close();
  });

  it('never hits the next statement', async () => {
    const conn = await server.connect({ autocommit: true });
    for (let round = 0; round < 60; round++) {
      const controller = new AbortController();
      const query = conn.query(brief(30_000), null, { signal: controller.signal }).catch(() => undefined);
      setTimeout(() => {
        controller.abort();
      }, Math.random() * 10);
      await query;
      expect((await conn.query(`select ${String(round)}::int4 as n`)).rows).toEqual([{ n: round }]);
    }
    await conn.close();
  });
});

describe('pipelining', () => {
  it('keeps each answer and each error with its own statement', async () => {
    const conn = await server.connect({ autocommit: true, pipeline: true });
    const calls = Array.from({ length: 200 }, (_, index) =>
      conn.query('select 100 / $1::int4 as n', [index % 10]).then(
        ({ rows }) => rows[0]!['n'],
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    expect(await Promise.all(calls)).toEqual(
      Array.from({ length: 200 }, (_, index) =>
        index % 10 === 0 ? '22012' : Math.trunc(100 / (index % 10)),
      ),
    );
    await conn.close();
  });
});
