/**
 * A value that must never be seen: it prints as `***` wherever it turns up, and only `read` and `reveal` give it out.
 */
import { ArgumentError } from '../errors.js';

/** Text, or a function that gives it; the function is called once a connection. */
export type SecretSource = string | (() => string | Promise<string>);

/**
 * Longer than any password or token that a server takes (PostgreSQL: 65,535 bytes), and short enough that digesting it
 * keeps nobody waiting. In UTF-16 units.
 */
export const longestSecret = 2 ** 20;

export class Secret {
  readonly #name: string;
  readonly #value: SecretSource;

  /** `name` is the option's, for errors. */
  constructor(name: string, value: SecretSource) {
    this.#name = name;
    this.#value = value;
  }

  /** What the option was given: the text itself, or the function. */
  reveal(): SecretSource {
    return this.#value;
  }

  /**
   * The text; a function is called anew each time. Throws ArgumentError when it gives anything but text, text with a
   * NUL character, or more than 1 MiB of it; what the function itself throws passes through.
   */
  async read(): Promise<string> {
    const text: unknown = typeof this.#value === 'function' ? await this.#value() : this.#value;
    if (typeof text !== 'string')
      throw new ArgumentError(`Option ${this.#name}: the function has to give text`);
    if (text.length > longestSecret)
      throw new ArgumentError(
        `Option ${this.#name}: has ${String(text.length)} characters, more than the ${String(longestSecret)} that any login takes`,
      );
    if (text.includes('\0')) throw new ArgumentError(`Option ${this.#name}: holds a NUL character`);
    return text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}
