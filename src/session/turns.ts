/** Sends what waits, each when its turn has come; what must not or cannot be sent is over at once, and the next one's turn comes. */
import { InterfaceError, RedshiftError } from '../errors.js';
import type { Channel } from './conversation.js';
import type { Counters } from './counters.js';
import type { Exchange } from './exchange.js';
import type { ExchangeQueue } from './exchange-queue.js';

export class Turns {
  readonly #queue: ExchangeQueue;
  readonly #channel: Channel;
  readonly #counters: Counters;
  readonly #maySend: () => boolean;

  /** @param maySend the session is open, and nothing is under way that a new statement could be hit by */
  constructor(queue: ExchangeQueue, channel: Channel, counters: Counters, maySend: () => boolean) {
    this.#queue = queue;
    this.#channel = channel;
    this.#counters = counters;
    this.#maySend = maySend;
  }

  advance(): void {
    while (this.#maySend()) {
      const next = this.#queue.takeNext(this.#channel);
      if (next === undefined) return;
      this.#start(next);
    }
  }

  #start(exchange: Exchange): void {
    const refusal = exchange.refusal();
    if (refusal !== undefined) {
      exchange.over(refusal);
      return;
    }
    this.#queue.push(exchange);
    exchange.started(this.#channel.status, exchange.conversation.pausable);
    try {
      exchange.send(() => {
        exchange.conversation.start(this.#channel);
      });
    } catch (error) {
      // Nothing was written: a message that cannot be encoded is refused as a whole.
      this.#queue.pop();
      exchange.over(
        error instanceof RedshiftError
          ? error
          : new InterfaceError('The statement cannot be sent', { cause: error }),
      );
      return;
    }
    this.#counters.calls++;
    if (this.#queue.crowded) exchange.needed();
  }
}
