/**
 * Where the cells of a block of DataRow messages lie, column by column. The messages were checked when they came (counts and
 * lengths), so this only walks. It decodes nothing.
 */
import type { RowBlock } from './lanes.js';

/** Type byte, int32 length, int16 column count: where a DataRow's first cell begins. */
const rowHeader = 7;

export class Cells {
  readonly columns: number;
  bytes: Uint8Array = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);
  rows = 0;
  /** Where the cell of a row begins, at `base(column) + row`; -1: NULL. Its length are the four bytes before it. */
  starts = new Int32Array(0);
  /** NULLs by column. */
  readonly nulls: Int32Array;
  #stride = 0;

  constructor(columns: number) {
    this.columns = columns;
    this.nulls = new Int32Array(columns);
  }

  base(column: number): number {
    return column * this.#stride;
  }

  walk({ bytes, start, rows }: RowBlock): void {
    const { columns, nulls } = this;
    const { buffer, byteOffset, byteLength } = bytes;
    if (this.view.buffer !== buffer || this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(buffer, byteOffset, byteLength);
    }
    this.rows = rows;
    // Not a power of two, or the columns' places would fall into the same lines of the cache.
    const stride = (this.#stride = rows + 16);
    if (this.starts.length < stride * columns) this.starts = new Int32Array(stride * columns);
    const { view, starts } = this;
    nulls.fill(0);
    let at = start;
    for (let row = 0; row < rows; row++) {
      at += rowHeader;
      for (let column = 0, place = row; column < columns; column++, place += stride) {
        const length = view.getInt32(at);
        at += 4;
        if (length < 0) {
          starts[place] = -1;
          nulls[column]!++;
        } else {
          starts[place] = at;
          at += length;
        }
      }
    }
  }

  /** Lets go of the block. */
  release(): void {
    this.bytes = new Uint8Array(0);
    this.view = new DataView(this.bytes.buffer);
  }
}
