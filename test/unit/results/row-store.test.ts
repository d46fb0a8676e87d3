import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slabBytes } from '../../../src/kernel/layout.js';
import { RowStore, type RowBatch } from '../../../src/results/row-store.js';
import { RowResult } from '../../../src/results/rows.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { dataRow, fieldOf, incoming, randomRuns } from './rows.js';

/** Reads up to `most` messages as a decoder does. */
function read(store: RowStore, most: number): Buffer[] {
  const messages: Buffer[] = [];
  for (;;) {
    const batch: RowBatch | undefined = store.next();
    if (batch === undefined) return messages;
    while (batch.rows > 0 && messages.length < most) {
      const end = batch.offset + 1 + batch.view.getInt32(batch.offset + 1);
      messages.push(Buffer.from(batch.bytes.subarray(batch.offset, end)));
      batch.offset = end;
      batch.rows--;
    }
    expect(batch.rows > 0 || batch.offset === batch.end).toBe(true);
    store.pass(batch);
    if (messages.length >= most) return messages;
  }
}

/** Cells of sizes that fill slabs to the brim, exceed them, and go by hundreds into one. */
const size = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 6, arbitrary: fc.integer({ min: 3000, max: 70_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: slabBytes - 30, max: slabBytes + 30 }) },
);

describe('the store of unread rows', () => {
  it('gives back every message as it came, wherever runs and fetches were cut, and knows exactly what it holds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ sizes: fc.array(size, { minLength: 1, maxLength: 40 }), take: fc.nat(60) }), {
          maxLength: 12,
        }),
        (steps) => {
          const store = new RowStore();
          const expected: Buffer[] = [];
          let number = 0;
          for (const { sizes, take } of steps) {
            const messages = sizes.map((bytes) => dataRow([Buffer.alloc(bytes, ++number)]));
            // As the transport does: the run's memory is written over as soon as the call returns.
            const bytes = Buffer.concat(messages);
            store.take(incoming({ bytes }));
            bytes.fill(0xee);
            expected.push(...messages);
            const got = read(store, take);
            expect(Buffer.concat(got).equals(Buffer.concat(expected.splice(0, take)))).toBe(true);
            expect(store.held).toBe(expected.reduce((sum, message) => sum + message.length, 0));
            expect(store.empty).toBe(expected.length === 0);
          }
          expect(Buffer.concat(read(store, Infinity)).equals(Buffer.concat(expected))).toBe(true);
          expect(store.held).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps results apart that fill and empty the same slabs in turns', () => {
    const stores = [new RowStore(), new RowStore(), new RowStore()];
    const expected: Buffer[][] = stores.map(() => []);
    for (let round = 0; round < 60; round++) {
      const at = round % stores.length;
      const messages = Array.from({ length: 200 }, (_, row) =>
        dataRow([Buffer.alloc(200 + row, round), Buffer.from([at])]),
      );
      stores[at]!.take(incoming({ bytes: Buffer.concat(messages) }));
      expected[at]!.push(...messages);
      const other = (round * 7) % stores.length;
      const wanted = expected[other]!.splice(0, 333);
      expect(Buffer.concat(read(stores[other]!, 333)).equals(Buffer.concat(wanted))).toBe(true);
    }
    stores[0]!.drop();
    expect(stores[0]!.held).toBe(0);
    for (const at of [1, 2]) {
      expect(Buffer.concat(read(stores[at]!, Infinity)).equals(Buffer.concat(expected[at]!))).toBe(true);
    }
  });

  it('leaves memory alone that is being read when all is dropped', () => {
    const store = new RowStore();
    const message = dataRow([Buffer.alloc(100_000, 7)]);
    store.take(incoming({ bytes: message }));
    const batch = store.next()!;
    store.drop();
    const other = new RowStore();
    for (let at = 0; at < 20; at++) other.take(incoming({ bytes: dataRow([Buffer.alloc(200_000, 0xee)]) }));
    expect(Buffer.from(batch.bytes.subarray(batch.offset, batch.end)).equals(message)).toBe(true);
    store.pass(batch);
    expect(store.empty).toBe(true);
  });
});

describe('a value that was fetched', () => {
  const server = { dialect: 'redshift', protocolVersion: 2, timeZone: '' } as const;
  const fields = [
    fieldOf('bytes', 6551),
    fieldOf('shape', 3001),
    fieldOf('words', 1009),
    fieldOf('parts', 1001),
  ];

  it('shares no memory with the rows that come after it', () => {
    const types = TypeRegistry.defaults.with({ geography: 'buffer' });
    const result = new RowResult({ types, rowMode: 'array', bufferSize: Infinity });
    result.describe(fields, Uint8Array.of(1, 1, 0, 0), server);
    const long = Buffer.alloc(30_000, 0x41);
    const cells = [
      long,
      long,
      Buffer.from(`{${'word,'.repeat(2000)}end}`),
      Buffer.from('{"\\\\x4141","\\\\x"}'),
    ];
    const run = Buffer.concat(Array.from({ length: 8 }, () => dataRow(cells)));
    result.rows(incoming({ bytes: run }));
    const rows: unknown[] = [];
    result.take(8, rows);
    expect(result.held).toBe(0);
    // The same slabs again, with other bytes.
    const poison = Buffer.concat(
      Array.from({ length: 40 }, () => dataRow(cells.map((cell) => cell.fill(0x5a)))),
    );
    const next = new RowResult({ types, rowMode: 'array', bufferSize: Infinity });
    next.describe(fields, Uint8Array.of(1, 1, 0, 0), server);
    next.rows(incoming({ bytes: poison }));
    const wanted = Buffer.alloc(30_000, 0x41);
    for (const row of rows) {
      const [bytes, shape, words, parts] = row as [Buffer, Buffer, string[], Buffer[]];
      expect(bytes.equals(wanted) && shape.equals(wanted)).toBe(true);
      expect(words).toHaveLength(2001);
      expect(words[1999]).toBe('word');
      expect(parts).toEqual([Buffer.from('AA'), Buffer.alloc(0)]);
    }
  });
});

describe('rows that come in runs cut anywhere', () => {
  it('are those that came, in order', () => {
    fc.assert(
      fc.property(randomRuns, fc.array(fc.nat(40), { minLength: 1 }), ({ texts, runs }, takes) => {
        const result = new RowResult({
          types: TypeRegistry.defaults,
          rowMode: 'array',
          bufferSize: Infinity,
        });
        result.describe([fieldOf('v', 25)], Uint8Array.of(0), {
          dialect: 'redshift',
          protocolVersion: 2,
          timeZone: '',
        });
        const rows: unknown[] = [];
        runs.forEach((run, at) => {
          result.rows(incoming(run));
          run.bytes.fill(0xee);
          result.take(takes[at % takes.length]!, rows);
        });
        result.take(Infinity, rows);
        expect(rows).toEqual(texts.map((text) => [text]));
      }),
      { numRuns: 50 },
    );
  });
});
