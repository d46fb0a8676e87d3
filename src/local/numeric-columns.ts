/**
 * NUMERIC columns that the engine leaves without precision and scale get those that Redshift gives: from the statement's
 * parse tree, which is asked for only when there is such a column.
 */
import type { FieldDescription } from '../protocol/messages.js';
import { numericColumns, parseTree } from './numeric-typing/index.js';

const numeric = 1700;

export interface TypedColumns {
  readonly fields: readonly FieldDescription[] | undefined;
  /** Columns whose type modifier was found here. */
  readonly computed: ReadonlySet<number>;
}

export async function typeNumerics(
  fields: readonly FieldDescription[] | undefined,
  treeOf: () => Promise<string | undefined>,
): Promise<TypedColumns> {
  const open = (field: FieldDescription): boolean => field.typeOid === numeric && field.typeModifier === -1;
  if (fields === undefined || !fields.some(open)) return { fields, computed: new Set() };
  const tree = await treeOf();
  const modifiers = tree === undefined ? [] : numericColumns(parseTree(tree));
  const computed = new Set<number>();
  const typed = fields.map((field, index) => {
    if (!open(field)) return field;
    computed.add(index);
    return { ...field, typeModifier: modifiers[index] ?? unknownModifier };
  });
  return { fields: typed, computed };
}

/** NUMERIC(38, 10), for what has no tree: a FETCH, an EXECUTE. */
const unknownModifier = ((38 << 16) | 10) + 4;
