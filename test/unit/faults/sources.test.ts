/** Rows S5 and S7 of the failure matrix: values that come late, badly or without end, and a server that does not take them. */
import { describe, expect, it } from 'vitest';
import { type Connection, type RedshiftError } from '../../../src/index.js';
import type { Parameters } from '../../../src/index.js';
import type { Script } from '../../scripted/server.js';
import { connectMemory, type Harness } from '../session/harness.js';
import { against, failure, playLines, settled, until } from './dialogues.js';

const insert = 'insert into t values (%s)';
const own = new Error('the source itself');

/** What became of a source. */
class Watched {
  given = 0;
  closed = false;
  *rows(count: number, then?: () => never): Generator<Parameters> {
    try {
      for (let row = 0; row < count; row++) {
        this.given++;
        yield [row];
      }
      then?.();
    } finally {
      this.closed = true;
    }
  }
  async *later(count: number, then?: () => unknown, pause = 0): AsyncGenerator<Parameters> {
    try {
      for (let row = 0; row < count; row++) {
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        this.given++;
        yield [row];
      }
      await then?.();
    } finally {
      this.closed = true;
    }
  }
}

const fail = (): never => {
  throw own;
};
const many = (
  harness: Harness,
  sets: Iterable<Parameters> | AsyncIterable<Parameters>,
  options = {},
): Promise<unknown> => harness.connection.cursor().executeMany(insert, sets, options);
/** The outcome whatever it is: sources throw errors of their own. */
const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
const ran = (harness: Harness, start: string): number =>
  harness.server.executed.filter((sql) => sql.startsWith(start)).length;

describe('S5: a source of rows that throws: the call rejects with what it threw, and nothing stays', () => {
  // Below one part nothing is sent; 20,000 rows are three parts.
  for (const count of [0, 3, 20_000]) {
    for (const kind of ['a generator', 'an async generator']) {
      for (const autocommit of [true, false]) {
        it(`S5: ${kind}, after ${String(count)} rows, autocommit ${autocommit ? 'on' : 'off'}`, async () => {
          const harness = await connectMemory({ autocommit });
          const source = new Watched();
          const sets = kind === 'a generator' ? source.rows(count, fail) : source.later(count, fail);
          expect(await outcome(many(harness, sets))).toBe(own);
          expect(source.closed).toBe(true);
          expect(ran(harness, 'commit')).toBe(0);
          expect(ran(harness, 'rollback')).toBe(count > 8192 ? 1 : 0);
          expect(harness.connection.transactionStatus).toBe('idle');
          await harness.connection.query('set usable');
          expect(harness.connection.closed).toBe(false);
        });
      }
    }
  }

  it('S5: in a transaction that was open before, what was sent waits for its rollback', async () => {
    const harness = await connectMemory({ autocommit: false });
    await harness.connection.query('set before');
    expect(await outcome(many(harness, new Watched().rows(20_000, fail)))).toBe(own);
    expect(harness.connection.transactionStatus).toBe('transaction');
    await harness.connection.rollback();
    expect(harness.connection.transactionStatus).toBe('idle');
  });

  it('S5: in transaction(), which rolls back', async () => {
    const harness = await connectMemory({ autocommit: true });
    const call = harness.connection.transaction((conn) =>
      conn.cursor().executeMany(insert, new Watched().rows(20_000, fail)),
    );
    expect(await outcome(call)).toBe(own);
    expect(ran(harness, 'rollback')).toBe(1);
    expect(ran(harness, 'commit')).toBe(0);
  });

  it('S5: iterators that are broken in every way', async () => {
    const harness = await connectMemory({ autocommit: true });
    const thrown = (): never => fail();
    const cases: readonly [string, unknown, unknown][] = [
      ['Symbol.iterator throws', { [Symbol.iterator]: thrown }, own],
      ['Symbol.asyncIterator throws', { [Symbol.asyncIterator]: thrown }, own],
      ['next throws', { [Symbol.iterator]: () => ({ next: thrown }) }, own],
      ['next rejects', { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(own) }) }, own],
      ['next gives no object', { [Symbol.iterator]: () => ({ next: () => undefined }) }, TypeError],
      ['it is no iterable', { length: 3 }, 'ArgumentError'],
      ['it is null', null, 'ArgumentError'],
      ['it is a number', 7, 'ArgumentError'],
      ['its rows are no parameters', [[1], 'text', [2]], 'ArgumentError'],
      ['its rows are numbers', new Set([1, 2]), 'ArgumentError'],
    ];
    for (const [name, sets, expected] of cases) {
      const error = await outcome(many(harness, sets as Iterable<Parameters>));
      if (typeof expected === 'string') expect(error, name).toMatchObject({ name: expected });
      else if (expected === own) expect(error, name).toBe(own);
      else expect(error, name).toBeInstanceOf(expected);
    }
    expect(harness.server.executed).toEqual([]);
    await harness.connection.query('set usable');
  });

  it('S5: a wrong row far behind: it is named by its number, and nothing stays', async () => {
    const harness = await connectMemory({ autocommit: true });
    function* rows(): Generator<Parameters> {
      for (let row = 1; row < 10_000; row++) yield [row];
      yield [1, 2];
    }
    expect(await failure(many(harness, rows()))).toMatchObject({
      name: 'ProgrammingError',
      message: expect.stringContaining('Row 10000 of executeMany') as string,
    });
    expect(ran(harness, 'rollback')).toBe(1);
    expect(ran(harness, 'commit')).toBe(0);
  });

  it('S5: whom the call leaves is closed: an error of the server, an error in closing, one that hangs in it', async () => {
    const closings: readonly [string, () => unknown][] = [
      ['throws', fail],
      ['rejects', () => Promise.reject(own)],
      ['says nothing of use', () => undefined],
    ];
    for (const [name, closing] of closings) {
      const harness = await connectMemory({ autocommit: true });
      let closed = 0;
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.resolve({ done: false, value: ['\0'] }),
          return: () => {
            closed++;
            return closing() as Promise<IteratorResult<Parameters>>;
          },
        }),
      } as AsyncIterable<Parameters>;
      expect(await failure(many(harness, source)), name).toMatchObject({ name: 'ArgumentError' });
      expect(closed, name).toBe(1);
    }
  });
});

describe('S5: a source that ends early, is slow, or never ends', () => {
  it('S5: no row at all: nothing is sent', async () => {
    const harness = await connectMemory({ autocommit: true });
    for (const sets of [[], new Set<Parameters>(), new Watched().rows(0), new Watched().later(0)]) {
      const cursor = await harness.connection.cursor().executeMany(insert, sets);
      expect(cursor.rowCount).toBe(0);
    }
    expect(harness.server.executed).toEqual([]);
  });

  it('S5: a source of several parts is one transaction', async () => {
    const harness = await connectMemory({ autocommit: true });
    await many(harness, new Watched().later(20_000));
    expect(harness.server.executed[0]).toBe('begin transaction');
    expect(harness.server.executed.at(-1)).toBe('commit');
    expect(ran(harness, 'begin')).toBe(1);
    expect(ran(harness, 'insert')).toBe(3);
  });

  it('S5: parts are whole statements, so that none has but a row or two', async () => {
    const harness = await connectMemory({ autocommit: true });
    function* rows(): Generator<Parameters> {
      for (let row = 0; row < 20_000; row++) yield [row, 'a', null, 0.5];
    }
    await harness.connection.cursor().executeMany('insert into t values (%s, %s, %s, %s)', rows());
    // 32,767 parameters are 8,191 rows of four.
    const tuples = harness.server.executed
      .filter((sql) => sql.startsWith('insert'))
      .map((sql) => sql.split('), (').length);
    expect(tuples).toEqual([8191, 8191, 3618]);
  });

  it('S5: a slow source: the time that it takes is none of the server, so no timeout ends it', async () => {
    const harness = await connectMemory({ autocommit: true });
    const cursor = await harness.connection
      .cursor()
      .executeMany('delete from t where a = %s', new Watched().later(10, undefined, 40), { timeout: 0.2 });
    expect(cursor.rowCount).toBe(-1);
    expect(ran(harness, 'delete')).toBe(10);
  });

  for (const sent of [0, 8192]) {
    it(`S5: a source that says nothing more after ${String(sent)} rows: the signal ends the wait`, async () => {
      const harness = await connectMemory({ autocommit: true });
      const source = new Watched();
      const control = new AbortController();
      const reason = new Error('enough');
      const call = failure(
        many(
          harness,
          source.later(sent, () => new Promise(() => undefined)),
          { signal: control.signal },
        ),
      );
      await until(() => source.given === sent, 'the rows');
      await new Promise((resolve) => setTimeout(resolve, 10));
      control.abort(reason);
      expect(await call).toMatchObject({ name: 'AbortError', cause: reason });
      expect(ran(harness, 'commit')).toBe(0);
      expect(harness.connection.transactionStatus).toBe('idle');
      await harness.connection.query('set usable');
    });
  }

  it('S5: a source without end: the signal ends it, at whatever moment', async () => {
    for (const kind of ['rows', 'later'] as const) {
      for (const after of [0, 5, 30]) {
        const harness = await connectMemory({ autocommit: true });
        const source = new Watched();
        const control = new AbortController();
        const call = failure(many(harness, source[kind](Infinity), { signal: control.signal }));
        setTimeout(() => {
          control.abort();
        }, after);
        expect(await call).toMatchObject({ name: 'AbortError' });
        await until(() => source.closed || source.given === 0, 'the source to be closed');
        await until(
          () => harness.connection.closed || harness.connection.transactionStatus === 'idle',
          'the rollback',
        );
        expect(ran(harness, 'commit')).toBe(0);
        if (!harness.connection.closed) await harness.connection.query('set usable');
      }
    }
  });

  it('S5: an aborted signal takes no row', async () => {
    const harness = await connectMemory({ autocommit: true });
    const source = new Watched();
    expect(await failure(many(harness, source.rows(5), { signal: AbortSignal.abort() }))).toMatchObject({
      sent: false,
    });
    expect(source.given).toBe(0);
    expect(harness.server.executed).toEqual([]);
  });
});

describe('S7: a server that reads no more', () => {
  const deaf: Script = async (peer) => {
    await playLines(peer, '! login');
    peer.stopReading();
    await peer.silence();
  };
  const bounds = { queryTimeout: 0.2, closeTimeout: 0.2 };
  const held = (): number => process.memoryUsage().arrayBuffers;

  async function endsInTime(
    call: (conn: Connection) => Promise<unknown>,
  ): Promise<{ error: RedshiftError; grown: number }> {
    return against(
      deaf,
      async (conn) => {
        const before = held();
        let most = 0;
        const watch = setInterval(() => (most = Math.max(most, held())), 5);
        const started = performance.now();
        const end = await settled(call(conn));
        clearInterval(watch);
        if (!('error' in end)) throw new Error('The call gave a value');
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'query' });
        // Not before the bound, and not by anything but it.
        expect(performance.now() - started).toBeGreaterThan(190);
        await until(() => conn.closed, 'the end of the connection');
        expect(await failure(conn.query('select 1'))).toMatchObject({ sent: false });
        return { error: end.error, grown: Math.max(most, held()) - before };
      },
      bounds,
    );
  }

  it(
    'S7: 100 MB in one parameter: the write waits, the query timeout fires, the connection is destroyed',
    { timeout: 30_000 },
    async () => {
      const value = 'x'.repeat(100 * 1024 * 1024);
      const { grown } = await endsInTime((conn) => conn.query('delete from t where a = %s', [value]));
      // The bytes of the value and those of the message, and nothing that grows with time.
      expect(grown).toBeLessThan(320 * 1024 * 1024);
    },
  );

  it('S7: 100 MB in many parameters', { timeout: 30_000 }, async () => {
    const values = Array.from({ length: 1000 }, () => 'y'.repeat(100 * 1024));
    const sql = `delete from t where a in (${values.map(() => '%s').join(',')})`;
    const { grown } = await endsInTime((conn) => conn.query(sql, values));
    expect(grown).toBeLessThan(320 * 1024 * 1024);
  });

  it(
    'S7: executeMany of a source without end takes from it what fits the memory, and no more',
    { timeout: 30_000 },
    async () => {
      let bytes = 0;
      let closed = false;
      function* rows(): Generator<Parameters> {
        try {
          for (;;) {
            const text = `${String(bytes)}${'z'.repeat(64 * 1024)}`;
            bytes += text.length;
            yield [text];
          }
        } finally {
          closed = true;
        }
      }
      const { grown } = await endsInTime((conn) => conn.cursor().executeMany(insert, rows()));
      // Two parts of 8 MiB: one on its way, one to see whether there is more.
      expect(bytes).toBeLessThan(20 * 1024 * 1024);
      expect(grown).toBeLessThan(100 * 1024 * 1024);
      expect(closed).toBe(true);
    },
  );

  it('S7: a pipeline: what the server does not take is not written', { timeout: 30_000 }, async () => {
    await against(
      deaf,
      async (conn) => {
        const value = 'p'.repeat(1024 * 1024);
        const calls = Array.from({ length: 60 }, () =>
          settled(conn.query('delete from t where a = %s', [value])),
        );
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(conn.stats.bytesSent).toBeLessThan(10 * 1024 * 1024);
        const ends = await Promise.all(calls);
        expect(ends.every((end) => 'error' in end)).toBe(true);
        await until(() => conn.closed, 'the end of the connection');
      },
      { ...bounds, pipeline: true },
    );
  });

  it('S7: a server that reads slowly gets all of it', { timeout: 30_000 }, async () => {
    const value = 'slow'.repeat(4 * 1024 * 1024);
    let heard = 0;
    await against(
      async (peer) => {
        await playLines(peer, '! login\n> Parse ...');
        peer.stopReading();
        await peer.wait(50);
        peer.resumeReading();
        heard = (await peer.expect('Bind ...')).values[0]!.length;
        await playLines(
          peer,
          '> Describe ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< NoData\n< CommandComplete tag="DELETE 1"\n< ReadyForQuery status="I"',
        );
        await peer.silence();
      },
      async (conn) => {
        expect((await conn.query('delete from t where a = %s', [value])).rowCount).toBe(1);
      },
    );
    expect(heard).toBe(value.length);
  });
});
