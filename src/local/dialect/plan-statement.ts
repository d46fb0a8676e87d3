/**
 * The plan for one statement of a client: what the engine runs in its place, or why nobody does. Reads text only; it
 * never talks to the engine.
 */
import { Edits } from './edits.js';
import { rewriteExpressions } from './expressions/index.js';
import { piecesOf } from './pieces.js';
import type { Plan, SessionFacts } from './plan.js';

/** What to do with `sql`, which holds one statement and no `;` behind it. */
export function planStatement(sql: string, facts: SessionFacts): Plan {
  const pieces = piecesOf(sql);
  if (pieces.length === 0) return { kind: 'empty' };
  const edits = new Edits(sql, pieces);
  const refusal = rewriteExpressions(pieces, edits, facts);
  if (refusal) return refusal;
  return { kind: 'run', ...edits.result() };
}
