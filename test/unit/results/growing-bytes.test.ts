import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitAt } from '../../../src/results/bitmap.js';
import { GrowingBits, GrowingBytes } from '../../../src/results/growing-bytes.js';

describe('growing memory', () => {
  it('joins what was appended, whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(5000), fc.nat(100), fc.constant(0), fc.constant(1_100_000)), {
          maxLength: 12,
        }),
        (lengths) => {
          const growing = new GrowingBytes();
          const parts = lengths.map((length, at) => new Uint8Array(length).fill(at + 1));
          for (const part of parts) growing.append(part);
          const wanted = Buffer.concat(parts);
          expect(growing.length).toBe(wanted.length);
          const joined = growing.join();
          expect(Buffer.compare(joined, wanted)).toBe(0);
          expect(joined.buffer.byteLength).toBe(wanted.length);
          expect(growing.length).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('joins bits at any place', () => {
    const piece = fc.oneof(
      fc.array(fc.boolean(), { maxLength: 40 }),
      fc.nat(40).map((count) => Array<true>(count).fill(true)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const growing = new GrowingBits();
        for (const bits of pieces) {
          if (bits.every(Boolean)) growing.appendOnes(bits.length);
          else {
            const bytes = new Uint8Array((bits.length + 7) >> 3);
            bits.forEach((bit, at) => {
              if (bit) bytes[at >> 3]! |= 1 << (at & 7);
            });
            growing.append(bytes, bits.length);
          }
        }
        const wanted = pieces.flat();
        const joined = growing.join();
        expect(wanted.map((_, at) => bitAt(joined, at))).toEqual(wanted);
        // Bits beyond the last are 0.
        const set = wanted.filter(Boolean).length;
        expect([...joined].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)).toBe(
          set,
        );
      }),
    );
  });
});
