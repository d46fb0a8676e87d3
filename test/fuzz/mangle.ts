/** Harm to bytes and texts: what a broken server, a bad line or a bad actor makes of them. */
import type { Random } from './random.js';

/** One to a few changes: flip, insert, delete, double, swap, cut; `pieces` are what has a meaning there. */
export function mangleBytes(random: Random, bytes: Uint8Array, pieces: readonly string[]): Buffer {
  let mangled: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.few(4); left > 0; left--) mangled = mangleOnce(random, mangled, pieces);
  return mangled;
}

function mangleOnce(random: Random, bytes: Buffer, pieces: readonly string[]): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random.few(8));
  const put = (middle: Uint8Array, end = at): Buffer =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(end)]);
  switch (random.below(8)) {
    case 0:
      return put(Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]), Math.min(bytes.length, at + 1));
    case 1:
      return put(Buffer.from([random.below(256)]), Math.min(bytes.length, at + 1));
    case 2:
      return put(random.bytes(1 + random.few(3)));
    case 3:
      return put(Buffer.alloc(0), to);
    case 4:
      return put(bytes.subarray(at, to));
    case 5:
      return bytes.subarray(0, at);
    default:
      return put(Buffer.from(random.pick(pieces)), random.oneIn(2) ? at : to);
  }
}
