/**
 * Expressions of Redshift's dialect, written for the engine: function-like syntax, date parts, window functions, paths
 * into SUPER values. Edits pieces where they stand; never reads text outside them and never throws.
 */
import type { Edits } from '../edits.js';
import type { Piece } from '../pieces.js';
import type { Refusal, SessionFacts } from '../plan.js';
import { concatenation } from './concatenation.js';
import type { Context } from './context.js';
import { rewriteNavigation } from './navigation.js';
import { refuseStrayMarks } from './outer-joins.js';
import { refuseQueries } from './query-refusals.js';
import { queryBlocks } from './query-blocks.js';
import { refuseOperators } from './refusals.js';
import { rules } from './rules.js';
import { rewriteClauses } from './select-clauses.js';

/**
 * Rewrites the expressions of one statement; gives the refusal of what the local Redshift does not take. Call it after
 * all other changes to the same pieces, since it moves some of them with the changes that they have by then.
 */
export function rewriteExpressions(
  pieces: readonly Piece[],
  edits: Edits,
  facts: SessionFacts,
): Refusal | undefined {
  const catalog = pieces.some(({ word }) => word === 'INFORMATION_SCHEMA' || word.startsWith('PG_'));
  const context: Context = { pieces, edits, facts, catalog, blocks: queryBlocks(pieces) };
  const refused = refuseOperators(context) ?? refuseStrayMarks(context) ?? refuseQueries(context);
  if (refused) return refused;
  const names = rewriteNavigation(context);
  for (let index = pieces.length - 1; index >= 0; index--) {
    const piece = names.has(index) ? undefined : pieces[index];
    const rule = piece?.text === '+' ? concatenation : rules.get(piece?.word ?? '');
    const refusal = rule?.(context, index);
    if (refusal) return refusal;
  }
  return rewriteClauses(context);
}
