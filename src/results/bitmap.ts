/** Bitmaps as Arrow has them: one bit a row, least significant first; in a validity bitmap 1 means that there is a value. */

export const bitmapBytes = (length: number): number => (length + 7) >>> 3;

export const bitAt = (bits: Uint8Array, index: number): boolean =>
  ((bits[index >>> 3]! >>> (index & 7)) & 1) === 1;

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3]! |= 1 << (index & 7);
}

const ones = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  return count;
});

/** How many of the first `length` bits are 1. */
export function countOnes(bits: Uint8Array, length: number): number {
  let count = 0;
  const whole = length >>> 3;
  for (let at = 0; at < whole; at++) count += ones[bits[at]!]!;
  const rest = length & 7;
  return rest === 0 ? count : count + ones[bits[whole]! & ((1 << rest) - 1)]!;
}

/** Bits [start, end) from bit 0 on: the same memory where they begin at a byte, else a copy. */
export function sliceBits(bits: Uint8Array, start: number, end: number): Uint8Array {
  const shift = start & 7;
  const first = start >>> 3;
  if (shift === 0) return bits.subarray(first, bitmapBytes(end));
  const out = new Uint8Array(bitmapBytes(end - start));
  for (let at = 0; at < out.length; at++) {
    out[at] = (bits[first + at]! >>> shift) | ((bits[first + at + 1] ?? 0) << (8 - shift));
  }
  return out;
}
