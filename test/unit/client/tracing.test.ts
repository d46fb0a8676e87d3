import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { writeFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, typed, type ConnectOptions, type Connection, type QueryEvent } from '../../../src/index.js';
import { RecordedChannels } from '../../recorded-channels.js';
import { startToyServer, type ToyServer } from '../../scripted/toy-server.js';

const well = ['start', 'end', 'asyncStart', 'asyncEnd'];
const failed = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'];

let server: ToyServer;
let seen: RecordedChannels;
const open: Connection[] = [];

beforeEach(async () => {
  server = await startToyServer();
  seen = new RecordedChannels();
});

afterEach(async () => {
  seen.stop();
  for (const conn of open.splice(0)) await conn.close();
  await server.close();
});

const base = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'alice',
  password: 'Secret1!',
  sslmode: 'disable',
} as const;

async function connected(options: ConnectOptions = {}): Promise<Connection> {
  const conn = await connect({ ...base, port: server.port, autocommit: true, closeTimeout: 1, ...options });
  open.push(conn);
  return conn;
}

const told = (): [string, string, ...string[]][] =>
  seen.statements.map(({ event, phases }) => [event.operation, event.sql, ...phases]);

const lost = (): unknown => expect.objectContaining({ name: 'ConnectionLostError' });

describe('the connect channel', () => {
  it('tells of a connection that came about', async () => {
    const conn = await connected();
    expect(seen.connects).toEqual([
      {
        event: {
          host: '127.0.0.1',
          port: server.port,
          database: 'dev',
          protocol: 'redshift',
          secure: false,
          loginMethod: 'none',
          processId: conn.processId,
          duration: expect.any(Number),
        },
        phases: well,
      },
    ]);
    expect(Object.keys(seen.published[0]!.then as object)).toEqual(['host', 'port', 'database', 'protocol']);
  });

  it('tells of one that did not, with the error that the call rejects with', async () => {
    const { port } = server;
    await server.close();
    const error: unknown = await connect({ ...base, port }).catch((caught: unknown) => caught);
    expect(seen.connects).toMatchObject([
      { event: { port, error: { code: 'ERR_RS_CONNECT' } }, phases: failed },
    ]);
    expect(seen.connects[0]!.event.error).toBe(error);
  });
});

describe('the query channel', () => {
  it('tells who sent a statement, what became of it, and where', async () => {
    const conn = await connected();
    await conn.query('rows 3', null);
    expect(seen.statements).toEqual([
      {
        event: {
          operation: 'query',
          sql: 'rows 3',
          keyword: 'ROWS',
          parameterCount: 0,
          host: '127.0.0.1',
          port: server.port,
          database: 'dev',
          processId: conn.processId,
          sent: true,
          waited: expect.any(Number),
          duration: expect.any(Number),
          command: 'SELECT',
          rowCount: 3,
        },
        phases: well,
      },
    ]);
    expect(seen.published.find(({ channel }) => channel === 'query')!.then).not.toHaveProperty('duration');
  });

  it('hears of every statement that goes out', async () => {
    const conn = await connected({ autocommit: false, queryGroup: 'g' });
    const cursor = conn.cursor();
    await cursor.execute('set a', null);
    await cursor.callProc('p', [1]);
    await conn.commit();
    await cursor.executeMany('insert into t values (%s, %s)', [
      [1, 'a'],
      [2, 'b'],
    ]);
    await conn.rollback();
    await conn.script('set b; rows 2');
    await conn.rollback();
    await conn.query('commit');
    expect(told()).toEqual([
      ['setUp', "set query_group to 'g'", ...well],
      ['execute', 'set a', ...well],
      ['begin', 'begin transaction', ...well],
      ['callProc', 'call "p"($1)', ...well],
      ['commit', 'commit', ...well],
      ['executeMany', 'insert into t values (%s, %s)', ...well],
      ['begin', 'begin transaction', ...well],
      ['rollback', 'rollback', ...well],
      ['script', 'set b; rows 2', ...well],
      ['begin', 'begin transaction', ...well],
      ['rollback', 'rollback', ...well],
      ['query', 'commit', ...well],
    ]);
    const [, , , call, , many] = seen.statements.map(({ event }) => event);
    expect(call).toMatchObject({ parameterCount: 1, keyword: 'CALL' });
    expect(many).toMatchObject({ parameterCount: 2, batchSize: 2, keyword: 'INSERT', sent: true });
    expect(server.executed).toHaveLength(13);
  });

  it('hears of COMMIT and ROLLBACK inside of an executeMany under autocommit', async () => {
    const conn = await connected();
    const cursor = conn.cursor();
    await cursor.executeMany('set x', [[], []]);
    await expect(cursor.executeMany('fail all', [[], []])).rejects.toThrow('all');
    expect(told()).toEqual([
      ['executeMany', 'set x', ...well],
      ['begin', 'begin transaction', ...well],
      ['commit', 'commit', ...well],
      ['executeMany', 'fail all', ...failed],
      ['begin', 'begin transaction', ...well],
      ['rollback', 'rollback', ...well],
    ]);
  });

  it('hears of the questions and the inserts of insertDataBulk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'redshift-connector-'));
    const file = join(folder, 'a.csv');
    writeFileSync(file, 'n\n1\n');
    const conn = await connected();
    await expect(conn.cursor().insertDataBulk(file, 't', [0], ['n'])).rejects.toThrow('no table');
    rmSync(folder, { recursive: true });
    expect(seen.statements.map(({ event }) => event.operation)).toEqual([
      'insertDataBulk',
      'begin',
      'rollback',
    ]);
  });

  it('tells of failures once: of the server, before sending, in the queue, and of a connection that is lost', async () => {
    const conn = await connected();
    const stop = new AbortController();
    const calls = [
      conn.query('fail me'),
      conn.query('select %s', [Symbol('none')] as never),
      conn.query(7 as never),
      conn.cursor().executeMany('insert into t values (%s)', [[1], [() => 1]] as never),
      conn.query('queued', null, { signal: stop.signal }),
      conn.query('late', null, { signal: AbortSignal.abort() }),
      conn.query('cut'),
      conn.query('behind'),
    ];
    stop.abort();
    const errors = (await Promise.allSettled(calls)).map((one) =>
      one.status === 'rejected' ? (one.reason as unknown) : undefined,
    );
    await expect(conn.query('too late')).rejects.toEqual(lost());
    expect(told().map(([, sql, ...phases]) => [sql, ...phases])).toEqual([
      ['fail me', ...failed],
      ['select %s', ...failed],
      ['', ...failed],
      ['queued', ...failed],
      ['late', ...failed],
      ['cut', ...failed],
      ['behind', ...failed],
      // A cursor's call begins a step later.
      ['insert into t values (%s)', ...failed],
      ['too late', ...failed],
    ]);
    const events = seen.statements.map(({ event }) => event);
    expect(events.map(({ sent }) => sent)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
    const [one, two, three, many, queued, late, cut, behind] = errors;
    expect(events.slice(0, 8).map(({ error }) => error)).toEqual([
      one,
      two,
      three,
      queued,
      late,
      cut,
      behind,
      many,
    ]);
    expect(events.map(({ error }) => error?.code)).toEqual([
      '22012',
      'ERR_RS_ARGUMENT',
      'ERR_RS_INTERFACE',
      'ERR_RS_CANCELLED',
      'ERR_RS_CANCELLED',
      'ERR_RS_CONNECTION_LOST',
      'ERR_RS_CONNECTION_LOST',
      'ERR_RS_ARGUMENT',
      'ERR_RS_CONNECTION_LOST',
    ]);
  });

  it('tells of a cancel, and of the statement that it hit', async () => {
    const conn = await connected();
    const call = expect(conn.query('hang')).rejects.toThrow('cancel');
    while (!server.executed.includes('hang')) await sleep(5);
    await conn.cancel();
    await call;
    // The request is over when the server has closed the connection that it came on.
    await vi.waitFor(() => {
      expect(told()).toEqual([
        ['query', 'hang', ...failed],
        ['cancel', '', ...well],
      ]);
    });
    expect(seen.statements.map(({ event }) => event.sent)).toEqual([true, true]);
  });

  it('tells of a stream that is read to its end, and of one that is left: that is no error', async () => {
    const conn = await connected({ fetchBufferSize: 1000 });
    for (const leave of [false, true]) {
      const cursor = await conn.cursor().execute('rows 20000', null, { stream: true });
      expect(seen.statements.at(-1)!.phases).toEqual(['start', 'end']);
      for await (const row of cursor) {
        expect(row).toEqual(['seven']);
        if (leave) break;
      }
    }
    const [whole, left] = seen.statements.filter(({ event }) => event.operation === 'execute');
    expect(whole).toMatchObject({ event: { rowCount: 20_000, command: 'SELECT' }, phases: well });
    expect(whole!.event).not.toHaveProperty('givenUp');
    expect(left).toMatchObject({ event: { givenUp: true }, phases: well });
    expect(left!.event.rowCount).toBeLessThan(20_000);
  });

  it('tells of a result that became too large as a failure', async () => {
    const conn = await connected({ maxResultBytes: 1000 });
    await expect(conn.query('rows 20000')).rejects.toThrow('maxResultBytes');
    expect(seen.statements[0]).toMatchObject({
      event: { error: { name: 'OperationalError' } },
      phases: failed,
    });
  });

  it('has published all of a statement when its call settles', async () => {
    const conn = await connected();
    for (const sql of ['rows 1', 'set', 'fail']) {
      await conn.query(sql).catch(() => undefined);
      expect(seen.published.at(-1)).toMatchObject({ phase: 'asyncEnd', event: { sql } });
    }
  });

  it('shows values only with logParameters, readable and cut', async () => {
    const long = 'x'.repeat(2000);
    const values = [
      1,
      2n,
      'a',
      null,
      Buffer.from('00ff', 'hex'),
      typed.varchar('v'),
      typed.int8(5n),
      { a: 1n },
      long,
    ];
    const sql = `set ${values.map(() => '%s').join(' ')}`;
    const silent = await connected();
    await silent.query(sql, values).catch(() => undefined);
    expect(seen.statements[0]!.event).not.toHaveProperty('parameters');
    expect(seen.statements[0]!.event.parameterCount).toBe(values.length);
    const loud = await connected({ logParameters: true });
    await loud.query(sql, values).catch(() => undefined);
    expect(seen.statements[1]!.event.parameters).toEqual([
      1,
      2n,
      'a',
      null,
      '\\x00ff',
      'v',
      '5',
      '{"a":"1"}',
      `${'x'.repeat(1000)}… (2000 characters)`,
    ]);
    await loud.query('set %(a)s', { a: new Date(0) }, { paramstyle: 'pyformat' });
    await loud.cursor().executeMany('set %s', [[1], [2]]);
    const rest = seen.statements.slice(2).map(({ event }) => event.parameters);
    expect(rest.slice(0, 2)).toEqual([{ a: '1970-01-01T00:00:00.000Z' }, [[1], [2]]]);
  });

  it('goes on when subscribers throw; Node reports what they threw to the process', async () => {
    const channel = tracingChannel<unknown, object>('redshift-connector:query');
    const bad = Object.fromEntries(
      ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((phase) => [
        phase,
        () => {
          throw new Error(`subscriber of ${phase}`);
        },
      ]),
    );
    const storage = new AsyncLocalStorage();
    const reported: string[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => reported.push(error.message));
    channel.subscribe(bad as never);
    channel.start.bindStore(storage, () => {
      throw new Error('bound store');
    });
    try {
      const conn = await connected({ autocommit: false });
      expect((await conn.query('rows 2')).rows).toHaveLength(2);
      await expect(conn.query('fail')).rejects.toThrow('division');
      await conn.rollback();
      expect((await conn.script('set a; rows 1')).map(({ command }) => command)).toEqual(['SET', 'SELECT']);
      await conn.close();
      await sleep(1);
    } finally {
      channel.unsubscribe(bad as never);
      channel.start.unbindStore(storage);
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    }
    expect(new Set(reported)).toEqual(
      new Set([
        'bound store',
        ...['start', 'end', 'error', 'asyncStart', 'asyncEnd'].map((phase) => `subscriber of ${phase}`),
      ]),
    );
    expect(told().map(([operation, , ...phases]) => [operation, ...phases])).toEqual([
      ['query', ...well],
      ['begin', ...well],
      ['query', ...failed],
      ['rollback', ...well],
      ['script', ...well],
      ['begin', ...well],
    ]);
  });

  it('costs nothing when nobody listens: no event is made', async () => {
    seen.stop();
    const conn = await connected();
    const parameters = new Proxy(['a'], {
      ownKeys: () => {
        throw new Error('looked at');
      },
    });
    await conn.query('set %s', parameters);
    expect(seen.published).toEqual([]);
  });

  it('runs what a statement sends, and its end, in the stores that are bound to its start', async () => {
    const channel = tracingChannel<QueryEvent, QueryEvent>('redshift-connector:query');
    const storage = new AsyncLocalStorage<QueryEvent>();
    const user = new AsyncLocalStorage<string>();
    const found: unknown[] = [];
    const note = (event: QueryEvent): void => {
      found.push([event.operation, event.sql, storage.getStore()?.sql, user.getStore()]);
    };
    const start = (event: QueryEvent): void => {
      // A statement of the driver's own is a child of the one that needs it.
      found.push([event.operation, event.sql, 'under', user.getStore()]);
    };
    channel.start.bindStore(storage, (event) => (event.operation === 'begin' ? storage.getStore()! : event));
    channel.subscribe({
      start,
      end: () => undefined,
      asyncStart: () => undefined,
      asyncEnd: note,
      error: () => undefined,
    });
    try {
      const conn = await connected({ autocommit: false });
      // Both wait in one queue; the second is sent when the answer to the first comes.
      await Promise.all([
        user.run('one', () => conn.query('set one')),
        user.run('two', () => conn.query('set two')),
      ]);
      expect(storage.getStore()).toBeUndefined();
      await user.run('three', () => conn.query('fail three').catch(() => undefined));
    } finally {
      channel.start.unbindStore(storage);
      channel.unsubscribe({ start, asyncEnd: note } as never);
    }
    expect(found).toEqual([
      ['query', 'set one', 'under', 'one'],
      ['begin', 'begin transaction', 'under', 'one'],
      ['query', 'set two', 'under', 'two'],
      ['begin', 'begin transaction', 'set one', 'one'],
      ['query', 'set one', 'set one', 'one'],
      ['query', 'set two', 'set two', 'two'],
      ['query', 'fail three', 'under', 'three'],
      ['query', 'fail three', 'fail three', 'three'],
    ]);
  });
});
