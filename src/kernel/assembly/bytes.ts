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

export const ASCII: i32 = 0;
export const VALID: i32 = 1;
export const INVALID: i32 = 2;

function isAscii(bytes: usize, length: i32): bool {
  const end = bytes + <usize>length;
  let at = bytes;
  for (; at + 64 <= end; at += 64) {
    const all = v128.or(
      v128.or(v128.load(at), v128.load(at, 16)),
      v128.or(v128.load(at, 32), v128.load(at, 48)),
    );
    if (i8x16.bitmask(all) != 0) return false;
  }
  let rest: u32 = 0;
  for (; at < end; at++) rest |= load<u8>(at);
  return rest < 0x80;
}

/**
 * What gathered bytes are: ASCII; UTF-8, each cell for itself; or neither, when some cell has replacement characters.
 * Sixteen zero bytes are written behind them.
 */
export function textKind(bytes: usize, length: i32, ends: usize, rows: i32): i32 {
  if (isAscii(bytes, length)) return ASCII;
  v128.store(bytes + length, i64x2.splat(0));
  if (!isUtf8(bytes, length)) return INVALID;
  // The whole may be well-formed though a cell ends within a character: then the next one begins with its rest.
  for (let row = 0; row < rows; row++) {
    const end = load<i32>(ends + ((<usize>row) << 2));
    if ((load<u8>(bytes + <usize>end) & 0xc0) == 0x80) return INVALID;
  }
  return VALID;
}

/**
 * John Keiser, Daniel Lemire, "Validating UTF-8 in less than one instruction per byte" (2021): three tables tell by the
 * halves of each byte and of the one before it which errors they can be part of. A zero byte stands at the end.
 */
function isUtf8(bytes: usize, length: i32): bool {
  const high1 = i8x16(2, 2, 2, 2, 2, 2, 2, 2, -128, -128, -128, -128, 0x21, 0x01, 0x15, 0x49);
  const low1 = i8x16(-25, -93, -125, -125, -117, -53, -53, -53, -53, -53, -53, -53, -53, -37, -53, -53);
  const high2 = i8x16(1, 1, 1, 1, 1, 1, 1, 1, -26, -82, -70, -70, 1, 1, 1, 1);
  let before = i64x2.splat(0);
  let error = i64x2.splat(0);
  for (let at: i32 = 0; at <= length; at += 16) {
    const now = v128.load(bytes + <usize>at);
    const one = i8x16.shuffle(before, now, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
    const two = i8x16.shuffle(before, now, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
    const three = i8x16.shuffle(before, now, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
    const special = v128.and(
      v128.and(
        i8x16.swizzle(high1, i8x16.shr_u(one, 4)),
        i8x16.swizzle(low1, v128.and(one, i8x16.splat(15))),
      ),
      i8x16.swizzle(high2, i8x16.shr_u(now, 4)),
    );
    const continued = v128.or(
      i8x16.sub_sat_u(two, i8x16.splat(0x60)),
      i8x16.sub_sat_u(three, i8x16.splat(0x70)),
    );
    error = v128.or(error, v128.xor(v128.and(continued, i8x16.splat(-128)), special));
    before = now;
  }
  return !v128.any_true(error);
}
