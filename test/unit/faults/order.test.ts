/** Section 5 of the failure matrix: right messages at the wrong moment. Row O3 is with the recorded dialogues. */
import { describe, expect, it } from 'vitest';
import type { Connection, ConnectOptions, Result } from '../../../src/index.js';
import {
  again,
  against,
  asked,
  column,
  complete,
  described,
  describedAs,
  each,
  expectClosed,
  expectViolation,
  failure,
  row,
  run,
  serverError,
  settled,
  until,
  works,
} from './dialogues.js';

const whole = '> Parse ...\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n';
const wholeWorks = `${whole}< ParseComplete\n< BindComplete\n< NoData\n< CommandComplete tag="SET"\n< ReadyForQuery status="I"\n`;
/** BEGIN in front of a statement that can give no rows. */
const batchAsked =
  '> Parse sql="begin transaction"\n> Bind ...\n> Execute\n> Parse ...\n> Describe ...\n> Bind ...\n> Execute\n> Sync\n';
const begun = '< ParseComplete\n< BindComplete\n< CommandComplete tag="BEGIN"\n';

describe('O1: messages in an order that cannot be', () => {
  const orders: readonly [string, string][] = [
    ['a row before its description', `${asked}< ParseComplete\n${row()}`],
    ['a row before ParseComplete', `${asked}${row()}`],
    [
      'a row in the block that only asks for the description',
      `${asked}< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[${column('a')}]\n${row()}`,
    ],
    ['a row before BindComplete', `${asked}${describedAs([column('a')])}${run}${row()}`],
    ['BindComplete before ParseComplete', `${asked}< BindComplete\n`],
    ['ParseComplete twice', `${asked}< ParseComplete\n< ParseComplete\n`],
    [
      'RowDescription before ParameterDescription',
      `${asked}< ParseComplete\n< RowDescription fields=[${column('a')}]\n`,
    ],
    [
      'RowDescription twice',
      `${asked}< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[${column('a')}]\n< RowDescription fields=[${column('a')}]\n`,
    ],
    [
      'a second RowDescription in front of the rows',
      `${described}< RowDescription fields=[${column('a')}]\n`,
    ],
    [
      'a second RowDescription among the rows',
      `${described}${row()}< RowDescription fields=[${column('b')}]\n`,
    ],
    ['a row behind the end of its result', `${described}${row()}< CommandComplete tag="SELECT"\n${row()}`],
    [
      'two ends of one result',
      `${described}${row()}< CommandComplete tag="SELECT"\n< CommandComplete tag="SELECT"\n`,
    ],
    ['ReadyForQuery before the end of the result', `${described}${row()}< ReadyForQuery status="I"\n`],
    ['ReadyForQuery before everything', `${asked}< ReadyForQuery status="I"\n`],
    ['AuthenticationOk in a session', `${described}< AuthenticationOk\n`],
    ['CloseComplete that nobody asked for', `${described}< CloseComplete\n`],
  ];
  it.each(orders)('O1: %s', async (name, lines) => {
    await expectViolation(lines, name);
  });

  const inScripts: readonly [string, string][] = [
    ['a row before its description', row()],
    [
      'two descriptions without an end between them',
      `< RowDescription fields=[${column('a')}]\n< RowDescription fields=[${column('a')}]\n`,
    ],
    [
      'a row behind the end of its result',
      `< RowDescription fields=[${column('a')}]\n< CommandComplete tag="SELECT"\n${row()}`,
    ],
    [
      'a description without an end, then ReadyForQuery',
      `< RowDescription fields=[${column('a')}]\n${row()}< ReadyForQuery status="I"\n`,
    ],
    ['ReadyForQuery before any result', '< ReadyForQuery status="I"\n'],
    [
      'the end of another result inside a result',
      `< RowDescription fields=[${column('a')}]\n${row()}< EmptyQueryResponse\n`,
    ],
    ['ParseComplete', '< ParseComplete\n'],
  ];
  it.each(inScripts)('O1: in a script: %s', async (_name, lines) => {
    await against(`> Query ...\n${lines}`, async (conn) => {
      expect(await failure(conn.script('select 1; select 2'))).toMatchObject({ name: 'ProtocolError' });
      await expectClosed(conn);
    });
  });

  const inBatches: readonly [string, string][] = [
    [
      'the second BindComplete before the first',
      `${begun}< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< BindComplete\n< BindComplete\n`,
    ],
    [
      'a row that nobody asked for',
      `${begun}< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< BindComplete\n${row()}`,
    ],
    ['ReadyForQuery before the end', `${begun}< ParseComplete\n< ReadyForQuery status="T"\n`],
    ['no answer to BEGIN', '< ParseComplete\n< ParameterDescription typeOids=[]\n'],
  ];
  it.each(inBatches)('O1: in executeMany: %s', async (_name, lines) => {
    await against(`${batchAsked}${lines}`, async (conn) => {
      const call = conn.cursor().executeMany('delete from t where a = %s', [[1]]);
      expect(await failure(call)).toMatchObject({ name: 'ProtocolError' });
      await expectClosed(conn);
    });
  });
});

describe('O2: an answer although nothing was asked', () => {
  const answers = [
    'ReadyForQuery status="I"',
    'ReadyForQuery status="E"',
    'CommandComplete tag="SELECT"',
    'DataRow values=["x"]',
    `RowDescription fields=[${column('a')}]`,
    'ParameterDescription typeOids=[]',
    'ParseComplete',
    'BindComplete',
    'CloseComplete',
    'NoData',
    'PortalSuspended',
    'EmptyQueryResponse',
    'ErrorResponse S="ERROR" C="42601" M="unasked"',
    'CopyInResponse format=0 columnFormats=[]',
    'CopyOutResponse format=0 columnFormats=[]',
    'CopyData data="x"',
    'AuthenticationOk',
    'AuthenticationCleartextPassword',
    'BackendKeyData processId=1 secretKey=2',
    'NegotiateProtocolVersion minor=0 options=[]',
  ];
  it.each(answers)('O2: %s', async (line) => {
    for (const before of ['', works]) {
      await against(`${before}< ${line}`, async (conn) => {
        if (before !== '') await settled(conn.query('select a'));
        await until(() => conn.closed, 'the end of the connection');
        expect(await expectClosed(conn)).toMatchObject({
          name: 'ConnectionLostError',
          cause: { name: 'ProtocolError' },
        });
      });
    }
  });

  it('O2: a second ReadyForQuery is never the answer of the statement behind it', async () => {
    const calls: readonly [string, (conn: Connection) => Promise<unknown>][] = [
      ['a query', (conn) => conn.query('select b')],
      ['a statement without rows', (conn) => conn.query('set b to c')],
      ['a script', (conn) => conn.script('delete from b; delete from c')],
      ['executeMany', (conn) => conn.cursor().executeMany('delete from t where a = %s', [[1]])],
      ['commit', (conn) => conn.commit()],
    ];
    for (const [name, call] of calls) {
      await against(`${works}< ReadyForQuery status="I"`, async (conn) => {
        const [first, second] = await Promise.all([
          settled(conn.query('select a')),
          settled(call(conn), `${name} behind it`),
        ]);
        // The first had its whole answer; it may have been told of the nonsense behind it.
        if ('value' in first) expect((first.value as Result).rows).toEqual([{ a: 'x' }]);
        expect('error' in second ? second.error.name : second.value, name).toMatch(
          /ProtocolError|ConnectionLostError/,
        );
        await expectClosed(conn);
      });
    }
  });

  it('O2: in a pipeline too', async () => {
    const both = `${run}${run}`;
    await against(
      `${works}${asked}${describedAs([column('b')])}${run}< BindComplete\n${complete()}${both}< BindComplete\n${row()}${complete()}< ReadyForQuery status="I"`,
      async (conn) => {
        await conn.query('select a');
        await conn.query('select b');
        const ends = await Promise.all([settled(conn.query('select a')), settled(conn.query('select b'))]);
        expect('value' in ends[0] ? (ends[0].value as Result).rows : ends[0].error.name).toEqual([
          { a: 'x' },
        ]);
        expect('error' in ends[1] && ends[1].error.name).toBe('ProtocolError');
        await expectClosed(conn);
      },
      { pipeline: true },
    );
  });
});

describe('O4: an ErrorResponse that comes late, or twice: the first is the one, and the connection is usable', () => {
  const first = serverError('40001', 'first');
  const second = serverError('42601', 'second');
  const orders: readonly [string, string][] = [
    ['after some rows', row() + row() + first],
    ['after CommandComplete', `${row()}< CommandComplete tag="SELECT"\n${first}`],
    ['two of them', first + second],
    ['two of them after rows', row() + first + second],
    ['one on each side of CommandComplete', `${row()}< CommandComplete tag="SELECT"\n${first}${second}`],
  ];
  const later = `< ReadyForQuery status="I"\n`;

  it.each(orders)('O4: %s: query, cursor, stream', async (_name, lines) => {
    const calls: readonly ((conn: Connection) => Promise<unknown>)[] = [
      (conn) => conn.query('select a'),
      (conn) => conn.cursor().execute('select a'),
      async (conn) => (await conn.cursor().execute('select a', null, { stream: true })).fetchAll(),
      async (conn) => {
        for await (const one of await conn.cursor().execute('select a', null, { stream: true }))
          expect(one).toHaveLength(1);
      },
    ];
    for (const call of calls) {
      await against(`${described}${lines}${later}${again}`, async (conn) => {
        expect(await failure(call(conn))).toMatchObject({ code: '40001', message: 'first', retryable: true });
        expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
      });
    }
  });

  it.each(orders)('O4: %s: script', async (_name, lines) => {
    await against(
      `> Query ...\n< RowDescription fields=[${column('a')}]\n${lines}${later}${works}`,
      async (conn) => {
        expect(await failure(conn.script('select 1; select 2'))).toMatchObject({
          code: '40001',
          message: 'first',
        });
        expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
      },
    );
  });

  it('O4: executeMany: it is rolled back, and the first error is told', async () => {
    const rollback =
      '> Parse sql="rollback"\n> Bind ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< CommandComplete tag="ROLLBACK"\n< ReadyForQuery status="I"\n';
    const bound = '< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< BindComplete\n';
    for (const lines of [first, first + second, `< CommandComplete tag="DELETE 1"\n${first}`]) {
      await against(
        `${batchAsked}${begun}${bound}${lines}< ReadyForQuery status="E"\n${rollback}${works}`,
        async (conn) => {
          const call = conn.cursor().executeMany('delete from t where a = %s', [[1]]);
          expect(await failure(call)).toMatchObject({ code: '40001', message: 'first' });
          expect(conn.transactionStatus).toBe('idle');
          expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
        },
      );
    }
  });

  it('O4: rows before it are given to who reads them one by one, and no more', async () => {
    const many = `! repeat 3000\n${row()}`;
    await against(`${described}${many}${first}${later}${again}`, async (conn) => {
      const cursor = await conn.cursor().execute('select a', null, { stream: true });
      let count = 0;
      const end = await failure(
        (async () => {
          for await (const one of cursor) count += (one as string[]).length;
        })(),
      );
      expect(end).toMatchObject({ message: 'first' });
      expect(count).toBe(3000);
      expect(await failure(cursor.fetchOne())).toBe(end);
      expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
    });
  });
});

describe('O5: EmptyQueryResponse, NoData and PortalSuspended where nobody asked for them', () => {
  const strays = ['EmptyQueryResponse', 'NoData', 'PortalSuspended'];
  const lines = works.trim().split('\n');
  const answers = lines.flatMap((line, index) => (line.startsWith('<') ? [index] : []));
  const check = async (played: string, what: string): Promise<void> => {
    await against(played, async (conn) => {
      const end = await settled(conn.query('select a'), what);
      // What is given as a result is the result.
      if ('value' in end) {
        const { rows } = end.value as Result;
        if (rows.length > 0 || !what.startsWith('NoData')) expect(rows, what).toEqual([{ a: 'x' }]);
      } else {
        expect(end.error.name, what).toMatch(/ProtocolError/);
        await expectClosed(conn);
      }
    });
  };

  it.each(strays)('O5: %s inserted at every place of an answer', async (stray) => {
    await each(answers, async (at) => {
      await check(
        [...lines.slice(0, at), `< ${stray}`, ...lines.slice(at)].join('\n'),
        `${stray} before line ${String(at)}`,
      );
    });
  });

  it.each(strays)('O5: %s in the place of every message of an answer', async (stray) => {
    await each(answers, async (at) => {
      await check(
        [...lines.slice(0, at), `< ${stray}`, ...lines.slice(at + 1)].join('\n'),
        `${stray} for line ${String(at)}`,
      );
    });
  });

  it.each(strays)('O5: %s in a statement without rows, in a script, in executeMany', async (stray) => {
    const scripted = `> Query ...\n< RowDescription fields=[${column('a')}]\n${row()}< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"\n`;
    const batched = `${batchAsked}${begun}< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< BindComplete\n< CommandComplete tag="DELETE 1"\n< ReadyForQuery status="T"\n`;
    const dialogues: readonly [string, (conn: Connection) => Promise<unknown>][] = [
      [wholeWorks, (conn) => conn.query('set a to b')],
      [scripted, (conn) => conn.script('select 1')],
      [batched, (conn) => conn.cursor().executeMany('delete from t where a = %s', [[1]])],
    ];
    for (const [dialogue, call] of dialogues) {
      const each = dialogue.trim().split('\n');
      for (const [at, line] of each.entries()) {
        if (!line.startsWith('<')) continue;
        for (const skipped of [0, 1]) {
          const played = [...each.slice(0, at), `< ${stray}`, ...each.slice(at + skipped)].join('\n');
          await against(`${played}\n! cut`, async (conn) => {
            await settled(call(conn), `${stray} at ${String(at)} of ${each[0]!}`);
          });
        }
      }
    }
  });

  it('O5: EmptyQueryResponse and NoData where they belong', async () => {
    const nothing = `${asked}< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< ReadyForQuery status="I"\n${run}< BindComplete\n< EmptyQueryResponse\n< ReadyForQuery status="I"\n`;
    await against(nothing, async (conn) => {
      expect(await conn.query('-- nothing')).toMatchObject({ rows: [], rowCount: -1, command: '' });
    });
  });
});

describe('O6: what the server tells of itself differs from what the driver believes', () => {
  const small: ConnectOptions = { maxPreparedStatements: 1 };
  const third = `> Close ...\n> Parse ...\n> Describe ...\n> Sync\n`;
  const thirdDescribed = `< ParameterDescription typeOids=[]\n< RowDescription fields=[${column('a')}]\n`;
  const cases: readonly [string, string][] = [
    ['missing', `< ParseComplete\n${thirdDescribed}< ReadyForQuery status="I"\n${run}< BindComplete\n`],
    ['late', `< ParseComplete\n< CloseComplete\n${thirdDescribed}`],
    [
      'later than ReadyForQuery',
      `< ParseComplete\n${thirdDescribed}< ReadyForQuery status="I"\n< CloseComplete\n`,
    ],
    ['twice', `< CloseComplete\n< CloseComplete\n`],
  ];
  it.each(cases)('O6: CloseComplete %s', async (_name, lines) => {
    await against(
      `${works}${works}${third}${lines}`,
      async (conn) => {
        await conn.query('select a');
        await conn.query('select b');
        expect(await failure(conn.query('select c'))).toMatchObject({ name: 'ProtocolError' });
        await expectClosed(conn);
      },
      small,
    );
  });

  it('O6: a failed transaction that the driver did not open: the status of the server wins', async () => {
    const rollback = `> Parse sql="rollback"\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< NoData\n< CommandComplete tag="ROLLBACK"\n< ReadyForQuery status="I"\n`;
    for (const [status, told] of [
      ['E', 'failed'],
      ['T', 'transaction'],
    ] as const) {
      await against(`${described}${row()}${complete(status)}${rollback}`, async (conn) => {
        expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
        expect(conn.transactionStatus).toBe(told);
        // What needs a fresh transaction says so instead of joining this one.
        expect(await failure(conn.transaction(() => Promise.resolve()))).toMatchObject({
          name: 'ProgrammingError',
        });
        await conn.rollback();
        expect(conn.transactionStatus).toBe('idle');
      });
    }
  });

  it('O6: idle although BEGIN was completed: not a statement goes out as if it were inside', async () => {
    const beginAsked =
      '> Parse sql="begin transaction"\n> Bind ...\n> Execute\n> Parse ...\n> Describe ...\n> Sync\n';
    await against(
      `${beginAsked}${begun}${describedAs([column('a')], 'I')}${beginAsked}${begun}${describedAs([column('a')], 'T')}${run}< BindComplete\n${row()}${complete('T')}`,
      async (conn) => {
        expect(await failure(conn.query('select a'))).toMatchObject({ name: 'InternalError' });
        expect(conn.transactionStatus).toBe('idle');
        expect((await conn.query('select b')).rows).toEqual([{ a: 'x' }]);
        expect(conn.transactionStatus).toBe('transaction');
      },
      { autocommit: false },
    );
  });
});

describe('O7: several results in one simple query, an error among them', () => {
  const result = (name: string, ...values: string[]): string =>
    `< RowDescription fields=[${column(name)}]\n${values.map((value) => row(value)).join('')}< CommandComplete tag="SELECT"\n`;

  it('O7: earlier results are delivered with the error, later ones do not exist', async () => {
    await against(
      `> Query ...\n${result('a', '1', '2')}< CommandComplete tag="INSERT 0 3"\n${serverError('22012', 'division by zero')}< ReadyForQuery status="I"\n${works}`,
      async (conn) => {
        const error = await failure(conn.script('select a; insert …; select 1/0; select b'));
        expect(error).toMatchObject({ name: 'DataError', code: '22012' });
        const { results } = error as unknown as { results: Result[] };
        expect(results.map(({ rows, command, rowCount }) => ({ rows, command, rowCount }))).toEqual([
          { rows: [{ a: '1' }, { a: '2' }], command: 'SELECT', rowCount: 2 },
          { rows: [], command: 'INSERT', rowCount: 3 },
        ]);
        expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
      },
    );
  });

  it('O7: a result that the error cuts off is none', async () => {
    await against(
      `> Query ...\n${result('a', '1')}< RowDescription fields=[${column('b')}]\n${row('half')}${serverError('22012', 'm')}< ReadyForQuery status="I"\n`,
      async (conn) => {
        const error = await failure(conn.script('select a; select b'));
        expect((error as unknown as { results: Result[] }).results.map(({ rows }) => rows)).toEqual([
          [{ a: '1' }],
        ]);
      },
    );
  });

  it('O7: the first statement fails; the connection breaks in the middle', async () => {
    await against(`> Query ...\n${serverError('42601', 'm')}< ReadyForQuery status="I"\n`, async (conn) => {
      expect(await failure(conn.script('selec; select 1'))).toMatchObject({ code: '42601', results: [] });
    });
    await against(
      `> Query ...\n${result('a', '1')}< RowDescription fields=[${column('b')}]\n${row('half')}! cut`,
      async (conn) => {
        const error = await failure(conn.script('select a; select b'));
        expect(error).toMatchObject({ name: 'ConnectionLostError', sent: true });
        expect((error as unknown as { results: Result[] }).results).toHaveLength(1);
      },
    );
  });
});
