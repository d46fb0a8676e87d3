/**
 * Stops the statement that runs, and nothing else: while a request is under way nothing may be sent that it could hit.
 * A statement that the server does not stop in time costs the connection.
 */
import { ConnectionLostError, type RedshiftError } from '../errors.js';
import type { Transport } from '../transport/transport.js';
import type { Bounds } from './bounds.js';
import { sendCancel, type CancelKey } from './cancel.js';
import type { Counters } from './counters.js';
import type { Exchange } from './exchange.js';
import type { ExchangeQueue } from './exchange-queue.js';
import type { Watcher } from './own-statements.js';
import { tookTooLong } from './session-errors.js';

export interface CancellerHost {
  /** Seconds. */
  readonly closeTimeout: number;
  /** A further connection to the same server. */
  openCancel(signal: AbortSignal): Promise<Transport>;
  /** Is told of a request; undefined: nobody watches. */
  watch(): Watcher | undefined;
  destroy(error: RedshiftError): void;
  /** No request is under way any more. */
  free(): void;
}

export class Canceller {
  /** Undefined: the server gave none, it cannot be asked. */
  key: CancelKey | undefined;
  readonly #queue: ExchangeQueue;
  readonly #bounds: Bounds;
  readonly #counters: Counters;
  readonly #host: CancellerHost;
  #underWay = 0;

  constructor(queue: ExchangeQueue, bounds: Bounds, counters: Counters, host: CancellerHost) {
    this.#queue = queue;
    this.#bounds = bounds;
    this.#counters = counters;
    this.#host = host;
  }

  /** A request is under way, so nothing must be sent. */
  get busy(): boolean {
    return this.#underWay > 0;
  }

  ask(exchange: Exchange): void {
    const shared = this.#queue.shared(exchange);
    this.bound(exchange, 'cancel', 'waiting for the server to cancel a statement');
    // A request could hit the statement behind it, which is on its way already: only its rows are thrown away.
    if (shared) return;
    const { key } = this;
    if (key === undefined || key.processId === 0) {
      this.#host.destroy(
        new ConnectionLostError('The server gave no key to cancel with, so the connection was closed', {
          sent: true,
        }),
      );
      return;
    }
    this.#underWay++;
    this.#counters.cancels++;
    const open = (signal: AbortSignal): Promise<Transport> => this.#host.openCancel(signal);
    const isOver = (): boolean => exchange.state === 'over';
    void sendCancel(open, key, isOver, this.#host.closeTimeout, this.#host.watch()).finally(() => {
      this.#underWay--;
      this.#host.free();
    });
  }

  /** Whatever is given up has to end within closeTimeout. */
  bound(exchange: Exchange, phase: 'cancel' | 'close', what: string): void {
    const { closeTimeout } = this.#host;
    const stop = this.#bounds.start(closeTimeout, () => {
      this.#host.destroy(tookTooLong(what, closeTimeout, phase));
    });
    void exchange.done.then(stop);
  }
}
