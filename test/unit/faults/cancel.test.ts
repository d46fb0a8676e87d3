/** Cancelling, and the races it runs: rows X1-X8 and X10 of docs/failures.md. X9 is in time.test.ts. */
import { afterEach, describe, expect, it } from 'vitest';
import { connect, type Connection, type ConnectOptions } from '../../../src/index.js';
import type { Transport, TransportHandler } from '../../../src/transport/transport.js';
import { makeCertificates } from '../../certificates/certificates.js';
import { seededRandom } from '../../scripted/faults.js';
import type { Peer, ServerIdentity } from '../../scripted/peer.js';
import { loginLines } from '../../scripted/transcript.js';
import { startScriptedServer, type ScriptedServer } from '../../scripted/server.js';
import { connectMemory, type Harness } from '../session/harness.js';
import { expectAtBound, expectNoSockets, settled } from './settling.js';

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'p',
  sslmode: 'disable',
  autocommit: true,
  connectTimeout: 5,
  closeTimeout: 0.2,
};

const described = [
  'ParseComplete',
  'ParameterDescription typeOids=[]',
  'RowDescription fields=[{"name":"a","typeOid":25}]',
  'ReadyForQuery status="I"',
];

async function logIn(peer: Peer, key = true): Promise<void> {
  await peer.expect('StartupMessage');
  const lines = loginLines(2).slice(1);
  const said = key ? lines : lines.filter((line) => !line.includes('BackendKeyData'));
  await peer.say(...said.map((line) => line.slice(2)));
}

/** Takes a statement, up to where its rows would come. */
async function take(peer: Peer): Promise<string> {
  const { sql } = await peer.expect('Parse');
  await peer.expect('Describe');
  await peer.expect('Sync');
  await peer.say(...described);
  await peer.expect('Bind');
  await peer.expect('Execute');
  await peer.expect('Sync');
  return sql;
}

/** One row that holds the statement's own text. */
const result = (sql: string): string[] => [
  'BindComplete',
  `DataRow values=[${JSON.stringify(sql)}]`,
  'CommandComplete tag="SELECT"',
  'ReadyForQuery status="I"',
];

async function answer(peer: Peer): Promise<string> {
  const sql = await take(peer);
  await peer.say(...result(sql));
  return sql;
}

const cancelled = 'ErrorResponse S="ERROR" C="57014" M="canceled on user request"';

/** @param session what the connection does; connections behind it carry cancel requests, and do what `request` says */
async function against(
  session: (peer: Peer, requested: Promise<void>) => Promise<void>,
  request: (peer: Peer, tell: () => void) => Promise<void>,
  use: (conn: Connection, server: ScriptedServer) => Promise<void>,
  options: ConnectOptions = {},
  tls?: ServerIdentity,
): Promise<void> {
  let tell: () => void = () => undefined;
  const requested = new Promise<void>((resolve) => (tell = resolve));
  const server = await startScriptedServer(
    (peer) => (peer.index === 1 ? session(peer, requested) : request(peer, tell)),
    { ...(tls === undefined ? {} : { tls }) },
  );
  const conn = await connect({ ...base, ...options, port: server.port });
  try {
    await use(conn, server);
  } finally {
    await conn.close();
    await server.close();
  }
  await expectNoSockets();
}

/** What PostgreSQL does with a request: it closes without a word. */
const oblige = async (peer: Peer, tell: () => void): Promise<void> => {
  await peer.expect('CancelRequest processId=4711 secretKey=815');
  tell();
  peer.cut();
};

/** A server that stops its statement when it is asked to, and answers the next one. */
const stops = async (peer: Peer, requested: Promise<void>): Promise<void> => {
  await logIn(peer);
  await take(peer);
  await requested;
  await peer.say(cancelled, 'ReadyForQuery status="I"');
  await answer(peer);
};

const soon = (call: () => void): void => {
  setTimeout(call, 30);
};

afterEach(expectNoSockets);

describe('X1: a signal that has fired already', () => {
  const calls: readonly [string, (harness: Harness, signal: AbortSignal) => Promise<unknown>][] = [
    ['query', ({ connection }, signal) => connection.query('rows 1 a', null, { signal })],
    ['script', ({ connection }, signal) => connection.script('select 1', { signal })],
    ['commit', ({ connection }, signal) => connection.commit({ signal })],
    ['rollback', ({ connection }, signal) => connection.rollback({ signal })],
    ['execute', ({ connection }, signal) => connection.cursor().execute('rows 1 a', null, { signal })],
    ['executeMany', ({ connection }, signal) => connection.cursor().executeMany('set', [[], []], { signal })],
    ['callProc', ({ connection }, signal) => connection.cursor().callProc('p', [], { signal })],
    [
      'insertDataBulk',
      ({ connection }, signal) =>
        connection.cursor().insertDataBulk('no file', 't', [0], ['a'], ',', 1, { signal }),
    ],
  ];
  it.each(calls)('X1: given to %s: CancelledError, nothing is sent', async (_, call) => {
    const harness = await connectMemory();
    await harness.connection.query('set');
    const { executed } = harness.server;
    const before = executed.length;
    const reason = new Error('enough');
    await expect(call(harness, AbortSignal.abort(reason))).rejects.toMatchObject({
      name: 'AbortError',
      cause: reason,
      sent: false,
    });
    expect(executed).toHaveLength(before);
    expect(harness.server.cancels).toBe(0);
    await harness.connection.rollback();
    await harness.connection.close();
  });

  it('X1: leaves an open result of the same cursor as it is', async () => {
    const { connection, server } = await connectMemory();
    const cursor = await connection.cursor().execute('rows 50 a');
    const signal = AbortSignal.abort();
    await expect(cursor.execute('rows 1 b', null, { signal })).rejects.toMatchObject({ sent: false });
    expect(await cursor.fetchAll()).toHaveLength(50);
    expect(server.cancels).toBe(0);
    await connection.close();
  });

  it.each([5, {}, null, 'x'])(
    'X1: that is none (%j) is an ArgumentError before anything is sent',
    async (signal) => {
      const { connection, server } = await connectMemory();
      const options = { signal: signal as unknown as AbortSignal };
      await expect(connection.query('set', null, options)).rejects.toMatchObject({ name: 'ArgumentError' });
      await expect(connection.cursor().execute('set', null, options)).rejects.toMatchObject({
        name: 'ArgumentError',
      });
      expect(server.executed).toEqual([]);
      await connection.close();
    },
  );
});

describe('X2: aborted while queued', () => {
  it('X2: the fifth of ten queries: never sent, its neighbours untouched', async () => {
    const { connection, server } = await connectMemory({ autocommit: true });
    const abort = new AbortController();
    const calls = Array.from({ length: 10 }, (_, index) =>
      connection.query(
        `rows 1 t${String(index)}`,
        null,
        index === 4 ? { signal: abort.signal, rowMode: 'array' } : { rowMode: 'array' },
      ),
    );
    abort.abort();
    const outcomes = await Promise.allSettled(calls);
    for (const [index, outcome] of outcomes.entries()) {
      if (index === 4) expect(outcome).toMatchObject({ reason: { name: 'AbortError', sent: false } });
      else {
        const { value } = outcome as PromiseFulfilledResult<{ rows: unknown }>;
        expect(String((value.rows as string[][])[0]![0]).trim()).toBe(`t${String(index)}:0`);
      }
    }
    expect(server.executed).not.toContain('rows 1 t4');
    expect(server.cancels).toBe(0);
    await connection.close();
  });

  it('X2: behind another call of the same cursor it rejects at once', async () => {
    const { connection, server } = await connectMemory({ autocommit: true });
    const cursor = connection.cursor();
    const hanging = cursor.execute('hang').catch((error: unknown) => error);
    const abort = new AbortController();
    const second = cursor.execute('rows 1 b', null, { signal: abort.signal });
    const third = cursor.execute('rows 1 c');
    setImmediate(() => {
      abort.abort();
    });
    await expect(second).rejects.toMatchObject({ name: 'AbortError', sent: false });
    await connection.cancel();
    expect(await hanging).toMatchObject({ name: 'AbortError', sent: true });
    expect((await third).rowCount).toBe(1);
    expect(server.executed).not.toContain('rows 1 b');
    await connection.close();
  });

  it('X2: in a pipeline that is on its way, those before and behind it keep their answers and their time', async () => {
    const texts = ['select 1', 'select 2', 'select 3'];
    await against(
      async (peer) => {
        await logIn(peer);
        for (const sql of texts) expect(await answer(peer)).toBe(sql);
        for (const _ of texts) {
          await peer.expect('Bind');
          await peer.expect('Execute');
          await peer.expect('Sync');
        }
        // Longer than closeTimeout, which bounds what was given up, and nobody else.
        await peer.wait(500);
        for (const sql of texts) await peer.say(...result(sql));
      },
      oblige,
      async (conn, server) => {
        for (const sql of texts) await conn.query(sql);
        const abort = new AbortController();
        const calls = texts.map((sql, index) =>
          conn.query(sql, null, index === 1 ? { signal: abort.signal } : {}),
        );
        soon(() => {
          abort.abort();
        });
        const outcomes = await Promise.allSettled(calls);
        expect(outcomes[0]).toMatchObject({ value: { rows: [{ a: 'select 1' }] } });
        expect(outcomes[1]).toMatchObject({ reason: { name: 'AbortError', sent: true } });
        expect(outcomes[2]).toMatchObject({ value: { rows: [{ a: 'select 3' }] } });
        expect(server.connections).toHaveLength(1);
      },
      { pipeline: true },
    );
  });

  it('X2: a pipeline that is given up as a whole is cancelled', async () => {
    const texts = ['select 1', 'select 2'];
    await against(
      async (peer, requested) => {
        await logIn(peer);
        for (const _ of texts) await answer(peer);
        for (const _ of texts) {
          await peer.expect('Bind');
          await peer.expect('Execute');
          await peer.expect('Sync');
        }
        await requested;
        await peer.say(cancelled, 'ReadyForQuery status="I"', ...result('select 2'));
        await answer(peer);
      },
      oblige,
      async (conn, server) => {
        for (const sql of texts) await conn.query(sql);
        const signal = AbortSignal.timeout(30);
        const outcomes = await Promise.allSettled(texts.map((sql) => conn.query(sql, null, { signal })));
        for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { name: 'AbortError' } });
        expect((await conn.query('select 9')).rows).toEqual([{ a: 'select 9' }]);
        expect(server.connections.length).toBeGreaterThan(1);
      },
      { pipeline: true },
    );
  });
});

describe('X3: aborted while running', () => {
  it.each(['signal', 'cancel()', 'timeout'])(
    'X3: by %s: a request on a connection of its own, then the connection is usable',
    async (how) => {
      await against(stops, oblige, async (conn, server) => {
        const abort = new AbortController();
        const call = conn.query('select 1', null, {
          ...(how === 'signal' ? { signal: abort.signal } : {}),
          ...(how === 'timeout' ? { timeout: 0.05 } : {}),
        });
        const rejected = expect(call).rejects.toMatchObject({
          name: how === 'timeout' ? 'TimeoutError' : 'AbortError',
          sent: true,
        });
        if (how === 'signal') soon(() => abort.abort());
        if (how === 'cancel()') {
          await new Promise((resolve) => setTimeout(resolve, 30));
          await conn.cancel();
        }
        await rejected;
        expect((await conn.query('select 2')).rows).toEqual([{ a: 'select 2' }]);
        expect(server.connections).toHaveLength(2);
      });
    },
  );

  it('X3: over TLS when the session is', async () => {
    const { server: identity, ca } = await makeCertificates();
    await against(
      stops,
      oblige,
      async (conn, server) => {
        const signal = AbortSignal.timeout(30);
        await expect(conn.query('select 1', null, { signal })).rejects.toMatchObject({ name: 'AbortError' });
        expect((await conn.query('select 2')).rows).toEqual([{ a: 'select 2' }]);
        expect(server.connections.map(({ secured }) => secured)).toEqual([true, true]);
      },
      { host: 'localhost', sslmode: 'verify-full', sslrootcert: ca },
      identity,
    );
  });

  it('X3: executeMany under autocommit undoes its transaction', async () => {
    const { connection, server } = await connectMemory({ autocommit: true });
    const call = connection.cursor().executeMany('hang', [[], []], { timeout: 0.02 });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError', phase: 'query' });
    expect((await connection.query('rows 2 a')).rows).toHaveLength(2);
    expect(server.executed).toEqual(['begin transaction', 'hang', 'rollback', 'rows 2 a']);
    expect(connection.transactionStatus).toBe('idle');
    await connection.close();
  });
});

/** The request of a cancel takes its time on the way, and so does the news that it was taken. */
function slowCancel(server: Harness['server'], turns: () => number): () => Promise<Transport> {
  const pass = async (): Promise<void> => {
    for (let turn = turns(); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
  };
  return async () => {
    await pass();
    const inner = server.cancelTransport();
    let handler: TransportHandler | undefined;
    return {
      ...inner,
      start: (given) => (handler = given),
      write: (bytes) => {
        void (async () => {
          await pass();
          await new Promise<void>((resolve) => {
            inner.start({ data: () => undefined, closed: () => resolve() });
            inner.write(bytes);
          });
          await pass();
          handler?.closed(undefined);
        })();
      },
    };
  };
}

describe('X4: a cancel that comes as the result ends', () => {
  it('X4: 10,000 timings: the next statement is never the victim', { timeout: 60_000 }, async () => {
    const random = seededRandom(20_261_121);
    const turns = (most: number) => Math.floor(random() * most);
    const holder: { server?: Harness['server'] } = {};
    const { connection, server } = await connectMemory({
      autocommit: true,
      openCancel: () => slowCancel(holder.server!, () => turns(6))(),
    });
    holder.server = server;
    const text = (rows: unknown[]): string[] => (rows as string[][]).map(([value]) => value!.trim());
    let hits = 0;
    let misses = 0;
    for (let round = 0; round < 10_000; round++) {
      const abort = new AbortController();
      const sql = `rows ${String(1 + turns(4))} a`;
      const first = connection.query(sql, null, { signal: abort.signal, rowMode: 'array' });
      const ended = first.then(
        () => misses++,
        (error: unknown) => {
          expect(error).toMatchObject({ name: 'AbortError' });
          hits++;
        },
      );
      for (let turn = turns(14); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      if (round % 2 === 0) await ended;
      const next = await connection.query('rows 1 b', null, { rowMode: 'array' });
      expect(text(next.rows)).toEqual(['b:0']);
      await ended;
    }
    // Both happened, and often; or this has tested nothing.
    expect(hits).toBeGreaterThan(500);
    expect(misses).toBeGreaterThan(500);
    expect(server.cancels).toBeGreaterThan(300);
    await connection.close();
  });

  it('X4: a statement that ends while the request is being connected costs the next one no wait', async () => {
    let opening = 0;
    const { connection } = await connectMemory({
      autocommit: true,
      openCancel: (signal) => {
        opening++;
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      },
    });
    const abort = new AbortController();
    const first = connection
      .query('rows 40 a', null, { signal: abort.signal })
      .catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    const { milliseconds } = await settled(connection.query('rows 1 b'), 'the next query');
    expect(await first).toMatchObject({ name: 'AbortError' });
    expect(opening).toBe(1);
    // closeTimeout is 5 seconds here.
    expect(milliseconds).toBeLessThan(2500);
    await connection.close();
  });
});

describe('X5: a cancel request that fails', { retry: 2 }, () => {
  const waits = async (peer: Peer): Promise<void> => {
    await logIn(peer);
    await take(peer);
    await peer.silence();
  };
  const fates: readonly [string, (peer: Peer) => Promise<void>][] = [
    ['silent', (peer) => peer.silence()],
    [
      'reset at once',
      async (peer) => {
        await peer.wait(5);
        peer.reset();
      },
    ],
    [
      'reset after the request',
      async (peer) => {
        await peer.expect('CancelRequest');
        peer.reset();
      },
    ],
  ];
  it.each(fates)(
    'X5: %s: CancelledError now, the connection destroyed at closeTimeout',
    async (_, request) => {
      await against(waits, request, async (conn) => {
        const signal = AbortSignal.timeout(20);
        await expect(conn.query('select 1', null, { signal })).rejects.toMatchObject({ name: 'AbortError' });
        const next = await settled(conn.query('select 2'), 'the next query');
        expectAtBound(next, 190);
        expect(next.error).toMatchObject({ name: 'ConnectionLostError', sent: false });
        expect(conn.closed).toBe(true);
      });
    },
  );

  it('X5: refused', async () => {
    await against(waits, oblige, async (conn, server) => {
      const closing = server.close();
      const signal = AbortSignal.timeout(20);
      const call = settled(conn.query('select 1', null, { signal }), 'the query');
      expect((await call).error).toMatchObject({
        name: expect.stringMatching(/AbortError|ConnectionLost/) as string,
      });
      await closing;
      await settled(conn.close(), 'close');
      expect(conn.closed).toBe(true);
    });
  });

  it('X5: reset, and the statement ends by itself: what is sent next could be hit, so the connection is closed', async () => {
    let asked: () => void = () => undefined;
    const reset = new Promise<void>((resolve) => (asked = resolve));
    await against(
      async (peer) => {
        await logIn(peer);
        await take(peer);
        await reset;
        await peer.wait(30);
        await peer.say('BindComplete', 'CommandComplete tag="SELECT"', 'ReadyForQuery status="I"');
        await peer.rest();
      },
      async (peer) => {
        await peer.expect('CancelRequest');
        peer.reset();
        asked();
      },
      async (conn) => {
        const signal = AbortSignal.timeout(20);
        await expect(conn.query('select 1', null, { signal })).rejects.toMatchObject({ name: 'AbortError' });
        await expect(conn.query('select 2')).rejects.toMatchObject({
          name: 'ConnectionLostError',
          sent: false,
          retryable: true,
        });
      },
      { closeTimeout: 2 },
    );
  });
});

describe('X6: a server that takes the request and goes on', { retry: 2 }, () => {
  it('X6: is destroyed at closeTimeout, and cancel() says so', async () => {
    await against(
      async (peer) => {
        await logIn(peer);
        await take(peer);
        await peer.silence();
      },
      oblige,
      async (conn) => {
        const call = conn.query('select 1').catch((error: unknown) => error);
        await new Promise((resolve) => setTimeout(resolve, 20));
        const end = await settled(conn.cancel(), 'cancel()');
        expectAtBound(end, 200);
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'cancel' });
        expect(await call).toMatchObject({ name: 'AbortError' });
        expect(conn.closed).toBe(true);
      },
    );
  });
});

describe('X7: a cancel that nobody here asked for', () => {
  it('X7: is the error of the server, and the connection stays usable', async () => {
    await against(
      async (peer) => {
        await logIn(peer);
        await take(peer);
        await peer.say(cancelled, 'ReadyForQuery status="I"');
        await answer(peer);
      },
      oblige,
      async (conn, server) => {
        await expect(conn.query('select 1')).rejects.toMatchObject({
          code: '57014',
          sqlState: '57014',
          name: 'OperationalError',
        });
        expect((await conn.query('select 2')).rows).toEqual([{ a: 'select 2' }]);
        expect(server.connections).toHaveLength(1);
      },
    );
  });
});

describe('X8: a stream that is left in the middle', () => {
  const rows = 600;
  // 256 rows are decoded at a time.
  const places = [0, 1, 255, 256, rows - 1];
  const ways: readonly [string, (cursor: AsyncIterable<unknown[]>, at: number) => Promise<void>][] = [
    [
      'break',
      async (cursor, at) => {
        let seen = 0;
        for await (const row of cursor) {
          expect(row).toHaveLength(1);
          if (seen++ === at) break;
        }
      },
    ],
    [
      'an error of the loop',
      async (cursor, at) => {
        let seen = 0;
        const loop = async (): Promise<void> => {
          for await (const row of cursor) if (seen++ === at) throw new Error(`in row ${String(row.length)}`);
        };
        await expect(loop()).rejects.toThrow('in row 1');
      },
    ],
    [
      'return()',
      async (cursor, at) => {
        const iterator = cursor[Symbol.asyncIterator]();
        for (let row = 0; row < at; row++) await iterator.next();
        expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
      },
    ],
  ];
  for (const [way, leave] of ways) {
    it.each(places)(`X8: by ${way} at row %i: the connection is usable, nothing is left`, async (at) => {
      const { connection } = await connectMemory({ autocommit: true });
      const cursor = await connection.cursor().execute(`rows ${String(rows)} a`);
      await settled(leave(cursor, at), way);
      expect((await connection.query('rows 2 b')).rows).toHaveLength(2);
      await cursor.execute('rows 3 c');
      expect(await cursor.fetchAll()).toHaveLength(3);
      await connection.close();
    });
  }

  it.each(places)('X8: by its signal at row %i: the loop throws it', async (at) => {
    const { connection } = await connectMemory({ autocommit: true });
    const abort = new AbortController();
    const cursor = await connection
      .cursor()
      .execute('rows 3000 a', null, { signal: abort.signal, stream: true });
    let seen = 0;
    const loop = async (): Promise<void> => {
      for await (const row of cursor) {
        expect(row).toHaveLength(1);
        if (seen++ === at) abort.abort();
      }
    };
    expect((await settled(loop(), 'the loop')).error).toMatchObject({ name: 'AbortError' });
    expect((await connection.query('rows 2 b')).rows).toHaveLength(2);
    await connection.close();
  });
});

describe('X10: a server that gave no key', () => {
  it.each(['none', '0/0'])('X10: (%s): a cancel closes the connection at once', async (which) => {
    await against(
      async (peer) => {
        if (which === 'none') await logIn(peer, false);
        else {
          await peer.expect('StartupMessage');
          await peer.say(
            ...loginLines(2, 0, 0)
              .slice(1)
              .map((line) => line.slice(2)),
          );
        }
        await take(peer);
        await peer.silence();
      },
      oblige,
      async (conn, server) => {
        const signal = AbortSignal.timeout(20);
        await expect(conn.query('select 1', null, { signal })).rejects.toMatchObject({ name: 'AbortError' });
        expect(conn.closed).toBe(true);
        await expect(conn.query('select 2')).rejects.toMatchObject({ sent: false });
        expect(server.connections).toHaveLength(1);
      },
      { closeTimeout: 2 },
    );
  });
});
