/** The connections that have left the pool and are saying goodbye, and the end of a pool, which waits for them within a bound. */
import { PoolError } from '../errors.js';
import type { Physical } from './pool-member.js';

export class Closing<C extends Physical> {
  readonly #leaving = new Set<C>();
  readonly #empty: () => boolean;
  #settled: (() => void) | undefined;

  /** @param empty whether all connections have left */
  constructor(empty: () => boolean) {
    this.#empty = empty;
  }

  close(connection: C): void {
    this.#leaving.add(connection);
    void connection.close().finally(() => {
      this.#leaving.delete(connection);
      this.settle();
    });
  }

  /** Something has left: perhaps it was the last. */
  settle(): void {
    if (this.#leaving.size === 0 && this.#empty()) this.#settled?.();
  }

  /** Resolves when nothing is left, at the latest when `force` was called after this many seconds. */
  async finish(timeout: number, force: () => void): Promise<void> {
    await new Promise<void>((resolve) => {
      const bound = setTimeout(() => {
        force();
        for (const connection of this.#leaving) connection.destroy(new PoolError('The pool was ended'));
        resolve();
      }, timeout * 1000);
      this.#settled = () => {
        clearTimeout(bound);
        resolve();
      };
      this.settle();
    });
  }
}
