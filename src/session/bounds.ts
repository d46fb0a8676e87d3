/** The clocks of a session: each ends something that takes too long, and none outlives the session. */

export class Bounds {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Calls `late` after so many seconds, unless the function that is returned, or `clear`, comes first. */
  start(seconds: number, late: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      late();
    }, seconds * 1000);
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
