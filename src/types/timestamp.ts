/** A Date that knows the microseconds below its millisecond. */

/**
 * What TIMESTAMP and TIMESTAMPTZ give when the value has microseconds below the millisecond; otherwise a plain Date.
 * As a parameter it is sent back exactly. Any setter clears the microseconds, since they belonged to the old value.
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
   */
  constructor(milliseconds: number, microseconds = 0) {
    super(milliseconds);
    this.#microseconds =
      Number.isInteger(microseconds) && microseconds >= 0 && microseconds <= 999 ? microseconds : 0;
  }

  /** Microseconds below the millisecond, 0 to 999. */
  get microseconds(): number {
    return this.#microseconds;
  }

  /** With six digits of the second. */
  override toISOString(): string {
    const text = super.toISOString();
    return this.#microseconds === 0
      ? text.replace('Z', '000Z')
      : text.replace('Z', `${String(this.#microseconds).padStart(3, '0')}Z`);
  }

  override toJSON(): string {
    return Number.isNaN(this.getTime()) ? (null as unknown as string) : this.toISOString();
  }

  static {
    for (const name of Object.getOwnPropertyNames(Date.prototype)) {
      if (!name.startsWith('set')) continue;
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
