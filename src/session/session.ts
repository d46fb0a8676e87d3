/**
 * One conversation at a time with one server: sending in turn, closing, and the end.
 * After any error the session is either in step and usable, or closed. It knows nothing of SQL and of values.
 * Who may follow whom is exchange-queue.ts, what the server's messages mean reader.ts, stopping a statement canceller.ts.
 */
import {
  CancelledError,
  ConnectError,
  ConnectionLostError,
  ProtocolError,
  RedshiftError,
  type Notice,
} from '../errors.js';
import type { TransactionStatus } from '../protocol/messages.js';
import { safely } from '../trace.js';
import type { Transport } from '../transport/transport.js';
import { Bounds } from './bounds.js';
import { Canceller } from './canceller.js';
import { Control } from './control.js';
import type { Conversation, Running } from './conversation.js';
import { Counters } from './counters.js';
import { Deadlines } from './deadlines.js';
import { Exchange, type ExchangeHost, type RunOptions } from './exchange.js';
import { ExchangeQueue } from './exchange-queue.js';
import { OwnStatements, type Watch } from './own-statements.js';
import type { ServerParameters } from './parameters.js';
import { Reader, type Notification } from './reader.js';
import { SessionChannel } from './session-channel.js';
import {
  connectionClosed,
  lostBeforeAnswer,
  lostBeforeSending,
  lostWhileRunning,
  resultInTheWay,
  tookTooLong,
} from './session-errors.js';
import { StatementCache } from './statements.js';
import { Turns } from './turns.js';

export interface SessionOptions {
  readonly dialect: 'redshift' | 'postgresql';
  /** Seconds for closing, draining and cancelling; then the connection is destroyed. */
  readonly closeTimeout: number;
  readonly maxResultBytes: number;
  readonly maxPreparedStatements: number;
  /** A further connection to the same server, for a cancel request. */
  openCancel(signal: AbortSignal): Promise<Transport>;
  /** Who watches the statements that the driver sends by itself. */
  readonly watch?: Watch;
  onNotice(notice: Notice): void;
  onNotification?(notification: Notification): void;
  /** The session is over; `error` undefined after an orderly close. */
  onClose(error: RedshiftError | undefined): void;
}

/** The first conversation; it learns by what key the session can be cancelled. */
export interface LoginConversation extends Conversation {
  readonly processId: number;
  readonly secretKey: number | undefined;
}

export class Session {
  /** What it has done so far. */
  readonly counters = new Counters();
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #queue = new ExchangeQueue();
  readonly #own: OwnStatements;
  readonly #reader: Reader;
  readonly #channel: SessionChannel;
  readonly #canceller: Canceller;
  readonly #turns: Turns;
  readonly #host: ExchangeHost;
  readonly #bounds = new Bounds();
  readonly #deadlines = new Deadlines(() => this.#queue.sent);
  readonly #closed: Promise<void>;
  #settleClosed: () => void = () => undefined;
  /** `terminated`: Terminate was sent, and the transport is closing. */
  #state: 'login' | 'ready' | 'closing' | 'terminated' | 'closed' = 'login';
  #paused = false;
  #closeError: RedshiftError | undefined;

  constructor(transport: Transport, options: SessionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#closed = new Promise((resolve) => (this.#settleClosed = resolve));
    this.#own = new OwnStatements((operation, sql) => options.watch?.(operation, sql));
    this.#reader = this.#makeReader();
    const statements = new StatementCache(options.maxPreparedStatements);
    this.#channel = new SessionChannel(transport, this.#reader, statements, this.counters, this.#own);
    this.#reader.channel = this.#channel;
    this.#canceller = this.#makeCanceller();
    this.#turns = new Turns(this.#queue, this.#channel, this.counters, () => {
      return (this.#state === 'ready' || this.#state === 'closing') && !this.#canceller.busy;
    });
    this.#host = this.#makeHost();
  }

  get parameters(): ReadonlyMap<string, string> {
    return this.#reader.parameters.values;
  }

  get server(): ServerParameters {
    return this.#reader.parameters.server;
  }

  get backslashEscapes(): boolean {
    return this.#reader.parameters.backslashEscapes;
  }

  /** As of the last ReadyForQuery. */
  get status(): TransactionStatus {
    return this.#reader.status;
  }

  get processId(): number {
    return this.#canceller.key?.processId ?? 0;
  }

  get isClosed(): boolean {
    return this.#state !== 'login' && this.#state !== 'ready';
  }

  /** Something was sent and not answered to the end yet, or waits to be sent. */
  get busy(): boolean {
    return !this.#queue.empty;
  }

  /** Prepared statements that the server holds for this session. */
  get preparedStatements(): number {
    return this.#channel.statements.size;
  }

  /** Holds the process, as a new connection does. */
  ref(): void {
    this.#transport.ref();
  }

  /** From now on this connection alone does not keep the process from ending. */
  unref(): void {
    this.#transport.unref();
  }

  /** Begins to read and runs the login as the first conversation; `ready` when its ReadyForQuery came. */
  login(conversation: LoginConversation): void {
    const exchange = new Exchange(conversation, this.#host, {});
    this.#queue.push(exchange);
    this.#reader.owe();
    this.#listen();
    exchange.started('I', false);
    void exchange.done.then(() => {
      if (conversation.secretKey !== undefined) {
        this.#canceller.key = { processId: conversation.processId, secretKey: conversation.secretKey };
      }
    });
    try {
      conversation.start(this.#channel);
    } catch (error) {
      this.#brokenBy(error);
    }
  }

  /** On its own, since these closures live as long as the session: beside login's they would keep its conversation, and the password. */
  #listen(): void {
    this.#transport.start({
      data: (chunk) => {
        try {
          this.#reader.push(chunk);
        } catch (error) {
          this.#brokenBy(error);
        }
      },
      closed: (cause) => {
        this.#lost(cause);
      },
    });
  }

  /** Queues a conversation; it is sent when all before it are over (or at once, in a pipeline). */
  run(conversation: Conversation, options: RunOptions = {}): Running {
    const exchange = new Exchange(conversation, this.#host, options);
    if (this.isClosed) {
      exchange.over(connectionClosed(this.#closeError));
    } else if (options.signal?.aborted === true) {
      exchange.over(
        new CancelledError('The call was cancelled by its signal', {
          cause: options.signal.reason,
          sent: false,
        }),
      );
    } else {
      this.#queue.add(exchange);
      this.#advance();
    }
    return exchange;
  }

  /**
   * Asks the server to stop what runs now; resolves when the connection is in step again. Nothing runs: does nothing.
   *
   * @throws what cost the connection, if that is how it ended
   */
  async cancel(): Promise<void> {
    const { head } = this.#queue;
    if (head === undefined || this.#state === 'login') return;
    head.abort(new CancelledError('The statement was cancelled by cancel()', { sent: true }));
    await head.done;
    if (this.#closeError !== undefined) throw this.#closeError;
  }

  /** Ends the connection: waits for what was called, gives up what nobody reads, then says Terminate. Never longer than closeTimeout. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.isClosed) return this.#closed;
    this.#state = 'closing';
    this.#bounds.start(this.#options.closeTimeout, () => {
      this.#break(tookTooLong('closing', this.#options.closeTimeout, 'close'));
    });
    for (const exchange of this.#queue.sent) {
      if (exchange.state === 'paused') void exchange.discard('cancel');
      else exchange.needed();
    }
    this.#terminateWhenIdle();
    await this.#closed;
  }

  /** Throws the connection away; whatever was called is rejected with this error. */
  destroy(error: RedshiftError): void {
    this.#break(error);
  }

  #makeReader(): Reader {
    return new Reader(
      this.#queue,
      {
        notice: (notice) => {
          safely(() => {
            this.#options.onNotice(notice);
          });
        },
        notification: (notification) => {
          safely(() => this.#options.onNotification?.(notification));
        },
        failed: (error) => {
          this.#own.over(error);
        },
        fatal: (error) => {
          this.#break(error);
        },
        continued: () => {
          this.#advance();
        },
        answered: (exchange) => {
          this.#answered(exchange);
        },
      },
      this.counters,
      this.#options.dialect,
    );
  }

  #makeCanceller(): Canceller {
    return new Canceller(this.#queue, this.#bounds, this.counters, {
      closeTimeout: this.#options.closeTimeout,
      unsent: () => this.#transport.unsent,
      openCancel: (signal) => this.#options.openCancel(signal),
      watch: () => this.#options.watch?.('cancel', ''),
      destroy: (error) => {
        this.#break(error);
      },
      free: () => {
        this.#advance();
      },
    });
  }

  #makeHost(): ExchangeHost {
    const { maxResultBytes } = this.#options;
    return {
      maxResultBytes,
      deadlines: this.#deadlines,
      patience: Math.min(1, this.#options.closeTimeout),
      pause: () => {
        this.#paused = true;
        this.#transport.pause();
      },
      resume: () => {
        if (!this.#paused) return;
        this.#paused = false;
        this.#transport.resume();
      },
      ask: () => {
        this.#queue.hold();
        this.#canceller.review();
      },
      bound: (exchange) => {
        this.#queue.hold();
        this.#canceller.bound(exchange, 'close', 'reading the rest of a result that was given up');
      },
      refuseWaiting: (holder) => {
        for (const exchange of this.#queue.takeWaiting()) {
          exchange.over(resultInTheWay(holder.owner, maxResultBytes));
        }
      },
      dropped: (exchange) => {
        this.#queue.drop(exchange);
        this.#advance();
      },
    };
  }

  #advance(): void {
    this.#turns.advance();
    if (this.#state === 'closing') this.#terminateWhenIdle();
  }

  #answered(exchange: Exchange): void {
    if (this.#state === 'login' && exchange.error === undefined) {
      this.#state = 'ready';
      this.#reader.loggedIn();
    }
    if (this.#leftBehind(exchange)) {
      this.#queue.addNext(new Exchange(new Control('rollback'), this.#host, {}));
    }
    exchange.over(undefined);
    this.#canceller.review();
    this.#advance();
  }

  /** A transaction of the driver's own is still open, or one that nothing was in but a statement that the driver gave up. */
  #leftBehind(exchange: Exchange): boolean {
    if (!exchange.began || this.status === 'I') return false;
    return exchange.conversation.endsTransaction === true || (exchange.discarded && this.status === 'E');
  }

  // The end

  #terminateWhenIdle(): void {
    if (this.#state !== 'closing' || this.busy || this.#canceller.busy) return;
    this.#state = 'terminated';
    this.#reader.stop();
    this.#channel.send([{ type: 'Terminate' }]);
    this.#transport.end();
  }

  #lost(cause: Error | undefined): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'terminated') {
      this.#over(undefined);
      return;
    }
    const how = cause === undefined ? 'the server closed it' : cause.message;
    const { peer } = this.#transport;
    this.#break(
      this.#state === 'login'
        ? new ConnectError(`The connection to ${peer} was lost during the login: ${how}`, {
            cause,
            retryable: true,
          })
        : new ConnectionLostError(`The connection to ${peer} was lost: ${how}`, { cause }),
    );
  }

  /** Whatever is thrown while bytes are read means that we can no longer tell which answer belongs to which question. */
  #brokenBy(error: unknown): void {
    this.#break(
      error instanceof RedshiftError
        ? error
        : new ProtocolError('Reading the answer of the server failed', { cause: error }),
    );
  }

  #break(error: RedshiftError): void {
    if (this.#state === 'closed') return;
    this.#closeError = error;
    this.#transport.destroy();
    this.#own.over(error);
    const sent = this.#queue.takeSent();
    const waiting = this.#queue.takeWaiting();
    this.#over(error);
    const [head, ...followers] = sent;
    head?.over(head.error ?? lostWhileRunning(error, head.conversation.commits === true));
    for (const exchange of followers) exchange.over(lostBeforeAnswer(error));
    for (const exchange of waiting) exchange.over(lostBeforeSending(error));
  }

  #over(error: RedshiftError | undefined): void {
    this.#state = 'closed';
    this.#reader.stop();
    this.#bounds.clear();
    this.#deadlines.clear();
    this.#channel.close();
    this.#channel.statements.clear();
    this.#settleClosed();
    safely(() => {
      this.#options.onClose(error);
    });
  }
}
