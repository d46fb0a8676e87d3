/** Cancelling on a real server: at any moment, and never the next statement (row X4 of docs/failures.md). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/index.js';
import { seededRandom } from '../scripted/faults.js';
import { startLocal, type LocalServer } from './local/harness.js';

let local: LocalServer;
let conn: Connection;

beforeAll(async () => {
  local = await startLocal();
  conn = await local.connect({ autocommit: true, closeTimeout: 10 });
});

afterAll(async () => {
  await conn.close();
  await local.stop();
});

const rounds = 300;

/** Each statement asks for a number of its own; an answer to another question would show. */
async function ask(nonce: number): Promise<unknown> {
  const { rows } = await conn.query<{ n: unknown }>(`select ${String(nonce)} as n`);
  return rows[0]?.n;
}

describe('a cancel that races the end of its statement', () => {
  it.each(['a short statement', 'a result of many rows', 'a statement inside a transaction'])(
    'X4: %s: the next statement gives its own answer',
    { timeout: 120_000 },
    async (kind) => {
      const random = seededRandom(kind.length);
      const outcomes = { answered: 0, cancelled: 0 };
      for (let round = 0; round < rounds / 3; round++) {
        const abort = new AbortController();
        const { signal } = abort;
        const timer = setTimeout(() => {
          abort.abort();
        }, random() * 12);
        const first = ((): Promise<unknown> => {
          if (kind === 'a short statement') return conn.query('select 1', null, { signal });
          if (kind === 'a result of many rows') {
            return conn.query('select generate_series(1, 20000) as n', null, { signal });
          }
          return conn.transaction((inside) => inside.query('select 1', null, { signal }));
        })();
        await first.then(
          () => outcomes.answered++,
          (error: unknown) => {
            expect(error).toMatchObject({ name: 'AbortError' });
            outcomes.cancelled++;
          },
        );
        clearTimeout(timer);
        expect(await ask(round)).toBe(round);
      }
      expect(outcomes.answered + outcomes.cancelled).toBe(rounds / 3);
      expect(conn.transactionStatus).toBe('idle');
    },
  );

  it('X3: a statement that would run for a minute ends at once, and its locks with it', async () => {
    const started = performance.now();
    await conn.script('drop table if exists cancelled; create table cancelled (a int)');
    const signal = AbortSignal.timeout(100);
    const long = conn.query('select count(*) from generate_series(1, 2000000000)', null, { signal });
    await expect(long).rejects.toMatchObject({ name: 'AbortError', sent: true });
    expect(await ask(7)).toBe(7);
    await conn.script('drop table cancelled');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('X3: executeMany that runs out of time leaves nothing behind and no transaction open', async () => {
    await conn.script('drop table if exists cancelled; create table cancelled (a int)');
    const sets = Array.from({ length: 20_000 }, (_, index) => [index]);
    const call = conn
      .cursor()
      .executeMany('insert into cancelled select a from (select %s::int as a) x', sets, { timeout: 0.05 });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError', phase: 'query' });
    const { rows } = await conn.query<{ n: number }>('select count(*) as n from cancelled', null, {
      types: 'json',
    });
    expect(rows[0]?.n).toBe(0);
    expect(conn.transactionStatus).toBe('idle');
    await conn.script('drop table cancelled');
  });
});
