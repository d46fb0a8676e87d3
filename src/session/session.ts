/**
 * One conversation at a time with one server: the queue, reading, recovery after an error, cancelling, closing.
 * After any error the session is either in step and usable, or closed. It knows nothing of SQL and of values.
 */
import {
  CancelledError,
  ConnectError,
  ConnectionLostError,
  InterfaceError,
  ProtocolError,
  RedshiftError,
  serverError,
  serverFields,
  type Notice,
} from '../errors.js';
import { decodeBackend } from '../protocol/backend.js';
import { Framer, type RowRun } from '../protocol/framing.js';
import { encodeFrontendAll } from '../protocol/frontend.js';
import type { FrontendMessage, TransactionStatus } from '../protocol/messages.js';
import { safely } from '../trace.js';
import type { Transport } from '../transport/transport.js';
import { sendCancel } from './cancel.js';
import type { Channel, Conversation, Running } from './conversation.js';
import { Exchange, type ExchangeHost, type RunOptions } from './exchange.js';
import { Control } from './control.js';
import {
  connectionClosed,
  lostBeforeAnswer,
  lostBeforeSending,
  lostWhileRunning,
  resultInTheWay,
  tookTooLong,
} from './session-errors.js';
import { ParameterStatuses, type ServerParameters } from './parameters.js';
import { StatementCache } from './statements.js';

export interface SessionOptions {
  readonly dialect: 'redshift' | 'postgresql';
  /** Seconds for closing, draining and cancelling; then the connection is destroyed. */
  readonly closeTimeout: number;
  readonly maxResultBytes: number;
  readonly maxPreparedStatements: number;
  /** A further connection to the same server, for a cancel request. */
  openCancel(signal: AbortSignal): Promise<Transport>;
  onNotice(notice: Notice): void;
  onNotification?(notification: { processId: number; channel: string; payload: string }): void;
  /** The session is over; `error` undefined after an orderly close. */
  onClose(error: RedshiftError | undefined): void;
}

/** Until the login is through, nobody has reason to send more; the server is not known to be one. */
const loginMessageLimit = 64 * 1024;
const messageLimit = 0x3ffffffe;

export class Session {
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #parameters: ParameterStatuses;
  readonly #statements: StatementCache;
  readonly #framer: Framer;
  readonly #channel: Channel;
  readonly #host: ExchangeHost;
  /** Sent, in the order of their answers; the first one receives. */
  readonly #sent: Exchange[] = [];
  readonly #waiting: Exchange[] = [];
  #state: 'login' | 'ready' | 'closing' | 'closed' = 'login';
  #status: TransactionStatus = 'I';
  #skipping = false;
  #paused = false;
  /** ReadyForQuery messages that are still to come. */
  #owed = 0;
  #cancels = 0;
  #key: { processId: number; secretKey: number } | undefined;
  #closeError: RedshiftError | undefined;
  #bounds = new Set<NodeJS.Timeout>();
  #closed: Promise<void>;
  #settleClosed: () => void = () => undefined;

  constructor(transport: Transport, options: SessionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#parameters = new ParameterStatuses(options.dialect);
    this.#statements = new StatementCache(options.maxPreparedStatements);
    this.#closed = new Promise((resolve) => (this.#settleClosed = resolve));
    this.#framer = new Framer(
      {
        message: (type, body) => {
          this.#message(type, body);
        },
        rows: (run) => {
          this.#rows(run);
        },
      },
      loginMessageLimit,
    );
    this.#channel = this.#makeChannel();
    this.#host = this.#makeHost();
  }

  get parameters(): ReadonlyMap<string, string> {
    return this.#parameters.values;
  }

  get server(): ServerParameters {
    return this.#parameters.server;
  }

  get backslashEscapes(): boolean {
    return this.#parameters.backslashEscapes;
  }

  /** As of the last ReadyForQuery. */
  get status(): TransactionStatus {
    return this.#status;
  }

  get processId(): number {
    return this.#key?.processId ?? 0;
  }

  get isClosed(): boolean {
    return this.#state === 'closed' || this.#state === 'closing';
  }

  /** Something was sent and not answered to the end yet, or waits to be sent. */
  get busy(): boolean {
    return this.#sent.length + this.#waiting.length > 0;
  }

  /** Begins to read and runs the login as the first conversation; `ready` when its ReadyForQuery came. */
  login(
    conversation: Conversation & { readonly processId: number; readonly secretKey: number | undefined },
  ): void {
    const exchange = new Exchange(conversation, this.#host, {});
    this.#sent.push(exchange);
    this.#owed = 1;
    this.#transport.start({
      data: (chunk) => {
        this.#data(chunk);
      },
      closed: (cause) => {
        this.#lost(cause);
      },
    });
    exchange.started('I', false);
    void exchange.done.then(() => {
      if (conversation.secretKey !== undefined) {
        this.#key = { processId: conversation.processId, secretKey: conversation.secretKey };
      }
    });
    this.#guard(() => {
      conversation.start(this.#channel);
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
      this.#waiting.push(exchange);
      for (const before of this.#sent) before.needed();
      this.#advance();
    }
    return exchange;
  }

  /** Asks the server to stop what runs now; resolves when the connection is in step again. Nothing runs: does nothing. */
  async cancel(): Promise<void> {
    const head = this.#sent[0];
    if (head === undefined || this.#state !== 'ready') return;
    head.abort(new CancelledError('The statement was cancelled by cancel()'));
    await head.done;
  }

  /** Ends the connection: waits for what was called, gives up what nobody reads, then says Terminate. Never longer than closeTimeout. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#state === 'closing') return this.#closed;
    this.#state = 'closing';
    const bound = setTimeout(() => {
      this.#break(tookTooLong('closing', this.#options.closeTimeout, 'close'));
    }, this.#options.closeTimeout * 1000);
    this.#bounds.add(bound);
    for (const exchange of this.#sent) {
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

  #makeChannel(): Channel {
    const server = (): ServerParameters => this.#parameters.server;
    const status = (): TransactionStatus => this.#status;
    return {
      get server() {
        return server();
      },
      get status() {
        return status();
      },
      statements: this.#statements,
      send: (messages) => {
        this.#send(messages);
      },
      expectRows: (columns) => {
        this.#framer.expectRows(columns);
      },
    };
  }

  #makeHost(): ExchangeHost {
    return {
      maxResultBytes: this.#options.maxResultBytes,
      pause: () => {
        this.#paused = true;
        this.#transport.pause();
      },
      resume: () => {
        if (!this.#paused) return;
        this.#paused = false;
        this.#transport.resume();
      },
      ask: (exchange) => {
        this.#ask(exchange);
      },
      bound: (exchange) => {
        this.#bound(exchange, 'close', 'reading the rest of a result that was given up');
      },
      refuseWaiting: (exchange) => {
        this.#refuseWaiting(exchange);
      },
      dropped: (exchange) => {
        const at = this.#waiting.indexOf(exchange);
        if (at >= 0) this.#waiting.splice(at, 1);
        this.#advance();
      },
    };
  }

  #send(messages: readonly FrontendMessage[]): void {
    if (this.#state === 'closed') return;
    const bytes = encodeFrontendAll(messages);
    for (const { type } of messages) if (type === 'Sync' || type === 'Query') this.#owed++;
    this.#transport.write(bytes);
  }

  // Reading

  #data(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#guard(() => {
      this.#framer.push(chunk);
    });
  }

  /** Whatever is thrown while bytes are read means that we can no longer tell which answer belongs to which question. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#break(
        error instanceof RedshiftError
          ? error
          : new ProtocolError('Reading the answer of the server failed', { cause: error }),
      );
    }
  }

  #rows(run: RowRun): void {
    const head = this.#sent[0];
    if (head === undefined || this.#state === 'closed') return;
    head.rows(run);
  }

  #message(type: number, body: Uint8Array): void {
    if (this.#state === 'closed') return;
    const message = decodeBackend(type, body, this.#parameters.server.protocolVersion);
    const head = this.#sent[0];
    switch (message.type) {
      case 'NoticeResponse': {
        const notice = serverFields(message.fields);
        safely(() => this.#options.onNotice(notice));
        return;
      }
      case 'NotificationResponse':
        safely(() => this.#options.onNotification?.(message));
        return;
      case 'ParameterStatus':
        this.#parameters.set(message.name, message.value);
        return;
      case 'ErrorResponse':
        this.#failed(serverError(message.fields, { duringLogin: this.#state === 'login', sent: true }), head);
        return;
      case 'ReadyForQuery':
        this.#ready(message.status, head);
        return;
      default:
        if (head === undefined)
          throw new ProtocolError(`The server sent ${message.type} although nothing was asked`);
        if (this.#skipping)
          throw new ProtocolError(`The server sent ${message.type} between an error and ReadyForQuery`);
        head.conversation.message(message, this.#channel);
        head.noteDescribed();
    }
  }

  #failed(error: RedshiftError, head: Exchange | undefined): void {
    this.#framer.expectRows(-1);
    if (head !== undefined) {
      this.#skipping = true;
      head.error ??= error;
      head.conversation.failed(error);
    }
    // After a fatal error (57P01: the server shuts down; 28000: no login) the server hangs up; nobody has to wait for it.
    if (this.#state === 'login' || error.severity === 'FATAL' || error.severity === 'PANIC')
      this.#break(error);
    else if (head === undefined) {
      throw new ProtocolError('The server sent an error although nothing was asked', { cause: error });
    }
  }

  #ready(status: TransactionStatus, head: Exchange | undefined): void {
    if (head === undefined || this.#owed === 0) {
      throw new ProtocolError('The server sent ReadyForQuery although nothing was asked');
    }
    this.#owed--;
    this.#status = status;
    this.#skipping = false;
    this.#framer.expectRows(-1);
    // A conversation that nobody follows any more sends no second block.
    const channel = head.silenced ? { ...this.#channel, send: () => undefined } : this.#channel;
    if (!head.conversation.ready(status, channel) && !head.silenced) {
      head.error = undefined;
      head.noteDescribed();
      this.#advance();
      return;
    }
    this.#sent.shift();
    if (this.#state === 'login' && head.error === undefined) {
      this.#state = 'ready';
      this.#framer.limit = messageLimit;
    }
    if (head.discarded && head.began && status === 'E') this.#undo();
    head.over(undefined);
    this.#advance();
  }

  // The queue

  #advance(): void {
    while (this.#state === 'ready' || this.#state === 'closing') {
      const next = this.#waiting[0];
      if (next === undefined || this.#cancels > 0 || !this.#mayFollow(next)) break;
      this.#waiting.shift();
      this.#start(next);
    }
    if (this.#state === 'closing') this.#terminateWhenIdle();
  }

  /** Rule S8: nothing is sent before the answer to what was sent came, unless all are statements of a pipeline. */
  #mayFollow(next: Exchange): boolean {
    if (this.#sent.length === 0) return true;
    return (
      next.conversation.pipelined === true &&
      this.#sent.length < maxPipelined &&
      this.#sent.every(
        ({ conversation, state }) =>
          conversation.pipelined === true && conversation.lastBlockSent && state === 'collecting',
      )
    );
  }

  #start(exchange: Exchange): void {
    const refusal = exchange.refusal();
    if (refusal !== undefined) {
      exchange.over(refusal);
      return;
    }
    this.#sent.push(exchange);
    exchange.started(this.#status, exchange.conversation.pausable);
    try {
      exchange.conversation.start(this.#channel);
    } catch (error) {
      // Nothing was written: a message that cannot be encoded is refused as a whole.
      this.#sent.pop();
      exchange.over(
        error instanceof RedshiftError
          ? error
          : new InterfaceError('The statement cannot be sent', { cause: error }),
      );
      return;
    }
    if (this.#waiting.length > 0) exchange.needed();
  }

  /** The driver gave up the statement that had opened the transaction: nothing else was in it, so it is rolled back. */
  #undo(): void {
    this.#waiting.unshift(new Exchange(new Control('rollback'), this.#host, {}));
  }

  #refuseWaiting(holder: Exchange): void {
    for (const exchange of this.#waiting.splice(0)) {
      exchange.over(resultInTheWay(holder.owner, this.#options.maxResultBytes));
    }
  }

  // Cancelling

  #ask(exchange: Exchange): void {
    const followed = this.#sent.length > 1 || this.#sent[0] !== exchange;
    this.#bound(exchange, 'cancel', 'waiting for the server to cancel a statement');
    // A request could hit the statement behind it, which is on its way already: only its rows are thrown away.
    if (followed) return;
    if (this.#key === undefined || this.#key.processId === 0) {
      this.#break(
        new ConnectionLostError('The server gave no key to cancel with, so the connection was closed', {
          sent: true,
        }),
      );
      return;
    }
    this.#cancels++;
    const open = (signal: AbortSignal): Promise<Transport> => this.#options.openCancel(signal);
    const isOver = (): boolean => exchange.state === 'over';
    void sendCancel(open, this.#key, isOver, this.#options.closeTimeout).finally(() => {
      this.#cancels--;
      this.#advance();
    });
  }

  #bound(exchange: Exchange, phase: 'cancel' | 'close', what: string): void {
    const timer = setTimeout(() => {
      this.#break(tookTooLong(what, this.#options.closeTimeout, phase));
    }, this.#options.closeTimeout * 1000);
    this.#bounds.add(timer);
    void exchange.done.then(() => {
      clearTimeout(timer);
      this.#bounds.delete(timer);
    });
  }

  // The end

  #terminateWhenIdle(): void {
    if (this.#state !== 'closing' || this.busy || this.#cancels > 0) return;
    this.#send([{ type: 'Terminate' }]);
    this.#transport.end();
    this.#over(undefined);
  }

  #lost(cause: Error | undefined): void {
    if (this.#state === 'closed') return;
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

  #break(error: RedshiftError): void {
    if (this.#state === 'closed') return;
    this.#closeError = error;
    this.#transport.destroy();
    const sent = this.#sent.splice(0);
    const waiting = this.#waiting.splice(0);
    this.#over(error);
    const [head, ...followers] = sent;
    head?.over(head.error ?? lostWhileRunning(error, head.conversation.commits === true));
    for (const exchange of followers) exchange.over(lostBeforeAnswer(error));
    for (const exchange of waiting) exchange.over(lostBeforeSending(error));
  }

  #over(error: RedshiftError | undefined): void {
    this.#state = 'closed';
    for (const timer of this.#bounds) clearTimeout(timer);
    this.#bounds.clear();
    this.#statements.clear();
    this.#settleClosed();
    safely(() => this.#options.onClose(error));
  }
}

/** Replies of so many statements always fit the socket buffers of both sides (250 bytes each, 64 KiB). */
const maxPipelined = 256;
