/** What a user does in each dialogue of test/fixtures/dialogues, and what comes of it. */
import { expect } from 'vitest';
import {
  AuthenticationError,
  CancelledError,
  ConnectError,
  DataError,
  Interval,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
  type ConnectOptions,
  type Connection,
} from '../../../src/index.js';
import { failure, quiet, type Play } from './play.js';
import { together } from './plays-together.js';

const login = (options: Partial<ConnectOptions> = {}): Play => ({
  async run(open) {
    const conn = await open({ password: 'Secret1!', allowCleartextPassword: true, ...options });
    expect(conn.parameters.get('server_version')).toMatch(/^(8\.0\.2|18\.1)$/);
    await conn.close();
  },
});

/** Runs one statement with autocommit and looks at its result. */
const one = (sql: string, check: (result: Awaited<ReturnType<Connection['query']>>) => void): Play => ({
  async run(open) {
    const conn = await open();
    check(await conn.query(sql, null, { rowMode: 'array' }));
    await conn.close();
  },
});

const metadata = (version: number): Play => ({
  async run(open) {
    const conn = await open({ clientProtocolVersion: 3 });
    const cursor = await conn.cursor().execute('select id as number, count(*) from person group by 1');
    expect(await cursor.fetchAll()).toEqual([[7, 2n]]);
    const [number, count] = cursor.description ?? [];
    expect(number).toMatchObject({ name: 'number', typeCode: 23, internalSize: 4 });
    expect(count).toMatchObject({ name: 'count', typeCode: 20, nullOk: null });
    expect(count).not.toHaveProperty('table');
    if (version === 0) expect(number).not.toHaveProperty('table');
    else {
      expect(number).toMatchObject({
        schema: 'public',
        table: 'person',
        column: 'id',
        catalog: 'dev',
        nullOk: false,
        autoIncrement: true,
      });
    }
    await conn.close();
  },
});

export const plays: Readonly<Record<string, Play>> = {
  ...together,
  'login-none': {
    async run(open) {
      const conn = await open({ applicationName: 'dialogue' });
      expect(conn.processId).toBe(1073815778);
      expect(conn.transactionStatus).toBe('idle');
      await conn.close();
    },
  },
  'login-cleartext': login(),
  'login-md5': login(),
  'login-scram': login({ requireAuth: 'scram-sha-256' }),
  'login-digest': login({ requireAuth: 'sha256' }),
  'login-token': {
    tls: true,
    async run(open) {
      const conn = await open({ user: undefined, token: 'eyJhbGciOi', tokenType: 'ACCESS_TOKEN' });
      await conn.close();
    },
  },
  'login-postgresql': login({ protocol: 'postgresql', applicationName: 'dialogue' }),
  'login-over-tls': { ...login({ allowCleartextPassword: false }), tls: true },
  'login-refused': {
    async run(open) {
      const error = await failure(open({ password: 'wrong' }));
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ sqlState: '28000', severity: 'FATAL', routine: 'auth_failed' });
      expect(error.message).toBe('password authentication failed for user "alice"');
    },
  },
  'tls-refused': {
    async run(open) {
      expect(await failure(open({ sslmode: 'verify-full' }))).toBeInstanceOf(ConnectError);
    },
  },
  'cold-query': one('select id, name from person', ({ rows, columns, rowCount, command }) => {
    expect(rows).toEqual([
      [1, 'Ada'],
      [-1, null],
      [null, ''],
    ]);
    expect(columns.map(({ name, typeName }) => [name, typeName])).toEqual([
      ['id', 'integer'],
      ['name', expect.stringMatching(/varchar|character varying/)],
    ]);
    expect([rowCount, command]).toEqual([3, 'SELECT']);
  }),
  'warm-query': {
    async run(open) {
      const conn = await open();
      const cursor = conn.cursor();
      for (const value of [1, 2, 2 ** 32]) {
        await cursor.execute('select %s + 1 as n', [value]);
        const [n] = (await cursor.fetchOne()) ?? [];
        expect(Number(n)).toBe(value + 1);
      }
      await conn.close();
    },
  },
  parameters: {
    async run(open) {
      const conn = await open();
      const { rows } = await conn.query('select %s, %s, %s, %s, %s, %s, %s, %s, %s', [
        true,
        7,
        2 ** 32,
        2n ** 63n,
        0.5,
        "it's",
        new Date('2024-02-29T12:00:00.500Z'),
        Buffer.from('00ff', 'hex'),
        null,
      ]);
      expect(rows).toEqual([{ a: 'ok' }]);
      await conn.close();
    },
  },
  'binary-types': {
    async run(open) {
      const conn = await open({ types: { timestamp: 'string', timestamptz: 'string' } });
      const { rows } = await conn.query('select * from everything', null, { rowMode: 'array' });
      const [row] = rows as unknown as unknown[][];
      expect(row?.map((value) => (value instanceof Interval ? value.toString() : value))).toEqual([
        true,
        -32768,
        -2147483648,
        -9223372036854775808n,
        Math.fround(0.1),
        0.1,
        '1582-10-15',
        '15:30:21.82408',
        '04:00:00+00',
        '1969-12-31 23:59:59.999999',
        '1969-12-31 23:59:59.999999+00',
        'P-178956970Y-8M',
        'PT-2562047788H-54.775808S',
      ]);
      await conn.close();
    },
  },
  'numeric-with-modifier': one('select n18, n38 from numbers', ({ rows, columns }) => {
    expect(rows).toEqual([['-12345.67891000', '0.0000012345']]);
    expect(columns.map(({ precision, scale }) => [precision, scale])).toEqual([
      [18, 8],
      [38, 10],
    ]);
  }),
  'numeric-without-modifier': one('select n from numbers', ({ rows }) => {
    expect(rows).toEqual([['-12345.67891000']]);
  }),
  'numeric-before-version-2': one('select n from numbers', ({ rows }) => {
    expect(rows).toEqual([['-12345.67891000']]);
  }),
  'metadata-version-0': metadata(0),
  'metadata-version-1': metadata(1),
  'metadata-version-2': metadata(2),
  'metadata-version-3': metadata(3),
  'empty-query': one('-- nothing', ({ rows, columns, command }) => {
    expect([rows, columns, command]).toEqual([[], [], '']);
  }),
  notices: {
    async run(open) {
      const conn = await open();
      const heard: string[] = [];
      conn.on('notice', (notice) => heard.push(notice.message));
      const { rows } = await conn.query('select id from person', null, { rowMode: 'array' });
      expect(rows).toEqual([[1], [2], [3]]);
      // The first may come before anybody listens; the connection keeps it.
      // Whatever else the server says meanwhile (row O3) changes nothing of it.
      const notices = conn.notices.filter(({ message }) => message !== 'interrupted');
      expect(notices.map(({ message, severity }) => `${String(severity)} ${message}`)).toEqual([
        'INFO while idle',
        'INFO before the first answer',
        'WARNING behind the description',
        'INFO between rows',
        'INFO behind the tag',
      ]);
      expect(heard.slice(-4)).toHaveLength(4);
      expect(notices[3]?.detail).toBe('a detail');
      expect(conn.parameters.get('TimeZone')).toBe('Europe/Berlin');
      expect(conn.parameters.get('application_name')).toBe('renamed');
      await conn.close();
    },
  },
  'large-result': {
    async run(open) {
      const conn = await open({ fetchBufferSize: 65_536 });
      const cursor = await conn.cursor().execute('select id, filler from large');
      expect(cursor.rowCount).toBe(-1);
      let [count, sum] = [0, 0];
      let last: unknown[] = [];
      for await (const row of cursor) {
        count++;
        sum += row[0] as number;
        last = row;
      }
      expect([count, sum, cursor.rowCount]).toEqual([200_001, 1_400_008, 200_001]);
      expect(last).toEqual([8, 'the last']);
      await conn.close();
    },
  },
  'ddl-whole': one('create table person (id int, name varchar(20))', ({ rows, command, rowCount }) => {
    expect([rows, command, rowCount]).toEqual([[], 'CREATE TABLE', -1]);
  }),
  'insert-whole': {
    async run(open) {
      const conn = await open();
      const cursor = conn.cursor();
      for (const [id, name] of [
        [1, 'Ada'],
        [2, 'Grace'],
      ]) {
        await cursor.execute('insert into person values (%s, %s)', [id, name]);
        expect(cursor.rowCount).toBe(1);
      }
      await conn.close();
    },
  },
  'insert-many': {
    async run(open) {
      const conn = await open({ autocommit: false, logger: quiet });
      const cursor = conn.cursor();
      await cursor.executeMany('insert into person values (%s, %s)', [
        [1, 'a'],
        [2, 'b'],
        [3, null],
      ]);
      expect(cursor.rowCount).toBe(3);
      expect(conn.transactionStatus).toBe('transaction');
      await conn.close();
    },
  },
  'begin-with-statement': {
    async run(open) {
      const conn = await open({ autocommit: false });
      const cursor = conn.cursor();
      await cursor.execute('select 1 as one');
      expect(await cursor.fetchAll()).toEqual([[1]]);
      expect(conn.transactionStatus).toBe('transaction');
      await conn.commit();
      expect(conn.transactionStatus).toBe('idle');
      await cursor.execute('select 1 as one');
      expect(await cursor.fetchAll()).toEqual([[1]]);
      await conn.close();
    },
  },
  'begin-fails': {
    async run(open) {
      const conn = await open({ autocommit: false });
      const cursor = conn.cursor();
      const error = await failure(cursor.execute('select 1 as one'));
      expect(error).toBeInstanceOf(OperationalError);
      expect(error.sqlState).toBe('53000');
      expect(conn.transactionStatus).toBe('idle');
      await cursor.execute('select 2 as two');
      expect(await cursor.fetchOne()).toEqual([2]);
      await conn.close();
    },
  },
  error: {
    async run(open) {
      const conn = await open();
      const error = await failure(conn.query('selec 1'));
      expect(error).toBeInstanceOf(ProgrammingError);
      expect(error).toMatchObject({ code: '42601', sqlState: '42601', position: 1, routine: 'yyerror' });
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await conn.close();
    },
  },
  'error-in-transaction': {
    async run(open) {
      const conn = await open({ autocommit: false });
      const cursor = conn.cursor();
      expect((await failure(cursor.execute('selec 1'))).sqlState).toBe('42601');
      expect(conn.transactionStatus).toBe('failed');
      const error = await failure(cursor.execute('select 1 as one'));
      expect(error.sqlState).toBe('25P02');
      expect(error.message).toContain('rollback()');
      await conn.rollback();
      expect(conn.transactionStatus).toBe('idle');
      await conn.close();
    },
  },
  'error-after-rows': {
    async run(open) {
      const conn = await open();
      const error = await failure(conn.query('select 10 / id as n from person'));
      expect(error).toBeInstanceOf(DataError);
      expect(error.sqlState).toBe('22012');
      expect(conn.closed).toBe(false);
      await conn.close();
    },
  },
  'error-boxed': {
    async run(open) {
      const conn = await open();
      const error = await failure(conn.query('update person set id = 1'));
      expect(error).toBeInstanceOf(OperationalError);
      expect(error).toMatchObject({
        sqlState: 'XX000',
        redshiftCode: 1023,
        queryId: '35274',
        retryable: true,
      });
      await conn.close();
    },
  },
  'statement-gone': {
    async run(open) {
      const conn = await open();
      expect((await conn.query('select id from person')).rows).toEqual([]);
      expect((await conn.query('select id from person')).rows).toEqual([{ id: 1n }]);
      await conn.close();
    },
  },
  'statement-evicted': {
    async run(open) {
      const conn = await open({ maxPreparedStatements: 1 });
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      expect((await conn.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
      expect((await conn.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
      await conn.close();
    },
  },
  cancel: {
    async run(open, server) {
      const conn = await open();
      const call = failure(conn.query('select pg_sleep(60)'));
      // Only a statement that the server has begun can be cancelled there.
      const begun = (): boolean =>
        server.connections[0]?.messages.some(({ type }) => type === 'Execute') === true;
      const state = { over: false };
      void call.then(() => (state.over = true));
      while (!begun() && !state.over) await new Promise((resolve) => setTimeout(resolve, 5));
      await conn.cancel();
      expect(await call).toBeInstanceOf(CancelledError);
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await conn.close();
    },
  },
  script: {
    async run(open) {
      const conn = await open();
      const results = await conn.script(
        'create temp table t (a int); insert into t values (1), (2); select a from t; -- end',
      );
      expect(results.map(({ command, rowCount, rows }) => [command, rowCount, rows])).toEqual([
        ['CREATE TABLE', -1, []],
        ['INSERT', 2, []],
        ['SELECT', 2, [{ a: 1 }, { a: 2 }]],
      ]);
      await conn.close();
    },
  },
  'script-error': {
    async run(open) {
      const conn = await open();
      const error = await failure(conn.script('select 1 as one; select 1 / 0; select 3'));
      expect(error.sqlState).toBe('22012');
      expect(error).toMatchObject({ results: [{ rows: [{ one: 1 }] }] });
      await conn.close();
    },
  },
  'call-with-out': {
    async run(open) {
      const conn = await open();
      const { rows, command } = await conn.query('call add_one(%s, %s)', [1, null]);
      expect([rows, command]).toEqual([[{ result: 2, note: 'done' }], 'CALL']);
      await conn.close();
    },
  },
  'copy-refused': {
    async run(open) {
      const conn = await open();
      expect(await failure(conn.query('copy person from stdin'))).toBeInstanceOf(NotSupportedError);
      expect(conn.closed).toBe(false);
      await conn.close();
    },
  },
};
