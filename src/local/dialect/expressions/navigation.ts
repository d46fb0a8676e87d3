/**
 * Paths into SUPER values, `alias.column.a.b[0]`, and FROM items that iterate over them, as calls of functions (AWS
 * manual, Querying semistructured data). Which dots belong to a path follows from the aliases in FROM.
 */
import type { Piece } from '../pieces.js';
import { lowerAscii, sqlLiteral, sqlName } from '../reader.js';
import type { Context } from './context.js';
import type { FromItem } from './from-items.js';
import { keepLabel } from './labels.js';
import { Scopes, partName } from './scopes.js';

/** A step of a path: its first and last piece; the attribute's name, or undefined for a subscript. */
interface Step {
  readonly first: number;
  readonly last: number;
  readonly attribute: Piece | undefined;
}

/** Rewrites all paths; gives the pieces that are names of values and must not be read as keywords. */
export function rewriteNavigation(context: Context): ReadonlySet<number> {
  const { pieces, blocks } = context;
  const taken = new Set<number>();
  const scopes = new Scopes(pieces, blocks);
  if (blocks.length === 0 && scopes.items.length === 0) return taken;
  const inBody = isBody(pieces);
  for (let index = 0; index < pieces.length; index++) {
    const relation = scopes.relationAt(index);
    // The name of a table or a function is no expression; what is in brackets is.
    if (relation?.kind === 'relation' && relation.parts.length > 0 && isInName(pieces, relation, index))
      continue;
    if (pieces[index]?.text === ')') stepsBehindBracket(context, index);
    rewritePath(context, scopes, index, inBody, taken);
  }
  for (const item of scopes.items) if (item.kind === 'path') iterate(context, item);
  return taken;
}

/** Whether this is the body of a procedure, where a name before a dot may be a variable. */
export function isBody([first]: readonly Piece[]): boolean {
  return first?.word === 'DECLARE' || first?.word === 'BEGIN' || first?.text === '<<';
}

function isInName(pieces: readonly Piece[], { nameFirst }: FromItem, index: number): boolean {
  return pieces[index]?.depth === pieces[nameFirst]?.depth;
}

/** A name at `index` with the steps behind it, where an expression may have it; its names up to the first subscript. */
function pathAt(pieces: readonly Piece[], index: number): { names: string[]; steps: Step[] } | undefined {
  const first = partName(pieces[index]);
  if (first === undefined || isElsewhere(pieces, index)) return undefined;
  const steps = stepsFrom(pieces, index + 1);
  const last = steps.at(-1);
  if (pieces[(last?.last ?? index) + 1]?.text === '(' && (!last || last.attribute)) return undefined;
  const names = [first];
  for (const { attribute } of steps) {
    const name = partName(attribute);
    if (name === undefined) break;
    names.push(name);
  }
  return { names, steps };
}

/** Rewrites the path that begins at `index`, if one does. */
function rewritePath(
  context: Context,
  scopes: Scopes,
  index: number,
  inBody: boolean,
  taken: Set<number>,
): void {
  const { pieces, edits } = context;
  const path = pathAt(pieces, index);
  if (!path) return;
  const { names, steps } = path;
  const first = names[0] ?? '';
  if (steps.length === 0) {
    const value = pieces[index + 1]?.text === '.' ? undefined : scopes.valueNamed(index, first);
    if (!value || insideAlias(value, index)) return;
    edits.replace(index, index, `${sqlName(value.alias ?? '')}.${sqlName(first)}`);
    taken.add(index);
    return;
  }
  const head = scopes.headOf(index, names);
  switch (head.is) {
    case 'relation':
      navigate(context, index, steps, head.parts);
      break;
    case 'value': {
      const name = sqlName(head.item.alias ?? '');
      edits.replace(index, index, `${name}.${name}`);
      taken.add(index);
      navigate(context, index, steps, 0);
      break;
    }
    case 'hidden':
      break;
    case 'unknown':
      if (pieces[index]?.word === 'ARRAY' && !steps[0]?.attribute) break;
      if (!inBody && head.hasRelations && !schemas.has(first)) navigate(context, index, steps, 0);
      break;
  }
}

/** The pieces that begin `name.name` without any FROM having that name: columns, or tables that are not there. */
export function unknownHeads(pieces: readonly Piece[], scopes: Scopes): number[] {
  return [...pieces.keys()].filter((index) => {
    const relation = scopes.relationAt(index);
    if (relation?.kind === 'relation' && relation.parts.length > 0 && isInName(pieces, relation, index))
      return false;
    const path = pieces[index + 1]?.text === '.' ? pathAt(pieces, index) : undefined;
    if (!path?.steps[0]?.attribute || schemas.has(path.names[0] ?? '')) return false;
    const head = scopes.headOf(index, path.names);
    return head.is === 'unknown' && head.hasRelations;
  });
}

const schemas: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema', 'pg_temp', 'pg_internal']);

/** The places where a dotted name is no expression: a part of another one, an alias, a type, a collation. */
function isElsewhere(pieces: readonly Piece[], index: number): boolean {
  const before = pieces[index - 1];
  const text = before?.text;
  return text === '.' || text === '::' || text === '#' || before?.word === 'AS' || before?.word === 'COLLATE';
}

function insideAlias(item: FromItem, index: number): boolean {
  return index > item.nameLast && index <= item.last;
}

/** The steps `.name` and `[…]` from `at` on. */
function stepsFrom(pieces: readonly Piece[], from: number): Step[] {
  const steps: Step[] = [];
  for (let at = from; ;) {
    const piece = pieces[at];
    if (piece?.text === '.' && partName(pieces[at + 1]) !== undefined) {
      steps.push({ first: at, last: at + 1, attribute: pieces[at + 1] });
      at += 2;
    } else if (piece?.text === '[' && piece.pair > at + 1 && !isSlice(pieces, at)) {
      steps.push({ first: at, last: piece.pair, attribute: undefined });
      at = piece.pair + 1;
    } else {
      return steps;
    }
  }
}

function isSlice(pieces: readonly Piece[], open: number): boolean {
  const close = pieces[open]?.pair ?? -1;
  for (let index = open + 1; index < close; index++) {
    const piece = pieces[index];
    if (piece === undefined || piece.text === ':') return true;
    if (piece.pair > index) index = piece.pair;
  }
  return false;
}

/** Turns the steps behind the first `kept` ones into calls around what stands before them. */
function navigate(context: Context, first: number, steps: readonly Step[], kept: number): void {
  const { edits, facts, pieces } = context;
  const taken = steps.slice(kept);
  const end = taken.at(-1)?.last;
  if (end === undefined) return;
  edits.insertBefore(first, 'rs_super_get('.repeat(taken.length));
  for (const step of taken) {
    if (step.attribute) {
      edits.replace(
        step.first,
        step.last,
        `, ${sqlLiteral(attributeName(step.attribute, facts.caseSensitive))})`,
      );
    } else {
      const isPlain = step.last === step.first + 2 && pieces[step.first + 1]?.kind === 'number';
      edits.replace(step.first, step.first, isPlain ? ', ' : ', (');
      edits.replace(step.last, step.last, isPlain ? ')' : ')::integer)');
    }
  }
  const named = taken.findLast(({ attribute }) => attribute)?.attribute;
  const base = kept > 0 ? steps[kept - 1]?.attribute : pieces[first];
  const label = named ?? base;
  if (label && partName(label) !== undefined) keepLabel(context, first, end, partName(label) ?? '');
}

/** Names of attributes keep their case only in quotes, and only if names do (AWS manual, SUPER configurations). */
function attributeName(piece: Piece, caseSensitive: boolean): string {
  const name = partName(piece) ?? '';
  return caseSensitive && piece.kind === 'quoted-identifier' ? name : lowerAscii(name);
}

/** `f(x)[0].a` and `(x).a`: steps behind a bracket; rows with columns of their own are found in the catalog only. */
function stepsBehindBracket(context: Context, close: number): void {
  const { pieces } = context;
  const steps = stepsFrom(pieces, close + 1);
  const open = pieces[close]?.pair ?? -1;
  if (steps.length === 0 || open < 0) return;
  let first = open;
  if (isFunctionName(pieces[open - 1])) {
    first = open - 1;
    while (pieces[first - 1]?.text === '.' && partName(pieces[first - 2]) !== undefined) first -= 2;
  }
  if (first === open && steps[0]?.attribute && context.catalog) return;
  navigate(context, first, steps, 0);
}

const beforeBracket: ReadonlySet<string> = new Set(
  (
    'AND OR NOT IN ON WHERE SELECT WHEN THEN ELSE BY HAVING FROM CASE LIKE ILIKE TO BETWEEN AS EXISTS ANY ALL SOME USING ' +
    'VALUES DISTINCT LIMIT OFFSET SET INTO JOIN OVER GROUP IS QUALIFY UNION EXCEPT INTERSECT MINUS WITH TOP RETURN'
  ).split(' '),
);

function isFunctionName(piece: Piece | undefined): boolean {
  return partName(piece) !== undefined && !beforeBracket.has(piece?.word ?? '');
}

/** A FROM item over a value: one row for each element, or for each attribute behind UNPIVOT. */
function iterate({ edits }: Context, item: FromItem): void {
  const rows = item.unpivot ? 'rs_super_attributes' : 'rs_super_elements';
  const alias = sqlName(item.alias ?? 'value');
  const columns = item.at === undefined ? alias : `${alias}, ${sqlName(item.at)}`;
  if (item.nameFirst > item.first) edits.replace(item.first, item.first, '');
  edits.insertBefore(item.nameFirst, `${rows}${item.at === undefined ? '' : '_at'}(`);
  if (item.last > item.nameLast) edits.replace(item.nameLast + 1, item.last, '');
  edits.insertAfter(item.nameLast, `) AS ${alias}(${columns})`);
}
