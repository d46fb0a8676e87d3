/**
 * Tables that a query makes: the engine gives their columns types that Redshift does not have in tables (text, numeric
 * without a scale). A function on the engine settles them, in the same transaction.
 */
import { call } from './answer.js';
import { type Piece, findWord } from './pieces.js';
import { literalValue, sqlLiteral } from './reader.js';

/**
 * Statements that run after the one that made `table`, an expression of type regclass, by the query whose SELECT stands
 * at `select`; -1 where it is not known.
 */
export function settleAfter(table: string, pieces: readonly Piece[], select: number): string[] {
  const lengths = literalLengths(pieces, select);
  return [call('rs_settle_table', table, ...(/\d/.test(lengths) ? [sqlLiteral(lengths)] : []))];
}

/** The SELECT of a query that is put together of nothing else; -1 for others. */
export function onlySelect(pieces: readonly Piece[], from: number): number {
  let at = from;
  while (pieces[at]?.text === '(' && pieces[at]?.pair === lastOf(pieces)) at++;
  const depth = pieces[at]?.depth ?? 0;
  const select = pieces[at]?.word === 'WITH' ? findWord(pieces, at, depth, 'SELECT') : at;
  if (pieces[select]?.word !== 'SELECT') return -1;
  return findWord(pieces, select, depth, 'UNION', 'INTERSECT', 'EXCEPT', 'MINUS') < 0 ? select : -1;
}

function lastOf(pieces: readonly Piece[]): number {
  return pieces.length - 1;
}

/** Bytes of each column that is a literal, as `3,,1`: such a column is as wide as its literal (AWS manual, CTAS). */
function literalLengths(pieces: readonly Piece[], select: number): string {
  const depth = pieces[select]?.depth ?? 0;
  const lengths: string[] = [];
  let first = select + 1;
  if (select < 0) return '';
  while (['ALL', 'DISTINCT'].includes(pieces[first]?.word ?? '')) first++;
  if (pieces[first]?.word === 'TOP') first += 2;
  for (let index = first; index <= pieces.length; index++) {
    const piece = pieces[index];
    const ends =
      !piece || piece.depth < depth || (piece.depth === depth && behindList.has(piece.word || piece.text));
    if (!ends && !(piece.depth === depth && piece.text === ',')) continue;
    const last = pieces[index - 1];
    // What `*` stands for is not known here, so neither is the place of anything behind it.
    if (last?.text === '*') break;
    const start = pieces[first];
    const value = start && literalValue(start);
    const alone = index === first + 1 || (index === first + 2 && last?.kind.endsWith('identifier') === true);
    const named = index === first + 3 && pieces[first + 1]?.word === 'AS';
    const literal = value !== undefined && (alone || named);
    lengths.push(literal ? String(Math.max(1, Buffer.byteLength(value))) : '');
    if (ends) break;
    first = index + 1;
  }
  return lengths.join(',');
}

const behindList = new Set([
  'FROM',
  'INTO',
  'WHERE',
  'GROUP',
  'HAVING',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'QUALIFY',
]);
