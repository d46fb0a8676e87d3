/** Two browser logins at once: one window for the same settings, one after the other on the same port. */
import { describe, expect, it, vi } from 'vitest';
import { oneWindow, turnOn } from '../../../src/auth/one-window.js';

const never = new AbortController().signal;

describe('oneWindow', () => {
  it('runs one login for all that ask at the same time', async () => {
    const run = vi.fn(async () => ({ token: 1 }));
    const [a, b] = await Promise.all([oneWindow('a', never, run), oneWindow('a', never, run)]);
    expect(run).toHaveBeenCalledTimes(1);
    expect(a).toBe(b);
  });

  it('runs one each for different settings, and a new one when the last is over', async () => {
    const run = vi.fn(async () => 1);
    await Promise.all([oneWindow('b', never, run), oneWindow('c', never, run)]);
    await oneWindow('b', never, run);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('tells all of them when it fails, and forgets it', async () => {
    const error = new Error('refused');
    const run = vi.fn(() => Promise.reject(error));
    const both = await Promise.allSettled([oneWindow('d', never, run), oneWindow('d', never, run)]);
    expect(both).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    await expect(oneWindow('d', never, async () => 1)).resolves.toBe(1);
  });

  it('goes on for the others when one gives up, also when that one began it', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    let finish!: (value: number) => void;
    const seen: AbortSignal[] = [];
    const run = (signal: AbortSignal): Promise<number> => {
      seen.push(signal);
      return new Promise((resolve) => (finish = resolve));
    };
    const a = oneWindow('e', first.signal, run);
    const b = oneWindow('e', second.signal, run);
    await Promise.resolve();
    const reason = new Error('first gave up');
    first.abort(reason);
    await expect(a).rejects.toBe(reason);
    expect(seen.map(({ aborted }) => aborted)).toEqual([false]);
    finish(7);
    expect(await b).toBe(7);
  });

  it('gives up when nobody waits any more; whoever comes then begins anew', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const seen: AbortSignal[] = [];
    const run = (signal: AbortSignal): Promise<number> => {
      seen.push(signal);
      return seen.length === 1 ? new Promise(() => undefined) : Promise.resolve(2);
    };
    const both = Promise.allSettled([oneWindow('f', first.signal, run), oneWindow('f', second.signal, run)]);
    await Promise.resolve();
    first.abort(new Error('one'));
    const last = new Error('two');
    second.abort(last);
    expect(seen[0]!.reason).toBe(last);
    expect(await oneWindow('f', never, run)).toBe(2);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('does not begin when it was given up before', async () => {
    const run = vi.fn(async () => 1);
    const reason = new Error('before');
    await expect(oneWindow('g', AbortSignal.abort(reason), run)).rejects.toBe(reason);
    expect(run).not.toHaveBeenCalled();
  });
});

describe('turnOn', () => {
  it('gives a port to one after the other, in the order of asking', async () => {
    const order: string[] = [];
    const leave = await turnOn(7890, never);
    const second = turnOn(7890, never).then((free) => {
      order.push('second');
      free();
    });
    const third = turnOn(7890, never).then((free) => {
      order.push('third');
      free();
    });
    await new Promise(setImmediate);
    expect(order).toEqual([]);
    leave();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
  });

  it('lets other ports alone, and any number use a free one', async () => {
    const all = [
      await turnOn(7891, never),
      await turnOn(7892, never),
      await turnOn(0, never),
      await turnOn(0, never),
    ];
    for (const leave of all) leave();
  });

  it('can be given up while it waits, and holds up nobody then', async () => {
    const leave = await turnOn(7893, never);
    const give = new AbortController();
    const second = turnOn(7893, give.signal);
    const third = turnOn(7893, never);
    const reason = new Error('given up');
    give.abort(reason);
    await expect(second).rejects.toBe(reason);
    leave();
    (await third)();
  });
});
