/**
 * `x.y` where no FROM has an x: a path into the column x, or an error that names the missing table. Only the catalog can
 * tell. It changes nothing in the statement.
 */
import type { Piece } from '../pieces.js';
import { nameOf } from '../reader.js';
import { invalid } from './context.js';
import { type Columns, FromColumns, catalogOf, namesOf, questionFor, tablesIn } from './from-columns.js';
import type { Expansion } from './lateral-aliases.js';
import { isBody, unknownHeads } from './navigation.js';
import { queryBlocks } from './query-blocks.js';
import { Scopes } from './scopes.js';

/** Undefined where every name before a dot is one of FROM. */
export function missingRelations(sql: string, pieces: readonly Piece[]): Expansion | undefined {
  if (isBody(pieces)) return undefined;
  const blocks = queryBlocks(pieces);
  const scopes = new Scopes(pieces, blocks);
  if (scopes.items.length === 0) return undefined;
  const from = new FromColumns(pieces, blocks);
  const heads = unknownHeads(pieces, scopes).flatMap((index) => {
    const piece = pieces[index];
    const columns = scopes.relationsFor(index).map((item) => from.ofItem(item));
    // Where the columns of one relation cannot be known, the name may be one of them.
    return piece && columns.every((one) => one.length > 0) ? [{ piece, columns: columns.flat() }] : [];
  });
  if (heads.length === 0) return undefined;
  const tables = [...new Set(heads.flatMap(({ columns }) => tablesIn(columns)))];
  return {
    question: questionFor(tables),
    replace: (rows) => {
      const catalog = catalogOf(tables, rows);
      const isKnown = (column: Columns) => !('table' in column) || catalog.has(column.table);
      for (const { piece, columns } of heads) {
        const name = nameOf(piece);
        if (!columns.every(isKnown) || namesOf(columns, catalog).includes(name)) continue;
        return invalid(`missing FROM-clause entry for table "${name}"`, piece.start, '42P01');
      }
      return { sql, position: (offset) => offset };
    },
  };
}
