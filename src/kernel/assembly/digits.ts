/** Integers as decimal text. No table: eight digits are made at once inside one 64-bit register. */

/** Eight digits of a number below 10^8, the first in the lowest byte, as values 0 to 9. */
export function eight(value: u32): u64 {
  const top = value / 10000;
  // Two numbers of four digits, then four of two, then eight of one; a multiplication and a shift divide each exactly.
  let packed = (<u64>top) | ((<u64>(value - top * 10000)) << 32);
  let tops = ((packed * 10486) >> 20) & 0x0000007f0000007f;
  packed = tops | ((packed - tops * 100) << 16);
  tops = ((packed * 103) >> 10) & 0x000f000f000f000f;
  return tops | ((packed - tops * 10) << 8);
}

export const ZEROS: u64 = 0x3030303030303030;
