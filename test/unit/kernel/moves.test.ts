import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernel } from '../../../src/kernel/module.js';
import { addToAll, shiftBits, splitsCharacter } from '../../../src/kernel/moves.js';

/** The same bytes in memory of their own, and in the kernel's, at an address that nothing aligns. */
function twins(bytes: Uint8Array, apart = 0): Uint8Array[] {
  const { bytes: memory, start } = kernel()!;
  memory.fill(0xa5, start, start + apart + bytes.length + 64);
  memory.set(bytes, start + apart);
  return [Uint8Array.from(bytes), memory.subarray(start + apart, start + apart + bytes.length)];
}

describe('what is done to pieces before they are appended', () => {
  it('adds to each number, here and in the kernel', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0x3fffffff), { maxLength: 70 }), fc.nat(0x3fffffff), (numbers, by) => {
        const wanted = numbers.map((number) => number + by);
        for (const twin of twins(new Uint8Array(Int32Array.from(numbers).buffer), 64)) {
          const view = new Int32Array(twin.buffer, twin.byteOffset, numbers.length);
          addToAll(view, by);
          expect([...view]).toEqual(wanted);
        }
      }),
    );
  });

  it('moves bits by any number of places, here and in the kernel', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(7), fc.nat(9), (bits, by, apart) => {
        const places = [...bits].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1));
        const wanted =
          by === 0 ? places : [...Array<number>(by).fill(0), ...places, ...Array<number>(8 - by).fill(0)];
        for (const twin of twins(bits, apart)) {
          const moved = shiftBits(twin, by);
          expect(
            [...moved].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1)),
          ).toEqual(wanted);
        }
      }),
    );
  });

  it('sees a text that begins inside a character, here and in the kernel', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), fc.nat(), fc.boolean(), (texts, where, cut) => {
        const values = Buffer.from(texts.join(''));
        const ends = texts.map(
          (
            (end) => (one: string) =>
              (end += Buffer.byteLength(one))
          )(0),
        );
        if (cut && ends.length > 1) ends[where % (ends.length - 1)]! += 1;
        const offsets = Int32Array.from([0, ...ends.map((end) => Math.min(end, values.length))]);
        // What a decoder that fails tells of each text by itself.
        const decoder = new TextDecoder('utf-8', { fatal: true });
        const good = (row: number): boolean => {
          try {
            decoder.decode(values.subarray(offsets[row], offsets[row + 1]));
            return true;
          } catch {
            return false;
          }
        };
        const ordered = offsets.every((offset, at) => at === 0 || offset >= offsets[at - 1]!);
        fc.pre(ordered);
        const wanted = !texts.every((_, row) => good(row));
        const bytes = new Uint8Array(offsets.byteLength + values.length);
        bytes.set(new Uint8Array(offsets.buffer));
        bytes.set(values, offsets.byteLength);
        for (const { buffer, byteOffset } of twins(bytes)) {
          const own = new Int32Array(buffer, byteOffset, offsets.length);
          const texts = new Uint8Array(buffer, byteOffset + offsets.byteLength, values.length);
          expect(splitsCharacter(texts, own)).toBe(wanted);
        }
      }),
    );
  });
});
