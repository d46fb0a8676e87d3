/** Row H4: what users hand to the driver (listeners, loggers, readers of types, functions that give secrets) may throw; the protocol does not notice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connect,
  DataError,
  RedshiftError,
  type Connection,
  type ConnectOptions,
  type CustomReader,
  type Logger,
} from '../../../src/index.js';
import { startScriptedServer } from '../../scripted/server.js';
import { startCheapServer, type CheapServer } from './cheap-server.js';
import { runProgram } from './child.js';
import type { SubscribersGiven, SubscribersTold } from './programs/subscribers.js';

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'Secret1!',
  sslmode: 'disable',
  autocommit: true,
  connectTimeout: 5,
  closeTimeout: 1,
};

let server: CheapServer;

beforeAll(async () => {
  server = await startCheapServer();
});
afterAll(async () => {
  await server.close();
});

async function withConnection(
  use: (conn: Connection) => Promise<void>,
  over: ConnectOptions = {},
): Promise<void> {
  const conn = await connect({ ...base, port: server.port, ...over });
  try {
    await use(conn);
  } finally {
    await conn.close();
  }
}

async function failure(call: Promise<unknown>): Promise<RedshiftError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RedshiftError);
  return error as RedshiftError;
}

async function isUsable(conn: Connection): Promise<void> {
  expect((await conn.query('select 1')).rows).toHaveLength(1);
}

/** All that a callback may do wrong. */
const misdeeds: readonly (readonly [string, () => unknown])[] = [
  [
    'throws an error',
    () => {
      throw new Error('thrown by a callback');
    },
  ],
  [
    'throws undefined',
    () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw undefined;
    },
  ],
  ['rejects', () => Promise.reject(new Error('rejected by a callback'))],
];

describe('H4: listeners of a connection', () => {
  const notice = '< NoticeResponse S="WARNING" C="01000" M="careful"\n';
  const answer =
    '> Parse ...\n> Describe ...\n> Sync\n< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n< ReadyForQuery status="I"\n' +
    `> Bind ...\n> Execute\n> Sync\n< BindComplete\n${notice}< DataRow values=["x"]\n${notice}< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"\n`;

  it.each(misdeeds)(
    'H4: a notice listener that %s disturbs neither the result nor the other listeners',
    async (_, misdeed) => {
      const scripted = await startScriptedServer(`! login\n${answer}${notice}> Terminate`);
      const conn = await connect({ ...base, port: scripted.port });
      const heard: string[] = [];
      conn.on('notice', () => void heard.push('first'));
      conn.on('notice', misdeed);
      conn.once('notice', misdeed);
      conn.on('notice', ({ message }) => void heard.push(message));
      expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
      while (conn.notices.length < 3) await new Promise((resolve) => setImmediate(resolve));
      expect(heard).toEqual(['first', 'careful', 'first', 'careful', 'first', 'careful']);
      expect(conn.closed).toBe(false);
      await conn.close();
      await scripted.done();
      await scripted.close();
    },
  );

  it.each(misdeeds)(
    'H4: a close listener that %s disturbs neither close() nor a loss',
    async (_, misdeed) => {
      let heard = 0;
      const listen = (conn: Connection): void => {
        conn.on('close', misdeed);
        conn.on('close', () => {
          heard++;
        });
      };
      await withConnection(async (conn) => {
        listen(conn);
        await isUsable(conn);
      });
      expect(heard).toBe(1);
      const scripted = await startScriptedServer('! login\n> Parse ...\n> Describe ...\n> Sync\n! cut');
      const conn = await connect({ ...base, port: scripted.port });
      listen(conn);
      expect((await failure(conn.query('select 1'))).name).toBe('ConnectionLostError');
      expect(heard).toBe(2);
      await conn.close();
      await scripted.close();
    },
  );

  it('H4: a listener that uses and closes the connection while it is told of a notice', async () => {
    const scripted = await startScriptedServer(`! login\n${answer}> Terminate`);
    const conn = await connect({ ...base, port: scripted.port });
    const later: Promise<unknown>[] = [];
    conn.once('notice', () => {
      later.push(conn.close());
      later.push(conn.query('select b').catch((error: unknown) => error));
    });
    expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
    const [, refused] = await Promise.all(later);
    expect(refused).toMatchObject({ sent: false });
    await scripted.close();
  });
});

describe('H4: readers of types', () => {
  /** What a reader may throw, and what of it is told. */
  const thrown: readonly (readonly [string, unknown, string])[] = [
    ['an error', new Error('no such colour'), 'no such colour'],
    ['a text', 'just a text', 'just a text'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
    ['an object that cannot be printed', Object.create(null), 'it cannot be read'],
    [
      'an error whose message throws',
      Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('inner');
        },
      }),
      'it cannot be read',
    ],
  ];

  it.each(thrown)(
    'H4: that throw %s give a DataError that names column and type; the connection stays usable',
    async (_, what, told) => {
      const varchar: CustomReader = () => {
        throw what;
      };
      const types = { varchar };
      const message = `Column 1 "id" (varchar): ${told}`;
      await withConnection(async (conn) => {
        const calls: readonly (() => Promise<unknown>)[] = [
          () => conn.query('select 1', null, { types }),
          () => conn.query('select 1', null, { types, rowMode: 'array' }),
          () => conn.query('rows 5000', null, { types }),
          async () => (await conn.cursor({ types }).execute('select 1')).fetchOne(),
          async () => (await conn.cursor({ types }).execute('rows 5000')).fetchMany(10),
          async () => (await conn.cursor({ types }).execute('rows 5000')).fetchAll(),
          async () => {
            for await (const row of await conn
              .cursor({ types })
              .execute('rows 5000', null, { stream: true })) {
              expect(row).toBe('never given');
            }
          },
        ];
        for (const call of calls) {
          const error = await failure(call());
          expect(error).toBeInstanceOf(DataError);
          expect(error.message).toBe(message);
          expect(error.cause).toBe(what);
          await isUsable(conn);
        }
      });
    },
  );

  it('H4: that throw for one row only cost that row: those before and behind it can be fetched', async () => {
    let count = 0;
    const varchar: CustomReader = (text) => {
      // Three columns a row: the second row cannot be read.
      if (++count === 4) throw new Error('not this one');
      return text;
    };
    await withConnection(async (conn) => {
      const cursor = await conn.cursor({ types: { varchar } }).execute('rows 3');
      expect(await cursor.fetchOne()).toHaveLength(3);
      expect((await failure(cursor.fetchOne())).message).toContain('not this one');
      expect(await cursor.fetchOne()).toHaveLength(3);
      expect(await cursor.fetchOne()).toBeNull();
      await isUsable(conn);
    });
  });

  it('H4: that call the connection they are used on are served in order', async () => {
    await withConnection(async (conn) => {
      const inner: Promise<unknown>[] = [];
      const types = { varchar: (text: string) => (inner.push(conn.query('select 1')), text) };
      expect((await conn.query('select 1', null, { types })).rows).toHaveLength(1);
      expect(await Promise.all(inner)).toHaveLength(3);
    });
  });
});

describe('H4: loggers', () => {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const everywhere = `! login
> Parse ...
> Describe ...
> Sync
< NoticeResponse S="WARNING" C="01000" M="careful"
< ErrorResponse S="ERROR" C="42601" M="syntax error"
< ReadyForQuery status="I"
> Query ...
< CommandComplete tag="SET"
< ReadyForQuery status="I"
> Parse ...
> Bind ...
> Execute
> Parse ...
> Bind ...
> Describe ...
> Execute
> Sync
< ParseComplete
< BindComplete
< CommandComplete tag="BEGIN"
< ParseComplete
< BindComplete
< NoData
< CommandComplete tag="INSERT 0 1"
< ReadyForQuery status="T"
> Terminate`;

  /** Goes through every place that logs: options that are passed over, connecting, failing, notices, statements, closing with uncommitted work. */
  async function wander(logger: Logger): Promise<string[]> {
    const scripted = await startScriptedServer(everywhere);
    const heard: string[] = [];
    const outcome = (call: Promise<unknown>): Promise<void> =>
      call.then(
        () => void heard.push('ok'),
        (error: unknown) => void heard.push((error as Error).name),
      );
    await outcome(connect({ ...base, port: 1, logger }));
    const conn = await connect({ ...base, port: scripted.port, logger, autocommit: true });
    await outcome(conn.query('selec'));
    await outcome(conn.script('set x to 1'));
    conn.autocommit = false;
    await outcome(conn.query('insert into t values (1)'));
    await outcome(conn.close());
    await outcome(conn.query('select 1'));
    await scripted.done();
    await scripted.close();
    return heard;
  }

  const expected = ['ConnectError', 'ProgrammingError', 'ok', 'ok', 'ok', 'InterfaceError'];
  const quiet: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };

  it.each(levels.flatMap((level) => misdeeds.map(([how, misdeed]) => [level, how, misdeed] as const)))(
    'H4: %s() that %s changes no outcome',
    async (level, _, misdeed) => {
      expect(await wander({ ...quiet, [level]: misdeed })).toEqual(expected);
    },
  );
});

describe('H4: functions that give secrets', () => {
  const thenableThatThrows = {
    then: () => {
      throw new Error('a thenable that throws');
    },
  };
  /** What they do, and the error of connect(). */
  const sources: readonly (readonly [string, () => unknown, string])[] = [
    [
      'throws',
      () => {
        throw new Error('hunter2');
      },
      'AuthenticationError',
    ],
    [
      'throws undefined',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw undefined;
      },
      'AuthenticationError',
    ],
    ['rejects', () => Promise.reject(new Error('hunter2')), 'AuthenticationError'],
    ['returns a thenable that throws', () => thenableThatThrows, 'AuthenticationError'],
    ['returns nothing', () => undefined, 'ArgumentError'],
    ['returns null', () => null, 'ArgumentError'],
    ['returns a number', () => 5, 'ArgumentError'],
    ['returns an object', () => ({ password: 'hunter2' }), 'ArgumentError'],
    ['returns a Buffer', () => Buffer.from('hunter2'), 'ArgumentError'],
    ['returns a text with NUL', () => 'a\0hunter2', 'ArgumentError'],
    ['never returns', () => new Promise(() => undefined), 'TimeoutError'],
    [
      'rejects when nobody waits any more',
      () => new Promise((_, reject) => setTimeout(reject, 250, new Error('hunter2'))),
      'TimeoutError',
    ],
  ];

  it.each(sources)(
    'H4: a password function that %s makes connect() reject, and no more',
    async (_, source, name) => {
      const slow = name === 'TimeoutError';
      const error = await failure(
        connect({
          ...base,
          port: server.port,
          password: source as () => string,
          connectTimeout: slow ? 0.1 : 5,
        }),
      );
      expect(error.name).toBe(name);
      // What a user's own function throws is the cause, which is theirs; our text does not repeat it.
      expect(error.message).not.toContain('hunter2');
      // Long enough for the rejection that nobody waits for.
      if (slow) await new Promise((resolve) => setTimeout(resolve, 300));
      expect(server.open).toBe(0);
    },
  );

  it.each(sources)(
    'H4: a token function that %s makes connect() reject, and no more',
    async (_, source, name) => {
      const { password: _password, user: _user, sslmode: _sslmode, ...rest } = base;
      const slow = name === 'TimeoutError';
      const token = source as () => string;
      const options = {
        ...rest,
        port: server.port,
        token,
        tokenType: 'ACCESS_TOKEN',
        connectTimeout: slow ? 0.1 : 5,
      };
      const error = await failure(connect(options));
      expect(error.name).toBe(name);
      expect(error.message).not.toContain('hunter2');
      if (slow) await new Promise((resolve) => setTimeout(resolve, 300));
    },
  );
});

describe('H4: what users hand over with a statement', () => {
  const evil: readonly (readonly [string, (conn: Connection) => Promise<unknown>])[] = [
    [
      'a parameter whose toJSON throws',
      (conn) =>
        conn.query('select %s', [
          {
            toJSON() {
              throw new Error('no JSON');
            },
          },
        ]),
    ],
    ['a proxy that throws', (conn) => conn.query('select %s', [new Proxy({}, { ownKeys: () => fail() })])],
    [
      'named parameters with a getter that throws',
      (conn) =>
        conn.query(
          'select :a',
          {
            get a() {
              return fail();
            },
          },
          { paramstyle: 'named' },
        ),
    ],
    [
      'sets of parameters that throw on the way',
      (conn) =>
        conn.cursor().executeMany(
          'update t set a = %s',
          (function* () {
            yield [1];
            fail();
          })(),
        ),
    ],
    ['work of a transaction that throws', (conn) => conn.transaction(() => fail())],
    [
      'work of a transaction that throws behind a statement',
      (conn) => conn.transaction(async () => (await conn.query('select 1'), fail())),
    ],
    [
      'work of a transaction that rejects',
      (conn) => conn.transaction(() => Promise.reject(new Error('thrown by a callback'))),
    ],
  ];

  it.each(evil)('H4: %s: the call rejects, the connection stays usable', async (_, call) => {
    await withConnection(async (conn) => {
      await expect(call(conn)).rejects.toThrow(/thrown by a callback|cannot be written as JSON/);
      await isUsable(conn);
      expect(conn.transactionStatus).toBe('idle');
    });
  });
});

function fail(): never {
  throw new Error('thrown by a callback');
}

describe('H4: subscribers of the tracing channels', () => {
  it(
    'H4: that throw are raised by Node, and no call of the driver notices',
    { timeout: 60_000 },
    async () => {
      const options = { ...base, port: server.port };
      const { code, stdout, stderr } = await runProgram('subscribers', {
        options,
      } satisfies SubscribersGiven);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { outcomes, raised, others } = JSON.parse(stdout) as SubscribersTold;
      expect(outcomes).toEqual([
        'ConnectError',
        'ok',
        'ok',
        'ok',
        'ok',
        'ok',
        'AbortError',
        'ok',
        'ok',
        'ok',
      ]);
      expect(raised).toBeGreaterThan(20);
      expect(others).toEqual([]);
    },
  );
});
