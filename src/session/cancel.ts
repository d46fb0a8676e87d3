/** CancelRequest (PostgreSQL protocol, "Canceling Requests in Progress"): a connection of its own, closed by the server without an answer. */
import { TimeoutError, type RedshiftError } from '../errors.js';
import { encodeFrontend } from '../protocol/frontend.js';
import type { Transport } from '../transport/transport.js';
import type { Watcher } from './own-statements.js';

/** What BackendKeyData told: which process to stop, and the proof that we may. */
export interface CancelKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** Sends the request and resolves when the server has closed the connection, so that no later statement can be hit. */
function requestCancel(transport: Transport, key: CancelKey, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      transport.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    transport.start({
      data: () => undefined,
      closed: () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
    });
    transport.write(encodeFrontend({ type: 'CancelRequest', ...key }));
    if (signal.aborted) stop();
  });
}

/**
 * Opens a further connection and sends the request, unless the statement has ended while that connection was made: then
 * there is nothing left to hit, or something else. Failure is no error here: the bound of the statement ends the wait.
 *
 * @param seconds for all of it
 * @param watcher is told how it went
 */
export async function sendCancel(
  open: (signal: AbortSignal) => Promise<Transport>,
  key: CancelKey,
  isOver: () => boolean,
  seconds: number,
  watcher?: Watcher,
): Promise<void> {
  const clock = new AbortController();
  const timer = setTimeout(() => {
    clock.abort(new TimeoutError('The cancel request was not taken in time', { phase: 'cancel' }));
  }, seconds * 1000);
  try {
    const transport = await open(clock.signal);
    if (isOver()) transport.destroy();
    else {
      watcher?.sent();
      await requestCancel(transport, key, clock.signal);
    }
    watcher?.over(clock.signal.reason as RedshiftError | undefined);
  } catch (error) {
    // Without an answer the statement's own bound destroys the connection.
    watcher?.over(error as RedshiftError);
  } finally {
    clearTimeout(timer);
  }
}
