/**
 * Real sockets and TLS through the proxy, in front of the local Redshift: what changes nothing changes nothing, and at
 * sampled bytes every way to break a connection ends every call. The whole of it is made in memory: test/unit/faults/generated.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConnectError,
  ConnectionLostError,
  RedshiftError,
  TimeoutError,
  type Connection,
  type ConnectOptions,
} from '../../src/index.js';
import { makeCertificates, type Certificates } from '../certificates/certificates.js';
import { seededRandom, type Fault } from '../scripted/faults.js';
import { startProxy, type Faults, type Proxy, type ProxyOptions } from '../scripted/proxy.js';
import { quiet } from '../unit/scripted/play.js';
import { type LocalServer, startLocal } from './local/harness.js';

const seed = Number(process.env['MATRIX_SEED'] ?? Date.now() % 1_000_000_007);

let server: LocalServer;
let made: Certificates;
beforeAll(async () => {
  [server, made] = await Promise.all([startLocal(), makeCertificates()]);
  const setUp = await server.connect({ autocommit: true });
  await setUp.query('create table numbers (n int, name varchar(20))');
  await setUp.query(
    `insert into numbers with recursive t (i) as (select 1 union all select i + 1 from t where i < 200)
      select i, 'number ' || i from t`,
  );
  await setUp.close();
});
afterAll(async () => {
  await server.stop();
});

/** The driver's sockets to a port that are not closed yet. */
function socketsTo(port: number): number {
  const node = process as unknown as { _getActiveHandles(): { remotePort?: number }[] };
  return node._getActiveHandles().filter(({ remotePort }) => remotePort === port).length;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) expect.fail(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How the driver comes to the server: in the clear; by TLS that the proxy cannot read; by TLS that ends at the proxy. */
const ways = ['plain', 'tls', 'tls ended'] as const;
type Way = (typeof ways)[number];

async function through<T>(
  way: Way,
  faults: ProxyOptions['faults'],
  run: (proxy: Proxy) => Promise<T>,
): Promise<T> {
  const { host, port } = server.redshift;
  const proxy = await startProxy(
    { host, port },
    { faults, ...(way === 'tls ended' ? { tls: made.server } : {}) },
  );
  try {
    const result = await run(proxy);
    // Nothing is left open, whatever was done to the connection.
    await until(() => socketsTo(proxy.port) === 0, 'all sockets of the driver are closed');
    return result;
  } finally {
    await proxy.close();
  }
}

function reach(way: Way, proxy: Proxy, over: ConnectOptions = {}): Promise<Connection> {
  return server.connect({
    host: 'localhost',
    port: proxy.port,
    autocommit: true,
    connectTimeout: 5,
    closeTimeout: 0.3,
    logger: quiet,
    ...(way === 'plain' ? { ssl: false, sslrootcert: undefined } : {}),
    ...(way === 'tls ended' ? { sslrootcert: made.ca } : {}),
    ...over,
  });
}

/** A bit of everything; gives what came of each call, in order, and ends with the first that fails. */
async function work(conn: Connection, results: unknown[]): Promise<void> {
  results.push((await conn.query('select 1 as one, %s as two', ['zwei'])).rows);
  const cursor = conn.cursor();
  await cursor.execute('select n, name from numbers order by n');
  results.push(await cursor.fetchMany(10), await cursor.fetchAll());
  results.push(
    await conn.script('select 1 as one; select 2 as two').then((all) => all.map(({ rows }) => rows)),
  );
  await cursor.executeMany('update numbers set name = %s where n = %s', [
    ['number 1', 1],
    ['number 2', 2],
  ]);
  results.push(cursor.rowCount);
  results.push(
    await conn.transaction(async (inside) => (await inside.query('select max(n) as most from numbers')).rows),
  );
}

interface Outcome {
  readonly results: unknown[];
  readonly error: unknown;
  readonly bytes: number;
  readonly toServer: number;
}

async function attempt(way: Way, faults: Faults, over: ConnectOptions = {}): Promise<Outcome> {
  return through(
    way,
    (connection) => (connection === 1 ? faults : {}),
    async (proxy) => {
      const results: unknown[] = [];
      let error: unknown;
      try {
        const conn = await reach(way, proxy, over);
        try {
          await work(conn, results);
        } finally {
          await conn.close();
          expect(conn.closed).toBe(true);
        }
      } catch (thrown) {
        error = thrown;
      }
      const [first] = proxy.connections;
      return { results, error, bytes: first?.fromServer ?? 0, toServer: first?.fromClient ?? 0 };
    },
  );
}

const whole = new Map<Way, Promise<Outcome>>();
function undisturbed(way: Way): Promise<Outcome> {
  const known = whole.get(way) ?? attempt(way, {});
  whole.set(way, known);
  return known;
}

describe.each(ways)('%s', (way) => {
  const harmless: readonly (readonly [string, Fault])[] = [
    ['pass', { does: 'pass' }],
    ['one byte at a time', { does: 'split', piece: 1 }],
    ['random pieces', { does: 'shuffle', seed, most: 700 }],
    ['coalesced', { does: 'coalesce', milliseconds: 3 }],
    ['delayed', { does: 'delay', milliseconds: 3 }],
  ];
  it.each(harmless)('13.4: %s: the same results', async (_, fault) => {
    const { results } = await undisturbed(way);
    const now = await attempt(way, { toClient: fault, toServer: fault }, { connectTimeout: 30 });
    if (now.error !== undefined) throw now.error as Error;
    expect(now.results).toEqual(results);
  });

  const harmful: readonly (readonly [string, (at: number) => Fault])[] = [
    ['L1: FIN', (at) => ({ does: 'cut', at, how: 'fin' })],
    ['L2: RST', (at) => ({ does: 'cut', at, how: 'rst' })],
    ['L12: FIN by a server that goes on reading', (at) => ({ does: 'cut', at, how: 'half' })],
    ['L4: silence', (from) => ({ does: 'swallow', from })],
    ['M2: a corrupted byte', (at) => ({ does: 'corrupt', at })],
  ];
  describe.each(harmful)('%s', (title, fault) => {
    it.each(['to the client', 'to the server'] as const)('%s, at sampled bytes', async (direction) => {
      const before = await undisturbed(way);
      const random = seededRandom(seed + title.length + way.length);
      const bytes = direction === 'to the client' ? before.bytes : before.toServer;
      // A silence takes its time.
      const parts = title.startsWith('L4') ? 3 : 6;
      for (let part = 0; part < parts; part++) {
        const at = Math.floor(((part + random()) * (bytes - 1)) / parts);
        const does = fault(at);
        const faults = direction === 'to the client' ? { toClient: does } : { toServer: does };
        const over = { connectTimeout: 1, queryTimeout: 0.4 };
        const { results, error } = await attempt(way, faults, over);
        const place = `${title}, ${way}, ${direction}, byte ${String(at)} of ${String(bytes)}, MATRIX_SEED=${String(seed)}`;
        if (does.does === 'corrupt' && way !== 'tls') {
          // Nobody can see that a byte of a value or of a statement was changed on the way; TLS does.
          expect(error === undefined || error instanceof RedshiftError, place).toBe(true);
          continue;
        }
        expect(results, place).toEqual(before.results.slice(0, results.length));
        if (error === undefined) expect(results.length, place).toBe(before.results.length);
        else expect(isLoss(error), `${place}: ${(error as Error).message}`).toBe(true);
      }
    });
  });

  it('what is older is swallowed, what comes later works', async () => {
    await through(way, undefined, async (proxy) => {
      const older = await reach(way, proxy, { queryTimeout: 0.3 });
      proxy.swallowOlder();
      const younger = await reach(way, proxy);
      await expect(older.query('select 1 as one')).rejects.toBeInstanceOf(TimeoutError);
      expect((await younger.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await older.close();
      await younger.close();
    });
  });
});

function isLoss(error: unknown): boolean {
  if (error instanceof ConnectError || error instanceof ConnectionLostError || error instanceof TimeoutError)
    return true;
  // A message that ends in the middle, and a statement of which the server heard one half only.
  return error instanceof RedshiftError && error.sqlState !== undefined;
}
