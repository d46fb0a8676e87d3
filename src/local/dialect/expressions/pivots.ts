/**
 * PIVOT, UNPIVOT and `* EXCLUDE`, written out as plain queries (AWS manual, PIVOT and UNPIVOT examples; EXCLUDE
 * column_list). All three need the names of the columns that FROM gives.
 */
import { Edits } from '../edits.js';
import { type Piece, argumentsOf, findWord } from '../pieces.js';
import { nameOf, sqlLiteral, sqlName } from '../reader.js';
import { isConstant } from './context.js';
import {
  type Catalog,
  type Columns,
  FromColumns,
  catalogOf,
  namesOf,
  questionFor,
  tablesIn,
} from './from-columns.js';
import type { FromItem } from './from-items.js';
import type { Expansion } from './lateral-aliases.js';
import { type Item, type QueryBlock, itemsBetween, queryBlocks } from './query-blocks.js';
import { isName, isStar, readSelectItem } from './select-items.js';

/** What has to be written out: from which columns, and how once their names are known. */
interface Part {
  readonly columns: readonly Columns[];
  readonly write: (edits: Edits, catalog: Catalog) => void;
}

/** Undefined where a statement has none of the three. */
export function pivots(sql: string, pieces: readonly Piece[]): Expansion | undefined {
  const words = ['PIVOT', 'UNPIVOT', 'EXCLUDE'];
  if (!pieces.some(({ word }) => words.includes(word))) return undefined;
  const blocks = queryBlocks(pieces);
  const columns = new FromColumns(pieces, blocks);
  const parts = blocks.flatMap((block) => [
    ...columns.itemsOf(block).flatMap((item) => partOf(pieces, item, columns) ?? []),
    ...(excludeIn(pieces, block, columns) ?? []),
  ]);
  if (parts.length === 0) return undefined;
  const tables = [...new Set(parts.flatMap((part) => tablesIn(part.columns)))];
  return {
    question: questionFor(tables),
    replace: (rows) => {
      const edits = new Edits(sql, pieces);
      const catalog = catalogOf(tables, rows);
      for (const part of parts.toReversed()) part.write(edits, catalog);
      return edits.result();
    },
  };
}

/** `relation PIVOT ( aggregate FOR column IN ( … ) ) [ alias ]` and the same with UNPIVOT, behind an item of FROM. */
function partOf(pieces: readonly Piece[], item: FromItem, columns: FromColumns): Part | undefined {
  const word = pieces[item.last + 1]?.word;
  if (item.kind !== 'relation' || (word !== 'PIVOT' && word !== 'UNPIVOT')) return undefined;
  const nulls = ['INCLUDE', 'EXCLUDE'].includes(pieces[item.last + 2]?.word ?? '');
  const open = item.last + (nulls ? 4 : 2);
  const close = pieces[open]?.text === '(' ? pieces[open].pair : -1;
  const depth = (pieces[open]?.depth ?? 0) + 1;
  const at = findWord(pieces, open + 1, depth, 'FOR');
  const list = at + 3;
  if (close < 0 || at < 0 || pieces[at + 2]?.word !== 'IN' || pieces[list]?.text !== '(') return undefined;
  const column = pieces[at + 1];
  if (!column || !isName(column)) return undefined;
  const values = argumentsOf(pieces, list).map((value) => readSelectItem(pieces, value));
  const from = columns.ofItem(item);
  const write = (edits: Edits, catalog: Catalog): void => {
    const input = edits.rendered(item.first, item.last) + (item.hasAlias ? '' : ' AS rs_input');
    const names = namesOf(from, catalog);
    const behind = pieces[close + 1];
    const named =
      behind !== undefined && (behind.word === 'AS' || isName(behind)) && !notAliases.has(behind.word);
    const query =
      word === 'PIVOT'
        ? pivot(pieces, edits, { input, names, column, values, aggregate: { first: open + 1, last: at - 1 } })
        : unpivot(pieces, {
            input,
            names,
            column,
            values,
            value: pieces[open + 1],
            withNulls: pieces[item.last + 2]?.word === 'INCLUDE',
          });
    edits.replace(item.first, close, `(${query})${named ? '' : ' AS rs_pivot'}`);
  };
  return { columns: from, write };
}

const notAliases: ReadonlySet<string> = new Set(
  'ON JOIN LEFT RIGHT FULL INNER CROSS NATURAL WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET UNION EXCEPT INTERSECT MINUS WITH'.split(
    ' ',
  ),
);

interface Rotation {
  readonly input: string;
  readonly names: readonly string[];
  readonly column: Piece;
  readonly values: readonly ReturnType<typeof readSelectItem>[];
}

/** One column for each value, grouped by all columns of the input that PIVOT does not name. */
function pivot(
  pieces: readonly Piece[],
  edits: Edits,
  { input, names, column, values, aggregate }: Rotation & { readonly aggregate: Item },
): string {
  const { first, last, alias } = readSelectItem(pieces, aggregate);
  const used = new Set([nameOf(column)]);
  for (let index = first + 1; index <= last; index++) {
    const piece = pieces[index];
    if (piece && isName(piece)) used.add(nameOf(piece));
  }
  const others = names.filter((name) => !used.has(name)).map(sqlName);
  const isCount = pieces[first + 2]?.text === '*';
  const argument = isCount ? '1' : edits.rendered(first + 2, last - 1);
  const rotated = values.map((value) => {
    const text = edits.rendered(value.first, value.last);
    const isNull = pieces[value.first]?.word === 'NULL' && value.first === value.last;
    const condition = isNull ? `${sqlName(nameOf(column))} IS NULL` : `${sqlName(nameOf(column))} = ${text}`;
    const name = value.alias?.name ?? constantName(pieces, value) ?? '?column?';
    const label = alias ? `${name}_${alias.name}` : name;
    return `${pieces[first]?.text ?? ''}(CASE WHEN ${condition} THEN ${argument} END) AS ${sqlName(label)}`;
  });
  const group = others.length > 0 ? ` GROUP BY ${others.join(', ')}` : '';
  return `SELECT ${[...others, ...rotated].join(', ')} FROM ${input}${group}`;
}

/** What a constant without an alias is called: itself. */
function constantName(pieces: readonly Piece[], { first, last }: Item): string | undefined {
  const piece = pieces[first];
  if (piece === undefined || first !== last) return undefined;
  if (piece.kind === 'string') return piece.text.slice(1, -1).replaceAll("''", "'");
  return isConstant(piece) || ['NULL', 'TRUE', 'FALSE'].includes(piece.word)
    ? piece.text.toLowerCase()
    : undefined;
}

/** One row for each of the columns, with its name and its value. */
function unpivot(
  pieces: readonly Piece[],
  {
    input,
    names,
    column,
    values,
    value,
    withNulls,
  }: Rotation & { readonly value: Piece | undefined; readonly withNulls: boolean },
): string {
  const rotated = values.flatMap((item) => {
    const piece = pieces[item.first];
    return piece && isName(piece) ? [{ name: nameOf(piece), label: item.alias?.name ?? nameOf(piece) }] : [];
  });
  const used = new Set(rotated.map(({ name }) => name));
  const others = names.filter((name) => !used.has(name)).map(sqlName);
  const valueName = value && isName(value) ? nameOf(value) : 'value';
  return rotated
    .map(({ name, label }) => {
      const list = [
        ...others,
        `${sqlLiteral(label)}::varchar AS ${sqlName(nameOf(column))}`,
        `${sqlName(name)} AS ${sqlName(valueName)}`,
      ];
      return `SELECT ${list.join(', ')} FROM ${input}${withNulls ? '' : ` WHERE ${sqlName(name)} IS NOT NULL`}`;
    })
    .join(' UNION ALL ');
}

/** `SELECT *, … EXCLUDE a, b`: the names at the end of the list are left out of every `*` in it. */
function excludeIn(pieces: readonly Piece[], block: QueryBlock, columns: FromColumns): Part[] | undefined {
  const [start] = block.items;
  const end = block.items.at(-1);
  if (!start || !end) return undefined;
  const at = findWord(pieces, start.first, block.depth, 'EXCLUDE');
  if (at <= start.first || at > end.last || pieces[at - 1]?.text === '.' || pieces[at - 1]?.text === ',')
    return undefined;
  const excluded = new Set(
    pieces.slice(at + 1, end.last + 1).flatMap((piece) => (isName(piece) ? [nameOf(piece)] : [])),
  );
  if (excluded.size === 0 || !isNameList(pieces, at + 1, end.last)) return undefined;
  const stars = itemsBetween(pieces, start.first, at - 1, block.depth).filter((item) => isStar(pieces, item));
  const items = columns.itemsOf(block);
  const parts = stars.map((star): Part => {
    const qualifier = star.last > star.first ? pieces[star.last - 2] : undefined;
    const alias = qualifier && isName(qualifier) ? nameOf(qualifier) : undefined;
    const from = items.filter((item) => alias === undefined || item.alias === alias);
    return {
      columns: from.flatMap((item) => columns.ofItem(item)),
      write: (edits, catalog) => {
        const list = from.flatMap((item) =>
          namesOf(columns.ofItem(item), catalog)
            .filter((name) => !excluded.has(name))
            .map((name) => `${item.alias === undefined ? '' : `${sqlName(item.alias)}.`}${sqlName(name)}`),
        );
        if (list.length > 0) edits.replace(star.first, star.last, list.join(', '));
      },
    };
  });
  return [...parts, { columns: [], write: (edits) => edits.replace(at, end.last, '') }];
}

/** `a, b` or `( a, b )` and nothing else. */
function isNameList(pieces: readonly Piece[], first: number, last: number): boolean {
  const brackets = pieces[first]?.text === '(' && pieces[first].pair === last ? 1 : 0;
  const list = pieces.slice(first + brackets, last + 1 - brackets);
  const isList = list.every((piece, at) => (at % 2 === 0 ? isName(piece) : piece.text === ','));
  return isList && list.length % 2 === 1;
}
