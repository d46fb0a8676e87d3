/**
 * A result as rows: keeps the bytes as they came and decodes them when they are fetched. It tells the session when it is
 * full, and who waits here when there is something to read.
 */
import type { RedshiftError } from '../errors.js';
import type { CommandTag } from '../protocol/command-tag.js';
import type { RowRun } from '../protocol/framing.js';
import type { FieldDescription } from '../protocol/messages.js';
import type { Outcome, ResultSink } from '../session/conversation.js';
import type { ServerParameters } from '../session/parameters.js';
import type { TypeRegistry } from '../types/registry.js';
import { openRun, RowDecoder, type RowMode, type RunCursor } from './row-decoder.js';

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
  #held = 0;
  #fields: readonly FieldDescription[] = [];
  #decoder: RowDecoder | undefined;
  #runs: (RowRun | undefined)[] = [];
  #at = 0;
  #cursor: RunCursor | undefined;
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
    return this.#held;
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
    this.#runs.push(run);
    this.#received += run.rows;
    this.#held += run.bytes.length;
    this.#full = this.#held >= this.#bufferSize;
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
    try {
      for (let left = count; left > 0; left--) {
        const cursor = this.#nextCursor();
        if (cursor === undefined) return;
        rows.push(decoder.next(cursor));
      }
    } finally {
      this.#release();
    }
  }

  /** Rows were given up: the result is no longer whole. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** Gives up all that was not read. */
  drop(): void {
    this.#dropped = true;
    this.#runs = [];
    this.#at = 0;
    this.#cursor = undefined;
    this.#held = 0;
    this.#full = false;
  }

  /** A row has come and was not read yet. */
  get hasRow(): boolean {
    return (this.#cursor?.left ?? 0) > 0 || this.#at < this.#runs.length;
  }

  #nextCursor(): RunCursor | undefined {
    if (this.#cursor !== undefined && this.#cursor.left > 0) return this.#cursor;
    const run = this.#runs[this.#at];
    if (run === undefined) return undefined;
    // The bytes count as held until the run is done with; only then their memory is free.
    if (this.#cursor !== undefined) this.#held -= this.#cursor.block.bytes.length;
    this.#runs[this.#at++] = undefined;
    if (this.#at > 64 && this.#at * 2 > this.#runs.length) {
      this.#runs = this.#runs.slice(this.#at);
      this.#at = 0;
    }
    return (this.#cursor = openRun(run));
  }

  #release(): void {
    if (this.#cursor?.left === 0) {
      this.#held -= this.#cursor.block.bytes.length;
      this.#cursor = undefined;
    }
    if (!this.#full || this.#held * 2 > this.#bufferSize) return;
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
