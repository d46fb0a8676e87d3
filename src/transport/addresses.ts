/**
 * One connection out of several addresses: each next one is tried when the one before failed, or was silent for a moment
 * (RFC 8305, "Happy Eyeballs"); the first that connects wins. It knows no sockets and no names.
 */

/** RFC 8305 section 5 recommends 250 ms. */
const attemptDelay = 250;

interface Closable {
  destroy(): unknown;
}

/**
 * @param attempt connects to one address until its signal fires
 * @throws the signal's reason, or what the last attempt failed with when all have failed
 */
export function firstToConnect<A, C extends Closable>(
  addresses: readonly A[],
  attempt: (address: A, givenUp: AbortSignal) => Promise<C>,
  signal: AbortSignal,
): Promise<C> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    let begun = 0;
    let failed = 0;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    const settle = (): void => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      settle();
      stop.abort(signal.reason);
      reject(signal.reason as Error);
    };
    const onFailure = (error: Error): void => {
      if (over) return;
      failed++;
      if (failed === addresses.length) {
        settle();
        reject(error);
      } else next();
    };
    const next = (): void => {
      clearTimeout(timer);
      const address = addresses[begun];
      if (address === undefined) return;
      begun++;
      attempt(address, stop.signal).then((connection) => {
        if (over) {
          connection.destroy();
          return;
        }
        settle();
        // The others are given up; the winner no longer listens to this signal.
        stop.abort(new Error('Another address was faster'));
        resolve(connection);
      }, onFailure);
      timer = setTimeout(next, attemptDelay);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else next();
  });
}
