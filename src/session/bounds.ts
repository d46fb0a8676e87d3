/** The clocks of a session: each ends something that takes too long, and none outlives the session. */
import { startClock } from './clock.js';

export class Bounds {
  readonly #running = new Set<() => void>();

  /** Calls `late` after so many seconds, unless the function that is returned, or `clear`, comes first. */
  start(seconds: number, late: () => void): () => void {
    const stop = (): void => {
      this.#running.delete(stop);
      stopClock();
    };
    const stopClock = startClock(seconds * 1000, () => {
      stop();
      late();
    });
    this.#running.add(stop);
    return stop;
  }

  clear(): void {
    for (const stop of this.#running) stop();
  }
}
