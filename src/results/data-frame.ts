/** A result as columns. Rows are made only when they are asked for; nothing here copies a column or changes one. */
import { ArgumentError } from '../errors.js';
import { sliceBounds, type Column } from './column.js';
import { arrowTable, type ArrowTableLike } from './frame-arrow.js';
import { partsOf, partsOfFrame, type FrameColumns, type FrameOptions } from './frame-from.js';
import { framePrint, printWidth, type InspectOptions } from './frame-print.js';
import { polarsFrame, type PolarsLike } from './frame-polars.js';
import { RowMaker } from './frame-rows.js';
import { writeIPC, type IPCFormat } from './ipc-writer.js';
import type { ArrowTable, PolarsDataFrame } from './peer-types.js';
import type { Schema } from './schema.js';

/** What `DataFrame.from` takes. */
export type FrameSource<Row extends object = Record<string, unknown>> =
  DataFrame<Row> | Iterable<Row> | FrameColumns | ArrowTableLike | PolarsLike | Uint8Array;

/**
 * Columns of one length, in Arrow's memory layout: what `fetchDataFrame` gives and `writeDataFrame` takes. Immutable; parts
 * of it (`select`, `head`, `slice`) share its memory.
 *
 * Rows are objects by column name, with the values that `fetchAll` gives; of columns with the same name the last one is in
 * them, all can be had by index.
 *
 * @example
 * const df = await (await cursor.execute('select * from sales')).fetchDataFrame();
 * console.log(df);                       // an aligned table
 * df.column('price').get(0);             // '19.90'
 * df.select(['id', 'price']).head(10).toObjects();
 */
export class DataFrame<Row extends object = Record<string, unknown>> implements Iterable<Row> {
  /** Names and types of the columns, in order. */
  readonly schema: Schema;
  readonly columns: readonly Column[];
  readonly numRows: number;
  /** Where each name is; -1 for a name that repeats. */
  readonly #places = new Map<string, number>();
  #maker: RowMaker | undefined;

  /**
   * @param columns all of one length
   * @param numRows only needed when there is no column: a statement may give rows without any
   * @throws ArgumentError when the lengths differ
   */
  constructor(columns: readonly Column[], numRows = columns[0]?.length ?? 0) {
    this.columns = Object.freeze([...columns]);
    this.schema = Object.freeze({ fields: Object.freeze(columns.map(({ field }) => field)) });
    this.numRows = numRows;
    for (const [index, { name, length }] of columns.entries()) {
      if (length !== numRows) {
        throw new ArgumentError(
          `Column ${JSON.stringify(name)} has ${String(length)} rows where the others have ${String(numRows)}`,
        );
      }
      this.#places.set(name, this.#places.has(name) ? -1 : index);
    }
  }

  /**
   * A data frame of what you have. Types follow from the values and keep every one of them exactly: integers within 32 bits
   * are int32, others and bigints int64 (decimal128 beyond 64 bits), numbers with fractions float64, Date and Timestamp
   * timestamp UTC with all six digits, Interval interval, Buffer binary, strings utf8, arrays and plain objects object;
   * null and undefined are NULL, a column of nothing else is utf8. The option `schema` names types instead, and then
   * decimals, dates and times are taken as text.
   *
   * @param source an iterable of row objects (a column that a row lacks is NULL there), or an object of columns: arrays,
   *   columns of another frame, and typed arrays, which are used as they are, without copying. Or a Table of apache-arrow
   *   or Arrow IPC bytes, whose memory is shared where the layout is the same, or a DataFrame of nodejs-polars; of these a
   *   type that has no column here is a NotSupportedError, and nanoseconds that are no whole microseconds a DataError
   * @throws ArgumentError naming the column where kinds are mixed, and the row where a value does not fit its type
   *
   * @example
   * DataFrame.from([{ id: 1, name: 'a' }, { id: 2, name: null }]);
   * DataFrame.from({ id: new Int32Array([1, 2]), price: ['19.90', '5.00'] }, {
   *   schema: { price: { kind: 'decimal128', precision: 18, scale: 2 } },
   * });
   */
  static from<Row extends object = Record<string, unknown>>(
    source: FrameSource<Row>,
    options: FrameOptions = {},
  ): DataFrame<Row> {
    if (source instanceof DataFrame && options.schema === undefined) return source;
    const { columns, numRows } =
      source instanceof DataFrame ? partsOfFrame(source, options) : partsOf(source, options);
    return new DataFrame(columns, numRows);
  }

  get numColumns(): number {
    return this.columns.length;
  }

  get columnNames(): string[] {
    return this.columns.map(({ name }) => name);
  }

  /** Bytes of memory that the columns hold. */
  get byteLength(): number {
    return this.columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /**
   * A column by its name or its 0-based index.
   *
   * @throws ArgumentError when there is none, or when several have that name (take one by index then)
   */
  column<Name extends keyof Row & string>(name: Name): Column<Row[Name]>;
  column(name: string | number): Column;
  column(name: string | number): Column {
    const place = typeof name === 'number' ? name : this.#places.get(name);
    const found = place === undefined ? undefined : this.columns[place];
    if (found !== undefined) return found;
    throw this.#noColumn(name, place);
  }

  /** A row as an object. @param index 0-based. @throws ArgumentError beyond the rows */
  get(index: number): Row {
    if (!(index < this.numRows) || index >>> 0 !== index) {
      throw new ArgumentError(
        `The data frame has no row ${String(index)}; it has ${String(this.numRows)} (at() gives undefined instead)`,
      );
    }
    return this.#rowMaker.row(index) as Row;
  }

  /** As `get`; negative counts from the end, and beyond the rows it is undefined, as with arrays. */
  at(index: number): Row | undefined {
    const whole = Math.trunc(index) || 0;
    const from = whole < 0 ? this.numRows + whole : whole;
    return from >= 0 && from < this.numRows ? this.get(from) : undefined;
  }

  *[Symbol.iterator](): IterableIterator<Row> {
    // A thousand at a time: column by column is cheaper, and memory stays small.
    for (let from = 0; from < this.numRows; from += 1000) {
      yield* this.#rows(from, Math.min(from + 1000, this.numRows));
    }
  }

  /** Some of the columns, in the order given, by name or index. @throws ArgumentError as `column` */
  select(names: readonly (string | number)[]): DataFrame {
    return new DataFrame(
      names.map((name) => this.column(name)),
      this.numRows,
    );
  }

  /** The first rows; without a count five. */
  head(count = 5): DataFrame<Row> {
    return this.slice(0, Math.max(count, 0));
  }

  /** Rows [start, end), as Array.slice counts them. */
  slice(start?: number, end?: number): DataFrame<Row> {
    const [from, to] = sliceBounds(this.numRows, start, end);
    return new DataFrame(
      this.columns.map((column) => column.slice(from, to)),
      to - from,
    );
  }

  /** All rows as objects. */
  toObjects(): Row[] {
    return this.#rows(0, this.numRows);
  }

  /** Values of each column by its name; of columns with the same name the last. */
  toColumns(): { [Name in keyof Row]: (Row[Name] | null)[] } {
    // fromEntries defines properties, so that a column `__proto__` is one like any other.
    return Object.fromEntries(this.columns.map((column) => [column.name, column.toArray()])) as {
      [Name in keyof Row]: (Row[Name] | null)[];
    };
  }

  /**
   * A Table of the optional package apache-arrow, over the same memory: no column is copied, but for intervals, which Arrow
   * counts in nanoseconds. A promise, since the package is loaded when it is first asked for.
   *
   * @throws NotSupportedError without the package, and for an object column
   */
  async toArrow(): Promise<ArrowTable> {
    return arrowTable(this.columns, this.numRows);
  }

  /**
   * The bytes of Arrow IPC, a stream (the default) or a file, for any reader of Arrow: polars, pandas, DuckDB.
   *
   * @throws NotSupportedError for an object column
   *
   * @example
   * await writeFile('sales.arrow', df.toIPC({ format: 'file' }));
   */
  toIPC(options: { readonly format?: IPCFormat } = {}): Uint8Array {
    const format: unknown = options.format ?? 'stream';
    if (format === 'stream' || format === 'file') return writeIPC(this.columns, this.numRows, format);
    throw new ArgumentError("toIPC: the format must be 'stream' or 'file'");
  }

  /**
   * A DataFrame of the optional package nodejs-polars, copied once.
   *
   * @throws NotSupportedError without the package, for an object or interval column, and when names repeat
   */
  async toPolars(): Promise<PolarsDataFrame> {
    return polarsFrame(this.columns, this.numRows);
  }

  /** A table of the first and last rows, 80 characters wide. */
  toString(): string {
    return framePrint(this, 80);
  }

  /** What console.log shows: the table, as wide as the terminal. */
  [Symbol.for('nodejs.util.inspect.custom')](depth?: number, options?: InspectOptions): string {
    return framePrint(this, printWidth(options), depth);
  }

  #rows(from: number, to: number): Row[] {
    return this.#rowMaker.rows(from, to) as Row[];
  }

  get #rowMaker(): RowMaker {
    return (this.#maker ??= new RowMaker(this.columns));
  }

  #noColumn(name: string | number, place: number | undefined): ArgumentError {
    if (typeof name === 'number') {
      return new ArgumentError(
        `The data frame has no column ${String(name)}; it has ${String(this.numColumns)}`,
      );
    }
    const shown = JSON.stringify(name);
    if (place !== undefined) {
      const places = this.columns.flatMap((column, index) => (column.name === name ? [index] : []));
      return new ArgumentError(
        `Several columns are called ${shown} (${places.join(', ')}); take one by its index, or name them apart in the query`,
      );
    }
    const names = this.columnNames.slice(0, 20).map((one) => JSON.stringify(one));
    return new ArgumentError(
      `The data frame has no column ${shown}; it has ${names.join(', ') || 'none'}${this.numColumns > 20 ? ', …' : ''}`,
    );
  }
}
