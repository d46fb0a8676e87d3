/** How a call ends, and when: for tests that measure against a bound. */
import { expect } from 'vitest';

export interface Settled {
  /** What it rejected with; undefined: it resolved. */
  readonly error: Record<string, unknown> | undefined;
  readonly milliseconds: number;
}

/** @throws when it has not ended after so many milliseconds, and says what hung */
export async function settled(call: Promise<unknown>, what: string, patience = 4000): Promise<Settled> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} hangs`));
    }, patience);
  });
  try {
    const error = await Promise.race([
      call.then(
        () => undefined,
        (reason: unknown) => reason,
      ),
      late,
    ]);
    return {
      error: error as Record<string, unknown> | undefined,
      milliseconds: performance.now() - started,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** It ended at the bound (milliseconds), not before it, and within a quarter of a second. */
export function expectAtBound({ milliseconds }: Settled, bound: number): void {
  // Timers of Node may fire a millisecond early.
  expect(milliseconds).toBeGreaterThanOrEqual(bound - 2);
  expect(milliseconds).toBeLessThan(bound + 250);
}

/** Sockets of this process that are open now, listening ones too. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}

/** Nothing is left of any connection or server of this process. */
export async function expectNoSockets(): Promise<void> {
  await expect.poll(openSockets, { timeout: 3000, interval: 10 }).toBe(0);
}
