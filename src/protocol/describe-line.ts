/**
 * The grammar of one line of a transcript: a word, then `key=value` pairs, `...` at the end when more may follow. It knows
 * no messages. A value may be a hole: `*` stands for anything, `$name` for anything that is worth a name.
 */
import { ArgumentError } from '../errors.js';

/** Objects are maps, so that no key of theirs means anything to JavaScript. */
export type Value =
  string | number | boolean | null | Uint8Array | Hole | readonly Value[] | ReadonlyMap<string, Value>;

/** A place that the line leaves open. */
export class Hole {
  /** Empty for `*`. */
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export interface Line {
  readonly type: string;
  readonly pairs: readonly (readonly [string, Value])[];
  /** It ended in `...`: keys that are not mentioned may have any value. */
  readonly open: boolean;
}

/** @throws ArgumentError that shows where the line cannot be read */
export function parseLine(line: string): Line {
  const scanner = new Scanner(line.trim());
  const type = scanner.match(/\w+/y, 'the name of a message');
  const pairs: [string, Value][] = [];
  let open = false;
  while (!scanner.ended && !open) {
    scanner.match(/ +/y, 'a space');
    if (scanner.take('...')) open = true;
    else {
      const key = scanner.next === '"' ? scanner.text() : scanner.match(/\w[\w.]*/y, 'a key');
      scanner.match(/=/y, '=');
      pairs.push([key, scanner.value(0)]);
    }
  }
  if (!scanner.ended) throw scanner.wrong('the end');
  return { type, pairs, open };
}

/** Nesting beyond this is nobody's transcript. */
const deepest = 20;

class Scanner {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  get ended(): boolean {
    return this.#at === this.#line.length;
  }

  get next(): string {
    return this.#line.charAt(this.#at);
  }

  wrong(expected: string): ArgumentError {
    const rest = this.#line.slice(this.#at, this.#at + 30);
    return new ArgumentError(
      `Column ${String(this.#at + 1)} of the line: ${expected} is expected, not ${JSON.stringify(rest)}`,
    );
  }

  take(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  match(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0];
    if (found === undefined) throw this.wrong(expected);
    this.#at += found.length;
    return found;
  }

  text(): string {
    const start = this.#at;
    // An unrolled loop: linear however long the text is.
    const json = this.match(/"[^"\\]*(?:\\.[^"\\]*)*"/y, 'a text in double quotes');
    try {
      return JSON.parse(json) as string;
    } catch {
      this.#at = start;
      throw this.wrong('a JSON text');
    }
  }

  value(depth: number): Value {
    if (depth > deepest) throw this.wrong('less nesting');
    switch (this.next) {
      case '"':
        return this.text();
      case '[':
        return this.#list(depth);
      case '{':
        return this.#object(depth);
      case '\\':
        return this.#bytes();
      case '*':
        this.match(/\*(?!\*)/y, 'a value (*** is a masked secret)');
        return new Hole('');
      case '$':
        return new Hole(this.match(/\$\w+/y, 'a name').slice(1));
      default:
        return this.#literal();
    }
  }

  #literal(): Value {
    if (this.take('null')) return null;
    if (this.take('true')) return true;
    if (this.take('false')) return false;
    return Number(this.match(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y, 'a value'));
  }

  #bytes(): Uint8Array {
    const hex = this.match(/\\x(?:[0-9a-fA-F]{2})*/y, '\\x and hex digits');
    return new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
  }

  #list(depth: number): Value[] {
    const items: Value[] = [];
    this.#parts('[', ']', () => items.push(this.value(depth + 1)));
    return items;
  }

  #object(depth: number): Map<string, Value> {
    const entries = new Map<string, Value>();
    this.#parts('{', '}', () => {
      const key = this.text();
      this.match(/ *: */y, ':');
      entries.set(key, this.value(depth + 1));
    });
    return entries;
  }

  #parts(open: string, close: string, part: () => void): void {
    this.take(open);
    this.match(/ */y, '');
    if (this.take(close)) return;
    for (;;) {
      part();
      this.match(/ */y, '');
      if (this.take(close)) return;
      if (!this.take(',')) throw this.wrong(`, or ${close}`);
      this.match(/ */y, '');
    }
  }
}
