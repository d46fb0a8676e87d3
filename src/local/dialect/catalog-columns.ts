/**
 * The catalog's tables as Redshift has them: in the place of a table of PostgreSQL's, a statement reads a view with the
 * rows and columns that the table has there.
 */
import type { Edits } from './edits.js';
import type { Piece } from './pieces.js';

/**
 * Catalog tables, and the columns that only the view of each has (PG 8.0 catalog; AWS manual, System catalog tables). Where
 * a table's own name stands, every statement reads the view: it shows no sequences behind identity columns, no helpers, no
 * hidden functions, no columns of views bound late, no NOT NULL as a constraint, no keys of the catalog's own, and an identity column's default.
 */
const tables: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    PG_CLASS: 'PG_CLASS',
    PG_PROC: 'PG_PROC',
    PG_CONSTRAINT: 'PG_CONSTRAINT',
    PG_ATTRDEF: 'PG_ATTRDEF',
    PG_INDEX: 'PG_INDEX',
    PG_ROLES: 'PG_ROLES',
    PG_ATTRIBUTE: 'PG_ATTRIBUTE',
    PG_DATABASE: 'DATLASTSYSOID DATCONFIG',
    PG_DEFAULT_ACL: 'DEFACLUSER',
    PG_LOCKS: 'TRANSACTION',
    PG_STAT_ACTIVITY: 'PROCPID CURRENT_QUERY',
  }).map(([table, columns]) => [table, new Set(columns.split(' '))] as const),
);

/** Columns that every table has and no view. */
const systemColumns = ['TABLEOID', 'CTID', 'XMIN', 'XMAX', 'CMIN', 'CMAX'];

/** Words that may follow a table without being its alias. */
const notAliases = new Set(
  (
    'ON USING JOIN LEFT RIGHT FULL INNER OUTER CROSS NATURAL WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET UNION EXCEPT ' +
    'INTERSECT MINUS'
  ).split(' '),
);

export function rewriteCatalogColumns(pieces: readonly Piece[], edits: Edits): void {
  const words = new Set(pieces.map((piece) => piece.word));
  if (systemColumns.some((column) => words.has(column))) return;
  for (const [table, columns] of tables) {
    if (!words.has(table) || ![...columns].some((column) => words.has(column))) continue;
    for (const [index, piece] of pieces.entries()) {
      if (piece.word !== table || pieces[index + 1]?.text === '.') continue;
      const qualified = pieces[index - 1]?.text === '.';
      if (qualified && pieces[index - 2]?.word !== 'PG_CATALOG') continue;
      const before = pieces[qualified ? index - 3 : index - 1];
      if (before?.word !== 'FROM' && before?.word !== 'JOIN' && before?.text !== ',' && before?.text !== '(')
        continue;
      const next = pieces[index + 1];
      const named =
        next?.word === 'AS' ||
        next?.kind === 'quoted-identifier' ||
        (next?.kind === 'identifier' && !notAliases.has(next.word));
      const view = `rs_${table.toLowerCase()}`;
      edits.replace(index, index, named ? view : `${view} ${table.toLowerCase()}`);
    }
  }
}
