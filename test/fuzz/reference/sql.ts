/**
 * SQL as tokens, told a second time from chapter 4.1 of the PostgreSQL manual: one character after the other, no regular
 * expression, no jump. Blank space is left out; of a literal also its value is told.
 */
import { isDigit } from './characters.js';

export type Kind =
  | 'comment'
  | 'string'
  | 'escape-string'
  | 'dollar-string'
  | 'identifier'
  | 'quoted-identifier'
  | 'number'
  | 'parameter'
  | 'sign';

export interface SqlToken {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  /** Its closing mark was not found. */
  readonly open: boolean;
}

const blanks = ' \t\n\r\f\v';
const isBlank = (character: string): boolean => character !== '' && blanks.includes(character);
const isLineEnd = (character: string): boolean => character === '\n' || character === '\r';
const isLetter = (character: string): boolean =>
  (character >= 'a' && character <= 'z') ||
  (character >= 'A' && character <= 'Z') ||
  character === '_' ||
  character > '\u007f';

/** @param backslash whether `\` escapes in `'…'` */
export function tokensOf(sql: string, backslash: boolean): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    if (isBlank(sql.charAt(at))) {
      at++;
      continue;
    }
    const start = at;
    const { kind, open } = one();
    tokens.push({ kind, start, end: at, open });
  }
  return tokens;

  function see(offset = 0): string {
    return sql.charAt(at + offset);
  }

  function one(): { kind: Kind; open: boolean } {
    const first = see();
    const prefix = isPrefix();
    if (prefix !== undefined) {
      at += prefix.length;
      return see() === "'" ? literal(prefix) : { kind: 'quoted-identifier', open: quoted(false) };
    }
    if (first === "'") return literal('');
    if (first === '"') return { kind: 'quoted-identifier', open: quoted(false) };
    if (isLetter(first)) {
      while (isLetter(see()) || isDigit(see()) || see() === '$') at++;
      return { kind: 'identifier', open: false };
    }
    if (isDigit(first) || (first === '.' && isDigit(see(1)))) {
      number();
      return { kind: 'number', open: false };
    }
    if (first === '-' && see(1) === '-') {
      while (see() !== '' && !isLineEnd(see())) at++;
      return { kind: 'comment', open: false };
    }
    if (first === '/' && see(1) === '*') return { kind: 'comment', open: comment() };
    if (first === '$') return dollar();
    // Two points are one sign: behind them a number may begin.
    at += first === '.' && see(1) === '.' ? 2 : 1;
    return { kind: 'sign', open: false };
  }

  /** A letter, or `U&`, directly before a quote. Inside a word there is none: a word is read as a whole. */
  function isPrefix(): string | undefined {
    const letter = see().toLowerCase();
    if (see(1) === "'" && (letter === 'e' || letter === 'b' || letter === 'x')) return letter;
    if (letter === 'u' && see(1) === '&' && (see(2) === "'" || see(2) === '"')) return 'u&';
    return undefined;
  }

  function literal(prefix: string): { kind: Kind; open: boolean } {
    if (prefix === 'b' || prefix === 'x') {
      // Bits have no quotes in them: the first one closes, whatever follows.
      let found: boolean;
      do {
        for (at++; see() !== '' && see() !== "'"; at++);
        found = see() === "'";
        if (found) at++;
      } while (found && goesOn());
      return { kind: 'string', open: !found };
    }
    const escapes = prefix === 'e' || (backslash && (prefix === '' || prefix === 'u&'));
    let open = quoted(escapes);
    // Only a literal with escapes of its own has to be known as one whole.
    while (prefix === 'e' && !open && goesOn()) open = quoted(true);
    return { kind: prefix === 'e' ? 'escape-string' : 'string', open };
  }

  /** From the opening quote to behind the closing one. @returns true when there is none */
  function quoted(escapes: boolean): boolean {
    const quote = see();
    at++;
    while (see() !== '') {
      if (escapes && see() === '\\') at += 2;
      else if (see() !== quote) at++;
      else if (see(1) === quote) at += 2;
      else {
        at++;
        return false;
      }
    }
    at = sql.length;
    return true;
  }

  /** Blank space with a line end in it, and a quote behind; line comments count as blank. */
  function goesOn(): boolean {
    let place = at;
    let lineEnd = false;
    for (;;) {
      const character = sql.charAt(place);
      if (isBlank(character)) {
        lineEnd ||= isLineEnd(character);
        place++;
      } else if (character === '-' && sql.charAt(place + 1) === '-') {
        while (place < sql.length && !isLineEnd(sql.charAt(place))) place++;
      } else break;
    }
    if (!lineEnd || sql.charAt(place) !== "'") return false;
    at = place;
    return true;
  }

  function number(): void {
    while (isDigit(see())) at++;
    // `1..2` is a range.
    if (see() === '.' && see(1) !== '.') {
      at++;
      while (isDigit(see())) at++;
    }
    const signs = see(1) === '+' || see(1) === '-' ? 2 : 1;
    if ((see() === 'e' || see() === 'E') && isDigit(see(signs))) {
      at += signs;
      while (isDigit(see())) at++;
    }
  }

  function comment(): boolean {
    let depth = 0;
    do {
      if (see() === '/' && see(1) === '*') {
        depth++;
        at += 2;
      } else if (see() === '*' && see(1) === '/') {
        depth--;
        at += 2;
      } else at++;
    } while (depth > 0 && see() !== '');
    return depth > 0;
  }

  function dollar(): { kind: Kind; open: boolean } {
    if (isDigit(see(1))) {
      at++;
      while (isDigit(see())) at++;
      return { kind: 'parameter', open: false };
    }
    let length = 1;
    while (isLetter(see(length)) || (length > 1 && isDigit(see(length)))) length++;
    if (see(length) !== '$') {
      at++;
      return { kind: 'sign', open: false };
    }
    const mark = sql.slice(at, at + length + 1);
    at += mark.length;
    while (at < sql.length && sql.slice(at, at + mark.length) !== mark) at++;
    const open = at >= sql.length;
    at = Math.min(sql.length, at + mark.length);
    return { kind: 'dollar-string', open };
  }
}

/** The value of a literal without prefix; undefined when it is not exactly one. */
export function valueOf(text: string, backslash: boolean): string | undefined {
  if (!text.startsWith("'")) return undefined;
  let value = '';
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (backslash && character === '\\') {
      // Ordinary escapes (`\n`) are not looked at: what we write doubles every backslash.
      if (text.charAt(at + 1) !== '\\') return undefined;
      value += '\\';
      at++;
    } else if (character !== "'") value += character;
    else if (text.charAt(at + 1) === "'") {
      value += "'";
      at++;
    } else return at === text.length - 1 ? value : undefined;
  }
  return undefined;
}

/** The tokens as text, without comments: what the server's grammar sees. */
export function meaning(sql: string, backslash: boolean): string[] {
  return tokensOf(sql, backslash)
    .filter(({ kind }) => kind !== 'comment')
    .map(({ start, end }) => sql.slice(start, end));
}
