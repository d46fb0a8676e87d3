/**
 * INSERT of nothing but literals and parameters, which drivers send by the megabyte: the engine reads it as Redshift
 * does, so nobody has to look for what to rewrite.
 */
import type { Piece } from './pieces.js';
import { Reader } from './reader.js';

const values = new Set(['NULL', 'DEFAULT', 'TRUE', 'FALSE']);
const signs = new Set(['(', ')', ',', '-', '+']);

/** Whether a statement is `INSERT INTO table [ ( columns ) ] VALUES …` with plain values. */
export function isPlainInsert(pieces: readonly Piece[]): boolean {
  const reader = new Reader(pieces);
  if (!reader.take('INSERT', 'INTO') || reader.is('#') || !reader.name()) return false;
  if (reader.is('(') && !reader.columns()) return false;
  if (!reader.take('VALUES')) return false;
  for (let index = reader.at; index < pieces.length; index++) {
    const piece = pieces[index];
    if (!piece || !isPlain(piece)) return false;
  }
  return true;
}

function isPlain(piece: Piece): boolean {
  switch (piece.kind) {
    case 'number':
    case 'parameter':
    case 'escape-string':
      return true;
    case 'string':
      return piece.text.startsWith("'");
    case 'identifier':
      return values.has(piece.word);
    default:
      return signs.has(piece.text);
  }
}
