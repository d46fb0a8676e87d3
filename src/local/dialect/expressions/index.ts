/**
 * Expressions of Redshift's dialect, written for the engine: function-like syntax, date parts, window functions. Edits
 * pieces where they stand; never reads text outside them and never throws.
 */
import type { Edits } from '../edits.js';
import type { Piece } from '../pieces.js';
import type { Refusal, SessionFacts } from '../plan.js';

/** Rewrites the expressions of one statement; gives the refusal of what the local Redshift does not take. */
export function rewriteExpressions(
  _pieces: readonly Piece[],
  _edits: Edits,
  _facts: SessionFacts,
): Refusal | undefined {
  return undefined;
}
