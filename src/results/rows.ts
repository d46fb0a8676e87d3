/**
 * A result as rows: keeps a copy of the bytes that came and decodes them when they are fetched. It tells the session when it is
 * full, and who waits here when there is something to read.
 */
import type { RedshiftError } from '../errors.js';
import type { CommandTag } from '../protocol/command-tag.js';
import type { RowRun } from '../protocol/framing.js';
import type { FieldDescription } from '../protocol/messages.js';
import type { Outcome, ResultSink } from '../session/conversation.js';
import type { ServerParameters } from '../session/parameters.js';
import type { TypeRegistry } from '../types/registry.js';
import { RowDecoder, type RowMode } from './row-decoder.js';
import { RowStore } from './row-store.js';

export type { CommandTag };

export interface RowResultOptions {
  readonly types: TypeRegistry;
  readonly rowMode: RowMode;
  /** Bytes that may wait unread before it calls itself full. */
  readonly bufferSize: number;
}

export class RowResult implements ResultSink {
  readonly #types: TypeRegistry;
  readonly #rowMode: RowMode;
  #bufferSize: number;
  #fields: readonly FieldDescription[] = [];
  #decoder: RowDecoder | undefined;
  readonly #store = new RowStore();
  #received = 0;
  #outcome: Outcome | undefined;
  #full = false;
  #dropped = false;
  #wake: (() => void)[] = [];
  #onRoom: () => void = () => undefined;

  constructor(options: RowResultOptions) {
    this.#types = options.types;
    this.#rowMode = options.rowMode;
    this.#bufferSize = options.bufferSize;
  }

  get held(): number {
    return this.#store.held;
  }

  /** Columns; empty when the statement gives no rows. */
  get fields(): readonly FieldDescription[] {
    return this.#fields;
  }

  get hasColumns(): boolean {
    return this.#decoder !== undefined;
  }

  /** Rows that came so far, read or not. */
  get received(): number {
    return this.#received;
  }

  get tag(): CommandTag | undefined {
    return this.#outcome !== undefined && 'tag' in this.#outcome ? this.#outcome.tag : undefined;
  }

  get error(): RedshiftError | undefined {
    return this.#outcome !== undefined && 'error' in this.#outcome ? this.#outcome.error : undefined;
  }

  get ended(): boolean {
    return this.#outcome !== undefined;
  }

  /** Called when half of the buffer is free again after the result was full. */
  set onRoom(call: () => void) {
    this.#onRoom = call;
  }

  /** A smaller buffer from now on (the result is being iterated). */
  shrink(bufferSize: number): void {
    this.#bufferSize = Math.min(this.#bufferSize, bufferSize);
  }

  // The session's side

  describe(fields: readonly FieldDescription[], formats: Uint8Array, server: ServerParameters): void {
    this.#fields = fields;
    const labels = fields.map(({ name, typeOid }) => ({ name, typeName: this.#types.typeName(typeOid) }));
    this.#decoder = new RowDecoder(this.#types.readers(fields, formats, server), labels, this.#rowMode);
  }

  rows(run: RowRun): boolean {
    this.#store.append(run);
    this.#received += run.rows;
    this.#full = this.#store.held >= this.#bufferSize;
    this.#notify();
    return !this.#full;
  }

  end(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#notify();
  }

  // The reader's side

  /** Resolves when there is a row to read, the buffer is full, or the result is over. */
  async waitForRows(): Promise<void> {
    while (!this.hasRow && this.#outcome === undefined) await this.#change();
  }

  /** Resolves when the buffer is full or the result is over. */
  async waitForFull(): Promise<void> {
    while (!this.#full && this.#outcome === undefined) await this.#change();
  }

  /** Decodes up to `count` of the rows that have come into `rows`. @throws DataError naming the column; the row is passed over. */
  take(count: number, rows: unknown[]): void {
    const decoder = this.#decoder;
    if (decoder === undefined) return;
    const wanted = rows.length + count;
    try {
      while (rows.length < wanted) {
        const batch = this.#store.next();
        if (batch === undefined) return;
        try {
          decoder.decode(batch, wanted - rows.length, rows);
        } finally {
          this.#store.pass(batch);
        }
      }
    } finally {
      this.#makeRoom();
    }
  }

  /** Rows were given up: the result is no longer whole. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** Gives up all that was not read. */
  drop(): void {
    this.#dropped = true;
    this.#store.drop();
    this.#full = false;
  }

  /** A row has come and was not read yet. */
  get hasRow(): boolean {
    return !this.#store.empty;
  }

  #makeRoom(): void {
    if (!this.#full || this.#store.held * 2 > this.#bufferSize) return;
    this.#full = false;
    this.#onRoom();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #notify(): void {
    if (this.#wake.length === 0) return;
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
