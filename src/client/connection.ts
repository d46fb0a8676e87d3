/** A connection (PEP 249): cursors, transactions, and everything that concerns the session as a whole. */
import { EventEmitter } from 'node:events';
import { InterfaceError, ProgrammingError, type Notice, type RedshiftError } from '../errors.js';
import { splitStatements, statementKind } from '../sql/statements.js';
import type { Parameters } from '../sql/placeholders.js';
import { safely } from '../trace.js';
import { Cursor, type CursorOptions } from './cursor.js';
import type { Executor, RunSettings } from './executor.js';
import type { CallOptions } from './limits.js';
import { runPipeline, type Pipeline } from './pipeline.js';
import { runQuery, toResult, type QueryOptions, type Result } from './query.js';
import { warnOfUncommitted } from './uncommitted.js';

export type { QueryOptions, Result };

export type ScriptOptions = CallOptions;

interface ConnectionEvents {
  /** A NoticeResponse of the server. */
  notice: [Notice];
  /** The connection is over; the error if it was not closed by `close()`. */
  close: [RedshiftError | undefined];
}

/** Counts from the beginning of a connection; see `conn.stats`. */
export interface ConnectionStats {
  /** When the socket was ready, before the login. */
  readonly connectedAt: Date;
  /** Calls that sent something, those of the driver's own among them. */
  readonly calls: number;
  /** Statements that the server completed; a script and an executeMany are several, and each BEGIN is one. */
  readonly statements: number;
  /** Times that the server was asked and waited for. */
  readonly roundTrips: number;
  /** Rows that came, read or not. */
  readonly rows: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Notices that came, those that are no longer kept among them. */
  readonly notices: number;
  /** Cancel requests that were made, on connections of their own. */
  readonly cancels: number;
  /** Prepared statements that the server holds for this connection now. */
  readonly preparedStatements: number;
}

/** More are not kept; the oldest go first. */
const maxNotices = 1000;
/** Characters of all that are kept: a flood of long ones must not fill the memory either. The newest is kept whatever it is. */
const maxNoticeText = 1024 * 1024;

export class Connection implements AsyncDisposable {
  readonly #executor: Executor;
  /** Made for whoever listens. */
  #events: EventEmitter | undefined;
  readonly #notices: Notice[] = [];
  #noticeText = 0;
  #cursors = 0;
  #warned = false;

  /** @internal Made by `connect()`. */
  constructor(executor: Executor) {
    this.#executor = executor;
  }

  /** A cursor of its own settings; any number of them share the connection, one statement at a time. */
  cursor<Row = unknown[]>(options: CursorOptions = {}): Cursor<Row> {
    return new Cursor<Row>(this.#executor, `cursor ${String(++this.#cursors)}`, options);
  }

  /**
   * Runs one statement and collects its result; rows are objects unless `rowMode: 'array'`.
   *
   * @throws OperationalError when the result holds more than `maxResultBytes`: then use a cursor
   * @example
   * const { rows } = await conn.query('select count(*) as n from sales where year = %s', [2024], { types: 'json' });
   */
  query<Row = Record<string, unknown>>(
    sql: string,
    parameters?: Parameters | null,
    options: QueryOptions = {},
  ): Promise<Result<Row>> {
    return runQuery<Row>(this.#executor, sql, parameters, options, false);
  }

  /**
   * Runs `work` with a pipeline: statements of its `query` go out without waiting for the answers to those before, each a
   * transaction of its own, and are run in the order of the calls. That saves a round trip each. An error stays with its
   * own call; one of a call that nobody awaits is thrown here.
   *
   * @param work what it returns is returned, and what it throws is thrown, when all that was called has been answered
   * @throws ProgrammingError when autocommit is off, or a transaction is open
   * @example
   * await conn.pipeline(async (p) => {
   *   for (const [id, name] of names) p.query('update customer set name = %s where id = %s', [name, id]);
   * });
   */
  async pipeline<T>(work: (pipeline: Pipeline) => T | Promise<T>): Promise<T> {
    const executor = this.#executor;
    executor.check();
    if (!executor.autocommit || executor.inTransactionCall || executor.session.status !== 'I') {
      throw new ProgrammingError(
        'A pipeline is for statements that are transactions of their own: it needs autocommit, and no open transaction',
      );
    }
    return runPipeline(
      (sql, parameters, options) => runQuery(executor, sql, parameters, options, true),
      work,
    );
  }

  /**
   * Runs several statements at once by the simple protocol, without parameters; all values come as text and are read as
   * usual. A failure undoes the whole script. Outside of a transaction and with autocommit off, a transaction begins
   * with it, unless the script controls transactions itself.
   *
   * @returns one Result a statement
   * @throws the server's error; what completed before it is in the error's `results`
   */
  async script(sql: string, options: ScriptOptions = {}): Promise<Result[]> {
    const executor = this.#executor;
    const { lexOptions } = executor;
    const controls = splitStatements(sql, lexOptions)
      .map((one) => statementKind(one, lexOptions).transactionControl)
      .filter((control) => control !== null);
    const run: RunSettings = {
      operation: 'script',
      signal: options.signal,
      timeout: options.timeout,
      types: executor.settings.types,
      rowMode: executor.settings.queryRowMode,
      bufferSize: Infinity,
      collect: true,
      pipelined: false,
      owner: 'script',
    };
    const transaction = {
      begin: controls.length === 0 && (!executor.autocommit || executor.inTransactionCall),
      commits: controls.includes('commit'),
    };
    return executor.script(sql, transaction, run, (parts, error) => {
      try {
        const results = parts
          .filter((part) => part.tag !== undefined)
          .map((part) => toResult<Record<string, unknown>>(part, [], run));
        if (error === undefined) return results;
        Object.defineProperty(error, 'results', { value: results, configurable: true });
      } catch (unreadable) {
        throw error ?? unreadable;
      }
      throw error;
    });
  }

  /**
   * Makes what was done since the transaction began permanent. An open result is read to its end first; when that fails,
   * nothing is committed.
   *
   * @throws OperationalError when the transaction had failed before, so that the server rolled it back instead;
   *   ConnectionLostError with `outcome: 'unknown'` when the connection was lost on the way
   */
  commit(options?: CallOptions): Promise<void> {
    return this.#executor.commit(options);
  }

  /** Undoes what was done since the transaction began; does nothing outside of one. An open result is given up. */
  rollback(options?: CallOptions): Promise<void> {
    return this.#executor.rollback(options);
  }

  /**
   * Runs `work` in a transaction: commits when it returns, rolls back when it throws, and throws what it threw.
   *
   * @example
   * await conn.transaction(async (conn) => {
   *   await conn.query('update account set balance = balance - 10 where id = %s', [1]);
   *   await conn.query('update account set balance = balance + 10 where id = %s', [2]);
   * });
   */
  transaction<T>(work: (conn: this) => T | Promise<T>): Promise<T> {
    return this.#executor.transaction(() => work(this));
  }

  /** Whether each statement is a transaction of its own. Cannot be changed inside a transaction. */
  get autocommit(): boolean {
    return this.#executor.autocommit;
  }

  set autocommit(value: boolean) {
    if (typeof value !== 'boolean') throw new InterfaceError('autocommit is true or false');
    if (value === this.#executor.autocommit) return;
    if (this.#executor.session.status !== 'I' || this.#executor.session.busy) {
      throw new ProgrammingError(
        'autocommit cannot be changed inside a transaction; call commit() or rollback() first',
      );
    }
    this.#executor.autocommit = value;
  }

  /**
   * Cancels the statement that runs now (its call rejects with a CancelledError) and waits until the connection is usable again.
   *
   * @throws TimeoutError (`phase: 'cancel'`) when the server did not stop within `closeTimeout`, so that the connection was destroyed
   */
  async cancel(): Promise<void> {
    await this.#executor.session.cancel();
  }

  /** The last 1,000 notices of the server. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** What the server reported of itself (ParameterStatus), by name. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#executor.session.parameters;
  }

  /** What this connection has done so far; a copy of the counters as they are now. */
  get stats(): ConnectionStats {
    const { counters, preparedStatements } = this.#executor.session;
    const { since, ...counted } = counters;
    return { connectedAt: new Date(since), ...counted, preparedStatements };
  }

  /** The server's process id for this session. */
  get processId(): number {
    return this.#executor.session.processId;
  }

  /** `idle`, in a `transaction`, or in a `failed` one that only rollback() ends. */
  get transactionStatus(): 'idle' | 'transaction' | 'failed' {
    return ({ I: 'idle', T: 'transaction', E: 'failed' } as const)[this.#executor.session.status];
  }

  get closed(): boolean {
    return this.#executor.session.isClosed;
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: (...values: ConnectionEvents[E]) => void): this {
    (this.#events ??= new EventEmitter()).on(event, listener as (...values: unknown[]) => void);
    return this;
  }

  once<E extends keyof ConnectionEvents>(event: E, listener: (...values: ConnectionEvents[E]) => void): this {
    (this.#events ??= new EventEmitter()).once(event, listener as (...values: unknown[]) => void);
    return this;
  }

  off<E extends keyof ConnectionEvents>(event: E, listener: (...values: ConnectionEvents[E]) => void): this {
    this.#events?.off(event, listener as (...values: unknown[]) => void);
    return this;
  }

  /**
   * Waits for what was called, gives up unread results, and closes; never longer than `closeTimeout`. What was not
   * committed is rolled back by the server. Further calls of close() do nothing.
   */
  async close(): Promise<void> {
    const executor = this.#executor;
    if (executor.hasUncommittedWrites && !this.#warned && !executor.session.isClosed) {
      this.#warned = true;
      warnOfUncommitted(executor.settings.logger, 'closed', this.processId);
    }
    await executor.session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  notify(notice: Notice): void {
    const kept = this.#notices;
    kept.push(notice);
    this.#noticeText += lengthOf(notice);
    while (kept.length > maxNotices || (kept.length > 1 && this.#noticeText > maxNoticeText)) {
      this.#noticeText -= lengthOf(kept.shift());
    }
    this.#emit('notice', notice);
  }

  /** @internal */
  ended(error: RedshiftError | undefined): void {
    this.#emit('close', error);
  }

  /** Each listener on its own, so that one that throws (or rejects) does not keep the others from hearing. */
  #emit(event: keyof ConnectionEvents, value: unknown): void {
    for (const listener of this.#events?.rawListeners(event) ?? []) {
      safely((): unknown => (listener as (value: unknown) => unknown).call(this.#events, value));
    }
  }
}

function lengthOf(notice: Notice | undefined): number {
  let length = 0;
  for (const value of Object.values(notice ?? {})) if (typeof value === 'string') length += value.length;
  return length;
}
