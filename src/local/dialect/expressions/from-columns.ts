/**
 * Which columns FROM gives, in their order: those that the text names, and those of tables, which only the catalog
 * knows. It makes the question to the catalog and never asks it.
 */
import type { Piece } from '../pieces.js';
import type { AnswerRow } from '../plan.js';
import { nameOf, sqlQualified } from '../reader.js';
import { type FromItem, readFromList } from './from-items.js';
import { expressionLabel } from './labels.js';
import type { QueryBlock } from './query-blocks.js';
import { isName, isStar, readSelectItem } from './select-items.js';

/** A column by its name, or all columns of a table. */
export type Columns = { readonly name: string } | { readonly table: string };

/** Names of columns by table, as the catalog told them. */
export type Catalog = ReadonlyMap<string, readonly string[]>;

export interface Question {
  readonly sql: string;
  readonly parameters: readonly string[];
}

/** Asks for rows of a table's number and the name of a column, both as text. */
export function questionFor(tables: readonly string[]): Question {
  const asked = tables.map((_, at) => `select ${at}::text, pg_catalog.rs_columns($${at + 1}::text)`);
  return {
    sql: asked.length === 0 ? 'select null::text, null::text where false' : asked.join(' union all '),
    parameters: tables,
  };
}

export function catalogOf(tables: readonly string[], rows: readonly AnswerRow[]): Catalog {
  const catalog = new Map<string, string[]>();
  for (const [number, column] of rows) {
    const table = tables[Number(number)];
    if (table === undefined || typeof column !== 'string') continue;
    const known = catalog.get(table);
    if (known) known.push(column);
    else catalog.set(table, [column]);
  }
  return catalog;
}

/** The tables whose columns count. */
export function tablesIn(columns: readonly Columns[]): string[] {
  return columns.flatMap((column) => ('table' in column ? [column.table] : []));
}

/** The names of all columns. */
export function namesOf(columns: readonly Columns[], catalog: Catalog): string[] {
  return columns.flatMap((column) => ('table' in column ? (catalog.get(column.table) ?? []) : [column.name]));
}

/** How far a `*` is followed from query to query. */
const deepest = 100;

export class FromColumns {
  readonly #pieces: readonly Piece[];
  /** The query in each pair of brackets, and the queries of WITH by name. */
  readonly #inBrackets = new Map<number, QueryBlock>();
  readonly #named = new Map<string, { block: QueryBlock; names: readonly string[] }>();
  readonly #items = new Map<QueryBlock, readonly FromItem[]>();
  #depth = 0;

  constructor(pieces: readonly Piece[], blocks: readonly QueryBlock[]) {
    this.#pieces = pieces;
    for (const block of blocks) {
      let open = block.select - 1;
      while (pieces[open]?.text === '(' && !this.#inBrackets.has(open)) this.#inBrackets.set(open--, block);
    }
    for (const [open, block] of this.#inBrackets) {
      if (pieces[open - 1]?.word !== 'AS') continue;
      const list = pieces[open - 2]?.text === ')' ? (pieces[open - 2]?.pair ?? -1) : -1;
      const name = pieces[(list < 0 ? open - 1 : list) - 1];
      if (name && isName(name)) this.#named.set(nameOf(name), { block, names: this.#listed(list) });
    }
  }

  /** What FROM of a block gives. */
  of(block: QueryBlock): Columns[] {
    return this.itemsOf(block).flatMap((item) => this.ofItem(item));
  }

  itemsOf(block: QueryBlock): readonly FromItem[] {
    const known = this.#items.get(block);
    if (known) return known;
    const from = block.clauses.find(({ name }) => name === 'from');
    const items = from ? readFromList(this.#pieces, from.first + 1, from.last) : [];
    this.#items.set(block, items);
    return items;
  }

  ofItem(item: FromItem): Columns[] {
    if (item.kind === 'path') {
      return [item.alias, item.at].flatMap((name) => (name === undefined ? [] : [{ name }]));
    }
    const last = this.#pieces[item.last];
    const hasList = item.hasAlias && item.last > item.nameLast && last?.text === ')';
    const columns = this.#ofRelation(item);
    return hasList ? renamed(columns, this.#listed(last.pair)) : columns;
  }

  #ofRelation({ parts, nameFirst }: FromItem): Columns[] {
    const [name, more] = parts;
    if (name === undefined) {
      const block = this.#inBrackets.get(nameFirst);
      return block ? this.#ofQuery(block) : [];
    }
    const query = more === undefined ? this.#named.get(name) : undefined;
    return query ? renamed(this.#ofQuery(query.block), query.names) : [{ table: sqlQualified(parts) }];
  }

  /** The columns that a query gives. */
  #ofQuery(block: QueryBlock): Columns[] {
    if (this.#depth > deepest) return [];
    this.#depth++;
    const columns = block.items.flatMap((raw): Columns[] => {
      const item = readSelectItem(this.#pieces, raw);
      if (item.alias) return [{ name: item.alias.name }];
      if (!isStar(this.#pieces, item)) {
        return [{ name: expressionLabel(this.#pieces, item.first, item.last) ?? '?column?' }];
      }
      const qualifier = item.last > item.first ? this.#pieces[item.last - 2] : undefined;
      const alias = qualifier && isName(qualifier) ? nameOf(qualifier) : undefined;
      return this.itemsOf(block)
        .filter((one) => alias === undefined || one.alias === alias)
        .flatMap((one) => this.ofItem(one));
    });
    this.#depth--;
    return columns;
  }

  /** The names of `( a, b )` that opens at `open`. */
  #listed(open: number): string[] {
    const close = this.#pieces[open]?.pair ?? -1;
    return open < 0
      ? []
      : this.#pieces.slice(open + 1, close).flatMap((piece) => (isName(piece) ? [nameOf(piece)] : []));
  }
}

/** Columns of which the first ones have other names; a table's are not counted. */
function renamed(columns: readonly Columns[], names: readonly string[]): Columns[] {
  const rest = columns.every((column) => 'name' in column) ? columns.slice(names.length) : columns;
  return [...names.map((name) => ({ name })), ...rest];
}
