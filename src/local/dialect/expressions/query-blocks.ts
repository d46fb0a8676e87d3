/**
 * Where the parts of each SELECT stand: its list, its clauses, its end. Finds them by words at one depth of brackets;
 * it does not check grammar and takes any sequence of pieces.
 */
import type { Piece } from '../pieces.js';

export type ClauseName =
  | 'into'
  | 'from'
  | 'where'
  | 'group'
  | 'having'
  | 'qualify'
  | 'window'
  | 'connect'
  | 'order'
  | 'limit'
  | 'offset'
  | 'fetch'
  | 'for';

/** The first piece of a clause, which is its keyword, and its last piece. */
export interface Clause {
  readonly name: ClauseName;
  readonly first: number;
  readonly last: number;
}

/** A part between commas, by its first and last piece. */
export interface Item {
  readonly first: number;
  readonly last: number;
}

/** One SELECT with everything that belongs to it. */
export interface QueryBlock {
  /** Index of the word SELECT. */
  readonly select: number;
  readonly depth: number;
  /** The words between SELECT and the list: TOP, DISTINCT, ALL. */
  readonly distinct: boolean;
  /** Index of TOP and of the last piece of its number. */
  readonly top?: Item;
  /** The select list; empty where nothing stands. */
  readonly items: readonly Item[];
  readonly clauses: readonly Clause[];
  /** The last piece of the block, its ORDER BY and LIMIT included. */
  readonly last: number;
  /** A set operator stands before or behind it. */
  readonly combined: boolean;
}

const clauseWords: Readonly<Partial<Record<string, ClauseName>>> = {
  INTO: 'into',
  FROM: 'from',
  WHERE: 'where',
  GROUP: 'group',
  HAVING: 'having',
  QUALIFY: 'qualify',
  WINDOW: 'window',
  ORDER: 'order',
  LIMIT: 'limit',
  OFFSET: 'offset',
  FETCH: 'fetch',
  FOR: 'for',
};

const setOperators: ReadonlySet<string> = new Set(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS']);
const queryStarts: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE', 'ALL', 'DISTINCT']);

/** What stands before the SELECT of a GRANT or REVOKE, and before a name that is written like the word. */
const notQuery: ReadonlySet<string> = new Set(['GRANT', 'REVOKE', ',', '.']);

function wordBefore(pieces: readonly Piece[], index: number): string {
  const before = pieces[index - 1];
  return before?.word || before?.text || '';
}

/** Every SELECT of the text, in the order in which they stand. */
export function queryBlocks(pieces: readonly Piece[]): QueryBlock[] {
  const blocks: QueryBlock[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece.word === 'SELECT' && !notQuery.has(wordBefore(pieces, index)))
      blocks.push(readBlock(pieces, index));
  }
  return blocks;
}

/** The clause of that name, if the block has one. */
export function clauseOf(block: QueryBlock, name: ClauseName): Clause | undefined {
  return block.clauses.find((clause) => clause.name === name);
}

/** The last piece of the block before its ORDER BY, LIMIT and what follows them. */
export function lastOfBody(block: QueryBlock): number {
  const tail = block.clauses.find(({ name }) => ['order', 'limit', 'offset', 'fetch', 'for'].includes(name));
  return tail ? tail.first - 1 : block.last;
}

/** Whether a set operator stands at `index`. */
export function isSetOperator(pieces: readonly Piece[], index: number): boolean {
  const piece = pieces[index];
  if (piece === undefined || !setOperators.has(piece.word) || pieces[index - 1]?.text === '.') return false;
  const next = pieces[index + 1];
  return next?.text === '(' || queryStarts.has(next?.word ?? '');
}

/** The items between commas from `first` to `last`, at that depth. */
export function itemsBetween(pieces: readonly Piece[], first: number, last: number, depth: number): Item[] {
  const items: Item[] = [];
  let from = first;
  for (let index = first; index <= last + 1; index++) {
    const piece = pieces[index];
    if (index <= last && !(piece?.text === ',' && piece.depth === depth)) {
      if (piece !== undefined && piece.pair > index && piece.pair <= last) index = piece.pair;
      continue;
    }
    if (index > from) items.push({ first: from, last: index - 1 });
    from = index + 1;
  }
  return items;
}

function readBlock(pieces: readonly Piece[], select: number): QueryBlock {
  const depth = pieces[select]?.depth ?? 0;
  let at = select + 1;
  let distinct = false;
  let top: Item | undefined;
  for (let moved = true; moved;) {
    moved = false;
    const word = pieces[at]?.word;
    if (word === 'DISTINCT' || word === 'ALL') {
      distinct ||= word === 'DISTINCT';
      at++;
      moved = true;
    } else if (word === 'TOP' && top === undefined && isTopNumber(pieces[at + 1])) {
      const number = pieces[at + 1];
      const last = number?.text === '(' ? number.pair : at + 1;
      if (last > at) {
        top = { first: at, last };
        at = last + 1;
        moved = true;
      }
    }
  }
  const listStart = at;
  const starts: { name: ClauseName; first: number }[] = [];
  let end = pieces.length;
  for (; at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece === undefined) break;
    if (piece.depth < depth || endsQuery(pieces, at, depth)) {
      end = at;
      break;
    }
    if (piece.pair > at) {
      at = piece.pair;
      continue;
    }
    const name = piece.depth === depth ? clauseAt(pieces, at) : undefined;
    if (name) starts.push({ name, first: at });
  }
  const clauses = starts.map(({ name, first }, index) => ({
    name,
    first,
    last: (starts[index + 1]?.first ?? end) - 1,
  }));
  const listEnd = (starts[0]?.first ?? end) - 1;
  return {
    select,
    depth,
    distinct,
    ...(top && { top }),
    items: itemsBetween(pieces, listStart, listEnd, depth),
    clauses,
    last: end - 1,
    combined: isSetOperator(pieces, end) || followsSetOperator(pieces, select),
  };
}

function isTopNumber(piece: Piece | undefined): boolean {
  return piece?.kind === 'number' || piece?.kind === 'parameter' || piece?.text === '(';
}

function followsSetOperator(pieces: readonly Piece[], select: number): boolean {
  const before = pieces[select - 1]?.word === 'ALL' || pieces[select - 1]?.word === 'DISTINCT' ? 2 : 1;
  return isSetOperator(pieces, select - before);
}

function endsQuery(pieces: readonly Piece[], at: number, depth: number): boolean {
  const piece = pieces[at];
  if (piece?.depth !== depth) return false;
  if (piece.text === ';' || (piece.text === ')' && piece.pair < 0)) return true;
  if (pieces[at - 1]?.text === '.') return false;
  if (isSetOperator(pieces, at)) return true;
  if (piece.word === 'LOOP' || piece.word === 'RETURNING') return true;
  // CREATE VIEW … WITH NO SCHEMA BINDING, CREATE TABLE … AS … WITH [NO] DATA
  return piece.word === 'WITH' && ['NO', 'DATA'].includes(pieces[at + 1]?.word ?? '');
}

function clauseAt(pieces: readonly Piece[], at: number): ClauseName | undefined {
  const piece = pieces[at];
  const before = pieces[at - 1];
  if (piece === undefined || before?.text === '.' || before?.word === 'AS') return undefined;
  const next = pieces[at + 1];
  switch (piece.word) {
    case 'FROM':
      return before?.word === 'DISTINCT' && isDistinctOperator(pieces, at - 1) ? undefined : 'from';
    case 'GROUP':
      return before?.word === 'WITHIN' || next?.word !== 'BY' ? undefined : 'group';
    case 'ORDER':
      return next?.word === 'BY' || next?.word === 'SIBLINGS' ? 'order' : undefined;
    case 'QUALIFY':
      return next === undefined || next.text === ',' ? undefined : 'qualify';
    case 'WINDOW':
      return pieces[at + 2]?.word === 'AS' && pieces[at + 3]?.text === '(' ? 'window' : undefined;
    case 'CONNECT':
      return next?.word === 'BY' ? 'connect' : undefined;
    case 'START':
      return next?.word === 'WITH' ? 'connect' : undefined;
    case 'FETCH':
      return next?.word === 'FIRST' || next?.word === 'NEXT' ? 'fetch' : undefined;
    case 'FOR':
      return next?.word === 'UPDATE' || next?.word === 'SHARE' ? 'for' : undefined;
    default:
      return clauseWords[piece.word];
  }
}

/** `a IS [NOT] DISTINCT FROM b` */
function isDistinctOperator(pieces: readonly Piece[], distinct: number): boolean {
  const before = pieces[distinct - 1]?.word === 'NOT' ? distinct - 2 : distinct - 1;
  return pieces[before]?.word === 'IS';
}
