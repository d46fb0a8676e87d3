/**
 * Who was sent, who waits, and who may follow whom. The first of those sent receives what the server says.
 * It sends nothing itself and reads nothing.
 */
import type { Channel } from './conversation.js';
import type { Exchange } from './exchange.js';

/** Replies of so many statements always fit the socket buffers of both sides (250 bytes each, 64 KiB). */
const maxPipelined = 256;
/** And of so many bytes: what a server does not take waits in our memory. */
const maxPipelinedBytes = 8 * 1024 * 1024;

export class ExchangeQueue {
  /** In the order of their answers; more than one are all of a pipeline. */
  readonly #sent: Exchange[] = [];
  readonly #waiting: Exchange[] = [];
  /** Bytes of values in those that were sent. */
  #weight = 0;
  /** One of those that were sent is being given up: nothing follows until all of them are answered. */
  #held = false;

  /** The one whose answer comes next. */
  get head(): Exchange | undefined {
    return this.#sent[0];
  }

  get sent(): readonly Exchange[] {
    return this.#sent;
  }

  /** Somebody waits to be sent. */
  get crowded(): boolean {
    return this.#waiting.length > 0;
  }

  get empty(): boolean {
    return this.#sent.length + this.#waiting.length === 0;
  }

  /** To the end of the queue; those before it learn that somebody waits for the connection. */
  add(exchange: Exchange): void {
    this.#waiting.push(exchange);
    // Behind the first there are only statements of a pipeline, which never pause.
    this.#sent[0]?.needed();
  }

  /** One of those that were sent is being given up. */
  hold(): void {
    this.#held = true;
  }

  /** In front of all that wait: it belongs to the one that is just over. */
  addNext(exchange: Exchange): void {
    this.#waiting.unshift(exchange);
  }

  /** Takes the next one that may be sent now out of those that wait. */
  takeNext(channel: Channel): Exchange | undefined {
    const next = this.#waiting[0];
    if (next === undefined || !this.#mayFollow(next, channel)) return undefined;
    this.#waiting.shift();
    return next;
  }

  /** Rule S8: nothing is sent before the answer to what was sent came, unless all are statements of a pipeline. */
  #mayFollow({ conversation }: Exchange, channel: Channel): boolean {
    const last = this.#sent[this.#sent.length - 1]?.conversation;
    return (
      last === undefined ||
      (conversation.pipelined === true &&
        last.pipelined === true &&
        last.lastBlockSent &&
        !this.#held &&
        this.#sent.length < maxPipelined &&
        this.#weight < maxPipelinedBytes &&
        conversation.waits?.(channel) !== true)
    );
  }

  /** It is about to be sent. */
  push(exchange: Exchange): void {
    this.#sent.push(exchange);
    this.#weight += exchange.weight;
  }

  /** The last one could not be sent after all. */
  pop(): void {
    this.#left(this.#sent.pop());
  }

  /** The head has its whole answer. */
  shift(): void {
    this.#left(this.#sent.shift());
  }

  /** It was taken back before it was sent. */
  drop(exchange: Exchange): void {
    const at = this.#waiting.indexOf(exchange);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Those that wait, all of them; they wait no longer. */
  takeWaiting(): Exchange[] {
    return this.#waiting.splice(0);
  }

  takeSent(): Exchange[] {
    return this.#sent.splice(0);
  }

  #left(exchange: Exchange | undefined): void {
    this.#weight -= exchange?.weight ?? 0;
    if (this.#sent.length === 0) this.#held = false;
  }
}
