/**
 * Telling the colon of an array slice, `a[1:2]`, from one that begins a marker, `a[:lower]`. Sees tokens, never text beyond them.
 */
import type { Token } from './lexer.js';

/** Words after which an expression begins, so that a colon behind them cannot be the one of a slice. */
const beginners = new Set(
  'all and any as between by case distinct else escape from having ilike in is like limit not offset on or select similar some then to using when where'.split(
    ' ',
  ),
);

/** The brackets that are open, and whether what was seen last is a value. */
export class Brackets {
  readonly #open: string[] = [];
  #afterValue = false;

  /** Directly inside `[ ]`, behind something that is a value already. */
  get colonIsSlice(): boolean {
    return this.#afterValue && this.#open.at(-1) === '[';
  }

  see(sql: string, token: Token): void {
    switch (token.kind) {
      case 'space':
      case 'comment':
        return;
      case 'punctuation': {
        const character = sql[token.start]!;
        if (character === '(' || character === '[') this.#open.push(character);
        else if (character === ')' || character === ']') this.#open.pop();
        this.#afterValue = character === ')' || character === ']';
        return;
      }
      case 'identifier':
        this.#afterValue = !beginners.has(sql.slice(token.start, token.end).toLowerCase());
        return;
      case 'operator':
      case 'other':
        this.#afterValue = false;
        return;
      case 'string':
      case 'escape-string':
      case 'dollar-string':
      case 'quoted-identifier':
      case 'number':
      case 'parameter':
        this.#afterValue = true;
    }
  }

  seeValue(): void {
    this.#afterValue = true;
  }

  seeOperator(): void {
    this.#afterValue = false;
  }
}
