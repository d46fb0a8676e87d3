/**
 * Many runs of statements that differ in their values only: Parse once, then Bind Execute for each, several to a Sync
 * block. Blocks are small enough that the server's replies always fit the socket buffers: neither side can come to wait
 * for the other while both write (JDBC bounds it the same way, at 64,000 bytes and 250 bytes a statement).
 *
 * A few blocks are on their way at a time, so that the server never waits for the next one. That is safe in a transaction
 * only, where after an error the server refuses what comes behind it: until it has said that one is open, and for
 * statements that could end it, each block waits for the answer to the one before.
 */
import { InterfaceError, RedshiftError } from '../errors.js';
import type { IncomingRows } from '../protocol/data-row.js';
import type {
  BackendMessage,
  OutgoingMessage,
  PackedValues,
  TransactionStatus,
} from '../protocol/messages.js';
import { ownStatement } from './control.js';
import type { Channel, Conversation } from './conversation.js';
import { endOfExecution, executed, inFront } from './executing.js';
import { step, Steps, type Step } from './steps.js';

const statementsPerBlock = 256;
/**
 * Bytes of values after which a block is sent. Nothing follows the first one until it was answered, so it is short: 100,000
 * rows of four columns in 213 ms instead of 238 with 1 MiB each.
 */
const bytesOfFirstBlock = 64 * 1024;
const bytesPerBlock = 256 * 1024;
/** Blocks on their way, and the bytes of values in them: the memory of a batch does not grow with its length. */
const blocksAhead = 4;
const bytesAhead = 8 * 1024 * 1024;
/** ParameterDescription takes four bytes a parameter, which is no small reply any more. */
const manyParameters = 1024;

export interface BatchItem {
  readonly sql: string;
  readonly parameterOids: readonly number[];
  readonly parameterFormats: ArrayLike<number>;
  readonly values: PackedValues;
}

export interface Batch {
  /** Items of one SQL text stand together; each change of the text is one Parse. */
  readonly items: Iterator<BatchItem>;
  /** Open a transaction first when the session is idle … */
  readonly begin: boolean;
  /** … and end it with the batch, so that it is all or nothing. */
  readonly commit: boolean;
  /** No item can end a transaction, so blocks need not wait for each other. */
  readonly ahead: boolean;
  /** `rowCount`: the sum over all runs; null when the server did not say for one of them. */
  end(
    outcome:
      { readonly rowCount: number | null; readonly command: string } | { readonly error: RedshiftError },
  ): void;
}

/** What is sent up to one Sync, and what the server has to answer. */
interface Block {
  readonly messages: OutgoingMessage[];
  readonly steps: Steps;
  bytes: number;
}

export class BatchRun implements Conversation {
  readonly name = 'batch';
  readonly pausable = false;
  readonly lastBlockSent = false;
  readonly described = true;
  readonly held = 0;
  began = false;
  readonly #batch: Batch;
  /** On their way; the first one's answer comes next. */
  readonly #blocks: Pick<Block, 'steps' | 'bytes'>[] = [];
  /** Written while the server is at work on those before it; or why that cannot be, which is told when its turn comes. */
  #next: Block | RedshiftError | undefined;
  #phase: 'run' | 'commit' | 'rollback' = 'run';
  #sql: string | undefined;
  #exhausted = false;
  #columns = -1;
  #rowCount: number | null = 0;
  #command = '';
  #error: RedshiftError | undefined;
  #finished = false;
  #channel: Channel | undefined;

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

  get unanswered(): boolean {
    return this.#blocks.length > 0;
  }

  start(channel: Channel): void {
    this.#channel = channel;
    this.began = this.#batch.begin && channel.status === 'I';
    const steps = new Steps('a batch');
    const block = this.#filled(inFront(this.began, steps, channel), steps, bytesOfFirstBlock);
    this.#send(block, channel);
    // An error from here on is told when the first block was answered: that one is on its way.
    this.#sendAhead(channel.status, channel);
    this.#fillNext();
  }

  message(message: BackendMessage): void {
    this.#blocks[0]?.steps.take(message);
  }

  /** Rows of a statement in a batch go nowhere, as in PEP 249. */
  rows(incoming: IncomingRows): boolean {
    incoming.pass(incoming.end);
    return true;
  }

  failed(error: RedshiftError): void {
    this.#error ??= error;
    this.#blocks[0]?.steps.clear();
  }

  ready(status: TransactionStatus, channel: Channel): boolean {
    const block = this.#blocks.shift();
    if (this.#error === undefined) block?.steps.complete();
    if (this.#finished) return this.#blocks.length === 0;
    if (this.#phase !== 'run') return true;
    this.#sendAhead(status, channel);
    if (this.#blocks.length > 0 || this.#sendNext(channel)) {
      this.#fillNext();
      return false;
    }
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
    this.#finished = true;
    const failure = this.#error ?? error;
    this.#batch.end(
      failure === undefined ? { rowCount: this.#rowCount, command: this.#command } : { error: failure },
    );
  }

  #control(sql: 'commit' | 'rollback', channel: Channel): void {
    this.#phase = sql;
    const steps = new Steps('a batch');
    channel.send([...ownStatement(sql, steps, channel), { type: 'Sync' }]);
    this.#blocks.push({ steps, bytes: 0 });
  }

  /** So many blocks that the server has its next one when it is through with one. */
  #sendAhead(status: TransactionStatus, channel: Channel): void {
    if (!this.#batch.ahead || status !== 'T') return;
    let bytes = 0;
    for (const block of this.#blocks) bytes += block.bytes;
    while (this.#blocks.length < blocksAhead && (bytes === 0 || bytes < bytesAhead)) {
      if (!this.#sendNext(channel)) return;
      bytes += this.#blocks.at(-1)?.bytes ?? 0;
    }
  }

  /** False: there is no other, or it cannot be sent, and nothing of it was. The connection is in step, so that is an error like the server's. */
  #sendNext(channel: Channel): boolean {
    this.#fillNext();
    const next = this.#next;
    if (next === undefined || this.#error !== undefined) return false;
    this.#next = undefined;
    if (next instanceof RedshiftError) {
      this.#error = next;
      return false;
    }
    try {
      this.#send(next, channel);
      return true;
    } catch (error) {
      this.#error = unsendable(error);
      return false;
    }
  }

  #fillNext(): void {
    if (this.#next !== undefined || this.#exhausted || this.#error !== undefined) return;
    try {
      const next = this.#filled([], new Steps('a batch'), bytesPerBlock);
      // More than its Sync.
      if (next.messages.length > 1) this.#next = next;
    } catch (error) {
      this.#next = unsendable(error);
    }
  }

  #send({ messages, steps, bytes }: Block, channel: Channel): void {
    channel.send(messages);
    this.#blocks.push({ steps, bytes });
  }

  #filled(messages: OutgoingMessage[], steps: Steps, most: number): Block {
    let bytes = 0;
    for (let count = 0; count < statementsPerBlock && bytes < most; count++) {
      const next = this.#batch.items.next();
      if (next.done === true) {
        this.#exhausted = true;
        break;
      }
      this.#add(next.value, messages, steps);
      bytes += next.value.values.bytes;
    }
    messages.push({ type: 'Sync' });
    return { messages, steps, bytes };
  }

  #add(
    { sql, parameterOids, parameterFormats, values }: BatchItem,
    messages: OutgoingMessage[],
    steps: Steps,
  ): void {
    const parsed = sql !== this.#sql;
    const large = values.count > manyParameters;
    if (parsed) {
      this.#sql = sql;
      messages.push({ type: 'Parse', statement: '', sql, parameterOids });
      steps.expect(step('ParseComplete'));
      if (!large) {
        messages.push({ type: 'Describe', target: 'statement', name: '' });
        steps.expect(step('ParameterDescription'), this.#described);
      }
    }
    messages.push({ type: 'PackedBind', statement: '', parameterFormats, values });
    steps.expect(this.#bound);
    if (parsed && large) {
      messages.push({ type: 'Describe', target: 'portal', name: '' });
      steps.expect(this.#describedBound);
    }
    messages.push(execute);
    steps.expect(this.#executed);
  }

  // The same for each of the many statements, so each is made once.

  readonly #described: Step = step(['RowDescription', 'NoData'], (message) => {
    this.#columns = message.type === 'RowDescription' ? message.fields.length : -1;
  });

  readonly #bound: Step = step('BindComplete', () => {
    this.#channel?.expectRows(this.#columns);
  });

  readonly #describedBound: Step = step(['RowDescription', 'NoData'], (message) => {
    this.#columns = message.type === 'RowDescription' ? message.fields.length : -1;
    this.#channel?.expectRows(this.#columns);
  });

  readonly #executed: Step = executed((message) => {
    const channel = this.#channel!;
    const end = endOfExecution(message, channel, this.#sql ?? '');
    if (end instanceof RedshiftError) this.#error ??= end;
    else if (end !== undefined) {
      const { command, rowCount } = end;
      this.#command = command;
      channel.statements.completed(command);
      this.#rowCount = rowCount === null || this.#rowCount === null ? null : this.#rowCount + rowCount;
    }
  });
}

function unsendable(error: unknown): RedshiftError {
  return error instanceof RedshiftError
    ? error
    : new InterfaceError('The next part of the batch cannot be sent', { cause: error });
}

const execute: OutgoingMessage = { type: 'Execute', portal: '', maxRows: 0 };
