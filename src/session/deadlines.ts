/**
 * One timer for the deadlines of a session's statements. A statement that ends in time, as nearly all do, leaves it as it
 * is: when it rings, it looks who is late and is set for the next one, so that no statement makes or clears a timer.
 */
import { startClock } from './clock.js';

/** Something that may take until its deadline (by `performance.now()`; Infinity: as long as it likes). */
export interface Timed {
  readonly deadline: number;
  /** It took longer; from now on it has another deadline or none. */
  late(): void;
}

export class Deadlines {
  readonly #running: () => readonly Timed[];
  #stop: (() => void) | undefined;
  #rings = Infinity;

  /** @param running all that may have a deadline now */
  constructor(running: () => readonly Timed[]) {
    this.#running = running;
  }

  /** It has a deadline from now on. */
  watch({ deadline }: Timed): void {
    if (deadline >= this.#rings) return;
    this.clear();
    this.#set(deadline);
  }

  clear(): void {
    this.#stop?.();
    this.#rings = Infinity;
  }

  #set(time: number): void {
    this.#rings = time;
    // What is waited for holds the process by its socket; behind it, the timer must not.
    this.#stop = startClock(
      time - performance.now(),
      () => {
        this.#ring();
      },
      false,
    );
  }

  #ring(): void {
    this.#rings = Infinity;
    const now = performance.now();
    let next = Infinity;
    // Each may end others, or the session.
    for (const timed of [...this.#running()]) {
      // A timer counts whole milliseconds, and may ring a little early.
      if (timed.deadline <= now + 1) timed.late();
      else next = Math.min(next, timed.deadline);
    }
    if (next < this.#rings) this.#set(next);
  }
}
