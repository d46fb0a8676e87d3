/**
 * Aliases used further on in the same select list or in the clauses behind FROM: Redshift puts what they stand for in
 * their place, unless a relation in FROM has a column of that name (AWS manual, SELECT list), which the catalog knows.
 */
import { Edits } from '../edits.js';
import type { Piece } from '../pieces.js';
import type { AnswerRow, Refusal } from '../plan.js';
import { nameOf } from '../reader.js';
import { datePart } from './date-parts.js';
import { FromColumns, type Question, catalogOf, namesOf, questionFor, tablesIn } from './from-columns.js';
import { keepLabel } from './labels.js';
import { type Item, type QueryBlock, itemsBetween, queryBlocks } from './query-blocks.js';
import { type SelectItem, isName, readSelectItem } from './select-items.js';

/** A statement of which a part has to be written out before anything else, when the catalog was asked. */
export interface Expansion {
  readonly question: Question;
  /** The statement written out; `position` leads from an offset in it back to one in the old text. */
  replace(rows: readonly AnswerRow[]): Expanded | Refusal;
}

export interface Expanded {
  readonly kind?: undefined;
  readonly sql: string;
  readonly position: (offset: number) => number | undefined;
}

/** A place where an alias may be meant. */
interface Use {
  readonly piece: number;
  readonly name: string;
  readonly means: SelectItem;
  readonly block: QueryBlock;
}

/** A statement is not made larger than this. */
const largestExpansion = 1_000_000;

/** Undefined where no alias is used in its own list, which is nearly always. */
export function lateralAliases(sql: string, pieces: readonly Piece[]): Expansion | undefined {
  if (!pieces.some(({ word }) => word === 'SELECT')) return undefined;
  const blocks = queryBlocks(pieces);
  const columns = new FromColumns(pieces, blocks);
  const uses = blocks.flatMap((block) => {
    const found = usesIn(pieces, block);
    // Before a dot, a name of FROM comes first.
    return found.filter(
      ({ piece, name }) =>
        pieces[piece + 1]?.text !== '.' || columns.itemsOf(block).every(({ alias }) => alias !== name),
    );
  });
  if (uses.length === 0) return undefined;
  const sources = new Map(uses.map(({ block }) => [block, columns.of(block)]));
  const tables = [...new Set([...sources.values()].flatMap(tablesIn))];
  return {
    question: questionFor(tables),
    replace: (rows) => {
      const catalog = catalogOf(tables, rows);
      const names = new Map([...sources].map(([block, from]) => [block, new Set(namesOf(from, catalog))]));
      const meant = uses.filter(({ name, block }) => names.get(block)?.has(name) !== true);
      return replaceUses(sql, pieces, blocks, meant);
    },
  };
}

function replaceUses(
  sql: string,
  pieces: readonly Piece[],
  blocks: readonly QueryBlock[],
  uses: readonly Use[],
) {
  const edits = new Edits(sql, pieces);
  let added = 0;
  for (const { piece, name, means } of uses) {
    const text = edits.rendered(means.first, means.last);
    added += text.length;
    if (added > largestExpansion) break;
    edits.replace(piece, piece, `(${text})`);
    keepLabel({ pieces, edits, blocks }, piece, piece, name);
  }
  return edits.result();
}

/** The names in a block that an alias gives: in items behind it, and in the clauses behind FROM. */
function usesIn(pieces: readonly Piece[], block: QueryBlock): Use[] {
  const uses: Use[] = [];
  const aliases = new Map<string, SelectItem>();
  const find = (range: Item) => {
    for (const piece of aliases.size > 0 ? namesIn(pieces, range) : []) {
      const name = nameOf(pieces[piece] as Piece);
      const means = aliases.get(name);
      if (means) uses.push({ piece, name, means, block });
    }
  };
  for (const raw of block.items) {
    const item = readSelectItem(pieces, raw);
    find(item);
    if (item.alias && !isColumnOf(pieces, item, item.alias.name)) aliases.set(item.alias.name, item);
  }
  for (const { name, first, last } of block.clauses) {
    if (name === 'where' || name === 'having' || name === 'qualify') find({ first: first + 1, last });
    // A name alone is an alias to the engine as well.
    if (name !== 'group' && name !== 'order') continue;
    for (const item of itemsBetween(pieces, first + 2, last, block.depth)) {
      if (item.last > item.first && !(name === 'order' && isSorted(pieces, item))) find(item);
    }
  }
  return uses;
}

/** `a DESC NULLS LAST`: one name and how to sort by it. */
function isSorted(pieces: readonly Piece[], { first, last }: Item): boolean {
  const words = ['ASC', 'DESC', 'NULLS', 'FIRST', 'LAST'];
  return pieces.slice(first + 1, last + 1).every(({ word }) => words.includes(word));
}

/** `t.a AS a`: that column exists, so the alias is never meant. */
function isColumnOf(pieces: readonly Piece[], { first, last }: SelectItem, name: string): boolean {
  const piece = pieces[last];
  return (
    isName(piece) && nameOf(piece as Piece) === name && (first === last || pieces[last - 1]?.text === '.')
  );
}

/** Single names in an item that may be columns; what is in queries inside has its own FROM first. */
function namesIn(pieces: readonly Piece[], { first, last }: Item): number[] {
  const found: number[] = [];
  for (let index = first; index <= last; index++) {
    const piece = pieces[index];
    if (piece?.text === '(' && ['SELECT', 'WITH'].includes(pieces[index + 1]?.word ?? '') && piece.pair > 0) {
      index = piece.pair;
      continue;
    }
    if (isName(piece) && !isNoColumn(pieces, index)) found.push(index);
  }
  return found;
}

const dateFunctions = /^(?:PG)?DATE_?(?:ADD|DIFF|PART|TRUNC)$/;

function isNoColumn(pieces: readonly Piece[], index: number): boolean {
  const before = pieces[index - 1];
  const next = pieces[index + 1];
  if (before?.text === '.' || before?.text === '::' || before?.word === 'AS') return true;
  if (next?.text === '(' || next?.kind === 'string') return true;
  if (next?.text === '.' && !isName(pieces[index + 2])) return true;
  if (before?.kind === 'string' || before?.word === 'COLLATE') return true;
  const isPart = datePart(nameOf(pieces[index] as Piece)) !== undefined;
  if (before?.text !== '(') return false;
  const called = pieces[index - 2]?.word ?? '';
  return called === 'CONVERT' || (isPart && (next?.word === 'FROM' || dateFunctions.test(called)));
}
