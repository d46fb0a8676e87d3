/**
 * What is done to a decoded piece before it is appended to others: by the kernel where the piece lies in its memory, else by
 * loops here that do the same. A loop of JavaScript over each row costs 10 ns a row while it is cold, 4 when it is not.
 */
import { kernelOf } from './module.js';

/** Adds to each number. */
export function addToAll(numbers: Int32Array, by: number): void {
  const kernel = kernelOf(numbers);
  if (kernel !== undefined) kernel.calls.addToAll(numbers.byteOffset, numbers.length, by);
  else for (let at = 0; at < numbers.length; at++) numbers[at]! += by;
}

/**
 * Moves bits towards the end by 0 to 7 places, LSB first. In the kernel's memory it is done in place, and the byte behind
 * them is written.
 *
 * @returns a byte more than there were, unless they did not move
 */
export function shiftBits(bits: Uint8Array, by: number): Uint8Array {
  if (by === 0) return bits;
  const { length } = bits;
  const kernel = kernelOf(bits);
  if (kernel !== undefined) {
    kernel.calls.shiftBits(bits.byteOffset, length, by);
    return new Uint8Array(bits.buffer, bits.byteOffset, length + 1);
  }
  const shifted = new Uint8Array(length + 1);
  let carried = 0;
  for (let at = 0; at < length; at++) {
    const value = bits[at]!;
    shifted[at] = carried | (value << by);
    carried = value >>> (8 - by);
  }
  shifted[length] = carried;
  return shifted;
}

/** Whether one of the texts that lie back to back begins inside a character; all together are good UTF-8. */
export function splitsCharacter(values: Uint8Array, offsets: Int32Array): boolean {
  const rows = offsets.length - 1;
  const kernel = kernelOf(values);
  if (kernel !== undefined) {
    return kernel.calls.splitsCharacter(offsets.byteOffset, rows, values.byteOffset) !== 0;
  }
  for (let row = 0; row < rows; row++) {
    const start = offsets[row]!;
    if (start < offsets[row + 1]! && (values[start]! & 0xc0) === 0x80) return true;
  }
  return false;
}
