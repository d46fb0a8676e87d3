/**
 * What the server says, message by message: notices and parameter changes are set aside, rows and the rest go to the
 * exchange at the head of the queue. An error is remembered and all up to ReadyForQuery skipped: recovery is here, once.
 * Whatever is thrown out of `push` means that nobody can tell any more which answer belongs to which question.
 */
import { ProtocolError, serverError, serverFields, type Notice, type RedshiftError } from '../errors.js';
import { decodeBackend } from '../protocol/backend.js';
import type { IncomingRows } from '../protocol/data-row.js';
import { Descriptions } from '../protocol/descriptions.js';
import { Framer } from '../protocol/framing.js';
import type { TransactionStatus } from '../protocol/messages.js';
import type { Channel } from './conversation.js';
import type { Counters } from './counters.js';
import type { Exchange } from './exchange.js';
import type { ExchangeQueue } from './exchange-queue.js';
import { ParameterStatuses } from './parameters.js';

/** Until the login is through, nobody has reason to send more; the server is not known to be one. */
const loginMessageLimit = 64 * 1024;
const messageLimit = 0x3ffffffe;
const rowDescription = 0x54;

export interface Notification {
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
}

/** What the session has to do about it. */
export interface ReaderEvents {
  notice(notice: Notice): void;
  notification(notification: Notification): void;
  /** The server reported an error: what it was doing is over. */
  failed(error: RedshiftError): void;
  /** An error after which the server hangs up. */
  fatal(error: RedshiftError): void;
  /** ReadyForQuery came and the head goes on: it sent another block. */
  continued(): void;
  /** ReadyForQuery came and the head, which is no longer in the queue, is through. */
  answered(exchange: Exchange): void;
}

export class Reader {
  readonly parameters: ParameterStatuses;
  readonly #queue: ExchangeQueue;
  readonly #events: ReaderEvents;
  readonly #counters: Counters;
  readonly #framer: Framer;
  readonly #descriptions = new Descriptions();
  #channel: Channel | undefined;
  #status: TransactionStatus = 'I';
  #loggedIn = false;
  #skipping = false;
  /** ReadyForQuery messages that are still to come. */
  #owed = 0;
  #stopped = false;

  constructor(
    queue: ExchangeQueue,
    events: ReaderEvents,
    counters: Counters,
    dialect: 'redshift' | 'postgresql',
  ) {
    this.#queue = queue;
    this.#events = events;
    this.#counters = counters;
    this.parameters = new ParameterStatuses(dialect);
    this.#framer = new Framer(
      {
        message: (type, body) => {
          this.#message(type, body);
        },
        rows: (incoming) => {
          this.#rows(incoming);
        },
      },
      loginMessageLimit,
    );
  }

  /** As of the last ReadyForQuery. */
  get status(): TransactionStatus {
    return this.#status;
  }

  /** What conversations are given. */
  set channel(channel: Channel) {
    this.#channel = channel;
  }

  /** Something was sent that the server answers by ReadyForQuery. */
  owe(): void {
    this.#owed++;
  }

  /** More answers are to come. */
  get owed(): boolean {
    return this.#owed > 0;
  }

  expectRows(columns: number): void {
    this.#framer.expectRows(columns);
  }

  /** The login is through: messages may be as long as results need. */
  loggedIn(): void {
    this.#loggedIn = true;
    this.#framer.limit = messageLimit;
  }

  /** Nothing is heard any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** @throws ProtocolError, or whatever a conversation threw: the connection has to be destroyed */
  push(chunk: Uint8Array): void {
    if (this.#stopped) return;
    this.#counters.bytesReceived += chunk.length;
    this.#framer.push(chunk);
  }

  #rows(incoming: IncomingRows): void {
    const { head } = this.#queue;
    if (head === undefined || this.#stopped) return incoming.pass(incoming.end);
    head.rows(incoming);
    this.#counters.rows += incoming.rows;
  }

  #message(type: number, body: Uint8Array): void {
    const channel = this.#channel;
    if (this.#stopped || channel === undefined) return;
    const { protocolVersion } = this.parameters.server;
    const message =
      type === rowDescription
        ? this.#descriptions.decode(body, protocolVersion)
        : decodeBackend(type, body, protocolVersion);
    const { head } = this.#queue;
    switch (message.type) {
      case 'NoticeResponse':
        this.#counters.notices++;
        this.#events.notice(serverFields(this.#shown(message.fields, head)));
        return;
      case 'NotificationResponse':
        this.#events.notification(message);
        return;
      case 'ParameterStatus':
        this.parameters.set(message.name, message.value);
        return;
      case 'ErrorResponse':
        this.#failed(
          serverError(this.#shown(message.fields, head), { duringLogin: !this.#loggedIn, sent: true }),
          head,
        );
        return;
      case 'ReadyForQuery':
        this.#counters.roundTrips++;
        this.#ready(message.status, head, channel);
        return;
      default:
        if (head === undefined)
          throw new ProtocolError(`The server sent ${message.type} although nothing was asked`);
        if (this.#skipping)
          throw new ProtocolError(`The server sent ${message.type} between an error and ReadyForQuery`);
        if (message.type === 'CommandComplete') this.#counters.statements++;
        head.conversation.message(message, channel);
        head.noteDescribed();
    }
  }

  /** A server may repeat what it was just told (the token that it refuses); until the login is over we know what that was. */
  #shown(fields: ReadonlyMap<string, string>, head: Exchange | undefined): ReadonlyMap<string, string> {
    const login = this.#loggedIn ? undefined : head?.conversation;
    if (login?.hide === undefined) return fields;
    return new Map([...fields].map(([code, text]) => [code, login.hide?.(text) ?? text]));
  }

  #failed(error: RedshiftError, head: Exchange | undefined): void {
    this.#framer.expectRows(-1);
    this.#events.failed(error);
    if (head !== undefined) {
      this.#skipping = true;
      head.failed(error);
    }
    // After a fatal error (57P01: the server shuts down; 28000: no login) the server hangs up; nobody has to wait for it.
    if (!this.#loggedIn || error.severity === 'FATAL' || error.severity === 'PANIC') {
      this.#events.fatal(error);
    } else if (head === undefined) {
      throw new ProtocolError('The server sent an error although nothing was asked', { cause: error });
    }
  }

  #ready(status: TransactionStatus, head: Exchange | undefined, open: Channel): void {
    if (head === undefined || this.#owed === 0) {
      throw new ProtocolError('The server sent ReadyForQuery although nothing was asked');
    }
    this.#owed--;
    this.#status = status;
    this.#skipping = false;
    this.#framer.expectRows(-1);
    const channel = head.silenced ? muted(open) : open;
    const through = head.conversation.ready(status, channel);
    if (head.silenced) {
      // Nobody follows it any more, but what it has sent is answered first.
      if (head.conversation.unanswered === true) return;
    } else if (!through) {
      head.continued();
      this.#events.continued();
      return;
    }
    this.#queue.shift();
    this.#events.answered(head);
  }
}

/** For a conversation that nobody follows any more: it may end what it began to read, and sends no second block. */
function muted(channel: Channel): Channel {
  return {
    server: channel.server,
    status: channel.status,
    followed: channel.followed,
    statements: channel.statements,
    send: () => undefined,
    own: () => () => undefined,
    expectRows: (columns) => {
      channel.expectRows(columns);
    },
  };
}
