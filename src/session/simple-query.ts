/**
 * Several statements in one text by the simple protocol: Query, then per statement [RowDescription DataRow…]
 * CommandComplete, and one ReadyForQuery for all. All values come as text; a failure undoes the whole text.
 */
import { ProtocolError, type RedshiftError } from '../errors.js';
import { parseCommandTag } from '../protocol/command-tag.js';
import type { IncomingRows } from '../protocol/data-row.js';
import { checkSql } from '../protocol/frontend.js';
import type { BackendMessage, TransactionStatus } from '../protocol/messages.js';
import { beginSql, ownStatement } from './control.js';
import type { Channel, Conversation, ResultSink } from './conversation.js';
import { refuseCopy } from './executing.js';
import { emptyTag } from './extended-query.js';
import { Steps } from './steps.js';

export interface Script {
  readonly sql: string;
  /** Open a transaction first (in a Sync block of its own) when the session is idle. */
  readonly begin: boolean;
  /** It holds a COMMIT: when the connection is lost, nobody knows what happened. */
  readonly commits: boolean;
  /** A sink for the next result. */
  next(): ResultSink;
  /** All is over; results that completed before an error were delivered to their sinks. */
  end(error: RedshiftError | undefined): void;
}

export class SimpleQuery implements Conversation {
  readonly name = 'simple query';
  readonly pausable = false;
  lastBlockSent = false;
  described = false;
  began = false;
  readonly commits: boolean;
  readonly #script: Script;
  readonly #steps = new Steps('a simple query');
  #sink: ResultSink | undefined;
  #finishedBytes = 0;
  #completed = false;
  #error: RedshiftError | undefined;

  constructor(script: Script) {
    this.#script = script;
    this.commits = script.commits;
  }

  get held(): number {
    return this.#finishedBytes + (this.#sink?.held ?? 0);
  }

  start(channel: Channel): void {
    // BEGIN is a block of its own in front of it.
    checkSql(this.#script.sql);
    if (this.#script.begin && channel.status === 'I') {
      this.began = true;
      channel.send([...ownStatement(beginSql, this.#steps, channel), { type: 'Sync' }]);
    } else this.#query(channel);
  }

  message(message: BackendMessage, channel: Channel): void {
    if (!this.lastBlockSent) {
      this.#steps.take(message);
      return;
    }
    switch (message.type) {
      case 'RowDescription':
        if (this.#sink !== undefined) break;
        this.#sink = this.#script.next();
        this.#sink.describe(
          message.fields,
          Uint8Array.from(message.fields, (field) => field.format),
          channel.server,
        );
        channel.expectRows(message.fields.length);
        return;
      case 'CommandComplete':
        channel.expectRows(-1);
        channel.statements.completed(message.tag);
        this.#complete(message.tag);
        return;
      case 'EmptyQueryResponse':
        // Inside a result it would pass for its end.
        if (this.#sink !== undefined) break;
        this.#complete(undefined);
        return;
      case 'CopyInResponse':
      case 'CopyOutResponse':
      case 'CopyBothResponse':
      case 'CopyData':
      case 'CopyDone':
        this.#error ??= refuseCopy(message, channel, this.#script.sql, false);
        return;
      default:
        break;
    }
    this.#steps.take(message);
  }

  rows(incoming: IncomingRows): boolean {
    if (this.#sink !== undefined) return this.#sink.rows(incoming);
    incoming.pass(incoming.end);
    return true;
  }

  failed(error: RedshiftError): void {
    this.#error ??= error;
    this.#steps.clear();
  }

  ready(_status: TransactionStatus, channel: Channel): boolean {
    if (this.#error !== undefined) return true;
    this.#steps.complete();
    if (this.lastBlockSent) {
      // The answer to the Query has at least one end, and no result without one: this belongs to something else.
      if (this.#sink === undefined && this.#completed) return true;
      throw new ProtocolError('The server sent ReadyForQuery in a simple query before the end of its result');
    }
    this.#query(channel);
    return false;
  }

  finish(error: RedshiftError | undefined): void {
    const failure = this.#error ?? error;
    if (failure !== undefined) this.#sink?.end({ error: failure });
    this.#script.end(failure);
  }

  #query(channel: Channel): void {
    this.lastBlockSent = true;
    this.described = true;
    channel.send([{ type: 'Query', sql: this.#script.sql }]);
  }

  #complete(tag: string | undefined): void {
    const sink = this.#sink ?? this.#script.next();
    this.#sink = undefined;
    this.#completed = true;
    sink.end({ tag: tag === undefined ? emptyTag : parseCommandTag(tag) });
    this.#finishedBytes += sink.held;
  }
}
