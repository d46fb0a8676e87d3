/**
 * Rows out of the bytes of DataRow messages. The bytes were checked when they came (counts and lengths), so this only
 * walks. Many rows are read column by column; few, and those around a cell that cannot be read, cell by cell.
 */
import type { Block, CellReader, Cells, ColumnReader } from '../types/codec.js';
import { unreadableCell, type ColumnLabel } from './column-label.js';
import { findCells, rowHeader } from './find-cells.js';
import { LazyDecoder } from './lazy-rows.js';
import { copierFor, writerFor, type Copier, type Writer } from './row-makers.js';
import { endOf } from '../protocol/data-row.js';
import type { RowBatch } from './row-store.js';

/**
 * What a row is: an `array`, an `object` by column name, or a `lazy` object, whose values are read when they are asked for.
 *
 * `lazy` is for results of which few columns, or few rows, are looked at: fetching costs a third of objects or less, and
 * memory half. Such a row shows its columns as any object does (keys, spread, `for … in`, JSON, console) and can be kept
 * and changed. What differs: a value that cannot be read throws its DataError when it is asked for, not when the row is
 * fetched; a function in `types` runs then, too; a row keeps its neighbours' bytes alive, up to 512 rows; and since it is a
 * Proxy, `structuredClone` and `postMessage` take `{ ...row }`, not the row.
 */
export type RowMode = 'array' | 'object' | 'lazy';

/** Below it the loops over columns cost more to enter than they save. */
const fewRows = 16;
/** Cells that are read at a time: their positions and values stay in the processor's cache. */
const cellsAtOnce = 8192;
const mostRows = 512;

export interface DecoderOptions {
  readonly readers: readonly CellReader[];
  readonly columnReaders: readonly ColumnReader[];
  readonly labels: readonly ColumnLabel[];
  readonly mode: RowMode;
}

export class RowDecoder {
  readonly #readers: readonly CellReader[];
  readonly #columnReaders: readonly ColumnReader[];
  readonly #labels: readonly ColumnLabel[];
  readonly #names: readonly string[];
  /** Object rows are copies of this one: own properties in column order, whatever they are called (`__proto__` too). */
  readonly #template: Readonly<Record<string, unknown>> | undefined;
  readonly #copy: Copier;
  readonly #writers: readonly Writer[];
  readonly #rowsAtOnce: number;
  readonly #lazy: LazyDecoder | undefined;
  #starts: Int32Array | undefined;
  /** Rows of a batch that hold a cell which cannot be read: they go cell by cell. */
  #careful = 0;

  constructor({ readers, columnReaders, labels, mode }: DecoderOptions) {
    this.#readers = readers;
    this.#columnReaders = columnReaders;
    this.#labels = labels;
    this.#names = labels.map(({ name }) => name);
    this.#template = mode === 'object' ? templateOf(this.#names) : undefined;
    this.#lazy = mode === 'lazy' ? new LazyDecoder({ readers, columnReaders, labels }) : undefined;
    this.#copy = copierFor(this.#names);
    this.#writers = mode === 'object' ? this.#names.map(writerFor) : [];
    this.#rowsAtOnce = Math.max(
      fewRows,
      Math.min(mostRows, Math.floor(cellsAtOnce / Math.max(readers.length, 1))),
    );
  }

  /** Appends up to `most` rows of the batch to `rows`; moves on, also over a row that cannot be read. @throws DataError naming its column */
  decode(batch: RowBatch, most: number, rows: unknown[]): void {
    let left = Math.min(most, batch.rows);
    while (left > 0) {
      const count = Math.min(left, this.#rowsAtOnce);
      left -= count;
      if (this.#lazy !== undefined) takeLazy(this.#lazy, batch, count, rows);
      else if (this.#careful > 0 || count < fewRows || !this.#byColumns(batch, count, rows)) {
        this.#byCells(batch, count, rows);
      }
    }
  }

  /** @returns false when a cell cannot be read: nothing was done then */
  #byColumns(batch: RowBatch, count: number, rows: unknown[]): boolean {
    const columns = this.#columnReaders.length;
    // Not the decoder's own while it is in use: a user's reader may do anything.
    const starts = this.#starts ?? new Int32Array(this.#rowsAtOnce * columns);
    this.#starts = undefined;
    const end = findCells(batch.view, batch.offset, count, columns, starts);
    const cells: Cells = { block: batch, rows: count, columns, starts };
    const values = new Array<unknown[]>(columns);
    try {
      for (let column = 0; column < columns; column++) {
        // Filled, so that every such array is of one kind for the engine, whatever is put in.
        const out = new Array<unknown>(count).fill(null);
        this.#columnReaders[column]!(cells, column, out);
        values[column] = out;
      }
    } catch {
      this.#careful = count;
      return false;
    } finally {
      this.#starts = starts;
    }
    if (this.#template === undefined) pushArrays(values, count, rows);
    else this.#pushObjects(values, count, this.#template, rows);
    batch.offset = end;
    batch.rows -= count;
    return true;
  }

  #pushObjects(
    values: readonly unknown[][],
    count: number,
    template: Readonly<Record<string, unknown>>,
    rows: unknown[],
  ): void {
    const from = rows.length;
    this.#copy(template, count, rows);
    const names = this.#names;
    for (let column = 0; column < names.length; column++) {
      this.#writers[column]!(rows as Record<string, unknown>[], from, names[column]!, values[column]!);
    }
  }

  #byCells(batch: RowBatch, count: number, rows: unknown[]): void {
    for (let left = count; left > 0; left--) {
      const { offset } = batch;
      batch.offset = offset + 1 + batch.view.getInt32(offset + 1);
      batch.rows--;
      if (this.#careful > 0) this.#careful--;
      rows.push(
        this.#template === undefined
          ? this.#array(batch, offset)
          : this.#object(batch, offset, this.#template),
      );
    }
  }

  #array(block: Block, offset: number): unknown[] {
    const readers = this.#readers;
    const { view } = block;
    const row = new Array<unknown>(readers.length);
    let at = offset + rowHeader;
    let column = 0;
    try {
      for (; column < readers.length; column++) {
        const length = view.getInt32(at);
        at += 4;
        if (length < 0) row[column] = null;
        else {
          row[column] = readers[column]!(block, at, at + length);
          at += length;
        }
      }
    } catch (error) {
      throw unreadableCell(column, this.#labels[column]!, error);
    }
    return row;
  }

  #object(
    block: Block,
    offset: number,
    template: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> {
    const readers = this.#readers;
    const names = this.#names;
    const { view } = block;
    const row: Record<string, unknown> = { ...template };
    let at = offset + rowHeader;
    let column = 0;
    try {
      for (; column < readers.length; column++) {
        const length = view.getInt32(at);
        at += 4;
        if (length >= 0) {
          row[names[column]!] = readers[column]!(block, at, at + length);
          at += length;
        } else row[names[column]!] = null;
      }
    } catch (error) {
      throw unreadableCell(column, this.#labels[column]!, error);
    }
    return row;
  }
}

/**
 * A row of NULLs. JSON.parse defines properties, it does not assign them: a column `__proto__` is data like any other, and of
 * columns with one name there is one property. It lays all of them out in the object itself, which an object that grows
 * does with the first four only: the copies are one object less for the garbage collector and 16 bytes smaller, and rows of six
 * to ten columns cost 6 % less when they are kept.
 */
function templateOf(names: readonly string[]): Readonly<Record<string, unknown>> {
  const text = `{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`;
  return JSON.parse(text) as Record<string, unknown>;
}

function takeLazy(lazy: LazyDecoder, batch: RowBatch, count: number, rows: unknown[]): void {
  const end = count === batch.rows ? batch.end : endOf(batch.view, batch.offset, count);
  lazy.decode(batch, end, count, rows);
  batch.offset = end;
  batch.rows -= count;
}

function pushArrays(values: readonly unknown[][], count: number, rows: unknown[]): void {
  const columns = values.length;
  for (let at = 0; at < count; at++) {
    const row = new Array<unknown>(columns);
    for (let column = 0; column < columns; column++) row[column] = values[column]![at];
    rows.push(row);
  }
}
