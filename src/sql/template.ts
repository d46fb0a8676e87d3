/**
 * A statement whose markers are `$n` already, and how parameters are put in their order. No value is looked at.
 */
import { ArgumentError, ProgrammingError } from '../errors.js';

export const paramstyles = ['qmark', 'numeric', 'named', 'format', 'pyformat'] as const;

/**
 * How a statement marks its parameters: `?` (qmark; always a marker outside quotes, Redshift has no operator with it),
 * `:1` (numeric), `:name` (named), `%s` (format), `%(name)s` or `%s` (pyformat). `$1` works in all of them.
 */
export type Paramstyle = (typeof paramstyles)[number];

/** An array for positional markers, an object for named ones. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The number of parameters travels as an Int16 in Bind ("Message Formats"). */
export const maxParameters = 32_767;

/** A statement whose markers are already `$n`; keep it and bind it as often as wanted. */
export interface PlaceholderTemplate {
  /** What the server gets. */
  readonly sql: string;
  /** How many values `bind` returns. */
  readonly count: number;
  /** The keys that an object must have, in the order of their `$n`; undefined when the markers are positional. */
  readonly names: readonly string[] | undefined;
  /**
   * The values in the order of `$1, $2 …`. Throws ProgrammingError when an array has another length than the markers
   * ask for, when a key is missing (other keys are ignored), or when array and object are mistaken for each other.
   */
  bind(parameters: Parameters): readonly unknown[];
}

/** Markers without names: an array of exactly as many values. */
export function positional(sql: string, count: number, paramstyle: Paramstyle): PlaceholderTemplate {
  const mayBeNamed = paramstyle === 'named' || paramstyle === 'pyformat';
  return {
    sql,
    count,
    names: undefined,
    bind(parameters) {
      if (!isArray(parameters)) {
        if (count === 0 && (mayBeNamed || Object.keys(parameters).length === 0)) return [];
        throw new ProgrammingError(
          count === 0
            ? `Parameters were given as an object, but paramstyle is ${paramstyle}; use paramstyle named or pyformat`
            : 'The markers of this statement have no names: give the parameters as an array',
        );
      }
      checkLimit(parameters.length);
      if (parameters.length !== count) {
        throw new ProgrammingError(
          `The statement has ${plural(count, 'parameter marker')}, but ${plural(parameters.length, 'parameter')} ` +
            `${parameters.length === 1 ? 'was' : 'were'} given`,
        );
      }
      return parameters;
    },
  };
}

/** Markers with names: an object that has them all. */
export function named(sql: string, names: readonly string[]): PlaceholderTemplate {
  return {
    sql,
    count: names.length,
    names,
    bind(parameters) {
      if (isArray(parameters)) {
        throw new ProgrammingError(
          `The markers of this statement have names (${names[0]!} …): give the parameters as an object`,
        );
      }
      checkLimit(names.length);
      // Own properties only: `constructor` is a parameter like any other, and missing where nobody gave it.
      const missing = names.filter((name) => !Object.hasOwn(parameters, name));
      if (missing.length > 0) {
        throw new ProgrammingError(
          `No value was given for ${missing.length === 1 ? 'parameter' : 'parameters'} ${missing.join(', ')}`,
        );
      }
      return names.map((name) => parameters[name]);
    },
  };
}

function isArray(parameters: unknown): parameters is readonly unknown[] {
  if (Array.isArray(parameters)) return true;
  if (typeof parameters !== 'object' || parameters === null || isContainer(parameters)) {
    throw new ArgumentError('Parameters are given as an array or as a plain object');
  }
  return false;
}

/** Objects that hold their data elsewhere than in own properties of that name: surely one parameter, not a set of them. */
function isContainer(value: object): boolean {
  return value instanceof Map || value instanceof Set || value instanceof Date || ArrayBuffer.isView(value);
}

function checkLimit(count: number): void {
  if (count > maxParameters) {
    throw new ArgumentError(`A statement takes at most ${maxParameters} parameters; ${count} were given`);
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
