/**
 * The plan for one statement of a client: what the engine runs in its place, or why nobody does. Reads text only; it
 * never talks to the engine.
 */
import { movedBack, notYet, run, withExtras } from './answer.js';
import { rewriteCasts } from './casts.js';
import { rewriteCatalogColumns } from './catalog-columns.js';
import { planAlter, planCreate } from './creates.js';
import { planClose, planDeallocate, planDeclare, planFetch } from './cursors.js';
import { planDrop } from './drops.js';
import { Edits } from './edits.js';
import { rewriteExpressions } from './expressions/index.js';
import { type Expansion, lateralAliases } from './expressions/lateral-aliases.js';
import { missingRelations } from './expressions/missing-relations.js';
import { pivots } from './expressions/pivots.js';
import { refuseForeign } from './foreign-words.js';
import { planGrant } from './grants.js';
import { planAnalyze, planCancel, planComment, planLock, planTruncate, planVacuum } from './maintenance.js';
import { foldQuotedNames, refuseLongNames, rewriteHashNames } from './names.js';
import { separateNumbers } from './numbers.js';
import { type Piece, piecesOf, wordsAt } from './pieces.js';
import { isPlainInsert } from './plain-insert.js';
import type { Plan, Refusal, SessionFacts } from './plan.js';
import { planDelete, planInsert, planMerge, planQuery } from './queries.js';
import { Reader } from './reader.js';
import { planCall } from './routines.js';
import { planReset, planSet, planShow } from './settings.js';
import { rewriteSettingCalls, setsConfig } from './setting-calls.js';
import { notSupported, planTransaction } from './transactions.js';
import { readType } from './types.js';
import { planRefresh } from './views.js';

/** What to do with `sql`, which holds one statement and no `;` behind it. */
export function planStatement(sql: string, facts: SessionFacts): Plan {
  // The names of users keep their case (AWS manual, enable_case_sensitive_identifier).
  const user = /^\s*(?:create|alter|drop)\s+user\b/i.test(sql);
  const text = user ? sql : foldQuotedNames(sql, facts.caseSensitive);
  const pieces = piecesOf(text);
  if (pieces.every((piece) => piece.text === ';')) return { kind: 'empty' };
  const problem = unterminated(pieces) ?? refuseLongNames(pieces);
  if (problem) return problem;
  if (isPlainInsert(pieces)) return { kind: 'run', sql: text, position: (offset) => offset };
  return expanded(text, pieces, facts, [pivots, lateralAliases, missingRelations]);
}

/** What has to be written out first, one after the other, each with the catalog's answer. */
function expanded(
  text: string,
  pieces: readonly Piece[],
  facts: SessionFacts,
  [expand, ...others]: readonly ((sql: string, pieces: readonly Piece[]) => Expansion | undefined)[],
): Plan {
  if (!expand) return planText(text, pieces, facts);
  const expansion = expand(text, pieces);
  if (!expansion) return expanded(text, pieces, facts, others);
  return {
    kind: 'ask',
    ...expansion.question,
    then: (rows) => {
      const written = expansion.replace(rows);
      if (written.kind === 'refuse') return written;
      return movedBack(expanded(written.sql, piecesOf(written.sql), facts, others), written.position);
    },
  };
}

function planText(text: string, pieces: readonly Piece[], facts: SessionFacts): Plan {
  const edits = new Edits(text, pieces);
  separateNumbers(pieces, edits);
  rewriteHashNames(pieces, edits);
  const plan = planAt(0, { sql: text, pieces, edits, facts });
  return setsConfig(pieces) ? withExtras(plan, { changesSettings: true }) : plan;
}

interface Statement {
  readonly sql: string;
  readonly pieces: readonly Piece[];
  readonly edits: Edits;
  readonly facts: SessionFacts;
}

/** Statements that hold expressions: their types, function calls and operators are written first. */
const withExpressions = new Set(
  'SELECT WITH INSERT UPDATE DELETE MERGE CREATE ALTER CALL EXECUTE DECLARE EXPLAIN PREPARE'.split(' '),
);

/** The plan of what stands from piece `first` on: the whole statement, or what EXPLAIN and PREPARE hold. */
function planAt(first: number, statement: Statement): Plan {
  const { sql, pieces, edits, facts } = statement;
  const reader = new Reader(pieces, first);
  const word = pieces[first]?.word ?? (pieces[first]?.text === '(' ? '(' : '');
  if (first === 0 && (withExpressions.has(word) || pieces[0]?.text === '(')) {
    const problem = rewriteQueries(statement);
    if (problem) return problem;
  }
  if (pieces[first]?.text === '(') return planQuery(reader, edits);
  const at = pieces[first]?.start;
  reader.at++;
  switch (word) {
    case 'SELECT':
    case 'WITH':
    case 'UPDATE':
      reader.at--;
      return planQuery(reader, edits);
    case 'INSERT':
      reader.at--;
      return planInsert(reader, edits);
    case 'DELETE':
      reader.at--;
      return planDelete(reader, edits);
    case 'MERGE':
      reader.at--;
      return planMerge(reader, edits);
    case 'EXPLAIN':
      return planExplain(reader, statement);
    case 'PREPARE':
      return reader.is('TRANSACTION') ? notSupported(sql, at ?? 0) : planPrepare(reader, statement);
    case 'EXECUTE':
      return reader.identifier() === undefined ? reader.unexpected() : run(edits);
    case 'DEALLOCATE':
      return planDeallocate(reader, edits);
    case 'DECLARE':
      return planDeclare(reader, edits, facts);
    case 'FETCH':
      return planFetch(reader, edits);
    case 'CLOSE':
      return planClose(reader, edits);
    case 'BEGIN':
    case 'START':
    case 'COMMIT':
    case 'END':
    case 'ABORT':
    case 'ROLLBACK':
      return planTransaction(word, reader, edits, facts, sql);
    case 'SET':
      return planSet(reader, edits);
    case 'RESET':
      return planReset(reader, edits);
    case 'SHOW':
      return planShow(reader, edits);
    case 'CREATE':
      return planCreate(reader, edits, facts, planStatement, sql);
    case 'ALTER':
      return planAlter(reader, edits, facts, sql);
    case 'DROP':
      return planDrop(reader, edits, facts, sql);
    case 'TRUNCATE':
      return planTruncate(reader, edits);
    case 'COMMENT':
      return planComment(reader, edits);
    case 'GRANT':
    case 'REVOKE':
      return planGrant(word, reader, edits);
    case 'ANALYZE':
    case 'ANALYSE':
      return planAnalyze(reader, edits);
    case 'VACUUM':
      return planVacuum(reader, facts);
    case 'LOCK':
      return planLock(reader, edits, facts);
    case 'CALL':
      return planCall(reader, edits, facts);
    case 'REFRESH':
      return planRefresh(reader, edits);
    case 'CANCEL':
      return planCancel(reader);
    case 'COPY':
    case 'UNLOAD':
    case 'USE':
    case 'DESC':
    case 'DESCRIBE':
    case 'ATTACH':
    case 'DETACH':
      return notYet(word, at);
    case 'SAVEPOINT':
    case 'RELEASE':
    case 'LISTEN':
    case 'UNLISTEN':
    case 'NOTIFY':
    case 'CLUSTER':
    case 'REINDEX':
    case 'CHECKPOINT':
    case 'LOAD':
    case 'MOVE':
      return notSupported(sql, at ?? 0);
    default:
      reader.at--;
      return reader.unexpected();
  }
}

/** Types, foreign syntax and expressions of the whole statement. */
function rewriteQueries({ pieces, edits, facts }: Statement): Refusal | undefined {
  rewriteCatalogColumns(pieces, edits);
  const catalog = pieces.some((piece) => piece.word === 'PG_CATALOG' || piece.word === 'INFORMATION_SCHEMA');
  return (
    refuseForeign(pieces, catalog) ??
    rewriteCasts(pieces, edits, catalog) ??
    rewriteSettingCalls(pieces, edits) ??
    rewriteExpressions(pieces, edits, facts)
  );
}

/** EXPLAIN [ VERBOSE ] query (AWS manual, EXPLAIN). */
function planExplain(reader: Reader, statement: Statement): Plan {
  if (reader.is('ANALYZE') || reader.is('ANALYSE')) return reader.unexpected();
  reader.take('VERBOSE');
  const words = ['SELECT', 'WITH', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'MERGE', 'EXECUTE', 'DECLARE'];
  if (reader.is('(') && reader.pieces[reader.at + 1]?.word === 'SELECT') return run(statement.edits);
  if (!words.some((word) => reader.is(word))) return reader.unexpected();
  const plan = planAt(reader.at, statement);
  return plan.kind === 'run' ? run(statement.edits) : plan;
}

/** PREPARE name [ ( types ) ] AS statement (AWS manual, PREPARE). */
function planPrepare(reader: Reader, statement: Statement): Plan {
  const { pieces, edits } = statement;
  if (reader.identifier() === undefined) return reader.unexpected();
  if (reader.take('(')) {
    do {
      const type = readType(pieces, reader.at, { of: 'argument' });
      if (type === undefined) return reader.unexpected();
      if (type.kind === 'refuse') return type;
      if (type.text !== undefined) edits.replace(type.first, type.last, type.text);
      reader.at = type.last + 1;
    } while (reader.take(','));
    if (!reader.take(')')) return reader.unexpected();
  }
  if (!reader.take('AS')) return reader.unexpected();
  const allowed = ['SELECT', 'WITH', 'INSERT', 'UPDATE', 'DELETE'].some((word) =>
    wordsAt(pieces, reader.at, word),
  );
  if (!allowed) return reader.unexpected();
  const plan = planAt(reader.at, statement);
  return plan.kind === 'run' ? run(edits) : plan;
}

/** The engine would find it too, but at a place that edits may have moved. */
function unterminated(pieces: readonly Piece[]): Refusal | undefined {
  const piece = pieces.find((candidate) => candidate.unterminated === true);
  if (!piece) return undefined;
  const what =
    piece.kind === 'quoted-identifier'
      ? 'quoted identifier'
      : piece.kind === 'dollar-string'
        ? 'dollar-quoted string'
        : 'quoted string';
  return {
    kind: 'refuse',
    sqlState: '42601',
    message: `unterminated ${what} at or near "${piece.text.slice(0, 60)}"`,
    at: piece.start,
  };
}
