/**
 * A statement as the pieces that mean something: tokens without blanks and comments, brackets paired. All rules of the
 * dialect look at these; none scans text itself.
 */
import { type Token, lex } from '../../sql/lexer.js';

/** A token of a statement. */
export interface Piece extends Token {
  readonly text: string;
  /** An unquoted identifier or keyword in capitals; empty for everything else, a quoted identifier included. */
  readonly word: string;
  /** How many brackets are open around it; an opening and its closing bracket have the same depth. */
  readonly depth: number;
  /** Of a bracket `(` `[` `)` `]`: the index of the other one; -1 where there is none. */
  readonly pair: number;
}

const backslashEscapes = true; // Redshift reads `\` as an escape in every literal

/** The pieces of a text, in order. */
export function piecesOf(sql: string): Piece[] {
  const pieces: { -readonly [K in keyof Piece]: Piece[K] }[] = [];
  const open: number[] = [];
  for (const token of lex(sql, { backslashEscapes })) {
    if (token.kind === 'space' || token.kind === 'comment') continue;
    const text = sql.slice(token.start, token.end);
    const closes = token.kind === 'punctuation' && (text === ')' || text === ']');
    const partner = closes ? (open.pop() ?? -1) : -1;
    const index = pieces.length;
    if (partner >= 0) {
      const opening = pieces[partner];
      if (opening) opening.pair = index;
    }
    const { kind, start, end } = token;
    const word = kind === 'identifier' ? text.toUpperCase() : '';
    // Written out: a spread costs more than all the rest, and a statement may have a million pieces.
    const piece: Piece = { kind, start, end, text, word, depth: open.length, pair: partner };
    pieces.push(token.unterminated ? { ...piece, unterminated: true } : piece);
    if (text === '(' || text === '[') open.push(index);
  }
  return pieces;
}

/** Whether the pieces from `index` on are these words (or signs), as `wordsAt(pieces, 0, 'CREATE', 'TABLE')`. */
export function wordsAt(pieces: readonly Piece[], index: number, ...words: readonly string[]): boolean {
  return words.every((word, offset) => {
    const piece = pieces[index + offset];
    return piece !== undefined && (piece.word === word || (piece.word === '' && piece.text === word));
  });
}

/** The index of the first piece from `from` on, at the depth of `depth`, that is this word or sign; -1 if there is none. */
export function findWord(pieces: readonly Piece[], from: number, depth: number, ...words: string[]): number {
  for (let index = from; index < pieces.length; index++) {
    const piece = pieces[index];
    if (piece === undefined || piece.depth < depth) return -1;
    if (piece.depth === depth && words.includes(piece.word || piece.text)) return index;
  }
  return -1;
}

/** The first and last piece of each argument between the brackets that open at `open`; none for `()`. */
export function argumentsOf(pieces: readonly Piece[], open: number): { first: number; last: number }[] {
  const close = pieces[open]?.pair ?? -1;
  if (close < 0 || close === open + 1) return [];
  const depth = (pieces[open]?.depth ?? 0) + 1;
  const ranges: { first: number; last: number }[] = [];
  let first = open + 1;
  for (let index = open + 1; index <= close; index++) {
    const piece = pieces[index];
    if (index === close || (piece?.text === ',' && piece.depth === depth)) {
      ranges.push({ first, last: index - 1 });
      first = index + 1;
    } else if (piece !== undefined && piece.pair > index) {
      index = piece.pair;
    }
  }
  return ranges;
}
