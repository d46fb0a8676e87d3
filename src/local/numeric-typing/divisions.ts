/** The operators of a statement by their place in its text, and the scale of each NUMERIC division among them. */
import { isList, isNode, numberOf, parseTree, wordOf, type TreeNode, type TreeValue } from './tree.js';
import { emptyCatalog, Typing, unreadable, type Catalog, type Scope } from './typing.js';

export interface OperatorPlace {
  /** Byte offset of the operator in the statement. */
  readonly location: number;
  /** Of a division of NUMERIC; undefined for every other operator. */
  readonly scale: number | undefined;
}

/** PostgreSQL's numeric_div() (pg_proc.dat). */
const numericDivision = '1727';

/**
 * Every operator with a place in the text, whatever the statement and however deep in it; inner ones come first.
 * [] where the tree cannot be read.
 */
export function operatorPlaces(tree: TreeValue, catalog: Catalog = emptyCatalog): readonly OperatorPlace[] {
  try {
    const typing = new Typing(catalog);
    const found = new Map<number, OperatorPlace>();
    const note = (node: TreeNode, scope: Scope): void => {
      const location = numberOf(node, 'location');
      if (location < 0) return;
      const divides = wordOf(node, 'opfuncid') === numericDivision;
      found.set(location, { location, scale: divides ? typing.typeOf(node, scope)?.scale : undefined });
    };
    const visit = (value: TreeValue | undefined, scope: Scope | undefined): void => {
      if (isList(value)) {
        for (const item of value) visit(item, scope);
      } else if (isNode(value)) {
        const inner = value.name === 'QUERY' ? { query: value, outer: scope } : scope;
        for (const field of value.fields.values()) visit(field, inner);
        if (value.name === 'OPEXPR' && inner !== undefined) note(value, inner);
      }
    };
    visit(typeof tree === 'string' ? parseTree(tree) : tree, undefined);
    return [...found.values()];
  } catch (error) {
    if (unreadable(error)) return [];
    throw error;
  }
}
