/**
 * JSON without rounding: integers beyond 2^53 keep all their digits. Iterative, so that no depth of nesting ends the stack,
 * and linear; nothing in it is ever evaluated.
 */
import { randomUUID } from 'node:crypto';
import { DataError } from '../errors.js';
import { excerpt } from './codec.js';

/**
 * Parses JSON text.
 *
 * @param large what an integer beyond 2^53 becomes; fractions and exponents are doubles, as in JSON.parse
 * @throws DataError
 */
export function parseJson(text: string, large: (digits: string) => unknown): unknown {
  try {
    // Only a run of 16 digits can be beyond 2^53; everything else the engine's own parser reads exactly, and faster.
    return /\d{16}/.test(text) ? new Parser(text, large).parse() : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw new DataError(`Cannot read ${excerpt(text)} as JSON`, { cause });
  }
}

/** An array or object that is still open; `key` is the member that waits for its value. */
type Open =
  | { readonly kind: 'array'; readonly items: unknown[] }
  | { readonly kind: 'object'; readonly members: Record<string, unknown>; key: string };

const numberForm = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const words = new Map<string, unknown>([
  ['t', true],
  ['f', false],
  ['n', null],
]);

class Parser {
  readonly #text: string;
  readonly #large: (digits: string) => unknown;
  readonly #open: Open[] = [];
  #at = 0;

  constructor(text: string, large: (digits: string) => unknown) {
    this.#text = text;
    this.#large = large;
  }

  parse(): unknown {
    for (;;) {
      const value = this.#begin();
      if (value === undefined) continue;
      const result = this.#attach(value.value);
      if (result !== undefined) return result.value;
    }
  }

  /** Reads a scalar or an empty container; undefined when it opened a container whose first value comes next. */
  #begin(): { readonly value: unknown } | undefined {
    const character = this.#peek();
    if (character === '[') {
      this.#at++;
      if (this.#take(']')) return { value: [] };
      this.#open.push({ kind: 'array', items: [] });
      return undefined;
    }
    if (character === '{') {
      this.#at++;
      if (this.#take('}')) return { value: {} };
      this.#open.push({ kind: 'object', members: {}, key: this.#key() });
      return undefined;
    }
    return { value: character === '"' ? this.#string() : this.#numberOrWord(character) };
  }

  /** Puts a finished value where it belongs, and closes what ends with it; undefined while more values come. */
  #attach(first: unknown): { readonly value: unknown } | undefined {
    let value = first;
    for (;;) {
      const top = this.#open.at(-1);
      if (top === undefined) {
        if (this.#peek() !== '') this.#fail();
        return { value };
      }
      if (top.kind === 'array') {
        top.items.push(value);
        if (this.#take(',')) return undefined;
        if (!this.#take(']')) this.#fail();
        value = top.items;
      } else {
        setMember(top.members, top.key, value);
        if (this.#take(',')) {
          top.key = this.#key();
          return undefined;
        }
        if (!this.#take('}')) this.#fail();
        value = top.members;
      }
      this.#open.pop();
    }
  }

  #key(): string {
    if (this.#peek() !== '"') this.#fail();
    const key = this.#string();
    if (!this.#take(':')) this.#fail();
    return key;
  }

  /** The engine reads escapes; we only find where the string ends. */
  #string(): string {
    const start = this.#at;
    let end = start;
    let escaped: boolean;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) this.#fail();
      let slashes = end;
      while (this.#text[slashes - 1] === '\\') slashes--;
      escaped = (end - slashes) % 2 === 1;
    } while (escaped);
    this.#at = end + 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #numberOrWord(character: string): unknown {
    numberForm.lastIndex = this.#at;
    const found = numberForm.exec(this.#text);
    if (found !== null) {
      this.#at = numberForm.lastIndex;
      const [digits, fraction, exponent] = found;
      const value = Number(digits);
      const exact = fraction !== undefined || exponent !== undefined || Number.isSafeInteger(value);
      return exact ? value : this.#large(digits);
    }
    if (!words.has(character)) this.#fail();
    const word = words.get(character);
    if (!this.#text.startsWith(String(word), this.#at)) this.#fail();
    this.#at += String(word).length;
    return word;
  }

  /** The next character that is no blank; empty at the end. */
  #peek(): string {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      code = this.#text.charCodeAt(++this.#at);
    }
    return this.#text.charAt(this.#at);
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #fail(): never {
    throw new SyntaxError(`Unexpected token at position ${String(this.#at)}`);
  }
}

/** A member called `__proto__` is data like any other. */
function setMember(members: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') members[key] = value;
  else {
    Object.defineProperty(members, key, { value, configurable: true, enumerable: true, writable: true });
  }
}

/**
 * JSON.stringify, but a bigint is written with all its digits, so that what parseJson gave goes back unchanged. Undefined
 * for what JSON has no form of.
 *
 * @throws TypeError for a circle
 */
export function writeJson(value: unknown): string | undefined {
  let mark: string | undefined;
  const stringify = (): string | undefined =>
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'bigint' ? `${(mark ??= randomUUID())}${String(inner)}` : inner,
    );
  const text = stringify();
  // A mark that nobody can know beforehand: no string of the caller's is taken for a number.
  return mark === undefined ? text : text?.replace(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}
