/**
 * Which prepared statements the server holds, by (SQL, parameter types): a least-recently-used list. What falls out is
 * closed on the server together with the next statement, so that closing never costs a round trip.
 */
import { Execution } from '../protocol/execution.js';
import type { FieldDescription, FrontendMessage } from '../protocol/messages.js';
import type { ServerParameters } from './parameters.js';

/** Who says in which formats results are wanted. */
export interface ResultTypes {
  /** Per column 1 (binary) or 0 (text). */
  formats(fields: readonly FieldDescription[], server: ServerParameters): Uint8Array;
}

/** A statement as the server holds it, and how it was executed last, which is how it is executed next, most of the time. */
export class PreparedStatement {
  readonly name: string;
  /** Columns as described, the same list for every execution; empty: the statement gives no rows. */
  readonly fields: readonly FieldDescription[];
  #types: ResultTypes | undefined;
  #server: ServerParameters | undefined;
  #formats: Uint8Array = new Uint8Array(0);
  #execution: Execution | undefined;

  constructor(name: string, fields: readonly FieldDescription[]) {
    this.name = name;
    this.fields = fields;
  }

  /** Per column of a result for these types, as `execution` asks for them. */
  formats(types: ResultTypes, server: ServerParameters): Uint8Array {
    if (this.#types !== types || this.#server !== server) {
      this.#types = types;
      this.#server = server;
      this.#formats = types.formats(this.fields, server);
      this.#execution = undefined;
    }
    return this.#formats;
  }

  execution(types: ResultTypes, server: ServerParameters): Execution {
    const formats = this.formats(types, server);
    return (this.#execution ??= new Execution(this.name, formats));
  }
}

/** Commands after which the plans of prepared statements may be stale (as redshift_connector does). */
const invalidating = /^(ALTER|CREATE|DROP|ROLLBACK|DEALLOCATE|DISCARD)\b/;

export class StatementCache {
  readonly #capacity: number;
  readonly #held = new Map<string, PreparedStatement>();
  /** Names that nobody will use again, until the server was told so. */
  readonly #toClose = new Set<string>();
  /** Those that were sent and not answered yet, where statements do not wait for each other. */
  readonly #preparing = new Set<string>();
  #latest: PreparedStatement | undefined;
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
    if (found !== undefined && found !== this.#latest) {
      this.#held.delete(key);
      this.#held.set(key, found);
      this.#latest = found;
    }
    return found;
  }

  /** It is on its way; `prepared` has to be called when it was answered, whatever the answer was. */
  prepare(key: string): void {
    this.#preparing.add(key);
  }

  prepared(key: string): void {
    this.#preparing.delete(key);
  }

  /** It will be here when what was sent is answered. */
  isPreparing(key: string): boolean {
    return this.#preparing.size > 0 && this.#preparing.has(key);
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
    this.#latest = statement;
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
    this.#latest = undefined;
  }

  completed(command: string): void {
    if (command !== 'SELECT' && invalidating.test(command)) this.clear();
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
