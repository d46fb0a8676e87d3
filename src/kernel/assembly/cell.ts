/**
 * One cell: its content's address, its length, its integers. A position is the address of the first byte of the content,
 * with the int32 length as it came in the four bytes before it; negative for NULL. Nothing here allocates.
 */

/** The lengths of one byte, which nearly all are, need no byte swap: it has no instruction in WebAssembly. */
export function lengthAt(at: usize): i32 {
  const raw = load<u32>(at - 4);
  return (raw & 0x00ffffff) == 0 ? <i32>(raw >> 24) : <i32>bswap(raw);
}

/** What a NULL cell reads as in a loop without branches: its length fits, its value is zero. */
export const NULL1: usize = memory.data<u8>([0, 0, 0, 1, 0, 0, 0, 0], 4) + 4;
export const NULL2: usize = memory.data<u8>([0, 0, 0, 2, 0, 0, 0, 0], 4) + 4;
export const NULL4: usize = memory.data<u8>([0, 0, 0, 4, 0, 0, 0, 0], 4) + 4;
export const NULL8: usize = memory.data<u8>([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0], 4) + 4;

/** int32 lengths 1, 2, 4 and 8, big-endian, as a little-endian load sees them. */
export const LENGTH1: u32 = 0x01000000;
export const LENGTH2: u32 = 0x02000000;
export const LENGTH4: u32 = 0x04000000;
export const LENGTH8: u32 = 0x08000000;
export const LENGTH16: u32 = 0x10000000;

/** The first row whose cell is neither NULL nor of this length; -1 when there is none. */
export function firstOfOtherLength(cells: usize, rows: i32, length: u32): i32 {
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at >= 0 && load<u32>(at - 4) != length) return row;
  }
  return -1;
}
