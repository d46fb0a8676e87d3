/**
 * Oracle's outer join, `a.x = b.y(+)` in WHERE: the table of the marked columns becomes the right side of a LEFT JOIN
 * (AWS manual, Oracle-style outer joins in the WHERE clause).
 */
import type { Piece } from '../pieces.js';
import type { Refusal } from '../plan.js';
import { type Context, invalid, notYet } from './context.js';
import { readFromItem } from './from-items.js';
import { type Clause, type Item, type QueryBlock, clauseOf, itemsBetween } from './query-blocks.js';
import { partName } from './scopes.js';

/** A condition between ANDs with a mark in it. */
interface Condition extends Item {
  /** The table that may be missing; undefined where no marked column tells its table. */
  readonly optional: string | undefined;
  /** All names before a dot in it. */
  readonly tables: ReadonlySet<string>;
}

/** A mark outside of every WHERE. */
export function refuseStrayMarks({ pieces, blocks }: Context): Refusal | undefined {
  for (const index of pieces.keys()) {
    if (!isMark(pieces, index)) continue;
    const known = blocks.some((block) => {
      const where = clauseOf(block, 'where');
      return where !== undefined && where.first < index && index < where.last;
    });
    if (!known) return notYet('The outer join operator (+) outside of WHERE', pieces[index]?.start ?? 0);
  }
  return undefined;
}

export function rewriteOuterJoins(context: Context, block: QueryBlock): Refusal | undefined {
  const { pieces, edits } = context;
  const from = clauseOf(block, 'from');
  const where = clauseOf(block, 'where');
  if (!from || !where) return undefined;
  const marks = marksOf(pieces, where, block.depth);
  if (marks.length === 0) return undefined;
  const at = pieces[marks[0] ?? 0]?.start ?? 0;
  const joined = pieces
    .slice(from.first, from.last + 1)
    .some(({ word, depth }) => word === 'JOIN' && depth === block.depth);
  if (joined) return invalid('Outer join operator (+) cannot be used with JOIN in FROM', at);
  const conditions: Condition[] = [];
  for (const range of conditionsOf(pieces, where, block.depth)) {
    const read = readCondition(pieces, range, block.depth);
    if (read === undefined) continue;
    if ('kind' in read) return read;
    conditions.push(read);
  }
  const tables = itemsBetween(pieces, from.first + 1, from.last, block.depth).map((item) => ({
    ...item,
    name: readFromItem(pieces, item.first, item.last)?.alias ?? '',
  }));
  for (const mark of marks) edits.replace(mark, mark + 2, '');
  const optional = new Set(conditions.flatMap((condition) => condition.optional ?? []));
  // A marked column without its table is one of the only table that may be missing.
  const [only] = optional;
  const nameless = conditions.some((condition) => condition.optional === undefined);
  if (nameless && optional.size !== 1)
    return notYet('The outer join operator (+) on a column without its table', at);
  const placed = new Set<string>();
  let text = '';
  for (const table of tables.filter(({ name }) => !optional.has(name))) {
    text += `${text === '' ? '' : ' CROSS JOIN '}${edits.rendered(table.first, table.last)}`;
    placed.add(table.name);
  }
  const waiting = new Set(tables.filter(({ name }) => optional.has(name)));
  while (waiting.size > 0) {
    const next = [...waiting].find(({ name }) =>
      conditions.every(
        (condition) =>
          (condition.optional ?? only) !== name ||
          [...condition.tables].every(
            (one) => one === name || placed.has(one) || !tables.some((t) => t.name === one),
          ),
      ),
    );
    if (!next || placed.size === 0) return notYet('An outer join (+) in a circle', at);
    const on = conditions.filter((condition) => (condition.optional ?? only) === next.name);
    const partners = new Set(on.flatMap((condition) => [...condition.tables]));
    partners.delete(next.name);
    if (partners.size > 1) return invalid('A table may be outer joined to at most one other table.', at);
    const texts = on.map(({ first, last }) => edits.rendered(first, last));
    text += ` LEFT JOIN ${edits.rendered(next.first, next.last)} ON ${texts.join(' AND ')}`;
    placed.add(next.name);
    waiting.delete(next);
  }
  edits.replace(from.first + 1, from.last, text);
  for (const { first, last } of conditions) edits.replace(first, last, 'TRUE');
  return undefined;
}

/** The conditions between the ANDs of a WHERE. */
function conditionsOf(pieces: readonly Piece[], where: Clause, depth: number): Item[] {
  const found: Item[] = [];
  let first = where.first + 1;
  let between = 0;
  for (let index = first; index <= where.last + 1; index++) {
    const piece = pieces[index];
    if (index <= where.last && piece?.depth !== depth) continue;
    if (piece?.word === 'BETWEEN') between++;
    if (index <= where.last && piece?.word !== 'AND') continue;
    if (index <= where.last && between > 0) {
      between--;
      continue;
    }
    if (index > first) found.push({ first, last: index - 1 });
    first = index + 1;
  }
  return found;
}

function readCondition(
  pieces: readonly Piece[],
  { first, last }: Item,
  depth: number,
): Condition | Refusal | undefined {
  const tables = new Set<string>();
  let optional: string | undefined;
  let hasMark = false;
  for (let index = first; index <= last; index++) {
    const name = pieces[index + 1]?.text === '.' ? partName(pieces[index]) : undefined;
    if (name !== undefined && pieces[index - 1]?.text !== '.') tables.add(name);
    if (!isMark(pieces, index)) continue;
    hasMark = true;
    const marked = pieces[index - 2]?.text === '.' ? partName(pieces[index - 3]) : undefined;
    if (
      partName(pieces[index - 1]) === undefined ||
      (optional !== undefined && optional !== (marked ?? optional))
    ) {
      return notYet('The outer join operator (+) on this condition', pieces[index]?.start ?? 0);
    }
    optional ??= marked;
  }
  if (!hasMark) return undefined;
  const combined = pieces
    .slice(first, last + 1)
    .find((piece) => piece.depth === depth && (piece.word === 'OR' || piece.word === 'IN'));
  if (combined) return invalid('Outer join operator (+) not allowed in operand of OR or IN.', combined.start);
  return { first, last, optional, tables };
}

/** The marks of a WHERE that are not in a query inside. */
function marksOf(pieces: readonly Piece[], where: Clause, depth: number): number[] {
  const marks: number[] = [];
  for (let index = where.first; index <= where.last; index++) {
    const piece = pieces[index];
    if (
      piece?.text === '(' &&
      piece.depth >= depth &&
      pieces[index + 1]?.word === 'SELECT' &&
      piece.pair > index
    ) {
      index = piece.pair;
    } else if (isMark(pieces, index)) marks.push(index);
  }
  return marks;
}

/** `(+)`, by its opening bracket. */
function isMark(pieces: readonly Piece[], index: number): boolean {
  return pieces[index]?.text === '(' && pieces[index + 1]?.text === '+' && pieces[index + 2]?.text === ')';
}
