/**
 * NUMERIC columns that the engine leaves without precision and scale get those that Redshift gives: from the statement's
 * parse tree, which is asked for only when there is such a column.
 */
import type { FieldDescription } from '../../protocol/messages.js';
import type { AnswerRow } from '../dialect/plan.js';
import {
  cutQuotients,
  NumericCatalog,
  numericColumns,
  parseTree,
  type Rewritten,
} from '../numeric-typing/index.js';

const numeric = 1700;

export type Ask = (sql: string, parameters?: readonly string[]) => Promise<readonly AnswerRow[]>;

export interface TypedColumns {
  readonly fields: readonly FieldDescription[] | undefined;
  /** Columns whose type modifier was found here. */
  readonly computed: ReadonlySet<number>;
}

export async function typeNumerics(
  fields: readonly FieldDescription[] | undefined,
  treeOf: () => Promise<string | undefined>,
  ask: Ask,
): Promise<TypedColumns> {
  const open = (field: FieldDescription): boolean => field.typeOid === numeric && field.typeModifier === -1;
  if (fields === undefined || !fields.some(open)) return { fields, computed: new Set() };
  const modifiers = await numericModifiers(await treeOf(), ask);
  const computed = new Set<number>();
  const typed = fields.map((field, index) => {
    if (!open(field)) return field;
    computed.add(index);
    return { ...field, typeModifier: modifiers[index] ?? unknownModifier };
  });
  return { fields: typed, computed };
}

/** The type modifiers of the columns of a parse tree; undefined for what is not NUMERIC. */
export async function numericModifiers(
  tree: string | undefined,
  ask: Ask,
): Promise<readonly (number | undefined)[]> {
  if (tree === undefined) return [];
  const parsed = parseTree(tree);
  return await withCatalog(ask, (catalog) => numericColumns(parsed, catalog));
}

/** The statement with its divisions cut at the scale that Redshift gives them. */
export async function withCutQuotients(
  source: Rewritten,
  treeOf: () => Promise<string | undefined>,
  ask: Ask,
): Promise<Rewritten> {
  const tree = await treeOf();
  if (tree === undefined) return source;
  const parsed = parseTree(tree);
  const cut = await withCatalog(ask, (catalog) => cutQuotients(source.sql, parsed, catalog));
  if (cut === undefined) return source;
  const { sql, position } = cut;
  return {
    sql,
    position: (offset) => {
      const at = position(offset);
      return at === undefined ? undefined : source.position(at);
    },
  };
}

/** Tries until no question to the catalog is open; it is kept for one statement, since the next may see another one. */
async function withCatalog<T>(ask: Ask, attempt: (catalog: NumericCatalog) => T): Promise<T> {
  const catalog = new NumericCatalog();
  let result = attempt(catalog);
  for (let question = catalog.open(); question !== undefined; question = catalog.open()) {
    const rows = await ask(question.sql);
    question.answer(rows.map(([oid, text]) => [oid ?? '', text ?? null]));
    result = attempt(catalog);
  }
  return result;
}

/** NUMERIC(38, 10), for what has no tree: the result of a procedure. */
const unknownModifier = ((38 << 16) | 10) + 4;
