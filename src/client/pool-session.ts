/**
 * A session as a pool holds it: whoever borrows it gets a connection of his own, with his own cursors and listeners, which ends with the
 * loan. What was left behind is put in order before the next one gets it (rule S12, row Q5 of docs/failures.md).
 */
import { ConnectionLostError, PoolError, RedshiftError, TimeoutError } from '../errors.js';
import { onAbort } from '../session/abort.js';
import { ping } from '../session/ping.js';
import type { Session } from '../session/session.js';
import { tookTooLong } from '../session/session-errors.js';
import { Connection } from './connection.js';
import { Executor, type ExecutorSettings } from './executor.js';
import type { KnownTexts } from './known-texts.js';
import { openSession, type OpenSettings, type SessionListener } from './open.js';
import { PooledConnection } from './pool-lease.js';
import type { Physical } from './pool-member.js';
import type { Place } from './statement-tracer.js';
import { warnOfUncommitted } from './uncommitted.js';

/** Gets a connection in autocommit, which is the pool's again when the function is done. */
export type PoolHook = (connection: Connection) => unknown;

export interface PooledSettings {
  readonly open: OpenSettings;
  /** Shared by all connections of the pool. */
  readonly texts: KnownTexts;
  readonly onConnect: PoolHook | undefined;
  readonly onRelease: PoolHook | undefined;
}

/** Connects, logs in, and runs `onConnect`, each within connectTimeout. */
export async function openPooled(
  settings: PooledSettings,
  lost: (error: Error | undefined) => void,
  signal: AbortSignal,
): Promise<PooledSession> {
  const made: { pooled?: PooledSession } = {};
  await openSession(
    settings.open,
    (session, executor) => {
      made.pooled = new PooledSession(session, { ...settings, executor }, lost);
      return made.pooled.listener;
    },
    signal,
  );
  const pooled = made.pooled!;
  await pooled.setUp(signal);
  return pooled;
}

/** Of one connection. */
interface SessionSettings extends PooledSettings {
  readonly executor: ExecutorSettings;
}

export class PooledSession implements Physical {
  readonly listener: SessionListener;
  readonly #session: Session;
  readonly #settings: SessionSettings;
  /** Ends the work of the pool's own that is under way, when the session ends under it. */
  #interrupt: ((error: RedshiftError | undefined) => void) | undefined;
  /** Who has it now, and hears what the server says. */
  #connection: Connection | undefined;
  #executor: Executor;
  /** Of the statements of `pool.query`. With a connection made for each they cost 70 µs more than on a connection, so 20. */
  #house: Executor | undefined;
  /** `onRelease` has to run before the next loan. */
  #used = false;

  constructor(session: Session, settings: SessionSettings, lost: (error: Error | undefined) => void) {
    this.#session = session;
    this.#settings = settings;
    this.#executor = this.#makeExecutor();
    this.listener = {
      tracer: this.#executor.tracer,
      notice: (notice) => this.#connection?.notify(notice),
      closed: (error) => {
        this.#interrupt?.(error);
        this.#connection?.ended(error);
        lost(error);
      },
    };
  }

  get processId(): number {
    return this.#session.processId;
  }

  /** Where it goes; AWS may have told it. */
  get place(): Place {
    return this.#settings.executor.place;
  }

  get closed(): boolean {
    return this.#session.isClosed;
  }

  get busy(): boolean {
    return this.#session.busy;
  }

  get clean(): boolean {
    const { isClosed, busy, status } = this.#session;
    return !isClosed && !busy && status === 'I' && !this.#used;
  }

  /** For one statement of the pool's own, whose connection nobody sees; in autocommit. */
  borrow(): Executor {
    const executor = (this.#house ??= this.#makeExecutor());
    executor.renew();
    this.#executor = executor;
    this.#used = this.#settings.onRelease !== undefined;
    return executor;
  }

  /** What was borrowed is about to go back to the pool. */
  returned(): void {
    this.#warn(this.#executor);
  }

  /** @param back gives the session back to its pool */
  lend(back: (error: unknown) => Promise<void>): PooledConnection {
    const executor = this.#makeExecutor();
    this.#executor = executor;
    this.#used = this.#settings.onRelease !== undefined;
    const connection = new PooledConnection(executor, async (error) => {
      this.#connection = undefined;
      this.#warn(executor);
      await back(error);
    });
    this.#connection = connection;
    return connection;
  }

  /** Runs `onConnect`. */
  async setUp(signal: AbortSignal): Promise<void> {
    const { onConnect, open } = this.#settings;
    if (onConnect === undefined) return;
    const { connectTimeout } = open;
    const stop = (): void => {
      this.#session.destroy(signal.reason as RedshiftError);
    };
    const unlisten = onAbort(signal, stop);
    try {
      await this.#within(
        connectTimeout,
        () => this.#call(onConnect, 'onConnect'),
        (seconds) => {
          const text = `The function given as onConnect did not end within connectTimeout (${String(seconds)} seconds)`;
          return new TimeoutError(text, { phase: 'connect' });
        },
      );
    } catch (error) {
      this.#session.destroy(
        error instanceof RedshiftError ? error : new PoolError('The connection could not be prepared'),
      );
      throw error;
    } finally {
      unlisten();
    }
  }

  async restore(): Promise<void> {
    const { onRelease, open } = this.#settings;
    const work = async (): Promise<void> => {
      await this.#executor.restore();
      if (onRelease !== undefined && !this.closed) await this.#call(onRelease, 'onRelease');
      this.#used = false;
    };
    await this.#within(open.closeTimeout, work, (seconds) =>
      tookTooLong('putting a released connection in order', seconds, 'close'),
    );
  }

  async check(): Promise<void> {
    const { closeTimeout } = this.#settings.open;
    await this.#within(
      closeTimeout,
      () => ping(this.#session),
      (seconds) => tookTooLong('a sign of life from the server', seconds, 'close'),
    );
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  destroy(error: RedshiftError): void {
    this.#session.destroy(error);
  }

  ref(): void {
    this.#session.ref();
  }

  unref(): void {
    this.#session.unref();
  }

  #warn(executor: Executor): void {
    if (executor.hasUncommittedWrites && !this.closed) {
      warnOfUncommitted(executor.settings.logger, 'released', this.processId);
    }
  }

  #makeExecutor(): Executor {
    return new Executor(this.#session, this.#settings.executor, this.#settings.texts);
  }

  /** Work that takes longer than this ends with the session, also work that waits for something else than the server. */
  async #within(
    seconds: number | undefined,
    work: () => Promise<void>,
    late: (seconds: number) => RedshiftError,
  ): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#interrupt = (error) => {
          reject(error ?? new ConnectionLostError('The connection was closed', { sent: false }));
        };
        if (seconds !== undefined) {
          timer = setTimeout(() => {
            this.#session.destroy(late(seconds));
          }, seconds * 1000);
        }
        work().then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      this.#interrupt = undefined;
    }
  }

  async #call(hook: PoolHook, option: string): Promise<void> {
    const executor = this.#makeExecutor();
    executor.autocommit = true;
    this.#executor = executor;
    this.#connection = new Connection(executor);
    try {
      await hook(this.#connection);
    } catch (cause) {
      // What the function threw may hold anything: it is the cause, and its text is not repeated.
      const retryable = cause instanceof RedshiftError && cause.retryable;
      throw new PoolError(`The function given as ${option} failed (see cause)`, { cause, retryable });
    } finally {
      executor.revoke();
      this.#connection = undefined;
    }
    await executor.restore();
  }
}
