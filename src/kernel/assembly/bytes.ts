/**
 * Texts and binary cells, copied back to back. Copies are made 16 bytes at a time, so up to 15 bytes behind a cell are read
 * and up to 15 behind the last one are written: the caller leaves room for them behind the block and behind the output.
 */
import { lengthAt } from './cell';

/** From so many bytes on a call of memory.copy costs less than the loop. */
const LONG: i32 = 256;

export function copy(to: usize, from: usize, length: i32): void {
  if (length >= LONG) {
    memory.copy(to, from, length);
    return;
  }
  const end = to + <usize>length;
  while (to < end) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
}

/** Cells back to back, NULL as nothing; ends[row] is where the row's bytes end, counted from the first byte. @returns bytes written */
export function gather(cells: usize, rows: i32, ends: usize, out: usize): i32 {
  const start = out;
  for (let row = 0; row < rows; row++) {
    const at = load<i32>(cells + ((<usize>row) << 2));
    if (at >= 0) {
      const length = lengthAt(at);
      copy(out, at, length);
      out += length;
    }
    store<i32>(ends + ((<usize>row) << 2), <i32>(out - start));
  }
  return <i32>(out - start);
}
