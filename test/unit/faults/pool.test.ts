/** Rows Q1 to Q10 of docs/failures.md, over real sockets. Q2 by 10,000 timings and Q8 by fake clocks are in test/unit/client. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AuthenticationError,
  CancelledError,
  ConnectError,
  ConnectionLostError,
  createPool,
  OperationalError,
  PoolError,
  retry,
  TimeoutError,
  type Pool,
  type PooledConnection,
  type PoolOptions,
} from '../../../src/index.js';
import { PoolServer } from './pool-server.js';
import { check, failure, until, watch } from './pool-watch.js';

let server: PoolServer;
let events: string[] = [];
const pools: Pool[] = [];

beforeEach(async () => {
  server = await new PoolServer().listen();
});
afterEach(async () => {
  for (const pool of pools.splice(0)) {
    await pool.end();
    expect(pool.stats).toMatchObject({ total: 0, idle: 0, busy: 0, connecting: 0, waiting: 0 });
  }
  await until(() => server.open.length === 0, 'the sockets to close');
  await server.close();
});

function makePool(options: Partial<PoolOptions> = {}): Pool {
  const pool = createPool({
    host: '127.0.0.1',
    port: server.port,
    database: 'd',
    user: 'u',
    ssl: false,
    connectTimeout: 2,
    closeTimeout: 2,
    acquireTimeout: 2,
    ...options,
  });
  pools.push(pool);
  events = watch(pool);
  return pool;
}

const take = (pool: Pool, count: number): Promise<PooledConnection[]> =>
  Promise.all(Array.from({ length: count }, () => pool.connect()));

/** A temporal assertion on a loaded machine: three tries. */
const bounded = { retry: 3 };

describe('Q1: all busy', () => {
  it('Q1: waiters are served in the order in which they came', async () => {
    const pool = makePool({ max: 2 });
    const held = await take(pool, 2);
    const order: number[] = [];
    const waiting = Array.from({ length: 20 }, async (_, n) => {
      const conn = await pool.connect();
      order.push(n);
      await conn.query('set x');
      conn.release();
    });
    expect(pool.stats).toMatchObject({ busy: 2, waiting: 20, total: 2 });
    for (const conn of held) conn.release();
    await Promise.all(waiting);
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(server.connections).toHaveLength(2);
  });

  it(
    'Q1: a TimeoutError at the bound tells the counts, and that the server was reachable',
    bounded,
    async () => {
      const pool = makePool({ max: 2, acquireTimeout: 0.2 });
      const held = await take(pool, 2);
      const other = pool.connect({ timeout: 5 });
      const { error, after } = await failure(pool.query('set x'));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({ phase: 'acquire', code: 'ERR_RS_TIMEOUT', sent: false, retryable: true });
      expect(error.message).toBe(
        'No connection within acquireTimeout (0.2 seconds): of at most 2 connections 2 busy, 0 idle, 0 connecting; ' +
          '1 other call waiting. The server was reachable: the connections were not released in time',
      );
      expect(error.cause).toBeUndefined();
      expect(after).toBeGreaterThan(190);
      expect(after).toBeLessThan(450);
      expect(pool.stats).toMatchObject({ waiting: 1, timedOut: 1 });
      held[0]!.release();
      (await other).release();
      held[1]!.release();
    },
  );

  it('Q1: the text says that the server could not be reached, with the error of connecting as its cause', async () => {
    const pool = makePool({ max: 2, acquireTimeout: 0.3 });
    const held = await pool.connect();
    server.refuse();
    const { error } = await failure(pool.query('set x'));
    expect(error).toMatchObject({ phase: 'acquire' });
    expect(error.message).toMatch(/1 busy.*The server could not be reached: .*ECONNREFUSED/);
    expect(error.cause).toBeInstanceOf(ConnectError);
    held.release();
  });

  it('Q1: the text says that connecting has no answer yet', async () => {
    server.mode = 'silent';
    const pool = makePool({ max: 2, acquireTimeout: 0.1, connectTimeout: 0.4 });
    const { error } = await failure(pool.connect());
    expect(error.message).toMatch(/1 connecting; 0 other calls waiting. .* still without an answer/);
    expect(error).toMatchObject({ phase: 'acquire' });
  });

  it('Q1: a call has its own bound, none with 0, and nonsense is refused', async () => {
    const pool = makePool({ max: 1, acquireTimeout: 0.05 });
    const [held] = await take(pool, 1);
    const patient = pool.connect({ timeout: 0 });
    expect((await failure(pool.connect({ timeout: 0.02 }))).error).toMatchObject({ phase: 'acquire' });
    for (const timeout of [-1, Number.NaN, Infinity, '5' as never]) {
      expect((await failure(pool.connect({ timeout }))).error).toMatchObject({ code: 'ERR_RS_ARGUMENT' });
    }
    for (const signal of [{}, 5, null] as never[]) {
      expect((await failure(pool.query('set x', [], { signal }))).error).toMatchObject({
        code: 'ERR_RS_ARGUMENT',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 80));
    held!.release();
    (await patient).release();
  });
});

describe('Q2: a waiter gives up', () => {
  it('Q2: by its signal, before, while and after a connection is handed to it', async () => {
    const pool = makePool({ max: 1 });
    const aborted = await failure(pool.connect({ signal: AbortSignal.abort('why') }));
    expect(aborted.error).toBeInstanceOf(CancelledError);
    expect(aborted.error).toMatchObject({ name: 'AbortError', cause: 'why', sent: false });
    const [held] = await take(pool, 1);
    const controller = new AbortController();
    const waiting = failure(pool.query('set x', [], { signal: controller.signal }));
    const next = pool.connect();
    controller.abort('enough');
    expect((await waiting).error).toMatchObject({ name: 'AbortError', cause: 'enough' });
    held!.release();
    const late = new AbortController();
    const conn = await next;
    late.abort();
    conn.release();
    const after = pool.connect({ signal: late.signal });
    expect((await failure(after)).error).toBeInstanceOf(CancelledError);
    expect(pool.stats).toMatchObject({ idle: 1, busy: 0, waiting: 0 });
    expect(server.connections[0]?.executed).toEqual([]);
  });

  it('Q2: in the very event that tells of a connection', async () => {
    const pool = makePool({ max: 1 });
    const [held] = await take(pool, 1);
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    pool.on('acquire', () => {
      for (const controller of controllers) controller.abort();
    });
    pool.on('release', () => controllers[0]!.abort());
    const calls = controllers.map(({ signal }) =>
      pool.connect({ signal }).then(
        (conn) => {
          conn.release();
          return 'got';
        },
        (error: unknown) => (error as Error).name,
      ),
    );
    held!.release();
    expect(await Promise.all(calls)).toEqual([
      'AbortError',
      ...calls.slice(1).map((_, n) => (n === 0 ? 'got' : 'AbortError')),
    ]);
    expect(pool.stats).toMatchObject({ idle: 1, busy: 0 });
  });

  it('Q2: while its connection is being made: that one is there for the next', async () => {
    const pool = makePool({ max: 1 });
    const controller = new AbortController();
    const call = failure(pool.connect({ signal: controller.signal }));
    controller.abort();
    await call;
    await until(() => pool.stats.idle === 1);
    await pool.query('set x');
    expect(server.connections).toHaveLength(1);
  });
});

describe('Q3: connecting fails while callers wait', () => {
  it('Q3: each gets a connection or an error, whichever attempts fail', async () => {
    for (let failing = 0; failing <= 4; failing++) {
      const pool = makePool({ max: 4 });
      server.modes.push(...Array.from({ length: failing }, () => 'full' as const));
      const calls = await Promise.allSettled(Array.from({ length: 12 }, () => pool.query('set x')));
      const got = calls.filter(({ status }) => status === 'fulfilled').length;
      // While somebody else may come back, a refusal that may pass is not told to anybody.
      if (failing < 4) expect(got).toBe(12);
      for (const call of calls) {
        if (call.status === 'rejected') expect(call.reason).toMatchObject({ code: '53300' });
      }
      server.modes.length = 0;
      await pool.query('set x');
      check(pool);
      await pool.end();
    }
  });

  it('Q3: a server that refuses is told at once to all who wait', bounded, async () => {
    server.refuse();
    const pool = makePool({ max: 3, acquireTimeout: 30 });
    const calls = Array.from({ length: 20 }, () => failure(pool.query('set x')));
    for (const { error, after } of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(ConnectError);
      expect(error.message).toContain(`127.0.0.1:${String(server.port)}`);
      expect(error.retryable).toBe(true);
      expect(after).toBeLessThan(250);
    }
    expect(pool.stats.failed).toBe(3);
    await server.listen();
  });

  it('Q3: what no second try can heal is told at once, also while others are at work', bounded, async () => {
    const pool = makePool({ max: 3, acquireTimeout: 30 });
    const held = await pool.connect();
    server.mode = 'forbidden';
    const { error, after } = await failure(pool.connect());
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(after).toBeLessThan(250);
    held.release();
    await pool.query('set x');
  });

  it('Q3: the password is asked for each connection; what the function throws is told, and the next call works', async () => {
    let calls = 0;
    const pool = makePool({
      max: 2,
      password: () => {
        if (++calls === 1) throw new Error('vault closed');
        return 'p';
      },
    });
    expect((await failure(pool.query('set x'))).error).toMatchObject({ cause: { message: 'vault closed' } });
    const held = await take(pool, 2);
    expect(calls).toBe(3);
    for (const conn of held) conn.release();
    await pool.query('set x');
    expect(calls).toBe(3);
  });
});

describe('Q4: a connection dies', () => {
  it.each(['FIN', 'RST'] as const)(
    'Q4: while idle, by %s: it is removed in silence, and the next query has another',
    async (how) => {
      const pool = makePool();
      await pool.query('set x');
      server.kill(how);
      await until(() => pool.stats.total === 0);
      expect(events.at(-1)).toBe('remove:lost');
      await pool.query('set y');
      expect(server.connections.map(({ executed }) => executed)).toEqual([['set x'], ['set y']]);
    },
  );

  it('Q4: while idle, by a FATAL error of the server (57P01)', async () => {
    const pool = makePool();
    await pool.query('set x');
    const lost = new Promise<unknown>((resolve) => pool.once('remove', ({ error }) => resolve(error)));
    server.connections[0]!.error('FATAL', '57P01');
    server.kill('FIN');
    expect(await lost).toMatchObject({ sqlState: '57P01' });
    await pool.query('set y');
  });

  it('Q4: at the very moment of checkout, before the end of the socket was seen: the query finds another', async () => {
    for (const how of ['FIN', 'RST'] as const) {
      const pool = makePool({ max: 3 });
      for (const conn of await take(pool, 3)) conn.release();
      await new Promise((resolve) => setTimeout(resolve, 30));
      server.kill(how);
      const results = await Promise.all([pool.query('rows 1'), pool.query('rows 2'), pool.query('rows 3')]);
      expect(results.map(({ rowCount }) => rowCount)).toEqual([1, 2, 3]);
      await pool.end();
    }
  });

  it(
    'Q4: silently: after a long rest it is asked for a sign of life, and those that rested as long go too',
    bounded,
    async () => {
      const pool = makePool({ max: 3, validateAfter: 0.05, acquireTimeout: 5, closeTimeout: 0.2 });
      for (const conn of await take(pool, 3)) conn.release();
      await new Promise((resolve) => setTimeout(resolve, 70));
      for (const connection of server.connections) connection.deaf = true;
      const started = performance.now();
      await pool.query('set x');
      // One bound for all three, not one for each.
      expect(performance.now() - started).toBeLessThan(450);
      expect(events.filter((event) => /lost|invalid/.test(event))).toHaveLength(3);
      expect(server.connections.map(({ executed }) => executed.length)).toEqual([0, 0, 0, 1]);
    },
  );

  it('Q4: a sign of life runs no statement, and is asked for only after a rest', async () => {
    const pool = makePool({ max: 1, validateAfter: 0.1 });
    await pool.query('set x');
    await pool.query('set y');
    expect(server.connections[0]?.pings).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 110));
    await pool.query('set z');
    expect(server.connections[0]).toMatchObject({ pings: 1, executed: ['set x', 'set y', 'set z'] });
    expect(pool.stats).toMatchObject({ opened: 1 });
  });

  it('Q4: while it is out, and on its return: its user is told, the pool has room again', async () => {
    const pool = makePool({ max: 1 });
    const conn = await pool.connect();
    const closed = vi.fn();
    conn.on('close', closed);
    expect((await failure(conn.query('die'))).error).toBeInstanceOf(ConnectionLostError);
    expect(closed).toHaveBeenCalledOnce();
    expect(conn.closed).toBe(true);
    // Whoever waits does not have to wait for the release of a dead connection.
    await pool.query('set x');
    conn.release();
    conn.release(new Error('late'));
    await pool.query('set y');
    expect(pool.stats).toMatchObject({ opened: 2, idle: 1, busy: 0 });
    expect((await failure(pool.query('die'))).error.sent).toBe(true);
  });
});

describe('Q5: what a release may find', () => {
  it('Q5: released twice counts once', async () => {
    const pool = makePool({ max: 1 });
    const conn = await pool.connect();
    conn.release();
    conn.release();
    await conn.close();
    const [a, b] = [pool.connect(), pool.connect({ timeout: 0.05 })];
    expect((await failure(b)).error).toMatchObject({ phase: 'acquire' });
    (await a).release();
    expect(pool.stats).toMatchObject({ acquired: 2, released: 2 });
  });

  it('Q5: used after release, every call is a PoolError and nothing is sent', async () => {
    const pool = makePool({ max: 1 });
    const conn = await pool.connect();
    const cursor = conn.cursor();
    await cursor.execute('rows 3');
    const rows = cursor[Symbol.asyncIterator]();
    await rows.next();
    conn.release();
    const told = server.connections[0]!.executed.length;
    const calls: Promise<unknown>[] = [
      conn.query('set x'),
      conn.script('set x'),
      conn.commit(),
      conn.rollback(),
      conn.cancel(),
      conn.transaction(() => 1),
      cursor.execute('set x'),
      cursor.executeMany('insert %s', [[1]]),
      cursor.fetchOne(),
      cursor.fetchAll(),
      rows.next(),
      conn.cursor().execute('set x'),
    ];
    for (const call of calls) {
      const { error } = await failure(call);
      expect(error).toBeInstanceOf(PoolError);
      expect(error.message).toMatch(/was released/);
    }
    expect(() => conn.transactionStatus).toThrow(PoolError);
    expect(conn).toMatchObject({ closed: true, released: true });
    await cursor.close();
    expect(server.connections[0]!.executed).toHaveLength(told);
  });

  it('Q5: released in a transaction, it is rolled back before the next one gets it', async () => {
    const warn = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn, error: vi.fn() };
    const pool = makePool({ max: 1, autocommit: false, logger });
    const conn = await pool.connect();
    await conn.query('insert x');
    const next = pool.connect();
    conn.release();
    expect((await next).transactionStatus).toBe('idle');
    expect(server.connections[0]!.executed).toEqual(['begin transaction', 'insert x', 'rollback']);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/released with uncommitted changes/), {
      processId: 1,
    });
    (await next).release();
  });

  it('Q5: released in a failed transaction', async () => {
    const pool = makePool({ max: 1, autocommit: false });
    const conn = await pool.connect();
    await failure(conn.query('fail 22012'));
    expect(conn.transactionStatus).toBe('failed');
    conn.release();
    await pool.query('set x');
    expect(server.connections[0]!.executed).toEqual(['begin transaction', 'fail 22012', 'rollback', 'set x']);
  });

  it('Q5: released with unread rows', async () => {
    const pool = makePool({ max: 1, fetchBufferSize: 10_000 });
    const conn = await pool.connect();
    const cursor = await conn.cursor().execute('rows 5000', [], { stream: true });
    await cursor.fetchOne();
    conn.release();
    expect((await pool.query('rows 2')).rowCount).toBe(2);
    expect((await failure(cursor.fetchOne())).error).toBeInstanceOf(PoolError);
    expect(server.connections.filter(({ user }) => user !== '')).toHaveLength(1);
  });

  it('Q5: released while a call is under way: it ends first', async () => {
    const pool = makePool({ max: 1 });
    const conn = await pool.connect();
    const call = conn.query('rows 300');
    conn.release();
    expect(pool.stats).toMatchObject({ busy: 1 });
    expect((await pool.query('rows 1')).rowCount).toBe(1);
    expect((await call).rowCount).toBe(300);
  });

  it('Q5: released while a call hangs, it is destroyed at the bound', bounded, async () => {
    const pool = makePool({ max: 1, closeTimeout: 0.2 });
    const conn = await pool.connect();
    const call = failure(conn.query('hang'));
    const started = performance.now();
    conn.release();
    await pool.query('set x');
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(performance.now() - started).toBeLessThan(450);
    expect((await call).error).toBeInstanceOf(TimeoutError);
    expect(events).toContain('remove:lost');
  });

  it('Q5: released after a timeout, it waits until the server has stopped', bounded, async () => {
    const pool = makePool({ max: 1 });
    const conn = await pool.connect();
    expect((await failure(conn.query('hang', [], { timeout: 0.2 }))).error).toMatchObject({
      phase: 'query',
    });
    conn.release();
    expect((await pool.query('rows 1')).rowCount).toBe(1);
    expect(server.connections[0]!.executed).toEqual(['hang', 'rows 1']);
  });

  it('Q5: released after a timeout that the server does not obey, it is destroyed', bounded, async () => {
    const pool = makePool({ max: 1, closeTimeout: 0.2 });
    const conn = await pool.connect();
    server.connections[0]!.cancel = () => undefined;
    await failure(conn.query('hang', [], { timeout: 0.2 }));
    conn.release();
    expect((await pool.query('rows 1')).rowCount).toBe(1);
    expect(server.connections[0]!.executed).toEqual(['hang']);
  });

  it('Q5: released with an error, it is not used again', async () => {
    const pool = makePool({ max: 1 });
    for (const wrong of [new Error('mine'), true, 'text']) {
      const conn = await pool.connect();
      const removed = new Promise((resolve) => pool.once('remove', resolve));
      conn.release(wrong);
      expect(await removed).toMatchObject({ reason: 'error', error: wrong });
    }
    for (const fine of [undefined, null, false]) (await pool.connect()).release(fine);
    expect(pool.stats).toMatchObject({ opened: 4, idle: 1 });
    await until(() => server.connections.filter(({ terminated }) => terminated).length === 3);
  });

  it('Q5: its release can only lead to its own pool', async () => {
    const [one, two] = [makePool({ max: 1 }), makePool({ max: 1 })];
    const [a, b] = [await one.connect(), await two.connect()];
    b.release.call(a);
    expect([one.stats.idle, two.stats.idle]).toEqual([1, 0]);
    expect([a.released, b.released]).toEqual([true, false]);
    b.release();
  });

  it('Q5: close() and leaving a block give it back as release() does', async () => {
    const pool = makePool({ max: 1 });
    const conn = await pool.connect();
    await conn.close();
    expect(pool.stats).toMatchObject({ idle: 1, total: 1 });
    {
      await using held = await pool.connect();
      await held.query('begin');
    }
    expect(pool.stats).toMatchObject({ idle: 1, opened: 1 });
    expect(server.connections[0]).toMatchObject({ status: 'I', executed: ['begin', 'rollback'] });
  });

  it('Q5: what a user set on his connection ends with the loan: autocommit, listeners, notices', async () => {
    const pool = makePool({ max: 1 });
    const conn = await pool.connect();
    const heard = vi.fn();
    conn.on('notice', heard);
    conn.autocommit = false;
    conn.release();
    const next = await pool.connect();
    expect(next.autocommit).toBe(true);
    expect(next).not.toBe(conn);
    server.connections[0]!.say({ type: 'NoticeResponse', fields: new Map([['M', 'psst']]) });
    await until(() => next.notices.length === 1);
    expect(heard).not.toHaveBeenCalled();
    next.release();
  });
});

describe('Q6: the server restarts', () => {
  it('Q6: all that runs rejects, the pool heals with the first success, and nobody runs in circles meanwhile', async () => {
    const pool = makePool({ max: 5, min: 2, acquireTimeout: 5 });
    const running = Array.from({ length: 5 }, () => failure(pool.query('hang')));
    await until(() => server.connections.filter(({ executed }) => executed.length > 0).length === 5);
    const waiting = Array.from({ length: 5 }, () => failure(pool.query('set x')));
    server.refuse();
    server.kill();
    for (const { error } of await Promise.all(running)) expect(error).toBeInstanceOf(ConnectionLostError);
    for (const { error } of await Promise.all(waiting)) expect(error).toMatchObject({ retryable: true });
    const before = pool.stats.failed;
    const stop = performance.now() + 1000;
    let refused = 0;
    while (performance.now() < stop) {
      // An application that asks again and again.
      refused += (await failure(pool.query('set x'))).error instanceof ConnectError ? 1 : 0;
    }
    expect(refused).toBeGreaterThan(0);
    // With waits of 0.05 to 0.1 s, 0.1 to 0.2 s … there is room for seven attempts in a second, not for a hundred.
    expect(pool.stats.failed - before).toBeLessThanOrEqual(10);
    await server.listen();
    const after = await Promise.all(Array.from({ length: 20 }, () => pool.query('rows 1')));
    expect(after).toHaveLength(20);
    expect(pool.stats).toMatchObject({ busy: 0, waiting: 0, idle: 5 });
  });

  it('Q6: a server that lets in and hangs up at once is not asked without end', async () => {
    server.mode = 'hang-up';
    const pool = makePool({ max: 3, min: 3 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(server.attempts.length).toBeGreaterThan(3);
    expect(server.attempts.length).toBeLessThan(20);
    server.mode = 'serve';
    await pool.query('set x');
    await until(() => pool.stats.idle === 3);
  });

  it('Q6: while nobody waits, the minimum is tried again ever more rarely', async () => {
    server.mode = 'full';
    const pool = makePool({ max: 3, min: 3 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    // Three at first, then one at a time.
    expect(server.attempts.length).toBeGreaterThanOrEqual(4);
    expect(server.attempts.length).toBeLessThanOrEqual(9);
    expect(pool.stats).toMatchObject({ opened: 0 });
  });
});

describe('Q7: end()', () => {
  it('Q7: with idle, busy, waiting and connecting clients', bounded, async () => {
    const pool = makePool({ max: 4, closeTimeout: 0.2 });
    const held = await take(pool, 2);
    (await pool.connect()).release();
    server.mode = 'silent';
    const connecting = failure(Promise.all([pool.connect(), pool.connect()]));
    const waiting = [failure(pool.connect()), failure(pool.query('set x'))];
    await until(() => pool.stats.connecting === 1);
    const started = performance.now();
    const ending = pool.end();
    held[0]!.release();
    expect((await connecting).error).toBeInstanceOf(PoolError);
    for (const each of waiting) {
      const { error, after } = await each;
      expect(error).toBeInstanceOf(PoolError);
      expect(error.message).toBe('The pool is closed: end() was called');
      expect(after).toBeLessThan(200);
    }
    await ending;
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(190);
    expect(took).toBeLessThan(450);
    expect((await failure(held[1]!.query('set x'))).error).toMatchObject({ sent: false });
    held[1]!.release();
    for (const again of [pool.end(), pool.end()]) await again;
    for (const call of [pool.query('set x'), pool.connect(), pool.transaction(() => 1)]) {
      expect((await failure(call)).error).toBeInstanceOf(PoolError);
    }
    expect(pool.closed).toBe(true);
  });

  it('Q7: waits for what is out, as long as it is told to', async () => {
    const pool = makePool({ max: 1, closeTimeout: 0.05 });
    const work = pool.transaction(async (conn) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return (await conn.query('rows 3')).rowCount;
    });
    await until(() => pool.stats.busy === 1);
    await pool.end({ timeout: 5 });
    expect(await work).toBe(3);
    await until(() => server.connections[0]!.terminated);
    expect((await failure(makePool().end({ timeout: -1 }))).error).toMatchObject({ code: 'ERR_RS_ARGUMENT' });
  });

  it('Q7: a query that hangs is rejected at the bound', bounded, async () => {
    const pool = makePool({ max: 1, closeTimeout: 0.2 });
    const call = failure(pool.query('hang'));
    await until(() => server.connections[0]?.executed[0] === 'hang');
    const started = performance.now();
    await pool.end();
    expect(performance.now() - started).toBeLessThan(450);
    expect((await call).error).toBeInstanceOf(PoolError);
  });

  it('Q7: after the connections were lost, and while the server refuses', bounded, async () => {
    const pool = makePool({ max: 3, min: 3 });
    await until(() => pool.stats.idle === 3);
    server.refuse();
    server.kill();
    await until(() => pool.stats.failed > 0);
    const started = performance.now();
    await Promise.all([pool.end(), pool.end()]);
    expect(performance.now() - started).toBeLessThan(100);
    await server.listen();
  });

  it('Q7: while a connection is put in order, and while one is asked for a sign of life', async () => {
    const pool = makePool({ max: 2, closeTimeout: 0.2, validateAfter: 0 });
    const [a, b] = await take(pool, 2);
    await a!.query('begin');
    b!.release();
    await until(() => pool.stats.idle === 1);
    for (const connection of server.connections) connection.deaf = true;
    const waiting = failure(pool.connect());
    a!.release();
    await pool.end();
    expect((await waiting).error).toBeInstanceOf(PoolError);
  });

  it('Q7: before it was ever used, and at once', async () => {
    const pool = makePool({ min: 3 });
    await pool.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.connections).toHaveLength(0);
    await using other = makePool();
    await other.query('set x');
  });

  it('Q7: from inside of its own events', async () => {
    const pool = makePool({ max: 1 });
    let ended: Promise<void> | undefined;
    pool.on('release', () => {
      ended ??= pool.end();
    });
    await pool.query('set x');
    await ended;
    expect(pool.stats.total).toBe(0);
  });
});

describe('Q8: lives, rests and the minimum', () => {
  it('Q8: idle connections go down to the minimum; a lifetime that is over during work ends with the work', async () => {
    const pool = makePool({ max: 4, min: 1, idleTimeout: 0.1 });
    for (const conn of await take(pool, 4)) conn.release();
    await until(() => pool.stats.total === 1);
    expect(events.filter((event) => event === 'remove:idle')).toHaveLength(3);
    await pool.end();
    const short = makePool({ max: 1, maxLifetime: 0.1 });
    const conn = await short.connect();
    await new Promise((resolve) => setTimeout(resolve, 130));
    await conn.query('set x');
    expect(short.stats.total).toBe(1);
    conn.release();
    expect(events).toContain('remove:lifetime');
    expect(short.stats.total).toBe(0);
  });

  it('Q8: a connection is replaced after maxUses', async () => {
    const pool = makePool({ max: 1, maxUses: 3 });
    for (let n = 0; n < 7; n++) await pool.query('set x');
    expect(server.connections.map(({ executed }) => executed.length)).toEqual([3, 3, 1]);
    expect(events.filter((event) => event === 'remove:uses')).toHaveLength(2);
    await until(() => server.connections[0]!.terminated);
  });
});

describe('Q9: the hooks', () => {
  it('Q9: onConnect prepares each connection before anybody gets it', async () => {
    const pool = makePool({
      max: 2,
      onConnect: async (conn) => {
        await conn.query('set search_path');
        await conn.query('begin');
      },
    });
    for (const conn of await take(pool, 2)) conn.release();
    await pool.query('set x');
    expect(server.connections[0]!.executed.slice(0, 3)).toEqual(['set search_path', 'begin', 'rollback']);
    expect(server.connections[1]!.executed.slice(0, 3)).toEqual(['set search_path', 'begin', 'rollback']);
    expect(pool.stats).toMatchObject({ opened: 2, acquired: 3 });
  });

  it('Q9: onConnect that throws: the connection is closed, the error told, the pool usable', async () => {
    let calls = 0;
    const mine = new Error('mine');
    const pool = makePool({
      onConnect: async (conn) => {
        if (++calls === 1) throw mine;
        if (calls === 2) await conn.query('fail 42501');
      },
    });
    const thrown = await failure(pool.query('set x'));
    expect(thrown.error).toBeInstanceOf(PoolError);
    expect(thrown.error).toMatchObject({ message: expect.stringContaining('onConnect failed'), cause: mine });
    expect((await failure(pool.query('set x'))).error).toMatchObject({ cause: { sqlState: '42501' } });
    await pool.query('set x');
    await until(() => server.open.length === 1);
    expect(pool.stats).toMatchObject({ opened: 1, failed: 2, total: 1 });
  });

  it(
    'Q9: onConnect that hangs ends at connectTimeout; what it does later has no effect',
    bounded,
    async () => {
      let kept: { query(sql: string): Promise<unknown> } | undefined;
      const pool = makePool({
        connectTimeout: 0.2,
        onConnect: (conn) => {
          if (kept !== undefined) return;
          kept = conn;
          return new Promise(() => undefined);
        },
      });
      const { error, after } = await failure(pool.query('set x'));
      expect(error).toMatchObject({
        phase: 'connect',
        message: expect.stringContaining('onConnect did not end'),
      });
      expect(after).toBeLessThan(450);
      await pool.query('set x');
      await failure(kept!.query('set late'));
      expect(server.connections.flatMap(({ executed }) => executed)).toEqual(['set x']);
    },
  );

  it('Q9: onConnect whose connection is lost, and which is still running when the pool ends', async () => {
    let calls = 0;
    const pool = makePool({
      onConnect: async (conn) => {
        if (++calls === 1) await conn.query('die');
        if (calls === 2) await new Promise(() => undefined);
      },
    });
    expect((await failure(pool.query('set x'))).error).toMatchObject({
      code: expect.stringMatching(/POOL|LOST/),
    });
    const waiting = failure(pool.query('set x'));
    await until(() => calls === 2);
    await pool.end();
    expect((await waiting).error).toBeInstanceOf(PoolError);
  });

  it('Q9: onRelease runs between two users; when it fails or hangs, the next one gets a new connection', async () => {
    let calls = 0;
    const pool = makePool({
      max: 1,
      closeTimeout: 0.3,
      onRelease: async (conn) => {
        calls++;
        if (calls <= 2) await conn.query('set reset');
        if (calls === 2) throw new Error('mine');
        if (calls === 3) await new Promise(() => undefined);
      },
    });
    for (let n = 0; n < 4; n++) await pool.query('set x');
    await until(() => calls === 4);
    expect(server.connections.map(({ executed }) => executed)).toEqual([
      ['set x', 'set reset', 'set x', 'set reset'],
      ['set x'],
      ['set x'],
    ]);
    expect(events.filter((event) => event.startsWith('remove'))).toEqual(['remove:unclean', 'remove:lost']);
  });
});

describe('Q10: the counts', () => {
  it('Q10: add up after every event of a storm, and nothing is left of it', async () => {
    const pool = makePool({
      max: 4,
      min: 1,
      acquireTimeout: 0.3,
      idleTimeout: 0.05,
      maxUses: 20,
      validateAfter: 0.01,
    });
    let seed = 12345;
    const random = (below: number): number => ((seed = (seed * 1103515245 + 12345) % 2 ** 31) >>> 12) % below;
    const one = async (n: number): Promise<void> => {
      const controller = new AbortController();
      if (random(4) === 0) setTimeout(() => controller.abort(), random(20));
      const { signal } = controller;
      const kind = random(8);
      if (kind < 3) await pool.query(`rows ${String(random(5))}`, [], { signal });
      else if (kind === 3) await pool.query('die', [], { signal });
      else if (kind === 4) await pool.transaction((conn) => conn.query('fail 40001'), { signal });
      else if (kind === 5) await pool.query('hang', [], { signal, timeout: 0.02 });
      else {
        await using conn = await pool.connect({ signal });
        await conn.query('begin');
        if (kind === 6) conn.release(new Error(`mine ${String(n)}`));
      }
    };
    const storm = Array.from({ length: 300 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, random(600)));
      await one(n).catch(() => undefined);
      check(pool);
    });
    await Promise.all(storm);
    await until(() => pool.stats.busy === 0);
    expect(pool.stats).toMatchObject({ busy: 0, waiting: 0 });
    const { acquired, released, opened, removed, total } = pool.stats;
    expect(acquired).toBe(released);
    expect(opened - removed).toBe(total);
    await pool.query('set x');
  });
});

describe('a transaction', () => {
  it('commits what the work did, and gives up what it did not read', async () => {
    const pool = makePool({ max: 1, fetchBufferSize: 10_000 });
    const value = await pool.transaction(async (conn) => {
      await conn.query('insert x');
      const cursor = await conn.cursor().execute('rows 3000', [], { stream: true });
      await cursor.fetchOne();
      return 7;
    });
    expect(value).toBe(7);
    expect(server.connections[0]!.executed).toEqual(['begin transaction', 'insert x', 'rows 3000', 'commit']);
    expect(pool.stats).toMatchObject({ idle: 1, opened: 1 });
  });

  it('L11: throws what the work threw; what went wrong besides travels along', async () => {
    const pool = makePool({ max: 1 });
    const mine = new Error('mine');
    const work = async (conn: PooledConnection): Promise<void> => {
      await conn.query('insert x');
      await failure(conn.query('die'));
      throw mine;
    };
    const { error } = await failure(pool.transaction(work));
    expect(error).toBe(mine);
    expect(error).toMatchObject({ suppressed: { code: 'ERR_RS_CONNECTION_LOST' } });
    expect((await failure(pool.transaction(() => Promise.reject(mine)))).error).toBe(mine);
    expect(pool.stats).toMatchObject({ idle: 1, busy: 0 });
  });

  it('is tried again as a whole where that is asked for, and told of', async () => {
    const pool = makePool({ max: 2 });
    const told = vi.fn();
    let attempt = 0;
    const work = async (conn: PooledConnection): Promise<number> => {
      await conn.query('insert x');
      if (++attempt < 3) await conn.query('fail 40001');
      return attempt;
    };
    expect((await failure(pool.transaction(work))).error).toMatchObject({ sqlState: '40001' });
    expect(await pool.transaction(work, { retry: { delay: 0.001, onRetry: told } })).toBe(3);
    expect(told).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: '40001' }), 2);
    const other = pool.transaction((conn) => conn.query('fail 42501'), { retry: {} });
    expect((await failure(other)).error).toMatchObject({ sqlState: '42501' });
  });

  it.each([
    ['lost', () => server.kill()],
    [
      'ended by a FATAL error',
      () => {
        server.connections[0]!.error('FATAL', '57P01');
        server.kill('FIN');
      },
    ],
  ])('L10: whose COMMIT is %s is never tried again: nobody knows its outcome', async (_, fault) => {
    const pool = makePool({ max: 1 });
    let attempts = 0;
    const work = async (conn: PooledConnection): Promise<void> => {
      attempts++;
      await conn.query('insert x');
      server.connections[0]!.deaf = true;
      setTimeout(fault, 30);
    };
    const { error } = await failure(pool.transaction(work, { retry: { delay: 0.001, on: () => true } }));
    expect(error).toBeInstanceOf(OperationalError);
    expect(error).toMatchObject({ outcome: 'unknown', retryable: false });
    expect(attempts).toBe(1);
    const again = retry(() => Promise.reject(error), { on: [error.code], delay: 0.001 });
    expect((await failure(again)).error).toBe(error);
  });

  it('whose COMMIT ran out of time has an unknown outcome, too', async () => {
    const pool = makePool({ max: 1, queryTimeout: 0.1 });
    const work = async (conn: PooledConnection): Promise<void> => {
      await conn.query('insert x');
      server.connections[0]!.deaf = true;
    };
    const { error } = await failure(pool.transaction(work, { retry: { on: ['ERR_RS_TIMEOUT'] } }));
    expect(error).toMatchObject({ phase: 'query', outcome: 'unknown' });
  });
});

describe('pool.query', () => {
  it('is in autocommit even where the pool is not', async () => {
    const pool = makePool({ max: 1, autocommit: false });
    await pool.query('insert x');
    expect(server.connections[0]!.executed).toEqual(['insert x']);
  });

  it('leaves the connection clean whatever happens', async () => {
    const pool = makePool({ max: 1 });
    await failure(pool.query('fail 42601'));
    await failure(pool.query('rows 1', [Symbol('x')]));
    await failure(pool.query(5 as never));
    const controller = new AbortController();
    const hanging = failure(pool.query('hang', [], { signal: controller.signal }));
    await until(() => server.connections[0]!.executed.includes('hang'));
    controller.abort();
    await hanging;
    await pool.query('begin');
    await pool.query('set x');
    expect(server.connections[0]!.executed).toEqual(['fail 42601', 'hang', 'begin', 'rollback', 'set x']);
    expect(pool.stats).toMatchObject({ opened: 1, idle: 1 });
  });
});
