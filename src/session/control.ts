/** A statement of the session's own that takes nothing and gives nothing (ROLLBACK of what the driver itself had opened). */
import type { BackendMessage } from '../protocol/messages.js';
import type { Channel, Conversation } from './conversation.js';
import { controlMessages, controlSteps } from './extended-query.js';
import { Steps } from './steps.js';

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
    this.#steps.expect(...controlSteps());
    channel.send([...controlMessages(this.#sql), { type: 'Sync' }]);
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
