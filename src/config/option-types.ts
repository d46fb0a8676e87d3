/**
 * What a row of the table of options says, what a value of each type of option may look like, and how text from a URL or the environment becomes one.
 * A problem is described without the value, which may be a secret that was put in the wrong place.
 */
import type { Logger } from '../trace.js';
import { longestSecret } from './secret.js';

export type OptionType =
  | { readonly is: 'string' }
  /** Never shown; `source` ones may be a function that gives the text, once a connection. */
  | { readonly is: 'secret'; readonly source?: true }
  | { readonly is: 'boolean' }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  /** Fractions allowed. `off`: 0 means no limit. `likely`: more is surely meant as milliseconds. */
  | { readonly is: 'seconds'; readonly off?: true; readonly likely?: number }
  | { readonly is: 'bytes' }
  | {
      readonly is: 'enum';
      readonly values: readonly string[];
      readonly refused?: Readonly<Record<string, string>>;
    }
  /** An array of texts, or one text with commas. */
  | { readonly is: 'list'; readonly values?: readonly string[] }
  /** A path or the PEM text itself. */
  | { readonly is: 'file' }
  | { readonly is: 'function' }
  /** The name of a credentials provider, a function, or an object with the function `get`. */
  | { readonly is: 'provider' }
  /** An object with these functions. */
  | { readonly is: 'object'; readonly functions: readonly string[] }
  | { readonly is: 'logger' }
  /** Passed on to the room that knows it: `types`. */
  | { readonly is: 'types' };

export interface OptionRow {
  /** camelCase; the snake_case spelling and `REDSHIFT_` + that in capitals follow from it. */
  readonly name: string;
  readonly type: OptionType;
  /** What holds when nobody gives it; undefined: nothing. A function of what else was given is in `defaultNote`. */
  readonly default?: string | number | boolean;
  readonly defaultNote?: string;
  /** Names of other drivers (JDBC, ODBC, libpq, pg) with the same unit. */
  readonly aliases?: readonly string[];
  /** Names of other drivers whose value is in milliseconds. */
  readonly milliseconds?: readonly string[];
  /** The feature that has yet to be built: the option is known and checked, but refused. */
  readonly later?: string;
  /** Of `createPool` only; `connect` refuses it. */
  readonly pool?: true;
  /** A name that is this option for `createPool` only, in milliseconds; to `connect` it means another one. */
  readonly poolMilliseconds?: readonly string[];
  /** One line for the README. */
  readonly doc: string;
}

export type Reading = { readonly value: unknown } | { readonly problem: string };

/** Timers of Node hold a signed 32-bit count of milliseconds. */
const maxSeconds = 2_147_483;

/** Reads one value. `scale` converts a number given under another unit's name (milliseconds: 0.001). */
export function readValue(type: OptionType, raw: unknown, scale = 1): Reading {
  switch (type.is) {
    case 'string':
    case 'file':
      return text(raw);
    case 'secret':
      if (type.source && typeof raw === 'function') return { value: raw };
      if (typeof raw === 'string' && raw.length > longestSecret)
        return {
          problem: `has ${raw.length} characters, more than the ${longestSecret} that any login takes`,
        };
      return text(raw, type.source ? 'must be text, or a function that gives it' : undefined);
    case 'boolean':
      return boolean(raw);
    case 'integer': {
      const value = number(raw);
      if (value !== undefined && Number.isInteger(value) && value >= type.min && value <= type.max)
        return { value };
      const upTo =
        type.max === Number.MAX_SAFE_INTEGER ? `${type.min} or more` : `from ${type.min} to ${type.max}`;
      return { problem: `must be a whole number, ${upTo}` };
    }
    case 'seconds':
      return seconds(type, raw, scale);
    case 'bytes':
      return bytes(raw);
    case 'enum':
      return oneOf(type.values, type.refused ?? {}, raw);
    case 'list':
      return list(type.values, raw);
    case 'function':
      return typeof raw === 'function' ? { value: raw } : { problem: 'must be a function' };
    case 'provider':
      if (typeof raw === 'string') return text(raw);
      return typeof raw === 'function' || hasFunctions(raw, ['get'])
        ? { value: raw }
        : { problem: 'must be the name of a plugin, a function, or an object with the function get' };
    case 'object':
      return hasFunctions(raw, type.functions)
        ? { value: raw }
        : { problem: `must be an object with the functions ${type.functions.join(', ')}` };
    case 'logger':
      return isLogger(raw)
        ? { value: raw }
        : { problem: 'must be an object with the functions debug, info, warn and error' };
    case 'types':
      if (typeof raw === 'string' && raw !== '') return text(raw);
      if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return { value: raw };
      return { problem: 'must be an object by type name, or the name of a preset' };
  }
}

function text(raw: unknown, expected = 'must be text'): Reading {
  if (typeof raw !== 'string') return { problem: expected };
  // A NUL would end the value in the startup packet and begin another parameter.
  if (raw.includes('\0')) return { problem: 'holds a NUL character' };
  return { value: raw };
}

function boolean(raw: unknown): Reading {
  if (typeof raw === 'boolean') return { value: raw };
  switch (typeof raw === 'string' ? raw.toLowerCase() : raw) {
    case 'true':
    case 'on':
    case 'yes':
    case '1':
    case 1:
      return { value: true };
    case 'false':
    case 'off':
    case 'no':
    case '0':
    case 0:
      return { value: false };
    default:
      return { problem: 'must be true or false' };
  }
}

/** A number, also as decimal text. */
function number(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined;
  return typeof raw === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(raw) ? Number(raw) : undefined;
}

function seconds(type: OptionType & { is: 'seconds' }, raw: unknown, scale: number): Reading {
  const given = number(raw);
  if (given === undefined || given < 0) return { problem: 'must be a number of seconds, 0 or more' };
  const value = given * scale;
  if (type.likely !== undefined && value > type.likely) {
    return {
      problem: `is in seconds, at most ${type.likely}; did you mean ${Number((value / 1000).toFixed(3))}?`,
    };
  }
  if (value > maxSeconds) return { problem: `is in seconds, at most ${maxSeconds}` };
  return { value };
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

function bytes(raw: unknown): Reading {
  const [, digits, unit] =
    typeof raw === 'string' ? (/^(\d{1,15})\s*([kmg]?)(?:i?b)?$/i.exec(raw) ?? []) : [];
  const value = digits === undefined ? raw : Number(digits) * (units[(unit ?? '').toLowerCase()] ?? 1);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return { value };
  return { problem: 'must be a number of bytes, 1 or more (text may end in K, M or G)' };
}

function oneOf(values: readonly string[], refused: Readonly<Record<string, string>>, raw: unknown): Reading {
  const given = typeof raw === 'string' ? raw.trim().toLowerCase() : undefined;
  if (given !== undefined && values.includes(given)) return { value: given };
  if (given !== undefined && Object.hasOwn(refused, given))
    return { problem: `${given} is refused: ${refused[given]!}` };
  const named = values.filter((value) => value !== '');
  return { problem: `must be ${named.length === 1 ? named[0]! : `one of ${named.join(', ')}`}` };
}

function list(values: readonly string[] | undefined, raw: unknown): Reading {
  const parts: unknown = typeof raw === 'string' ? raw.split(',').map((part) => part.trim()) : raw;
  if (!Array.isArray(parts) || !parts.every((part): part is string => typeof part === 'string')) {
    return { problem: 'must be an array of texts, or one text with commas' };
  }
  const wanted = parts.filter((part) => part !== '');
  if (wanted.some((part) => part.includes('\0'))) return { problem: 'holds a NUL character' };
  if (values !== undefined && !wanted.every((part) => values.includes(part))) {
    return { problem: `may hold ${values.join(', ')}` };
  }
  return { value: Object.freeze(wanted) };
}

function isLogger(raw: unknown): raw is Logger {
  return hasFunctions(raw, ['debug', 'info', 'warn', 'error']);
}

function hasFunctions(raw: unknown, names: readonly string[]): boolean {
  if (typeof raw !== 'object' || raw === null) return false;
  return names.every((name) => typeof (raw as Record<string, unknown>)[name] === 'function');
}
