/**
 * What statements have in common, one by one or in a batch: what goes out in front of them, and how their execution ends.
 * It keeps nothing.
 */
import { NotSupportedError, ProtocolError, type RedshiftError } from '../errors.js';
import { parseCommandTag, type CommandTag } from '../protocol/command-tag.js';
import type { BackendMessage, FrontendMessage } from '../protocol/messages.js';
import { beginSql, ownStatement } from './control.js';
import type { Channel } from './conversation.js';
import { step, type Step, type Steps } from './steps.js';

/** Close of the prepared statements that are not used any more, and BEGIN where it is asked for. */
export function inFront<T>(begin: boolean, steps: Steps<T>, channel: Channel): FrontendMessage[] {
  const messages = channel.statements.closing();
  if (messages.length > 0) steps.expect(...messages.map(() => step<'CloseComplete', T>('CloseComplete')));
  if (begin) messages.push(...ownStatement(beginSql, steps, channel));
  return messages;
}

/** How an execution ends; a COPY of the user's may say something before that. */
export function executed<T>(take: (message: BackendMessage, owner: T) => void): Step<T> {
  return {
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
    take,
  };
}

/**
 * @returns what the statement did, or why it can do nothing; undefined for an empty one
 * @throws ProtocolError for messages of a COPY that nobody asked for
 */
export function endOfExecution(
  message: BackendMessage,
  channel: Channel,
  sql: string,
): CommandTag | RedshiftError | undefined {
  if (message.type === 'CommandComplete') {
    channel.expectRows(-1);
    return parseCommandTag(message.tag);
  }
  // After CopyFail the server reports the failure and skips to the Sync that was sent with it.
  return message.type === 'EmptyQueryResponse' ? undefined : refuseCopy(message, channel, sql, true);
}

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
