/**
 * A conversation's expectations, one message after the other, so that its code reads like the protocol's own chapter
 * and whatever is out of order is an error that names both sides.
 */
import { ProtocolError } from '../errors.js';
import type { BackendMessage } from '../protocol/messages.js';

type MessageType = BackendMessage['type'];

/** `T`: what `take` is given besides, for steps that are made once and serve many conversations. */
export interface Step<T = undefined> {
  readonly expects: readonly MessageType[];
  readonly take?: (message: BackendMessage, owner: T) => void;
  /** The step stays until a message of this type was taken (a result of many parts). */
  readonly until?: readonly MessageType[];
}

export function step<T extends MessageType, Owner = undefined>(
  expects: T | readonly T[],
  take?: (message: Extract<BackendMessage, { type: T }>, owner: Owner) => void,
): Step<Owner> {
  return {
    expects: typeof expects === 'string' ? [expects] : expects,
    ...(take === undefined ? {} : { take: take as (message: BackendMessage, owner: Owner) => void }),
  };
}

export class Steps<T = undefined> {
  readonly #name: string;
  readonly #owner: T;
  #steps: Step<T>[] = [];
  #at = 0;

  constructor(name: string, ...[owner]: T extends undefined ? [] : [T]) {
    this.#name = name;
    this.#owner = owner as T;
  }

  expect(...steps: Step<T>[]): void {
    if (this.#at === this.#steps.length) {
      this.#steps = steps;
      this.#at = 0;
    } else this.#steps.push(...steps);
  }

  take(message: BackendMessage): void {
    const next = this.#steps[this.#at];
    if (next?.expects.includes(message.type) !== true) {
      const expected = next === undefined ? 'ReadyForQuery' : next.expects.join(' or ');
      throw new ProtocolError(
        `The server sent ${message.type} in ${this.#name} where ${expected} has to come`,
      );
    }
    if (next.until === undefined || next.until.includes(message.type)) this.#at++;
    next.take?.(message, this.#owner);
  }

  /** All that was expected came. @throws ProtocolError when ReadyForQuery comes too early. */
  complete(): void {
    const next = this.#steps[this.#at];
    if (next !== undefined) {
      throw new ProtocolError(
        `The server sent ReadyForQuery in ${this.#name} where ${next.expects.join(' or ')} has to come`,
      );
    }
  }

  clear(): void {
    this.#steps = [];
    this.#at = 0;
  }
}
