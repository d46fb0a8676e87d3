/**
 * The matrix of a pool: its first connection is harmed at each boundary between the server's messages and inside each of
 * them, in each way. Every call settles, what resolves is whole and its own, the pool heals, and nothing is left.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ConnectError,
  ConnectionLostError,
  createPool,
  NotSupportedError,
  PoolError,
  ProtocolError,
  TimeoutError,
  type Pool,
  type RedshiftError,
} from '../../../../src/index.js';
import type { Transport } from '../../../../src/transport/transport.js';
import { MemoryServer } from '../../session/memory-server.js';
import { quiet } from '../../scripted/play.js';

const harms = ['fin', 'rst', 'silence', 'garbage'] as const;
interface Harm {
  readonly kind: (typeof harms)[number];
  /** Bytes of the server that arrive before it. */
  readonly at: number;
}

/** The network of the case that runs: what its first connection was told, and what happens to it. */
const network = vi.hoisted(() => ({
  opened: 0,
  open: 0,
  told: [] as Uint8Array[],
  harm: undefined,
}));

vi.mock('../../../../src/transport/socket.js', () => ({
  async openTransport(_: unknown, signal: AbortSignal): Promise<Transport> {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    return connection(network.opened++ === 0);
  },
}));

/** A connection of its own to a server of its own; only the first one is harmed. */
function connection(first: boolean): Transport {
  const inner = new MemoryServer().transport();
  const harm = first ? (network.harm as Harm | undefined) : undefined;
  let delivered = 0;
  let struck = false;
  let gone = false;
  network.open++;
  const leave = (): void => {
    if (!gone) network.open--;
    gone = true;
  };
  return {
    ...inner,
    start: (handler) => {
      inner.start({
        data: (chunk) => {
          if (struck) return;
          if (first) network.told.push(new Uint8Array(chunk));
          const room = harm === undefined ? Infinity : harm.at - delivered;
          delivered += chunk.length;
          if (room >= chunk.length) {
            handler.data(chunk);
            return;
          }
          struck = true;
          if (room > 0) handler.data(chunk.subarray(0, room));
          if (harm?.kind === 'fin') handler.closed(undefined);
          else if (harm?.kind === 'rst') {
            handler.closed(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
          } else if (harm?.kind === 'garbage') handler.data(Buffer.from('\u0001garbage'));
        },
        closed: (error) => {
          if (!struck) handler.closed(error);
        },
      });
    },
    end: () => {
      leave();
      inner.end();
    },
    destroy: () => {
      leave();
      inner.destroy();
    },
  };
}

/** Moves the clock only when nobody has had anything else to do for a while. */
async function settled<T>(call: Promise<T>): Promise<PromiseSettledResult<T>> {
  let result: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([call]).then(([one]) => (result = one));
  const deadline = performance.now() + 120_000;
  for (let idle = 0; result === undefined; idle++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (idle < 30) continue;
    idle = 0;
    if (vi.getTimerCount() === 0 || performance.now() > deadline) throw new Error('a call hangs');
    vi.advanceTimersToNextTimer();
  }
  return result;
}

async function tags(pool: Pick<Pool, 'query'>, tag: string, rows: number): Promise<string> {
  const result = await pool.query<{ v: string }>(`rows ${String(rows)} ${tag}`);
  return result.rows.map(({ v }) => v.trim()).join();
}
const expected = (tag: string, rows: number): string =>
  Array.from({ length: rows }, (_, index) => `${tag}:${String(index)}`).join();

/** Errors that a harmed connection may cost a caller; a PoolError says that a new connection was closed at once. */
const allowed = [
  ConnectError,
  ConnectionLostError,
  // Garbage can read like a login method that nobody has.
  NotSupportedError,
  PoolError,
  ProtocolError,
  TimeoutError,
];

async function converse(max: number, harm?: Harm): Promise<string[]> {
  Object.assign(network, { opened: 0, open: 0, told: [], harm });
  const wrong: string[] = [];
  const pool = createPool({
    host: 'memory',
    database: 'dev',
    user: 'alice',
    sslmode: 'disable',
    logger: quiet,
    max,
    connectTimeout: 5,
    queryTimeout: 3,
    closeTimeout: 2,
    acquireTimeout: 30,
  });
  const count = (): void => {
    const { idle, busy, connecting, total } = pool.stats;
    if (idle + busy + connecting !== total || total > max) wrong.push('the pool miscounts its connections');
  };
  for (const event of ['connect', 'acquire', 'release', 'remove'] as const) pool.on(event, count);
  const check = async (name: string, call: Promise<string>, want: string): Promise<void> => {
    const result = await settled(call);
    count();
    if (result.status === 'fulfilled') {
      if (result.value !== want) wrong.push(`${name} gave ${result.value}`);
    } else if (!allowed.some((kind) => result.reason instanceof kind)) {
      wrong.push(`${name} failed with ${String(result.reason)}`);
    } else if (name === 'healed')
      wrong.push(`the pool does not heal: ${(result.reason as RedshiftError).message}`);
  };
  // Two at once, so that there are two connections; then whatever a pool is used for.
  await Promise.all([
    check('query a', tags(pool, 'a', 2), expected('a', 2)),
    check('query b', tags(pool, 'b', 1), expected('b', 1)),
  ]);
  await check(
    'transaction',
    pool.transaction(async (conn) => {
      await conn.query('set');
      return tags(conn, 'c', 2);
    }),
    expected('c', 2),
  );
  const lease = async (): Promise<string> => {
    const conn = await pool.connect();
    try {
      const seen: string[] = [];
      const cursor = conn.cursor<[string]>();
      for await (const [v] of await cursor.execute('rows 2 d', [], { stream: true })) seen.push(v.trim());
      return seen.join();
    } finally {
      conn.release();
    }
  };
  await check('lease', lease(), expected('d', 2));
  const used = network.told.length;
  await check('healed or harmed', tags(pool, 'e', 1), expected('e', 1));
  await check('healed', tags(pool, 'f', 1), expected('f', 1));
  await settled(pool.end());
  await new Promise((resolve) => setImmediate(resolve));
  if (network.open > 0) wrong.push(`${String(network.open)} connections are left open`);
  if (vi.getTimerCount() > 0) wrong.push(`${String(vi.getTimerCount())} timers are left`);
  network.told.length = Math.min(network.told.length, used);
  return wrong;
}

/** Where harm is done: at each boundary between messages, behind each byte of a header, in the middle, before the last byte. */
function places(bytes: Uint8Array): number[] {
  const found = new Set<number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 1 + view.getInt32(at + 1)) {
    const size = 1 + view.getInt32(at + 1);
    for (const byte of [0, 1, 2, 3, 4, 5, size >> 1, size - 1]) if (byte < size) found.add(at + byte);
  }
  return [...found];
}

// With one connection all goes over the one that is harmed; with two, the other one is there for whoever waits.
describe.each([1, 2])('L1, L2, L3, L4, Q4: a pool of %i, its first connection harmed anywhere', (max) => {
  const surprises: string[] = [];
  const note = (error: unknown): void => {
    surprises.push(String(error));
  };
  let bytes = new Uint8Array(0);
  let cases = 0;

  beforeAll(async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
    process.on('unhandledRejection', note);
    process.on('uncaughtException', note);
    expect(await converse(max)).toEqual([]);
    bytes = Buffer.concat(network.told);
    expect(places(bytes).length).toBeGreaterThan(60);
  });
  afterAll(() => {
    vi.useRealTimers();
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
    console.log(
      `matrix of a pool of ${String(max)}: ${String(cases)} cases, ${String(surprises.length)} crashes`,
    );
  });

  it.each(harms)(
    '%s',
    async (kind) => {
      const failures: string[] = [];
      for (const at of places(bytes)) {
        cases++;
        const wrong = await converse(max, { kind, at }).catch((error: unknown) => [String(error)]);
        failures.push(...wrong.map((text) => `${kind} at byte ${String(at)}: ${text}`));
      }
      expect(failures).toEqual([]);
      expect(surprises).toEqual([]);
    },
    120_000,
  );
});
