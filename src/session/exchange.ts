/**
 * One conversation in the session's queue: its place in the state table, its clock, its signal, and the promises that
 * callers hold. It knows no bytes and no socket; what the state table asks for, it asks of its host.
 */
import { CancelledError, OperationalError, TimeoutError, type RedshiftError } from '../errors.js';
import type { IncomingRows } from '../protocol/data-row.js';
import type { TransactionStatus } from '../protocol/messages.js';
import { startClock } from './clock.js';
import { onAbort } from './abort.js';
import type { Conversation, Running } from './conversation.js';
import { Moment, passed } from './moment.js';
import type { Deadlines, Timed } from './deadlines.js';
import { nextState, type ResultAction, type ResultEvent, type ResultState } from './unread.js';

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Seconds that the server may keep us waiting; time in which we do not read does not count. */
  readonly timeout?: number | undefined;
  /** Who holds the result, for messages: `cursor 3`. */
  readonly owner?: string | undefined;
  /** Asked when its turn comes: an error here means that it must not be sent. */
  readonly refusal?: (() => RedshiftError | undefined) | undefined;
  readonly follower?: Follower | undefined;
}

/** Somebody who is told what becomes of an exchange (tracing). */
export interface Follower {
  /** Its turn has come: calls `send`, which sends it, and passes on what that throws. */
  sending(send: () => void): void;
  /** Its outcome was handed over; `givenUp`: the driver's user left it before its end. Once. */
  over(givenUp: boolean): void;
}

/** What an exchange asks of its session. */
export interface ExchangeHost {
  readonly maxResultBytes: number;
  readonly deadlines: Deadlines;
  /** Seconds that a call waits for ReadyForQuery behind an error of the server. */
  readonly patience: number;
  pause(): void;
  resume(): void;
  /** This exchange is to be stopped: ask the server when nothing else can be hit, and bound the wait. */
  ask(): void;
  /** Rows are thrown away from now on: bound the wait for the end. */
  bound(exchange: Exchange): void;
  refuseWaiting(exchange: Exchange): void;
  /** It was taken back before a byte of it was sent. */
  dropped(exchange: Exchange): void;
}

export class Exchange implements Running, Timed {
  readonly conversation: Conversation;
  /** Bytes of values that it sends, when it may be pipelined. */
  readonly weight: number;
  /** The first error that the server reported for it. */
  error: RedshiftError | undefined;
  /** Of the moment it was sent. */
  statusBefore: TransactionStatus = 'I';
  /** The driver gave the result up by itself: what it left behind in the session is put right. */
  discarded = false;
  /** When the server has kept us waiting for too long, by `performance.now()`; Infinity while that is not counted. */
  deadline = Infinity;
  #state: ResultState = 'waiting';
  #ended = false;
  readonly #host: ExchangeHost;
  readonly #options: RunOptions;
  /** Milliseconds that the server may still keep us waiting. */
  #left: number;
  #givenUp = false;
  // Nobody waits for most statements but through their sink: two promises less for each.
  #described: Moment | undefined;
  #done: Moment | undefined;
  #unlisten: (() => void) | undefined;
  #stopPatience: (() => void) | undefined;

  constructor(conversation: Conversation, host: ExchangeHost, options: RunOptions) {
    this.conversation = conversation;
    this.weight = conversation.weight ?? 0;
    this.#host = host;
    this.#options = options;
    this.#left = options.timeout === undefined ? Infinity : options.timeout * 1000;
    const { signal } = options;
    if (signal !== undefined) {
      this.#unlisten = onAbort(signal, () => {
        this.#aborted(signal);
      });
    }
  }

  /** The columns are known, or there are none, or it is over. */
  get described(): Promise<void> {
    if (this.#ended || this.conversation.described) return passed;
    this.#described ??= new Moment();
    return this.#described.promise;
  }

  /** ReadyForQuery came, or the connection is gone. */
  get done(): Promise<void> {
    if (this.#state === 'over') return passed;
    this.#done ??= new Moment();
    return this.#done.promise;
  }

  /** Who holds the result, for messages. */
  get owner(): string {
    return this.#options.owner ?? this.conversation.name;
  }

  /** An error here means that it must not be sent after all. */
  refusal(): RedshiftError | undefined {
    return this.#options.refusal?.();
  }

  get state(): ResultState {
    return this.#state;
  }

  get began(): boolean {
    return this.conversation.began;
  }

  get alone(): boolean {
    return this.statusBefore === 'I';
  }

  /** Rows and messages are no longer handed on; only ReadyForQuery matters. */
  get silenced(): boolean {
    return this.#ended || this.#state === 'draining' || this.#state === 'cancelling';
  }

  /** It was sent. */
  started(status: TransactionStatus, mayPause: boolean): void {
    this.statusBefore = status;
    this.#apply(mayPause ? 'start' : 'collect');
    this.#startClock();
  }

  /** Calls what sends it. @throws what that throws: then nothing was written */
  send(start: () => void): void {
    const { follower } = this.#options;
    if (follower === undefined) start();
    else follower.sending(start);
  }

  rows(incoming: IncomingRows): void {
    if (this.silenced) return incoming.pass(incoming.end);
    const room = this.conversation.rows(incoming);
    if (this.#state === 'spooling' || this.#state === 'collecting') {
      if (this.conversation.held > this.#host.maxResultBytes) this.#apply('overflow');
    } else if (!room) this.#apply('full');
  }

  /** Another call waits for the connection. */
  needed(): void {
    const open = this.#state === 'paused' || this.#state === 'flowing';
    if (open && this.conversation.held > this.#host.maxResultBytes) this.#host.refuseWaiting(this);
    else this.#apply('needed');
  }

  resume(): void {
    this.#apply('room');
  }

  spool(): void {
    this.needed();
  }

  discard(mode: 'drain' | 'cancel', because?: RedshiftError): Promise<void> {
    if (this.#state !== 'over') {
      this.discarded = true;
      this.#givenUp = because === undefined;
      // Whoever fetches from it later is told that rows are missing, not that the result has ended.
      this.#end(because ?? new OperationalError('The rest of the result was given up before it was read'));
      this.#apply(mode);
    }
    return this.done;
  }

  abort(error: RedshiftError): void {
    if (this.#state === 'over' || this.#ended) return;
    this.#end(error);
    // Where the server has failed it already, there is nothing to stop.
    this.#apply(this.error === undefined ? 'cancel' : 'drain');
  }

  /** The server reports an error. ReadyForQuery has to follow; a caller who would wait for it in vain is told the error. */
  failed(error: RedshiftError): void {
    this.error ??= error;
    this.conversation.failed(error);
    if (this.#ended || this.#stopPatience !== undefined) return;
    this.#stopPatience = startClock(this.#host.patience * 1000, () => {
      this.#end(undefined);
      this.#apply('drain');
    });
  }

  /** It sent another block. */
  continued(): void {
    if (this.conversation.failing !== true) {
      this.error = undefined;
      this.#stopPatience?.();
      this.#stopPatience = undefined;
    }
    this.noteDescribed();
  }

  noteDescribed(): void {
    if (this.#described !== undefined && this.conversation.described) this.#described.come();
  }

  /** ReadyForQuery came (no error: everything as it should), or the connection is gone. */
  over(error: RedshiftError | undefined): void {
    this.#end(error);
    this.#apply('over');
  }

  #aborted(signal: AbortSignal): void {
    this.abort(
      new CancelledError('The call was cancelled by its signal', {
        cause: signal.reason,
        sent: this.#state !== 'waiting',
        ...this.#outcome,
      }),
    );
  }

  late(): void {
    this.deadline = Infinity;
    this.abort(
      new TimeoutError(
        `The server did not answer within ${String(this.#options.timeout)} seconds (timeout); the statement was cancelled`,
        { phase: 'query', sent: true, ...this.#outcome },
      ),
    );
  }

  #end(error: RedshiftError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopClock();
    this.#stopPatience?.();
    this.#unlisten?.();
    if (error !== undefined && this.conversation.commits === true && this.#state !== 'waiting')
      markUnknown(error);
    this.conversation.finish(error);
    this.#described?.come();
    this.#options.follower?.over(this.#givenUp);
  }

  #apply(event: ResultEvent): void {
    const before = this.#state;
    const { state, actions } = nextState(before, event);
    if (state === before) return;
    this.#state = state;
    if (state === 'paused') this.#stopClock();
    else if (before === 'paused' && state !== 'over') this.#startClock();
    for (const action of actions) this.#act(action);
    if (state === 'draining') this.#host.bound(this);
    if (state !== 'over') return;
    this.#end(undefined);
    if (before === 'waiting' && event !== 'over') this.#host.dropped(this);
    this.#done?.come();
  }

  #act(action: ResultAction): void {
    switch (action) {
      case 'pause':
        return this.#host.pause();
      case 'resume':
        return this.#host.resume();
      case 'ask':
        return this.#host.ask();
      case 'refuse-waiting':
        return this.#host.refuseWaiting(this);
      case 'give-up':
        this.discarded = true;
        return this.#end(tooLarge(this.#host.maxResultBytes));
    }
  }

  #startClock(): void {
    if (this.#left === Infinity || this.#ended || this.deadline !== Infinity) return;
    this.deadline = performance.now() + this.#left;
    this.#host.deadlines.watch(this);
  }

  #stopClock(): void {
    if (this.deadline === Infinity) return;
    this.#left = this.deadline - performance.now();
    this.deadline = Infinity;
  }

  /** Of a COMMIT that is given up nobody knows what the server did with it. */
  get #outcome(): { outcome?: 'unknown' } {
    return this.#state !== 'waiting' && this.conversation.commits === true ? { outcome: 'unknown' } : {};
  }
}

/** The error of a result that outgrew `maxResultBytes`. */
export function tooLarge(limit: number): OperationalError {
  return new OperationalError(
    `The result holds more than maxResultBytes (${String(limit)} bytes). Read it as a stream (for await), in parts (fetchMany), or raise maxResultBytes`,
  );
}

/** A COMMIT that was sent: only the server's own refusal of it tells that it did not happen. */
function markUnknown(error: RedshiftError): void {
  const refused = error.sqlState !== undefined && error.severity !== 'FATAL' && error.severity !== 'PANIC';
  if (!refused) Object.assign(error, { outcome: 'unknown', retryable: false });
}
