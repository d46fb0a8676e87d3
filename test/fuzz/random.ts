/** Random choices from a seed: the same seed and iteration make the same choices on every machine. Never Math.random. */

/** xoshiro128** (Blackman and Vigna), its state drawn from the seed by splitmix32. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, iteration = 0) {
    let state = (seed ^ Math.imul(iteration + 1, 0x9e37_79b1)) >>> 0;
    const next = (): number => {
      state = (state + 0x9e37_79b9) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0_aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    };
    this.#a = next() ^ Math.floor(iteration / 0x1_0000_0000);
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * end);
  }

  /** `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** 0 and more; each further one half as likely, so that most are small. */
  few(most = 30): number {
    let count = 0;
    while (count < most && this.below(3) > 0) count++;
    return count;
  }

  list<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let at = 0; at < count; at++) bytes[at] = this.below(256);
    return bytes;
  }

  /** An integer of exactly so many random bits, two's complement. */
  bits(count: number): bigint {
    let value = 0n;
    for (let left = count; left > 0; left -= 32) value = (value << 32n) | BigInt(this.uint32());
    return BigInt.asIntN(count, value);
  }

  /** An integer of at most `count` bits whose size is spread over all sizes, and often lies on an edge. */
  integer(count: number): bigint {
    const size = BigInt.asIntN(count, this.bits(count) >> BigInt(this.below(count)));
    switch (this.below(8)) {
      case 0:
        return BigInt.asIntN(count, (1n << BigInt(count - 1)) - BigInt(this.below(3)));
      case 1:
        return BigInt.asIntN(count, (1n << BigInt(this.below(count))) + BigInt(this.between(-2, 2)));
      case 2:
        return BigInt.asIntN(
          count,
          10n ** BigInt(this.below(Math.ceil(count * 0.3))) * BigInt(this.between(-9, 9)),
        );
      default:
        return size;
    }
  }

  /** Text joined of pieces. */
  text(pieces: readonly string[], most = 12): string {
    let text = '';
    for (let left = this.few(most); left > 0; left--) text += this.pick(pieces);
    return text;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let at = shuffled.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!];
    }
    return shuffled;
  }
}
