/** CancelRequest (PostgreSQL protocol, "Canceling Requests in Progress"): a connection of its own, closed by the server without an answer. */
import { encodeFrontend } from '../protocol/frontend.js';
import type { Transport } from '../transport/transport.js';

/** Sends the request and resolves when the server has closed the connection, so that no later statement can be hit. */
export function requestCancel(
  transport: Transport,
  key: { readonly processId: number; readonly secretKey: number },
  signal: AbortSignal,
): Promise<void> {
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
