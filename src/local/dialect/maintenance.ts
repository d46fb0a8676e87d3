/** VACUUM, ANALYZE, LOCK, TRUNCATE, COMMENT, CANCEL: commands about tables that change no row, or all of them. */
import { command, notYet, refuse, regclass, run } from './answer.js';
import type { Edits } from './edits.js';
import type { Plan, SessionFacts } from './plan.js';
import { type QualifiedName, type Reader, sqlLiteral } from './reader.js';

/** Nothing to reclaim or to sort here, but the table must exist (AWS manual, VACUUM). */
export function planVacuum(reader: Reader, facts: SessionFacts): Plan {
  const at = reader.pieces[0]?.start;
  if (!reader.take('SORT', 'ONLY') && !reader.take('DELETE', 'ONLY')) {
    reader.takeOne('FULL', 'REINDEX', 'RECLUSTER');
  }
  const table = reader.is('TO') || reader.is('BOOST') ? undefined : reader.name();
  if (reader.take('TO')) {
    const percent = reader.integer();
    if (percent === undefined || !reader.take('PERCENT')) return reader.unexpected();
    if (percent < 0 || percent > 100) {
      return refuse('22023', 'Vacuum threshold must be between 0 and 100', at);
    }
  }
  reader.take('BOOST');
  if (!reader.ended) return reader.unexpected();
  if (facts.transaction === 'open') {
    return refuse('25001', 'VACUUM cannot run inside a transaction block', at);
  }
  return command(table ? `select ${regclass(table.parts)}` : 'select 1', 'VACUUM');
}

/** The engine's own ANALYZE, without the words that only Redshift has (AWS manual, ANALYZE). */
export function planAnalyze(reader: Reader, edits: Edits): Plan {
  if (reader.is('COMPRESSION')) return notYet('ANALYZE COMPRESSION', reader.piece?.start);
  reader.take('VERBOSE');
  const table = reader.is('PREDICATE') || reader.is('ALL') ? undefined : reader.name();
  if (table && reader.is('(') && !reader.columns()) return reader.unexpected();
  const first = reader.at;
  if (reader.take('PREDICATE', 'COLUMNS') || reader.take('ALL', 'COLUMNS')) {
    edits.replace(first, reader.at - 1, '');
  }
  if (!reader.ended) return reader.unexpected();
  // Without a name the engine would warn of each table that belongs to someone else.
  return table ? run(edits) : command('select 1', 'ANALYZE');
}

/** Redshift takes LOCK outside a transaction too, where it holds nothing (AWS manual, LOCK). */
export function planLock(reader: Reader, edits: Edits, facts: SessionFacts): Plan {
  reader.take('TABLE');
  const tables = reader.names();
  if (tables.length === 0 || !reader.ended) return reader.unexpected();
  if (facts.transaction === 'open') return run(edits);
  return command(`select ${tables.map((table) => regclass(table.parts)).join(', ')}`, 'LOCK TABLE');
}

/** TRUNCATE commits the transaction that it runs in (AWS manual, TRUNCATE). */
export function planTruncate(reader: Reader, edits: Edits): Plan {
  reader.take('TABLE');
  if (!reader.name() || !reader.ended) return reader.unexpected();
  return run(edits, { commits: true });
}

/** Constraints are not on the engine, so nothing can be said of them there; the rest it knows. */
export function planComment(reader: Reader, edits: Edits): Plan {
  if (!reader.take('ON')) return reader.unexpected();
  if (reader.take('CONSTRAINT')) {
    if (reader.identifier() === undefined || !reader.take('ON')) return reader.unexpected();
    const table: QualifiedName | undefined = reader.name();
    return table ? command(`select ${regclass(table.parts)}`, 'COMMENT') : reader.unexpected();
  }
  const known = 'TABLE COLUMN DATABASE VIEW SCHEMA FUNCTION PROCEDURE MATERIALIZED'.split(' ');
  if (!known.some((word) => reader.is(word))) return reader.unexpected();
  return run(edits);
}

/** `CANCEL pid [ 'message' ]` (AWS manual, CANCEL). */
export function planCancel(reader: Reader): Plan {
  const pid = reader.integer();
  if (pid === undefined) return reader.unexpected();
  reader.literal();
  if (!reader.ended) return reader.unexpected();
  return command(`select pg_catalog.pg_cancel_backend(${sqlLiteral(String(pid))})`, 'CANCEL');
}
