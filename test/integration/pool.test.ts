/** The pool against a real server: its own transactions, its own terminations, its own restart. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ConnectionLostError,
  createPool,
  PoolError,
  retry,
  type Pool,
  type PooledConnection,
  type PoolOptions,
} from '../../src/index.js';
import { startLocalRedshift } from '../../src/local/index.js';
import { check, failure, until, watch } from '../unit/faults/pool-watch.js';
import { type LocalServer, startLocal } from './local/harness.js';

let server: LocalServer;
let events: string[] = [];
const pools: Pool[] = [];

beforeAll(async () => {
  server = await startLocal();
});
afterEach(async () => {
  for (const pool of pools.splice(0)) {
    await pool.end();
    expect(pool.stats).toMatchObject({ total: 0, idle: 0, busy: 0, connecting: 0, waiting: 0 });
  }
});
afterAll(async () => {
  await server.stop();
});

function makePool(options: Partial<PoolOptions> = {}): Pool {
  const pool = createPool({ ...server.options(), ...options });
  pools.push(pool);
  events = watch(pool);
  return pool;
}

/** Runs for minutes; Redshift has no function that sleeps. */
const endless = 'select count(*) as n from generate_series(1, 100000) a, generate_series(1, 100000) b';

const pid = async (conn: PooledConnection): Promise<number> =>
  (await conn.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;

describe('a pool', () => {
  it('gives 200 concurrent queries each its own answer, over five connections', async () => {
    const pool = makePool({ max: 5 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const { rows } = await pool.query<{ n: number }>('select %s::int as n', [n]);
        check(pool, events);
        return rows[0]!.n;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(pool.stats).toMatchObject({ opened: 5, idle: 5, acquired: 200, released: 200, removed: 0 });
  });

  it('takes a URL, and options of the pool in it', async () => {
    const pool = createPool(
      `${server.redshift.url}${server.redshift.url.includes('?') ? '&' : '?'}max=1&closeTimeout=2`,
    );
    pools.push(pool);
    expect((await pool.query('select 7 as n')).rows).toEqual([{ n: 7 }]);
    expect(pool.stats.max).toBe(1);
  });

  it('lends connections that are clean, whatever was done with them', async () => {
    const warn = vi.fn();
    const logger = { debug: () => undefined, info: () => undefined, warn, error: () => undefined };
    const pool = makePool({ max: 1, fetchBufferSize: 10_000, logger });
    const first = await pool.connect();
    const process = await pid(first);
    await first.query('begin');
    await first.query('create table left_behind (a int)');
    first.release();
    await failure(pool.query('select * from left_behind'));
    expect(warn).toHaveBeenCalledOnce();
    {
      await using held = await pool.connect();
      const cursor = await held
        .cursor()
        .execute('select * from generate_series(1, 100000)', [], { stream: true });
      expect(await cursor.fetchOne()).toEqual([1]);
    }
    await using again = await pool.connect();
    expect(await pid(again)).toBe(process);
    expect(again.transactionStatus).toBe('idle');
    expect(pool.stats.opened).toBe(1);
  });

  it('keeps what was SET, unless onRelease resets it', async () => {
    for (const reset of [false, true]) {
      const pool = makePool({ max: 1, onRelease: reset ? (conn) => conn.query('reset all') : undefined });
      await pool.query("set query_group to 'mine'");
      const { rows } = await pool.query<{ query_group: string }>('show query_group');
      if (reset) expect(rows[0]!.query_group).not.toBe('mine');
      else expect(rows[0]!.query_group).toBe('mine');
      expect(pool.stats.opened).toBe(1);
    }
  });

  it('prepares each connection by onConnect', async () => {
    const pool = makePool({ max: 3, onConnect: (conn) => conn.query("set query_group to 'etl'") });
    const groups = await Promise.all(
      [1, 2, 3].map(() => pool.query<{ query_group: string }>('show query_group')),
    );
    expect(groups.map(({ rows }) => rows[0]!.query_group)).toEqual(['etl', 'etl', 'etl']);
  });
});

describe('transactions of a pool', () => {
  it('commit, roll back, and never mix', async () => {
    const pool = makePool({ max: 4 });
    await pool.query('create table account (id int, balance int)');
    await pool.query('insert into account values (1, 100), (2, 0)');
    const mine = new Error('mine');
    const move = (amount: number, fail: boolean): Promise<void> =>
      pool.transaction(
        async (conn) => {
          // One at a time, as Redshift's own users do it.
          await conn.query('lock table account');
          await conn.query('update account set balance = balance - %s where id = 1', [amount]);
          await conn.query('update account set balance = balance + %s where id = 2', [amount]);
          if (fail) throw mine;
        },
        { retry: { attempts: 20, delay: 0.01 } },
      );
    const moves = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => move(1, n % 2 === 0)));
    for (const [n, { status }] of moves.entries())
      expect(status).toBe(n % 2 === 0 ? 'rejected' : 'fulfilled');
    expect(moves.filter((each) => each.status === 'rejected' && each.reason !== mine)).toEqual([]);
    const { rows } = await pool.query('select id, balance from account order by id');
    expect(rows).toEqual([
      { id: 1, balance: 90 },
      { id: 2, balance: 10 },
    ]);
  });

  it('that conflict (40001) succeed when they are tried again, and fail when they are not', async () => {
    const pool = makePool({ max: 2 });
    await pool.query('create table counted (n int)');
    await pool.query('insert into counted values (0)');
    // Both have read before either writes: one of them has to go.
    const race = async (again: boolean): Promise<PromiseSettledResult<unknown>[]> => {
      let ready: () => void = () => undefined;
      const both = new Promise<void>((resolve) => (ready = resolve));
      let readers = 0;
      const work = async (conn: PooledConnection): Promise<void> => {
        const { rows } = await conn.query<{ n: number }>('select n from counted');
        if (++readers === 2) ready();
        await both;
        await conn.query('update counted set n = %s', [rows[0]!.n + 1]);
      };
      const one = (): Promise<void> => pool.transaction(work);
      return Promise.allSettled(
        [1, 2].map(() => (again ? retry(one, { attempts: 10, delay: 0.01 }) : one())),
      );
    };
    const failed = (await race(false)).filter(
      ({ status }) => status === 'rejected',
    ) as PromiseRejectedResult[];
    expect(failed).toHaveLength(1);
    expect(failed[0]!.reason).toMatchObject({ retryable: true });
    expect((await race(true)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect((await pool.query('select n from counted')).rows).toEqual([{ n: 3 }]);
  });
});

describe('Q6: connections that the server ends', () => {
  it('Q6: by pg_terminate_backend (57P01), idle and busy: the idle ones are replaced in silence', async () => {
    const pool = makePool({ max: 3 });
    const held = await Promise.all([pool.connect(), pool.connect()]);
    const pids = await Promise.all(held.map(pid));
    const running = failure(held[0].query(endless));
    held[1].release();
    const killer = await server.connect({ autocommit: true });
    for (const each of pids) await killer.query(`select pg_terminate_backend(${String(each)})`);
    await killer.close();
    const { error } = await running;
    expect(error.sqlState === '57P01' || error instanceof ConnectionLostError).toBe(true);
    held[0].release();
    await until(() => pool.stats.total === 0);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(events.filter((event) => event === 'remove:lost')).toHaveLength(2);
  });

  it('Q6: by a server that stops and starts again', async () => {
    const own = { user: 'admin', password: 'Restart1', ssl: false };
    const first = await startLocalRedshift({ port: 0, ...own });
    const { port } = first;
    const pool = createPool({ host: first.host, port, database: first.database, ...own, max: 3, min: 1 });
    pools.push(pool);
    events = watch(pool);
    await Promise.all(Array.from({ length: 3 }, () => pool.query('select 1')));
    const running = failure(pool.query(endless));
    await until(() => pool.stats.busy === 1);
    await first.close();
    expect(['57P01', 'ERR_RS_CONNECTION_LOST']).toContain((await running).error.code);
    expect((await failure(pool.query('select 1'))).error).toMatchObject({ retryable: true });
    const second = await startLocalRedshift({ port, ...own });
    try {
      const healed = await Promise.all(Array.from({ length: 3 }, () => pool.query('select 1 as one')));
      expect(healed.map(({ rowCount }) => rowCount)).toEqual([1, 1, 1]);
      check(pool, events);
      await pool.end();
    } finally {
      await second.close();
    }
  });
});

describe('Q7: end()', () => {
  it('Q7: with queries that run, wait and come too late', async () => {
    const pool = makePool({ max: 2 });
    const slow = 'select count(*) as n from generate_series(1, 300000)';
    const running = [pool.query(slow), pool.query(slow)];
    await until(() => pool.stats.busy === 2);
    const waiting = failure(pool.query('select 1'));
    const end = pool.end({ timeout: 30 });
    expect((await waiting).error).toBeInstanceOf(PoolError);
    expect((await failure(pool.query('select 1'))).error).toBeInstanceOf(PoolError);
    for (const call of running) expect((await call).rows).toEqual([{ n: 300_000n }]);
    await end;
    expect(pool.stats.total).toBe(0);
  });
});

describe('Q8: a process whose pool is idle', () => {
  const program = (options: string, last: string): Promise<number> => {
    const index = pathToFileURL(join(import.meta.dirname, '../../src/index.ts')).href;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const source = `
      import { createPool } from '${index}';
      const pool = createPool({ ...JSON.parse(process.env.POOL), ${options} });
      await Promise.all([pool.query('select 1'), pool.query('select 2')]);
      const idle = performance.now();
      process.on('exit', () => process.stdout.write(String(performance.now() - idle)));
      ${last}`;
    const env = { ...process.env, POOL: JSON.stringify(server.options()) };
    return new Promise((resolve, reject) => {
      const args = ['--import', tsx, '--input-type=module', '--eval', source];
      execFile(process.execPath, args, { env, timeout: 60_000 }, (error, out, said) => {
        if (error === null) resolve(Number(out));
        else reject(new Error(said, { cause: error }));
      });
    });
  };

  it(
    'Q8: ends by itself with allowExitOnIdle, after idleTimeout without, and at once after end()',
    { retry: 2 },
    async () => {
      const [free, held, ended] = await Promise.all([
        program('allowExitOnIdle: true', ''),
        program('idleTimeout: 2.5', ''),
        program('min: 2', 'await pool.end();'),
      ]);
      expect(free).toBeLessThan(1500);
      expect(held).toBeGreaterThan(2400);
      expect(ended).toBeLessThan(1500);
    },
  );
});
