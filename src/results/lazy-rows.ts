/**
 * Rows that are read when they are asked: objects over a copy of their bytes, which a column is read from for all rows of
 * a batch when the first of them is asked for it. They are proxies: only these can show their columns as own properties,
 * so that keys, spread and JSON work as with any object. Getters on a class would read 27 ns a column faster, and give
 * `{}` when spread; own getters would cost more to make than a row costs to read.
 */
import { inspect } from 'node:util';
import type { Block, CellReader, Cells, ColumnReader } from '../types/codec.js';
import { findCells } from './find-cells.js';
import { unreadableCell, type ColumnLabel } from './column-label.js';
import type { RowBatch } from './row-store.js';

/** What is known of the columns of a result; its rows share it. */
export interface LazyShape {
  readonly readers: readonly CellReader[];
  readonly columnReaders: readonly ColumnReader[];
  readonly labels: readonly ColumnLabel[];
}

/** Some rows, the bytes they came in, and the columns that were read of them. */
class LazyBatch {
  readonly #shape: LazyShape;
  readonly #count: number;
  /** Undefined when every column was read. */
  #block: Block | undefined;
  #starts: Int32Array | undefined;
  /** Null: the column holds a cell that cannot be read, so that each is read by itself, again and again. */
  readonly #columns: (unknown[] | null | undefined)[];
  #unread: number;

  constructor(shape: LazyShape, bytes: Buffer, count: number) {
    this.#shape = shape;
    this.#count = count;
    this.#block = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
    this.#unread = shape.labels.length;
    this.#columns = new Array<undefined>(this.#unread);
  }

  /** @throws DataError naming the column when the cell cannot be read */
  value(column: number, row: number): unknown {
    const known = this.#columns[column];
    if (known !== undefined && known !== null) return known[row];
    const read = known === undefined ? this.#read(column) : null;
    return read === null ? this.#cell(column, row) : read[row];
  }

  #read(column: number): unknown[] | null {
    const cells = this.#cells();
    const out = new Array<unknown>(this.#count).fill(null);
    try {
      this.#shape.columnReaders[column]!(cells, column, out);
    } catch {
      return (this.#columns[column] = null);
    }
    this.#columns[column] = out;
    if (--this.#unread === 0) this.#block = this.#starts = undefined;
    return out;
  }

  #cell(column: number, row: number): unknown {
    const { block, starts, columns } = this.#cells();
    const start = starts[row * columns + column]!;
    const length = block.view.getInt32(start - 4);
    if (length < 0) return null;
    try {
      return this.#shape.readers[column]!(block, start, start + length);
    } catch (error) {
      throw unreadableCell(column, this.#shape.labels[column]!, error);
    }
  }

  #cells(): Cells {
    const block = this.#block!;
    const columns = this.#columns.length;
    if (this.#starts === undefined) {
      this.#starts = new Int32Array(this.#count * columns);
      findCells(block.view, 0, this.#count, columns, this.#starts);
    }
    return { block, rows: this.#count, columns, starts: this.#starts };
  }
}

type Key = string | symbol;

/** What a row's proxy stands before: it knows where its values are, until it is changed and has them itself. */
class LazyRow {
  #batch: LazyBatch | undefined;
  readonly #row: number;

  private constructor(batch: LazyBatch, row: number) {
    this.#batch = batch;
    this.#row = row;
  }

  /** @param columns where each name's value is, in the order of the keys */
  static maker(
    columns: ReadonlyMap<Key, number>,
  ): (batch: LazyBatch, count: number, rows: unknown[]) => void {
    const keys = [...columns.keys()];
    // No private method: a class that has one marks each of its objects.
    const filled = (row: LazyRow): LazyRow => {
      const batch = row.#batch;
      if (batch === undefined) return row;
      const values = [...columns].map(([key, column]): [Key, unknown] => [
        key,
        batch.value(column, row.#row),
      ]);
      row.#batch = undefined;
      Object.setPrototypeOf(row, Object.prototype);
      for (const [key, value] of values) {
        Object.defineProperty(row, key, { value, writable: true, enumerable: true, configurable: true });
      }
      return row;
    };
    const handler: ProxyHandler<LazyRow> = {
      get(row, key, receiver: unknown): unknown {
        const batch = row.#batch;
        if (batch === undefined) return Reflect.get(row, key, receiver);
        const column = columns.get(key);
        return column === undefined
          ? Reflect.get(Object.prototype, key, receiver)
          : batch.value(column, row.#row);
      },
      has: (row, key) =>
        row.#batch === undefined
          ? Reflect.has(row, key)
          : columns.has(key) || Reflect.has(Object.prototype, key),
      ownKeys: (row) => (row.#batch === undefined ? Reflect.ownKeys(row) : keys),
      getOwnPropertyDescriptor(row, key) {
        const batch = row.#batch;
        if (batch === undefined) return Reflect.getOwnPropertyDescriptor(row, key);
        const column = columns.get(key);
        if (column === undefined) return undefined;
        return {
          value: batch.value(column, row.#row),
          writable: true,
          enumerable: true,
          configurable: true,
        };
      },
      getPrototypeOf: (row) => (row.#batch === undefined ? Reflect.getPrototypeOf(row) : Object.prototype),
      // Whoever changes a row gets an ordinary object behind the proxy, with every value in it.
      set: (row, key, value, receiver) => Reflect.set(filled(row), key, value, receiver),
      defineProperty: (row, key, descriptor) => Reflect.defineProperty(filled(row), key, descriptor),
      deleteProperty: (row, key) => Reflect.deleteProperty(filled(row), key),
      setPrototypeOf: (row, prototype) => Reflect.setPrototypeOf(filled(row), prototype),
      preventExtensions: (row) => Reflect.preventExtensions(filled(row)),
    };
    return (batch, count, rows) => {
      for (let row = 0; row < count; row++) rows.push(new Proxy(new LazyRow(batch, row), handler));
    };
  }

  /**
   * What console.log shows, which looks behind proxies: the values, and the error in the place of one that cannot be
   * read. Called on the proxy.
   */
  [inspect.custom](): object {
    return Object.fromEntries(
      Reflect.ownKeys(this).map((key): [Key, unknown] => {
        try {
          return [key, Reflect.get(this, key)];
        } catch (error) {
          return [key, error];
        }
      }),
    );
  }
}

export class LazyDecoder {
  readonly #shape: LazyShape;
  readonly #make: (batch: LazyBatch, count: number, rows: unknown[]) => void;

  constructor(shape: LazyShape) {
    this.#shape = shape;
    // The keys of an object row, in its order; of columns with one name the last has it.
    const columns = Object.fromEntries(
      shape.labels.map(({ name }, column): [string, number] => [name, column]),
    );
    this.#make = LazyRow.maker(new Map<Key, number>(Object.entries(columns)));
  }

  /** Appends `count` rows that lie in `[offset, end)` of the batch. */
  decode({ bytes, offset }: RowBatch, end: number, count: number, rows: unknown[]): void {
    const own = Buffer.allocUnsafe(end - offset);
    own.set(bytes.subarray(offset, end));
    this.#make(new LazyBatch(this.#shape, own, count), count, rows);
  }
}
