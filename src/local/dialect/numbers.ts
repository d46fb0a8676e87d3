/** Numbers that run into a word: PostgreSQL 8.0 read `THEN 4WHEN` as two tokens, today's calls it junk. */
import type { Edits } from './edits.js';
import type { Piece } from './pieces.js';

/** Puts a blank between a number (or a parameter) and a word that follows it at once. */
export function separateNumbers(pieces: readonly Piece[], edits: Edits): void {
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind !== 'number' && piece.kind !== 'parameter') continue;
    const next = pieces[index + 1];
    if (next?.kind === 'identifier' && next.start === piece.end) edits.insertAfter(index, ' ');
  }
}
