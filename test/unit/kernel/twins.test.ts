/** The WebAssembly decoder and the plain one give the same for any result, to the bit, and say the same of what cannot be done. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ColumnDecoder, Lane, Piece, RowBlock } from '../../../src/kernel/lanes.js';
import { makePlainDecoder } from '../../../src/kernel/plain.js';
import { makeWasmDecoder } from '../../../src/kernel/wasm.js';
import { blockOf } from './blocks.js';
import { anyCell, anyLane, anyResult } from './random-cells.js';

/** What a piece says, apart from the memory it lies in. */
function told({ bad, nullCount, validity, values, offsets }: Piece): unknown {
  if (bad !== -1) return { bad };
  const hex = (bytes: Uint8Array | undefined): string | undefined =>
    bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
  return {
    nullCount,
    validity: hex(validity),
    values: hex(values),
    offsets: offsets === undefined ? undefined : Array.from(offsets),
  };
}

const decoded = (decoder: ColumnDecoder, block: RowBlock): unknown[] => decoder.decode(block).map(told);

function wasm(lanes: readonly Lane[]): ColumnDecoder {
  const made = makeWasmDecoder(lanes);
  if (made === undefined) throw new Error('This Node.js has no WebAssembly');
  return made;
}

describe('the two column decoders', () => {
  test('agree on random results', () => {
    fc.assert(
      fc.property(anyResult, fc.integer({ min: 0, max: 40 }), ({ lanes, rows }, around) => {
        const block = blockOf(rows, around);
        expect(decoded(wasm(lanes), block)).toEqual(decoded(makePlainDecoder(lanes), block));
      }),
      { numRuns: 300 },
    );
  });

  test('agree on single cells of every lane', () => {
    const laneAndCell = anyLane.chain((lane) => fc.tuple(fc.constant(lane), anyCell(lane)));
    fc.assert(
      fc.property(laneAndCell, ([lane, cell]) => {
        const block = blockOf([[cell]]);
        expect(decoded(wasm([lane]), block)).toEqual(decoded(makePlainDecoder([lane]), block));
      }),
      { numRuns: 5000 },
    );
  });

  test('agree when one decoder is used for many blocks', () => {
    const results = fc
      .array(anyLane, { minLength: 1, maxLength: 4 })
      .chain((lanes) =>
        fc.tuple(
          fc.constant(lanes),
          fc.array(fc.array(fc.tuple(...lanes.map(anyCell)), { maxLength: 30 }), { maxLength: 4 }),
        ),
      );
    fc.assert(
      fc.property(results, ([lanes, blocks]) => {
        const [first, second] = [wasm(lanes), makePlainDecoder(lanes)];
        for (const rows of blocks) {
          const block = blockOf(rows, 3);
          expect(decoded(first, block)).toEqual(decoded(second, block));
        }
      }),
      { numRuns: 50 },
    );
  });
});
