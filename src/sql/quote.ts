/**
 * Writing names and values into SQL text so that they stay one token, whatever they hold.
 * For what cannot be a parameter: identifiers, and literals of catalog queries. It never guesses a dialect.
 */
import { ArgumentError } from '../errors.js';
import { type LexOptions, lex } from './lexer.js';

/** Redshift keeps 127 bytes of a name ("Names and identifiers"). */
const maxNameBytes = 127;

/**
 * The name in double quotes, so that it means exactly itself: case, spaces, dots and quotes are kept.
 * Throws ArgumentError for an empty name, a NUL, or more than 127 bytes of UTF-8.
 */
export function quoteIdentifier(name: string): string {
  if (name === '') throw new ArgumentError('An identifier cannot be empty');
  if (name.includes('\0')) throw new ArgumentError('An identifier cannot hold a NUL character');
  const bytes = Buffer.byteLength(name);
  if (bytes > maxNameBytes) {
    throw new ArgumentError(`An identifier has at most ${maxNameBytes} bytes; this one has ${bytes}`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A name with its schema: `quoteQualified('Sales.Q1')` gives `"sales"."q1"`, as SQL would read it;
 * `quoteQualified(['Sales', 'Q1'])` gives `"Sales"."Q1"`, the parts as they are.
 */
export function quoteQualified(name: string | readonly string[]): string {
  const parts = typeof name === 'string' ? parseQualifiedName(name) : name;
  if (parts.length === 0) throw new ArgumentError('A qualified name needs at least one part');
  return parts.map(quoteIdentifier).join('.');
}

/**
 * A text as a literal. `\` is doubled only where the server reads it as an escape; doubling it elsewhere would
 * change the value. Throws ArgumentError for a NUL, which no value of the server can hold.
 */
export function quoteLiteral(text: string, { backslashEscapes }: LexOptions): string {
  if (text.includes('\0')) throw new ArgumentError('A literal cannot hold a NUL character');
  const safe = backslashEscapes ? text.replaceAll('\\', '\\\\') : text;
  return `'${safe.replaceAll("'", "''")}'`;
}

/**
 * The parts of a name written as in SQL: `Schema."Ta.ble"` gives `['schema', 'Ta.ble']`. What is not quoted is
 * folded to lower case (ASCII letters only, as the server does it). A leading `#` marks a temporary table on Redshift.
 */
export function parseQualifiedName(text: string): string[] {
  const parts: string[] = [];
  let expectPart = true;
  let hash = false;
  for (const token of lex(text, { backslashEscapes: false })) {
    const piece = text.slice(token.start, token.end);
    if (token.kind === 'space' && !hash) continue;
    if (
      expectPart &&
      token.kind === 'quoted-identifier' &&
      !token.unterminated &&
      piece.startsWith('"') &&
      !hash
    ) {
      parts.push(piece.slice(1, -1).replaceAll('""', '"'));
      expectPart = false;
    } else if (expectPart && token.kind === 'identifier') {
      parts.push((hash ? '#' : '') + foldIdentifier(piece));
      expectPart = false;
      hash = false;
    } else if (expectPart && !hash && piece === '#') hash = true;
    else if (!expectPart && piece === '.') expectPart = true;
    else throw malformed();
  }
  if (expectPart || parts.includes('')) throw malformed();
  return parts;
}

function malformed(): ArgumentError {
  return new ArgumentError(
    'A table name is one or more parts joined by dots; put a part with other characters in double quotes, ' +
      'as in sales."my-table"',
  );
}

/** How the server reads a name that is not quoted. */
export function foldIdentifier(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
