/**
 * A place in the pieces of a statement that moves on as a rule reads what the grammar asks for. It never changes the
 * statement.
 */
import type { Piece } from './pieces.js';
import { type Refusal, syntaxError } from './plan.js';

/** A name as it is written: `"a".b` is the parts `a` and `b`. */
export interface QualifiedName {
  /** Index of its first and last piece. */
  readonly first: number;
  readonly last: number;
  /** Its parts without quotes, folded as the engine folds them. */
  readonly parts: readonly string[];
}

export class Reader {
  readonly pieces: readonly Piece[];
  at: number;

  constructor(pieces: readonly Piece[], at = 0) {
    this.pieces = pieces;
    this.at = at;
  }

  get piece(): Piece | undefined {
    return this.pieces[this.at];
  }

  get ended(): boolean {
    return this.at >= this.pieces.length;
  }

  /** Whether these words (or signs) come next. */
  is(...words: readonly string[]): boolean {
    return words.every((word, offset) => wordOf(this.pieces[this.at + offset]) === word);
  }

  /** Moves behind these words if they come next. */
  take(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.at += words.length;
    return true;
  }

  /** Moves behind the one of these words that comes next and gives it. */
  takeOne(...words: readonly string[]): string | undefined {
    const word = wordOf(this.piece);
    if (word === '' || !words.includes(word)) return undefined;
    this.at++;
    return word;
  }

  /** One part of a name. */
  identifier(): string | undefined {
    const piece = this.piece;
    if (piece?.kind !== 'identifier' && piece?.kind !== 'quoted-identifier') return undefined;
    this.at++;
    return nameOf(piece);
  }

  /** A name with up to three parts (database, schema, object; a column may have one more). */
  name(): QualifiedName | undefined {
    const first = this.at;
    const hash = this.piece?.text === '#' ? '#' : '';
    if (hash) this.at++;
    const part = this.identifier();
    if (part === undefined) {
      this.at = first;
      return undefined;
    }
    const parts = [hash + part];
    while (this.is('.')) {
      this.at++;
      const next = this.identifier();
      if (next === undefined) {
        this.at--;
        break;
      }
      parts.push(next);
    }
    return { first, last: this.at - 1, parts };
  }

  /** Names with commas between them. */
  names(): QualifiedName[] {
    const names: QualifiedName[] = [];
    do {
      const name = this.name();
      if (!name) break;
      names.push(name);
    } while (this.take(','));
    return names;
  }

  /**
   * The single names of `( a, b )`, moved behind it; undefined where something else stands. `number` gives a name to a
   * column that is written as its place, as DISTKEY(1).
   */
  columns(number?: (place: number) => string): string[] | undefined {
    const start = this.at;
    const columns: string[] = [];
    if (!this.take('(')) return undefined;
    do {
      const place = number && this.integer();
      const column = place === undefined ? this.identifier() : number?.(place);
      if (column === undefined) break;
      columns.push(column);
    } while (this.take(','));
    if (columns.length > 0 && this.take(')')) return columns;
    this.at = start;
    return undefined;
  }

  /** The value of a literal that comes next, moved behind it. */
  literal(): string | undefined {
    const piece = this.piece;
    if (piece === undefined) return undefined;
    const value = literalValue(piece);
    if (value !== undefined) this.at++;
    return value;
  }

  /** A whole number, with a sign if it has one. */
  integer(): number | undefined {
    const start = this.at;
    const sign = this.takeOne('-', '+') === '-' ? -1 : 1;
    if (this.piece?.kind !== 'number' || !/^\d+$/.test(this.piece.text)) {
      this.at = start;
      return undefined;
    }
    const value = sign * Number(this.piece.text);
    this.at++;
    return value;
  }

  /** Moves behind the bracket that closes the one which comes next. */
  skipBrackets(): boolean {
    const pair = this.piece?.pair ?? -1;
    if (pair <= this.at) return false;
    this.at = pair + 1;
    return true;
  }

  /** The refusal of what comes next. */
  unexpected(): Refusal {
    return unexpectedAt(this.pieces, this.at);
  }
}

/** The refusal of a piece, or of the end where there is none. */
export function unexpectedAt(pieces: readonly Piece[], index: number): Refusal {
  const piece = pieces[index];
  if (piece) return syntaxError(piece.text, piece.start);
  const at = pieces.at(-1)?.end ?? 0;
  return { kind: 'refuse', sqlState: '42601', message: 'syntax error at end of input', at };
}

/** A keyword in capitals or a sign; nothing for names in quotes and for literals. */
export function wordOf(piece: Piece | undefined): string {
  if (!piece) return '';
  if (piece.word !== '') return piece.word;
  return piece.kind === 'punctuation' || piece.kind === 'operator' || piece.kind === 'other'
    ? piece.text
    : '';
}

/** What a piece of a name stands for: without quotes, ASCII letters small where no quotes were. */
export function nameOf(piece: Piece): string {
  if (piece.kind === 'quoted-identifier') return piece.text.slice(1, -1).replaceAll('""', '"');
  return lowerAscii(piece.text);
}

/** ASCII letters made small, as the server folds names; the length stays. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The text of a string literal, its escapes resolved; undefined for anything else. */
export function literalValue(piece: Piece): string | undefined {
  if (piece.unterminated) return undefined;
  if (piece.kind === 'dollar-string') {
    const width = piece.text.indexOf('$', 1) + 1;
    return piece.text.slice(width, -width);
  }
  if (piece.kind === 'escape-string') return unescape(piece.text.slice(2, -1));
  if (piece.kind === 'string' && piece.text.startsWith("'")) return unescape(piece.text.slice(1, -1));
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** PostgreSQL manual, "String Constants With C-Style Escapes"; Redshift reads ordinary literals the same way. */
function unescape(body: string): string {
  return body.replace(/''|\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|([^]))/g, (all, octal, hex, other) => {
    if (all === "''") return "'";
    if (typeof octal === 'string') return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    if (typeof hex === 'string') return String.fromCharCode(Number.parseInt(hex, 16));
    return escapes[other as string] ?? (other as string);
  });
}

/** A literal that the engine reads as this text, whatever its settings. */
export function sqlLiteral(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

/** A name that the engine reads as exactly this. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The same for a name of several parts. */
export function sqlQualified(parts: readonly string[]): string {
  return parts.map(sqlName).join('.');
}
