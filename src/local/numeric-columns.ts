/**
 * NUMERIC columns that the engine leaves without precision and scale get those that Redshift gives: from the statement's
 * parse tree, which is asked for only when there is such a column.
 */
import type { FieldDescription } from '../protocol/messages.js';
import type { AnswerRow } from './dialect/plan.js';
import { NumericCatalog, numericColumns, parseTree } from './numeric-typing/index.js';

const numeric = 1700;

export type Ask = (sql: string) => Promise<readonly AnswerRow[]>;

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
  // Of this statement only: views and functions may be other ones when the next comes.
  const catalog = new NumericCatalog();
  let modifiers = numericColumns(parsed, catalog);
  for (let question = catalog.open(); question !== undefined; question = catalog.open()) {
    const rows = await ask(question.sql);
    question.answer(rows.map(([oid, text]) => [oid ?? '', text ?? null]));
    modifiers = numericColumns(parsed, catalog);
  }
  return modifiers;
}

/** NUMERIC(38, 10), for what has no tree: the result of a procedure. */
const unknownModifier = ((38 << 16) | 10) + 4;
