/**
 * Divisions of NUMERIC inside a statement: Redshift's quotient has exactly the scale of its type and goes on like that
 * into whatever is computed with it, PostgreSQL's has more digits or fewer. Each `a / b` becomes a call that cuts at the
 * scale. What cannot be told for sure stays as it is.
 */
import { Edits } from '../dialect/edits.js';
import { type Piece, piecesOf } from '../dialect/pieces.js';
import { operatorPlaces } from './divisions.js';
import { firstOfLeft, isDivision, lastOfRight } from './operands.js';
import type { TreeValue } from './tree.js';
import type { Catalog } from './typing.js';

export interface Rewritten {
  readonly sql: string;
  /** From an offset in `sql` to the one in the text before; undefined inside what was put in. */
  readonly position: (offset: number) => number | undefined;
}

/** Whether there is anything to look at: a tree is asked for only then. */
export const hasDivision = (sql: string): boolean => sql.includes('/') && piecesOf(sql).some(isDivision);

/**
 * @param tree the engine's parse tree of `sql`
 * @returns undefined when nothing changes
 *
 * @example
 * // create table sales (pricepaid numeric(8,2), commission numeric(8,2))
 * cutQuotients('select pricepaid / commission * 100 from sales', tree)?.sql
 * // select (+ rs_quotient(pricepaid , commission, 1e9, 1e-9)) * 100 from sales
 */
export function cutQuotients(sql: string, tree: TreeValue, catalog?: Catalog): Rewritten | undefined {
  const operators = operatorPlaces(tree, catalog);
  if (operators.every(({ scale }) => scale === undefined)) return undefined;
  const pieces = piecesOf(sql);
  const places = new Map(pieces.map((piece, index) => [piece.start, index]));
  const indexOf = characterIndex(sql);
  const edits = new Edits(sql, pieces);
  const scales = new Map<number, number | undefined>();
  for (const { location, scale } of operators) {
    const at = places.get(indexOf(location));
    const piece = at === undefined ? undefined : pieces[at];
    if (at !== undefined && piece !== undefined && isDivision(piece)) scales.set(at, scale);
    else if (scale !== undefined) return undefined;
  }
  if (!addRepeated(pieces, scales)) return undefined;
  const reaches = reachesOf(pieces, scales.keys());
  if (reaches === undefined) return undefined;
  for (const { at, first, last } of reaches) {
    const scale = scales.get(at);
    if (scale === undefined) continue;
    // The sign keeps the column's label what it was for an operator: none.
    edits.insertBefore(first, '(+ pg_catalog.rs_quotient(');
    edits.replace(at, at, `,${pieces[at]?.text.slice(1) ?? ''}`);
    edits.insertAfter(last, `, 1e${String(scale)}, 1e-${String(scale)}))`);
  }
  return edits.result();
}

/**
 * A GROUP BY or ORDER BY expression that repeats one of the select list is not in the tree: it stands in the text only,
 * and has to be written the same way.
 * @returns false when a division is left over that nobody knows
 */
function addRepeated(pieces: readonly Piece[], scales: Map<number, number | undefined>): boolean {
  const rest = pieces.flatMap((piece, index) => (isDivision(piece) && !scales.has(index) ? [index] : []));
  if (rest.length === 0) return true;
  const known = new Map<string, number | undefined>();
  for (const [at, scale] of scales) known.set(spelling(pieces, at), scale);
  return rest.every((at) => {
    const text = spelling(pieces, at);
    if (!known.has(text)) return false;
    scales.set(at, known.get(text));
    return true;
  });
}

function spelling(pieces: readonly Piece[], at: number): string {
  const first = firstOfLeft(pieces, at) ?? at;
  const last = lastOfRight(pieces, at) ?? at;
  return pieces
    .slice(first, last + 1)
    .map(({ word, text }) => word || text)
    .join(' ');
}

interface Reach {
  readonly at: number;
  readonly first: number;
  readonly last: number;
}

/**
 * The operands of all divisions, inner divisions first, so that what is put in nests: one inside an operand of another
 * reaches less far.
 */
function reachesOf(pieces: readonly Piece[], divisions: Iterable<number>): Reach[] | undefined {
  const firsts = new Map<number, number | undefined>();
  const reaches: Reach[] = [];
  for (const at of [...divisions].sort((a, b) => a - b)) {
    const first = firstOfLeft(pieces, at, firsts);
    const last = lastOfRight(pieces, at);
    if (first === undefined || last === undefined) return undefined;
    firsts.set(at, first);
    reaches.push({ at, first, last });
  }
  return reaches.sort((a, b) => a.last - a.first - (b.last - b.first));
}

/** The engine counts bytes of UTF-8. */
function characterIndex(sql: string): (byte: number) => number {
  const bytes = Buffer.from(sql);
  if (bytes.length === sql.length) return (byte) => byte;
  return (byte) => bytes.subarray(0, byte).toString().length;
}
