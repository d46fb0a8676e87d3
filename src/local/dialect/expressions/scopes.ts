/**
 * Which names a part of a statement may use: the aliases of the FROM clauses around it. Read from the text alone; what
 * a table's columns are, nobody asks.
 */
import type { Piece } from '../pieces.js';
import { nameOf } from '../reader.js';
import { type FromItem, readFromItem, readFromList } from './from-items.js';
import type { QueryBlock } from './query-blocks.js';

/** What the first name of a path stands for. */
export type Head =
  | { readonly is: 'relation'; readonly parts: number }
  | { readonly is: 'value'; readonly item: FromItem }
  | { readonly is: 'hidden' }
  | { readonly is: 'unknown'; readonly hasRelations: boolean };

/** An item of FROM, seen from everywhere but from its own list up to itself. */
interface Entry {
  readonly item: FromItem;
  readonly listFirst: number;
}

/** A part of the statement with the relations that its expressions can name. */
interface Scope {
  readonly first: number;
  readonly last: number;
  readonly around: Scope | undefined;
  readonly entries: readonly Entry[];
  /** By alias, and by the parts of a name that has no alias. */
  readonly byName: ReadonlyMap<string, readonly Entry[]>;
}

/** Statements that change rows: the word before the table, and the one before further relations. */
const changes: Readonly<Partial<Record<string, { into: string; list: string }>>> = {
  UPDATE: { into: '', list: 'FROM' },
  DELETE: { into: 'FROM', list: 'USING' },
  MERGE: { into: 'INTO', list: 'USING' },
};

const statementStarts: ReadonlySet<string> = new Set(
  '; ) THEN ELSE LOOP BEGIN AS EXPLAIN VERBOSE >>'.split(' '),
);

/** The scopes of one statement. */
export class Scopes {
  readonly items: readonly FromItem[];
  /** The innermost scope of each piece. */
  readonly #at: (Scope | undefined)[];
  /** The innermost item of FROM whose name, query or call each piece is a part of. */
  readonly #relationAt: (FromItem | undefined)[];

  constructor(pieces: readonly Piece[], blocks: readonly QueryBlock[]) {
    this.#at = new Array<Scope | undefined>(pieces.length).fill(undefined);
    this.#relationAt = new Array<FromItem | undefined>(pieces.length).fill(undefined);
    const starts = [...changesIn(pieces), ...blocks.map((block) => ({ first: block.select, block }))];
    const items: FromItem[] = [];
    // What is around comes first in the text.
    for (const start of starts.sort((a, b) => a.first - b.first)) {
      const around = this.#at[start.first];
      const entries = 'block' in start ? ofBlock(pieces, start.block, around) : start.entries;
      const last = 'block' in start ? start.block.last : start.last;
      this.#at.fill(
        { first: start.first, last, around, entries, byName: byName(entries) },
        start.first,
        last + 1,
      );
      for (const { item } of entries) {
        items.push(item);
        this.#relationAt.fill(item, item.first, item.nameLast + 1);
      }
    }
    this.items = items;
  }

  relationAt(index: number): FromItem | undefined {
    return this.#relationAt[index];
  }

  /** What the path that begins with these names at `index` begins with. */
  headOf(index: number, names: readonly string[]): Head {
    const head = names[0] ?? '';
    let hasRelations = false;
    for (let scope = this.#at[index]; scope; scope = scope.around) {
      hasRelations ||= scope.entries.some(({ item }) => item.kind === 'relation');
      for (const entry of scope.byName.get(head) ?? []) {
        const { item } = entry;
        if (!isSeen(entry, index)) continue;
        if (item.alias === head)
          return item.kind === 'path' ? { is: 'value', item } : { is: 'relation', parts: 1 };
        const from = item.parts.indexOf(head);
        const parts = item.parts.slice(from);
        if (!item.hasAlias && parts.every((part, at) => names[at] === part)) {
          return { is: 'relation', parts: parts.length };
        }
        if (item.hasAlias && item.parts.at(-1) === head) return { is: 'hidden' };
      }
    }
    return { is: 'unknown', hasRelations };
  }

  /** All relations that an expression at `index` can name. */
  relationsFor(index: number): FromItem[] {
    const found: FromItem[] = [];
    for (let scope = this.#at[index]; scope; scope = scope.around) {
      for (const { item } of scope.entries) if (item.kind === 'relation') found.push(item);
    }
    return found;
  }

  /** The item that iterates over values and whose alias or index this single name is. */
  valueNamed(index: number, name: string): FromItem | undefined {
    for (let scope = this.#at[index]; scope; scope = scope.around) {
      for (const entry of scope.byName.get(name) ?? []) {
        const { kind, alias, at } = entry.item;
        if (kind === 'path' && (alias === name || at === name) && isSeen(entry, index)) return entry.item;
      }
    }
    return undefined;
  }
}

function isSeen({ item, listFirst }: Entry, index: number): boolean {
  return index > item.last || index < listFirst;
}

function byName(entries: readonly Entry[]): Map<string, Entry[]> {
  const map = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { alias, at, parts, kind } = entry.item;
    const names = new Set([alias, at, ...(kind === 'relation' ? parts : [])]);
    for (const name of names) {
      if (name === undefined) continue;
      const known = map.get(name);
      if (known) known.push(entry);
      else map.set(name, [entry]);
    }
  }
  return map;
}

function ofBlock(pieces: readonly Piece[], block: QueryBlock, around: Scope | undefined): Entry[] {
  const from = block.clauses.find(({ name }) => name === 'from');
  if (!from) return [];
  const listFirst = from.first + 1;
  // A query inside another one may iterate over what the outer one names.
  const isAround = (name: string, isPath: boolean): boolean => {
    for (let scope = around; scope; scope = scope.around) {
      const known = scope.byName
        .get(name)
        ?.some(({ item }) => item.alias === name && (isPath || item.kind === 'path'));
      if (known === true) return true;
    }
    return false;
  };
  return readFromList(pieces, listFirst, from.last, isAround).map((item) => ({ item, listFirst }));
}

/** The statements that change rows, with their target and the relations beside it. */
function changesIn(pieces: readonly Piece[]): { first: number; last: number; entries: Entry[] }[] {
  const found: { first: number; last: number; entries: Entry[] }[] = [];
  for (const [first, piece] of pieces.entries()) {
    const form = changes[piece.word];
    const before = pieces[first - 1];
    if (!form || (before !== undefined && !statementStarts.has(before.word || before.text))) continue;
    const at = form.into && pieces[first + 1]?.word === form.into ? first + 2 : first + 1;
    // The actions of a MERGE have no target of their own.
    if (['SET', 'WHEN'].includes(pieces[at]?.word ?? '')) continue;
    const last = statementEnd(pieces, first, piece.depth);
    const target = readFromItem(pieces, at, last);
    const list = listBehind(pieces, at, last, form.list);
    const others = list ? readFromList(pieces, list.first, list.last) : [];
    found.push({
      first,
      last,
      entries: [
        ...(target ? [{ item: target, listFirst: at }] : []),
        ...others.map((item) => ({ item, listFirst: list?.first ?? 0 })),
      ],
    });
  }
  return found;
}

/** The list behind the word FROM or USING of an UPDATE, DELETE or MERGE. */
function listBehind(pieces: readonly Piece[], from: number, last: number, word: string) {
  const depth = pieces[from]?.depth;
  let first = -1;
  for (let index = from; index <= last; index++) {
    const piece = pieces[index];
    if (piece?.depth !== depth) continue;
    if (first < 0 && piece?.word === word && pieces[index - 1]?.word !== 'DISTINCT') first = index + 1;
    else if (first >= 0 && ['WHERE', 'ON', 'WHEN'].includes(piece?.word ?? ''))
      return { first, last: index - 1 };
  }
  return first < 0 ? undefined : { first, last };
}

function statementEnd(pieces: readonly Piece[], from: number, depth: number): number {
  for (let index = from; index < pieces.length; index++) {
    const piece = pieces[index];
    if (piece === undefined || piece.depth < depth || (piece.text === ';' && piece.depth === depth)) {
      return index - 1;
    }
  }
  return pieces.length - 1;
}

/** The name that a piece of a path stands for. */
export function partName(piece: Piece | undefined): string | undefined {
  return piece?.kind === 'identifier' || piece?.kind === 'quoted-identifier' ? nameOf(piece) : undefined;
}
