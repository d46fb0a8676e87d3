/**
 * Lets the driver have a dialogue with a server in memory, under a clock that stands still unless everybody waits for it:
 * a silence of 30 seconds takes no time, and what never ends is noticed.
 */
import type * as Crypto from 'node:crypto';
import { vi } from 'vitest';
import type { Transport } from '../../../../src/transport/transport.js';
import type { MemoryServer } from '../../../scripted/memory.js';

const here: { server: MemoryServer | undefined } = vi.hoisted(() => ({ server: undefined }));

vi.mock('../../../../src/transport/socket.js', () => ({
  async openTransport(_: unknown, signal: AbortSignal): Promise<Transport> {
    signal.throwIfAborted();
    const { server } = here;
    if (server === undefined) throw new Error('there is no server');
    server.due++;
    await new Promise((resolve) => setImmediate(resolve));
    server.due--;
    return server.connect();
  },
}));

// In a thread of its own it would not be known when the derivation is through; and the same one is asked for each time.
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof Crypto>();
  const known = new Map<string, Buffer>();
  return {
    ...crypto,
    pbkdf2(
      password: string,
      salt: Uint8Array,
      rounds: number,
      length: number,
      digest: string,
      then: (error: null, key: Buffer) => void,
    ): void {
      const key = [password, Buffer.from(salt).toString('hex'), rounds, length, digest].join();
      const derived = known.get(key) ?? crypto.pbkdf2Sync(password, salt, rounds, length, digest);
      known.set(key, derived);
      queueMicrotask(() => then(null, derived));
    },
  };
});

export type Ending = 'settled' | 'stuck';

/** Virtual time stands still unless `settle` moves it. */
export function stopTime(): void {
  // The environment of a process is slow to read, and options look for a hundred names in it.
  process.env = { ...process.env };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
}

export function startTime(): void {
  vi.useRealTimers();
}

/** Within: every connection that the driver opens leads to this server. */
export async function onNetwork<T>(server: MemoryServer, run: () => Promise<T>): Promise<T> {
  here.server = server;
  try {
    return await run();
  } finally {
    here.server = undefined;
  }
}

/** Waits for a promise, moving the clock only when nobody has anything else to do. @param limit virtual seconds */
export async function settle(
  server: MemoryServer,
  promise: Promise<unknown>,
  limit: number,
): Promise<Ending> {
  const state = { settled: false };
  const note = (): void => {
    state.settled = true;
  };
  promise.then(note, note);
  const deadline = performance.now() + limit * 1000;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (state.settled) return 'settled';
    if (server.due > 0) continue;
    if (vi.getTimerCount() === 0 || performance.now() > deadline) return 'stuck';
    vi.advanceTimersToNextTimer();
  }
}

/** Timers that are still set. */
export function timers(): number {
  return vi.getTimerCount();
}
