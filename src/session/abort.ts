/**
 * Listening to a caller's AbortSignal. One signal may end any number of calls at once (a server that shuts down), and each of them
 * adding its own listener would make Node warn of a leak from the eleventh on: there is one listener a signal, for all of ours.
 */

class Listeners {
  readonly #calls = new Set<() => void>();
  readonly #signal: AbortSignal;
  readonly #fire = (): void => {
    // One may end the listening of another.
    for (const call of [...this.#calls]) if (this.#calls.has(call)) call();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(call: () => void): void {
    if (this.#calls.size === 0) this.#signal.addEventListener('abort', this.#fire);
    this.#calls.add(call);
  }

  remove(call: () => void): void {
    if (this.#calls.delete(call) && this.#calls.size === 0)
      this.#signal.removeEventListener('abort', this.#fire);
  }
}

const listeners = new WeakMap<AbortSignal, Listeners>();

/** Calls when the signal aborts; a signal that is aborted already calls nobody. Returns what ends the listening. */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined) return nothing;
  let all = listeners.get(signal);
  if (all === undefined) listeners.set(signal, (all = new Listeners(signal)));
  all.add(call);
  return () => {
    all.remove(call);
  };
}

function nothing(): void {
  // There was no signal to listen to.
}
