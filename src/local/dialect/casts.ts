/**
 * Types inside expressions: behind `::`, in CAST and its kin. Defaults of columns do not hold here: a bare VARCHAR is as
 * long as its value (AWS manual, Character types).
 */
import { refuse } from './answer.js';
import type { Edits } from './edits.js';
import { type Piece, findWord } from './pieces.js';
import type { Refusal } from './plan.js';
import { isCatalogType, readType } from './types.js';

const castWords = new Set(['CAST', 'TRY_CAST']);

/** Rewrites all types in expressions; `catalog` is true for a query of the system catalog, which may use arrays. */
export function rewriteCasts(pieces: readonly Piece[], edits: Edits, catalog: boolean): Refusal | undefined {
  for (const [index, piece] of pieces.entries()) {
    let problem: Refusal | undefined;
    if (piece.text === '::') problem = rewriteType(pieces, index + 1, edits, catalog);
    else if (castWords.has(piece.word) && pieces[index + 1]?.text === '(') {
      const as = findWord(pieces, index + 2, (pieces[index + 1]?.depth ?? 0) + 1, 'AS');
      if (as >= 0) problem = rewriteType(pieces, as + 1, edits, catalog);
    }
    if (problem) return problem;
  }
  return undefined;
}

function rewriteType(
  pieces: readonly Piece[],
  at: number,
  edits: Edits,
  catalog: boolean,
): Refusal | undefined {
  const type = readType(pieces, at, { of: 'cast' });
  if (type === undefined) return undefined;
  if (type.kind === 'refuse') return type;
  const array = pieces[type.last]?.text === ']';
  if (array && !catalog && !isCatalogType(pieces[type.first]?.text ?? '')) {
    return refuse('0A000', 'Array types are not supported on Redshift tables', pieces[at]?.start);
  }
  if (type.text !== undefined) edits.replace(type.first, type.last, type.text);
  return undefined;
}
