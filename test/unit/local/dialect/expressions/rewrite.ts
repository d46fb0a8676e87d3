/** How the tests of expressions ask for a rewriting: SQL in, SQL or the refusal's message out. */
import { Edits } from '../../../../../src/local/dialect/edits.js';
import { rewriteExpressions } from '../../../../../src/local/dialect/expressions/index.js';
import type { Expanded, Expansion } from '../../../../../src/local/dialect/expressions/lateral-aliases.js';
import { piecesOf } from '../../../../../src/local/dialect/pieces.js';
import type { Refusal } from '../../../../../src/local/dialect/plan.js';

const facts = { transaction: 'idle', caseSensitive: false, user: 'u' } as const;

export function outcome(sql: string, caseSensitive = false) {
  const pieces = piecesOf(sql);
  const edits = new Edits(sql, pieces);
  const refusal = rewriteExpressions(pieces, edits, { ...facts, caseSensitive });
  return { refusal, ...edits.result() };
}

/** The text for the engine, with blanks only between words. */
export function rewritten(sql: string, caseSensitive = false): string {
  const { refusal, sql: text } = outcome(sql, caseSensitive);
  if (refusal) throw new Error(refusal.message);
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[,)])|(?<=\() /g, '')
    .trim();
}

export function refusalOf(sql: string): Refusal | undefined {
  return outcome(sql).refusal;
}

/** What an expansion writes; `columns` are the catalog's rows: a table's number and a column's name. */
export function expandedBy(
  expand: (sql: string, pieces: ReturnType<typeof piecesOf>) => Expansion | undefined,
  sql: string,
  columns: readonly (readonly [number, string])[],
): Expanded | Refusal | undefined {
  return expand(sql, piecesOf(sql))?.replace(columns.map(([table, column]) => [String(table), column]));
}
