/**
 * A cursor (PEP 249): runs statements and fetches their rows. It owns one result at a time; calls on one cursor run in
 * the order in which they were made.
 */
import { InterfaceError, ProgrammingError, type RedshiftError } from '../errors.js';
import { columnArrays, type FetchedColumns } from '../results/column-arrays.js';
import { DataFrame, type FrameSource } from '../results/data-frame.js';
import type { RowMode } from '../results/row-decoder.js';
import type { Parameters, Paramstyle } from '../sql/placeholders.js';
import { parseQualifiedName, quoteQualified } from '../sql/quote.js';
import type { QueryOperation } from '../trace.js';
import type { TypeRegistry } from '../types/registry.js';
import { insertDataBulk } from './bulk-insert.js';
import { describeColumns, type ColumnDescription } from './description.js';
import type { Executor, RunSettings } from './executor.js';
import {
  batchSize,
  frameIterator,
  readBatch,
  readFrame,
  rowCountOf,
  type BatchOptions,
  type BatchSize,
} from './fetch-columns.js';
import { readAll, type OpenResult } from './open-result.js';
import { ReadAhead } from './read-ahead.js';
import type { CursorOptions, ExecuteOptions } from './cursor-options.js';
import { CallQueue } from './call-queue.js';
import { runMany } from './execute-many.js';
import type { RowSource } from './row-parts.js';
import { checkSignal, readTimeout, type CallOptions } from './limits.js';
import { writeDataFrame, type WriteOptions } from './write-data-frame.js';

export type { CursorOptions, ExecuteOptions };

/** While a result is iterated, or with `stream: true`, so much may wait in memory. */
const streamBufferSize = 1024 * 1024;

export class Cursor<Row = unknown[]> implements AsyncIterable<Row>, AsyncDisposable {
  /** Rows that fetchMany gives unless told otherwise. */
  arraySize = 1;
  readonly #executor: Executor;
  readonly #name: string;
  readonly #types: TypeRegistry;
  readonly #rowMode: RowMode;
  #paramstyle: Paramstyle;
  #open: OpenResult | undefined;
  #openTypes: TypeRegistry;
  #many: { readonly rowCount: number } | undefined;
  readonly #ahead = new ReadAhead();
  readonly #timeout: number | undefined;
  readonly #queue = new CallQueue();
  #closed = false;

  /** @internal Made by `connection.cursor()`. */
  constructor(executor: Executor, name: string, options: CursorOptions) {
    this.#executor = executor;
    this.#name = name;
    this.#types = executor.settings.types.with(options.types);
    this.#openTypes = this.#types;
    this.#rowMode = options.rowMode ?? executor.settings.rowMode;
    this.#paramstyle = options.paramstyle ?? executor.settings.paramstyle;
    this.#timeout = readTimeout(options.timeout);
  }

  /** How markers are written in this cursor's statements. */
  get paramstyle(): Paramstyle {
    return this.#paramstyle;
  }

  set paramstyle(style: Paramstyle) {
    this.#paramstyle = style;
  }

  /** The columns of the result; null when there is none, or the statement gave no columns. */
  get description(): ColumnDescription[] | null {
    const rows = this.#open?.rows;
    return rows?.hasColumns === true ? describeColumns(rows.fields, this.#openTypes) : null;
  }

  /** Rows returned or changed; -1 while that is not known. */
  get rowCount(): number {
    if (this.#many !== undefined) return this.#many.rowCount;
    const rows = this.#open?.rows;
    if (rows?.tag === undefined) return -1;
    return rows.hasColumns ? rows.received : (rows.tag.rowCount ?? -1);
  }

  /** The command that ran (`SELECT`, `CREATE TABLE`); null while its result is still coming in. */
  get command(): string | null {
    return this.#open?.rows.tag?.command ?? null;
  }

  /**
   * Runs one statement. Resolves to the cursor when the whole result is here, or earlier when it is larger than
   * `fetchBufferSize` (with `stream: true`: when its columns are known); the rest is read while it is fetched, and
   * until then the statement runs on the server and holds its locks, also with autocommit on. Outside of
   * a transaction and with autocommit off, a transaction begins with it.
   *
   * @param parameters a list for positional markers, an object for named ones; see `paramstyle`. `$1, $2 …` always works
   * @throws ProgrammingError, DataError … as the server's SQLSTATE says; ArgumentError before a byte is sent when a
   *   parameter has no SQL value; CancelledError and TimeoutError by `signal` and `timeout`
   * @example
   * await cursor.execute('select * from book where author = %s', ['Stephen Hawking']);
   */
  execute<R = Row>(
    sql: string,
    parameters?: Parameters | null,
    options: ExecuteOptions = {},
  ): Promise<Cursor<R>> {
    return this.#execute('execute', sql, parameters, options);
  }

  #execute<R>(
    operation: 'execute' | 'callProc',
    sql: string,
    parameters: Parameters | null | undefined,
    options: ExecuteOptions,
  ): Promise<Cursor<R>> {
    return this.#send(operation, options, async (run) => {
      const open = this.#executor.execute(sql, parameters, this.#paramstyle, run);
      this.#open = open;
      this.#openTypes = run.types;
      if (options.stream === true) await open.running.described;
      else await open.rows.waitForFull();
      if (open.rows.error !== undefined) {
        open.rows.drop();
        throw open.rows.error;
      }
      open.handedOut = true;
      return this as unknown as Cursor<R>;
    });
  }

  /**
   * Runs one statement for each set of parameters, all or nothing: under autocommit in a transaction of its own. A plain
   * `INSERT … VALUES` becomes statements of many rows. Each parameter has one type over the whole batch.
   * `timeout` is for the whole of it.
   *
   * The sets may also come from an iterable or an async iterable (a generator, a stream). These are read and sent in parts
   * of some thousand rows, each with its own types; when the source throws, the call rejects with what it threw and
   * nothing stays. Only in a transaction that was open before, what was sent stays in it until you roll back.
   *
   * @example
   * await cursor.executeMany('insert into book values (%s, %s)', [['Emma', 'Jane Austen'], ['Ulysses', 'James Joyce']]);
   */
  executeMany(sql: string, sets: RowSource, options: ExecuteOptions = {}): Promise<this> {
    return this.#send('executeMany', options, async (run) => {
      const rowCount = await runMany(this.#executor, run, {
        sql,
        source: sets,
        style: this.#paramstyle,
        rowName: (row) => `Row ${String(row)} of executeMany`,
      });
      this.#many = { rowCount };
      return this;
    });
  }

  /**
   * Calls a stored procedure; OUT and INOUT parameters come back as a result of one row.
   *
   * @param name as in SQL: `schema.name`, parts in double quotes keep their case
   */
  async callProc(
    name: string,
    parameters: readonly unknown[] = [],
    options: ExecuteOptions = {},
  ): Promise<Cursor<Row>> {
    const target = quoteQualified(parseQualifiedName(name));
    const markers = parameters.map((_, index) => `$${String(index + 1)}`).join(', ');
    return this.#execute('callProc', `call ${target}(${markers})`, parameters, options);
  }

  /**
   * Inserts the lines of a CSV file (its first line is the header, and passed over).
   *
   * @param parameterIndices which columns of the file, counted from 0
   * @param columnNames the table's column for each of them
   * @param batchSize rows per INSERT statement
   * @param options `timeout` is for each statement
   * @throws ProgrammingError when the table or a column does not exist
   */
  insertDataBulk(
    file: string,
    table: string,
    parameterIndices: readonly number[],
    columnNames: readonly string[],
    delimiter = ',',
    batchSize = 1,
    options: CallOptions = {},
  ): Promise<this> {
    return this.#send('insertDataBulk', options, async (run) => {
      const rowCount = await insertDataBulk(this.#executor, run, {
        file,
        table,
        parameterIndices,
        columnNames,
        delimiter,
        batchSize,
      });
      this.#many = { rowCount };
      return this;
    });
  }

  /**
   * Inserts the rows of a data frame, or of anything that `DataFrame.from` takes, into a table that exists: each column
   * into the one of its name, all or nothing. The table's other columns take their defaults. Values arrive exactly as they are, in the type of the table's column:
   * a column of doubles goes into an INTEGER column when all of them are whole, text into SUPER has to be JSON.
   *
   * @param table as in SQL: `schema.name`, parts in double quotes keep their case
   * @param options `columns`: only these of the frame; `timeout` is for each statement
   * @throws ProgrammingError when the table or a column does not exist; DataError naming column and row for a value that
   *   the table's column cannot hold
   * @example
   * const df = await (await cursor.execute('select * from sales')).fetchDataFrame();
   * await cursor.writeDataFrame(df, 'archive.sales');
   */
  writeDataFrame(frame: FrameSource<object>, table: string, options: WriteOptions = {}): Promise<this> {
    return this.#send('writeDataFrame', options, async (run) => {
      const source = DataFrame.from(frame);
      const rowCount = await writeDataFrame(this.#executor, run, source, table, options.columns);
      this.#many = { rowCount };
      return this;
    });
  }

  /** The next row, or null when there is none left. */
  fetchOne(): Promise<Row | null> {
    return this.#serial(async () => {
      await this.#ahead.fill(this.#result().rows, 1);
      return this.#ahead.count > 0 ? (this.#ahead.next() as Row) : this.#end(null);
    });
  }

  /** Up to `count` rows; fewer at the end of the result. */
  fetchMany(count = this.arraySize): Promise<Row[]> {
    return this.#serial(async () => {
      if (!Number.isInteger(count) || count < 0)
        throw new InterfaceError('fetchMany takes a number of rows, 0 or more');
      await this.#ahead.fill(this.#result().rows, count);
      const rows = this.#ahead.take(count) as Row[];
      return rows.length === 0 && count > 0 ? this.#end(rows) : rows;
    });
  }

  /** All rows that are left. Rejects as a whole when the result ends in an error, or holds more than maxResultBytes. */
  fetchAll(): Promise<Row[]> {
    return this.#serial(async () => {
      const open = this.#result();
      const rows = this.#ahead.rest(open.rows);
      await readAll(open, rows, this.#executor.settings.maxResultBytes);
      return rows as Row[];
    });
  }

  /**
   * The rows that are left, or `count` of them, as columns in Arrow's memory layout; no row object is made. Rejects as a whole
   * when the result ends in an error before that or holds more than maxResultBytes, and when a value has no place in its
   * column (infinite timestamps, NaN in a decimal): the error names the column and what to choose in `types`.
   *
   * Numbers, dates, times, timestamps, intervals and bytes have typed columns, numeric(p, s) is decimal128(p, s); all else is
   * utf8 with the text or JSON that rows print, also a numeric without a precision. In `types` a choice of numbers gives
   * float64, one of text utf8; functions are for rows, a column is as without them.
   *
   * @example
   * const df = await (await cursor.execute('select * from sales')).fetchDataFrame();
   */
  fetchDataFrame(count?: number): Promise<DataFrame> {
    return this.#serial(() => this.#frame(count, 'fetchDataFrame'));
  }

  /**
   * The rows that are left as data frames of `rows` rows or about `bytes` bytes each; memory stays bounded. Leaving the
   * loop gives up the rest of the result. A result without rows gives no batch.
   *
   * @example
   * for await (const df of cursor.fetchDataFrameBatches({ rows: 100_000 })) await write(df.toIPC());
   */
  fetchDataFrameBatches(options?: BatchOptions): AsyncIterable<DataFrame> {
    const size = batchSize(options);
    return { [Symbol.asyncIterator]: () => this.#batches(size) };
  }

  /**
   * As `fetchDataFrame`, but plain typed arrays and masks of the NULLs, by column: what fetch_numpy_array is in Python.
   *
   * @example
   * const { columns } = await cursor.fetchColumns();
   * columns[0].values; // Float64Array(1000) [...]
   */
  fetchColumns(count?: number): Promise<FetchedColumns> {
    return this.#serial(async () => columnArrays(await this.#frame(count, 'fetchColumns')));
  }

  /** The same as `fetchColumns`, by the name it has in Python. */
  fetchNumpyArray(count?: number): Promise<FetchedColumns> {
    return this.fetchColumns(count);
  }

  /** Rows one after the other; memory stays bounded. Leaving the loop gives up the rest of the result. */
  [Symbol.asyncIterator](): AsyncIterator<Row, undefined> {
    const { rows } = this.#result();
    rows.shrink(streamBufferSize);
    return {
      next: () => {
        if (this.#ahead.count > 0 && !this.#ahead.failing && !rows.dropped && !this.#executor.revoked) {
          return Promise.resolve({ done: false, value: this.#ahead.next() as Row });
        }
        return this.fetchOne().then((row): IteratorResult<Row, undefined> =>
          row === null ? { done: true, value: undefined } : { done: false, value: row },
        );
      },
      return: async () => {
        await this.#serial(() => this.#giveUp());
        return { done: true, value: undefined };
      },
    };
  }

  /** Gives up what was not read; the cursor cannot be used any more. */
  close(): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#closed) return;
      await this.#discard();
      this.#closed = true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A call that runs something: the result before it is given up first. */
  async #send<T>(
    operation: QueryOperation,
    options: ExecuteOptions,
    call: (run: RunSettings) => Promise<T>,
  ): Promise<T> {
    checkSignal(options.signal);
    const run = this.#settings(operation, options);
    return this.#serial(async (begin) => {
      await this.#discard();
      begin();
      return call(run);
    }, options.signal);
  }

  #settings(operation: QueryOperation, options: ExecuteOptions): RunSettings {
    return {
      operation,
      signal: options.signal,
      timeout: readTimeout(options.timeout) ?? this.#timeout,
      types: this.#types.with(options.types),
      rowMode: options.rowMode ?? this.#rowMode,
      bufferSize: options.stream === true ? streamBufferSize : this.#executor.settings.fetchBufferSize,
      collect: false,
      pipelined: this.#executor.settings.pipeline,
      owner: this.#name,
    };
  }

  /** One call after the other; the signal ends it while it waits for its turn, too. */
  #serial<T>(call: (begin: () => void) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#queue.run((begin) => {
      if (this.#closed) throw new InterfaceError('The cursor is closed');
      return call(begin);
    }, signal);
  }

  async #frame(count: number | undefined, call: string): Promise<DataFrame> {
    const open = this.#result();
    const rows = rowCountOf(count, call);
    this.#ahead.rewind(open.rows);
    return readFrame(open, rows, this.#executor.settings.maxResultBytes);
  }

  #batches(size: BatchSize): AsyncIterator<DataFrame, undefined> {
    const open = this.#result();
    open.rows.shrink(streamBufferSize);
    const columns = open.rows.columns();
    return frameIterator(
      () =>
        this.#serial(async () => {
          // Another statement may run by now, or this one was given up.
          if (this.#result() !== open) return undefined;
          this.#ahead.rewind(open.rows);
          return readBatch(open, columns, size, this.#executor.settings.maxResultBytes);
        }),
      () =>
        this.#serial(async () => {
          if (this.#open === open) await this.#giveUp();
        }),
    );
  }

  #result(): OpenResult {
    if (this.#closed) throw new InterfaceError('The cursor is closed');
    this.#executor.check();
    const open = this.#open;
    if (open === undefined) {
      throw new ProgrammingError(
        this.#many === undefined
          ? 'There is nothing to fetch: execute a statement first'
          : 'The statement gave no result set',
      );
    }
    if (open.rows.dropped) {
      // Given up from elsewhere (rollback): rows that were decoded ahead go with it.
      this.#ahead.clear();
    }
    if (!open.rows.hasColumns) {
      if (open.rows.error !== undefined) throw open.rows.error;
      throw new ProgrammingError('The statement gave no result set');
    }
    return open;
  }

  /** There is no row left: the end, or the error that stands in its place. */
  #end<T>(value: T): T {
    this.#ahead.throwFailure();
    const error: RedshiftError | undefined = this.#open?.rows.error;
    if (error !== undefined) throw error;
    return value;
  }

  /** Makes room for the next statement. */
  async #discard(): Promise<void> {
    await this.#giveUp();
    this.#open = undefined;
    this.#many = undefined;
  }

  /** Rule S4: with a cancel where that can undo nothing of the user's, else by reading to the end. */
  async #giveUp(): Promise<void> {
    this.#ahead.clear();
    const open = this.#open;
    if (open === undefined) return;
    open.rows.drop();
    if (open.rows.ended) return;
    await open.running.discard(open.running.alone ? 'cancel' : 'drain');
    open.rows.drop();
  }
}
