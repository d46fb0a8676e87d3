/** What a proxy may do to the bytes of one direction. Random choices come from a seed, so that a failure can be repeated. */

/** How a stream ends: FIN on both sides; RST on both sides; FIN to its receiver only, which may go on talking. */
export type Ending = 'fin' | 'rst' | 'half';

export type Fault =
  | { readonly does: 'pass' }
  /** In pieces of so many bytes; 1: byte by byte. */
  | { readonly does: 'split'; readonly piece: number }
  /** In pieces of random sizes, up to `most` bytes (64 unless given). */
  | { readonly does: 'shuffle'; readonly seed: number; readonly most?: number }
  /** What comes within so many milliseconds of each other arrives as one piece. */
  | { readonly does: 'coalesce'; readonly milliseconds: number }
  /** Each chunk so many milliseconds late. */
  | { readonly does: 'delay'; readonly milliseconds: number }
  /** From this byte on nothing arrives, and nobody is told. */
  | { readonly does: 'swallow'; readonly from: number }
  /** So many bytes arrive, then the end does. */
  | { readonly does: 'cut'; readonly at: number; readonly how: Ending }
  /** These bytes arrive in front of that one, which nobody had sent. */
  | { readonly does: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  /** This byte arrives changed: XOR with the mask, 0xff unless given. */
  | { readonly does: 'corrupt'; readonly at: number; readonly mask?: number };

export interface Treated {
  /** What arrives, piece by piece. */
  readonly pieces: readonly Uint8Array[];
  readonly delay: number;
  readonly cut: Ending | undefined;
}

/** Applies a fault to the chunks of a stream, one after the other; byte numbers count from the stream's beginning. */
export class FaultyStream {
  /** Milliseconds for which chunks are gathered before they are treated as one. */
  readonly gathers: number;
  readonly #fault: Fault;
  readonly #random: () => number;
  #seen = 0;
  #done = false;

  constructor(fault: Fault = { does: 'pass' }) {
    this.#fault = fault;
    this.#random = seededRandom(fault.does === 'shuffle' ? fault.seed : 0);
    this.gathers = fault.does === 'coalesce' ? fault.milliseconds : 0;
  }

  treat(chunk: Uint8Array): Treated {
    const start = this.#seen;
    this.#seen += chunk.length;
    const fault = this.#fault;
    const whole = { pieces: [chunk], delay: 0, cut: undefined };
    switch (fault.does) {
      case 'pass':
      case 'coalesce':
        return whole;
      case 'split':
        return { ...whole, pieces: this.#pieces(chunk, () => fault.piece) };
      case 'shuffle':
        return {
          ...whole,
          pieces: this.#pieces(chunk, () => 1 + Math.floor(this.#random() * (fault.most ?? 64))),
        };
      case 'delay':
        return { ...whole, delay: fault.milliseconds };
      case 'swallow':
        return { ...whole, pieces: [chunk.subarray(0, Math.max(0, fault.from - start))] };
      case 'cut':
        if (this.#seen < fault.at) return whole;
        return { ...whole, pieces: [chunk.subarray(0, Math.max(0, fault.at - start))], cut: fault.how };
      case 'insert': {
        if (this.#done || this.#seen < fault.at) return whole;
        this.#done = true;
        const at = fault.at - start;
        return { ...whole, pieces: [chunk.subarray(0, at), fault.bytes, chunk.subarray(at)] };
      }
      case 'corrupt': {
        const at = fault.at - start;
        if (at < 0 || at >= chunk.length) return whole;
        const changed = Uint8Array.from(chunk);
        changed[at] = changed[at]! ^ (fault.mask ?? 0xff);
        return { ...whole, pieces: [changed] };
      }
    }
  }

  #pieces(chunk: Uint8Array, size: () => number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < chunk.length;) {
      const next = at + Math.max(1, size());
      pieces.push(chunk.subarray(at, next));
      at = next;
    }
    return pieces;
  }
}

/** Numbers in [0, 1): mulberry32, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
