/** fetchDataFrame and its like on a cursor: one place in the result with all other calls, errors as a whole, bounds kept. */
import { describe, expect, it } from 'vitest';
import type { Cursor } from '../../../src/client/cursor.js';
import type { DataFrame } from '../../../src/results/data-frame.js';
import { connectMemory } from '../session/harness.js';

const large = { autocommit: true, maxResultBytes: 100_000_000 } as const;
/** The index that the memory server puts into a row's text. */
const indexOf = (value: unknown): number => Number(/:(\d+)/.exec(String(value))?.[1]);
const indices = (frame: DataFrame): number[] => frame.column(0).toArray().map(indexOf);
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

async function all(batches: AsyncIterable<DataFrame>): Promise<DataFrame[]> {
  const found: DataFrame[] = [];
  for await (const frame of batches) found.push(frame);
  return found;
}

describe('fetchDataFrame', () => {
  it('gives what is left, in one order with all other calls; rows decoded ahead are not lost', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 1500 a');
    expect(indexOf((await cursor.fetchOne())?.[0])).toBe(0);
    const [many, first, one, rest, end] = await Promise.all([
      cursor.fetchMany(2),
      cursor.fetchDataFrame(3),
      cursor.fetchOne(),
      cursor.fetchDataFrame(),
      cursor.fetchDataFrame(),
    ]);
    expect(many.map(([value]) => indexOf(value))).toEqual([1, 2]);
    expect(indices(first)).toEqual([3, 4, 5]);
    expect(indexOf(one?.[0])).toBe(6);
    expect(indices(rest)).toEqual(upTo(7, 1500));
    expect(end.numRows).toBe(0);
    expect(end.schema.fields.map(({ type }) => type.kind)).toEqual(['utf8']);
    expect(cursor.rowCount).toBe(1500);
    await connection.close();
  });

  it.each([1, 5, 255, 256, 257, 700])('goes on behind %i rows of an iteration', async (count) => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 800 a');
    const iterator = cursor[Symbol.asyncIterator]();
    for (let row = 0; row < count; row++) await iterator.next();
    expect(indices(await cursor.fetchDataFrame(50))).toEqual(upTo(count, count + 50));
    // And the iteration behind that.
    expect(indexOf(((await iterator.next()).value as unknown[])[0])).toBe(count + 50);
    expect((await cursor.fetchAll()).length).toBe(800 - count - 51);
    await connection.close();
  });

  it('takes no rows, and not half a row', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 3 a');
    expect((await cursor.fetchDataFrame(0)).numRows).toBe(0);
    await expect(cursor.fetchDataFrame(-1)).rejects.toThrow(
      'fetchDataFrame takes a number of rows, 0 or more',
    );
    await expect(cursor.fetchColumns(1.5)).rejects.toThrow('fetchColumns takes a number of rows, 0 or more');
    expect((await cursor.fetchDataFrame()).numRows).toBe(3);
    await connection.close();
  });

  it('fails as fetchAll does without a statement, without columns, on a closed cursor', async () => {
    const { connection } = await connectMemory(large);
    const cursor = connection.cursor();
    await expect(cursor.fetchDataFrame()).rejects.toThrow(
      'There is nothing to fetch: execute a statement first',
    );
    await cursor.execute('set');
    await expect(cursor.fetchDataFrame()).rejects.toThrow('The statement gave no result set');
    await expect(all(cursor.fetchDataFrameBatches())).rejects.toThrow('The statement gave no result set');
    await cursor.close();
    await expect(cursor.fetchColumns()).rejects.toThrow('The cursor is closed');
    await connection.close();
  });

  it('S2: rejects as a whole when the result ends in an error, every time', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 200 a fail', null, { stream: true });
    await expect(cursor.fetchDataFrame()).rejects.toMatchObject({
      name: expect.stringContaining('Error') as string,
    });
    await expect(cursor.fetchDataFrame()).rejects.toThrow();
    // The connection is in step.
    expect((await (await cursor.execute('rows 2 b')).fetchDataFrame()).numRows).toBe(2);
    await connection.close();
  });

  it('keeps maxResultBytes, and gives the result up beyond it', async () => {
    const { connection } = await connectMemory({ autocommit: true, maxResultBytes: 100_000 });
    const cursor = await connection.cursor().execute('rows 500 a');
    await expect(cursor.fetchDataFrame()).rejects.toThrow('maxResultBytes (100000 bytes)');
    expect((await (await cursor.execute('rows 20 b')).fetchDataFrame()).numRows).toBe(20);
    await connection.close();
  });

  it('ends when the signal of execute does', async () => {
    const { connection } = await connectMemory(large);
    const abort = new AbortController();
    const cursor = await connection.cursor().execute('hang', null, { stream: true, signal: abort.signal });
    const fetched = cursor.fetchDataFrame();
    abort.abort();
    await expect(fetched).rejects.toMatchObject({ name: 'AbortError' });
    await connection.close();
  });
});

describe('fetchDataFrameBatches', () => {
  it('cuts by rows, whatever came together', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 1000 a');
    await cursor.fetchOne();
    const frames = await all(cursor.fetchDataFrameBatches({ rows: 300 }));
    expect(frames.map(({ numRows }) => numRows)).toEqual([300, 300, 300, 99]);
    expect(frames.flatMap(indices)).toEqual(upTo(1, 1000));
    await connection.close();
  });

  it('cuts by bytes, about; and a batch is 65,536 rows unless it is told', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 1000 a');
    const frames = await all(cursor.fetchDataFrameBatches({ bytes: 50_000 }));
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.flatMap(indices)).toEqual(upTo(0, 1000));
    await cursor.execute('rows 1000 a');
    expect((await all(cursor.fetchDataFrameBatches())).map(({ numRows }) => numRows)).toEqual([1000]);
    await connection.close();
  });

  it('refuses sizes that are none', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 1 a');
    for (const size of [{ rows: 0 }, { bytes: 1.5 }, { rows: -1 }]) {
      expect(() => cursor.fetchDataFrameBatches(size)).toThrow(/must be an integer of 1 or more/);
    }
    await connection.close();
  });

  it('gives no batch of no rows, and ends when another statement runs', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 0 a');
    expect(await all(cursor.fetchDataFrameBatches())).toEqual([]);
    await cursor.execute('rows 300 a');
    const iterator = cursor.fetchDataFrameBatches({ rows: 100 })[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    await cursor.execute('rows 5 b');
    expect((await iterator.next()).done).toBe(true);
    // Leaving it late does no harm to the new result.
    await iterator.return?.();
    expect((await cursor.fetchDataFrame()).numRows).toBe(5);
    await connection.close();
  });

  it('S4: leaving the loop gives up the rest', async () => {
    const { connection, server } = await connectMemory(large);
    const cursor: Cursor = await connection.cursor().execute('rows 100000 a');
    for await (const frame of cursor.fetchDataFrameBatches({ rows: 10 })) {
      expect(frame.numRows).toBe(10);
      break;
    }
    expect(server.cancels).toBe(1);
    expect((await connection.query('rows 1 b')).rows.length).toBe(1);
    await connection.close();
  });

  it('S2: the rows before an error come first', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 250 a fail', null, { stream: true });
    const iterator = cursor.fetchDataFrameBatches({ rows: 100 })[Symbol.asyncIterator]();
    const sizes: number[] = [];
    await expect(
      (async () => {
        for (;;) sizes.push(((await iterator.next()).value as DataFrame).numRows);
      })(),
    ).rejects.toThrow();
    expect(sizes).toEqual([100, 100, 50]);
    await expect(iterator.next()).rejects.toThrow();
    await connection.close();
  });
});

describe('fetchColumns', () => {
  it('gives arrays and masks by column, also by its name in Python', async () => {
    const { connection } = await connectMemory(large);
    const cursor = await connection.cursor().execute('rows 5 a');
    const { numRows, columns } = await cursor.fetchColumns(2);
    expect([numRows, columns.length, columns[0]?.type.kind, columns[0]?.nulls]).toEqual([2, 1, 'utf8', null]);
    expect((columns[0]?.values as string[]).map(indexOf)).toEqual([0, 1]);
    expect((await cursor.fetchNumpyArray()).numRows).toBe(3);
    await connection.close();
  });
});
