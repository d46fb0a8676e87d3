/** The pool as users hold it: connections that are opened once and used by many, one at a time. Its rules are pool-keeper.ts's. */
import { registeredProviders } from '../auth/plugins/index.js';
import type { PoolConfig, PoolSettings, SnakePoolSettings } from '../config/pool-options.js';
import { parsePoolConfig } from '../config/parse.js';
import type { AnyProviderName, Fitting } from '../config/provider-types.js';
import { ConnectionLostError } from '../errors.js';
import type { Parameters } from '../sql/placeholders.js';
import { openSettings, tell, type ConnectOptions, type OwnProvider } from './connect.js';
import { runQuery, type QueryOptions, type Result } from './query.js';
import { checkSignal, readTimeout } from './limits.js';
import type { OpenSettings } from './open.js';
import { KnownTexts } from './known-texts.js';
import type { PoolEventMap } from './pool-events.js';
import { Keeper, type PoolCounters } from './pool-keeper.js';
import type { PooledConnection } from './pool-lease.js';
import type { Lent } from './pool-member.js';
import { openPooled, type PooledSession, type PoolHook } from './pool-session.js';
import { PoolTracer } from './pool-tracer.js';
import { retry, type RetryOptions } from './retry.js';

/** The options of `createPool`: those of `connect`, and the pool's own. A pool is in autocommit unless told otherwise. */
export type PoolOptions = ConnectOptions &
  PoolSettings &
  SnakePoolSettings & {
    /**
     * Called with each new connection before anybody gets it, for statements such as SET. Within `connectTimeout`; when it fails, the
     * connection is closed, and whoever waits for it is told.
     */
    readonly onConnect?: PoolHook | undefined;
    /**
     * Called with each connection that comes back, before the next one gets it, for statements such as RESET ALL. Within
     * `closeTimeout`; when it fails, the connection is closed.
     */
    readonly onRelease?: PoolHook | undefined;
  };

export interface AcquireOptions {
  /** Aborting it ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds to wait, instead of `acquireTimeout`; 0 is no limit. */
  readonly timeout?: number | undefined;
}

export interface PoolTransactionOptions extends AcquireOptions {
  /** Try the whole transaction again when it fails for a reason that may pass; see `retry`. */
  readonly retry?: RetryOptions | undefined;
}

/** How a pool is doing; the counts since its beginning beside those of now. */
export interface PoolStats extends Readonly<PoolCounters> {
  readonly max: number;
  /** idle + busy + connecting, never more than `max`. */
  readonly total: number;
  readonly idle: number;
  /** Handed out, or on their way there or back. */
  readonly busy: number;
  readonly connecting: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** Connections that turn out to be dead before a byte of a query was sent are replaced so often in silence. */
const silentTries = 10;

/**
 * Makes a pool of connections; it connects when the first one is needed (with `min`: at once, in the background).
 *
 * @param options an object, or a URL, as `connect` takes it, with the options of pools
 * @throws ArgumentError naming every option that cannot be
 * @example
 * const pool = createPool({ host, database: 'dev', user: 'awsuser', password, max: 20 });
 * const { rows } = await pool.query('select * from sales where year = %s', [2026]);
 * await pool.transaction(async (conn) => {
 *   await conn.query('update account set balance = balance - 10 where id = %s', [1]);
 *   await conn.query('update account set balance = balance + 10 where id = %s', [2]);
 * });
 * await pool.end();
 */
export function createPool<Name extends AnyProviderName = AnyProviderName>(
  options: string | (PoolOptions & Fitting<Name, OwnProvider>),
): Pool {
  const { connection, pool } = parsePoolConfig(options, { env: process.env, providers: registeredProviders });
  const settings = openSettings(connection);
  tell(connection, settings.executor.logger);
  return new Pool(settings, pool);
}

export class Pool implements AsyncDisposable {
  readonly #keeper: Keeper<PooledSession>;
  readonly #closeTimeout: number;
  readonly #tracer: PoolTracer;

  /** @internal Made by `createPool()`. */
  constructor(open: OpenSettings, config: PoolConfig) {
    const settings = {
      open,
      texts: new KnownTexts(),
      onConnect: config.onConnect as PoolHook | undefined,
      onRelease: config.onRelease as PoolHook | undefined,
    };
    this.#closeTimeout = open.closeTimeout;
    const { place, logger } = open.executor;
    this.#tracer = new PoolTracer(place, logger, () => {
      const { accounts, waiting } = this.#keeper;
      return { total: accounts.total, idle: accounts.idle, waiting };
    });
    this.#keeper = new Keeper({ ...config, closeTimeout: open.closeTimeout }, (lost, signal) =>
      this.#tracer.step(
        'create',
        async () => {
          const session = await openPooled(settings, lost, signal);
          this.#tracer.place = session.place;
          return session;
        },
        (session) => ({ ...processIdOf(session), ...session.place }),
      ),
    );
    this.#keeper.events.on('remove', (removed) => {
      this.#tracer.removed(removed);
    });
  }

  /**
   * Runs one statement on any connection, in autocommit, and collects its result. When a connection turns out to be dead before a
   * byte of the statement was sent, another one is taken.
   *
   * @param options as of `connection.query`; `signal` also ends the waiting for a connection, `timeout` counts from when it is there
   * @throws TimeoutError with phase `acquire` when no connection came within `acquireTimeout`
   */
  async query<Row = Record<string, unknown>>(
    sql: string,
    parameters?: Parameters | null,
    options: QueryOptions = {},
  ): Promise<Result<Row>> {
    for (let tries = 1; ; tries++) {
      const lent = await this.#acquire({ signal: options.signal });
      const session = lent.connection;
      try {
        return await runQuery<Row>(session.borrow(), sql, parameters, options, false);
      } catch (error) {
        const unsent = error instanceof ConnectionLostError && error.sent === false;
        if (!unsent || tries >= silentTries) throw error;
      } finally {
        session.returned();
        void this.#giveBack(lent, undefined);
      }
    }
  }

  /**
   * A connection for several statements, to be given back with `release()`. Calls are served in their order.
   *
   * @throws TimeoutError with phase `acquire`, whose text says where the connections are and whether the server could be reached;
   *   ConnectError, AuthenticationError … when connecting fails and no other connection can come back; CancelledError by `signal`;
   *   PoolError after `end()`
   * @example
   * const conn = await pool.connect({ timeout: 5 });
   * try {
   *   for await (const row of await conn.cursor().execute('select * from sales')) console.log(row);
   * } finally {
   *   conn.release();
   * }
   */
  connect(options: AcquireOptions = {}): Promise<PooledConnection> {
    return this.#lend(options);
  }

  /**
   * Runs `work` in a transaction on one connection: commits when it returns, rolls back when it throws, and throws what it threw
   * (what went wrong besides is in that error's `suppressed`). Results that were not read to their end are given up.
   *
   * @param work must use the connection that it is given; it is released afterwards
   * @example
   * await pool.transaction(
   *   async (conn) => {
   *     await conn.query('delete from staged');
   *     await conn.query('insert into staged select * from sales');
   *   },
   *   { retry: { attempts: 5, on: ['40001'] } },
   * );
   */
  transaction<T>(
    work: (connection: PooledConnection) => T | Promise<T>,
    options: PoolTransactionOptions = {},
  ): Promise<T> {
    const once = async (): Promise<T> => {
      const connection = await this.#lend(options);
      try {
        return await connection.transaction(async () => {
          const value = await work(connection);
          await connection.giveUpUnread();
          return value;
        });
      } finally {
        connection.release();
      }
    };
    const { retry: again, signal } = options;
    if (again === undefined) return once();
    const onRetry = (error: unknown, attempt: number): void => {
      this.#tracer.retrying(error, attempt);
      again.onRetry?.(error, attempt);
    };
    return retry(once, { signal, ...again, onRetry });
  }

  /** How many connections there are and what they do, as of now. */
  get stats(): PoolStats {
    const { accounts, counters, waiting } = this.#keeper;
    const { max, total, idle, busy, connecting } = accounts;
    return Object.freeze({ max, total, idle, busy, connecting, waiting, ...counters });
  }

  /** `end()` was called. */
  get closed(): boolean {
    return this.#keeper.ended;
  }

  /** Listens to what the pool does. There is no event for errors: whoever is concerned by one gets it from his call. */
  on<E extends keyof PoolEventMap>(event: E, listener: (...values: PoolEventMap[E]) => void): this {
    this.#keeper.events.on(event, listener);
    return this;
  }

  once<E extends keyof PoolEventMap>(event: E, listener: (...values: PoolEventMap[E]) => void): this {
    this.#keeper.events.once(event, listener);
    return this;
  }

  off<E extends keyof PoolEventMap>(event: E, listener: (...values: PoolEventMap[E]) => void): this {
    this.#keeper.events.off(event, listener);
    return this;
  }

  /**
   * Ends the pool: waiting calls are rejected with a PoolError, unused connections are closed, those that are out are waited for.
   * After `timeout` seconds (`closeTimeout` unless given; 0: at once) what is left is destroyed, and its calls are rejected. Never rejects;
   * further calls wait for the same end.
   */
  async end(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    await this.#keeper.end(readTimeout(options.timeout) ?? this.#closeTimeout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #lend(options: AcquireOptions): Promise<PooledConnection> {
    const lent = await this.#acquire(options);
    return lent.connection.lend((error) => this.#giveBack(lent, error));
  }

  #acquire({ signal, timeout: given }: AcquireOptions): Promise<Lent<PooledSession>> {
    checkSignal(signal);
    const timeout = readTimeout(given);
    return this.#tracer.step(
      'acquire',
      () => this.#keeper.acquire({ signal, timeout }),
      ({ connection }) => processIdOf(connection),
    );
  }

  #giveBack(lent: Lent<PooledSession>, error: unknown): Promise<void> {
    return this.#tracer.step(
      'release',
      () => this.#keeper.giveBack(lent, error),
      () => processIdOf(lent.connection),
    );
  }
}

function processIdOf({ processId }: PooledSession): { processId: number } {
  return { processId };
}
