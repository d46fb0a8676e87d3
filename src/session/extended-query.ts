/**
 * One statement by the extended protocol.
 *
 *   cold   [Begin] Parse Describe(statement) Sync · Bind Execute Sync    formats are chosen between the two
 *   warm   [Begin] Bind Execute Sync
 *   whole  [Begin] Parse Bind Describe(portal) Execute Sync              for one that can give no rows, or follows others in a pipeline
 *
 * Begin is a Parse Bind Execute of its own in the same Sync block, sent only while the session is idle: it costs no round
 * trip, and when it fails or is cancelled the server skips the statement behind it.
 */
import { InternalError, ProtocolError, RedshiftError } from '../errors.js';
import type { CommandTag } from '../protocol/command-tag.js';
import type { IncomingRows } from '../protocol/data-row.js';
import type {
  BackendMessage,
  FieldDescription,
  FrontendMessage,
  TransactionStatus,
} from '../protocol/messages.js';
import { checkExecution, Execution, type BindValue } from '../protocol/execution.js';
import { ownStatement } from './control.js';
import type { Channel, Conversation, ResultSink } from './conversation.js';
import { endOfExecution, executed, inFront } from './executing.js';
import { PreparedStatement, type ResultTypes } from './statements.js';
import { step, Steps } from './steps.js';

/** What the client hands down: SQL with `$n`, and values that cannot change any more. */
export interface Statement {
  readonly sql: string;
  /** Of the SQL and the parameter types; see StatementCache.key. */
  readonly key: string;
  readonly parameterOids: readonly number[];
  readonly parameterFormats: ArrayLike<number>;
  readonly values: readonly BindValue[];
  /** Bytes that the values take at most. */
  readonly weight: number;
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
  /** In which formats its result is wanted. */
  readonly types: ResultTypes;
}

export const emptyTag: CommandTag = { command: '', rowCount: null };

type Phase = 'recover' | 'prepare' | 'execute';

const noFields: readonly FieldDescription[] = [];
const noFormats = new Uint8Array(0);
/** Of statements that are not kept, such as COMMIT. */
const unnamedWhole = new Execution('', noFormats, true);

export class ExtendedQuery implements Conversation {
  // The steps are made once, not for each statement.
  static readonly #parseComplete = step<'ParseComplete', ExtendedQuery>('ParseComplete', (_, query) => {
    query.#parsed = true;
  });
  static readonly #parameterDescription = step<'ParameterDescription', ExtendedQuery>('ParameterDescription');
  static readonly #description = step<'RowDescription' | 'NoData', ExtendedQuery>(
    ['RowDescription', 'NoData'],
    (message, query) => {
      query.#describedAs(message.type === 'RowDescription' ? message.fields : noFields);
    },
  );
  static readonly #bindComplete = step<'BindComplete', ExtendedQuery>('BindComplete', (_, query) => {
    query.#boundTo();
  });
  static readonly #portalDescription = step<'RowDescription' | 'NoData', ExtendedQuery>(
    ['RowDescription', 'NoData'],
    (message, query) => {
      query.#described = true;
      if (message.type === 'RowDescription') query.#describedAsText(message.fields);
    },
  );
  static readonly #executed = executed<ExtendedQuery>((message, query) => {
    query.#complete(message);
  });

  lastBlockSent = false;
  described = false;
  began = false;
  readonly #statement: Statement;
  readonly #sink: ResultSink;
  readonly #steps: Steps<ExtendedQuery>;
  #phase: Phase = 'prepare';
  /** What is executed; undefined while that is prepared, or goes out whole. */
  #prepared: PreparedStatement | undefined;
  /** The name of what is prepared now. */
  #name = '';
  #warm = false;
  #whole = false;
  /** It went out whole, and its columns are known. */
  #described = false;
  #retried = false;
  #parsed = false;
  /** Its outcome was told; by abort() that is before the server has said all. */
  #finished = false;
  #bound = false;
  #fields = noFields;
  /** As they were asked for. */
  #formats: Uint8Array = noFormats;
  #tag = emptyTag;
  #error: RedshiftError | undefined;
  #idleBefore = false;
  #channel: Channel | undefined;

  constructor(statement: Statement, sink: ResultSink) {
    this.#statement = statement;
    this.#sink = sink;
    this.#steps = new Steps<ExtendedQuery>('an extended query', this);
  }

  get name(): string {
    return 'extended query';
  }

  get pausable(): boolean {
    return !this.#statement.collect && !this.#statement.pipelined;
  }

  get pipelined(): boolean {
    return this.#statement.pipelined;
  }

  get commits(): boolean {
    return this.#statement.commits;
  }

  get weight(): number {
    return this.#statement.weight;
  }

  get held(): number {
    return this.#sink.held;
  }

  /** A statement of a pipeline is prepared once: those that run it again wait for that. */
  waits(channel: Channel): boolean {
    return channel.statements.isPreparing(this.#statement.key);
  }

  start(channel: Channel): void {
    const { sql, key, parameterOids, values, weight, keep, begin, rowless, pipelined } = this.#statement;
    this.#channel = channel;
    this.#idleBefore = channel.status === 'I';
    this.#prepared = keep ? channel.statements.get(key) : undefined;
    this.began ||= begin && this.#idleBefore;
    const messages = inFront(begin && this.#idleBefore, this.#steps, channel);
    if (this.#prepared !== undefined) {
      this.#warm = true;
      this.#fields = this.#prepared.fields;
      this.#execute(messages, this.#prepared, channel);
      return;
    }
    this.#warm = false;
    this.#name = keep ? channel.statements.newName() : '';
    messages.push({ type: 'Parse', statement: this.#name, sql, parameterOids });
    this.#steps.expect(ExtendedQuery.#parseComplete);
    // Asking for its columns would hold up those that follow: in a pipeline that is under way it does not.
    if (rowless || (pipelined && channel.followed)) {
      this.#executeWhole(messages, channel);
      return;
    }
    // Bind goes out only when the columns are known; what could not be sent then is refused now.
    checkExecution(values, weight);
    this.#phase = 'prepare';
    messages.push({ type: 'Describe', target: 'statement', name: this.#name }, { type: 'Sync' });
    this.#steps.expect(ExtendedQuery.#parameterDescription, ExtendedQuery.#description);
    channel.send(messages);
  }

  message(message: BackendMessage): void {
    this.#steps.take(message);
  }

  rows(incoming: IncomingRows): boolean {
    return this.#sink.rows(incoming);
  }

  failed(error: RedshiftError): void {
    this.#error ??= error;
    this.#steps.clear();
  }

  ready(status: TransactionStatus, channel: Channel): boolean {
    if (this.#whole) this.#wholeAnswered(channel);
    const error = this.#error;
    if (this.#finished && error !== undefined) this.#abandon();
    if (error !== undefined) return this.#finished || !this.#retry(error, status, channel);
    this.#steps.complete();
    switch (this.#phase) {
      case 'recover':
        if (this.#finished) return true;
        this.start(channel);
        return false;
      case 'prepare': {
        const prepared = this.#prepared ?? new PreparedStatement(this.#name, this.#fields);
        this.#keep(prepared, channel);
        if (this.began && status !== 'T') {
          this.#error = new InternalError(`The server took BEGIN but reports transaction status ${status}`);
          return true;
        }
        this.#execute([], prepared, channel);
        return false;
      }
      case 'execute':
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

  /**
   * It is kept whether its execution failed or not. One whose kind promised no rows and that gave some is prepared again
   * next time, and asked for its columns then.
   */
  #wholeAnswered(channel: Channel): void {
    channel.statements.prepared(this.#statement.key);
    if (!this.#described || (this.#statement.rowless && this.#fields.length > 0)) return;
    if (this.#statement.keep) this.#keep(new PreparedStatement(this.#name, this.#fields), channel);
  }

  /** The server holds it from now on; one that was abandoned before its answer was whole is about to be closed there. */
  #keep(prepared: PreparedStatement, channel: Channel): void {
    if (this.#statement.keep && !this.#finished) channel.statements.add(this.#statement.key, prepared);
    else this.#abandon();
    this.#parsed = false;
  }

  /** What was prepared and never got into the cache would stay on the server for good. */
  #abandon(): void {
    if (this.#parsed) this.#channel?.statements.abandon(this.#name);
    this.#parsed = false;
  }

  /** Bind and Execute behind the messages that are given, as the last block. */
  #execute(messages: FrontendMessage[], prepared: PreparedStatement, channel: Channel): void {
    const { parameterFormats, values, weight, types, pipelined } = this.#statement;
    this.#phase = 'execute';
    this.#whole = false;
    this.#prepared = prepared;
    this.lastBlockSent = true;
    const execution = prepared.execution(types, channel.server);
    this.#formats = prepared.formats(types, channel.server);
    this.#steps.expect(ExtendedQuery.#bindComplete, ExtendedQuery.#executed);
    channel.send(messages, execution.encode(parameterFormats, values, weight), pipelined);
  }

  /** The same without knowing the columns: the result comes as text, which gives the same values. */
  #executeWhole(messages: FrontendMessage[], channel: Channel): void {
    const { parameterFormats, values, weight, key, keep, pipelined } = this.#statement;
    this.#phase = 'execute';
    this.#whole = true;
    this.lastBlockSent = true;
    const execution = this.#name === '' ? unnamedWhole : new Execution(this.#name, noFormats, true);
    this.#steps.expect(
      ExtendedQuery.#bindComplete,
      ExtendedQuery.#portalDescription,
      ExtendedQuery.#executed,
    );
    channel.send(messages, execution.encode(parameterFormats, values, weight), pipelined);
    if (pipelined && keep) channel.statements.prepare(key);
  }

  /** While it was prepared: the columns are known before it is executed. */
  #describedAs(fields: readonly FieldDescription[]): void {
    const channel = this.#channel!;
    this.#fields = fields;
    this.#prepared = new PreparedStatement(this.#name, fields);
    this.#describe(this.#prepared.formats(this.#statement.types, channel.server), channel);
  }

  #boundTo(): void {
    this.#bound = true;
    if (this.#whole) return;
    const channel = this.#channel!;
    if (!this.described) this.#describe(this.#formats, channel);
    if (this.#fields.length > 0) channel.expectRows(this.#fields.length);
  }

  /** It went out whole: nothing was asked in binary. */
  #describedAsText(fields: readonly FieldDescription[]): void {
    const channel = this.#channel!;
    this.#fields = fields;
    this.#describe(new Uint8Array(fields.length), channel);
    channel.expectRows(fields.length);
  }

  #describe(formats: Uint8Array, channel: Channel): void {
    if (this.#fields.length > 0) this.#sink.describe(this.#fields, formats, channel.server);
    this.described = true;
  }

  #complete(message: BackendMessage): void {
    const end = endOfExecution(message, this.#channel!, this.#statement.sql);
    if (end instanceof RedshiftError) this.#error ??= end;
    else if (end !== undefined) this.#tag = end;
    else if (this.#fields.length > 0) {
      throw new ProtocolError('The server sent EmptyQueryResponse in place of the end of a result');
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
