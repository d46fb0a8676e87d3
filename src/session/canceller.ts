/**
 * Stops the statement that runs, and nothing else: while a request is under way nothing is sent that it could hit, and
 * none is made while a statement that is wanted is on its way. A statement that the server does not stop in time costs
 * the connection.
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
  /** Bytes of what was written that have not left yet. */
  unsent(): number;
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
  /** The last one that a request was made for. */
  #asked: Exchange | undefined;
  #underWay = false;

  constructor(queue: ExchangeQueue, bounds: Bounds, counters: Counters, host: CancellerHost) {
    this.#queue = queue;
    this.#bounds = bounds;
    this.#counters = counters;
    this.#host = host;
  }

  /** A request is under way, so nothing must be sent. */
  get busy(): boolean {
    return this.#underWay;
  }

  /**
   * Asks the server to stop what runs, if it is to be stopped. In a pipeline that waits until all that was sent is to be
   * stopped: a request could hit the statement behind it. Until then its rows are thrown away, and the clocks of the
   * others bound the wait.
   */
  review(): void {
    const { head } = this.#queue;
    if (head?.state !== 'cancelling' || head === this.#asked || this.#underWay) return;
    if (!this.#queue.sent.every(({ state }) => state === 'cancelling')) return;
    this.#asked = head;
    const { key } = this;
    if (key === undefined || key.processId === 0) {
      this.#host.destroy(
        new ConnectionLostError('The server gave no key to cancel with, so the connection was closed', {
          sent: true,
        }),
      );
      return;
    }
    this.bound(head, 'cancel', 'waiting for the server to cancel a statement');
    void this.#request(head, key);
  }

  /**
   * Whatever is given up has to end within closeTimeout; the server cannot answer before it has all that was written, so
   * as long as that is leaving, the time begins anew.
   */
  bound(exchange: Exchange, phase: 'cancel' | 'close', what: string): void {
    const { closeTimeout } = this.#host;
    let unsent = this.#host.unsent();
    const late = (): void => {
      const before = unsent;
      unsent = this.#host.unsent();
      if (unsent < before) stop = this.#bounds.start(closeTimeout, late);
      else this.#host.destroy(tookTooLong(what, closeTimeout, phase));
    };
    let stop = this.#bounds.start(closeTimeout, late);
    void exchange.done.then(() => {
      stop();
    });
  }

  async #request(exchange: Exchange, key: CancelKey): Promise<void> {
    this.#underWay = true;
    this.#counters.cancels++;
    const open = (signal: AbortSignal): Promise<Transport> => this.#host.openCancel(signal);
    const { closeTimeout } = this.#host;
    const outcome = await sendCancel(open, key, exchange.done, closeTimeout, this.#host.watch());
    if (outcome === 'unknown') {
      await exchange.done;
      // 57014: the request did arrive. Otherwise it may arrive later, and hit what is sent next.
      if (exchange.error?.sqlState !== '57014') {
        this.#host.destroy(
          new ConnectionLostError(
            'The connection was closed: a cancel request that came to nothing could still hit the next statement',
          ),
        );
      }
    }
    this.#underWay = false;
    this.review();
    this.#host.free();
  }
}
