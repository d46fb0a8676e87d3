/**
 * Rows from the framer into the store, by the kernel and without it: the same rows, and the same error in the same place, as
 * a framer finds that looks at one message after the other.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giveSlab, takeSlab } from '../../../src/kernel/slabs.js';
import { slabBytes, slabCount } from '../../../src/kernel/layout.js';
import { encodeBackend } from '../../../src/protocol/backend.js';
import { Framer, inRuns } from '../../../src/protocol/framing.js';
import { RowStore } from '../../../src/results/row-store.js';
import { dataRow } from './rows.js';

const notice = Buffer.from(
  encodeBackend({ type: 'NoticeResponse', fields: new Map([['M', 'between rows']]) }, 0),
);

interface Heard {
  readonly rows: Buffer;
  readonly others: number;
  readonly error: string | undefined;
}

/** What comes out of chunks of these sizes, in turns; each is written over as soon as it was pushed. */
function heard(bytes: Buffer, columns: number, sizes: readonly number[], store: RowStore | undefined): Heard {
  const rows: Buffer[] = [];
  let others = 0;
  const framer = new Framer({
    message: () => others++,
    rows:
      store === undefined
        ? inRuns((run) => rows.push(Buffer.from(run.bytes)))
        : (incoming) => {
            store.take(incoming);
          },
  });
  framer.expectRows(columns);
  let error: string | undefined;
  for (let at = 0, turn = 0; at < bytes.length && error === undefined; turn++) {
    const size = sizes[turn % sizes.length]!;
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    try {
      framer.push(chunk);
    } catch (thrown) {
      error = (thrown as Error).message;
    }
    chunk.fill(0xaa);
    at += size;
  }
  if (store !== undefined) rows.push(...takeAll(store));
  return { rows: Buffer.concat(rows), others, error };
}

function takeAll(store: RowStore): Buffer[] {
  const parts: Buffer[] = [];
  for (let batch = store.next(); batch !== undefined; batch = store.next()) {
    parts.push(Buffer.from(batch.bytes.subarray(batch.offset, batch.end)));
    batch.offset = batch.end;
    batch.rows = 0;
    store.pass(batch);
  }
  return parts;
}

/** Enough rows that most of them lie in slabs, some with a notice behind them. */
const dialogue = fc
  .record({
    columns: fc.integer({ min: 1, max: 40 }),
    lengths: fc.array(fc.integer({ min: -1, max: 60 }), { minLength: 1, maxLength: 30 }),
    rows: fc.integer({ min: 1, max: 4000 }),
    noticeEvery: fc.constantFrom(1, 2, 40, 1000, Infinity),
    longEvery: fc.constantFrom(700, Infinity),
  })
  .map(({ columns, lengths, rows, noticeEvery, longEvery }) => {
    const parts: Buffer[] = [];
    for (let row = 0; row < rows; row++) {
      const cells = Array.from({ length: columns }, (_, column) => {
        const length = lengths[(row * 7 + column) % lengths.length]!;
        if (column === 0 && row % longEvery === 699) return Buffer.alloc(300_000, row);
        return length < 0 ? null : Buffer.alloc(length, row + column);
      });
      parts.push(dataRow(cells));
      if (row % noticeEvery === noticeEvery - 1) parts.push(notice);
    }
    return { columns, bytes: Buffer.concat(parts) };
  });

const chunks = fc.array(
  fc.oneof(fc.constant(slabBytes), fc.constant(16_384), fc.integer({ min: 1000, max: 300_000 })),
  { minLength: 1, maxLength: 5 },
);

describe('rows that come in', () => {
  it('are all kept, wherever other messages lie between them and chunks were cut', () => {
    fc.assert(
      fc.property(dialogue, chunks, ({ columns, bytes }, sizes) => {
        const expected = heard(bytes, columns, [bytes.length], undefined);
        const store = new RowStore();
        const found = heard(bytes, columns, sizes, store);
        expect(found.others).toBe(expected.others);
        expect(found.error).toBeUndefined();
        expect(found.rows.equals(expected.rows)).toBe(true);
        expect([store.held, store.unread, store.empty]).toEqual([0, 0, true]);
      }),
      { numRuns: 60 },
    );
  });

  it('are kept up to the first that is wrong, and the error is the same', () => {
    fc.assert(
      fc.property(dialogue, chunks, fc.nat(), fc.nat(255), ({ columns, bytes }, sizes, place, value) => {
        const lied = Buffer.from(bytes);
        lied[place % lied.length] = value;
        const expected = heard(lied, columns, sizes, undefined);
        const found = heard(lied, columns, sizes, new RowStore());
        expect(found.error).toBe(expected.error);
        expect(found.others).toBe(expected.others);
        expect(found.rows.equals(expected.rows)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('are kept when more results wait unread than the kernel has slabs', () => {
    const row = dataRow([Buffer.alloc(1000, 1)]);
    const bytes = Buffer.concat(Array.from({ length: 600 }, () => row));
    const stores = Array.from({ length: slabCount }, () => new RowStore());
    for (const store of stores) {
      const framer = new Framer({
        message: () => undefined,
        rows: (incoming) => {
          store.take(incoming);
        },
      });
      framer.expectRows(1);
      framer.push(Buffer.from(bytes));
    }
    for (const store of stores) expect(Buffer.concat(takeAll(store)).equals(bytes)).toBe(true);
  });
});

describe('slabs of the kernel', () => {
  function takeEvery(): number {
    const taken = [];
    for (let slab; (slab = takeSlab(3)) !== undefined;) taken.push(slab);
    taken.forEach(giveSlab);
    return taken.length;
  }

  it('come back from results that were read, dropped, or forgotten', async () => {
    const bytes = Buffer.concat(Array.from({ length: 600 }, () => dataRow([Buffer.alloc(1000, 1)])));
    function filled(): RowStore {
      const store = new RowStore();
      heard(bytes, 1, [bytes.length], store);
      const framer = new Framer({
        message: () => undefined,
        rows: (incoming) => {
          store.take(incoming);
        },
      });
      framer.expectRows(1);
      framer.push(Buffer.from(bytes));
      return store;
    }
    expect(takeEvery()).toBe(slabCount);
    filled().drop();
    expect(takeEvery()).toBe(slabCount);
    (() => filled())();
    expect(takeEvery()).toBeLessThan(slabCount);
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    for (let turn = 0; turn < 50 && takeEvery() < slabCount; turn++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(takeEvery()).toBe(slabCount);
  });

  it('are not given for more columns than a result has', () => {
    expect(takeSlab(100_000)).toBeUndefined();
    for (const columns of [0, 1, 1600, 1664]) {
      const slab = takeSlab(columns)!;
      expect(slab.bytes.length).toBe(slabBytes);
      giveSlab(slab);
    }
  });
});
