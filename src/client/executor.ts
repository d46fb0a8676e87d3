/**
 * What connection and cursors share: SQL and parameters become statements, and statements run on the one session.
 * It keeps the transaction mode; it holds no result.
 */
import { OperationalError, PoolError, ProgrammingError, type RedshiftError } from '../errors.js';
import { RowResult } from '../results/rows.js';
import { BatchRun, type BatchItem } from '../session/batch.js';
import type { RunOptions } from '../session/exchange.js';
import { ExtendedQuery, type Statement } from '../session/extended-query.js';
import { ping } from '../session/ping.js';
import type { Session } from '../session/session.js';
import type { ResultTypes } from '../session/statements.js';
import { SimpleQuery } from '../session/simple-query.js';
import type { Parameters, Paramstyle } from '../sql/placeholders.js';
import { statementKind, type StatementKind } from '../sql/statements.js';
import type { QueryEvent, Span } from '../trace.js';
import { KnownTexts } from './known-texts.js';
import { cancelledBefore, readLimits, type CallOptions } from './limits.js';
import type { ExecutorSettings, RunSettings } from './run-settings.js';
import { completed, endOf, endOfScript, type OpenResult } from './open-result.js';
import { followedBy, StatementTracer, type StatementEnd, type TracedRows } from './statement-tracer.js';

export type { ExecutorSettings, RunSettings };

const writing = new Set([
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'COPY',
  'TRUNCATE',
  'CREATE',
  'ALTER',
  'DROP',
  'GRANT',
  'REVOKE',
  'CALL',
]);

/** COMMIT and ROLLBACK give no columns to choose formats for. */
const asText: ResultTypes = { formats: (fields) => new Uint8Array(fields.length) };

export class Executor {
  readonly settings: ExecutorSettings;
  readonly tracer: StatementTracer;
  autocommit: boolean;
  /** Inside `transaction()`: statements open a transaction even with autocommit on. */
  inTransactionCall = false;
  readonly #session: Session;
  readonly #texts: KnownTexts;
  readonly #results = new Set<OpenResult>();
  #wrote = false;
  #revoked = false;

  constructor(session: Session, settings: ExecutorSettings, texts = new KnownTexts()) {
    this.#session = session;
    this.#texts = texts;
    this.settings = settings;
    this.autocommit = settings.autocommit;
    const { place, logger, logParameters } = settings;
    this.tracer = new StatementTracer({
      place,
      logger,
      logParameters,
      processId: () => session.processId,
      lexOptions: () => this.lexOptions,
    });
  }

  /** @throws PoolError when its connection went back to the pool: somebody else may be using the session. */
  get session(): Session {
    this.check();
    return this.#session;
  }

  /** @throws PoolError when its connection went back to the pool. */
  check(): void {
    if (!this.#revoked) return;
    const text = 'The connection was released to its pool; get another one with pool.connect()';
    throw new PoolError(text, { sent: false });
  }

  /** Its user may not use the session any more. */
  get revoked(): boolean {
    return this.#revoked;
  }

  /** From now on every call is refused; what was called already runs to its end. */
  revoke(): void {
    this.#revoked = true;
    for (const open of this.#results) if (open.handedOut) open.rows.drop();
  }

  /** For the next one who uses it: in autocommit, and nothing of what was done before counts. */
  renew(): void {
    this.autocommit = true;
    this.#wrote = false;
  }

  /** Something was changed in the transaction that is open. */
  get hasUncommittedWrites(): boolean {
    return this.#wrote && this.#session.status !== 'I';
  }

  get lexOptions(): { readonly backslashEscapes: boolean } {
    return { backslashEscapes: this.#session.backslashEscapes };
  }

  /** Encodes the parameters and queues the statement. @throws before a byte is sent when a parameter cannot be sent. */
  execute(
    sql: string,
    parameters: Parameters | null | undefined,
    style: Paramstyle,
    run: RunSettings,
  ): OpenResult {
    if (!this.tracer.watched) return this.#execute(sql, parameters, style, run, undefined);
    return this.tracer.trace({ operation: run.operation, sql, parameters }, (span) =>
      this.#execute(sql, parameters, style, run, span),
    );
  }

  #execute(
    sql: string,
    parameters: Parameters | null | undefined,
    style: Paramstyle,
    run: RunSettings,
    span: Span<QueryEvent> | undefined,
  ): OpenResult {
    const statement = this.#statement(sql, parameters, style, run);
    const rows = new RowResult(run);
    const running = this.#session.run(
      new ExtendedQuery(statement, rows),
      this.#options(run, span === undefined ? undefined : followedBy(span, () => endOf(rows))),
    );
    const open = { running, rows, handedOut: false };
    if (run.collect) return open;
    // Only such a result is ever read while it still comes in.
    rows.onRoom = () => {
      running.resume();
    };
    this.#results.add(open);
    void running.done.then(() => this.#results.delete(open));
    return open;
  }

  /** What the session runs. @throws when the text or a parameter cannot be sent */
  #statement(
    sql: string,
    parameters: Parameters | null | undefined,
    style: Paramstyle,
    run: RunSettings,
  ): Statement {
    const session = this.session;
    const text = this.#texts.read(sql, parameters, style, session);
    const { shape, values, weight } = text.encode(parameters, session.server);
    const { kind } = text;
    const rowless = kind.returnsRows === 'never';
    const { maxPreparedStatements } = this.settings;
    if (writing.has(kind.keyword)) this.#note(true);
    return {
      sql: text.sql,
      key: text.key,
      parameterOids: shape.oids,
      parameterFormats: shape.formats,
      values,
      weight,
      rowless,
      keep: (kind.pipelinable || !rowless) && maxPreparedStatements > 0,
      begin: this.#begins(kind),
      invalidates: kind.invalidatesStatements,
      commits: kind.transactionControl === 'commit',
      collect: run.collect,
      pipelined: run.pipelined && this.autocommit && !this.inTransactionCall && kind.pipelinable,
      types: run.types,
    };
  }

  /**
   * Runs a statement for each of the rows as one batch: all or nothing when it opens its own transaction.
   *
   * @param items what to send; what it throws means that nothing is sent
   */
  batch(sql: string, rows: TracedRows, items: () => Iterator<BatchItem>, run: RunSettings): Promise<number> {
    return this.tracer.trace({ operation: run.operation, sql, rows }, (span) => {
      const made = items();
      const commit = this.autocommit && !this.inTransactionCall;
      const ahead = statementKind(sql, this.lexOptions).pipelinable;
      // What the batch itself commits or undoes is nothing that its caller could have committed.
      if (!commit || this.#session.status !== 'I') this.#note(true);
      return new Promise((resolve, reject) => {
        let end: StatementEnd = {};
        const conversation = new BatchRun({
          items: made,
          begin: true,
          commit,
          ahead,
          end: (outcome) => {
            end = 'error' in outcome ? outcome : { ...outcome, rowCount: outcome.rowCount ?? -1 };
            if ('error' in outcome) reject(outcome.error);
            else resolve(outcome.rowCount ?? -1);
          },
        });
        this.session.run(
          conversation,
          this.#options(
            run,
            followedBy(span, () => end),
          ),
        );
      });
    });
  }

  /** Runs a statement of the driver's own and waits for it. `refusal` is asked when its turn comes. */
  async #control(
    sql: 'commit' | 'rollback',
    limits: CallOptions,
    refusal?: () => RedshiftError | undefined,
  ): Promise<string> {
    const rows = new RowResult({ types: this.settings.types, rowMode: 'array', bufferSize: Infinity });
    const statement: Statement = {
      sql,
      key: sql,
      parameterOids: [],
      parameterFormats: [],
      values: [],
      weight: 0,
      rowless: true,
      keep: false,
      begin: false,
      invalidates: false,
      commits: sql === 'commit',
      collect: true,
      pipelined: false,
      types: asText,
    };
    const running = this.tracer.trace({ operation: sql, sql }, (span) =>
      this.#session.run(new ExtendedQuery(statement, rows), {
        ...this.#options(
          { ...limits, owner: sql },
          followedBy(span, () => endOf(rows)),
        ),
        refusal,
      }),
    );
    const tag = await completed({ running, rows, handedOut: false });
    this.#note(false);
    return tag?.command ?? '';
  }

  /** Completes an open result first; when that fails, or was refused, COMMIT is not sent. */
  async commit(limits: CallOptions = {}): Promise<void> {
    this.check();
    const unread = this.#unread;
    const command = await this.#control('commit', limits, () => unread?.rows.error);
    if (command === 'ROLLBACK') {
      throw new OperationalError(
        'The transaction had failed before, so COMMIT rolled it back: nothing of it was made permanent',
      );
    }
  }

  /** Gives up an open result; sends nothing when no transaction can be open. */
  async rollback(limits: CallOptions = {}): Promise<void> {
    this.check();
    readLimits(limits, undefined);
    if (limits.signal?.aborted === true) throw cancelledBefore(limits.signal);
    await this.#giveUp('cancel');
    if (this.#mayBeOpen) await this.#control('rollback', limits);
  }

  /** Rule S4: an unread result is given up, with a cancel where that can undo nothing of the user's. */
  async giveUpUnread(): Promise<void> {
    const unread = this.#unread;
    if (unread !== undefined) await this.#giveUp(unread.running.alone ? 'cancel' : 'drain');
  }

  /**
   * Rule S12: brings the session in step and out of any transaction, also after revoke(). Unread results are given up,
   * what was called before is waited for, and what is open then is rolled back.
   */
  async restore(): Promise<void> {
    await this.#giveUp('cancel');
    if (this.#session.busy) await ping(this.#session);
    await this.#giveUp('cancel');
    if (this.#session.status !== 'I') await this.#control('rollback', {});
  }

  async #giveUp(mode: 'drain' | 'cancel'): Promise<void> {
    const unread = this.#unread;
    if (unread === undefined) return;
    unread.rows.drop();
    await unread.running.discard(mode);
  }

  /** A transaction is open, or something under way may still open one; a closed session says so itself. */
  get #mayBeOpen(): boolean {
    return this.#session.isClosed || this.#session.busy || this.#session.status !== 'I';
  }

  /**
   * A transaction of the user's is open. What the driver opened itself (for an executeMany that was cancelled) may still
   * be on its way out; only behind that the server's word counts.
   */
  async isInTransaction(): Promise<boolean> {
    const session = this.#session;
    if (session.status !== 'I' && session.busy && this.autocommit) await ping(session);
    return session.status !== 'I';
  }

  /** Commits when the work returns, rolls back when it throws; what it threw is what is thrown. */
  async transaction<T>(work: () => T | Promise<T>): Promise<T> {
    this.check();
    if (this.inTransactionCall || (this.#session.busy && !this.autocommit)) throw transactionOpen();
    this.inTransactionCall = true;
    try {
      if (this.#session.status !== 'I' && (await this.isInTransaction())) throw transactionOpen();
      try {
        return await this.#commitOrUndo(work);
      } finally {
        this.#wrote = false;
      }
    } finally {
      this.inTransactionCall = false;
    }
  }

  async #commitOrUndo<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      const value = await work();
      if (this.#mayBeOpen) await this.commit();
      return value;
    } catch (error) {
      await this.undo(error);
      throw error;
    }
  }

  /** Rolls back after this error, which is the one that tells what went wrong; that of the rollback travels along. */
  async undo(error: unknown): Promise<void> {
    try {
      await this.rollback();
    } catch (second) {
      // Reflect: a frozen error is thrown as it is.
      if (error instanceof Error && !Object.hasOwn(error, 'suppressed')) {
        Reflect.defineProperty(error, 'suppressed', { value: second, configurable: true });
      }
    }
  }

  /**
   * Runs several statements by the simple protocol.
   *
   * @param transaction `begin`: open one first when none is open; `commits`: the script itself ends one
   * @param end the outcome, before the promise is settled by what it returns or throws
   */
  script<T>(
    sql: string,
    { begin, commits }: { readonly begin: boolean; readonly commits: boolean },
    run: RunSettings,
    end: (results: RowResult[], error: RedshiftError | undefined) => T,
  ): Promise<T> {
    return this.tracer.trace({ operation: run.operation, sql }, (span) => {
      const results: RowResult[] = [];
      let known: StatementEnd = {};
      return new Promise<T>((resolve) => {
        const conversation = new SimpleQuery({
          sql,
          begin,
          commits,
          next: () => {
            const result = new RowResult(run);
            results.push(result);
            return result;
          },
          end: (error) => {
            known = { ...endOfScript(results), error };
            resolve(new Promise((settle) => settle(end(results, error))));
          },
        });
        const follower = followedBy(span, () => known);
        // What connecting sends is bounded by connectTimeout.
        this.session.run(
          conversation,
          run.operation === 'setUp' ? { follower } : this.#options(run, follower),
        );
      });
    });
  }

  /** Runs statements of the driver's own by the simple protocol, outside of any transaction of the user's. */
  setUp(sql: string): Promise<void> {
    const { types } = this.settings;
    const run: RunSettings = {
      operation: 'setUp',
      types,
      rowMode: 'array',
      bufferSize: Infinity,
      collect: true,
      pipelined: false,
      owner: 'set up',
    };
    return this.script(sql, { begin: false, commits: false }, run, (_, error) => {
      if (error !== undefined) throw error;
    });
  }

  /** The result that somebody is reading while it still comes in, if any. */
  get #unread(): OpenResult | undefined {
    for (const open of this.#results) if (open.handedOut && !open.rows.ended) return open;
    return undefined;
  }

  #begins(kind: StatementKind): boolean {
    return kind.transactionControl === null && (!this.autocommit || this.inTransactionCall);
  }

  #options(run: CallOptions & { readonly owner: string }, follower: RunOptions['follower']): RunOptions {
    const { signal, timeout } = readLimits(run, this.settings.queryTimeout);
    return { owner: run.owner, signal, timeout, refusal: undefined, follower };
  }

  #note(wrote: boolean): void {
    this.#wrote = wrote || (this.#wrote && this.#session.status !== 'I');
  }
}

function transactionOpen(): ProgrammingError {
  return new ProgrammingError(
    'A transaction is open already, and Redshift has no savepoints; end it with commit() or rollback() first',
  );
}
