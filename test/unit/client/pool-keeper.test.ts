/** The pool's rules without any socket: connections that are objects, clocks that are turned by hand. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Keeper, type KeeperSettings } from '../../../src/client/pool-keeper.js';
import type { Lent, Physical } from '../../../src/client/pool-member.js';
import { ConnectError, PoolError, TimeoutError } from '../../../src/errors.js';
import { onAbort } from '../../../src/session/abort.js';

class FakeConnection implements Physical {
  closed = false;
  clean = true;
  busy = false;
  held = true;
  /** Where the goodbye was said, or the connection torn. */
  end: 'closed' | 'destroyed' | undefined;
  checks = 0;
  answers = true;
  readonly processId: number;
  readonly #lost: (error?: Error) => void;

  constructor(processId: number, lost: (error?: Error) => void) {
    this.processId = processId;
    this.#lost = lost;
  }
  async restore(): Promise<void> {
    await Promise.resolve();
    if (!this.answers) throw new TimeoutError('late', { phase: 'close' });
    this.clean = true;
  }
  async check(): Promise<void> {
    this.checks++;
    await Promise.resolve();
    if (!this.answers) throw new TimeoutError('late', { phase: 'close' });
  }
  async close(): Promise<void> {
    await Promise.resolve();
    this.#over('closed');
  }
  destroy(): void {
    this.#over('destroyed');
  }
  /** The server is gone. */
  lose(): void {
    if (this.closed) return;
    this.closed = true;
    this.#lost(new Error('lost'));
  }
  ref(): void {
    this.held = true;
  }
  unref(): void {
    this.held = false;
  }
  #over(how: 'closed' | 'destroyed'): void {
    if (this.closed) return;
    this.closed = true;
    this.end = how;
    this.#lost();
  }
}

interface Attempt {
  readonly succeed: () => FakeConnection;
  readonly fail: (error: Error) => void;
}

/** Opens when it is told to. */
class Server {
  readonly made: FakeConnection[] = [];
  readonly attempts: Attempt[] = [];
  /** Undefined: attempts wait to be told what becomes of them. */
  answer: 'yes' | 'no' | undefined = 'yes';

  readonly open = (lost: (error: Error | undefined) => void, signal: AbortSignal): Promise<FakeConnection> =>
    new Promise((resolve, reject) => {
      const attempt: Attempt = {
        succeed: () => {
          const connection = new FakeConnection(this.made.length + 1, lost);
          this.made.push(connection);
          resolve(connection);
          return connection;
        },
        fail: reject,
      };
      onAbort(signal, () => reject(signal.reason as Error));
      if (this.answer === 'yes') attempt.succeed();
      else if (this.answer === 'no') reject(refused());
      else this.attempts.push(attempt);
    });
}

const refused = (): ConnectError => new ConnectError('refused', { retryable: true });

const settings: KeeperSettings = {
  min: 0,
  max: 3,
  idleTimeout: 30,
  acquireTimeout: 30,
  maxLifetime: undefined,
  maxUses: undefined,
  validateAfter: 5,
  allowExitOnIdle: false,
  closeTimeout: 5,
};

type Fake = Keeper<FakeConnection>;

function make(over: Partial<KeeperSettings> = {}): { keeper: Fake; server: Server; removed: string[] } {
  const server = new Server();
  const keeper: Fake = new Keeper({ ...settings, ...over }, server.open);
  const removed: string[] = [];
  for (const name of ['connect', 'acquire', 'release'] as const) keeper.events.on(name, () => sums(keeper));
  keeper.events.on('remove', ({ reason }) => {
    removed.push(reason);
    sums(keeper);
  });
  return { keeper, server, removed };
}

function sums({ accounts }: Fake): void {
  const { idle, busy, connecting, total, max } = accounts;
  if (idle + busy + connecting === total && total <= max) return;
  expect.fail(
    `${String(idle)} idle, ${String(busy)} busy, ${String(connecting)} connecting: ${String(total)}`,
  );
}

const settle = async (turns = 10): Promise<void> => {
  for (let n = 0; n < turns; n++) await Promise.resolve();
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('Q2: a waiter gives up as a connection is handed to it', () => {
  it(
    'Q2: in 10,000 timings, by signal and by clock: never a connection lost, never a count wrong',
    { timeout: 60_000 },
    async () => {
      let seed = 7;
      const random = (below: number): number =>
        ((seed = (seed * 1103515245 + 12345) % 2 ** 31) >>> 12) % below;
      const outcomes = { got: 0, aborted: 0, late: 0 };
      const { keeper, server } = make({ max: 2 });
      for (let n = 0; n < 10_000; n++) {
        const held = await keeper.acquire({});
        const other = await keeper.acquire({});
        const controller = new AbortController();
        const byClock = random(2) === 0;
        const call = keeper.acquire(byClock ? { timeout: 0.005 } : { signal: controller.signal }).then(
          (lent) => {
            outcomes.got++;
            void keeper.giveBack(lent);
          },
          (error: unknown) => {
            if (error instanceof TimeoutError) outcomes.late++;
            else outcomes.aborted++;
          },
        );
        // The hand-over and the giving up, some turns of the queue of promises and some ticks of the clock apart, in either order.
        const handOver = async (): Promise<void> => {
          await settle(random(4));
          if (byClock) vi.advanceTimersByTime(random(3));
          void keeper.giveBack(held);
        };
        const giveUp = async (): Promise<void> => {
          await settle(random(4));
          if (byClock) vi.advanceTimersByTime(3 + random(4));
          else controller.abort();
        };
        await Promise.all(random(2) === 0 ? [handOver(), giveUp()] : [giveUp(), handOver()]);
        if (byClock) vi.advanceTimersByTime(10);
        await call;
        void keeper.giveBack(other);
        await settle(2);
        const { total, idle } = keeper.accounts;
        if (total !== 2 || idle !== 2 || keeper.waiting > 0)
          expect.fail(`Round ${String(n)}: ${String(idle)} idle`);
      }
      expect(server.made).toHaveLength(2);
      expect(keeper.counters.acquired).toBe(keeper.counters.released);
      expect(outcomes.got + outcomes.aborted + outcomes.late).toBe(10_000);
      // Both ends of the race were seen, on both tracks.
      for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(500);
      expect(vi.getTimerCount()).toBe(1);
      await keeper.end(5);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('Q2: while a connection is asked for a sign of life for it', async () => {
    const { keeper } = make({ max: 1, validateAfter: 0 });
    void keeper.giveBack(await keeper.acquire({}));
    const controller = new AbortController();
    const call = keeper.acquire({ signal: controller.signal });
    expect(keeper.accounts.busy).toBe(1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await settle();
    expect(keeper.accounts).toMatchObject({ idle: 1, busy: 0 });
  });
});

describe('Q8: lives, rests and the minimum, to the millisecond', () => {
  it('Q8: idle connections go after idleTimeout, the longest idle first, down to the minimum', async () => {
    const { keeper, removed } = make({ max: 5, min: 2, idleTimeout: 30 });
    await settle();
    expect(keeper.accounts).toMatchObject({ total: 2, idle: 2 });
    const lent: Lent<FakeConnection>[] = [];
    for (let n = 0; n < 5; n++) lent.push(await keeper.acquire({}));
    for (const each of lent) {
      void keeper.giveBack(each);
      vi.advanceTimersByTime(1000);
    }
    // Given back at 0, 1, 2, 3 and 4 seconds; it is 5 now.
    vi.advanceTimersByTime(24_999);
    expect(keeper.accounts.idle).toBe(5);
    vi.advanceTimersByTime(1);
    expect(keeper.accounts.idle).toBe(4);
    vi.advanceTimersByTime(1000);
    expect(keeper.accounts.idle).toBe(3);
    vi.advanceTimersByTime(1000);
    expect(keeper.accounts.idle).toBe(2);
    vi.advanceTimersByTime(1_000_000);
    expect(keeper.accounts.idle).toBe(2);
    expect(removed).toEqual(['idle', 'idle', 'idle']);
    // Those that were used last are left.
    expect(keeper.accounts.idleMembers().map(({ connection }) => connection?.processId)).toEqual(
      lent.slice(3).map(({ connection }) => connection.processId),
    );
  });

  it('Q8: one that rested too long goes as soon as there are more than the minimum', async () => {
    const { keeper } = make({ max: 2, min: 1, idleTimeout: 10 });
    await settle();
    vi.advanceTimersByTime(60_000);
    const first = keeper.acquire({});
    await vi.advanceTimersByTimeAsync(1);
    const second = await keeper.acquire({});
    const lent = await first;
    void keeper.giveBack(lent);
    vi.advanceTimersByTime(5000);
    void keeper.giveBack(second);
    vi.advanceTimersByTime(4999);
    expect(keeper.accounts.total).toBe(2);
    vi.advanceTimersByTime(1);
    expect(keeper.accounts.total).toBe(1);
    expect(lent.connection.closed || second.connection.closed).toBe(false);
    await settle();
    expect(lent.connection.end).toBe('closed');
  });

  it('Q8: a lifetime ends up to 5 % early, never during work, and the minimum is filled up again', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(1);
    const { keeper, server, removed } = make({ min: 1, max: 2, maxLifetime: 100, idleTimeout: undefined });
    await settle();
    vi.advanceTimersByTime(94_999);
    expect(removed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(removed).toEqual(['lifetime']);
    await settle();
    expect(server.made.map(({ end }) => end)).toEqual(['closed', undefined]);
    expect(keeper.accounts).toMatchObject({ idle: 1, total: 1 });
    random.mockReturnValue(0);
    const busy = await keeper.acquire({});
    vi.advanceTimersByTime(500_000);
    expect(busy.connection.closed).toBe(false);
    void keeper.giveBack(busy);
    expect(removed).toEqual(['lifetime', 'lifetime']);
    await settle();
    expect(server.made).toHaveLength(3);
  });

  it('Q8: 0 is never: neither rest nor age ends a connection, and no clock runs for it', async () => {
    const { keeper } = make({ idleTimeout: undefined, maxLifetime: undefined });
    void keeper.giveBack(await keeper.acquire({}));
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1e9);
    expect(keeper.accounts.idle).toBe(1);
  });

  it('Q8: with allowExitOnIdle an idle connection does not hold the process, a busy one does', async () => {
    const { keeper, server } = make({ allowExitOnIdle: true, min: 1, max: 1, validateAfter: 1 });
    await settle();
    const [connection] = server.made;
    expect(connection!.held).toBe(false);
    const lent = await keeper.acquire({});
    expect(connection!.held).toBe(true);
    void keeper.giveBack(lent);
    expect(connection!.held).toBe(false);
    vi.advanceTimersByTime(2000);
    const call = keeper.acquire({});
    expect(connection).toMatchObject({ held: true, checks: 1 });
    void keeper.giveBack(await call);
    expect(connection!.held).toBe(false);
  });
});

describe('a sign of life', () => {
  it('is looked for after 20 ms by two turns of the loop, after validateAfter by asking', async () => {
    const { keeper, server } = make();
    void keeper.giveBack(await keeper.acquire({}));
    void keeper.giveBack(await keeper.acquire({}));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(30);
    const call = keeper.acquire({});
    expect(keeper.accounts.busy).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    void keeper.giveBack(await call);
    expect(server.made[0]!.checks).toBe(0);
    vi.advanceTimersByTime(5000);
    void keeper.giveBack(await keeper.acquire({}));
    expect(server.made[0]!.checks).toBe(1);
  });

  it('that is not given ends all that rested as long, but none that came back later', async () => {
    const { keeper, server, removed } = make({ max: 4 });
    const lent = [];
    for (let n = 0; n < 4; n++) lent.push(await keeper.acquire({}));
    for (const each of lent.slice(0, 3)) void keeper.giveBack(each);
    vi.advanceTimersByTime(6000);
    for (const connection of server.made) connection.answers = false;
    const call = keeper.acquire({});
    void keeper.giveBack(lent[3]!);
    await settle(30);
    await call;
    expect(removed).toEqual(['invalid', 'invalid', 'invalid']);
    expect(server.made.slice(0, 3).map(({ end }) => end)).toEqual(['destroyed', 'destroyed', 'destroyed']);
    expect((await call).connection.processId).toBe(4);
  });
});

describe('after failures', () => {
  it('there is one attempt at a time, each after a longer wait with jitter; a success ends it', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { keeper, server } = make({ min: 3, max: 3 });
    server.answer = undefined;
    await settle();
    expect(server.attempts).toHaveLength(3);
    for (const { fail } of server.attempts.splice(0)) fail(refused());
    await settle();
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      let waited = 0;
      while (server.attempts.length === 0) {
        vi.advanceTimersByTime(1);
        waited++;
      }
      waits.push(waited);
      expect(server.attempts).toHaveLength(1);
      server.attempts.shift()!.fail(refused());
      await settle();
    }
    // To the millisecond, of which a sum of fractions may want one more.
    for (const [n, wait] of [75, 150, 300, 600, 1200, 2400].entries())
      expect(waits[n]! - wait).toBeOneOf([0, 1]);
    expect(waits.at(-1)! - 22_500).toBeOneOf([0, 1]);
    // Somebody waits: two seconds at the most.
    const call = keeper.acquire({});
    vi.advanceTimersByTime(1500);
    expect(server.attempts).toHaveLength(1);
    server.attempts[0]!.succeed();
    await call;
    expect(server.attempts).toHaveLength(3);
  });

  it('a new connection that was closed before it could be used counts as one', async () => {
    const { keeper, server } = make();
    server.answer = undefined;
    const call = keeper.acquire({});
    server.attempts.shift()!.succeed().lose();
    await expect(call).rejects.toBeInstanceOf(PoolError);
    expect(keeper.counters).toMatchObject({ opened: 0, failed: 1 });
    expect(keeper.accounts.total).toBe(0);
  });

  it('a connection that comes after the pool was ended by force is destroyed', async () => {
    const server = new Server();
    let late: (connection: FakeConnection) => void = () => undefined;
    const keeper: Fake = new Keeper(settings, () => new Promise((resolve) => (late = resolve)));
    const call = keeper.acquire({});
    call.catch(() => undefined);
    const end = keeper.end(5);
    await vi.advanceTimersByTimeAsync(5000);
    await end;
    const connection = new FakeConnection(1, () => undefined);
    late(connection);
    await settle();
    expect(connection.end).toBe('destroyed');
    expect(server.made).toHaveLength(0);
    await expect(call).rejects.toBeInstanceOf(PoolError);
  });
});

describe('Q10: the counts', () => {
  it(
    'Q10: hold in any order of calls, losses, failures and times, and nothing is left in the end',
    { timeout: 60_000 },
    async () => {
      const step = fc.oneof(
        fc.record({ does: fc.constant('acquire' as const), timeout: fc.constantFrom(0.01, 0.5, 30) }),
        fc.record({
          does: fc.constantFrom('abort', 'give back', 'give back dirty', 'give back with an error'),
          which: fc.nat(9),
        }),
        fc.record({
          does: fc.constantFrom('lose', 'stop answering', 'succeed', 'fail', 'fail for good'),
          which: fc.nat(9),
        }),
        fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 25, 600, 3000, 12_000) }),
      );
      const limits = fc.record({
        max: fc.integer({ min: 1, max: 4 }),
        min: fc.nat(2),
        maxUses: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        idleTimeout: fc.constantFrom(undefined, 1, 10),
        maxLifetime: fc.constantFrom(undefined, 5),
        validateAfter: fc.constantFrom(0, 1),
        allowExitOnIdle: fc.boolean(),
      });
      const run = async (
        over: Partial<KeeperSettings>,
        steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
      ): Promise<void> => {
        const { keeper, server } = make({ ...over, min: Math.min(over.min ?? 0, over.max ?? 1) });
        server.answer = undefined;
        const out: Lent<FakeConnection>[] = [];
        const calls: { controller: AbortController; over: boolean }[] = [];
        const all: Promise<void>[] = [];
        for (const each of steps) {
          if (each.does === 'acquire') {
            const call = { controller: new AbortController(), over: false };
            calls.push(call);
            const { signal } = call.controller;
            all.push(
              keeper.acquire({ signal, timeout: each.timeout }).then(
                (lent) => {
                  expect(lent.connection.closed).toBe(false);
                  expect(lent.connection.clean).toBe(true);
                  expect(out.map(({ connection }) => connection)).not.toContain(lent.connection);
                  out.push(lent);
                },
                () => undefined,
              ),
            );
          } else if (each.does === 'wait') await vi.advanceTimersByTimeAsync(each.ms);
          else if (each.does === 'abort') calls[each.which]?.controller.abort();
          else if (each.does.startsWith('give back')) {
            const [lent] = out.splice(each.which, 1);
            if (lent !== undefined) {
              if (each.does === 'give back dirty') lent.connection.clean = false;
              void keeper.giveBack(
                lent,
                each.does === 'give back with an error' ? new Error('mine') : undefined,
              );
            }
          } else if (each.does === 'lose') server.made[each.which]?.lose();
          else if (each.does === 'stop answering') {
            const connection = server.made[each.which];
            if (connection !== undefined) connection.answers = false;
          } else {
            const [attempt] = server.attempts.splice(each.which % Math.max(1, server.attempts.length), 1);
            if (each.does === 'succeed') attempt?.succeed();
            else attempt?.fail(each.does === 'fail' ? refused() : new Error('for good'));
          }
          sums(keeper);
          await settle(5);
          sums(keeper);
        }
        // The storm is over: everybody goes home, the server is well.
        server.answer = 'yes';
        for (const attempt of server.attempts.splice(0)) attempt.succeed();
        for (let n = 0; n < 40 && (out.length > 0 || keeper.waiting > 0); n++) {
          for (const lent of out.splice(0)) void keeper.giveBack(lent);
          await vi.advanceTimersByTimeAsync(1000);
        }
        await Promise.all(all);
        for (const lent of out.splice(0)) void keeper.giveBack(lent);
        await vi.advanceTimersByTimeAsync(100);
        expect(keeper.waiting).toBe(0);
        expect(keeper.accounts).toMatchObject({ busy: 0, connecting: 0 });
        const { acquired, released, opened, removed } = keeper.counters;
        expect(acquired).toBe(released);
        expect(opened - removed).toBe(keeper.accounts.total);
        await keeper.end(5);
        expect(keeper.accounts.total).toBe(0);
        expect(server.made.filter(({ closed }) => !closed)).toEqual([]);
        expect(vi.getTimerCount()).toBe(0);
      };
      await fc.assert(fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), run), { numRuns: 300 });
    },
  );
});
