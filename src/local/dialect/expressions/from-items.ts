/**
 * The items of a FROM clause: tables, queries, functions, and paths into values that a query iterates over. It tells
 * them apart by the aliases before them (AWS manual, FROM clause; Querying semistructured data).
 */
import type { Piece } from '../pieces.js';
import { nameOf } from '../reader.js';

export interface FromItem {
  readonly kind: 'relation' | 'path';
  /** Its first and last piece, alias included. */
  readonly first: number;
  readonly last: number;
  /** The last piece before the alias, and the first of the name behind UNPIVOT. */
  readonly nameFirst: number;
  readonly nameLast: number;
  /** The names of a table or function, or those at the start of a path. */
  readonly parts: readonly string[];
  /** The name that expressions use; undefined where there is none. */
  readonly alias: string | undefined;
  readonly hasAlias: boolean;
  /** The name behind AT. */
  readonly at?: string;
  readonly unpivot: boolean;
}

const notAliases: ReadonlySet<string> = new Set(
  (
    'ON USING JOIN LEFT RIGHT FULL INNER OUTER CROSS NATURAL WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET UNION EXCEPT ' +
    'INTERSECT MINUS SET WHEN THEN AT WITH WINDOW FOR PIVOT UNPIVOT TABLESAMPLE START CONNECT FETCH RETURNING LOOP AND OR'
  ).split(' '),
);

/** Whether a name begins a path: a relation's alias does when `hasColumn`, that of an element in any case. */
export type BeginsPath = (name: string, hasColumn: boolean) => boolean;

const nobody: BeginsPath = () => false;

/** The items from `first` to `last`, those in brackets of a join included; paths may begin with what stands before. */
export function readFromList(
  pieces: readonly Piece[],
  first: number,
  last: number,
  around: BeginsPath = nobody,
): FromItem[] {
  const items: FromItem[] = [];
  const aliases = new Map<string, FromItem>();
  const beginsPath: BeginsPath = (name, hasColumn) => {
    const item = aliases.get(name);
    return item ? hasColumn || item.kind === 'path' : around(name, hasColumn);
  };
  const add = (item: FromItem) => {
    items.push(item);
    if (item.alias !== undefined && !aliases.has(item.alias)) aliases.set(item.alias, item);
  };
  const depth = pieces[first]?.depth ?? 0;
  let expected = true;
  for (let index = first; index <= last; index++) {
    const piece = pieces[index];
    if (piece === undefined) break;
    if (expected && isJoin(pieces, index)) {
      // The join's own name stands before what is in it, as what is around stands before what is inside.
      const join = readFromItem(pieces, index, last);
      if (join?.hasAlias === true) add(join);
      readFromList(pieces, index + 1, piece.pair - 1, beginsPath).forEach(add);
      index = join?.last ?? piece.pair;
      expected = false;
    } else if (expected) {
      expected = false;
      const item = readFromItem(pieces, index, last, beginsPath);
      if (!item) continue;
      add(item);
      index = item.last;
    } else if (piece.pair > index) {
      index = piece.pair;
    } else if (piece.depth === depth && (piece.text === ',' || piece.word === 'JOIN')) {
      expected = true;
    }
  }
  return items;
}

/** The item that begins at `first`. */
export function readFromItem(
  pieces: readonly Piece[],
  first: number,
  last: number,
  beginsPath: BeginsPath = nobody,
): FromItem | undefined {
  let at = first;
  const unpivot = pieces[at]?.word === 'UNPIVOT' && pieces[at + 1]?.text !== '(';
  if (unpivot || pieces[at]?.word === 'LATERAL' || pieces[at]?.word === 'ONLY') at++;
  const nameFirst = at;
  const parts: string[] = [];
  let subscripts = false;
  let isCall = false;
  if (pieces[at]?.text === '(') {
    at = Math.max(pieces[at]?.pair ?? at, at);
  } else {
    const hash = pieces[at]?.text === '#' ? '#' : '';
    if (hash) at++;
    const head = namePart(pieces[at]);
    if (head === undefined || at > last) return undefined;
    parts.push(hash + head);
    for (;;) {
      const name = pieces[at + 1]?.text === '.' ? namePart(pieces[at + 2]) : undefined;
      if (name !== undefined) {
        if (!subscripts) parts.push(name);
        at += 2;
      } else if (pieces[at + 1]?.text === '[' && (pieces[at + 1]?.pair ?? -1) > at) {
        subscripts = true;
        at = pieces[at + 1]?.pair ?? at;
      } else {
        break;
      }
    }
    const open = pieces[at + 1];
    if (open?.text === '(' && open.pair > at && pieces[at]?.word !== 'VALUES') {
      isCall = true;
      at = open.pair;
    }
  }
  const nameLast = at;
  const isPath =
    !isCall && parts.length > 0 && (unpivot || subscripts || beginsPath(parts[0] ?? '', parts.length > 1));
  const aliasAt = pieces[at + 1]?.word === 'AS' ? at + 2 : at + 1;
  const named = pieces[aliasAt];
  let alias = aliasAt <= last ? namePart(named) : undefined;
  if (alias !== undefined && aliasAt === at + 1 && notAliases.has(named?.word ?? '')) alias = undefined;
  const hasAlias = alias !== undefined;
  if (hasAlias) at = aliasAt;
  if (hasAlias && pieces[at + 1]?.text === '(' && !isPath) at = Math.max(pieces[at + 1]?.pair ?? at, at);
  let index: string | undefined;
  if (isPath && pieces[at + 1]?.word === 'AT' && at + 2 <= last) {
    index = namePart(pieces[at + 2]);
    if (index !== undefined) at += 2;
  }
  return {
    kind: isPath ? 'path' : 'relation',
    first,
    last: Math.min(at, last),
    nameFirst,
    nameLast,
    parts,
    alias: alias ?? (isPath ? lastName(pieces, nameFirst, nameLast) : parts.at(-1)),
    hasAlias,
    ...(index !== undefined && { at: index }),
    unpivot,
  };
}

/** A join in brackets; brackets within brackets beyond any reason are for the engine. */
function isJoin(pieces: readonly Piece[], open: number): boolean {
  const piece = pieces[open];
  return piece?.text === '(' && piece.pair > open && piece.depth < 200 && !startsQuery(pieces, open + 1);
}

function startsQuery(pieces: readonly Piece[], index: number): boolean {
  let at = index;
  while (pieces[at]?.text === '(') at++;
  return ['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(pieces[at]?.word ?? '');
}

function lastName(pieces: readonly Piece[], first: number, last: number): string | undefined {
  const depth = pieces[first]?.depth;
  for (let index = last; index >= first; index--) {
    const name = pieces[index]?.depth === depth ? namePart(pieces[index]) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

function namePart(piece: Piece | undefined): string | undefined {
  return piece?.kind === 'identifier' || piece?.kind === 'quoted-identifier' ? nameOf(piece) : undefined;
}
