import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ArgumentError,
  ConnectionLostError,
  OperationalError,
  ProgrammingError,
  retry,
} from '../../../src/index.js';

const passing = (code = '40001'): OperationalError =>
  new OperationalError('again', { code, retryable: true });

/** Fails with these, one attempt each, then gives the number of the attempt. */
function work(...errors: unknown[]): ReturnType<typeof vi.fn<(attempt: number) => Promise<number>>> {
  return vi.fn((attempt: number) =>
    attempt > errors.length ? Promise.resolve(attempt) : Promise.reject(errors[attempt - 1] as Error),
  );
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function outcome<T>(call: Promise<T>): Promise<unknown> {
  const settled = call.then(
    (value) => value,
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return settled;
}

describe('retry', () => {
  it('does the work again while its errors may pass, three times in all unless told otherwise', async () => {
    expect(await outcome(retry(work()))).toBe(1);
    expect(await outcome(retry(work(passing(), passing())))).toBe(3);
    const last = passing();
    expect(await outcome(retry(work(passing(), passing(), last)))).toBe(last);
    expect(await outcome(retry(work(...Array.from({ length: 9 }, () => passing())), { attempts: 10 }))).toBe(
      10,
    );
    expect(await outcome(retry(() => 5))).toBe(5);
  });

  it('takes what does not say that it is retryable for final, whoever made it', async () => {
    for (const error of [
      new ProgrammingError('no'),
      new Error('mine'),
      Object.assign(new Error(), { retryable: true }),
      'text',
    ]) {
      const once = work(error);
      expect(await outcome(retry(once))).toBe(error);
      expect(once).toHaveBeenCalledOnce();
    }
    const thrown = new Error('not even a promise');
    expect(
      await outcome(
        retry(() => {
          throw thrown;
        }),
      ),
    ).toBe(thrown);
  });

  it('keeps to the codes that it is given, or to a function', async () => {
    expect(await outcome(retry(work(passing('40P01')), { on: ['40001'] }))).toMatchObject({ code: '40P01' });
    expect(await outcome(retry(work(passing('40001')), { on: ['40001'] }))).toBe(2);
    const lost = new ConnectionLostError('lost', { sent: true });
    expect(await outcome(retry(work(lost), { on: ['ERR_RS_CONNECTION_LOST'] }))).toBe(2);
    expect(await outcome(retry(work('text'), { on: (error) => error === 'text' }))).toBe(2);
  });

  it('L10: never repeats what may have happened, whatever it is told', async () => {
    const unknown = new ConnectionLostError('lost', { sent: true, outcome: 'unknown' });
    for (const on of [undefined, ['ERR_RS_CONNECTION_LOST'], () => true]) {
      const once = work(unknown);
      expect(await outcome(retry(once, { on }))).toBe(unknown);
      expect(once).toHaveBeenCalledOnce();
    }
  });

  it('waits twice as long each time, up to the longest wait, and up to half of it less', async () => {
    const waits = async (random: number): Promise<number[]> => {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const starts: number[] = [];
      const call = retry(
        () => {
          starts.push(Date.now());
          return starts.length < 7 ? Promise.reject(passing()) : starts.length;
        },
        { attempts: 7, delay: 0.1, maxDelay: 1 },
      );
      vi.useFakeTimers();
      await outcome(call);
      return starts.slice(1).map((start, n) => start - starts[n]!);
    };
    vi.useFakeTimers();
    expect(await waits(1)).toEqual([100, 200, 400, 800, 1000, 1000]);
    vi.useFakeTimers();
    expect(await waits(0)).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('tells of each further attempt; what the listener throws changes nothing', async () => {
    const onRetry = vi.fn(() => {
      throw new Error('listener');
    });
    const error = passing();
    expect(await outcome(retry(work(error, error), { onRetry }))).toBe(3);
    expect(onRetry.mock.calls).toEqual([
      [error, 2],
      [error, 3],
    ]);
  });

  it('ends with its signal: before it begins, while it waits, and when the work ended with the signal', async () => {
    const never = work();
    expect(await outcome(retry(never, { signal: AbortSignal.abort('why') }))).toMatchObject({
      name: 'AbortError',
      cause: 'why',
    });
    expect(never).not.toHaveBeenCalled();
    const controller = new AbortController();
    const call = retry(work(passing(), passing()), { signal: controller.signal, delay: 10, maxDelay: 10 });
    setTimeout(() => controller.abort('enough'), 1000);
    expect(await outcome(call)).toMatchObject({ name: 'AbortError', cause: 'enough' });
    expect(vi.getTimerCount()).toBe(0);
    const inside = new AbortController();
    const cut = retry(
      () => {
        inside.abort('inside');
        return Promise.reject(passing());
      },
      { signal: inside.signal, delay: 3600, maxDelay: 3600 },
    );
    expect(await outcome(cut)).toMatchObject({ name: 'AbortError', cause: 'inside' });
  });

  it('refuses nonsense before it begins', async () => {
    for (const options of [
      { attempts: 0 },
      { attempts: 1.5 },
      { delay: -1 },
      { delay: Number.NaN },
      { maxDelay: 5000 },
    ]) {
      const never = work();
      expect(await outcome(retry(never, options))).toBeInstanceOf(ArgumentError);
      expect(never).not.toHaveBeenCalled();
    }
  });
});
