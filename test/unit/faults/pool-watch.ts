/** Rule Q10 beside every test of the pool: after each of its events, and whenever asked, its numbers add up. */
import { expect } from 'vitest';
import type { Pool, RedshiftError } from '../../../src/index.js';

/** @returns what happened so far, one word an event */
export function watch(pool: Pool): string[] {
  const seen: string[] = [];
  for (const name of ['connect', 'acquire', 'release'] as const) {
    pool.on(name, () => {
      seen.push(name);
      check(pool, seen);
    });
  }
  pool.on('remove', ({ reason }) => {
    seen.push(`remove:${reason}`);
    check(pool, seen);
  });
  return seen;
}

export function check(pool: Pool, seen: readonly string[] = []): void {
  const { idle, busy, connecting, total, max, waiting, acquired, released } = pool.stats;
  const least = Math.min(idle, busy, connecting, waiting, acquired - released);
  if (idle + busy + connecting === total && total <= max && least >= 0) return;
  expect.fail(`${JSON.stringify(pool.stats)} after ${seen.slice(-5).join(', ')}`);
}

/** Waits for something that is about to happen, at most five seconds. */
export async function until(condition: () => boolean, what = 'it'): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The error that a call rejects with, and how long it took in milliseconds. */
export async function failure(call: Promise<unknown>): Promise<{ error: RedshiftError; after: number }> {
  const started = performance.now();
  return call.then(
    () => expect.fail('the call did not fail'),
    (error: unknown) => ({ error: error as RedshiftError, after: performance.now() - started }),
  );
}
