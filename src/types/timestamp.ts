/** A Date that knows the microseconds below its millisecond. Whatever takes a Date takes it, and sees the milliseconds. */
import { ArgumentError } from '../errors.js';

/**
 * What TIMESTAMP and TIMESTAMPTZ give when the value has microseconds below the millisecond; otherwise a plain Date.
 * As a parameter it is sent back exactly. Any setter clears the microseconds, since they belonged to the old value;
 * `new Date(t)`, `structuredClone(t)` and arithmetic on it see the milliseconds only.
 *
 * @example
 * const [row] = (await conn.query("select timestamp '2024-01-02 03:04:05.678901' as t")).rows;
 * row.t.microseconds;  // 901
 * row.t.toISOString(); // '2024-01-02T03:04:05.678901Z'
 */
export class Timestamp extends Date {
  #microseconds: number;

  /**
   * @param milliseconds since 1970-01-01 UTC
   * @param microseconds 0 to 999, added to them
   * @throws ArgumentError when the microseconds are none of these
   */
  constructor(milliseconds: number, microseconds = 0) {
    super(milliseconds);
    if (!Number.isInteger(microseconds) || microseconds < 0 || microseconds > 999) {
      throw new ArgumentError('Timestamp: microseconds must be an integer from 0 to 999');
    }
    this.#microseconds = microseconds;
  }

  /** Microseconds below the millisecond, 0 to 999. */
  get microseconds(): number {
    return this.#microseconds;
  }

  /** With six digits of the second. */
  override toISOString(): string {
    return `${super.toISOString().slice(0, -1)}${String(this.#microseconds).padStart(3, '0')}Z`;
  }

  /** As toISOString; null for an invalid date, as with Date. */
  override toJSON(): string {
    return Number.isNaN(this.getTime()) ? (null as unknown as string) : this.toISOString();
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return Number.isNaN(this.getTime()) ? 'Invalid Date' : this.toISOString();
  }

  static {
    for (const name of Object.getOwnPropertyNames(Date.prototype)) {
      if (!name.startsWith('set')) continue;
      // A new setter of a later language version is covered too, since the list is the engine's own.
      const set = Reflect.get(Date.prototype, name) as (...values: number[]) => number;
      const clearing = function (this: Timestamp, ...values: number[]): number {
        this.#microseconds = 0;
        return Reflect.apply(set, this, values);
      };
      Object.defineProperty(Timestamp.prototype, name, {
        value: clearing,
        configurable: true,
        writable: true,
      });
    }
  }
}
