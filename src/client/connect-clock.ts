/** The clock of one connect: it stands still while somebody else's clock runs. */
import { TimeoutError } from '../errors.js';
import { startClock } from '../session/clock.js';

export class ConnectClock {
  readonly #seconds: number | undefined;
  readonly #late: (error: TimeoutError) => void;
  /** Milliseconds. */
  #left: number;
  #since = 0;
  #stop: (() => void) | undefined;
  #over = false;

  /** @param seconds undefined: no bound */
  constructor(seconds: number | undefined, late: (error: TimeoutError) => void) {
    this.#seconds = seconds;
    this.#late = late;
    this.#left = (seconds ?? 0) * 1000;
    this.#start();
  }

  /** Does not count while `work` runs. */
  async paused<T>(work: () => Promise<T>): Promise<T> {
    this.#pause();
    try {
      return await work();
    } finally {
      if (!this.#over) this.#start();
    }
  }

  stop(): void {
    this.#over = true;
    this.#pause();
  }

  #start(): void {
    if (this.#seconds === undefined) return;
    this.#since = performance.now();
    this.#stop = startClock(this.#left, () => {
      this.#late(
        new TimeoutError(
          `No connection within connectTimeout (${String(this.#seconds)} seconds): DNS, TCP, TLS and login together`,
          { phase: 'connect', retryable: true },
        ),
      );
    });
  }

  #pause(): void {
    if (this.#stop === undefined) return;
    this.#stop();
    this.#stop = undefined;
    this.#left -= performance.now() - this.#since;
  }
}
