/** What becomes of a decoded piece before it is appended to others: in place, in memory that the caller laid out. */

/** Adds to each of `count` int32s. */
export function addToAll(at: usize, count: i32, by: i32): void {
  const four = i32x4.splat(by);
  const end = at + ((<usize>count) << 2);
  for (; at + 16 <= end; at += 16) v128.store(at, i32x4.add(v128.load(at), four));
  for (; at < end; at += 4) store<i32>(at, load<i32>(at) + by);
}

/** Moves bits towards the end by 1 to 7 places, least significant first; the bits of one byte more are written. */
export function shiftBits(at: usize, bytes: i32, by: i32): void {
  const end = at + <usize>bytes;
  let carried: u64 = 0;
  for (; at + 8 <= end; at += 8) {
    const bits = load<u64>(at);
    store<u64>(at, (bits << by) | carried);
    carried = bits >> (64 - by);
  }
  for (; at < end; at++) {
    const bits = <u64>load<u8>(at);
    store<u8>(at, <u8>((bits << by) | carried));
    carried = bits >> (8 - by);
  }
  store<u8>(at, <u8>carried);
}

/** Whether a text begins with a byte that only goes on with a character of UTF-8: row's is from its offset to the next. */
export function splitsCharacter(offsets: usize, rows: i32, values: usize): bool {
  let split: u32 = 0;
  let start = load<i32>(offsets);
  for (let row = 0; row < rows; row++) {
    offsets += 4;
    const next = load<i32>(offsets);
    // The last of several that are empty tells for all of them.
    split |= u32((load<u8>(values + start) & 0xc0) == 0x80) & u32(start < next);
    start = next;
  }
  return split != 0;
}
