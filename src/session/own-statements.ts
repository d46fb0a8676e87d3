/**
 * BEGIN, COMMIT and ROLLBACK that the driver sends by itself, and requests to cancel, as seen by whoever watches them.
 * At most one statement of its own is on its way at a time; what becomes of it is told once.
 */
import type { RedshiftError } from '../errors.js';
import type { QueryOperation } from '../trace.js';

export type OwnOperation = Extract<QueryOperation, 'begin' | 'commit' | 'rollback' | 'cancel'>;

/** Is told of one of them. */
export interface Watcher {
  /** Bytes of it were written. */
  sent(): void;
  over(error?: RedshiftError): void;
}

/** Undefined: nobody watches. */
export type Watch = (operation: OwnOperation, sql: string) => Watcher | undefined;

export class OwnStatements {
  readonly #watch: Watch;
  #current: Watcher | undefined;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** It goes out with the next block. @returns to be called when the server has completed it */
  begin(sql: string): () => void {
    const watcher = this.#watch(operationOf(sql), sql);
    this.#current = watcher;
    return () => {
      if (this.#current === watcher) this.over();
    };
  }

  sent(): void {
    this.#current?.sent();
  }

  over(error?: RedshiftError): void {
    const watcher = this.#current;
    this.#current = undefined;
    watcher?.over(error);
  }
}

function operationOf(sql: string): OwnOperation {
  return sql === 'commit' || sql === 'rollback' ? sql : 'begin';
}
