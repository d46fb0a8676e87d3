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
  /** The same, but forgotten only when a connection was of use: a server that lets in and hangs up is no better than one that refuses. */
  #streak = 0;
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

  /** What an attempt that begins now has to remember for failed(). */
  get streak(): number {
    return this.#streak;
  }

  /** A connection was made. */
  succeeded(): void {
    this.#failures = 0;
    this.#lastError = undefined;
  }

  /** A connection was of use. */
  proven(): void {
    this.#streak = 0;
  }

  /** @param before the streak when this attempt began: attempts that fail together count once */
  failed(error: unknown, before: number): void {
    this.#streak = Math.max(this.#streak, before + 1);
    this.#failures = this.#streak;
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
