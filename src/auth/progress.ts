/**
 * Whom a login is waiting for, so that the error of a clock can say it: "120 seconds are over" alone tells nobody whether a
 * person, a proxy or AWS was slow. Names of hosts and services only, never an address with a path.
 */
import { TimeoutError, type LoginStage } from '../errors.js';

export class Progress {
  /** The credentials provider that takes part. */
  plugin: string | undefined;
  #stage: LoginStage | undefined;
  #whom: string | undefined;

  /** From now on it waits for `whom`, as the end of a sentence: `the Redshift API in us-east-1`. */
  waitsFor(stage: LoginStage, whom: string): void {
    this.#stage = stage;
    this.#whom = whom;
  }

  /** The error of a clock that ran out, with what was waited for; any other reason as it is. */
  endedBy(reason: unknown): unknown {
    if (!(reason instanceof TimeoutError) || this.#whom === undefined) return reason;
    const { message, phase, retryable } = reason;
    const who = this.plugin ?? 'the login';
    return new TimeoutError(`${message}; ${who} was waiting for ${this.#whom}`, {
      phase,
      retryable,
      plugin: this.plugin,
      stage: this.#stage,
    });
  }
}
