/**
 * Who waits for a connection, in the order of the calls. A waiter is answered exactly once: with a connection, by its own
 * clock or signal, or by the pool. Whoever was answered is out of the queue at that very moment, so nothing can be handed to
 * somebody who has left (row Q2 of docs/failures.md).
 */
import { CancelledError } from '../errors.js';
import { onAbort } from '../session/abort.js';

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Seconds; undefined is no limit. */
  readonly timeout?: number | undefined;
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  /** Ends its clock and its listener. */
  readonly settle: () => void;
}

export class Waiters<T> {
  /** A Set keeps the order of arrival, and lets go from the middle without a search. */
  readonly #queue = new Set<Waiter<T>>();
  readonly #late: (timeout: number) => Error;
  readonly #left: () => void;

  /**
   * @param late the error of a waiter whose time is over
   * @param left called after a waiter went away by itself
   */
  constructor(late: (timeout: number) => Error, left: () => void) {
    this.#late = late;
    this.#left = left;
  }

  get length(): number {
    return this.#queue.size;
  }

  wait({ signal, timeout }: WaitOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (error: () => Error): void => {
        const reason = error();
        waiter.settle();
        reject(reason);
        this.#left();
      };
      const cancel = (): void => {
        leave(
          () =>
            new CancelledError('Waiting for a connection was cancelled by its signal', {
              cause: signal?.reason,
              sent: false,
            }),
        );
      };
      const waiter: Waiter<T> = {
        resolve,
        reject,
        settle: () => {
          this.#queue.delete(waiter);
          clearTimeout(timer);
          unlisten();
        },
      };
      this.#queue.add(waiter);
      if (timeout !== undefined) {
        timer = setTimeout(() => {
          leave(() => this.#late(timeout));
        }, timeout * 1000);
      }
      const unlisten = onAbort(signal, cancel);
    });
  }

  /** Answers the one that has waited longest; false when nobody waits. */
  serve(value: T): boolean {
    const waiter = this.#shift();
    waiter?.resolve(value);
    return waiter !== undefined;
  }

  /** Disappoints the one that has waited longest. */
  refuse(error: unknown): void {
    this.#shift()?.reject(error);
  }

  /** Disappoints all that wait now. */
  refuseAll(error: () => unknown): void {
    for (const waiter of [...this.#queue]) {
      waiter.settle();
      waiter.reject(error());
    }
  }

  #shift(): Waiter<T> | undefined {
    for (const waiter of this.#queue) {
      waiter.settle();
      return waiter;
    }
    return undefined;
  }
}
