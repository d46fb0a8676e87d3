/**
 * What a pool knows of whether its server can be reached, and when to try again. After a failure there is one attempt at a time, each
 * after a longer wait, until one succeeds; then nothing is held back any more (row Q6 of docs/failures.md).
 */
import { backoff } from './backoff.js';

/** Seconds of the first wait, and the longest one while somebody waits for a connection, and while nobody does. */
const firstWait = 0.1;
const longestForWaiters = 2;
const longestForNobody = 30;

export class Reach {
  #failures = 0;
  #failedAt = 0;
  #random = 0;
  #lastError: unknown;

  /** Attempts that failed since the last that succeeded. */
  get failures(): number {
    return this.#failures;
  }

  /** Of the last attempt, when it failed. */
  get lastError(): unknown {
    return this.#lastError;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#lastError = undefined;
  }

  /** @param before failures that there were when this attempt began: those that failed together count once */
  failed(error: unknown, before: number): void {
    this.#failures = Math.max(this.#failures, before + 1);
    this.#failedAt = performance.now();
    this.#random = Math.random();
    this.#lastError = error;
  }

  /** The time (of `performance.now()`) before which nobody may connect. */
  notBefore(somebodyWaits: boolean): number {
    if (this.#failures === 0) return -Infinity;
    const longest = somebodyWaits ? longestForWaiters : longestForNobody;
    return this.#failedAt + 1000 * backoff(this.#failures, firstWait, longest, () => this.#random);
  }
}
