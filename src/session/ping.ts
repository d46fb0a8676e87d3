/**
 * A sign of life: Sync by itself, which the server answers with ReadyForQuery and for which it runs nothing (PostgreSQL
 * protocol, "Extended Query"). It stands in no query log, unlike `select 1`.
 */
import { ProtocolError, type RedshiftError } from '../errors.js';
import type { BackendMessage } from '../protocol/messages.js';
import type { Channel, Conversation } from './conversation.js';
import type { Session } from './session.js';

/** Resolves when all that was called before is over and the server has answered. @throws what ended the connection */
export function ping(session: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.run(
      new Ping((error) => {
        if (error === undefined) resolve();
        else reject(error);
      }),
    );
  });
}

class Ping implements Conversation {
  readonly name = 'sign of life';
  readonly pausable = false;
  readonly lastBlockSent = true;
  readonly described = true;
  readonly began = false;
  readonly held = 0;
  readonly #end: (error: RedshiftError | undefined) => void;

  constructor(end: (error: RedshiftError | undefined) => void) {
    this.#end = end;
  }

  start(channel: Channel): void {
    channel.send([{ type: 'Sync' }]);
  }

  message(message: BackendMessage): void {
    throw new ProtocolError(`The server sent ${message.type} where ReadyForQuery has to come`);
  }

  rows(): boolean {
    return true;
  }

  failed(): void {
    // The error is told by finish().
  }

  ready(): boolean {
    return true;
  }

  finish(error: RedshiftError | undefined): void {
    this.#end(error);
  }
}
