/** DataRow messages to cell positions. Lengths are believed only as far as their message goes, and a message as far as the block. */

/** Where the last walk ended: behind the last row that it counts. */
export let walked: usize = 0;

/**
 * Writes the position of each cell, column after column: that of (row, column) is at cells[column * stride + row].
 *
 * @param rows how many there are at most
 * @returns how many there are: up to the end, a message that is not whole, or one that is no row of so many columns
 */
export function walk(start: usize, end: usize, rows: i32, columns: i32, cells: usize, stride: i32): i32 {
  const step = (<usize>stride) << 2;
  let message = start;
  let row = 0;
  for (; row < rows; row++) {
    walked = message;
    if (end - message < 7) return row;
    // Type byte, int32 length (which counts itself), int16 count.
    const length = bswap(load<u32>(message + 1));
    if (length < 6 || length > <u32>(end - message - 1)) return row;
    const next = message + 1 + length;
    if (load<u8>(message) != 0x44 || <i32>bswap(load<u16>(message + 5)) != columns) return row;
    let at = message + 7;
    let cell = cells + ((<usize>row) << 2);
    for (let column = 0; column < columns; column++) {
      if (at + 4 > next) return row;
      const raw = load<u32>(at);
      at += 4;
      if ((raw & 0x00ffffff) == 0) {
        store<u32>(cell, at);
        at += raw >> 24;
      } else if (raw == 0xffffffff) store<i32>(cell, -1);
      else {
        const long = bswap(raw);
        if (long > <u32>(next - at)) return row;
        store<u32>(cell, at);
        at += long;
      }
      cell += step;
    }
    if (at != next) return row;
    message = next;
  }
  walked = message;
  return row;
}
