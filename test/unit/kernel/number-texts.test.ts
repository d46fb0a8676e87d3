/** Texts of a column of NUMERIC out of the kernel: those that the reader of single cells gives, to the character. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { putNumberTexts, type NumberCells } from '../../../src/kernel/number-texts.js';
import { blockOf as oneBlock } from '../../../src/types/codec.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { numericModifier, redshift } from '../types/cells.js';
import { blockOf, redshiftNumeric, text, type Cell } from './blocks.js';

/** Rows of a text and a number, the number the second column, and where they lie. */
function cellsOf(cells: readonly Cell[]): NumberCells {
  const { bytes, start } = blockOf(cells.map((cell, row) => [text('x'.repeat(row % 5)), cell]));
  const block = oneBlock(bytes);
  const starts: number[] = [];
  let at = start;
  for (let row = 0; row < cells.length; row++) {
    at += 7;
    for (let column = 0; column < 2; column++) {
      at += 4;
      starts.push(at);
      at += Math.max(block.view.getInt32(at - 4), 0);
    }
  }
  return { block, rows: cells.length, columns: 2, starts: Int32Array.from(starts) };
}

/** What the reader of single cells gives. */
function read(cells: readonly Cell[], scale: number): unknown[] {
  const column = { typeOid: 1700, typeModifier: numericModifier(38, scale) };
  const [reader] = TypeRegistry.defaults.readers([column], [1], redshift(2));
  return cells.map((cell) => (cell === null ? null : reader!(oneBlock(cell), 0, cell.length)));
}

function put(cells: readonly Cell[], scale: number): unknown[] | false {
  const out = new Array<unknown>(cells.length).fill(null);
  return putNumberTexts(cellsOf(cells), 1, scale, out) && out;
}

const magnitude = fc.oneof(
  fc.integer({ min: 0, max: 127 }).chain((bits) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })),
  fc
    .integer({ min: 0, max: 38 })
    .chain((power) => fc.constantFrom(10n ** BigInt(power), 10n ** BigInt(power) - 1n)),
);
const value = fc.tuple(magnitude, fc.boolean()).map(([size, negative]) => (negative ? -size : size));
const cell = fc.oneof(
  {
    weight: 9,
    arbitrary: value.map((number) => redshiftNumeric(number, BigInt.asIntN(64, number) === number ? 8 : 16)),
  },
  { weight: 2, arbitrary: value.map((number) => redshiftNumeric(number, 16)) },
  { weight: 1, arbitrary: fc.constant(null) },
);

describe('texts of numbers', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test('are those of the reader of single cells', () => {
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 38 }),
        (cells, scale) => {
          expect(put(cells, scale)).toEqual(read(cells, scale));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('are exact at the ends of their ranges', () => {
    const ends = [
      2n ** 63n - 1n,
      -(2n ** 63n),
      2n ** 127n - 1n,
      -(2n ** 127n),
      10n ** 16n,
      10n ** 16n - 1n,
      0n,
      -1n,
    ];
    for (let scale = 0; scale <= 38; scale++) {
      const cells = ends.map((end) => redshiftNumeric(end, 16));
      expect(put(cells, scale)).toEqual(read(cells, scale));
    }
    expect(put([redshiftNumeric(-5n, 8)], 2)).toEqual(['-0.05']);
  });

  test('are left to the reader where a cell is no integer of 8 or 16 bytes, and where the scale is larger than any', () => {
    expect(put([redshiftNumeric(1n, 8), new Uint8Array(7)], 2)).toBe(false);
    expect(put([new Uint8Array(0)], 2)).toBe(false);
    expect(put([redshiftNumeric(1n, 8)], 39)).toBe(false);
    expect(put([], 2)).toBe(false);
    expect(put([null, null], 2)).toEqual([null, null]);
  });

  test('are left to the reader without WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const fresh = await import('../../../src/kernel/number-texts.js');
    expect(fresh.putNumberTexts(cellsOf([redshiftNumeric(1n, 8)]), 1, 2, [null])).toBe(false);
  });
});
