/** GRANT and REVOKE: groups are roles of the engine, and it has no DROP privilege (AWS manual, GRANT). */
import { command, notYet } from './answer.js';
import type { Edits } from './edits.js';
import { findWord } from './pieces.js';
import type { Plan } from './plan.js';
import { Reader, nameOf, sqlName } from './reader.js';

/** How the engine calls the role of a group. */
export function groupRole(group: string): string {
  return `group:${group}`;
}

/** Privileges that the engine does not have: what they allow is the owner's there. */
const foreignPrivileges = new Set(['DROP', 'ALTER', 'TRUNCATE']);

/** GRANT or REVOKE, the reader behind the word. */
export function planGrant(word: 'GRANT' | 'REVOKE', reader: Reader, edits: Edits): Plan {
  const { pieces } = reader;
  const start = pieces[0]?.start;
  if (word === 'REVOKE') reader.take('GRANT', 'OPTION', 'FOR');
  const privileges = reader.at;
  const on = findWord(pieces, privileges, 0, 'ON');
  if (reader.is('ROLE') || on < 0) return notYet(`${word} of roles`, start);
  for (const what of ['DATASHARE', 'MODEL', 'EXTERNAL', 'COPY', 'JOB', 'TEMPLATE']) {
    if (new Reader(pieces, on + 1).is(what)) return notYet(`${word} ON ${what}`, start);
  }
  const to = lastWord(reader, on, word === 'GRANT' ? 'TO' : 'FROM');
  if (to < 0) return new Reader(pieces, pieces.length).unexpected();
  const problem = rewriteReceivers(new Reader(pieces, to + 1), edits);
  if (problem) return problem;
  const tag = word;
  // Whoever may use the language of procedures, may use it here.
  if (new Reader(pieces, on + 1).is('LANGUAGE')) return command('select 1', tag);
  if (dropForeign(pieces, privileges, on, edits)) return command('select 1', tag);
  return run(edits);
}

function run(edits: Edits): Plan {
  return { kind: 'run', ...edits.result() };
}

function lastWord(reader: Reader, from: number, word: string): number {
  for (let index = reader.pieces.length - 1; index > from; index--) {
    const piece = reader.pieces[index];
    if (piece?.word === word && piece.depth === 0) return index;
  }
  return -1;
}

/** `{ user [ WITH GRANT OPTION ] | GROUP name | PUBLIC } [, …] [ RESTRICT | CASCADE ]`. */
function rewriteReceivers(reader: Reader, edits: Edits): Plan | undefined {
  do {
    if (reader.is('ROLE') && reader.pieces[reader.at + 1]?.kind.endsWith('identifier')) {
      return notYet('GRANT TO ROLE', reader.piece?.start);
    }
    const at = reader.at;
    const group = reader.is('GROUP') && reader.pieces[at + 1]?.kind.endsWith('identifier') === true;
    if (group) reader.at++;
    const piece = reader.piece;
    if (!piece || reader.identifier() === undefined) return reader.unexpected();
    if (group) edits.replace(at, at + 1, sqlName(groupRole(nameOf(piece))));
    reader.take('WITH', 'GRANT', 'OPTION');
  } while (reader.take(','));
  reader.takeOne('RESTRICT', 'CASCADE');
  return reader.ended ? undefined : reader.unexpected();
}

/** Takes out the privileges that the engine lacks; true when none is left. */
function dropForeign(pieces: Reader['pieces'], from: number, on: number, edits: Edits): boolean {
  const items: { first: number; last: number; keep: boolean }[] = [];
  let first = from;
  for (let index = from; index <= on; index++) {
    if (index < on && !(pieces[index]?.text === ',' && pieces[index]?.depth === 0)) continue;
    items.push({ first, last: index - 1, keep: !foreignPrivileges.has(pieces[first]?.word ?? '') });
    first = index + 1;
  }
  if (items.every((item) => item.keep)) return false;
  const text = items.filter((item) => item.keep).map((item) => edits.rendered(item.first, item.last));
  if (text.length === 0) return true;
  edits.replace(from, on - 1, text.join(', '));
  return false;
}
