/**
 * BEGIN, COMMIT and ROLLBACK of the driver's own: they take nothing and give nothing. Inside the Sync block of another
 * conversation, or as one by itself (ROLLBACK of what the driver had opened).
 */
import type { BackendMessage, FrontendMessage } from '../protocol/messages.js';
import type { Channel, Conversation } from './conversation.js';
import { step, Steps } from './steps.js';

export const beginSql = 'begin transaction';

/** Parse Bind Execute, for the next block; the steps expect its answers, and whoever watches is told. */
export function ownStatement<T>(sql: string, steps: Steps<T>, channel: Channel): FrontendMessage[] {
  const completed = channel.own(sql);
  steps.expect(
    step<'ParseComplete', T>('ParseComplete'),
    step<'BindComplete', T>('BindComplete'),
    step<'CommandComplete', T>('CommandComplete', completed),
  );
  return [
    { type: 'Parse', statement: '', sql, parameterOids: [] },
    { type: 'Bind', portal: '', statement: '', parameterFormats: [], values: [], resultFormats: [] },
    { type: 'Execute', portal: '', maxRows: 0 },
  ];
}

export class Control implements Conversation {
  readonly name = 'control statement';
  readonly pausable = false;
  readonly lastBlockSent = true;
  readonly described = true;
  readonly began = false;
  readonly held = 0;
  readonly #sql: string;
  readonly #steps = new Steps('a control statement');

  constructor(sql: string) {
    this.#sql = sql;
  }

  start(channel: Channel): void {
    channel.send([...ownStatement(this.#sql, this.#steps, channel), { type: 'Sync' }]);
  }

  message(message: BackendMessage): void {
    this.#steps.take(message);
  }

  rows(): boolean {
    return true;
  }

  failed(): void {
    this.#steps.clear();
  }

  ready(): boolean {
    return true;
  }

  finish(): void {
    // Nobody waits for it; a failure shows in the transaction status that the server reports.
  }
}
