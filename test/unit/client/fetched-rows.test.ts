/** Rows that were fetched belong to whoever fetched them; a cursor that kept them would hold a whole long result. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { connectMemory } from '../session/harness.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('R1: rows that were fetched and let go of', () => {
  // Numbers that never come out even with the rows that are decoded at a time.
  it.each([97, 199])(
    'R1: by fetchMany(%i) are not kept by the cursor',
    { timeout: 30_000 },
    async (count) => {
      const { connection } = await connectMemory({ autocommit: true, maxResultBytes: 100_000_000 });
      const cursor = await connection.cursor().execute('rows 2000 a');
      const fetched: WeakRef<object>[] = [];
      while (fetched.length < 1800) {
        for (const row of await cursor.fetchMany(count)) fetched.push(new WeakRef(row));
      }
      // A WeakRef that was made in this turn of the loop keeps what it refers to.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      const alive = fetched.filter((row) => row.deref() !== undefined);
      expect(alive.length).toBeLessThan(400);
      await connection.close();
    },
  );
});
