/**
 * `INSERT INTO t (…) VALUES (…)`: recognising the plain form, and repeating its tuple for many rows.
 * What is not certainly plain is left alone; of the tuple only the numbers of its `$n` ever change.
 */
import { ArgumentError } from '../errors.js';
import { type LexOptions, type Token, lex } from './lexer.js';
import { isSignificant } from './statements.js';
import { maxParameters } from './template.js';

/** Where the tuple stands, parentheses included. */
export interface TupleSpan {
  readonly start: number;
  readonly end: number;
}

/** A plain INSERT whose tuple can be repeated. */
export interface InsertValues {
  readonly tuple: TupleSpan;
  /** The highest n of its `$n`. */
  readonly parameters: number;
}

/**
 * The tuple of a plain INSERT, or null. Plain is: one statement, `INSERT INTO name [(columns)] VALUES (one tuple)`,
 * nothing behind it (no RETURNING, no second tuple), no SELECT in it, which would see the table as it was before
 * the other rows. Markers have to be `$n` already.
 */
export function plainInsertValues(sql: string, options: LexOptions): InsertValues | null {
  const reader = new Reader(sql, lex(sql, options).filter(isSignificant));
  if (!reader.word('INSERT') || !reader.word('INTO') || !reader.name()) return null;
  while (reader.piece('.')) if (!reader.name()) return null;
  if (reader.peek() === '(' && reader.group() === null) return null;
  if (!reader.word('VALUES')) return null;
  const tuple = reader.peek() === '(' ? reader.group() : null;
  if (tuple === null || tuple.parameters === 0) return null;
  while (reader.piece(';'));
  return reader.done() ? { tuple: tuple.span, parameters: tuple.parameters } : null;
}

/** Walks the significant tokens; each method takes what it names, or leaves the place as it was and says false. */
class Reader {
  #at = 0;
  readonly #sql: string;
  readonly #tokens: readonly Token[];

  constructor(sql: string, tokens: readonly Token[]) {
    this.#sql = sql;
    this.#tokens = tokens;
  }

  done(): boolean {
    return this.#at === this.#tokens.length;
  }

  peek(): string {
    const token = this.#tokens[this.#at];
    return token === undefined ? '' : this.#sql.slice(token.start, token.end);
  }

  piece(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  word(keyword: string): boolean {
    if (this.#tokens[this.#at]?.kind !== 'identifier' || this.peek().toUpperCase() !== keyword) return false;
    this.#at++;
    return true;
  }

  name(): boolean {
    this.piece('#');
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'identifier' && token?.kind !== 'quoted-identifier') return false;
    this.#at++;
    return true;
  }

  /** From `(` to the `)` that closes it. */
  group(): { span: TupleSpan; parameters: number } | null {
    const start = this.#tokens[this.#at]!.start;
    let depth = 0;
    let parameters = 0;
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at]!;
      const text = this.peek();
      if (token.kind === 'punctuation' && text === '(') depth++;
      else if (token.kind === 'punctuation' && text === ')' && --depth === 0) {
        this.#at++;
        return { span: { start, end: token.end }, parameters };
      } else if (token.kind === 'parameter') parameters = Math.max(parameters, Number(text.slice(1)));
      else if (token.kind === 'identifier' && text.toUpperCase() === 'SELECT') return null;
    }
    return null;
  }
}

/**
 * The same INSERT with `rows` tuples: `$1` of the second row is `$(1 + parametersPerRow)`, and so on.
 * Throws ArgumentError beyond 32,767 parameters.
 */
export function expandInsert(
  sql: string,
  tuple: TupleSpan,
  rows: number,
  parametersPerRow: number,
  options: LexOptions,
): string {
  if (!Number.isInteger(rows) || rows < 1)
    throw new ArgumentError('An INSERT is repeated for at least one row');
  if (rows * parametersPerRow > maxParameters) {
    throw new ArgumentError(
      `A statement takes at most ${maxParameters} parameters; ${rows} rows of ${parametersPerRow} are more`,
    );
  }
  const text = sql.slice(tuple.start, tuple.end);
  // The text between the markers, and the markers' numbers between these texts.
  const texts: string[] = [];
  const numbers: number[] = [];
  let copied = 0;
  for (const token of lex(text, options)) {
    if (token.kind !== 'parameter') continue;
    texts.push(text.slice(copied, token.start + 1));
    numbers.push(Number(text.slice(token.start + 1, token.end)));
    copied = token.end;
  }
  const last = text.slice(copied);
  const tuples: string[] = [text];
  for (let row = 1; row < rows; row++) {
    let next = '';
    for (let i = 0; i < texts.length; i++) next += texts[i]! + String(numbers[i]! + row * parametersPerRow);
    tuples.push(next + last);
  }
  return sql.slice(0, tuple.start) + tuples.join(', ') + sql.slice(tuple.end);
}
