/** Chance from a seed, as the clients need it. */
import { seededRandom } from '../scripted/faults.js';

export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** True in so many of 1 cases. */
  happens(share: number): boolean {
    return this.#random() < share;
  }

  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** Small ones mostly: half of them below a quarter of a hundredth of the limit and so on. */
  skewed(limit: number): number {
    return Math.floor(this.#random() ** 3 * limit);
  }
}
