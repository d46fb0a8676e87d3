/**
 * The only scanner of SQL text: cuts a statement into tokens that together are the whole text, in linear time.
 * Follows the lexical chapter of the PostgreSQL manual (4.1) and its scan.l; never throws, never changes the text:
 * what is not closed runs to the end and says so.
 */

/** How the server reads a backslash in an ordinary `'…'` literal. */
export interface LexOptions {
  /**
   * True for Redshift, which reads `\` as an escape in every ordinary literal; for PostgreSQL the opposite of
   * `standard_conforming_strings`. `E'…'` has escapes either way.
   */
  readonly backslashEscapes: boolean;
}

export type TokenKind =
  | 'space'
  | 'comment'
  | 'string'
  | 'escape-string'
  | 'dollar-string'
  | 'identifier'
  | 'quoted-identifier'
  | 'number'
  | 'parameter'
  | 'operator'
  | 'punctuation'
  | 'other';

/** A piece of the text, `sql.slice(start, end)`, counted in UTF-16 code units. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** Present on a literal, quoted identifier or comment that the text ends in the middle of. */
  readonly unterminated?: true;
}

/** All tokens of the text, without a gap: each starts where the one before it ends. */
export function lex(sql: string, options: LexOptions): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length;) {
    const token = scanToken(sql, at, options);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

// Every character beyond ASCII belongs to an identifier, as in scan.l (`\200-\377`); surrogates are beyond ASCII too.
const space = /[ \t\n\r\f\v]+/y;
const identifier = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const number = /(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const parameter = /\$\d+/y;
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const lineComment = /--[^\n\r]*/y;
// `%` and `?` stand alone so that a marker never hides in an operator (`=%s`); an operator also ends where a comment begins.
// No operator is longer than 63 characters, which also keeps a long run of signs from being read once for each of them.
const operator = /(?:(?!--|\/\*)[~!@#^&|`+\-*/<>=]){1,63}/y;
function match(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : -1;
}

/**
 * The token that starts at `start`, which must be inside the text and be the start of the text or the end of a token
 * (or of a placeholder: the scanner of placeholders takes those out and goes on behind them).
 */
export function scanToken(sql: string, start: number, options: LexOptions): Token {
  const code = sql.charCodeAt(start);
  if (code === 0x20 || (code >= 0x09 && code <= 0x0d))
    return { kind: 'space', start, end: match(space, sql, start) };
  if (isIdentifierStart(code)) return word(sql, start, options);
  if (isDigit(code)) return { kind: 'number', start, end: match(number, sql, start) };
  switch (sql[start]) {
    case "'":
      return quoted(sql, start, start + 1, 'string', options.backslashEscapes);
    case '"':
      return quoted(sql, start, start + 1, 'quoted-identifier', false);
    case '$':
      return dollar(sql, start);
    case '.':
      if (isDigit(sql.charCodeAt(start + 1)))
        return { kind: 'number', start, end: match(number, sql, start) };
      return { kind: 'punctuation', start, end: start + (sql[start + 1] === '.' ? 2 : 1) };
    case ':': {
      const next = sql[start + 1];
      if (next === ':' || next === '=') return { kind: 'operator', start, end: start + 2 };
      return { kind: 'punctuation', start, end: start + 1 };
    }
    case '(':
    case ')':
    case '[':
    case ']':
    case ',':
    case ';':
      return { kind: 'punctuation', start, end: start + 1 };
    case '%':
    case '?':
      return { kind: 'operator', start, end: start + 1 };
    case '-':
      if (sql[start + 1] === '-') return { kind: 'comment', start, end: match(lineComment, sql, start) };
      break;
    case '/':
      if (sql[start + 1] === '*') return blockComment(sql, start);
      break;
    default:
  }
  const end = match(operator, sql, start);
  if (end < 0) return { kind: 'other', start, end: start + 1 };
  return { kind: 'operator', start, end: operatorEnd(sql, start, end) };
}

/** A sign at the end belongs to what follows, `a/-b`, unless the operator has a character that SQL's own lack. */
function operatorEnd(sql: string, start: number, end: number): number {
  if (/[~!@#^&|`]/.test(sql.slice(start, end))) return end;
  while (end > start + 1 && (sql[end - 1] === '-' || sql[end - 1] === '+')) end--;
  return end;
}

/** An identifier or keyword, or the literal whose prefix it is: only when the prefix is a token of its own. */
function word(sql: string, start: number, options: LexOptions): Token {
  const end = match(identifier, sql, start);
  if (end === start + 1) {
    const next = sql[end];
    const letter = sql[start]!.toLowerCase();
    if (next === "'") {
      if (letter === 'e') return quoted(sql, start, end + 1, 'escape-string', true);
      if (letter === 'b' || letter === 'x') return bits(sql, start, end + 1);
    }
    if (letter === 'u' && next === '&') {
      if (sql[end + 1] === "'") return quoted(sql, start, end + 2, 'string', options.backslashEscapes);
      if (sql[end + 1] === '"') return quoted(sql, start, end + 2, 'quoted-identifier', false);
    }
  }
  return { kind: 'identifier', start, end };
}

/**
 * `B'01'`, `x'1F'`: the first quote closes, a second one opens a literal with its own rules (scan.l, xb and xh); what goes on
 * behind a line end is bits as well.
 */
function bits(sql: string, start: number, body: number): Token {
  for (let at = body; ;) {
    const close = sql.indexOf("'", at);
    if (close < 0) return { kind: 'string', start, end: sql.length, unterminated: true };
    at = continuation(sql, close + 1);
    if (at < 0) return { kind: 'string', start, end: close + 1 };
  }
}

/** From behind the opening quote to behind the closing one; a doubled quote does not close. */
function quoted(
  sql: string,
  start: number,
  body: number,
  kind: 'string' | 'escape-string' | 'quoted-identifier',
  backslash: boolean,
): Token {
  const quote = sql[body - 1]!;
  for (let at = body; ;) {
    const close = closingQuote(sql, at, quote, backslash);
    if (close < 0) return { kind, start, end: sql.length, unterminated: true };
    if (sql[close + 1] === quote) {
      at = close + 2;
      continue;
    }
    const next = kind === 'escape-string' ? continuation(sql, close + 1) : -1;
    if (next < 0) return { kind, start, end: close + 1 };
    at = next;
  }
}

/**
 * A literal goes on behind blank space and `--` comments that hold a line end ("String Constants"), and its second
 * part has the escapes of its first. The place behind the next opening quote, or -1.
 */
function continuation(sql: string, from: number): number {
  let lineEnd = false;
  for (let at = from; at < sql.length;) {
    const code = sql.charCodeAt(at);
    if (code === 0x0a || code === 0x0d) lineEnd = true;
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) at++;
    else if (code === 0x2d && sql[at + 1] === '-') at = match(lineComment, sql, at);
    else return lineEnd && code === 0x27 ? at + 1 : -1;
  }
  return -1;
}

function closingQuote(sql: string, from: number, quote: string, backslash: boolean): number {
  if (!backslash) return sql.indexOf(quote, from);
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === '\\') at++;
    else if (sql[at] === quote) return at;
  }
  return -1;
}

function dollar(sql: string, start: number): Token {
  const digits = match(parameter, sql, start);
  if (digits >= 0) return { kind: 'parameter', start, end: digits };
  const body = match(dollarQuote, sql, start);
  if (body < 0) return { kind: 'other', start, end: start + 1 };
  const delimiter = sql.slice(start, body);
  const close = sql.indexOf(delimiter, body);
  if (close < 0) return { kind: 'dollar-string', start, end: sql.length, unterminated: true };
  return { kind: 'dollar-string', start, end: close + delimiter.length };
}

/** Block comments nest, and `/*` is read before the `*` in it can close anything. */
function blockComment(sql: string, start: number): Token {
  let depth = 1;
  for (let at = start + 2; at < sql.length; at++) {
    const pair = sql[at];
    if (pair === '*' && sql[at + 1] === '/') {
      at++;
      if (--depth === 0) return { kind: 'comment', start, end: at + 1 };
    } else if (pair === '/' && sql[at + 1] === '*') {
      at++;
      depth++;
    }
  }
  return { kind: 'comment', start, end: sql.length, unterminated: true };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether a UTF-16 code unit can begin an identifier; what follows a parameter must not, or the two would fuse. */
export function isIdentifierStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code >= 0x80;
}
