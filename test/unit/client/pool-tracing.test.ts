import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPool, type Pool, type PoolOptions } from '../../../src/index.js';
import { RecordedChannels } from '../../recorded-channels.js';
import { startToyServer, type ToyServer } from '../../scripted/toy-server.js';

const well = ['start', 'end', 'asyncStart', 'asyncEnd'];
const failed = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'];

let server: ToyServer;
let seen: RecordedChannels;
let lines: unknown[][];
const pools: Pool[] = [];

beforeEach(async () => {
  server = await startToyServer();
  seen = new RecordedChannels(['pool']);
  lines = [];
});
afterEach(async () => {
  seen.stop();
  for (const pool of pools.splice(0)) await pool.end();
  await server.close();
});

function poolOf(options: PoolOptions = {}): Pool {
  const level =
    (name: string) =>
    (...line: unknown[]): void => {
      lines.push([name, ...line]);
    };
  const pool = createPool({
    host: '127.0.0.1',
    port: server.port,
    database: 'dev',
    user: 'alice',
    password: 'Secret1!',
    ssl: false,
    closeTimeout: 0.5,
    logger: { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') },
    ...options,
  });
  pools.push(pool);
  return pool;
}

const told = (): unknown[] => seen.pools.map(({ event, phases }) => [event.operation, ...phases]);
/** What the pool itself told the logger. */
const logged = (): unknown[][] => lines.filter(([, text]) => /pool|again/.test(String(text)));

describe('the pool channel', () => {
  it('hears of each step: acquire, create, release, remove', async () => {
    const pool = poolOf();
    const conn = await pool.connect();
    const { processId } = conn;
    await conn.query('rows 1');
    await conn.close();
    await pool.end();
    expect(told()).toEqual([
      ['acquire', ...well],
      ['create', ...well],
      ['release', ...well],
      ['remove', ...well],
    ]);
    const place = { host: '127.0.0.1', port: server.port, database: 'dev' };
    const duration: unknown = expect.any(Number);
    expect(seen.pools.map(({ event }) => event)).toEqual([
      { operation: 'acquire', ...place, processId, total: 1, idle: 0, waiting: 0, duration },
      { operation: 'create', ...place, processId, total: 1, idle: 0, waiting: 1, duration },
      { operation: 'release', ...place, processId, total: 1, idle: 1, waiting: 0, duration },
      { operation: 'remove', ...place, processId, reason: 'end', total: 0, idle: 0, waiting: 0, duration },
    ]);
    expect(logged()).toEqual([
      ['debug', 'The pool removed a connection: end', { processId, total: 0, idle: 0, waiting: 0 }],
    ]);
  });

  it('hears of a wait that was in vain, and of a connection that could not be made', async () => {
    const pool = poolOf({ max: 1, acquireTimeout: 0.05 });
    const conn = await pool.connect();
    const error: unknown = await pool.query('rows 1').catch((caught: unknown) => caught);
    expect(seen.pools.at(-1)).toMatchObject({ event: { operation: 'acquire' }, phases: failed });
    expect(seen.pools.at(-1)!.event.error).toBe(error);
    conn.release();
    await server.close();
    const unreachable = poolOf({ acquireTimeout: 1 });
    await expect(unreachable.query('rows 1')).rejects.toMatchObject({ code: 'ERR_RS_CONNECT' });
    expect(seen.pools.filter(({ event }) => event.operation === 'create').at(-1)).toMatchObject({
      event: { error: { code: 'ERR_RS_CONNECT' } },
      phases: failed,
    });
    expect(logged()).toContainEqual([
      'info',
      'The pool could not connect',
      expect.objectContaining({ error: 'ConnectError', code: 'ERR_RS_CONNECT' }),
    ]);
  });

  it('hears why a connection was removed, and so does the logger', async () => {
    const pool = poolOf();
    await pool.query('rows 1');
    server.connections[0]!.cut();
    await vi.waitFor(() => {
      expect(pool.stats.total).toBe(0);
    });
    const bad = await pool.connect();
    bad.release(new Error('no more'));
    await vi.waitFor(() => {
      expect(pool.stats.total).toBe(0);
    });
    const removed = seen.pools.filter(({ event }) => event.operation === 'remove');
    expect(removed.map(({ event, phases }) => [event.reason, ...phases])).toEqual([
      ['lost', ...well],
      ['error', ...well],
    ]);
    expect(removed[1]!.event.cause).toMatchObject({ message: 'no more' });
    expect(logged().map((line) => line.slice(0, 2))).toEqual([
      ['info', 'The pool removed a connection: lost'],
      ['info', 'The pool removed a connection: error'],
    ]);
  });

  it('tells the logger of a transaction that is tried again', async () => {
    const pool = poolOf();
    const options = { retry: { attempts: 2, delay: 0.001, on: ['22012'] } };
    const again = pool.transaction((conn) => conn.query('fail'), options);
    await expect(again).rejects.toThrow('division');
    expect(logged()).toEqual([
      ['info', 'The transaction is tried again', { error: 'DataError', code: '22012', attempt: 2 }],
    ]);
  });
});
