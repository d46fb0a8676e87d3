/**
 * A result as rows: keeps a copy of the bytes that came and decodes them when they are fetched. It tells the session when it is
 * full, and who waits here when there is something to read.
 */
import type { RedshiftError } from '../errors.js';
import type { CommandTag } from '../protocol/command-tag.js';
import type { FieldDescription } from '../protocol/messages.js';
import type { Outcome, ResultSink } from '../session/conversation.js';
import type { ServerParameters } from '../session/parameters.js';
import type { TypeRegistry } from '../types/registry.js';
import { ColumnBlockDecoder } from './column-decoder.js';
import { planColumns } from './column-plan.js';
import { ColumnResult } from './column-result.js';
import { decoderFor } from './decoders.js';
import type { RowDecoder, RowMode } from './row-decoder.js';
import { slabBytes } from '../kernel/layout.js';
import { endOf, type IncomingRows } from '../protocol/data-row.js';
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
  #formats: Uint8Array = new Uint8Array(0);
  #server: ServerParameters | undefined;
  #decoder: RowDecoder | undefined;
  readonly #store = new RowStore();
  /** Rows of the store that were decoded ahead, and are not passed over yet. */
  #ahead = 0;
  #received = 0;
  #outcome: Outcome | undefined;
  #full = false;
  #dropped = false;
  #wake: (() => void)[] = [];
  /** Somebody waits for so much that was not read. */
  #wanted: { readonly rows: number; readonly bytes: number; readonly come: () => void } | undefined;
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
    this.#formats = formats;
    this.#server = server;
    this.#decoder = decoderFor(this.#types, this.#rowMode, { fields, formats, server });
  }

  rows(incoming: IncomingRows): boolean {
    this.#store.take(incoming);
    this.#received += incoming.rows;
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
    while (!this.hasRow && this.#outcome === undefined) await this.change();
  }

  /**
   * Resolves when so many rows or bytes can be read, or a slab's worth, the buffer is full, or the result is over: who takes
   * many rows at a time is not woken for each piece that came (a mixed row over TLS, in pieces of 16 KiB: 0.39 to 0.32 µs).
   */
  async waitForMany(rows: number, bytes: number): Promise<void> {
    while (!this.#has(rows, bytes)) {
      await new Promise<void>((come) => {
        this.#wanted = { rows, bytes, come };
      });
    }
  }

  #has(rows: number, bytes: number): boolean {
    const store = this.#store;
    return (
      store.unread >= rows ||
      store.held >= Math.min(bytes, slabBytes) ||
      this.#full ||
      this.#outcome !== undefined
    );
  }

  /** Resolves when the buffer is full or the result is over. */
  async waitForFull(): Promise<void> {
    while (!this.#full && this.#outcome === undefined) await this.change();
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

  /**
   * Decodes up to `most` rows ahead: they stay unread, and can still be taken as something else, until `settle` passes over
   * them. At least one is decoded when there is one. @throws DataError as `take`; the row counts as decoded
   */
  peek(most: number, rows: unknown[]): void {
    const batch = this.#store.next();
    if (this.#decoder === undefined || batch === undefined) return;
    const { offset, rows: unread } = batch;
    try {
      this.#decoder.decode(batch, most, rows);
    } finally {
      this.#ahead = unread - batch.rows;
      batch.offset = offset;
      batch.rows = unread;
      this.#store.pass(batch);
    }
  }

  /** Passes over the rows that were decoded ahead but the last `unread` of them. */
  settle(unread = 0): void {
    let left = this.#ahead - unread;
    this.#ahead = 0;
    for (let batch; left > 0 && (batch = this.#store.next()) !== undefined;) {
      const rows = Math.min(left, batch.rows);
      batch.offset = rows === batch.rows ? batch.end : endOf(batch.view, batch.offset, rows);
      batch.rows -= rows;
      left -= rows;
      this.#store.pass(batch);
    }
    this.#makeRoom();
  }

  /** Columns of this result, empty as yet. Only after it was described. */
  columns(): ColumnResult {
    const plans = planColumns(this.#fields, this.#formats, this.#types, this.#server!);
    return new ColumnResult(new ColumnBlockDecoder(plans));
  }

  /** Rows that have come go into columns until these have so many rows or bytes. @throws DataError naming the column; the rows beside the bad one are passed over too */
  takeColumns(columns: ColumnResult, rows: number, bytes: number): void {
    try {
      while (columns.numRows < rows && columns.bytes < bytes) {
        const batch = this.#store.next();
        if (batch === undefined) return;
        try {
          columns.take(batch, rows - columns.numRows);
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
    this.#ahead = 0;
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

  /** Resolves when rows come next, or the end does. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #notify(): void {
    const wanted = this.#wanted;
    if (wanted !== undefined && this.#has(wanted.rows, wanted.bytes)) {
      this.#wanted = undefined;
      wanted.come();
    }
    if (this.#wake.length === 0) return;
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
