/** The kernel's own calls on bytes that no Framer has checked: they tell the row, and never look beyond the block. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernel } from '../../../src/kernel/module.js';
import { blockOf, int32, text } from './blocks.js';

const loaded = kernel()!;

/** Walks bytes that lie between others; gives rows, where they end, and positions, counted from the first byte. */
function walked(
  bytes: Uint8Array,
  rows: number,
  columns: number,
): { found: number; end: number; cells: number[] } {
  const input = loaded.start + 64;
  const cells = (input + bytes.length + 127) & ~63;
  expect(loaded.reaches(cells + rows * columns * 4 + 64)).toBe(true);
  loaded.bytes.fill(0xee, loaded.start, cells);
  loaded.bytes.set(bytes, input);
  const found = loaded.calls.walk(input, input + bytes.length, rows, columns, cells, rows);
  const end = loaded.calls.walked.value - input;
  const places = new Int32Array(loaded.bytes.buffer, cells, rows * columns);
  return { found, end, cells: Array.from(places, (at) => (at < 0 ? -1 : at - input)) };
}

describe('walk', () => {
  test('finds the cells of whole rows, column after column', () => {
    const { bytes, start, end } = blockOf([
      [int32(1), null, text('abc')],
      [null, text(''), text('x'.repeat(300))],
    ]);
    const { found, end: at, cells } = walked(bytes.subarray(start, end), 2, 3);
    expect([found, at]).toEqual([2, end - start]);
    expect(cells).toEqual([11, -1, -1, 41, 23, 45]);
  });

  test('ends before the row that does not fit, whichever byte of it is wrong', () => {
    const { bytes, start, end } = blockOf([
      [int32(1), text('abc')],
      [int32(2), null],
      [int32(3), text('defg')],
    ]);
    const good = bytes.subarray(start, end);
    const anyLie = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(anyLie, ([at, value]) => {
        const lied = Uint8Array.from(good);
        lied[at] = value;
        const { found, end: until, cells } = walked(lied, 3, 2);
        expect(found).toBeGreaterThanOrEqual(at < 22 ? 0 : at < 41 ? 1 : 2);
        if (found < 3) expect(until).toBeLessThanOrEqual(at);
        else for (const cell of cells) expect(cell).toBeLessThanOrEqual(lied.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no byte for granted', () => {
    const message = fc
      .tuple(
        fc.integer({ min: -1, max: 40 }),
        fc.integer({ min: -1, max: 3 }),
        fc.uint8Array({ maxLength: 30 }),
      )
      .map(([length, columns, rest]) => {
        const head = Buffer.alloc(7, 'D');
        head.writeInt32BE(length, 1);
        head.writeInt16BE(columns, 5);
        return Buffer.concat([head, rest]);
      });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 3 }), fc.nat(4), fc.nat(3), (messages, rows, columns) => {
        const bytes = Buffer.concat(messages);
        const { found, end, cells } = walked(bytes, rows, columns);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(rows);
        expect(end).toBeLessThanOrEqual(bytes.length);
        if (found === rows) for (const cell of cells) expect(cell).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('ends where rows end, or where as many were found as were asked for', () => {
    const { bytes, start, end } = blockOf([[int32(1)], [int32(2)]]);
    const good = bytes.subarray(start, end);
    const length = good.length / 2;
    expect(walked(good, 1, 1)).toMatchObject({ found: 1, end: length });
    expect(walked(good, 3, 1)).toMatchObject({ found: 2, end: good.length });
    expect(walked(good.subarray(0, -1), 2, 1)).toMatchObject({ found: 1, end: length });
    expect(walked(good, 2, 2)).toMatchObject({ found: 0, end: 0 });
    const notice = Buffer.from([0x4e, 0, 0, 0, 5, 0]);
    const between = Buffer.concat([good.subarray(0, length), notice, good.subarray(length)]);
    expect(walked(between, 3, 1)).toMatchObject({ found: 1, end: length });
  });
});
