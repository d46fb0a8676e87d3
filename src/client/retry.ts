/** Doing a unit of work again when it failed for a reason that may pass. Only where the user asks for it, and never what may have happened already. */
import { ArgumentError, CancelledError, RedshiftError } from '../errors.js';
import { onAbort } from '../session/abort.js';
import { safely } from '../trace.js';
import { backoff } from './backoff.js';

export interface RetryOptions {
  /** How many times the work is tried in all. Default 3. */
  readonly attempts?: number | undefined;
  /** Seconds before the second attempt; it doubles for each further one, less up to half of it at random. Default 0.1. */
  readonly delay?: number | undefined;
  /** The longest wait, in seconds. Default 5. */
  readonly maxDelay?: number | undefined;
  /**
   * Which errors are worth another attempt: codes (`'40001'`, `'ERR_RS_CONNECTION_LOST'`), or a function that decides.
   * Default: those with `retryable: true`.
   */
  readonly on?: readonly string[] | ((error: unknown) => boolean) | undefined;
  /** Ends the waiting between two attempts; hand it to the work as well to end that. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each further attempt. */
  readonly onRetry?: ((error: unknown, nextAttempt: number) => void) | undefined;
}

/**
 * Runs `work`, and runs it again when it fails with an error that may pass: a serialization failure (40001, Redshift's 1023), a
 * deadlock, a server that restarts, a connection that could not be made. The work has to be a whole, such as a transaction: what
 * its first attempt did must be undone, or be harmless to do twice. A failure whose `outcome` is 'unknown' (the connection was lost
 * while COMMIT was on its way) is never tried again, whatever `on` says.
 *
 * @param work gets the number of the attempt, from 1
 * @throws the error of the last attempt; CancelledError when `signal` ends the waiting
 * @example
 * await retry(() => pool.transaction(async (conn) => {
 *   await conn.query('update account set balance = balance - 10 where id = %s', [1]);
 *   await conn.query('update account set balance = balance + 10 where id = %s', [2]);
 * }), { attempts: 5 });
 */
export async function retry<T>(
  work: (attempt: number) => T | Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { attempts = 3, delay = 0.1, maxDelay = 5, on, signal, onRetry } = options;
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new ArgumentError('attempts must be a whole number, 1 or more');
  for (const [name, seconds] of [
    ['delay', delay],
    ['maxDelay', maxDelay],
  ] as const) {
    if (!(seconds >= 0 && seconds <= 3600))
      throw new ArgumentError(`${name} must be a number of seconds, from 0 to 3600`);
  }
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted === true) throw cancelled(signal);
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !worthwhile(error, on)) throw error;
      if (onRetry !== undefined) {
        safely(() => {
          onRetry(error, attempt + 1);
        });
      }
      await sleep(backoff(attempt, delay, maxDelay), signal);
    }
  }
}

function worthwhile(error: unknown, on: RetryOptions['on']): boolean {
  if (error instanceof RedshiftError && error.outcome === 'unknown') return false;
  if (typeof on === 'function') return on(error);
  if (!(error instanceof RedshiftError)) return false;
  return on === undefined ? error.retryable : on.includes(error.code);
}

function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unlisten();
      resolve();
    }, seconds * 1000);
    const stop = (): void => {
      clearTimeout(timer);
      unlisten();
      if (signal !== undefined) reject(cancelled(signal));
    };
    const unlisten = onAbort(signal, stop);
    // The work may have ended with the very signal: nobody is told of it again.
    if (signal?.aborted === true) stop();
  });
}

function cancelled(signal: AbortSignal): CancelledError {
  return new CancelledError('Trying again was cancelled by its signal', { cause: signal.reason });
}
