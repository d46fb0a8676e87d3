import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cursor } from '../../../src/client/cursor.js';
import { RedshiftError } from '../../../src/errors.js';
import { connectMemory, type Harness } from './harness.js';

/** A call settles, or the test says which one hung. */
async function settles<T>(call: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} hangs`));
    }, 4000);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The rules S1-S14 as a model. Small results (up to 15 rows) are here at once; medium ones (50) are larger than the
 * buffer and fit maxResultBytes; huge ones (1,000) fit neither.
 */
class Model {
  status: 'I' | 'T' | 'E' = 'I';
  readonly cursors = [0, 1].map(() => ({
    tag: '',
    next: 0,
    count: -1,
    fails: false,
    alone: false,
    gone: false,
  }));

  open(except: number): { readonly huge: boolean; readonly index: number } | undefined {
    const index = this.cursors.findIndex(
      ({ count, next, gone }, at) =>
        at !== except && !gone && count > 15 && count - next > 20 && !this.read[at],
    );
    return index < 0
      ? undefined
      : { index, huge: this.cursors[index]!.count - this.cursors[index]!.next > 110 };
  }
  /** Cursors whose rest is in memory already, since another call needed the connection. */
  readonly read = [false, false];
}

type Step =
  | { readonly do: 'execute'; readonly cursor: number; readonly count: number; readonly fails: boolean }
  | { readonly do: 'fetchMany'; readonly cursor: number; readonly rows: number }
  | { readonly do: 'commit' | 'rollback' };

const cursorIndex = fc.constantFrom(0, 1);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('execute' as const),
        cursor: cursorIndex,
        count: fc.constantFrom(0, 1, 15, 50, 1000),
        fails: fc.boolean(),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('fetchMany' as const),
        cursor: cursorIndex,
        rows: fc.constantFrom(1, 3, 10),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'rollback' as const) }) },
  ),
  { maxLength: 16 },
);

let tags = 0;

async function play(harness: Harness, model: Model, cursors: readonly Cursor[], step: Step): Promise<void> {
  const { connection } = harness;
  if (step.do === 'execute') {
    const mine = model.cursors[step.cursor]!;
    const tag = `t${String(++tags)}`;
    const blocked = model.open(step.cursor);
    const outcome = await settles(
      cursors[step.cursor]!.execute(`rows ${String(step.count)} ${tag}${step.fails ? ' fail' : ''}`).then(
        () => undefined,
        (error: unknown) => error,
      ),
      'execute',
    );
    Object.assign(mine, { tag, next: 0, count: step.count, fails: step.fails, gone: false });
    model.read[step.cursor] = false;
    if (blocked?.huge === true) {
      // S5: the new call is refused and was not sent; the old result stays readable.
      expect(outcome).toBeInstanceOf(RedshiftError);
      expect((outcome as RedshiftError).sent).toBe(false);
      mine.gone = true;
      return;
    }
    if (blocked !== undefined) {
      model.read[blocked.index] = true;
      if (model.cursors[blocked.index]!.fails) {
        expect((outcome as RedshiftError).code).toBe('25P02');
        mine.gone = true;
        return;
      }
    }
    if (outcome === undefined) {
      expect(step.fails && step.count <= 15).toBe(false);
      return;
    }
    mine.gone = true;
    // S2: an error before execute settles rejects it; in a failed transaction everything does.
    expect(['22012', '25P02']).toContain((outcome as RedshiftError).code);
    return;
  }
  if (step.do === 'fetchMany') {
    const mine = model.cursors[step.cursor]!;
    const cursor = cursors[step.cursor]!;
    const outcome = await settles(
      cursor.fetchMany(step.rows).then(
        (rows) => rows,
        (error: unknown) => error as RedshiftError,
      ),
      'fetchMany',
    );
    if (mine.count < 0 || mine.gone) {
      expect(outcome).toBeInstanceOf(RedshiftError);
      return;
    }
    const expected = Math.min(step.rows, mine.count - mine.next);
    if (expected === 0 && mine.fails) {
      // S2: the rows before the error, then the error, every time.
      expect((outcome as RedshiftError).code).toBe('22012');
      return;
    }
    // Every answer belongs to its own question, and no row is missing or twice.
    const texts = (outcome as string[][]).map(([text]) => text!.trim());
    expect(texts).toEqual(
      Array.from({ length: expected }, (_, index) => `${mine.tag}:${String(mine.next + index)}`),
    );
    mine.next += expected;
    return;
  }
  const blocked = model.open(-1);
  const outcome = await settles(
    connection[step.do]().then(
      () => undefined,
      (error: unknown) => error as RedshiftError,
    ),
    step.do,
  );
  if (step.do === 'rollback') {
    expect(outcome).toBeUndefined();
    expect(connection.transactionStatus).toBe('idle');
    if (blocked !== undefined) model.cursors[blocked.index]!.gone = true;
    return;
  }
  // S6: an open result is completed first; when that fails, COMMIT is not sent.
  if (blocked?.huge === true) expect(outcome?.sent).toBe(false);
  else if (blocked !== undefined) {
    model.read[blocked.index] = true;
    if (model.cursors[blocked.index]!.fails) expect(outcome?.code).toBe('22012');
  }
  if (outcome === undefined) expect(connection.transactionStatus).toBe('idle');
}

describe('unread results', () => {
  it('follow S1-S14 in any order of calls', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const harness = await connectMemory();
        const model = new Model();
        const cursors = [harness.connection.cursor(), harness.connection.cursor()];
        for (const step of list) await play(harness, model, cursors, step);
        for (const cursor of cursors) await settles(cursor.close(), 'close of a cursor');
        await settles(harness.connection.rollback(), 'rollback');
        const last = await settles(harness.connection.query('rows 1 last'), 'the last query');
        expect(last.rows).toHaveLength(1);
        await settles(harness.connection.rollback(), 'rollback');
        await settles(harness.connection.close(), 'close');
        expect(harness.closedWith).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('pause the socket at fetchBufferSize and go on when half is read', async () => {
    const { connection, server } = await connectMemory();
    const cursor = await connection.cursor().execute('rows 1000 a');
    expect(cursor.rowCount).toBe(-1);
    expect(cursor.command).toBeNull();
    expect(cursor.description).toHaveLength(1);
    const rows = [];
    for (let row = await cursor.fetchOne(); row !== null; row = await cursor.fetchOne()) rows.push(row);
    expect(rows).toHaveLength(1000);
    expect(cursor.rowCount).toBe(1000);
    expect(cursor.command).toBe('SELECT');
    expect(server.cancels).toBe(0);
    await connection.close();
  });

  it('whose end comes in one piece with the rows that fill the buffer leave the connection readable', async () => {
    for (let count = 16; count <= 30; count++) {
      const { connection } = await connectMemory();
      const cursor = await settles(connection.cursor().execute(`rows ${String(count)} a`), 'execute');
      expect((await settles(connection.query('rows 1 b'), 'the next query')).rows).toHaveLength(1);
      expect(await settles(cursor.fetchAll(), 'fetchAll')).toHaveLength(count);
      await settles(connection.rollback(), 'rollback');
      await connection.close();
    }
  });

  it('left by break outside of earlier work are cancelled, and the transaction they opened is undone', async () => {
    const { connection, server } = await connectMemory();
    for await (const row of await connection.cursor().execute('rows 1000 a')) {
      expect(row).toHaveLength(1);
      break;
    }
    expect(server.cancels).toBe(1);
    expect((await connection.query('rows 2 b')).rows).toHaveLength(2);
    await connection.rollback();
    await connection.close();
  });

  it('left by break inside a transaction with earlier work are read to the end, not cancelled', async () => {
    const { connection, server } = await connectMemory();
    await connection.query('set');
    for await (const row of await connection.cursor().execute('rows 1000 a')) {
      expect(row).toHaveLength(1);
      break;
    }
    expect(server.cancels).toBe(0);
    expect(connection.transactionStatus).toBe('transaction');
    await connection.commit();
    await connection.close();
  });

  it('reject fetchAll as a whole when the result ends in an error', async () => {
    const { connection } = await connectMemory();
    const cursor = await connection.cursor().execute('rows 50 a fail');
    await expect(cursor.fetchAll()).rejects.toMatchObject({ code: '22012' });
    await expect(cursor.fetchOne()).rejects.toMatchObject({ code: '22012' });
    await connection.rollback();
    await connection.close();
  });

  it('larger than maxResultBytes are refused by query and fetchAll, and the connection stays usable', async () => {
    const { connection } = await connectMemory({ autocommit: true });
    await expect(connection.query('rows 1000 a')).rejects.toThrow(/maxResultBytes/);
    const cursor = await connection.cursor().execute('rows 1000 a');
    await expect(cursor.fetchAll()).rejects.toThrow(/maxResultBytes/);
    expect((await connection.query('rows 2 b')).rows).toHaveLength(2);
    await connection.close();
  });

  it('report a lost connection after the rows that had come', async () => {
    const { connection, server } = await connectMemory();
    const cursor = await connection.cursor().execute('rows 1000 a');
    server.cut();
    const first = await cursor.fetchMany(10);
    expect(first).toHaveLength(10);
    await expect(cursor.fetchAll()).rejects.toMatchObject({ name: 'ConnectionLostError' });
    await expect(connection.query('rows 1')).rejects.toMatchObject({
      name: 'ConnectionLostError',
      sent: false,
      retryable: true,
    });
  });

  it('serve concurrent fetches in the order of the calls', async () => {
    const { connection } = await connectMemory();
    const cursor = await connection.cursor().execute('rows 50 a');
    const [first, second, third] = await Promise.all([
      cursor.fetchOne(),
      cursor.fetchMany(2),
      cursor.fetchAll(),
    ]);
    expect(
      [first![0], ...second.map(([text]) => text), third[0]![0]].map((text) => String(text).trim()),
    ).toEqual(['a:0', 'a:1', 'a:2', 'a:3']);
    await connection.rollback();
    await connection.close();
  });
});
