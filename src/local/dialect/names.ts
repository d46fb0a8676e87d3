/**
 * Names as Redshift reads them: quoted ones fold to lower case, `#name` is a temporary table, a name has at most
 * 127 bytes (AWS manual, Names and identifiers). It knows nothing of what a name stands for.
 */
import { lex } from '../../sql/lexer.js';
import type { Edits } from './edits.js';
import type { Piece } from './pieces.js';
import type { Refusal } from './plan.js';
import { lowerAscii, nameOf, sqlName } from './reader.js';

/** The engine's NAMEDATALEN is 64, a zero byte included. */
const engineNameBytes = 63;

/**
 * The text with quoted names in small letters. Only ASCII letters fold, so every place of the text stays where it was
 * and every rule behind this one sees names as they are meant.
 */
export function foldQuotedNames(sql: string, caseSensitive: boolean): string {
  if (caseSensitive || !sql.includes('"')) return sql;
  let out = '';
  for (const token of lex(sql, { backslashEscapes: true })) {
    const text = sql.slice(token.start, token.end);
    out += token.kind === 'quoted-identifier' ? lowerAscii(text) : text;
  }
  return out;
}

/** Refuses names that the engine would cut off in silence. */
export function refuseLongNames(pieces: readonly Piece[]): Refusal | undefined {
  for (const piece of pieces) {
    if (piece.kind !== 'identifier' && piece.kind !== 'quoted-identifier') continue;
    if (piece.text.length <= engineNameBytes / 4) continue;
    const bytes = Buffer.byteLength(nameOf(piece));
    if (bytes > engineNameBytes) {
      return {
        kind: 'refuse',
        sqlState: '0A000',
        message: `An identifier of ${bytes} bytes is not yet in the local Redshift, which takes ${engineNameBytes}`,
        hint: 'Redshift itself keeps 127 bytes of a name.',
        at: piece.start,
      };
    }
    if (piece.text === '""') {
      return {
        kind: 'refuse',
        sqlState: '42601',
        message: 'zero-length delimited identifier at or near """"',
        at: piece.start,
      };
    }
  }
  return undefined;
}

/** Words behind which an operand stands, so that `#` begins a name there and is not the operator "exclusive or". */
const beforeOperand = new Set(
  (
    'TABLE FROM JOIN INTO UPDATE EXISTS USING ONLY LIKE REFERENCES ON WHERE AND OR NOT SELECT DISTINCT ALL BY HAVING ' +
    'SET WHEN THEN ELSE CASE IN BETWEEN AS DELETE VIEW TRUNCATE ANALYZE VACUUM LOCK TO APPEND IS QUALIFY TEMP TEMPORARY'
  ).split(' '),
);

/** Whether `#name` stands at `index`: the name of a temporary table (AWS manual, CREATE TABLE). */
export function isHashName(pieces: readonly Piece[], index: number): boolean {
  const hash = pieces[index];
  const name = pieces[index + 1];
  if (hash?.text !== '#' || name?.start !== hash.end) return false;
  if (name.kind !== 'identifier' && name.kind !== 'quoted-identifier') return false;
  const before = pieces[index - 1];
  if (before === undefined) return false;
  if (before.kind === 'identifier') return beforeOperand.has(before.word);
  return before.kind === 'operator' || before.text === '(' || before.text === ',';
}

/** Writes `#name` as the quoted name that it has on the engine. */
export function rewriteHashNames(pieces: readonly Piece[], edits: Edits): void {
  for (const [index, piece] of pieces.entries()) {
    const name = pieces[index + 1];
    if (piece.text === '#' && name && isHashName(pieces, index)) {
      edits.replace(index, index + 1, sqlName(`#${nameOf(name)}`));
    }
  }
}
