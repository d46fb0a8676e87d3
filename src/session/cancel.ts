/** CancelRequest (PostgreSQL protocol, "Canceling Requests in Progress"): a connection of its own, closed by the server without an answer. */
import { RedshiftError, TimeoutError } from '../errors.js';
import { encodeFrontend } from '../protocol/frontend.js';
import type { Transport } from '../transport/transport.js';
import { startClock } from './clock.js';
import type { Watcher } from './own-statements.js';

/** What BackendKeyData told: which process to stop, and the proof that we may. */
export interface CancelKey {
  readonly processId: number;
  readonly secretKey: number;
}

export type CancelOutcome =
  /** Not one byte of the request left: it can hit nothing. */
  | 'not sent'
  /** The server closed the connection, as it does when it is done with a request. */
  | 'taken'
  /** It may still be on its way. */
  | 'unknown';

/** Sends the request and waits for the server to close the connection. */
function requestCancel(
  transport: Transport,
  key: CancelKey,
  signal: AbortSignal,
): Promise<'taken' | 'unknown'> {
  return new Promise((resolve) => {
    const settle = (outcome: 'taken' | 'unknown'): void => {
      signal.removeEventListener('abort', late);
      transport.destroy();
      resolve(outcome);
    };
    const late = (): void => {
      settle('unknown');
    };
    signal.addEventListener('abort', late, { once: true });
    transport.start({
      data: () => undefined,
      closed: (cause) => {
        settle(cause === undefined ? 'taken' : 'unknown');
      },
    });
    transport.write(encodeFrontend({ type: 'CancelRequest', ...key }));
  });
}

/**
 * Opens a further connection and sends the request, unless the statement ends while that connection is made: then there
 * is nothing left to hit, or something else. That it fails is no error here: the bound of the statement ends the wait.
 *
 * @param over resolves when the statement has ended
 * @param seconds for all of it
 * @param watcher is told how it went
 */
export async function sendCancel(
  open: (signal: AbortSignal) => Promise<Transport>,
  key: CancelKey,
  over: Promise<void>,
  seconds: number,
  watcher?: Watcher,
): Promise<CancelOutcome> {
  const clock = new AbortController();
  let asked = false;
  let failure: RedshiftError | undefined;
  void over.then(() => {
    // Whoever waits for the connection need not wait for a request that is not wanted any more.
    if (!asked) clock.abort(new Error('The statement has ended'));
  });
  const stop = startClock(seconds * 1000, () => {
    clock.abort(new TimeoutError('The cancel request was not taken in time', { phase: 'cancel' }));
  });
  try {
    const transport = await open(clock.signal);
    if (clock.signal.aborted) {
      transport.destroy();
      return 'not sent';
    }
    asked = true;
    watcher?.sent();
    return await requestCancel(transport, key, clock.signal);
  } catch (error) {
    if (!clock.signal.aborted && error instanceof RedshiftError) failure = error;
    return 'not sent';
  } finally {
    stop();
    const late: unknown = clock.signal.reason;
    watcher?.over(late instanceof TimeoutError ? late : failure);
  }
}
