/** A connection on loan from a pool. Released, it is over for its user, whatever becomes of the session behind it. */
import { Connection } from './connection.js';
import type { Executor } from './executor.js';

/**
 * A connection that belongs to a pool: all of `Connection`, and `release()`. After its release every call of it, of its cursors and
 * of its results is a PoolError. There is no other way back than its own `release()`, so it cannot end up in another pool.
 *
 * @example
 * const conn = await pool.connect();
 * try {
 *   await conn.query('create temp table seen (id int)');
 * } finally {
 *   conn.release();
 * }
 * // the same in TypeScript, and in JavaScript from Node 24 on: await using conn = await pool.connect();
 */
export class PooledConnection extends Connection {
  readonly #executor: Executor;
  readonly #back: (error: unknown) => Promise<void>;
  #released: Promise<void> | undefined;

  /** @internal Made by `pool.connect()`. */
  constructor(executor: Executor, back: (error: unknown) => Promise<void>) {
    super(executor);
    this.#executor = executor;
    this.#back = back;
  }

  /**
   * Gives the connection back; further calls do nothing. Results that were not read are given up, and a transaction that is
   * still open is rolled back, before anybody else gets the connection; when that takes more than `closeTimeout`, it is closed.
   * What was SET stays as it is for the next user, unless the pool's option `onRelease` resets it.
   *
   * @param error anything but undefined, null and false: the connection is not to be used again, and closed
   */
  release(error?: unknown): void {
    void this.#release(error);
  }

  /** It was given back. */
  get released(): boolean {
    return this.#released !== undefined;
  }

  /** It was released, or the connection behind it is over. */
  override get closed(): boolean {
    return this.released || super.closed;
  }

  /** The same as `release()`, so that code that closes its connection works with one of a pool too. Resolves when it is back. */
  override async close(): Promise<void> {
    await this.#release(undefined);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#release(undefined);
  }

  /** @internal For a unit of work that has ended: what it has not read to the end is given up, as if its cursors were closed. */
  giveUpUnread(): Promise<void> {
    return this.#executor.giveUpUnread();
  }

  #release(error: unknown): Promise<void> {
    if (this.#released === undefined) {
      this.#executor.revoke();
      this.#released = this.#back(error === null || error === false ? undefined : error);
    }
    return this.#released;
  }
}
