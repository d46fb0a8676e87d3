/**
 * Logins in a browser do not get in each other's way: those with the same settings share one window, those with other
 * settings wait for their turn on the port. Nothing outlives the last login that waits for it.
 */

interface Flight {
  readonly result: Promise<unknown>;
  readonly join: () => void;
  readonly leave: (reason: unknown) => void;
}

const flights = new Map<string, Flight>();

/**
 * Runs a login, or joins the one with the same key that is under way. A signal ends the wait of its own caller only; the
 * login itself is given up when nobody waits for it any more.
 *
 * @param key a digest of all settings that the result depends on
 */
export async function oneWindow<T>(
  key: string,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const flight = flights.get(key) ?? start(key, run);
  flight.join();
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      flight.leave(signal.reason);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    void (flight.result as Promise<T>).then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

function start<T>(key: string, run: (signal: AbortSignal) => Promise<T>): Flight {
  const life = new AbortController();
  let waiting = 0;
  const land = (): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };
  const flight: Flight = {
    // In a later turn of the queue, so that what `run` throws at once is a rejection like any other.
    result: Promise.resolve()
      .then(() => run(life.signal))
      .finally(land),
    join: () => {
      waiting++;
    },
    leave: (reason) => {
      if (--waiting > 0) return;
      // Whoever comes next begins anew.
      land();
      life.abort(reason);
    },
  };
  flights.set(key, flight);
  return flight;
}

/** The end of the queue of each port. */
const turns = new Map<number, Promise<void>>();

/**
 * Waits until no other login of this process uses the port.
 *
 * @returns what gives the port to the next one
 */
export async function turnOn(port: number, signal: AbortSignal): Promise<() => void> {
  signal.throwIfAborted();
  if (port === 0) return () => undefined;
  const before = turns.get(port);
  let done!: () => void;
  const own = new Promise<void>((resolve) => {
    done = resolve;
  });
  const all = before === undefined ? own : before.then(() => own);
  turns.set(port, all);
  void all.then(() => {
    if (turns.get(port) === all) turns.delete(port);
  });
  if (before === undefined) return done;
  try {
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      void before.then(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  } catch (error) {
    done();
    throw error;
  }
  return done;
}
