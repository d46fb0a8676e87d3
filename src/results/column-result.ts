/** Columns out of the blocks of a result, while they come in: what a data frame is filled from. Never makes a row. */
import { endOf } from '../protocol/data-row.js';
import type { RowBatch } from './row-store.js';
import type { ColumnBlockDecoder } from './column-decoder.js';
import { Column } from './column.js';
import { DataFrame } from './data-frame.js';
import { GrowingColumn } from './growing-column.js';

export class ColumnResult {
  readonly #decoder: ColumnBlockDecoder;
  #columns: GrowingColumn[];
  #numRows = 0;
  /** Bytes of DataRow messages that went in. */
  #bytes = 0;

  constructor(decoder: ColumnBlockDecoder) {
    this.#decoder = decoder;
    this.#columns = decoder.plans.map(({ field }) => new GrowingColumn(field));
  }

  get numRows(): number {
    return this.#numRows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes up to `most` rows of the batch, and moves it on over them; over all of them too when one of them cannot be read.
   *
   * @throws DataError naming the column
   */
  take(batch: RowBatch, most: number): void {
    const { bytes, view, offset: start, kernelSlab } = batch;
    const placed = kernelSlab === undefined ? undefined : { slab: kernelSlab, row: batch.all - batch.rows };
    const rows = Math.min(most, batch.rows);
    const end = rows === batch.rows ? batch.end : endOf(view, start, rows);
    batch.offset = end;
    batch.rows -= rows;
    const pieces = this.#decoder.decode({ bytes, view, start, end, rows, placed });
    for (let column = 0; column < pieces.length; column++)
      this.#columns[column]!.append(pieces[column]!, rows);
    this.#numRows += rows;
    this.#bytes += end - start;
  }

  /** What was taken, as a data frame; the next one begins empty. */
  finish(): DataFrame {
    const columns = this.#columns;
    const numRows = this.#numRows;
    this.#columns = columns.map(({ field }) => new GrowingColumn(field));
    this.#numRows = 0;
    this.#bytes = 0;
    return new DataFrame(
      columns.map((column) => new Column(column.field, column.finish())),
      numRows,
    );
  }
}
