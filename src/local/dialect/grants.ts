/** GRANT and REVOKE: groups are roles of the engine, and it has no DROP privilege (AWS manual, GRANT). */
import { command, notYet } from './answer.js';
import type { Edits } from './edits.js';
import { findWord } from './pieces.js';
import type { Plan } from './plan.js';
import { Reader, sqlName } from './reader.js';
import { rewriteArguments } from './routines.js';
import { planGrantRole, planRevokeRole, readRole, roleName } from './roles.js';

/** How the engine calls the role of a group. */
export function groupRole(group: string): string {
  return `group:${group}`;
}

/** Privileges that the engine does not have: what they allow is the owner's there. */
const foreignPrivileges = new Set(['DROP', 'ALTER', 'TRUNCATE']);

/** Privileges of roles over the system (AWS manual, System permissions). */
const systemPrivileges = new Set(
  'CREATE DROP ALTER ACCESS EXPLAIN IGNORE TRUNCATE ANALYZE VACUUM CANCEL EXECUTE'.split(' '),
);

/** GRANT or REVOKE, the reader behind the word. */
export function planGrant(word: 'GRANT' | 'REVOKE', reader: Reader, edits: Edits): Plan {
  const { pieces } = reader;
  const start = pieces[0]?.start;
  if (word === 'REVOKE') reader.take('GRANT', 'OPTION', 'FOR');
  const privileges = reader.at;
  const on = findWord(pieces, privileges, 0, 'ON');
  if (reader.is('ASSUMEROLE')) return notYet(`${word} ASSUMEROLE`, start);
  if (on < 0 && systemPrivileges.has(reader.piece?.word ?? '')) {
    return notYet(`${word} of system privileges`, start);
  }
  if (on < 0) return word === 'GRANT' ? planGrantRole(reader) : planRevokeRole(reader);
  for (const what of ['DATASHARE', 'MODEL', 'EXTERNAL', 'COPY', 'JOB', 'TEMPLATE']) {
    if (new Reader(pieces, on + 1).is(what)) return notYet(`${word} ON ${what}`, start);
  }
  const to = lastWord(reader, on, word === 'GRANT' ? 'TO' : 'FROM');
  if (to < 0) return new Reader(pieces, pieces.length).unexpected();
  const problem =
    rewriteReceivers(new Reader(pieces, to + 1), edits) ?? rewriteRoutines(new Reader(pieces, on + 1), edits);
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
    const at = reader.at;
    const kind = reader.pieces[at + 1]?.kind.endsWith('identifier')
      ? reader.takeOne('GROUP', 'ROLE')
      : undefined;
    const name = kind === 'ROLE' ? readRole(reader) : reader.identifier();
    if (name === undefined) return reader.unexpected();
    if (reader.is(':')) return notYet('A user of an identity provider', reader.piece?.start);
    if (kind) edits.replace(at, reader.at - 1, sqlName(kind === 'ROLE' ? roleName(name) : groupRole(name)));
    reader.take('WITH', 'GRANT', 'OPTION');
  } while (reader.take(','));
  reader.takeOne('RESTRICT', 'CASCADE');
  return reader.ended ? undefined : reader.unexpected();
}

/** The argument types of `FUNCTION f(…), …`. */
function rewriteRoutines(reader: Reader, edits: Edits): Plan | undefined {
  if (!reader.takeOne('FUNCTION', 'PROCEDURE')) return undefined;
  do {
    if (!reader.name()) return reader.unexpected();
    const problem = reader.is('(') ? rewriteArguments(reader, edits) : undefined;
    if (problem) return problem;
  } while (reader.take(','));
  return undefined;
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

/** ALTER DEFAULT PRIVILEGES, the reader behind PRIVILEGES. */
export function planDefaultPrivileges(reader: Reader, edits: Edits): Plan {
  const { pieces } = reader;
  if (reader.take('FOR')) {
    if (!reader.takeOne('USER', 'ROLE') || reader.names().length === 0) return reader.unexpected();
  }
  if (reader.take('IN', 'SCHEMA') && reader.names().length === 0) return reader.unexpected();
  const word = reader.takeOne('GRANT', 'REVOKE');
  if (!word) return reader.unexpected();
  const privileges = reader.at;
  const on = findWord(pieces, privileges, 0, 'ON');
  const to = lastWord(reader, Math.max(on, 0), word === 'GRANT' ? 'TO' : 'FROM');
  if (on < 0 || to < 0) return new Reader(pieces, pieces.length).unexpected();
  const objects = new Reader(pieces, on + 1);
  // The engine's ROUTINES are functions and procedures.
  if (objects.is('PROCEDURES')) edits.replace(on + 1, on + 1, 'ROUTINES');
  else if (!objects.is('TABLES') && !objects.is('FUNCTIONS')) return objects.unexpected();
  const problem = rewriteReceivers(new Reader(pieces, to + 1), edits);
  if (problem) return problem;
  if (dropForeign(pieces, privileges, on, edits)) return command('select 1', 'ALTER DEFAULT PRIVILEGES');
  return run(edits);
}
