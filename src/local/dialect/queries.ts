/** SELECT, INSERT, UPDATE, DELETE and MERGE: what is left to do when the expressions in them are written already. */
import { newRegclass, refuse, run } from './answer.js';
import type { Edits } from './edits.js';
import { type Piece, findWord } from './pieces.js';
import { type Plan, type Refusal, syntaxError } from './plan.js';
import { Reader, nameOf } from './reader.js';
import { onlySelect, settleAfter } from './settle.js';

/** A query, which may make a table: SELECT … INTO (AWS manual, SELECT INTO). */
export function planQuery(reader: Reader, edits: Edits): Plan {
  const { pieces } = reader;
  const statement = mainStatement(pieces, reader.at);
  switch (pieces[statement]?.word) {
    case 'INSERT':
      return planInsert(new Reader(pieces, statement), edits);
    case 'UPDATE':
      return refuseOuterTarget(new Reader(pieces, statement)) ?? run(edits);
    case 'DELETE':
      return planDelete(new Reader(pieces, statement), edits);
    case 'MERGE':
      return syntaxError('MERGE', pieces[statement].start);
    default:
      return planSelect(pieces, statement, edits);
  }
}

/** Behind WITH and its queries. */
function mainStatement(pieces: readonly Piece[], from: number): number {
  if (pieces[from]?.word !== 'WITH') return from;
  const found = findWord(pieces, from, pieces[from].depth, 'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE');
  return found < 0 ? from : found;
}

function planSelect(pieces: readonly Piece[], select: number, edits: Edits): Plan {
  const depth = pieces[select]?.depth ?? 0;
  if (pieces[select]?.word !== 'SELECT') return run(edits);
  const into = findWord(pieces, select + 1, depth, 'INTO', 'FROM');
  if (pieces[into]?.word !== 'INTO') return run(edits);
  const reader = new Reader(pieces, into + 1);
  const marked = reader.takeOne('TEMP', 'TEMPORARY') !== undefined;
  reader.take('TABLE');
  const at = reader.at;
  const name = reader.name();
  if (!name) return reader.unexpected();
  const hash = pieces[at]?.text === '#';
  const leader = refuseLeaderOnly(pieces);
  if (leader) return leader;
  if (hash && !marked) edits.insertBefore(at, 'TEMP TABLE ');
  const table = newRegclass(name.parts, marked || hash);
  return run(edits, { tag: 'SELECT', after: settleAfter(table, pieces, onlySelect(pieces, select)) });
}

/** INSERT INTO t [ ( columns ) ] { DEFAULT VALUES | VALUES … | query }. */
export function planInsert(reader: Reader, edits: Edits): Plan {
  if (!reader.take('INSERT', 'INTO')) {
    reader.at++;
    return reader.unexpected();
  }
  if (!reader.name()) return reader.unexpected();
  if (reader.is('AS')) return reader.unexpected();
  return refuseValues(reader) ?? refuseLeaderOnly(reader.pieces) ?? run(edits);
}

/** AWS manual, INSERT: a subquery is a value only where there is one row. */
function refuseValues(reader: Reader): Refusal | undefined {
  const { pieces } = reader;
  const values = findWord(pieces, reader.at, 0, 'VALUES');
  const second = pieces[(pieces[values + 1]?.pair ?? -1) + 1];
  if (values < 0 || second?.text !== ',') return undefined;
  const query = pieces.findIndex((piece, index) => index > values && piece.word === 'SELECT');
  if (query < 0) return undefined;
  return refuse('0A000', "can't use subqueries in multi-row VALUES", pieces[query]?.start);
}

/**
 * Functions that run on Redshift's leader node only cannot fill a table (AWS manual, SQL functions supported on the
 * leader node). Everyone who comes from PostgreSQL tries this one.
 */
export function refuseLeaderOnly(pieces: readonly Piece[]): Refusal | undefined {
  const index = pieces.findIndex(
    (piece, at) => piece.word === 'GENERATE_SERIES' && pieces[at + 1]?.text === '(',
  );
  if (index < 0) return undefined;
  const message = 'Specified types or functions (one per INFO message) not supported on Redshift tables.';
  return refuse('0A000', message, pieces[index]?.start);
}

/**
 * The target may come again in FROM, but not in an outer join that is all that ties it to the other tables (AWS manual,
 * Examples of UPDATE statements).
 */
function refuseOuterTarget(reader: Reader): Refusal | undefined {
  const { pieces } = reader;
  const depth = reader.piece?.depth ?? 0;
  reader.at++;
  const target = reader.name()?.parts.at(-1);
  const from = findWord(pieces, reader.at, depth, 'FROM');
  if (target === undefined || from < 0) return undefined;
  const outer = pieces.some(
    ({ word, depth: at }, index) =>
      index > from &&
      at === depth &&
      ['LEFT', 'RIGHT', 'FULL'].includes(word) &&
      ['JOIN', 'OUTER'].includes(pieces[index + 1]?.word ?? ''),
  );
  if (!outer) return undefined;
  const mentions = pieces.flatMap((piece, index) =>
    index > from && piece.kind.includes('identifier') && nameOf(piece) === target ? [index] : [],
  );
  const again = mentions.find((index) => pieces[index]?.depth === depth && pieces[index + 1]?.text !== '.');
  if (again === undefined || mentions.some((index) => pieces[index + 1]?.text === '.')) return undefined;
  return refuse('0A000', 'Target table must be part of an equijoin predicate', pieces[again]?.start);
}

/** FROM is optional on Redshift (AWS manual, DELETE). */
export function planDelete(reader: Reader, edits: Edits): Plan {
  const at = reader.at;
  reader.at++;
  if (!reader.take('FROM')) edits.insertAfter(at, ' FROM');
  return run(edits);
}

/** A table cannot be told from a view by its text; that is left to the engine. */
export function planMerge(reader: Reader, edits: Edits): Plan {
  const { pieces } = reader;
  if (!reader.take('MERGE', 'INTO')) {
    reader.at++;
    return reader.unexpected();
  }
  const target = { first: reader.at, name: reader.name(), last: reader.at - 1 };
  if (!target.name) return reader.unexpected();
  if (!reader.is('USING')) return reader.unexpected();
  reader.at++;
  const source = { first: reader.at, name: reader.name(), last: reader.at - 1 };
  if (!source.name) {
    return reader.is('(')
      ? refuse('0A000', 'MERGE source cannot be a subquery', reader.piece?.start)
      : reader.unexpected();
  }
  reader.take('AS');
  const alias = reader.is('ON') ? undefined : reader.identifier();
  if (!reader.take('ON')) return reader.unexpected();
  const condition = reader.at;
  const removes = findWord(pieces, condition, 0, 'REMOVE');
  if (removes >= 0 && pieces[removes + 1]?.word === 'DUPLICATES' && removes + 2 === pieces.length) {
    return removeDuplicates(
      edits,
      edits.rendered(target.first, target.last),
      edits.rendered(source.first, source.last),
      alias === undefined ? '' : edits.rendered(source.last + 1, condition - 2),
      edits.rendered(condition, removes - 1),
      pieces.length - 1,
    );
  }
  return checkBranches(pieces, condition) ?? run(edits);
}

/** Exactly one WHEN MATCHED and one WHEN NOT MATCHED, without conditions (AWS manual, MERGE). */
function checkBranches(pieces: readonly Piece[], from: number): Refusal | undefined {
  const branches: string[] = [];
  for (
    let when = findWord(pieces, from, 0, 'WHEN');
    when >= 0;
    when = findWord(pieces, when + 1, 0, 'WHEN')
  ) {
    const reader = new Reader(pieces, when + 1);
    if (insideCase(pieces, from, when)) continue;
    const not = reader.take('NOT');
    if (!reader.take('MATCHED') || !reader.take('THEN')) return reader.unexpected();
    if (reader.is('DO') || (not && !reader.is('INSERT')) || (!not && reader.is('INSERT')))
      return reader.unexpected();
    branches.push(not ? 'NOT MATCHED' : 'MATCHED');
  }
  if (branches.length === 2 && branches[0] !== branches[1]) return undefined;
  const at = pieces.at(-1)?.end ?? 0;
  return refuse('42601', 'MERGE needs one WHEN MATCHED and one WHEN NOT MATCHED clause', at);
}

function insideCase(pieces: readonly Piece[], from: number, index: number): boolean {
  let open = 0;
  for (let at = from; at < index; at++) {
    if (pieces[at]?.depth !== 0) continue;
    if (pieces[at]?.word === 'CASE') open++;
    if (pieces[at]?.word === 'END') open--;
  }
  return open > 0;
}

/** Rows of the target that match give way to the rows of the source, each of them once. */
function removeDuplicates(
  edits: Edits,
  target: string,
  source: string,
  alias: string,
  condition: string,
  last: number,
): Plan {
  const insert = `INSERT INTO ${target} SELECT DISTINCT * FROM ${source}`;
  edits.replace(0, last, insert);
  const from = `${source} ${alias}`.trim();
  return run(edits, { tag: 'MERGE', before: [`DELETE FROM ${target} USING ${from} WHERE ${condition}`] });
}
