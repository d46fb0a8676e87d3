/**
 * Which prepared statements the server holds, by (SQL, parameter types): a least-recently-used list. What falls out is
 * closed on the server together with the next statement, so that closing never costs a round trip.
 */
import type { FieldDescription, FrontendMessage } from '../protocol/messages.js';

export interface PreparedStatement {
  readonly name: string;
  /** Columns as described; empty: the statement gives no rows. */
  readonly fields: readonly FieldDescription[];
}

/** Commands after which the plans of prepared statements may be stale (as redshift_connector does). */
const invalidating = /^(ALTER|CREATE|DROP|ROLLBACK|DEALLOCATE|DISCARD)\b/;

export class StatementCache {
  readonly #capacity: number;
  readonly #held = new Map<string, PreparedStatement>();
  /** Names that nobody will use again, until the server was told so. */
  readonly #toClose = new Set<string>();
  #counter = 0;

  /** @param capacity statements to keep; 0: every statement is unnamed and nothing is kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#held.size;
  }

  static key(sql: string, parameterOids: readonly number[]): string {
    return `${parameterOids.join(',')} ${sql}`;
  }

  get(key: string): PreparedStatement | undefined {
    const found = this.#held.get(key);
    if (found !== undefined) {
      this.#held.delete(key);
      this.#held.set(key, found);
    }
    return found;
  }

  /** A name that the server does not know yet; empty (the unnamed statement) when nothing is kept. */
  newName(): string {
    return this.#capacity === 0 ? '' : `rs_${String(++this.#counter)}`;
  }

  add(key: string, statement: PreparedStatement): void {
    if (statement.name === '') return;
    const replaced = this.#held.get(key);
    if (replaced !== undefined && replaced.name !== statement.name) this.#toClose.add(replaced.name);
    this.#held.delete(key);
    this.#held.set(key, statement);
    if (this.#held.size <= this.#capacity) return;
    const [oldest] = this.#held;
    if (oldest === undefined) return;
    this.#held.delete(oldest[0]);
    this.#toClose.add(oldest[1].name);
  }

  /** Forgets a name that was parsed but never used again. */
  abandon(name: string): void {
    if (name !== '') this.#toClose.add(name);
  }

  /** Forgets everything; the server is told with the next statement. */
  clear(): void {
    for (const { name } of this.#held.values()) this.#toClose.add(name);
    this.#held.clear();
  }

  completed(command: string): void {
    if (invalidating.test(command)) this.clear();
  }

  /** Close messages that are due; they go in front of the next statement's messages. */
  closing(): FrontendMessage[] {
    if (this.#toClose.size === 0) return [];
    return Array.from(this.#toClose, (name) => ({ type: 'Close', target: 'statement', name }));
  }

  /** Such a message was written. */
  told(name: string): void {
    this.#toClose.delete(name);
  }
}
