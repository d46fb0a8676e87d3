/** Many rows on their way in several blocks when something goes wrong: nothing of them stays, and the connection goes on. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/index.js';
import { type LocalServer, startLocal } from './local/harness.js';
import { startPostgresql, type TestServer } from './postgresql.js';

let local: LocalServer;
let postgresql: TestServer;

beforeAll(async () => {
  [local, postgresql] = await Promise.all([startLocal(), startPostgresql()]);
});
afterAll(async () => {
  await Promise.all([local.stop(), postgresql.stop()]);
});

const rows = 40_000;
const insert = 'insert into written values (%s, %s)';
// It takes the server a moment each time, so that many blocks are left.
const slow = 'insert into written select %s, count(*) from counted';
const divide = 'insert into written select 10 / %s, %s';

for (const dialect of ['redshift', 'postgresql'] as const) {
  describe(`on ${dialect}`, () => {
    let conn: Connection;
    let other: Connection;
    const server = (): LocalServer | TestServer => (dialect === 'redshift' ? local : postgresql);
    beforeAll(async () => {
      conn = await server().connect({ autocommit: true });
      other = await server().connect({ autocommit: true });
      await conn.query('create table written (a bigint, b integer)');
      await conn.query('create table counted (a integer)');
      await conn.cursor().executeMany(
        'insert into counted values (%s)',
        Array.from({ length: 20_000 }, (_, a) => [a]),
      );
    });
    afterAll(async () => {
      await conn.close();
      await other.close();
    });
    const stored = async (): Promise<unknown> =>
      (await other.query<{ n: bigint }>('select count(*) as n from written')).rows[0]?.n;

    it('an error in the middle: of many rows, of many statements', async () => {
      const sets = Array.from({ length: rows }, (_, a) => [a, a === 25_000 ? 2 ** 40 : a]);
      await expect(conn.cursor().executeMany(insert, sets)).rejects.toMatchObject({ code: '22003' });
      expect([conn.transactionStatus, await stored()]).toEqual(['idle', 0n]);
      const ones = Array.from({ length: 3000 }, (_, a) => [a === 1500 ? 0 : 1, a]);
      await expect(conn.cursor().executeMany(divide, ones)).rejects.toMatchObject({ code: '22012' });
      expect(conn.transactionStatus).toBe('idle');
      // What is behind the error was not run, and what the server said to it is no answer to the next call.
      expect((await conn.query('select 7 as seven')).rows).toEqual([{ seven: 7 }]);
    });

    it('an error in the middle of a transaction that was open before leaves it to its owner', async () => {
      await conn.query('begin');
      await conn.query('insert into written values (-1, 0)');
      const ones = Array.from({ length: 3000 }, (_, a) => [a === 1500 ? 0 : 1, a]);
      await expect(conn.cursor().executeMany(divide, ones)).rejects.toMatchObject({ code: '22012' });
      expect(conn.transactionStatus).toBe('failed');
      await conn.rollback();
      expect([conn.transactionStatus, await stored()]).toEqual(['idle', 0n]);
    });

    it.each(['signal', 'timeout'] as const)('given up in the middle, by its %s', async (how) => {
      const sets = Array.from({ length: 4000 }, (_, a) => [a]);
      const options = how === 'signal' ? { signal: AbortSignal.timeout(150) } : { timeout: 0.15 };
      const name = how === 'signal' ? 'AbortError' : 'TimeoutError';
      await expect(conn.cursor().executeMany(slow, sets, options)).rejects.toMatchObject({ name });
      expect((await conn.query('select 7 as seven')).rows).toEqual([{ seven: 7 }]);
      expect([conn.transactionStatus, await stored()]).toEqual(['idle', 0n]);
    });

    it('rows from a source are read no faster than they are written, and nothing stays when it throws', async () => {
      let given = 0;
      const own = new Error('the source itself');
      async function* source(): AsyncGenerator<unknown[]> {
        for (; given < rows; given++) {
          if (given % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
          yield [given, 1];
        }
        throw own;
      }
      await expect(conn.cursor().executeMany(insert, source())).rejects.toBe(own);
      expect([given, conn.transactionStatus, await stored()]).toEqual([rows, 'idle', 0n]);
    });

    it('the connection lost in the middle', async () => {
      const lost = await server().connect({ autocommit: true });
      const { rows: found } = await lost.query<{ pid: number }>('select pg_backend_pid() as pid');
      const call = lost.cursor().executeMany(
        slow,
        Array.from({ length: 4000 }, (_, a) => [a]),
      );
      const ended = call.catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await other.query('select pg_terminate_backend(%s)', [found[0]!.pid]);
      expect(await ended).toBeInstanceOf(Error);
      expect(lost.closed).toBe(true);
      expect(await stored()).toBe(0n);
    });
  });
}

// A pipe that somebody holds open and writes nothing into.
it.skipIf(process.platform === 'win32')(
  'a signal ends insertDataBulk while the file keeps it waiting, and nothing stays',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'write-faults-'));
    const file = join(folder, 'pipe.csv');
    execFileSync('mkfifo', [file]);
    const writer = openSync(file, 'r+');
    const conn = await local.connect({ autocommit: true });
    try {
      await conn.query('create table piped (a integer)');
      writeSync(writer, 'a\n1\n2\n');
      const call = conn
        .cursor()
        .insertDataBulk(file, 'piped', [0], ['a'], ',', 1, { signal: AbortSignal.timeout(200) });
      await expect(call).rejects.toMatchObject({ name: 'AbortError' });
      expect((await conn.query('select * from piped')).rows).toEqual([]);
      expect(conn.transactionStatus).toBe('idle');
    } finally {
      closeSync(writer);
      await conn.close();
      rmSync(folder, { recursive: true });
    }
  },
);
