import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { CredentialsCache, cacheKey, type CredentialsStore, type Fetched } from '../../../src/auth/cache.js';

const minute = 60_000;
const never = new AbortController().signal;

/** A cache whose clock stands still until it is moved. */
function cacheAt(): { cache: CredentialsCache; clock: { now: number } } {
  const clock = { now: 1_800_000_000_000 };
  return { cache: new CredentialsCache(() => clock.now), clock };
}

/** A fetch that answers when it is told to, and counts. */
function fetcher(expiration?: Date): {
  fetch: (signal: AbortSignal) => Promise<Fetched<string>>;
  calls: AbortSignal[];
  answer: (value: string) => void;
  fail: (error: Error) => void;
} {
  const calls: AbortSignal[] = [];
  const waiting: PromiseWithResolvers<Fetched<string>>[] = [];
  return {
    calls,
    fetch: (signal) => {
      calls.push(signal);
      const made = withResolvers<Fetched<string>>();
      waiting.push(made);
      return made.promise;
    },
    answer: (value) => {
      waiting.shift()!.resolve({ value, expiration });
    },
    fail: (error) => {
      waiting.shift()!.reject(error);
    },
  };
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Everything that only waits for promises has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const at = (time: number): Date => new Date(time);

describe('cacheKey', () => {
  it('differs wherever a part differs, and never because parts were run together or dropped', () => {
    const parts = fc.array(
      fc.oneof(fc.string(), fc.constant(undefined), fc.boolean(), fc.integer(), fc.array(fc.string())),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same =
          JSON.stringify(a.map((part) => part ?? null)) === JSON.stringify(b.map((part) => part ?? null));
        expect(cacheKey('login', a) === cacheKey('login', b)).toBe(same);
      }),
    );
    expect(cacheKey('login', ['', 'a'])).not.toBe(cacheKey('login', ['a', '']));
    expect(cacheKey('login', ['', 'a'])).not.toBe(cacheKey('login', [undefined, 'a']));
    expect(cacheKey('login', ['a'])).not.toBe(cacheKey('keys', ['a']));
  });

  it('shows nothing of its parts', () => {
    const key = cacheKey('login', ['AKIACANARY', 'canary-secret']);
    expect(key).toMatch(/^[\da-f]{64}$/);
  });
});

describe('what is kept', () => {
  it('serves until a minute before it expires', async () => {
    const { cache, clock } = cacheAt();
    const { fetch, calls, answer } = fetcher(at(clock.now + 15 * minute));
    const first = cache.get({ key: 'k', fetch, signal: never });
    answer('one');
    expect(await first).toMatchObject({ value: 'one', cached: false });
    clock.now += 14 * minute - 1;
    expect(await cache.get({ key: 'k', fetch, signal: never })).toMatchObject({ value: 'one', cached: true });
    clock.now += 1;
    const second = cache.get({ key: 'k', fetch, signal: never });
    answer('two');
    expect(await second).toMatchObject({ value: 'two', cached: false });
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['has no expiration', undefined],
    ['has an expiration that is no time', new Date(NaN)],
    ['expires within the minute', new Date(1_800_000_000_000 + minute)],
  ])('is not what %s', async (_name, expiration) => {
    const { cache } = cacheAt();
    const { fetch, calls, answer } = fetcher(expiration);
    for (const value of ['one', 'two']) {
      const got = cache.get({ key: 'k', fetch, signal: never });
      answer(value);
      expect(await got).toMatchObject({ value, cached: false });
    }
    expect(calls).toHaveLength(2);
  });

  it('is not a failure: all who waited hear of it, the next one asks again', async () => {
    const { cache, clock } = cacheAt();
    const { fetch, calls, answer, fail } = fetcher(at(clock.now + 15 * minute));
    const two = [1, 2].map(() => cache.get({ key: 'k', fetch, signal: never }));
    fail(new Error('throttled'));
    for (const got of two) await expect(got).rejects.toThrow('throttled');
    const third = cache.get({ key: 'k', fetch, signal: never });
    answer('one');
    expect(await third).toMatchObject({ value: 'one' });
    expect(calls).toHaveLength(2);
  });

  it('is forgotten when it was refused, but a newer one stays', async () => {
    const { cache, clock } = cacheAt();
    const { fetch, answer } = fetcher(at(clock.now + 15 * minute));
    const first = cache.get({ key: 'k', fetch, signal: never });
    answer('one');
    const [a, b] = [await first, await cache.get({ key: 'k', fetch, signal: never })];
    await a.forget();
    const again = cache.get({ key: 'k', fetch, signal: never });
    answer('two');
    expect(await again).toMatchObject({ value: 'two', cached: false });
    await b.forget();
    expect(await cache.get({ key: 'k', fetch, signal: never })).toMatchObject({ value: 'two', cached: true });
  });

  it('is forgotten with all others, and so is what is being fetched', async () => {
    const { cache, clock } = cacheAt();
    const { fetch, calls, answer } = fetcher(at(clock.now + 15 * minute));
    const first = cache.get({ key: 'k', fetch, signal: never });
    cache.clear();
    answer('one');
    expect(await first).toMatchObject({ value: 'one' });
    const second = cache.get({ key: 'k', fetch, signal: never });
    answer('two');
    expect(await second).toMatchObject({ value: 'two', cached: false });
    expect(calls).toHaveLength(2);
  });

  it('is not given to another person, nor to one with another store', async () => {
    const { cache, clock } = cacheAt();
    const fetchOf = (value: string) => async (): Promise<Fetched<string>> => ({
      value,
      expiration: at(clock.now + 15 * minute),
    });
    const empty = (): CredentialsStore => ({ get: () => null, set: () => 0, delete: () => 0 });
    const others = [
      {},
      { person: () => undefined },
      { person: () => undefined },
      { store: empty() },
      { store: empty() },
    ].map((who, nth) => ({ key: 'k', signal: never, fetch: fetchOf(String(nth)), ...who }));
    const shared = await Promise.all([...others, ...others].map((request) => cache.get(request)));
    expect(shared.map(({ value }) => value)).toEqual(['0', '1', '2', '3', '4', '0', '1', '2', '3', '4']);
    for (const [nth, request] of others.entries())
      expect(await cache.get(request)).toMatchObject({ value: String(nth), cached: true });
  });

  it('is not shown by the cache', async () => {
    const { cache, clock } = cacheAt();
    await cache.get({
      key: 'k',
      fetch: async () => ({ value: 'canary-token', expiration: at(clock.now + 15 * minute) }),
      signal: never,
    });
    expect(inspect(cache, { depth: 9, showHidden: true }) + JSON.stringify(cache)).not.toContain('canary');
  });
});

describe('asking at once', () => {
  it('is one fetch', async () => {
    const { cache } = cacheAt();
    const { fetch, calls, answer } = fetcher();
    const all = Array.from({ length: 20 }, () =>
      cache.get({ key: 'k', fetch, signal: new AbortController().signal }),
    );
    answer('one');
    expect((await Promise.all(all)).map(({ value }) => value)).toEqual(Array(20).fill('one'));
    expect(calls).toHaveLength(1);
  });

  it('lets one give up while the others go on waiting', async () => {
    const { cache } = cacheAt();
    const { fetch, calls, answer } = fetcher();
    const stop = new AbortController();
    // The one that began it is the one that gives up.
    const leaver = cache.get({ key: 'k', fetch, signal: stop.signal });
    const stayer = cache.get({ key: 'k', fetch, signal: never });
    const reason = new Error('given up');
    stop.abort(reason);
    await expect(leaver).rejects.toBe(reason);
    expect(calls[0]!.aborted).toBe(false);
    answer('one');
    expect(await stayer).toMatchObject({ value: 'one' });
  });

  it('ends the fetch when the last one gives up, and the next one begins anew', async () => {
    const { cache } = cacheAt();
    const { fetch, calls, answer } = fetcher();
    const stops = [new AbortController(), new AbortController()];
    const both = stops.map(({ signal }) => cache.get({ key: 'k', fetch, signal }));
    for (const [i, stop] of stops.entries()) {
      const gone = expect(both[i]).rejects.toThrow(`gone ${String(i)}`);
      stop.abort(new Error(`gone ${String(i)}`));
      await gone;
    }
    expect(calls[0]!.aborted).toBe(true);
    const next = cache.get({ key: 'k', fetch, signal: never });
    expect(calls).toHaveLength(2);
    answer('late');
    answer('one');
    expect(await next).toMatchObject({ value: 'one' });
  });

  it('fetches nothing for one who has given up already', async () => {
    const { cache } = cacheAt();
    const { fetch, calls } = fetcher();
    await expect(cache.get({ key: 'k', fetch, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(calls).toHaveLength(0);
  });
});

describe('a store of the user', () => {
  function store(): CredentialsStore & { kept: Map<string, string>; log: string[] } {
    const kept = new Map<string, string>();
    const log: string[] = [];
    return {
      kept,
      log,
      get: (key) => (log.push('get'), kept.get(key)),
      set: async (key, value) => (log.push('set'), kept.set(key, value)),
      delete: (key) => (log.push('delete'), kept.delete(key)),
    };
  }
  const revive = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

  it('serves another process', async () => {
    const { cache, clock } = cacheAt();
    const kept = store();
    const { fetch, calls, answer } = fetcher(at(clock.now + 15 * minute));
    const first = cache.get({ key: 'k', fetch, signal: never, store: kept, revive });
    await settled();
    answer('one');
    await first;
    const other = new CredentialsCache(() => clock.now);
    expect(await other.get({ key: 'k', fetch, signal: never, store: kept, revive })).toMatchObject({
      value: 'one',
      cached: true,
    });
    expect(calls).toHaveLength(1);
  });

  it('is not believed again once its login was refused, even if it cannot delete', async () => {
    const { cache, clock } = cacheAt();
    const kept = store();
    kept.delete = () => {
      throw new Error('read-only');
    };
    kept.kept.set(
      'k',
      JSON.stringify({ version: 1, key: 'k', expiration: clock.now + 15 * minute, value: 'old' }),
    );
    const { fetch, answer } = fetcher(at(clock.now + 15 * minute));
    const request = { key: 'k', fetch, signal: never, store: kept, revive };
    const first = await cache.get(request);
    expect(first).toMatchObject({ value: 'old', cached: true });
    await first.forget();
    const second = cache.get(request);
    await settled();
    answer('new');
    expect(await second).toMatchObject({ value: 'new', cached: false });
  });

  it.each([
    ['no JSON', 'canary{'],
    ['null', 'null'],
    ['another version', JSON.stringify({ version: 2, key: 'k', expiration: 9e15, value: 'x' })],
    ['no time', JSON.stringify({ version: 1, key: 'k', expiration: 'soon', value: 'x' })],
    ['a value of another kind', JSON.stringify({ version: 1, key: 'k', expiration: 9e15, value: { x: 1 } })],
    ['what has expired', JSON.stringify({ version: 1, key: 'k', expiration: 1_800_000_000_000, value: 'x' })],
    ["somebody else's login", JSON.stringify({ version: 1, key: 'other', expiration: 9e15, value: 'x' })],
    ['a login of nobody in particular', JSON.stringify({ version: 1, expiration: 9e15, value: 'x' })],
  ])('that holds %s costs a login', async (_name, text) => {
    const { cache } = cacheAt();
    const kept = store();
    kept.kept.set('k', text);
    const { fetch, answer } = fetcher();
    const got = cache.get({ key: 'k', fetch, signal: never, store: kept, revive });
    await settled();
    answer('one');
    expect(await got).toMatchObject({ value: 'one', cached: false });
  });

  it('that throws costs a line in the log, without its text', async () => {
    const { cache, clock } = cacheAt();
    const broken = (): never => {
      throw new Error('canary');
    };
    const log = vi.fn<(line: string) => void>();
    const { fetch, answer } = fetcher(at(clock.now + 15 * minute));
    const got = cache.get({
      key: 'k',
      fetch,
      signal: never,
      store: { get: broken, set: () => Promise.reject(new Error('canary')), delete: broken },
      revive,
      log,
    });
    await settled();
    answer('one');
    const held = await got;
    await held.forget();
    expect(held.value).toBe('one');
    expect(log.mock.calls.map(([line]) => line)).toEqual(
      Array(3).fill('The store given as credentialsCache failed; the login goes on without it'),
    );
  });

  it.each(['get', 'set', 'delete'] as const)(
    'whose %s never answers costs half a minute, not the login',
    async (which) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const { cache, clock } = cacheAt();
        const log = vi.fn<(line: string) => void>();
        const hangs: CredentialsStore = { get: () => null, set: () => 0, delete: () => 0 };
        hangs[which] = () => new Promise(() => undefined);
        const fetch = async (): Promise<Fetched<string>> => ({
          value: 'one',
          expiration: at(clock.now + 15 * minute),
        });
        const got = cache
          .get({ key: 'k', fetch, signal: never, store: hangs, revive, log })
          .then(async (held) => {
            await held.forget();
            return held.value;
          });
        await settled();
        await vi.advanceTimersByTimeAsync(30_000);
        expect(await got).toBe('one');
        expect(log.mock.calls).toEqual([
          [
            'The store given as credentialsCache has not answered for 30 seconds; the login goes on without it',
          ],
        ]);
        expect(vi.getTimerCount()).toBe(0);
      } finally {
        vi.useRealTimers();
      }
    },
  );

  it('that hangs is left when the login is given up', async () => {
    const { cache } = cacheAt();
    const stop = new AbortController();
    const hangs: CredentialsStore = {
      get: () => new Promise(() => undefined),
      set: () => 0,
      delete: () => 0,
    };
    const { fetch, calls } = fetcher();
    const got = cache.get({ key: 'k', fetch, signal: stop.signal, store: hangs, revive });
    stop.abort(new Error('too long'));
    await expect(got).rejects.toThrow('too long');
    expect(calls).toHaveLength(0);
  });
});
