/**
 * Closes what it had opened, says so, and does nothing more: the process has to end by itself. Nothing here calls
 * process.exit(), and nothing takes a timer or a socket out of the event loop by force.
 */
import { pathToFileURL } from 'node:url';
import {
  connect,
  createPool,
  type ConnectOptions,
  type Connection,
  type Pool,
} from '../../../../src/index.js';
import { given } from './given.js';

export interface EndingGiven {
  readonly options: ConnectOptions;
  readonly does: EndingName;
}

const { options, does } = given as EndingGiven;

/** Runs until it is cancelled. */
const endless = 'select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b';
/** More than fetchBufferSize, so that the result stays open and the socket paused. */
const large = "select g, repeat('x', 100) from generate_series(1, 200000) g";

async function fails(call: Promise<unknown>): Promise<void> {
  const failed = await call.then(
    () => false,
    () => true,
  );
  if (!failed) console.log('a call succeeded that should have failed');
}

async function withConnection(use: (conn: Connection) => Promise<unknown>): Promise<void> {
  const conn = await connect({ fetchBufferSize: 65_536, ...options });
  await use(conn);
  await conn.close();
}

async function withPool(use: (pool: Pool) => Promise<unknown>): Promise<void> {
  const pool = createPool({ ...options, max: 3 });
  await use(pool);
  await pool.end();
}

const endings = {
  'after close()': () => withConnection((conn) => conn.query('select 1')),
  'after close() twice': () => withConnection((conn) => conn.close()),
  'after close() that nobody awaited': async () => {
    const conn = await connect(options);
    await conn.query('select 1');
    void conn.close();
  },
  'after close() in place of an answer': async () => {
    const conn = await connect(options);
    const call = conn.query('select 1');
    await conn.close();
    await call;
  },
  'after close() of a connection that has a transaction open': () =>
    withConnection(async (conn) => {
      conn.autocommit = false;
      await conn.query('select 1');
    }),
  'after a statement that failed': () => withConnection((conn) => fails(conn.query('selec'))),
  'after a refused connect': () => fails(connect({ ...options, port: 1 })),
  'after a refused login': () => fails(connect({ ...options, password: 'wrong' })),
  'after a connect without trust in the certificate': () => {
    const { sslrootcert: _, ...rest } = options;
    return fails(connect(rest));
  },
  'after a cancelled statement': () =>
    withConnection(async (conn) => {
      const call = fails(conn.query(endless));
      setTimeout(() => void conn.cancel(), 100);
      await call;
    }),
  'after a statement that its signal cancelled': () =>
    withConnection((conn) => fails(conn.query(endless, null, { signal: AbortSignal.timeout(100) }))),
  'after a statement that timed out': () =>
    withConnection((conn) => fails(conn.query(endless, null, { timeout: 0.1 }))),
  'while a statement has its timeout before it': () =>
    withConnection((conn) => conn.query('select 1', null, { timeout: 3600 })),
  'with a signal that never fires': () =>
    withConnection((conn) => conn.query('select 1', null, { signal: new AbortController().signal })),
  'with a paused result that was closed': () =>
    withConnection(async (conn) => {
      const cursor = await conn.cursor().execute(large);
      await cursor.fetchOne();
      await cursor.close();
    }),
  'with a paused result in a transaction that was closed': () =>
    withConnection(async (conn) => {
      conn.autocommit = false;
      await conn.query('select 1');
      const cursor = await conn.cursor().execute(large);
      await cursor.fetchOne();
      await cursor.close();
    }),
  'with an unread cursor': () => withConnection((conn) => conn.cursor().execute(large)),
  'with an unread stream': () =>
    withConnection((conn) => conn.cursor().execute(large, null, { stream: true })),
  'with a loop that was left': () =>
    withConnection(async (conn) => {
      for await (const row of await conn.cursor().execute(large, null, { stream: true })) {
        if (row.length > 0) break;
      }
    }),
  'with a statement that runs while close() is called': async () => {
    const conn = await connect({ ...options, closeTimeout: 0.2 });
    const call = fails(conn.query(endless));
    await conn.close();
    await call;
  },
  'with a connection that the server ended': async () => {
    const [conn, other] = [await connect(options), await connect(options)];
    await other.query('select pg_terminate_backend(%s)', [conn.processId]);
    await other.close();
    while (!conn.closed) await new Promise((resolve) => setTimeout(resolve, 5));
  },
  'after pool.end()': () =>
    withPool((pool) => Promise.all([1, 2, 3, 4].map((n) => pool.query('select %s', [n])))),
  'after pool.end() of a pool that nobody used': () => withPool(() => Promise.resolve()),
  'after pool.end() that nobody awaited': async () => {
    const pool = createPool({ ...options, min: 2 });
    await pool.query('select 1');
    void pool.end();
  },
  'after pool.end() with a cancelled and a timed-out statement': () =>
    withPool((pool) =>
      Promise.all([
        fails(pool.query(endless, null, { signal: AbortSignal.timeout(100) })),
        fails(pool.query(endless, null, { timeout: 0.1 })),
      ]),
    ),
  'after pool.end() with a connection that was never given back': async () => {
    const pool = createPool({ ...options, closeTimeout: 0.3 });
    const conn = await pool.connect();
    await conn.cursor().execute(large);
    await pool.end();
  },
  'after pool.end() of a pool that could not connect': () =>
    fails(createPool({ ...options, port: 1 }).query('select 1')),
  'while only idle connections of a pool exist, with allowExitOnIdle': async () => {
    await createPool({ ...options, allowExitOnIdle: true }).query('select 1');
  },
} as const satisfies Readonly<Record<string, () => Promise<unknown>>>;

export type EndingName = keyof typeof endings;
export const endingNames = Object.keys(endings) as EndingName[];

// The test imports the names; only as a program it does one of them.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await endings[does]();
  console.log('done');
}
