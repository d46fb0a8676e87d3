/** Views of three kinds: bound, late-binding and materialized (AWS manual, CREATE VIEW, CREATE MATERIALIZED VIEW). */
import { call, command, newRegclass, refuse, regclass, run } from './answer.js';
import type { Edits } from './edits.js';
import type { Piece } from './pieces.js';
import type { Plan } from './plan.js';
import { type Reader, wordOf } from './reader.js';
import { readTableAttributes } from './table-attributes.js';
import { type TableFacts, notesAfter } from './table-facts.js';

/** `CREATE [ OR REPLACE ] VIEW name [ ( columns ) ] AS query [ WITH NO SCHEMA BINDING ]`, the reader at VIEW. */
export function planCreateView(reader: Reader, edits: Edits): Plan {
  const viewAt = reader.at;
  reader.at++;
  if (reader.is('IF', 'NOT', 'EXISTS')) return reader.unexpected();
  const name = reader.name();
  if (!name) return reader.unexpected();
  if (reader.pieces[name.first]?.text === '#') edits.insertBefore(viewAt, 'TEMP ');
  if (reader.is('(') && !reader.columns()) return reader.unexpected();
  if (!reader.take('AS')) return reader.unexpected();
  const { pieces } = reader;
  const view = newRegclass(name.parts, pieces[name.first]?.text === '#');
  const last = pieces.length - 1;
  const words = pieces.slice(-4).map(wordOf).join(' ');
  if (words === 'WITH NO SCHEMA BINDING') {
    const bare = unqualifiedTable(pieces, reader.at, last - 4);
    if (bare) {
      const message = `All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING.`;
      return refuse('42P01', message, bare.start);
    }
    edits.replace(last - 3, last, '');
    return run(edits, { after: [call('rs_bind_late', view), call('rs_guard_view', view)] });
  }
  return run(edits, { after: [call('rs_guard_view', view)] });
}

/** The first table without a schema behind FROM or JOIN, names of WITH left aside. */
function unqualifiedTable(pieces: readonly Piece[], from: number, to: number): Piece | undefined {
  const locals = new Set<string>();
  for (let index = from; index <= to; index++) {
    if (pieces[index + 1]?.word === 'AS' && pieces[index + 2]?.text === '(')
      locals.add(pieces[index]?.text ?? '');
  }
  for (let index = from; index < to; index++) {
    const word = pieces[index]?.word;
    if (word !== 'FROM' && word !== 'JOIN') continue;
    const name = pieces[index + 1];
    if (name?.kind !== 'identifier' && name?.kind !== 'quoted-identifier') continue;
    const next = pieces[index + 2]?.text;
    if (next === '.' || next === '(' || locals.has(name.text) || isFromOfFunction(pieces, index)) continue;
    return name;
  }
  return undefined;
}

/** EXTRACT(day FROM x), TRIM(x FROM y), SUBSTRING(x FROM n): FROM directly in the brackets of a call without SELECT. */
function isFromOfFunction(pieces: readonly Piece[], index: number): boolean {
  const depth = pieces[index]?.depth ?? 0;
  for (let at = index - 1; at >= 0; at--) {
    const piece = pieces[at];
    if (!piece || piece.depth < depth) return piece?.text === '(' && pieces[at - 1]?.kind === 'identifier';
    if (piece.depth === depth && piece.word === 'SELECT') return false;
  }
  return false;
}

/** `CREATE MATERIALIZED VIEW name [ BACKUP … ] [ attributes ] [ AUTO REFRESH … ] AS query`, the reader at MATERIALIZED. */
export function planCreateMaterializedView(reader: Reader, edits: Edits): Plan {
  if (!reader.take('MATERIALIZED', 'VIEW')) return reader.unexpected();
  const name = reader.name();
  if (!name) return reader.unexpected();
  if (reader.is('(') && !reader.columns()) return reader.unexpected();
  const facts: TableFacts = {};
  for (let start = -1; start !== reader.at;) {
    start = reader.at;
    const problem = readTableAttributes(reader, facts, edits);
    if (problem) return problem;
    if (reader.take('AUTO', 'REFRESH')) {
      if (!reader.takeOne('YES', 'NO')) return reader.unexpected();
      edits.replace(reader.at - 3, reader.at - 1, '');
    }
  }
  if (!reader.take('AS')) return reader.unexpected();
  const notes = notesAfter(newRegclass(name.parts, false), facts);
  return run(edits, { tag: 'CREATE MATERIALIZED VIEW', ...notes });
}

/** REFRESH MATERIALIZED VIEW name [ RESTRICT | CASCADE ], the reader behind REFRESH. */
export function planRefresh(reader: Reader, edits: Edits): Plan {
  if (!reader.take('MATERIALIZED', 'VIEW') || !reader.name()) return reader.unexpected();
  if (reader.takeOne('RESTRICT', 'CASCADE')) edits.replace(reader.at - 1, reader.at - 1, '');
  return reader.ended ? run(edits) : reader.unexpected();
}

/** ALTER MATERIALIZED VIEW name AUTO REFRESH { YES | NO }, the reader at MATERIALIZED. */
export function planAlterMaterializedView(reader: Reader): Plan {
  if (!reader.take('MATERIALIZED', 'VIEW')) return reader.unexpected();
  const name = reader.name();
  if (!name) return reader.unexpected();
  if (!reader.take('AUTO', 'REFRESH') || !reader.takeOne('YES', 'NO')) return reader.unexpected();
  if (!reader.ended) return reader.unexpected();
  return command(`select ${regclass(name.parts)}`, 'ALTER MATERIALIZED VIEW');
}
