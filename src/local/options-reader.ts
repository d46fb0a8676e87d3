/**
 * Reads the values of an object of options and gathers all that is wrong with them, by option; no value is ever shown.
 */
import { ArgumentError } from '../errors.js';

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Takes options one by one and gathers what is wrong with them. */
export class OptionReader {
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #problems: string[];

  constructor(
    given: Readonly<Record<string, unknown>>,
    path: string,
    known?: readonly string[],
    problems: string[] = [],
  ) {
    this.#given = given;
    this.#path = path;
    this.#problems = problems;
    for (const name of known === undefined ? [] : Object.keys(given)) {
      if (known?.includes(name) === false) this.wrong(name, `is unknown; known are ${known.join(', ')}`);
    }
  }

  /** @param known left out: further names are passed over */
  inside(given: Readonly<Record<string, unknown>>, path: string, known?: readonly string[]): OptionReader {
    return new OptionReader(given, path, known, this.#problems);
  }

  wrong(option: string, problem: string): void {
    this.#problems.push(`${this.#path === '' ? '' : `${this.#path}.`}${option}: ${problem}`);
  }

  finish(): void {
    const [only] = this.#problems;
    if (only === undefined) return;
    throw new ArgumentError(
      this.#problems.length === 1
        ? `Option ${only}`
        : `${String(this.#problems.length)} problems with the options of the local Redshift:\n${this.#problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
  }

  get(name: string): unknown {
    return this.#given[name];
  }

  text(name: string): string | undefined {
    const value = this.#given[name];
    if (value === undefined) return undefined;
    // A NUL ends a text in every message of the protocol.
    if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
    this.wrong(name, 'must be text of at least one character, without NUL');
    return undefined;
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#given[name];
    if (value === undefined) return undefined;
    if (
      Array.isArray(value) &&
      value.every((one) => typeof one === 'string' && one !== '' && !one.includes('\0'))
    ) {
      return value as readonly string[];
    }
    this.wrong(name, 'must be a list of texts');
    return undefined;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#given[name];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    this.wrong(name, `must be a whole number from ${String(min)} to ${String(max)}`);
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.#given[name];
    if (value === undefined || typeof value === 'boolean') return value;
    this.wrong(name, 'must be true or false');
    return undefined;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.#given[name];
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.wrong(name, `must be one of ${choices.join(', ')}`);
    return found;
  }

  function(name: string): unknown {
    const value = this.#given[name];
    if (value === undefined || typeof value === 'function') return value;
    this.wrong(name, 'must be a function');
    return undefined;
  }
}
