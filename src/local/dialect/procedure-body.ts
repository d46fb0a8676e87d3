/**
 * The body of a stored procedure: SQL inside PL/pgSQL, written for the engine statement by statement (AWS manual,
 * PL/pgSQL language reference).
 */
import { rewriteCasts } from './casts.js';
import { Edits } from './edits.js';
import { rewriteExpressions } from './expressions/index.js';
import { foldQuotedNames, refuseLongNames, rewriteHashNames } from './names.js';
import { piecesOf } from './pieces.js';
import type { Plan, Refusal, SessionFacts } from './plan.js';

/** PL/pgSQL of 8.0 lets a variable win over a column of the same name. */
const head = '#variable_conflict use_variable\n';

/** The body for the engine. */
export function rewriteBody(
  body: string,
  _nonatomic: boolean,
  facts: SessionFacts,
  _plan: (sql: string, facts: SessionFacts) => Plan,
): string | Refusal {
  const sql = foldQuotedNames(body, facts.caseSensitive);
  const pieces = piecesOf(sql);
  const edits = new Edits(sql, pieces);
  const refusal = refuseLongNames(pieces);
  if (refusal) return refusal;
  rewriteHashNames(pieces, edits);
  const problem = rewriteCasts(pieces, edits, true) ?? rewriteExpressions(pieces, edits, facts);
  if (problem) return problem;
  return head + edits.result().sql;
}
