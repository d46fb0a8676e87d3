/**
 * One statement by the extended protocol.
 *
 *   cold   [Begin] Parse Describe(statement) Sync · Bind Execute Sync    formats are chosen between the two
 *   warm   [Begin] Bind Execute Sync
 *   whole  [Begin] Parse Bind Describe(portal) Execute Sync              for a statement that can give no rows
 *
 * Begin is a Parse Bind Execute of its own in the same Sync block, sent only while the session is idle: it costs no round
 * trip, and when it fails or is cancelled the server skips the statement behind it.
 */
import { InternalError, NotSupportedError, ProtocolError, type RedshiftError } from '../errors.js';
import { parseCommandTag, type CommandTag } from '../protocol/command-tag.js';
import type { RowRun } from '../protocol/framing.js';
import type {
  BackendMessage,
  FieldDescription,
  FrontendMessage,
  TransactionStatus,
} from '../protocol/messages.js';
import { checkBind } from '../protocol/frontend.js';
import { beginSql, ownStatement } from './control.js';
import type { Channel, Conversation, ResultSink } from './conversation.js';
import type { ServerParameters } from './parameters.js';
import { StatementCache } from './statements.js';
import { step, Steps } from './steps.js';

/** What the client hands down: SQL with `$n`, and values that are bytes already. */
export interface Statement {
  readonly sql: string;
  readonly parameterOids: readonly number[];
  readonly parameterFormats: ArrayLike<number>;
  readonly values: readonly (Uint8Array | null)[];
  /** It can give no rows, so it goes out whole. */
  readonly rowless: boolean;
  /** Keep it prepared on the server. */
  readonly keep: boolean;
  /** Open a transaction with it when the session is idle. */
  readonly begin: boolean;
  /** After it no prepared statement can be trusted (DISCARD ALL, SET search_path …). */
  readonly invalidates: boolean;
  /** It is a COMMIT: when the connection is lost, nobody knows what happened. */
  readonly commits: boolean;
  /** It never pauses: whoever wants the result wants all of it. */
  readonly collect: boolean;
  /** It may follow others of a pipeline without waiting for them; such a statement collects too. */
  readonly pipelined: boolean;
  formats(fields: readonly FieldDescription[], server: ServerParameters): Uint8Array;
}

export const emptyTag: CommandTag = { command: '', rowCount: null };

/** Only these open the copy protocol. Two looks, each linear. */
const asksForCopy = (sql: string): boolean => /\bcopy\b/i.test(sql) && /\bstd(?:in|out)\b/i.test(sql);

/**
 * Messages of the copy protocol, which Redshift does not have and this driver does not speak. A COPY of the user's own is
 * refused in order, as PostgreSQL wants it; to any other statement they are no answer.
 *
 * @throws ProtocolError where no COPY was asked for: nobody can tell what the server waits for
 */
export function refuseCopy(
  message: BackendMessage,
  channel: Channel,
  sql: string,
  sync: boolean,
): RedshiftError {
  const entry = message.type !== 'CopyData' && message.type !== 'CopyDone';
  if (!entry || !asksForCopy(sql)) {
    throw new ProtocolError(
      `The server sent ${message.type}, but no COPY through the connection was asked for`,
    );
  }
  if (message.type !== 'CopyOutResponse') {
    const fail: FrontendMessage = {
      type: 'CopyFail',
      reason: 'this driver does not copy through the connection',
    };
    channel.send(sync ? [fail, { type: 'Sync' }] : [fail]);
  }
  return new NotSupportedError(
    'COPY from or to the client is not supported, as Redshift itself reads and writes S3 only',
  );
}

type Phase = 'recover' | 'prepare' | 'execute';

export class ExtendedQuery implements Conversation {
  readonly name = 'extended query';
  readonly pausable: boolean;
  readonly pipelined: boolean;
  readonly commits: boolean;
  lastBlockSent = false;
  described = false;
  began = false;
  readonly #statement: Statement;
  readonly #sink: ResultSink;
  readonly #key: string;
  readonly #steps = new Steps('an extended query');
  #phase: Phase = 'prepare';
  #name = '';
  #warm = false;
  #retried = false;
  #parsed = false;
  /** Its outcome was told; by abort() that is before the server has said all. */
  #finished = false;
  #bound = false;
  #fields: readonly FieldDescription[] = [];
  #tag = emptyTag;
  #error: RedshiftError | undefined;
  #idleBefore = false;
  #channel: Channel | undefined;

  constructor(statement: Statement, sink: ResultSink) {
    this.#statement = statement;
    this.#sink = sink;
    this.#key = StatementCache.key(statement.sql, statement.parameterOids);
    this.pausable = !statement.collect && !statement.pipelined;
    this.pipelined = statement.pipelined;
    this.commits = statement.commits;
  }

  get weight(): number {
    return this.#statement.values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  }

  get held(): number {
    return this.#sink.held;
  }

  start(channel: Channel): void {
    this.#channel = channel;
    this.#idleBefore = channel.status === 'I';
    const known = this.#statement.keep ? channel.statements.get(this.#key) : undefined;
    const messages = [...this.#closing(channel), ...this.#begin(channel)];
    if (known !== undefined) {
      this.#warm = true;
      this.#name = known.name;
      this.#fields = known.fields;
      this.#execute(messages, channel);
      return;
    }
    this.#warm = false;
    this.#name = this.#statement.keep ? channel.statements.newName() : '';
    const { sql, parameterOids } = this.#statement;
    messages.push({ type: 'Parse', statement: this.#name, sql, parameterOids });
    this.#steps.expect(step('ParseComplete', () => (this.#parsed = true)));
    if (this.#statement.rowless) {
      this.#execute(messages, channel);
      return;
    }
    // Bind goes out only when the columns are known; what could not be sent then is refused now.
    checkBind(this.#statement.values);
    this.#phase = 'prepare';
    messages.push({ type: 'Describe', target: 'statement', name: this.#name }, { type: 'Sync' });
    this.#steps.expect(
      step('ParameterDescription'),
      step(['RowDescription', 'NoData'], (message) => {
        this.#fields = message.type === 'RowDescription' ? message.fields : [];
        this.#describe(this.#formats(channel), channel);
      }),
    );
    channel.send(messages);
  }

  message(message: BackendMessage): void {
    this.#steps.take(message);
  }

  rows(run: RowRun): boolean {
    return this.#sink.rows(run);
  }

  failed(error: RedshiftError): void {
    this.#error ??= error;
    this.#steps.clear();
  }

  ready(status: TransactionStatus, channel: Channel): boolean {
    const error = this.#error;
    if (this.#finished && error !== undefined) this.#abandon();
    if (error !== undefined) return this.#finished || !this.#retry(error, status, channel);
    this.#steps.complete();
    switch (this.#phase) {
      case 'recover':
        if (this.#finished) return true;
        this.start(channel);
        return false;
      case 'prepare':
        this.#keep(this.#fields, channel);
        if (this.began && status !== 'T') {
          this.#error = new InternalError(`The server took BEGIN but reports transaction status ${status}`);
          return true;
        }
        this.#execute([], channel);
        return false;
      case 'execute':
        if (!this.#warm && this.#statement.keep && this.#statement.rowless && !this.described) {
          this.#keep([], channel);
        }
        channel.statements.completed(this.#tag.command);
        if (this.#statement.invalidates) channel.statements.clear();
        return true;
    }
  }

  finish(error: RedshiftError | undefined): void {
    this.#finished = true;
    this.#abandon();
    const failure = this.#error ?? error;
    this.#sink.end(failure === undefined ? { tag: this.#tag } : { error: failure });
  }

  /** The server holds it from now on; one that was abandoned before its answer was whole is about to be closed there. */
  #keep(fields: readonly FieldDescription[], channel: Channel): void {
    if (this.#statement.keep && !this.#finished)
      channel.statements.add(this.#key, { name: this.#name, fields });
    else this.#abandon();
    this.#parsed = false;
  }

  /** What was prepared and never got into the cache would stay on the server for good. */
  #abandon(): void {
    if (this.#parsed) this.#channel?.statements.abandon(this.#name);
    this.#parsed = false;
  }

  #closing(channel: Channel): FrontendMessage[] {
    const closing = channel.statements.closing();
    this.#steps.expect(...closing.map(() => step('CloseComplete')));
    return closing;
  }

  #begin(channel: Channel): FrontendMessage[] {
    if (!this.#statement.begin || !this.#idleBefore) return [];
    this.began = true;
    return ownStatement(beginSql, this.#steps, channel);
  }

  #formats(channel: Channel): Uint8Array {
    return this.#statement.formats(this.#fields, channel.server);
  }

  #describe(formats: Uint8Array, channel: Channel): void {
    if (this.#fields.length > 0) this.#sink.describe(this.#fields, formats, channel.server);
    this.described = true;
  }

  /** Bind and Execute behind the messages that are given, as the last block. */
  #execute(messages: FrontendMessage[], channel: Channel): void {
    this.#phase = 'execute';
    this.lastBlockSent = true;
    const { parameterFormats, values, rowless } = this.#statement;
    const unknown = rowless && !this.#warm;
    const formats = this.#formats(channel);
    messages.push({
      type: 'Bind',
      portal: '',
      statement: this.#name,
      parameterFormats,
      values,
      resultFormats: unknown ? [] : formats,
    });
    this.#steps.expect(
      step('BindComplete', () => {
        this.#bound = true;
        if (unknown) return;
        if (!this.described) this.#describe(formats, channel);
        if (this.#fields.length > 0) channel.expectRows(this.#fields.length);
      }),
    );
    if (unknown) {
      messages.push({ type: 'Describe', target: 'portal', name: '' });
      this.#steps.expect(
        step(['RowDescription', 'NoData'], (message) => {
          if (message.type === 'NoData') return;
          // Its kind promised no rows, it gives some all the same; nothing was asked in binary.
          this.#fields = message.fields;
          this.#describe(new Uint8Array(message.fields.length), channel);
          channel.expectRows(message.fields.length);
        }),
      );
    }
    messages.push({ type: 'Execute', portal: '', maxRows: 0 }, { type: 'Sync' });
    this.#steps.expect({
      expects: [
        'CommandComplete',
        'EmptyQueryResponse',
        'CopyInResponse',
        'CopyOutResponse',
        'CopyBothResponse',
        'CopyData',
        'CopyDone',
      ],
      until: ['CommandComplete', 'EmptyQueryResponse'],
      take: (message) => {
        this.#complete(message, channel);
      },
    });
    channel.send(messages);
  }

  #complete(message: BackendMessage, channel: Channel): void {
    if (message.type === 'CommandComplete') {
      channel.expectRows(-1);
      this.#tag = parseCommandTag(message.tag);
    } else if (message.type === 'EmptyQueryResponse') {
      if (this.#fields.length > 0) {
        throw new ProtocolError('The server sent EmptyQueryResponse in place of the end of a result');
      }
    } else {
      // After CopyFail the server reports the failure and skips to the Sync that was sent with it.
      this.#error ??= refuseCopy(message, channel, this.#statement.sql, true);
    }
  }

  /**
   * A prepared statement that the server no longer has (26000), or whose plan DDL has changed (0A000): it is forgotten. As
   * long as Bind was refused nothing was run, so it is prepared again, once, unless a transaction of the user's is what
   * failed, or statements of a pipeline follow whose answers come first.
   */
  #retry(error: RedshiftError, status: TransactionStatus, channel: Channel): boolean {
    const gone = error.sqlState === '26000';
    const replanned =
      error.sqlState === '0A000' &&
      (/RevalidateCached(Query|Plan)/.test(error.routine ?? '') ||
        error.message.startsWith('cached plan must not change result type'));
    if (!this.#warm || !(gone || replanned)) return false;
    channel.statements.clear();
    if (this.#retried || this.#bound || !this.#idleBefore || channel.followed) return false;
    this.#retried = true;
    this.#error = undefined;
    this.lastBlockSent = false;
    if (status === 'I') {
      this.start(channel);
      return true;
    }
    this.#phase = 'recover';
    channel.send([...ownStatement('rollback', this.#steps, channel), { type: 'Sync' }]);
    return true;
  }
}
