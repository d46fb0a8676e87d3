/**
 * Which names a part of a statement may use: the aliases of the FROM clauses around it. Read from the text alone; what
 * a table's columns are, nobody asks.
 */
import type { Piece } from '../pieces.js';
import { nameOf } from '../reader.js';
import { type FromItem, readFromItem, readFromList } from './from-items.js';
import type { QueryBlock } from './query-blocks.js';

/** A part of the statement with the relations that its expressions can name. */
export interface Scope {
  readonly first: number;
  readonly last: number;
  readonly items: readonly FromItem[];
}

/** What the first name of a path stands for. */
export type Head =
  | { readonly is: 'relation'; readonly parts: number }
  | { readonly is: 'value'; readonly item: FromItem }
  | { readonly is: 'hidden' }
  | { readonly is: 'unknown'; readonly hasRelations: boolean };

/** Statements that change rows: the word before the table, and the one before further relations. */
const changes: Readonly<Partial<Record<string, { into: string; list: string }>>> = {
  UPDATE: { into: '', list: 'FROM' },
  DELETE: { into: 'FROM', list: 'USING' },
  MERGE: { into: 'INTO', list: 'USING' },
};

const statementStarts: ReadonlySet<string> = new Set(
  '; ) THEN ELSE LOOP BEGIN AS EXPLAIN VERBOSE >>'.split(' '),
);

function startsStatement(before: Piece | undefined): boolean {
  return before === undefined || statementStarts.has(before.word || before.text);
}

/** The scopes of a statement, the inner ones behind those around them. */
export function scopesOf(pieces: readonly Piece[], blocks: readonly QueryBlock[]): Scope[] {
  const scopes: Scope[] = [];
  for (const [index, piece] of pieces.entries()) {
    const form = changes[piece.word];
    if (!form || !startsStatement(pieces[index - 1])) continue;
    const at = form.into && pieces[index + 1]?.word === form.into ? index + 2 : index + 1;
    const last = statementEnd(pieces, index, piece.depth);
    scopes.push({
      first: index,
      last,
      items: [...target(pieces, at, last), ...others(pieces, at, last, form.list)],
    });
  }
  for (const { select, last, clauses } of blocks) {
    const from = clauses.find(({ name }) => name === 'from');
    // A query inside another one may iterate over what the outer one names.
    const around = scopes.filter((scope) => scope.first < select && select <= scope.last);
    const before = around.flatMap(({ items }) => items);
    scopes.push({
      first: select,
      last,
      items: from ? readFromList(pieces, from.first + 1, from.last, before) : [],
    });
  }
  return scopes.sort((a, b) => a.first - b.first || b.last - a.last);
}

/** What the path that begins with these names at `index` begins with. */
export function headOf(scopes: readonly Scope[], index: number, names: readonly string[]): Head {
  const head = names[0] ?? '';
  let hasRelations = false;
  for (const scope of scopes.toReversed()) {
    if (index < scope.first || index > scope.last) continue;
    for (const item of scope.items) {
      // Inside FROM, an item sees those that stand before it.
      if (item.first <= index && index <= item.last) break;
      if (item.kind === 'path') {
        if (item.alias === head) return { is: 'value', item };
        continue;
      }
      hasRelations = true;
      if (item.alias === head) return { is: 'relation', parts: 1 };
      if (!item.hasAlias && item.parts.length > 1) {
        for (let from = 0; from < item.parts.length - 1; from++) {
          const parts = item.parts.slice(from);
          if (parts.every((part, at) => names[at] === part)) return { is: 'relation', parts: parts.length };
        }
      }
      if (item.hasAlias && item.parts.at(-1) === head) return { is: 'hidden' };
    }
  }
  return { is: 'unknown', hasRelations };
}

/** The item that iterates over values and whose alias or index this single name is. */
export function valueNamed(scopes: readonly Scope[], index: number, name: string): FromItem | undefined {
  for (const scope of scopes.toReversed()) {
    if (index < scope.first || index > scope.last) continue;
    for (const item of scope.items) {
      if (item.first <= index && index <= item.last) break;
      if (item.kind === 'path' && (item.alias === name || item.at === name)) return item;
    }
  }
  return undefined;
}

function target(pieces: readonly Piece[], from: number, last: number): FromItem[] {
  const item = readFromItem(pieces, from, last);
  return item ? [item] : [];
}

/** The list behind the word FROM or USING of an UPDATE, DELETE or MERGE. */
function others(pieces: readonly Piece[], from: number, last: number, word: string): FromItem[] {
  const depth = pieces[from]?.depth;
  let start = -1;
  for (let index = from; index <= last; index++) {
    const piece = pieces[index];
    if (piece?.depth !== depth) continue;
    if (start < 0 && piece?.word === word && pieces[index - 1]?.word !== 'DISTINCT') start = index + 1;
    else if (start >= 0 && (piece?.word === 'WHERE' || piece?.word === 'ON' || piece?.word === 'WHEN')) {
      return readFromList(pieces, start, index - 1);
    }
  }
  return start < 0 ? [] : readFromList(pieces, start, last);
}

function statementEnd(pieces: readonly Piece[], from: number, depth: number): number {
  for (let index = from; index < pieces.length; index++) {
    const piece = pieces[index];
    if (piece === undefined || piece.depth < depth || (piece.text === ';' && piece.depth === depth))
      return index - 1;
  }
  return pieces.length - 1;
}

/** The name that a piece of a path stands for. */
export function partName(piece: Piece | undefined): string | undefined {
  return piece?.kind === 'identifier' || piece?.kind === 'quoted-identifier' ? nameOf(piece) : undefined;
}
