/** Row O8 of the failure matrix: a prepared statement that the server has no longer, or whose plan was changed behind it. */
import { describe, expect, it } from 'vitest';
import { RedshiftError, type Connection, type ConnectOptions } from '../../../src/index.js';
import {
  again,
  against,
  asked,
  column,
  complete,
  describedAs,
  failure,
  row,
  run,
  serverError,
  playLines,
  settled,
  works,
} from './dialogues.js';

const closing = '> Close ...\n> Parse ...\n> Describe ...\n> Sync\n';
/** The statement is prepared anew: the old name is closed on the server, too. */
const anew = (status = 'I'): string =>
  `${closing}< CloseComplete\n${describedAs([column('a')], status)}${run}< BindComplete\n${row('new')}${complete(status)}`;
const ready = (status = 'I'): string => `< ReadyForQuery status="${status}"\n`;
const gone = serverError('26000', 'prepared statement does not exist');
const begin = '> Parse sql="begin transaction"\n> Bind ...\n> Execute\n';
const begun = '< ParseComplete\n< BindComplete\n< CommandComplete tag="BEGIN"\n';
const control = (sql: string, tag: string): string =>
  `> Parse sql="${sql}"\n> Bind ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< CommandComplete tag="${tag}"\n${ready()}`;
const whole = (tag: string, status = 'I'): string =>
  `> Parse ...\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< NoData\n< CommandComplete tag="${tag}"\n${ready(status)}`;
/** The names that were forgotten are closed with the next statement, whatever it is. */
const rollback = `> Close ...\n> Parse sql="rollback"\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n< CloseComplete\n< ParseComplete\n< BindComplete\n< NoData\n< CommandComplete tag="ROLLBACK"\n${ready()}`;
const afresh = `${asked}${describedAs([column('a')])}${run}< BindComplete\n${row('new')}${complete()}`;

const select = (conn: Connection): Promise<unknown> => conn.query('select a').then(({ rows }) => rows);
const old = [{ a: 'x' }];
const fresh = [{ a: 'new' }];

/** Errors by which a server says that it did nothing, since the statement is not what it was. */
const refusals: readonly [string, string][] = [
  ['26000', gone],
  ['0A000 by its text', serverError('0A000', 'cached plan must not change result type')],
  ['0A000 by its routine', '< ErrorResponse S="ERROR" C="0A000" M="m" R="RevalidateCachedQuery"\n'],
  ['0A000 by its older routine', '< ErrorResponse S="ERROR" C="0A000" M="m" R="RevalidateCachedPlan"\n'],
];

describe('O8: outside a transaction the statement is prepared anew, once', () => {
  it.each(refusals)('O8: %s: the caller gets the result', async (_name, error) => {
    await against(`${works}${run}${error}${ready()}${anew()}${again}`, async (conn) => {
      expect(await select(conn)).toEqual(old);
      expect(await select(conn)).toEqual(fresh);
      expect(await select(conn)).toEqual(old);
    });
  });

  it.each(refusals)('O8: %s twice: the error, and no third time', async (_name, error) => {
    const second = `${closing}< CloseComplete\n${describedAs([column('a')])}${run}${error}${ready()}`;
    await against(`${works}${run}${error}${ready()}${second}`, async (conn) => {
      expect(await select(conn)).toEqual(old);
      expect((await failure(select(conn))).code).toMatch(/26000|0A000/);
      expect(conn.closed).toBe(false);
    });
  });

  it('O8: the driver opened the transaction with this statement: it undoes that first', async () => {
    const first = `${begin}${asked}${begun}${describedAs([column('a')], 'T')}${run}< BindComplete\n${row()}${complete('T')}`;
    const fails = `${begin}${run}${begun}${gone}${ready('E')}`;
    // ROLLBACK is a reason to trust no statement; BEGIN goes out again with the new one.
    const retried = `${control('rollback', 'ROLLBACK')}> Close ...\n${begin}${asked}< CloseComplete\n${begun}${describedAs([column('a')], 'T')}${run}< BindComplete\n${row('new')}${complete('T')}`;
    await against(
      `${first}${whole('COMMIT')}${fails}${retried}`,
      async (conn) => {
        expect(await select(conn)).toEqual(old);
        await conn.commit();
        expect(await select(conn)).toEqual(fresh);
        expect(conn.transactionStatus).toBe('transaction');
      },
      { autocommit: false },
    );
  });

  it('O8: a pipeline: the statement that nobody follows is prepared anew', async () => {
    await against(
      `${works}${run}${gone}${ready()}${anew()}`,
      async (conn) => {
        expect(await select(conn)).toEqual(old);
        expect(await select(conn)).toEqual(fresh);
      },
      { pipeline: true },
    );
  });
});

describe('O8: the error is told, and the statements are forgotten', () => {
  it('O8: in a transaction of the caller', async () => {
    const inside = `${whole('BEGIN', 'T')}${run}${gone}${ready('E')}`;
    await against(`${works}${inside}${rollback}${afresh}`, async (conn) => {
      expect(await select(conn)).toEqual(old);
      await conn.query('begin');
      expect(await failure(select(conn))).toMatchObject({ code: '26000', name: 'OperationalError' });
      expect(conn.transactionStatus).toBe('failed');
      await conn.rollback();
      expect(await select(conn)).toEqual(fresh);
    });
  });

  it('O8: in transaction(), whose work is not run again', async () => {
    const open = `${begin}${run}${begun}< BindComplete\n${row()}${complete('T')}`;
    await against(`${works}${open}${run}${gone}${ready('E')}${rollback}${afresh}`, async (conn) => {
      expect(await select(conn)).toEqual(old);
      let runs = 0;
      const call = conn.transaction(async () => {
        runs++;
        await select(conn);
        await select(conn);
      });
      expect(await failure(call)).toMatchObject({ code: '26000' });
      expect(runs).toBe(1);
      expect(await select(conn)).toEqual(fresh);
    });
  });

  it('O8: when the statement had begun to run: nobody knows what it did', async () => {
    for (const begunToRun of ['< BindComplete\n', `< BindComplete\n${row()}`]) {
      for (const [, error] of refusals) {
        await against(`${works}${run}${begunToRun}${error}${ready()}${works}`, async (conn) => {
          expect(await select(conn)).toEqual(old);
          expect((await failure(select(conn))).code).toMatch(/26000|0A000/);
          expect(conn.closed).toBe(false);
        });
      }
    }
  });

  it('O8: a 0A000 that means something else is no reason to run anything again', async () => {
    const error = serverError('0A000', 'set-valued function called in context that cannot accept a set');
    await against(`${works}${run}${error}${ready()}${again}`, async (conn) => {
      expect(await select(conn)).toEqual(old);
      expect(await failure(select(conn))).toMatchObject({ code: '0A000', name: 'NotSupportedError' });
      expect(await select(conn)).toEqual(old);
    });
  });

  it('O8: a first run that fails so is not repeated', async () => {
    await against(`${asked}${describedAs([column('a')])}${run}${gone}${ready()}`, async (conn) => {
      expect(await failure(select(conn))).toMatchObject({ code: '26000' });
    });
  });

  it('O8: a pipeline with others behind it: each gets its own answer, none another one', async () => {
    const two = `${asked}${describedAs([column('a')])}${run}< BindComplete\n${row('b')}${complete()}`;
    const fails = `${run}${run}${run}${gone}${ready()}< BindComplete\n${row('second')}${complete()}${gone}${ready()}> Close ...\n${closing}< CloseComplete\n< CloseComplete\n${afresh.slice(asked.length)}`;
    await against(
      `${works}${two}${fails}`,
      async (conn) => {
        await select(conn);
        await conn.query('select b');
        const ends = await Promise.all([
          settled(select(conn)),
          settled(conn.query('select b').then(({ rows }) => rows)),
          settled(select(conn)),
        ]);
        expect(ends[0]).toMatchObject({ error: { code: '26000' } });
        expect(ends[1]).toEqual({ value: [{ a: 'second' }] });
        // Nobody followed the last one, so it was prepared anew.
        expect(ends[2]).toEqual({ value: fresh });
        expect(conn.closed).toBe(false);
      },
      { pipeline: true },
    );
  });
});

describe('O8: what makes statements stale drops them before they fail', () => {
  const statements: readonly [string, string][] = [
    ['alter table t add b int', 'ALTER TABLE'],
    ['create table u (a int)', 'CREATE TABLE'],
    ['drop table t', 'DROP TABLE'],
    ['rollback', 'ROLLBACK'],
    ['deallocate all', 'DEALLOCATE ALL'],
    ['deallocate rs_1', 'DEALLOCATE'],
    ['discard all', 'DISCARD ALL'],
    ['set search_path to other', 'SET'],
    ['reset all', 'RESET'],
  ];
  it.each(statements)('O8: %s', async (sql, tag) => {
    // ALTER and the like can give no rows and go out whole; DEALLOCATE and DISCARD might.
    const maybe = /^(?:deallocate|discard)/.test(sql)
      ? `${asked}< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n${ready()}${run}< BindComplete\n< CommandComplete tag="${tag}"\n${ready()}`
      : whole(tag);
    await against(
      async (peer) => {
        await playLines(peer, `! login\n${works}${maybe}`);
        // The names that are closed come first; what follows is a statement that is prepared from the beginning.
        let message = await peer.next();
        while (message?.type === 'Close') message = await peer.next();
        expect(message?.type).toBe('Parse');
        await peer.silence();
      },
      async (conn, server) => {
        expect(await select(conn)).toEqual(old);
        await conn.query(sql);
        const call = select(conn).catch((error: unknown) => error);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await conn.close();
        expect(await call).toBeInstanceOf(RedshiftError);
        await server.done();
      },
      { closeTimeout: 0.05 } satisfies ConnectOptions,
    );
  });

  it.each(statements.slice(0, 6))('O8: %s in a script', async (sql, tag) => {
    await against(
      `${works}> Query ...\n< CommandComplete tag="${tag}"\n${ready()}${anew()}`,
      async (conn) => {
        expect(await select(conn)).toEqual(old);
        await conn.script(sql);
        expect(await select(conn)).toEqual(fresh);
      },
    );
  });
});
