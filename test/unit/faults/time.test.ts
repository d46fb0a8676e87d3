/**
 * Time, and calls on connections that break: rows L4, L5, L10, L11 and X9 of docs/failures.md, the default bounds, and
 * that no promise is ever left pending.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Column, Connection, connect, Cursor, DataFrame, type ConnectOptions } from '../../../src/index.js';
import { parseConfig } from '../../../src/config/parse.js';
import { BatchRun } from '../../../src/session/batch.js';
import { startClock } from '../../../src/session/clock.js';
import { ExtendedQuery, type Statement } from '../../../src/session/extended-query.js';
import { startRecorder } from '../../scripted/recorder.js';
import { loginLines } from '../../scripted/transcript.js';
import { startScriptedServer, type Script } from '../../scripted/server.js';
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

/** Logs in to a server that then plays these lines, and runs what the test does. Nothing is left behind. */
async function against(
  script: string | Script,
  use: (conn: Connection) => Promise<void>,
  options: ConnectOptions = {},
): Promise<void> {
  const server = await startScriptedServer(typeof script === 'string' ? `! login\n${script}` : script);
  const conn = await connect({ ...base, ...options, port: server.port });
  try {
    await use(conn);
  } finally {
    await settled(conn.close(), 'close');
    await server.close();
  }
  await expectNoSockets();
}

const cold = '> Parse ...\n> Describe ...\n> Sync\n';
const prepared = `${cold}< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n< ReadyForQuery status="I"\n`;
const bound = `${prepared}> Bind ...\n> Execute\n> Sync\n`;
const error = '< ErrorResponse S="ERROR" C="22012" M="division by zero"\n';

afterEach(() => {
  vi.useRealTimers();
});

describe('L4: silence', { retry: 2 }, () => {
  const boundaries: readonly [string, string][] = [
    ['after Parse', cold],
    ['after ParseComplete', `${cold}< ParseComplete\n`],
    ['after RowDescription', prepared.replace(/< Ready.*\n/, '')],
    ['after Bind', bound],
    ['after BindComplete', `${bound}< BindComplete\n`],
    ['after a row', `${bound}< BindComplete\n< DataRow values=["x"]\n`],
    ['inside a row', `${bound}< BindComplete\n! raw \\x4400000010000100\n`],
    [
      'after CommandComplete',
      `${bound}< BindComplete\n< DataRow values=["x"]\n< CommandComplete tag="SELECT"\n`,
    ],
  ];
  it.each(boundaries)('L4: %s: TimeoutError, then the connection is destroyed', async (_, lines) => {
    await against(`${lines}! silence`, async (conn) => {
      const call = await settled(conn.query('select a', null, { timeout: 0.2 }), 'query');
      expect(call.error).toMatchObject({ name: 'TimeoutError', phase: 'query', sent: true });
      expectAtBound(call, 200);
      // What is asked next waits for the answer to the cancel request, which never comes.
      const next = await settled(conn.query('select b'), 'the next query');
      expectAtBound(next, 200);
      expect(next.error).toMatchObject({ name: 'ConnectionLostError', sent: false });
      expect(conn.closed).toBe(true);
    });
  });

  it.each([
    ['the connection', { queryTimeout: 0.2 }, {}, {}],
    ['the cursor', {}, { timeout: 0.2 }, {}],
    ['the call', { queryTimeout: 60 }, { timeout: 60 }, { timeout: 0.2 }],
  ])('L4: the timeout of %s counts', async (_, options, cursor, call) => {
    await against(
      `${cold}! silence`,
      async (conn) => {
        const end = await settled(conn.cursor(cursor).execute('select a', null, call), 'execute');
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'query' });
        expectAtBound(end, 200);
      },
      options,
    );
  });

  it.each([-1, Number.NaN, Infinity, 1e12, 'x', null])(
    'L4: a timeout of %j is refused before anything is sent',
    async (given) => {
      const { connection, server } = await connectMemory();
      const timeout = given as number;
      for (const call of [
        () => connection.query('set', null, { timeout }),
        () => connection.script('set', { timeout }),
        () => connection.commit({ timeout }),
        () => connection.cursor().execute('set', null, { timeout }),
        () => connection.cursor().executeMany('set', [[]], { timeout }),
      ]) {
        await expect(call()).rejects.toMatchObject({ name: 'ArgumentError', sent: false });
      }
      expect(server.executed).toEqual([]);
      await connection.close();
    },
  );

  it('L4: 0 is no limit, whatever the connection says', async () => {
    await against(
      `${bound}! wait 400\n< BindComplete\n< DataRow values=["x"]\n< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"`,
      async (conn) => {
        expect((await conn.query('select a', null, { timeout: 0 })).rows).toEqual([{ a: 'x' }]);
      },
      { queryTimeout: 0.1 },
    );
  });

  it('L4: time in which nobody reads is not the server’s (rule S9)', async () => {
    const { connection } = await connectMemory({ autocommit: true });
    const cursor = await connection.cursor().execute('rows 300 a', null, { timeout: 0.15 });
    expect(cursor.rowCount).toBe(-1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await cursor.fetchMany(300)).toHaveLength(300);
    await connection.close();
  });
});

describe('L5: the peer is gone without a word', { retry: 2 }, () => {
  // A network that loses everything takes a namespace and its rights; a proxy that swallows everything looks the same from here.
  it('L5: a statement behind a dead network ends by its timeout, and close() by closeTimeout', async () => {
    const server = await startScriptedServer(`! login\n! silence`);
    const proxy = await startRecorder({ host: server.host, port: server.port });
    const conn = await connect({ ...base, port: proxy.port });
    try {
      proxy.connections[0]!.stall();
      const call = await settled(conn.query('select a', null, { timeout: 0.2 }), 'query');
      expect(call.error).toMatchObject({ name: 'TimeoutError', phase: 'query' });
      expectAtBound(call, 200);
      const close = await settled(conn.close(), 'close');
      expect(close.milliseconds).toBeLessThan(450);
    } finally {
      // What a failed attempt leaves open would be the fault of the next one.
      await conn.close();
      await proxy.close();
      await server.close();
    }
    await expectNoSockets();
  });
});

describe('L10: lost during COMMIT', () => {
  const commit = '> Parse sql="commit"\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n';
  const lost: readonly [string, (conn: Connection) => Promise<unknown>, string][] = [
    ['commit()', (conn) => conn.commit(), commit],
    ['query', (conn) => conn.query('commit'), commit],
    ['execute', (conn) => conn.cursor().execute('commit'), commit],
    ['script', (conn) => conn.script('begin; select 1; commit'), '> Query ...\n'],
  ];
  for (const [what, call, lines] of lost) {
    it.each(['! cut', '! wait 20\n! reset'])(
      `L10: by ${what} (%s): the outcome is unknown, and nothing is tried again`,
      async (cut) => {
        await against(`${lines}${cut}`, async (conn) => {
          const { error } = await settled(call(conn), what);
          expect(error).toMatchObject({
            name: 'ConnectionLostError',
            outcome: 'unknown',
            sent: true,
            retryable: false,
          });
        });
      },
    );
  }

  it('L10: the same when its time runs out', async () => {
    await against(`${commit}! silence`, async (conn) => {
      const { error } = await settled(conn.commit({ timeout: 0.05 }), 'commit');
      expect(error).toMatchObject({ name: 'TimeoutError', outcome: 'unknown' });
    });
  });

  it('L10: any other statement says nothing of an outcome', async () => {
    await against(`${cold}! cut`, async (conn) => {
      const { error } = await settled(conn.query('select 1'), 'query');
      expect(error).toMatchObject({ name: 'ConnectionLostError', sent: true });
      expect(error).not.toHaveProperty('outcome');
    });
  });
});

describe('L11: a second failure on the way out', () => {
  it('L11: transaction() throws the first error; that of the rollback is its `suppressed`', async () => {
    const { connection, server } = await connectMemory();
    const first = new Error('first');
    const call = connection.transaction(async (conn) => {
      await conn.query('set');
      server.cut();
      throw first;
    });
    await expect(call).rejects.toBe(first);
    expect(first).toMatchObject({ suppressed: { name: 'ConnectionLostError' } });
  });

  it('L11: an error that cannot carry it is thrown as it is', async () => {
    const { connection, server } = await connectMemory();
    const first: Error = Object.freeze(new Error('first'));
    await expect(
      connection.transaction(async (conn) => {
        await conn.query('set');
        server.cut();
        throw first;
      }),
    ).rejects.toBe(first);
  });

  it('L11: close and dispose of cursor and connection never throw, so nothing hides the first error', async () => {
    const { connection, server } = await connectMemory();
    const cursor = await connection.cursor().execute('rows 1000 a');
    const work = async (): Promise<void> => {
      try {
        server.cut();
        await connection.query('rows 1 b');
      } finally {
        await cursor[Symbol.asyncDispose]();
        await cursor.close();
        await Promise.all([cursor.close(), cursor.close()]);
        await connection[Symbol.asyncDispose]();
        await connection.close();
      }
    };
    await expect(work()).rejects.toMatchObject({ name: 'ConnectionLostError' });
  });
});

describe('X9: a timeout and the answer in the same tick', () => {
  it('X9: what has arrived when a busy process comes back is read before the clock counts', async () => {
    const fired: string[] = [];
    let stop: () => void = () => undefined;
    // The clock is due, and so is something that stops it: as an answer does that lies in the socket.
    await new Promise<void>((resolve) => {
      stop = startClock(5, () => fired.push('late'));
      setTimeout(() => {
        stop();
        resolve();
      }, 6);
      const until = performance.now() + 30;
      while (performance.now() < until);
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fired).toEqual([]);
  });

  it(
    'X9: 300 answers around the bound: one outcome each, and the next answer is its own',
    { timeout: 30_000 },
    async () => {
      const { connection } = await connectMemory({ autocommit: true });
      for (let round = 0; round < 300; round++) {
        const outcome = await connection
          .query('rows 20 a', null, { timeout: 0.001 + (round % 5) / 1000 })
          .then(
            ({ rows }) => rows.length,
            (reason: unknown) => reason,
          );
        if (outcome !== 20) expect(outcome).toMatchObject({ name: 'TimeoutError', phase: 'query' });
        const { rows } = await connection.query('rows 1 b', null, { rowMode: 'array' });
        expect(String((rows as unknown as string[][])[0]![0]).trim()).toBe('b:0');
      }
      await connection.close();
    },
  );
});

describe('the bounds that hold when nobody sets any', () => {
  it('are those of docs/failures.md', () => {
    const config = parseConfig({ host: 'h', user: 'u', password: 'p', database: 'd' }, { env: {} });
    expect(config).toMatchObject({
      connectTimeout: 30,
      queryTimeout: undefined,
      closeTimeout: 5,
      tcpKeepalive: true,
      tcpKeepaliveIdle: 60,
      maxResultBytes: 1024 ** 3,
      maxPreparedStatements: 1000,
    });
  });

  it('closing takes 5 seconds at most: a call that hangs is then rejected', async () => {
    const { connection } = await connectMemory();
    const hanging = connection.query('hang').catch((reason: unknown) => reason);
    await new Promise((resolve) => setImmediate(resolve));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let closed = false;
    const closing = connection.close().then(() => (closed = true));
    await vi.advanceTimersByTimeAsync(4999);
    expect(closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await closing;
    expect(await hanging).toMatchObject({ name: 'TimeoutError', phase: 'close' });
  });

  it('1,000 notices are kept, the last ones', async () => {
    const { connection, server } = await connectMemory();
    for (let count = 0; count < 1100; count++) {
      server.say({ type: 'NoticeResponse', fields: new Map([['M', String(count)]]) });
    }
    await connection.query('set');
    expect(connection.notices).toHaveLength(1000);
    expect(connection.notices[0]).toMatchObject({ message: '100' });
    await connection.rollback();
    await connection.close();
  });
});

describe('closing', { retry: 2 }, () => {
  it('needs no answer: a server that never closes keeps no socket of ours', async () => {
    await against('! silence', async (conn) => {
      const { milliseconds } = await settled(conn.close(), 'close');
      expect(milliseconds).toBeLessThan(200);
    });
  });

  it('is over at closeTimeout when a call hangs', async () => {
    await against(`${cold}! silence`, async (conn) => {
      const call = conn.query('select a').catch((reason: unknown) => reason);
      const end = await settled(conn.close(), 'close');
      expectAtBound(end, 200);
      expect(await call).toMatchObject({ name: 'TimeoutError', phase: 'close' });
    });
  });

  it('is over at closeTimeout when the rest of a result never comes', async () => {
    await against(`${bound}< BindComplete\n< DataRow values=["x"]\n! silence`, async (conn) => {
      const cursor = await conn.cursor().execute('select a', null, { stream: true });
      const end = await settled(cursor.close(), 'close of the cursor');
      expectAtBound(end, 200);
      expect(conn.closed).toBe(true);
    });
  });
});

describe('an error that ReadyForQuery never follows', { retry: 2 }, () => {
  const begun = '> Parse sql="begin transaction" ...\n> Bind ...\n> Execute\n';
  const calls: readonly [string, (conn: Connection) => Promise<unknown>, string][] = [
    ['query', (conn) => conn.query('select a'), cold],
    ['execute', (conn) => conn.cursor().execute('select a'), bound],
    ['script', (conn) => conn.script('select 1; select 2'), '> Query ...\n'],
    [
      'executeMany',
      (conn) => conn.cursor().executeMany('delete from t', [[]]),
      `${begun}> Parse ...\n> Describe ...\n> Bind ...\n> Execute\n> Sync\n`,
    ],
  ];
  it.each(calls)('is what %s rejects with, and the connection is destroyed', async (what, call, lines) => {
    await against(`${lines}${error}! silence`, async (conn) => {
      const first = settled(call(conn), what);
      // A cursor sends a moment later.
      await new Promise((resolve) => setImmediate(resolve));
      const next = settled(conn.query('select b'), 'the next query');
      expect((await first).error).toMatchObject({ code: '22012' });
      expect((await next).error).toMatchObject({ name: 'ConnectionLostError', sent: false });
      expect((await next).milliseconds).toBeLessThan(900);
      expect(conn.closed).toBe(true);
    });
  });

  it('wins over a timeout that comes meanwhile', async () => {
    await against(
      `${cold}${error}! silence`,
      async (conn) => {
        const { error: reason } = await settled(conn.query('select a', null, { timeout: 0.05 }), 'query');
        expect(reason).toMatchObject({ code: '22012' });
      },
      { closeTimeout: 1 },
    );
  });
});

describe('a batch under autocommit', () => {
  const begins: Script = async (peer) => {
    await peer.expect('StartupMessage');
    await peer.say(
      ...loginLines(2)
        .slice(1)
        .map((line) => line.slice(2)),
    );
    for (const type of ['Parse', 'Bind', 'Execute', 'Parse', 'Describe'] as const) await peer.expect(type);
    const done: string[] = [];
    for (let count = 0; count < 256; count++) {
      await peer.expect('Bind');
      await peer.expect('Execute');
      done.push('BindComplete', 'CommandComplete tag="DELETE 1"');
    }
    await peer.expect('Sync');
    await peer.say('ParseComplete', 'BindComplete', 'CommandComplete tag="BEGIN"');
    await peer.say('ParseComplete', 'ParameterDescription typeOids=[23]', 'NoData', ...done);
    await peer.say('ReadyForQuery status="T"');
  };
  const sets = Array.from({ length: 300 }, (_, index) => [index]);

  it('that runs out of time is not the caller’s to commit: close() warns of nothing', async () => {
    const warn = vi.fn();
    const logger = { debug: () => undefined, info: () => undefined, warn, error: () => undefined };
    await against(
      async (peer) => {
        await begins(peer);
        await peer.silence();
      },
      async (conn) => {
        const call = conn.cursor().executeMany('delete from t where a = %s', sets, { timeout: 0.3 });
        expect((await settled(call, 'executeMany')).error).toMatchObject({ name: 'TimeoutError' });
        expect(conn.transactionStatus).toBe('transaction');
        await conn.close();
      },
      { logger },
    );
    expect(warn.mock.calls.filter(([text]) => String(text).includes('uncommitted'))).toEqual([]);
  });

  it.each([true, false])(
    'S1: whose later part cannot be sent is undone, and the connection stays usable, blocks ahead: %s',
    async (ahead) => {
      const { connection, session, server } = await connectMemory({ autocommit: true });
      // Longer than any message may be; nobody has to fill it to find out.
      const huge = { length: 0x7fff_ffff } as unknown as Uint8Array;
      const item = { sql: 'set', parameterOids: [], parameterFormats: [] };
      const items = sets.map((_, index) => ({
        ...item,
        values:
          index < 299 ? { count: 0, bytes: 0, pieces: [] } : { count: 1, bytes: huge.length, pieces: [huge] },
      }));
      const outcome = await new Promise((end) => {
        session.run(new BatchRun({ items: items.values(), begin: true, commit: true, ahead, end }));
      });
      expect(outcome).toMatchObject({ error: { name: 'ArgumentError' } });
      expect((await connection.query('rows 2 a')).rows).toHaveLength(2);
      expect(server.executed.filter((sql) => sql !== 'set')).toEqual([
        'begin transaction',
        'rollback',
        'rows 2 a',
      ]);
      await connection.close();
    },
  );

  it('S1: a statement whose parameters cannot be sent is refused before BEGIN and Parse are', async () => {
    const { connection, session, server } = await connectMemory();
    const huge = { length: 0x7fff_ffff } as unknown as Uint8Array;
    const outcome = await new Promise((end) => {
      const statement: Statement = {
        sql: 'rows 1 a',
        key: 'rows 1 a',
        weight: huge.length,
        parameterOids: [],
        parameterFormats: [],
        values: [huge],
        rowless: false,
        keep: true,
        begin: true,
        invalidates: false,
        commits: false,
        collect: true,
        pipelined: false,
        types: { formats: (fields) => new Uint8Array(fields.length) },
      };
      const sink = { held: 0, describe: () => undefined, rows: () => true, end };
      session.run(new ExtendedQuery(statement, sink));
    });
    expect(outcome).toMatchObject({ error: { name: 'ArgumentError' } });
    expect(session.status).toBe('I');
    expect((await connection.query('rows 2 a')).rows).toHaveLength(2);
    expect(server.executed).toEqual(['begin transaction', 'rows 2 a']);
    await connection.rollback();
    await connection.close();
  });
});

/** What is called, for each public method that gives a promise. A new method has to be added here: the test says so. */
const calls: Readonly<Record<string, (harness: Harness, cursor: Cursor) => Promise<unknown>>> = {
  'Connection.query': ({ connection }) => connection.query('hang'),
  'Connection.script': ({ connection }) => connection.script('hang'),
  'Connection.pipeline': ({ connection }) => connection.pipeline((p) => p.query('hang')),
  'Connection.commit': ({ connection }) => connection.commit(),
  'Connection.rollback': ({ connection }) => connection.rollback(),
  'Connection.transaction': ({ connection }) => connection.transaction((conn) => conn.query('hang')),
  'Connection.cancel': ({ connection }) => connection.cancel(),
  'Connection.close': ({ connection }) => connection.close(),
  [`Connection.${String(Symbol.asyncDispose)}`]: ({ connection }) => connection[Symbol.asyncDispose](),
  'Cursor.execute': (_, cursor) => cursor.execute('hang'),
  'Cursor.executeMany': (_, cursor) => cursor.executeMany('hang', [[], []]),
  'Cursor.callProc': (_, cursor) => cursor.callProc('p'),
  'Cursor.insertDataBulk': (_, cursor) => cursor.insertDataBulk('package.json', 't', [0], ['a']),
  'Cursor.writeDataFrame': (_, cursor) =>
    cursor.writeDataFrame(
      new DataFrame([
        new Column(
          { name: 'a', type: { kind: 'int32' }, nullable: false },
          { length: 1, values: Int32Array.of(1) },
        ),
      ]),
      't',
    ),
  'Cursor.fetchOne': (_, cursor) => cursor.fetchOne(),
  'Cursor.fetchMany': (_, cursor) => cursor.fetchMany(500),
  'Cursor.fetchAll': (_, cursor) => cursor.fetchAll(),
  'Cursor.fetchDataFrame': (_, cursor) => cursor.fetchDataFrame(),
  'Cursor.fetchDataFrameBatches': async (_, cursor) => {
    for await (const batch of cursor.fetchDataFrameBatches()) expect(batch.numRows).toBeGreaterThan(0);
  },
  'Cursor.fetchColumns': (_, cursor) => cursor.fetchColumns(),
  'Cursor.fetchNumpyArray': (_, cursor) => cursor.fetchNumpyArray(),
  'Cursor.close': (_, cursor) => cursor.close(),
  [`Cursor.${String(Symbol.asyncDispose)}`]: (_, cursor) => cursor[Symbol.asyncDispose](),
  'Cursor.Symbol(Symbol.asyncIterator)': async (_, cursor) => {
    for await (const row of cursor) expect(row).toHaveLength(1);
  },
};
/** These give no promise. */
const synchronous = [
  'Connection.constructor',
  'Connection.cursor',
  'Connection.on',
  'Connection.once',
].concat(['Connection.off', 'Connection.notify', 'Connection.ended', 'Cursor.constructor']);

describe('P1: every call settles', () => {
  it('P1: the table has every public method', () => {
    const methods = [Connection, Cursor].flatMap(({ name, prototype }) =>
      Reflect.ownKeys(prototype)
        .filter((key) => 'value' in Object.getOwnPropertyDescriptor(prototype, key)!)
        .map((key) => `${name}.${String(key)}`),
    );
    expect([...Object.keys(calls), ...synchronous].sort()).toEqual(methods.sort());
  });

  const breaks: readonly [string, (harness: Harness, call: () => Promise<unknown>) => Promise<unknown>][] = [
    [
      'before it breaks',
      (harness, call) => {
        const called = call();
        harness.server.cut();
        return called;
      },
    ],
    [
      'while it breaks',
      (harness, call) => {
        const called = call();
        setTimeout(() => {
          harness.server.cut();
        }, 3);
        return called;
      },
    ],
    [
      'after it broke',
      (harness, call) => {
        harness.server.cut();
        return call();
      },
    ],
    [
      'while it is closed',
      (harness, call) => {
        const called = call();
        void harness.connection.close();
        return called;
      },
    ],
    [
      'after it was closed',
      async (harness, call) => {
        await harness.connection.close();
        return call();
      },
    ],
    [
      'behind one that hangs, when it breaks',
      (harness, call) => {
        void harness.connection.query('hang').catch(() => undefined);
        const called = call();
        setTimeout(() => {
          harness.server.cut();
        }, 3);
        return called;
      },
    ],
  ];
  for (const [when, happen] of breaks) {
    it.each(Object.entries(calls))(`P1: on a connection, called ${when}: %s`, async (name, call) => {
      const harness = await connectMemory({ closeTimeout: 0.1, autocommit: true });
      const cursor = await harness.connection.cursor().execute('rows 300 a');
      await settled(
        happen(harness, () => call(harness, cursor)),
        name,
      );
      await settled(harness.connection.close(), 'close');
      expect(harness.connection.closed).toBe(true);
    });
  }
});
