/**
 * Rows of a result that were decoded before somebody asked for them: single fetches and iteration decode some hundred at a
 * time. They stay unread in the result until they went out, so that another call can still take them as columns.
 */
import type { RowResult } from '../results/rows.js';

/** Rows that are decoded at a time for single fetches and iteration. */
const batchRows = 256;

export class ReadAhead {
  #ready: unknown[] = [];
  #at = 0;
  /** The error of the row behind those that are ready. */
  #failure: unknown;

  /** Rows that are ready. */
  get count(): number {
    return this.#ready.length - this.#at;
  }

  /** A row that cannot be read is next, or comes behind those that are ready. */
  get failing(): boolean {
    return this.#failure !== undefined;
  }

  /** The next row; only when there is one. */
  next(): unknown {
    const row = this.#ready[this.#at];
    // Whoever has it decides how long it lives.
    this.#ready[this.#at++] = undefined;
    return row;
  }

  /** Up to so many rows. */
  take(count: number): unknown[] {
    const rows = this.#ready.slice(this.#at, this.#at + count);
    this.#ready.fill(undefined, this.#at, this.#at + rows.length);
    this.#at += rows.length;
    return rows;
  }

  /** Decodes until `count` rows are ready, if there are so many. A row that cannot be read fails after those before it. */
  async fill(result: RowResult, count: number): Promise<void> {
    if (this.count >= count || this.failing) return;
    // What is left goes out with this call, so that all which was decoded ahead is done with. What was fetched goes before
    // more comes, or a long result would grow here row by row.
    result.settle();
    this.#ready = this.#ready.slice(this.#at);
    this.#at = 0;
    while (this.#failure === undefined && this.#ready.length < count) {
      await result.waitForRows();
      if (result.ended && !result.hasRow) return;
      const missing = count - this.#ready.length;
      try {
        result.settle();
        if (missing >= batchRows) result.take(missing, this.#ready);
        else result.peek(batchRows, this.#ready);
      } catch (error) {
        this.#failure = error;
      }
    }
  }

  /** All rows that are ready, as rows. @throws the error behind them */
  rest(result: RowResult): unknown[] {
    const rows = this.#ready.slice(this.#at);
    result.settle();
    this.#clearRows();
    this.throwFailure();
    return rows;
  }

  /** Rows that are ready are unread again. @throws the error of a row when that is next */
  rewind(result: RowResult): void {
    if (this.count === 0) this.throwFailure();
    result.settle(this.count + (this.failing ? 1 : 0));
    this.clear();
  }

  /** Once: then the row is passed over. */
  throwFailure(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    this.#failure = undefined;
    throw failure as Error;
  }

  /** Forgets rows and error. */
  clear(): void {
    this.#clearRows();
    this.#failure = undefined;
  }

  #clearRows(): void {
    this.#ready = [];
    this.#at = 0;
  }
}
