import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectClock } from '../../../src/client/connect-clock.js';

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

describe('the clock of a connect', () => {
  it('ends it after connectTimeout', async () => {
    const late = vi.fn();
    new ConnectClock(30, late);
    await pass(29_999);
    expect(late).not.toHaveBeenCalled();
    await pass(2);
    expect(late).toHaveBeenCalledTimes(1);
    expect(late.mock.calls[0]![0]).toMatchObject({ name: 'TimeoutError', phase: 'connect', retryable: true });
  });

  it('stands still while an identity provider is asked, and goes on from where it stood', async () => {
    const late = vi.fn();
    const clock = new ConnectClock(30, late);
    await pass(20_000);
    let answer!: (value: string) => void;
    const asked = clock.paused(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
    );
    await pass(100_000);
    answer('token');
    expect(await asked).toBe('token');
    await pass(9_999);
    expect(late).not.toHaveBeenCalled();
    await pass(2);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it('is over when the connect is, also when it was paused', async () => {
    const late = vi.fn();
    const clock = new ConnectClock(30, late);
    const failed = clock.paused(() => Promise.reject(new Error('refused')));
    clock.stop();
    await expect(failed).rejects.toThrow('refused');
    await pass(100_000);
    expect(late).not.toHaveBeenCalled();
  });

  it('has no bound where none was set', async () => {
    const late = vi.fn();
    new ConnectClock(undefined, late);
    await pass(10_000_000);
    expect(late).not.toHaveBeenCalled();
  });
});
