import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FaultyStream, seededRandom, type Fault } from '../../scripted/faults.js';

function through(
  fault: Fault,
  chunks: readonly Uint8Array[],
): { arrived: number[]; pieces: number[]; cut: string } {
  const stream = new FaultyStream(fault);
  const arrived: number[] = [];
  const pieces: number[] = [];
  let cut = '';
  for (const chunk of chunks) {
    const treated = stream.treat(chunk);
    for (const piece of treated.pieces) {
      arrived.push(...piece);
      pieces.push(piece.length);
    }
    if (treated.cut !== undefined) {
      cut = treated.cut;
      break;
    }
  }
  return { arrived, pieces, cut };
}

const chunks = [Uint8Array.of(0, 1, 2), Uint8Array.of(3), Uint8Array.of(4, 5, 6, 7)];

describe('FaultyStream', () => {
  it('counts bytes over all chunks', () => {
    expect(through({ does: 'swallow', from: 5 }, chunks).arrived).toEqual([0, 1, 2, 3, 4]);
    expect(through({ does: 'corrupt', at: 3, mask: 1 }, chunks).arrived).toEqual([0, 1, 2, 2, 4, 5, 6, 7]);
    expect(through({ does: 'corrupt', at: 0 }, chunks).arrived[0]).toBe(255);
    for (let at = 0; at <= 8; at++) {
      const { arrived, cut } = through({ does: 'cut', at, how: 'rst' }, chunks);
      expect(arrived).toEqual([0, 1, 2, 3, 4, 5, 6, 7].slice(0, at));
      expect(cut).toBe('rst');
    }
    expect(through({ does: 'cut', at: 9, how: 'fin' }, chunks)).toMatchObject({ cut: '' });
  });

  it('splits without losing a byte', () => {
    expect(through({ does: 'split', piece: 1 }, chunks).pieces).toEqual(new Array(8).fill(1));
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array()),
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
        (given, seed, most) => {
          const { arrived, pieces } = through({ does: 'shuffle', seed, most }, given);
          expect(arrived).toEqual(given.flatMap((chunk) => [...chunk]));
          expect(Math.max(0, ...pieces)).toBeLessThanOrEqual(most);
          expect(through({ does: 'shuffle', seed, most }, given).pieces).toEqual(pieces);
        },
      ),
    );
  });

  it('never writes into the bytes that it was given', () => {
    const chunk = Uint8Array.of(1, 2, 3);
    through({ does: 'corrupt', at: 1 }, [chunk]);
    expect([...chunk]).toEqual([1, 2, 3]);
  });
});

it('seeded random numbers are spread over [0, 1) and repeat', () => {
  const numbers = Array.from({ length: 1000 }, seededRandom(7));
  expect(Array.from({ length: 1000 }, seededRandom(7))).toEqual(numbers);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((sum, each) => sum + each, 0) / 1000).toBeCloseTo(0.5, 1);
});
