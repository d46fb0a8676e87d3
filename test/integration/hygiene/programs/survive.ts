/**
 * Loses its connection in one of many ways, and has no listener anywhere: no `error`, no `close`, nothing on the process.
 * It handles the promises that it was given, and prints only what should not be.
 */
import { connect, createPool, type ConnectOptions } from '../../../../src/index.js';
import { given } from './given.js';

export interface SurviveGiven {
  readonly options: ConnectOptions;
  readonly does:
    | 'idle'
    | 'query'
    | 'queries'
    | 'stream'
    | 'unread'
    | 'script'
    | 'many'
    | 'transaction'
    | 'abort'
    | 'cancel'
    | 'close'
    | 'close-unawaited'
    | 'close-busy'
    | 'connect'
    | 'pool-idle'
    | 'pool-query'
    | 'pool-lease'
    | 'pool-connect'
    | 'pool-end';
}

type Doing = SurviveGiven['does'];
type OfPools = Extract<Doing, `pool-${string}`>;

function isOfPools(does: Doing): does is OfPools {
  return does.startsWith('pool-');
}

const { options, does } = given as SurviveGiven;

/** A call that has to fail; a result from a server that hung up would be an invention. */
async function fails(call: Promise<unknown>): Promise<void> {
  const value = await call.then(
    (result) => ({ result }),
    () => undefined,
  );
  if (value !== undefined) console.log('a call succeeded', value);
}

if (does === 'connect') await fails(connect(options));
else if (isOfPools(does)) await usePool(does);
else await useConnection(does);

async function useConnection(does: Exclude<Doing, 'connect' | OfPools>): Promise<void> {
  const conn = await connect(options);
  switch (does) {
    case 'idle':
      break;
    case 'query':
      await fails(conn.query('select 1'));
      break;
    case 'queries':
      await Promise.all([1, 2, 3, 4].map((n) => fails(conn.query(`select ${String(n)}`))));
      break;
    case 'stream':
      // Nobody ever reads from it.
      await conn.cursor().execute('select 1', null, { stream: true });
      break;
    case 'unread': {
      const cursor = await conn.cursor().execute('select 1', null, { stream: true });
      await fails(cursor.fetchAll());
      await cursor.close();
      break;
    }
    case 'script':
      await fails(conn.script('select 1; select 2'));
      break;
    case 'many':
      await fails(conn.cursor().executeMany('update t set a = %s', [[1], [2], [3]]));
      break;
    case 'transaction':
      await fails(conn.transaction((inside) => inside.query('select 1')));
      break;
    case 'abort':
      await fails(conn.query('select 1', null, { signal: AbortSignal.timeout(50) }));
      break;
    case 'cancel': {
      const call = fails(conn.query('select 1'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      // It may find the connection as broken as the statement did.
      await conn.cancel().catch(() => undefined);
      await call;
      break;
    }
    case 'close':
      await conn.close();
      break;
    case 'close-unawaited':
      void conn.close();
      break;
    case 'close-busy': {
      const call = fails(conn.query('select 1'));
      await conn.close();
      await call;
      break;
    }
  }
  for (let turn = 0; turn < 400 && !conn.closed; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (!conn.closed) console.log('the loss was not noticed');
  await fails(conn.query('select 2'));
}

/** The server lets the first connection in and does harm to it; every connection behind that one it serves. */
async function usePool(does: OfPools): Promise<void> {
  const pool = createPool({ ...options, max: 1, min: does === 'pool-idle' ? 1 : 0 });
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
  switch (does) {
    case 'pool-idle':
      // Lent once, so that it lies idle when it breaks.
      (await pool.connect()).release();
      for (let turns = 0; turns < 400 && pool.stats.removed === 0; turns++) await turn();
      if (pool.stats.removed === 0) console.log('the loss was not noticed');
      break;
    case 'pool-query':
      await fails(pool.query('select 1'));
      break;
    case 'pool-lease': {
      const conn = await pool.connect();
      for (let turns = 0; turns < 400 && !conn.closed; turns++) await turn();
      await fails(conn.query('select 1'));
      conn.release();
      break;
    }
    case 'pool-connect':
      await fails(pool.connect());
      break;
    case 'pool-end': {
      const call = fails(pool.query('select 1'));
      while (pool.stats.acquired === 0) await turn();
      await turn();
      await pool.end();
      await call;
      return;
    }
  }
  if ((await pool.query('select 2')).rows.length !== 1) console.log('the pool did not recover');
  await pool.end();
}
