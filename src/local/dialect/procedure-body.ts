/**
 * The body of a stored procedure: SQL inside PL/pgSQL, written for the engine statement by statement (AWS manual,
 * PL/pgSQL language reference). Dynamic SQL is out of its reach, unless it is one literal.
 */
import { refuse } from './answer.js';
import { rewriteCasts } from './casts.js';
import { Edits } from './edits.js';
import { rewriteExpressions } from './expressions/index.js';
import { refuseForeign } from './foreign-words.js';
import { foldQuotedNames, refuseLongNames, rewriteHashNames } from './names.js';
import { type Piece, piecesOf } from './pieces.js';
import type { Plan, Refusal, Run, SessionFacts } from './plan.js';
import { type BodyItem, inSubtransaction, readBody } from './procedure-blocks.js';
import { Reader, literalValue, sqlLiteral } from './reader.js';
import { readType } from './types.js';

/** PL/pgSQL of 8.0 lets a variable win over a column of the same name. */
export const bodyHead = '#variable_conflict use_variable ';

/** Statements of a body that are written as if they stood alone. */
const alone = new Set(
  (
    'CREATE ALTER DROP TRUNCATE GRANT REVOKE SET RESET ANALYZE VACUUM DELETE MERGE COMMENT LOCK REFRESH COPY UNLOAD ' +
    'SAVEPOINT RELEASE LISTEN NOTIFY PREPARE DEALLOCATE'
  ).split(' '),
);

/** Statements that NONATOMIC commits one by one. */
const changing = new Set(
  'INSERT UPDATE DELETE MERGE CREATE ALTER DROP GRANT REVOKE COMMENT ANALYZE REFRESH'.split(' '),
);

const commitHere = 'if pg_catalog.rs_may_commit() then commit; end if';

type Planner = (sql: string, facts: SessionFacts) => Plan;

/** What the statement says of the procedure. */
export interface BodyOptions {
  readonly nonatomic: boolean;
  /** SECURITY DEFINER: the engine lets such a procedure end no transaction, Redshift does. */
  readonly definer: boolean;
}

/** The body for the engine. */
export function rewriteBody(
  body: string,
  { nonatomic, definer }: BodyOptions,
  facts: SessionFacts,
  plan: Planner,
): string | Refusal {
  const sql = foldQuotedNames(body, facts.caseSensitive);
  const pieces = piecesOf(sql);
  const edits = new Edits(sql, pieces);
  const parts = readBody(pieces);
  const refusal =
    refuseLongNames(pieces) ??
    refuseForeign(pieces, false) ??
    rewriteDeclarations(pieces, parts.items, edits);
  if (refusal) return refusal;
  rewriteHashNames(pieces, edits);
  const problem = rewriteCasts(pieces, edits, true) ?? rewriteExpressions(pieces, edits, facts);
  if (problem) return problem;
  let block = false;
  for (const item of parts.items) {
    if (item.kind !== 'statement') continue;
    const word = pieces[item.first]?.word ?? '';
    const starts = nonatomic && word === 'START' && pieces[item.last]?.word === 'TRANSACTION';
    const ends = item.first === item.last && (word === 'COMMIT' || word === 'ROLLBACK');
    if (starts || (ends && definer)) edits.override(item.first, item.last, 'null');
    block = starts || (block && !ends);
    const dynamic = word === 'EXECUTE' && item.last === item.first + 1 ? pieces[item.last] : undefined;
    const constant = dynamic && literalValue(dynamic);
    if (alone.has(word) || constant !== undefined) {
      const text = planStatementOf(item, definer, constant, sql, pieces, facts, plan);
      if (typeof text !== 'string') return text;
      edits.override(item.first, item.last, text);
    }
    // Each statement is a transaction of its own (AWS manual, Nonatomic mode), where the engine can end one.
    if (nonatomic && !block && !definer && changing.has(word) && !inSubtransaction(item)) {
      edits.insertAfter(item.last, `; ${commitHere}`);
    }
  }
  for (const { condition, end, block } of parts.handlers) {
    const piece = pieces[condition];
    if (piece?.word !== 'OTHERS') {
      return refuse('0A000', 'Only the condition OTHERS is supported in an exception block', piece?.start);
    }
    // The handler's work is kept and the error goes on (AWS manual, Trapping errors); NONATOMIC swallows it.
    if (nonatomic) continue;
    const commit = block.depth === 0 && !definer ? `${commitHere}; ` : '';
    edits.insertBefore(end, `${commit}raise; `);
  }
  return bodyHead + edits.result().sql;
}

/** `name [ CONSTANT ] type [ NOT NULL ] [ := value ]`; cursors and aliases have no type. */
function rewriteDeclarations(
  pieces: readonly Piece[],
  items: readonly BodyItem[],
  edits: Edits,
): Refusal | undefined {
  for (const { kind, first, last } of items) {
    if (kind !== 'declaration') continue;
    const reader = new Reader(pieces, first);
    reader.identifier();
    reader.take('CONSTANT');
    if (reader.is('ALIAS') || reader.is('CURSOR') || reader.at > last) continue;
    const type = readType(pieces, reader.at, { of: 'argument' });
    if (type?.kind === 'refuse') return type;
    if (type?.text !== undefined && pieces[type.last + 1]?.text !== '%') {
      edits.replace(type.first, type.last, type.text);
    }
  }
  return undefined;
}

function planStatementOf(
  item: BodyItem,
  definer: boolean,
  constant: string | undefined,
  sql: string,
  pieces: readonly Piece[],
  facts: SessionFacts,
  plan: Planner,
): string | Refusal {
  const text = constant?.replace(/;\s*$/, '') ?? sql.slice(pieces[item.first]?.start, pieces[item.last]?.end);
  const planned = plan(text, { ...facts, transaction: 'open' });
  // What would ask first is answered as if nothing were there: the notes of a table that exists stay what they are.
  const made = planned.kind === 'ask' ? planned.then([]) : planned;
  if (constant !== undefined && made.kind !== 'run') return `execute ${sqlLiteral(text)}`;
  if (made.kind === 'refuse') return { ...made, at: (pieces[item.first]?.start ?? 0) + (made.at ?? 0) };
  if (made.kind !== 'run') return text;
  return statements(made, item, definer, constant !== undefined).join('; ');
}

function statements(made: Run, item: BodyItem, definer: boolean, dynamic: boolean): string[] {
  // Dynamic SQL sees no variables, so it stays dynamic.
  const own = dynamic ? `execute ${sqlLiteral(made.sql)}` : made.sql;
  const main = made.rows === 'drop' ? perform(made.sql) : own;
  const list = [...(made.before ?? []).map(perform), main, ...(made.after ?? []).map(perform)];
  if (!made.commits) return list;
  // AWS manual, TRUNCATE: it commits. A block with handlers is a subtransaction of the engine, where nothing can.
  const mayCommit = !definer && !inSubtransaction(item);
  return ['perform pg_catalog.rs_check_truncate()', ...list, ...(mayCommit ? ['commit'] : [])];
}

/** A query whose rows nobody wants. */
function perform(sql: string): string {
  return sql.replace(/^select\b/i, 'perform');
}
