/** Calls on one cursor, one after the other in the order in which they were made, whatever became of the one before. */
import { cancelledBefore } from './limits.js';

export class CallQueue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param call is run when its turn comes; it says `begin` when it is about to send, and until then the signal ends it
   *   at once. What it has begun to clear away by then is still done before the next call's turn.
   */
  run<T>(call: (begin: () => void) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(cancelledBefore(signal));
    if (signal === undefined) {
      const turn = this.#last.then(() => call(() => undefined));
      this.#last = turn.catch(() => undefined);
      return turn;
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(cancelledBefore(signal));
      };
      const begin = (): void => {
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const turn = this.#last.then(async () => {
        if (signal.aborted) throw cancelledBefore(signal);
        return call(() => {
          if (signal.aborted) throw cancelledBefore(signal);
          begin();
        });
      });
      this.#last = turn.catch(() => undefined);
      turn.finally(begin).then(resolve, reject);
    });
  }
}
