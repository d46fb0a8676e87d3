/** Rows L6 to L9 of the failure matrix: a connection that is lost while it is idle, and what had come before a loss. */
import { describe, expect, it } from 'vitest';
import type { Connection, RedshiftError } from '../../../src/index.js';
import type { Peer } from '../../scripted/peer.js';
import type { Script } from '../../scripted/server.js';
import {
  against,
  asked,
  described,
  each,
  expectClosed,
  failure,
  playLines,
  row,
  serverError,
  settled,
  until,
  works,
} from './dialogues.js';

const fatal: readonly [string, string][] = [
  ['57P01', 'terminating connection due to administrator command'],
  ['57P05', 'terminating connection due to idle-session timeout'],
];

/** Plays, waits until the client has taken everything in, and ends the connection. */
function endsBy(end: (peer: Peer) => void, before = '', last = ''): Script {
  return async (peer) => {
    await playLines(peer, `! login\n${before}`);
    // An RST overtakes what the client has not read yet.
    await peer.wait(before === '' ? 20 : 40);
    if (last !== '') await playLines(peer, last);
    end(peer);
  };
}

/** What the `close` event told; it comes once. */
function ending(conn: Connection): { errors: (RedshiftError | undefined)[] } {
  const heard: { errors: (RedshiftError | undefined)[] } = { errors: [] };
  conn.on('close', (error) => heard.errors.push(error));
  return heard;
}

describe('L6: an error that is fatal while nothing is asked, then FIN', () => {
  for (const before of ['', works]) {
    for (const [code, text] of fatal) {
      it(`L6: ${code}${before === '' ? ' before any statement' : ''}: the server's error is the cause of the closed error`, async () => {
        const last = serverError(code, text, 'FATAL');
        await against(
          endsBy((peer) => peer.cut(), before, last),
          async (conn) => {
            const heard = ending(conn);
            if (before !== '') await conn.query('select a');
            const closed = await expectClosed(conn);
            expect(closed).toMatchObject({
              name: 'ConnectionLostError',
              sent: false,
              retryable: true,
              cause: {
                name: 'OperationalError',
                code,
                sqlState: code,
                message: text,
                severity: 'FATAL',
                retryable: true,
              },
            });
            // Every later call of every kind says the same, and nothing hangs.
            for (const call of [
              () => conn.script('select 1'),
              () => conn.cursor().execute('select 1'),
              () => conn.cursor().executeMany('insert into t values (%s)', [[1]]),
              () => conn.commit(),
              () => conn.rollback(),
              () => conn.transaction(() => conn.query('select 1')),
            ]) {
              expect(await failure(call())).toMatchObject({ sent: false, cause: { code } });
            }
            expect(heard.errors).toHaveLength(1);
            expect(heard.errors[0]).toBe(closed.cause);
            await conn.close();
            expect(heard.errors).toHaveLength(1);
          },
        );
      });
    }
  }

  it('L6: the error and FIN, or RST, in one segment', async () => {
    for (const end of [(peer: Peer) => peer.close(), (peer: Peer) => peer.reset()]) {
      await against(
        async (peer) => {
          await playLines(peer, `! login\n${works}`);
          await peer.wait(20);
          await playLines(peer, serverError('57P01', 'bye', 'FATAL'));
          // RST throws away what was not read: the client gets the time to read it.
          if (end.toString().includes('reset')) await peer.wait(20);
          end(peer);
        },
        async (conn) => {
          await conn.query('select a');
          expect(await expectClosed(conn)).toMatchObject({ cause: { code: '57P01' } });
        },
      );
    }
  });

  it('L6: severity PANIC, and a text in which only V tells the severity', async () => {
    for (const line of [
      '< ErrorResponse S="PANIC" C="XX000" M="m"',
      '< ErrorResponse S="FATALE" V="FATAL" C="57P01" M="m"',
    ]) {
      await against(
        endsBy((peer) => peer.cut(), '', line),
        async (conn) => {
          expect((await expectClosed(conn)).cause).toMatchObject({ message: 'm' });
        },
      );
    }
  });

  it('L6: in an open transaction: the transaction is gone, and says so', async () => {
    const begun = `> Parse sql="begin transaction"\n> Bind ...\n> Execute\n> Parse ...\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< CommandComplete tag="BEGIN"\n< ParseComplete\n< BindComplete\n< NoData\n< CommandComplete tag="INSERT 0 1"\n< ReadyForQuery status="T"\n`;
    await against(
      endsBy((peer) => peer.cut(), begun, serverError('57P01', 'bye', 'FATAL')),
      async (conn) => {
        await conn.query('insert into t values (1)');
        await until(() => conn.closed, 'the end');
        const error = await failure(conn.commit());
        // COMMIT was never sent: its outcome is known.
        expect(error).toMatchObject({ name: 'ConnectionLostError', sent: false });
        expect(error).not.toHaveProperty('outcome');
      },
      { autocommit: false },
    );
  });
});

describe('L7: FIN or RST while nothing is asked', () => {
  const ends: readonly [string, (peer: Peer) => void, RegExp][] = [
    ['FIN', (peer) => peer.cut(), /the server closed it/],
    ['half-close', (peer) => peer.halfClose(), /the server closed it/],
    ['RST', (peer) => peer.reset(), /ECONNRESET/],
  ];
  it.each(ends)('L7: %s', async (name, end, text) => {
    for (const before of ['', works]) {
      await against(endsBy(end, before), async (conn) => {
        const heard = ending(conn);
        if (before !== '') await conn.query('select a');
        const closed = await expectClosed(conn);
        expect(closed).toMatchObject({
          name: 'ConnectionLostError',
          sent: false,
          retryable: true,
          cause: { name: 'ConnectionLostError', message: expect.stringMatching(text) as string },
        });
        const { cause } = closed.cause as Error;
        if (name === 'RST') expect(cause).toMatchObject({ code: 'ECONNRESET' });
        expect(heard.errors).toEqual([closed.cause]);
        await conn.close();
      });
    }
  });

  it('L7: with no listener for anything, a call that comes with the loss settles', async () => {
    await each(
      Array.from({ length: 24 }, (_, delay) => delay),
      async (delay) => {
        await against(
          async (peer) => {
            await playLines(peer, '! login');
            await peer.wait(delay % 8);
            if (delay % 2 === 0) peer.reset();
            else peer.cut();
          },
          async (conn) => {
            await new Promise((resolve) => setTimeout(resolve, delay >> 2));
            expect(await failure(conn.query('select 1'))).toMatchObject({ name: 'ConnectionLostError' });
          },
        );
      },
    );
  });
});

describe('L8: an error of the server without ReadyForQuery, then the end', () => {
  const kinds: readonly [string, (conn: Connection) => Promise<unknown>, string][] = [
    ['a query, at its first answer', (conn) => conn.query('select a'), asked],
    ['a query, in place of its rows', (conn) => conn.query('select a'), described],
    ['a query, after rows', (conn) => conn.query('select a'), described + row() + row()],
    [
      'a query, after CommandComplete',
      (conn) => conn.query('select a'),
      `${described}${row()}< CommandComplete tag="SELECT"\n`,
    ],
    ['a cursor', (conn) => conn.cursor().execute('select a'), described + row()],
    [
      'a script',
      (conn) => conn.script('select 1; select 2'),
      '> Query ...\n< CommandComplete tag="INSERT 0 1"\n',
    ],
    [
      'executeMany',
      (conn) => conn.cursor().executeMany('delete from t where a = %s', [[1]]),
      '> Parse ...\n> Bind ...\n> Execute\n> Parse ...\n> Describe ...\n> Bind ...\n> Execute\n> Sync\n',
    ],
    [
      'COMMIT',
      (conn) => conn.commit(),
      '> Parse sql="commit"\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n',
    ],
  ];
  for (const [severity, code] of [
    ['ERROR', 'XX000'],
    ['FATAL', '57P01'],
  ] as const) {
    it.each(kinds)(
      `L8: ${severity} in %s: the server's error is told, not the loss`,
      async (_name, call, lines) => {
        for (const end of ['! cut', '! wait 15\n! reset']) {
          await against(`${lines}${serverError(code, 'told', severity)}${end}`, async (conn) => {
            const running = settled(call(conn));
            // Calls of a cursor come to the connection a little later than others.
            for (let turn = 0; turn < 3; turn++) await Promise.resolve();
            const behind = await failure(conn.query('select b'));
            expect(await running).toMatchObject({ error: { code, message: 'told' } });
            expect(behind).toMatchObject({ name: 'ConnectionLostError', sent: false });
            // The reason of the end is to be found from every call.
            if (severity === 'FATAL') expect(behind.cause).toMatchObject({ code });
            await expectClosed(conn);
          });
        }
      },
    );
  }

  it('L8: to who reads row by row, after the rows', async () => {
    await against(`${described}! repeat 3000\n${row()}${serverError('XX000', 'told')}! cut`, async (conn) => {
      const cursor = await conn.cursor().execute('select a', null, { stream: true });
      let rows = 0;
      const error = await failure(
        (async () => {
          for await (const one of cursor) rows += one.length;
        })(),
      );
      expect(error).toMatchObject({ code: 'XX000', message: 'told' });
      expect(rows).toBe(3000);
    });
  });
});

describe('L9: the server closes its side, or a write fails, while results are unread', () => {
  const count = 5000;
  const many = `${described}! repeat ${String(count)}\n${row('y'.repeat(200))}`;
  const small = { fetchBufferSize: 64 * 1024 };

  const read = async (
    conn: Connection,
    act: () => Promise<void>,
  ): Promise<{ rows: number; error: RedshiftError }> => {
    const cursor = await conn.cursor().execute('select a');
    // Larger than the buffer: the result is open, the socket paused.
    expect(cursor.rowCount).toBe(-1);
    await act();
    let rows = 0;
    const error = await failure(
      (async () => {
        for (;;) {
          const some = await cursor.fetchMany(100);
          if (some.length === 0) return;
          rows += some.length;
        }
      })(),
    );
    // The same again, whoever asks.
    expect(await failure(cursor.fetchOne())).toBe(error);
    expect(await failure(cursor.fetchAll())).toBe(error);
    return { rows, error };
  };
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

  it('L9: half-close in the middle: all rows that came are used first, then the loss is told', async () => {
    await against(
      `${many}! halfclose`,
      async (conn) => {
        const { rows, error } = await read(conn, wait);
        expect(rows).toBe(count);
        expect(error).toMatchObject({ name: 'ConnectionLostError', sent: true });
        await expectClosed(conn);
      },
      small,
    );
  });

  it('L9: an error behind the rows, then half-close: rows first, then that error', async () => {
    for (const severity of ['ERROR', 'FATAL']) {
      await against(
        `${many}${serverError('57P01', 'told', severity)}! halfclose`,
        async (conn) => {
          const { rows, error } = await read(conn, wait);
          expect(rows).toBe(count);
          expect(error).toMatchObject({ code: '57P01', message: 'told' });
          await expectClosed(conn);
        },
        small,
      );
    }
  });

  it('L9: another call behind the unread result spools it: rows and error stay readable', async () => {
    await against(
      `${many}${serverError('57P01', 'told', 'FATAL')}! cut`,
      async (conn) => {
        let behind: Promise<RedshiftError> | undefined;
        const { rows, error } = await read(conn, async () => {
          behind = failure(conn.query('select b'));
          await behind;
        });
        expect(rows).toBe(count);
        expect(error).toMatchObject({ code: '57P01' });
        expect(await behind).toMatchObject({
          name: 'ConnectionLostError',
          sent: false,
          cause: { code: '57P01' },
        });
      },
      small,
    );
  });

  it('L9: a whole result, then the end: the result is good', async () => {
    await against(
      `${many}< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"\n! halfclose`,
      async (conn) => {
        const cursor = await conn.cursor().execute('select a');
        await wait();
        expect(await cursor.fetchAll()).toHaveLength(count);
        await expectClosed(conn);
      },
      small,
    );
  });

  it('L9: a write that fails (EPIPE, ECONNRESET) does not hide the error that the server had sent before it hung up', async () => {
    // The server refuses in the middle of a large statement, and reads no more of it.
    const value = 'v'.repeat(8 * 1024 * 1024);
    for (const end of [(peer: Peer) => peer.destroy(), (peer: Peer) => peer.cut()]) {
      await against(
        async (peer) => {
          await playLines(
            peer,
            `! login\n${works}> Parse ...\n> Describe ...\n> Sync\n< ParseComplete\n< ParameterDescription typeOids=[25]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n< ReadyForQuery status="I"`,
          );
          peer.stopReading();
          await peer.say('ErrorResponse S="FATAL" C="53400" M="told before the end"');
          await peer.wait(10);
          end(peer);
        },
        async (conn) => {
          await conn.query('select a');
          const end = await settled(conn.query('select %s', [value]));
          expect(end).toMatchObject({ error: { code: '53400', message: 'told before the end' } });
        },
      );
    }
  });
});
