import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewriteRows, textRows } from '../../../../src/local/results/rows.js';
import { decodeBackend, encodeBackend } from '../../../../src/protocol/backend.js';
import { Framer, inRuns, type RowRun } from '../../../../src/protocol/framing.js';

const cell = fc.option(fc.uint8Array({ maxLength: 20 }), { freq: 3 });
const table = fc
  .integer({ min: 0, max: 5 })
  .chain((columns) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 8 }),
  );

const runOf = (rows: readonly (readonly (Uint8Array | null)[])[]): RowRun => ({
  bytes: Buffer.concat(rows.map((values) => encodeBackend({ type: 'DataRow', values }, 0))),
  rows: rows.length,
});

function read(bytes: Uint8Array, columns: number): (string | null)[][] {
  const rows: (string | null)[][] = [];
  const framer = new Framer({
    message: () => expect.fail('no other message'),
    rows: inRuns((run) => {
      let at = 0;
      while (at < run.bytes.length) {
        const length = Buffer.from(run.bytes).readInt32BE(at + 1);
        const row = decodeBackend(0x44, run.bytes.subarray(at + 5, at + 1 + length), 0);
        if (row.type === 'DataRow') {
          rows.push(row.values.map((value) => (value === null ? null : Buffer.from(value).toString('hex'))));
        }
        at += 1 + length;
      }
    }),
  });
  framer.expectRows(columns);
  framer.push(bytes);
  return rows;
}

describe('rows', () => {
  it('are handed on as they are where nothing changes', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const run = runOf(rows);
        expect(
          rewriteRows(
            run,
            rows[0]!.map(() => undefined),
          ),
        ).toBe(run.bytes);
      }),
    );
  });
  it('change in the columns that have a change, and stay whole messages', () => {
    const double = (value: Uint8Array): Uint8Array => Buffer.concat([value, value]);
    fc.assert(
      fc.property(table, fc.infiniteStream(fc.boolean()), (rows, coins) => {
        const rewrites = rows[0]!.map(() => (coins.next().value ? double : undefined));
        const hex = (value: Uint8Array | null, column: number): string | null => {
          if (value === null) return null;
          return Buffer.from(rewrites[column] ? double(value) : value).toString('hex');
        };
        expect(read(rewriteRows(runOf(rows), rewrites), rewrites.length)).toEqual(
          rows.map((row) => row.map(hex)),
        );
      }),
    );
  });
  it('are read as text', () => {
    const text = fc.array(fc.option(fc.constantFrom('', 'a', 'é', '😀', 'two words')), {
      minLength: 2,
      maxLength: 2,
    });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (rows) => {
        const bytes = rows.map((row) => row.map((value) => (value === null ? null : Buffer.from(value))));
        expect(textRows(runOf(bytes))).toEqual(rows);
      }),
    );
  });
});
