/**
 * The shape of a conversation, what it may ask of the session, and how results reach whoever wants them.
 * A conversation describes the expected path only; "an error came: skip until ready" lives once, in session.ts.
 */
import type { RedshiftError } from '../errors.js';
import type { IncomingRows } from '../protocol/data-row.js';
import type { CommandTag } from '../protocol/command-tag.js';
import type {
  BackendMessage,
  FieldDescription,
  OutgoingMessage,
  TransactionStatus,
} from '../protocol/messages.js';
import type { ServerParameters } from './parameters.js';
import type { StatementCache } from './statements.js';

/** Who takes a result. Called synchronously, straight from the bytes that came. */
export interface ResultSink {
  /** Once per result that has columns, before its first row. `formats` holds 0 (text) or 1 (binary) per column. */
  describe(fields: readonly FieldDescription[], formats: Uint8Array, server: ServerParameters): void;
  /**
   * Takes rows that are whole and good, at least one if the first is, and moves `incoming` on over them. False: full; the
   * transport is paused after this chunk, unless something else needs it.
   */
  rows(incoming: IncomingRows): boolean;
  /** Bytes of rows that were taken and not read yet; what a spooled result is bounded by. */
  readonly held: number;
  /** Exactly once. */
  end(outcome: Outcome): void;
}

export type Outcome = { readonly tag: CommandTag } | { readonly error: RedshiftError };

/** What running a statement returns at once. Neither promise rejects: what went wrong reaches the sink's `end`. */
export interface Running {
  /** The columns are known, or there are none, or it is over. */
  readonly described: Promise<void>;
  /** ReadyForQuery came, or the connection is gone. */
  readonly done: Promise<void>;
  /** The sink has room again. */
  resume(): void;
  /** Reads on whether the sink is full or not: somebody else waits for the connection. */
  spool(): void;
  /**
   * Throws the rest away; `cancel` asks the server to stop first. Resolves like `done`. `because`: what went wrong, where
   * it is not the caller who wants no more.
   */
  discard(mode: 'drain' | 'cancel', because?: RedshiftError): Promise<void>;
  /** Ends the call with this error now; the server is asked to stop, and the connection is in step again when `done` resolves. */
  abort(error: RedshiftError): void;
  /** It was sent outside of a transaction, or opened one itself: a cancel can undo nothing that came before it. */
  readonly alone: boolean;
}

/** What a conversation may use of its session. */
export interface Channel {
  readonly server: ServerParameters;
  readonly statements: StatementCache;
  /** As of the last ReadyForQuery. */
  readonly status: TransactionStatus;
  /** Answers of others are to come: in `start` of statements before it, in `ready` of those behind it. */
  readonly followed: boolean;
  /**
   * One write; ends with a message that the server answers by ReadyForQuery.
   *
   * @param execution bytes behind the messages, which end with a Sync
   * @param held others may follow in this turn of the event loop, and leave together with it
   */
  send(messages: readonly OutgoingMessage[], execution?: Uint8Array, held?: boolean): void;
  /** A statement of the driver's own goes out with the next block. @returns to be called when the server has completed it */
  own(sql: string): () => void;
  /** DataRows with so many columns may come from now on; -1: none may. */
  expectRows(columns: number): void;
}

export interface Conversation {
  /** What it is, for messages: `extended query`. */
  readonly name: string;
  /** Its results may make the reader wait: the socket is paused while the sink is full. */
  readonly pausable: boolean;
  /** After the block that is on its way it sends no other: the next statement may follow at once. */
  readonly lastBlockSent: boolean;
  readonly began: boolean;
  /** It may be sent while others of its kind are not answered yet (rule S8). */
  readonly pipelined?: boolean;
  /** Bytes of values that it sends, when it may be pipelined. */
  readonly weight?: number;
  /** It needs what one of those before it has sent, and waits until that was answered. */
  waits?(channel: Channel): boolean;
  start(channel: Channel): void;
  /** Any message but errors, notices, parameter changes, DataRows and ReadyForQuery. Throws ProtocolError for what it does not expect. */
  message(message: BackendMessage, channel: Channel): void;
  rows(incoming: IncomingRows): boolean;
  readonly held: number;
  /** The columns are known or there are none: settles `described`. */
  readonly described: boolean;
  /** An ErrorResponse; all that follows up to ReadyForQuery is skipped. */
  failed(error: RedshiftError): void;
  /** ReadyForQuery. False: another block was sent, it goes on. */
  ready(status: TransactionStatus, channel: Channel): boolean;
  /** It is a COMMIT: when the connection is lost now, nobody knows what the server did. */
  readonly commits?: boolean;
  /** What it failed with is known; it goes on only to undo what it began. */
  readonly failing?: boolean;
  /** In and after `ready`: blocks that it had sent before are still to be answered. */
  readonly unanswered?: boolean;
  /** It ends the transaction that it began; when it is given up before that, the transaction is rolled back. */
  readonly endsTransaction?: boolean;
  /** Blacks out what must not be seen in what the server says before the login is through. */
  hide?(text: string): string;
  /**
   * It is over: hands the outcome to the sink(s). `error` undefined: everything came as it should, or the server's error
   * is the outcome; that one wins over `error`, too.
   */
  finish(error: RedshiftError | undefined): void;
}

/** A column as the server described it. */
export type Field = FieldDescription;
