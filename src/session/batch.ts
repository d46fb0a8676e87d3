/**
 * Many runs of statements that differ in their values only: Parse once, then Bind Execute for each, several to a Sync
 * block. Blocks are small enough that the server's replies always fit the socket buffers: neither side can come to wait
 * for the other while both write (JDBC bounds it the same way, at 64,000 bytes and 250 bytes a statement).
 */
import { InterfaceError, RedshiftError } from '../errors.js';
import { parseCommandTag } from '../protocol/command-tag.js';
import type { BackendMessage, FrontendMessage, TransactionStatus } from '../protocol/messages.js';
import { beginSql, ownStatement } from './control.js';
import type { Channel, Conversation } from './conversation.js';
import { refuseCopy } from './extended-query.js';
import { step, Steps } from './steps.js';

const statementsPerBlock = 256;
/** Bytes of values after which a block is sent, so that the memory of a batch does not grow with its length. */
const bytesPerBlock = 8 * 1024 * 1024;

export interface BatchItem {
  readonly sql: string;
  readonly parameterOids: readonly number[];
  readonly parameterFormats: ArrayLike<number>;
  readonly values: readonly (Uint8Array | null)[];
}

export interface Batch {
  /** Items of one SQL text stand together; each change of the text is one Parse. */
  readonly items: Iterator<BatchItem>;
  /** Open a transaction first when the session is idle … */
  readonly begin: boolean;
  /** … and end it with the batch, so that it is all or nothing. */
  readonly commit: boolean;
  /** `rowCount`: the sum over all runs; null when the server did not say for one of them. */
  end(
    outcome:
      { readonly rowCount: number | null; readonly command: string } | { readonly error: RedshiftError },
  ): void;
}

export class BatchRun implements Conversation {
  readonly name = 'batch';
  readonly pausable = false;
  readonly lastBlockSent = false;
  readonly described = true;
  readonly held = 0;
  began = false;
  readonly #batch: Batch;
  readonly #steps = new Steps('a batch');
  #phase: 'run' | 'commit' | 'rollback' = 'run';
  #sql: string | undefined;
  #exhausted = false;
  #columns = -1;
  #rowCount: number | null = 0;
  #command = '';
  #error: RedshiftError | undefined;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  get commits(): boolean {
    return this.#phase === 'commit';
  }

  get failing(): boolean {
    return this.#error !== undefined;
  }

  get endsTransaction(): boolean {
    return this.#batch.commit;
  }

  start(channel: Channel): void {
    const messages: FrontendMessage[] = channel.statements.closing();
    this.#steps.expect(...messages.map(() => step('CloseComplete')));
    if (this.#batch.begin && channel.status === 'I') {
      this.began = true;
      messages.push(...ownStatement(beginSql, this.#steps, channel));
    }
    this.#block(messages, channel);
  }

  message(message: BackendMessage): void {
    this.#steps.take(message);
  }

  /** Rows of a statement in a batch go nowhere, as in PEP 249. */
  rows(): boolean {
    return true;
  }

  failed(error: RedshiftError): void {
    this.#error ??= error;
    this.#steps.clear();
  }

  ready(status: TransactionStatus, channel: Channel): boolean {
    if (this.#error === undefined) this.#steps.complete();
    if (this.#phase !== 'run') return true;
    if (this.#error === undefined && !this.#exhausted && this.#nextBlock(channel)) return false;
    if (this.#error !== undefined) {
      if (!this.began || !this.#batch.commit || status === 'I') return true;
      this.#control('rollback', channel);
      return false;
    }
    if (!this.began || !this.#batch.commit) return true;
    this.#control('commit', channel);
    return false;
  }

  finish(error: RedshiftError | undefined): void {
    const failure = this.#error ?? error;
    this.#batch.end(
      failure === undefined ? { rowCount: this.#rowCount, command: this.#command } : { error: failure },
    );
  }

  #control(sql: 'commit' | 'rollback', channel: Channel): void {
    this.#phase = sql;
    channel.send([...ownStatement(sql, this.#steps, channel), { type: 'Sync' }]);
  }

  /** False: it cannot be sent, and nothing of it was. The connection is in step, so this is an error like the server's. */
  #nextBlock(channel: Channel): boolean {
    try {
      this.#block([], channel);
      return true;
    } catch (error) {
      this.#error =
        error instanceof RedshiftError
          ? error
          : new InterfaceError('The next part of the batch cannot be sent', { cause: error });
      this.#steps.clear();
      return false;
    }
  }

  #block(messages: FrontendMessage[], channel: Channel): void {
    let bytes = 0;
    for (let count = 0; count < statementsPerBlock && bytes < bytesPerBlock; count++) {
      const next = this.#batch.items.next();
      if (next.done === true) {
        this.#exhausted = true;
        break;
      }
      bytes += this.#add(next.value, messages, channel);
    }
    messages.push({ type: 'Sync' });
    channel.send(messages);
  }

  #add(item: BatchItem, messages: FrontendMessage[], channel: Channel): number {
    const { sql, parameterOids, parameterFormats, values } = item;
    if (sql !== this.#sql) {
      this.#sql = sql;
      messages.push(
        { type: 'Parse', statement: '', sql, parameterOids },
        { type: 'Describe', target: 'statement', name: '' },
      );
      this.#steps.expect(
        step('ParseComplete'),
        step('ParameterDescription'),
        step(['RowDescription', 'NoData'], (message) => {
          this.#columns = message.type === 'RowDescription' ? message.fields.length : -1;
        }),
      );
    }
    messages.push(
      { type: 'Bind', portal: '', statement: '', parameterFormats, values, resultFormats: [] },
      { type: 'Execute', portal: '', maxRows: 0 },
    );
    this.#steps.expect(
      step('BindComplete', () => {
        channel.expectRows(this.#columns);
      }),
      {
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
      },
    );
    let bytes = 0;
    for (const value of values) bytes += value?.length ?? 0;
    return bytes;
  }

  #complete(message: BackendMessage, channel: Channel): void {
    if (message.type === 'CommandComplete') {
      channel.expectRows(-1);
      const { command, rowCount } = parseCommandTag(message.tag);
      this.#command = command;
      channel.statements.completed(command);
      this.#rowCount = rowCount === null || this.#rowCount === null ? null : this.#rowCount + rowCount;
    } else if (message.type !== 'EmptyQueryResponse') {
      this.#error ??= refuseCopy(message, channel, this.#sql ?? '', true);
    }
  }
}
