/**
 * Aliases used further on in the same select list or in WHERE, GROUP BY, HAVING and ORDER BY: Redshift puts what they stand for in their place, unless a relation
 * in FROM has a column of that name (AWS manual, SELECT list). Only the catalog knows columns, so there is a question.
 */
import { Edits } from '../edits.js';
import type { Piece } from '../pieces.js';
import type { AnswerRow } from '../plan.js';
import { nameOf, sqlQualified } from '../reader.js';
import { datePart } from './date-parts.js';
import { type FromItem, readFromList } from './from-items.js';
import { keepLabel } from './labels.js';
import { type Item, type QueryBlock, itemsBetween, queryBlocks } from './query-blocks.js';
import { type SelectItem, isName, isStar, readSelectItem } from './select-items.js';

/** A statement with aliases in it that may have to be replaced. */
export interface LateralAliases {
  /** Asks for rows of a number of a table and the name of a column of it, both as text. */
  readonly question: { readonly sql: string; readonly parameters: readonly string[] };
  /** The statement with the aliases replaced; `position` leads from an offset in it back to one in the old text. */
  replace(rows: readonly AnswerRow[]): { sql: string; position: (offset: number) => number | undefined };
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
export function lateralAliases(sql: string, pieces: readonly Piece[]): LateralAliases | undefined {
  if (!pieces.some(({ word }) => word === 'SELECT')) return undefined;
  const blocks = queryBlocks(pieces);
  const uses = blocks.flatMap((block) => usesIn(pieces, block));
  if (uses.length === 0) return undefined;
  const sources = new Sources(pieces, blocks);
  const tables = [...new Set(uses.flatMap(({ block }) => sources.of(block).tables))];
  return {
    question: questionFor(tables),
    replace: (rows) => {
      const columns = new Map<string, Set<string>>();
      for (const [number, column] of rows) {
        const table = tables[Number(number)];
        if (table === undefined || typeof column !== 'string') continue;
        columns.set(table, (columns.get(table) ?? new Set()).add(column));
      }
      const isColumn = (name: string, block: QueryBlock): boolean => {
        const { labels, tables: from } = sources.of(block);
        return labels.has(name) || from.some((table) => columns.get(table)?.has(name));
      };
      return replaceUses(
        sql,
        pieces,
        blocks,
        uses.filter(({ name, block }) => !isColumn(name, block)),
      );
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

function questionFor(tables: readonly string[]): LateralAliases['question'] {
  const asked = tables.map((_, at) => `select ${at}::text, pg_catalog.rs_columns($${at + 1}::text)`);
  return {
    sql: asked.length === 0 ? 'select null::text, null::text where false' : asked.join(' union all '),
    parameters: tables,
  };
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
    if (name === 'where' || name === 'having') find({ first: first + 1, last });
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
  if (next?.text === '(' || next?.text === '.' || next?.kind === 'string') return true;
  if (before?.kind === 'string' || before?.word === 'COLLATE') return true;
  const isPart = datePart(nameOf(pieces[index] as Piece)) !== undefined;
  if (before?.text !== '(') return false;
  const called = pieces[index - 2]?.word ?? '';
  return called === 'CONVERT' || (isPart && (next?.word === 'FROM' || dateFunctions.test(called)));
}

/** What the columns of a block's FROM are called: those that the text names, and the tables that the catalog has. */
interface Source {
  readonly labels: ReadonlySet<string>;
  readonly tables: readonly string[];
}

/** How far a `*` is followed from query to query; behind that, the catalog's answer has to do. */
const deepest = 100;

class Sources {
  readonly #pieces: readonly Piece[];
  /** The query in each pair of brackets, and the queries of WITH by name. */
  readonly #inBrackets = new Map<number, QueryBlock>();
  readonly #named = new Map<string, QueryBlock>();
  readonly #known = new Map<QueryBlock, Source>();
  #depth = 0;

  constructor(pieces: readonly Piece[], blocks: readonly QueryBlock[]) {
    this.#pieces = pieces;
    for (const block of blocks) {
      let open = block.select - 1;
      while (pieces[open]?.text === '(' && !this.#inBrackets.has(open)) this.#inBrackets.set(open--, block);
    }
    for (const [open, block] of this.#inBrackets) {
      if (pieces[open - 1]?.word !== 'AS') continue;
      const columns = pieces[open - 2]?.text === ')' ? (pieces[open - 2]?.pair ?? -1) : open - 1;
      const name = pieces[columns - 1];
      if (name && isName(name)) this.#named.set(nameOf(name), block);
    }
  }

  of(block: QueryBlock): Source {
    const known = this.#known.get(block);
    if (known) return known;
    const labels = new Set<string>();
    const tables = new Set<string>();
    this.#known.set(block, { labels, tables: [] });
    if (this.#depth > deepest) return { labels, tables: [] };
    this.#depth++;
    const from = block.clauses.find(({ name }) => name === 'from');
    const items = from ? readFromList(this.#pieces, from.first + 1, from.last) : [];
    for (const item of items) this.#add(item, labels, tables);
    this.#depth--;
    const source = { labels, tables: [...tables] };
    this.#known.set(block, source);
    return source;
  }

  #add(item: FromItem, labels: Set<string>, tables: Set<string>): void {
    if (item.kind === 'path') {
      if (item.alias !== undefined) labels.add(item.alias);
      if (item.at !== undefined) labels.add(item.at);
      return;
    }
    const [name, more] = item.parts;
    const inside =
      name === undefined
        ? this.#inBrackets.get(item.nameFirst)
        : more === undefined
          ? this.#named.get(name)
          : undefined;
    if (inside) this.#addColumns(inside, labels, tables);
    else if (item.parts.length > 0) tables.add(sqlQualified(item.parts));
  }

  /** The columns that a query gives. */
  #addColumns(block: QueryBlock, labels: Set<string>, tables: Set<string>): void {
    for (const raw of block.items) {
      const item = readSelectItem(this.#pieces, raw);
      const last = this.#pieces[item.last];
      if (item.alias) labels.add(item.alias.name);
      else if (isStar(this.#pieces, item)) {
        const source = this.of(block);
        for (const label of source.labels) labels.add(label);
        for (const table of source.tables) tables.add(table);
      } else if (last && isName(last)) labels.add(nameOf(last));
    }
  }
}
