import { describe, expect, it } from 'vitest';
import type { CellReader, ColumnReader } from '../../../src/types/codec.js';
import { numericTextColumn } from '../../../src/types/numeric-columns.js';
import { textColumn } from '../../../src/types/text-columns.js';

const refused = Symbol('left to the reader of single cells');
const refuse: CellReader = () => refused;

/** Cells one behind the other, with their lengths, as they lie in rows of one column. */
function readColumn(read: ColumnReader, cells: readonly Uint8Array[]): unknown[] {
  const bytes = Buffer.concat(
    cells.flatMap((cell) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(cell.length);
      return [length, cell];
    }),
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const starts = Int32Array.from(cells, (cell) => {
    const start = at + 4;
    at = start + cell.length;
    return start;
  });
  const out = new Array<unknown>(cells.length).fill(null);
  read({ block: { bytes, view }, rows: cells.length, columns: 1, starts }, 0, out);
  return out;
}

describe('a column of texts', () => {
  it('has texts of every length, ASCII or not', () => {
    const texts = Array.from({ length: 40 }, (_, length) =>
      Array.from({ length }, (__, at) => String.fromCharCode(33 + ((at * 7 + length) % 94))).join(''),
    );
    const other = texts.flatMap((text) =>
      ['é', '東', '\x7f', '\x80'].flatMap((odd) =>
        [0, text.length >> 1, text.length].map((at) => text.slice(0, at) + odd + text.slice(at)),
      ),
    );
    const all = [...texts, ...other];
    expect(
      readColumn(
        textColumn,
        all.map((text) => Buffer.from(text)),
      ),
    ).toEqual(all);
  });
});

describe('a column of numerics as text', () => {
  const decimal = /^-?\d+(?:\.\d+)?$/;
  const expected = (cells: readonly Buffer[]): unknown[] =>
    cells.map((cell) => (decimal.test(cell.toString('latin1')) ? cell.toString('latin1') : refused));
  const digits = '12345678901234567890';
  const numbers = Array.from({ length: 15 }, (_, length) => [
    digits.slice(0, length),
    ...Array.from({ length }, (__, scale) => `${digits.slice(scale, length)}.${digits.slice(0, scale)}`),
  ]).flat();

  it('takes decimals of every length and scale, in any order', () => {
    const cells = [...numbers, ...numbers.map((number) => `-${number}`)].map((text) => Buffer.from(text));
    expect(readColumn(numericTextColumn(refuse), cells)).toEqual(expected(cells));
    cells.reverse();
    expect(readColumn(numericTextColumn(refuse), cells)).toEqual(expected(cells));
  });

  it('leaves everything else to the reader of single cells', () => {
    const odd = [0, 0x20, 0x2b, 0x2d, 0x2e, 0x2f, 0x3a, 0x45, 0x70, 0x7f, 0x80, 0xae, 0xb0, 0xb9, 0xff];
    for (const number of numbers.filter((text) => decimal.test(text))) {
      for (let at = 0; at < number.length; at++) {
        const cells = odd.flatMap((byte) => {
          const cell = Buffer.from(number);
          cell[at] = byte;
          // The scale that is expected is that of the number before.
          return [Buffer.from(number), cell, Buffer.from(`-${cell.toString('latin1')}`, 'latin1')];
        });
        expect(readColumn(numericTextColumn(refuse), cells)).toEqual(expected(cells));
      }
    }
  });
});
