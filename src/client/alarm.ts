/** One timer for many dates: it rings at the earliest time that was asked for. It never keeps the process running unless told to. */

/** Timers of Node hold a signed 32-bit count of milliseconds. */
const longest = 2 ** 31 - 1;

export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at this time of `performance.now()`, or earlier if it was asked to. `hold`: the process waits for it. */
  at(time: number, hold = false): void {
    if (time >= this.#at) {
      if (hold) this.#timer?.ref();
      return;
    }
    this.stop();
    if (time === Infinity) return;
    this.#at = time;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#at = Infinity;
        this.#ring();
      },
      Math.min(longest, Math.max(1, Math.ceil(time - performance.now()))),
    );
    if (!hold) this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Infinity;
  }
}
