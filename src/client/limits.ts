/** What bounds one call: its signal and its time, checked before anything is sent. */
import { ArgumentError, CancelledError } from '../errors.js';

/** As in the options: timers of Node hold a signed 32-bit count of milliseconds. */
const maxSeconds = 2_147_483;

export interface CallOptions {
  /** Aborting it ends the call, and the statement on the server. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds that the server may keep us waiting for one statement; 0 is no limit, whatever the connection's. */
  readonly timeout?: number | undefined;
}

/**
 * @param queryTimeout the connection's own, where the call says nothing
 * @throws ArgumentError when one of them cannot be
 */
export function readLimits(
  { signal, timeout }: CallOptions,
  queryTimeout: number | undefined,
): { readonly signal: AbortSignal | undefined; readonly timeout: number | undefined } {
  checkSignal(signal);
  const seconds = readTimeout(timeout) ?? queryTimeout;
  return { signal, timeout: seconds === 0 ? undefined : seconds };
}

/** @throws ArgumentError when it is anything but seconds */
export function readTimeout(timeout: number | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  // Callers without types: null, and numbers as text.
  const given: unknown = timeout;
  if (typeof given === 'number' && given >= 0 && given <= maxSeconds) return given;
  throw new ArgumentError(
    `timeout must be a number of seconds, 0 (no limit) to ${String(maxSeconds)}; undefined is the connection's`,
    { sent: false },
  );
}

/** @throws ArgumentError when it is no AbortSignal */
export function checkSignal(signal: AbortSignal | undefined): void {
  // By its shape: a signal of another realm, or of a polyfill, is as good.
  const given = signal as Partial<AbortSignal> | null | undefined;
  if (given === undefined) return;
  if (typeof given?.aborted === 'boolean' && typeof given.addEventListener === 'function') return;
  throw new ArgumentError('signal must be an AbortSignal', { sent: false });
}

/** The error of a call that is ended by its signal before anything of it was sent. */
export function cancelledBefore(signal: AbortSignal): CancelledError {
  return new CancelledError('The call was cancelled by its signal', { cause: signal.reason, sent: false });
}
