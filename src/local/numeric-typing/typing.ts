/**
 * Precision and scale of a statement's NUMERIC columns as Redshift types them, from PostgreSQL's analysed tree, which
 * gives every NUMERIC expression the type modifier -1. Reads the tree only; asks nobody but the catalog it is given.
 */
import { literalType } from './constants.js';
import { builtInName, commonOf, integerType, resultType } from './functions.js';
import { assumedNumeric, bareNumeric, modifierOf, typeOfModifier, type NumericType } from './numeric-type.js';
import {
  isList,
  isNode,
  listOf,
  nodeOf,
  nodesOf,
  numberOf,
  parseTree,
  wordOf,
  type TreeNode,
  type TreeValue,
} from './tree.js';

/** What the tree names by OID. Undefined for what is not known (yet). */
export interface Catalog {
  functionName(oid: number): string | undefined;
  /** pg_rewrite.ev_action of a view. */
  viewTree(relation: number): string | undefined;
}

export const emptyCatalog: Catalog = { functionName: () => undefined, viewTree: () => undefined };

const numericOid = 1700;

type Known = NumericType | undefined;

/** A query and the one around it: a VAR or a CTE says how many levels out it is to be found. */
export interface Scope {
  readonly query: TreeNode;
  readonly outer: Scope | undefined;
}

/** Where each kind of node keeps its result's type. */
const typeFields: Readonly<Record<string, string>> = {
  VAR: 'vartype',
  CONST: 'consttype',
  PARAM: 'paramtype',
  AGGREF: 'aggtype',
  WINDOWFUNC: 'wintype',
  FUNCEXPR: 'funcresulttype',
  OPEXPR: 'opresulttype',
  NULLIFEXPR: 'opresulttype',
  RELABELTYPE: 'resulttype',
  COERCEVIAIO: 'resulttype',
  COERCETODOMAIN: 'resulttype',
  CASEEXPR: 'casetype',
  CASETESTEXPR: 'typeId',
  COALESCEEXPR: 'coalescetype',
  MINMAXEXPR: 'minmaxtype',
  SUBSCRIPTINGREF: 'refrestype',
  FIELDSELECT: 'resulttype',
  SETTODEFAULT: 'typeId',
  SQLVALUEFUNCTION: 'type',
};

/** The types of one statement's expressions; what is worked out once is kept. */
export class Typing {
  readonly #catalog: Catalog;
  /** A query's columns; also what stops a recursive query from asking for itself. */
  readonly #columns = new Map<TreeNode, readonly Known[]>();
  readonly #views = new Map<number, readonly Known[]>();
  /** Types of operators: an operand is asked for again by everything above it. */
  readonly #operators = new Map<TreeNode, Known>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** One entry per column of a query; set operations take one type from all their arms. */
  queryColumns(scope: Scope): readonly Known[] {
    const done = this.#columns.get(scope.query);
    if (done !== undefined) return done;
    this.#columns.set(scope.query, []);
    const operations = nodeOf(scope.query, 'setOperations');
    const columns =
      operations === undefined
        ? outputEntries(scope.query).map((entry) => this.#entryType(entry, scope))
        : this.#setColumns(operations, scope);
    this.#columns.set(scope.query, columns);
    return columns;
  }

  #entryType(entry: TreeNode, scope: Scope): Known {
    return this.typeOf(nodeOf(entry, 'expr'), scope);
  }

  /** Leaves stand in the range table; their own types count, before the engine makes them one. */
  #setColumns(operation: TreeNode, scope: Scope): readonly Known[] {
    const arm = (side: string): readonly Known[] => {
      const node = nodeOf(operation, side);
      if (node?.name === 'SETOPERATIONSTMT') return this.#setColumns(node, scope);
      const entry = node === undefined ? undefined : rangeEntry(scope.query, numberOf(node, 'rtindex'));
      const query = entry === undefined ? undefined : nodeOf(entry, 'subquery');
      return query === undefined ? [] : this.queryColumns({ query, outer: scope });
    };
    const left = arm('larg');
    const right = arm('rarg');
    return left.map((type, index) => commonOf([type, right[index]]));
  }

  /** Undefined for NULL and for what is no exact number. */
  typeOf(node: TreeNode | undefined, scope: Scope): Known {
    if (node === undefined) return undefined;
    const oid = resultOid(node);
    if (oid !== numericOid) return integerType(oid) ?? this.#sortedType(node, scope);
    switch (node.name) {
      case 'CONST':
        return wordOf(node, 'constisnull') === 'true'
          ? typeOfModifier(numberOf(node, 'consttypmod'))
          : (literalType(node) ?? assumedNumeric);
      case 'VAR':
        return typeOfModifier(numberOf(node, 'vartypmod')) ?? this.#variableType(node, scope);
      case 'OPEXPR':
        return this.#operatorType(node, scope);
      case 'FUNCEXPR':
        return this.#callType(numberOf(node, 'funcid'), node, scope);
      case 'WINDOWFUNC':
        return this.#callType(numberOf(node, 'winfnoid'), node, scope);
      case 'AGGREF':
        return this.#aggregateType(node, scope);
      case 'NULLIFEXPR':
        return this.typeOf(nodesOf(node, 'args')[0], scope);
      case 'COALESCEEXPR':
      case 'MINMAXEXPR':
        return this.#commonOf(nodesOf(node, 'args'), scope);
      case 'CASEEXPR':
        return this.#caseType(node, scope);
      case 'RELABELTYPE':
      case 'COERCETODOMAIN':
        return typeOfModifier(numberOf(node, 'resulttypmod')) ?? this.typeOf(nodeOf(node, 'arg'), scope);
      case 'COERCEVIAIO':
        return bareNumeric;
      case 'SUBLINK': {
        const query = nodeOf(node, 'subselect');
        return query === undefined ? assumedNumeric : this.queryColumns({ query, outer: scope })[0];
      }
      case 'PARAM':
        return typeOfModifier(numberOf(node, 'paramtypmod')) ?? assumedNumeric;
      case 'SUBSCRIPTINGREF':
        return typeOfModifier(numberOf(node, 'reftypmod')) ?? assumedNumeric;
      default:
        return assumedNumeric;
    }
  }

  /** The values that a percentile is taken of come sorted in an array: their type counts. */
  #sortedType(node: TreeNode, scope: Scope): Known {
    const isAggregate = node.name === 'AGGREF';
    if (!isAggregate && node.name !== 'WINDOWFUNC') return undefined;
    const oid = numberOf(node, isAggregate ? 'aggfnoid' : 'winfnoid');
    if (builtInName(oid) !== undefined || this.#catalog.functionName(oid) !== 'rs_sorted') return undefined;
    const argument = nodesOf(node, 'args')[0];
    return this.typeOf(isAggregate && argument ? nodeOf(argument, 'expr') : argument, scope);
  }

  #commonOf(nodes: readonly TreeNode[], scope: Scope): Known {
    return commonOf(nodes.map((node) => this.typeOf(node, scope)));
  }

  #caseType(node: TreeNode, scope: Scope): Known {
    const results = nodesOf(node, 'args').map((when) => nodeOf(when, 'result'));
    results.push(nodeOf(node, 'defresult'));
    return this.#commonOf(results.filter(isNode), scope);
  }

  /** `a + b + c + …` leans to the left; a loop, so that long sums need no deep stack. */
  #operatorType(node: TreeNode, scope: Scope): Known {
    const chain: TreeNode[] = [];
    let left: TreeNode | undefined = node;
    while (left?.name === 'OPEXPR' && resultOid(left) === numericOid && !this.#operators.has(left)) {
      chain.push(left);
      left = nodesOf(left, 'args')[0];
    }
    let type =
      left !== undefined && this.#operators.has(left) ? this.#operators.get(left) : this.typeOf(left, scope);
    for (const operator of chain.reverse()) {
      const args = nodesOf(operator, 'args');
      const types = [type, ...args.slice(1).map((arg) => this.typeOf(arg, scope))];
      type = this.#result(numberOf(operator, 'opfuncid'), { args, types, explicit: false });
      this.#operators.set(operator, type);
    }
    return type;
  }

  #callType(oid: number, node: TreeNode, scope: Scope): Known {
    const args = nodesOf(node, 'args');
    const types = args.map((arg) => this.typeOf(arg, scope));
    // CoercionForm: 0 a call, 1 a cast that was written, 2 one that the engine put in (PostgreSQL, primnodes.h).
    const explicit = wordOf(node, 'funcformat') === '1';
    return this.#result(oid, { args, types, explicit });
  }

  /** The arguments of an ordered-set aggregate are those of WITHIN GROUP. */
  #aggregateType(node: TreeNode, scope: Scope): Known {
    const args = nodesOf(node, 'args')
      .map((entry) => nodeOf(entry, 'expr'))
      .filter(isNode);
    const types = args.map((arg) => this.typeOf(arg, scope));
    return this.#result(numberOf(node, 'aggfnoid'), { args, types, explicit: false });
  }

  #result(oid: number, call: Parameters<typeof resultType>[1]): Known {
    const name = builtInName(oid) ?? this.#catalog.functionName(oid);
    return (name === undefined ? undefined : resultType(name, call)) ?? assumedNumeric;
  }

  /** A column without a modifier of its own: what it stands for, in the range table of the query it names. */
  #variableType(variable: TreeNode, from: Scope): Known {
    let scope: Scope | undefined = from;
    for (let level = numberOf(variable, 'varlevelsup'); level > 0; level -= 1) scope = scope?.outer;
    const entry = scope === undefined ? undefined : rangeEntry(scope.query, numberOf(variable, 'varno'));
    const column = numberOf(variable, 'varattno') - 1;
    if (scope === undefined || entry === undefined || column < 0) return assumedNumeric;
    return this.#rangeColumn(entry, column, scope);
  }

  #rangeColumn(entry: TreeNode, column: number, scope: Scope): Known {
    // RTEKind (PostgreSQL, parsenodes.h)
    switch (wordOf(entry, 'rtekind')) {
      case '0':
        return this.#relationColumns(numberOf(entry, 'relid'))[column] ?? assumedNumeric;
      case '1': {
        const query = nodeOf(entry, 'subquery');
        return query === undefined ? assumedNumeric : this.queryColumns({ query, outer: scope })[column];
      }
      case '2':
        return this.#aliasType(listOf(entry, 'joinaliasvars')[column], scope);
      case '3':
        return this.#functionColumn(entry, column, scope);
      case '5':
        return commonOf(
          listOf(entry, 'values_lists').map((row) =>
            isList(row) ? this.#aliasType(row[column], scope) : undefined,
          ),
        );
      case '6':
        return this.#cteColumns(entry, scope)[column];
      case '9':
        return this.#aliasType(listOf(entry, 'groupexprs')[column], scope);
      default:
        return assumedNumeric;
    }
  }

  #aliasType(value: TreeValue | undefined, scope: Scope): Known {
    return isNode(value) ? this.typeOf(value, scope) : assumedNumeric;
  }

  /** A view's columns; a table's column without a modifier stays without a type. */
  #relationColumns(relation: number): readonly Known[] {
    const done = this.#views.get(relation);
    if (done !== undefined) return done;
    this.#views.set(relation, []);
    const text = this.#catalog.viewTree(relation);
    const query = text === undefined ? undefined : queryOf(parseTree(text));
    const columns = query === undefined ? [] : this.queryColumns({ query, outer: undefined });
    this.#views.set(relation, columns);
    return columns;
  }

  /** FROM f(…): one column for each function that gives a number. */
  #functionColumn(entry: TreeNode, column: number, scope: Scope): Known {
    let start = 0;
    for (const item of nodesOf(entry, 'functions')) {
      const count = numberOf(item, 'funccolcount');
      if (column < start + count) {
        const declared = listOf(item, 'funccoltypmods')[column - start];
        const type = typeof declared === 'string' ? typeOfModifier(Number(declared)) : undefined;
        if (type !== undefined || count !== 1) return type ?? assumedNumeric;
        return this.typeOf(nodeOf(item, 'funcexpr'), scope);
      }
      start += count;
    }
    return assumedNumeric;
  }

  #cteColumns(entry: TreeNode, from: Scope): readonly Known[] {
    let scope: Scope | undefined = from;
    for (let level = numberOf(entry, 'ctelevelsup'); level > 0; level -= 1) scope = scope?.outer;
    if (scope === undefined) return [];
    const name = wordOf(entry, 'ctename');
    const cte = nodesOf(scope.query, 'cteList').find((node) => wordOf(node, 'ctename') === name);
    const query = cte === undefined ? undefined : nodeOf(cte, 'ctequery');
    if (cte === undefined || query === undefined) return [];
    const inner = { query, outer: scope };
    return wordOf(cte, 'cterecursive') === 'true' ? this.#startOfRecursion(inner) : this.queryColumns(inner);
  }

  /** The arm that does not refer to itself decides a recursive query's types. */
  #startOfRecursion(scope: Scope): readonly Known[] {
    const arm = nodeOf(scope.query, 'setOperations');
    const left = arm === undefined ? undefined : nodeOf(arm, 'larg');
    const entry = left === undefined ? undefined : rangeEntry(scope.query, numberOf(left, 'rtindex'));
    const query = entry === undefined ? undefined : nodeOf(entry, 'subquery');
    return query === undefined ? [] : this.queryColumns({ query, outer: scope });
  }
}

/** Nothing here is worth a statement that would otherwise run: a tree from a newer server, or a very deep one. */
export const unreadable = (error: unknown): boolean =>
  error instanceof RangeError || (error instanceof Error && error.message.includes('parse tree'));

function resultOid(node: TreeNode): number {
  const field = typeFields[node.name];
  if (field !== undefined) return numberOf(node, field);
  if (node.name !== 'SUBLINK') return -1;
  // EXPR_SUBLINK is the only kind whose value is the subquery's own column.
  if (wordOf(node, 'subLinkType') !== '4') return -1;
  const query = nodeOf(node, 'subselect');
  const entry = query === undefined ? undefined : outputEntries(query)[0];
  const expression = entry === undefined ? undefined : nodeOf(entry, 'expr');
  return expression === undefined ? -1 : resultOid(expression);
}

const outputEntries = (query: TreeNode): readonly TreeNode[] =>
  nodesOf(query, 'targetList').filter((entry) => wordOf(entry, 'resjunk') !== 'true');

/** Numbers of the range table begin with 1. */
function rangeEntry(query: TreeNode, index: number): TreeNode | undefined {
  const entry = listOf(query, 'rtable')[index - 1];
  return isNode(entry) ? entry : undefined;
}

/** CMD_SELECT: without RETURNING no other command has rows. */
const selectCommand = '1';

/** The query whose rows a statement returns: itself, or the one inside CREATE TABLE AS and DECLARE. */
function queryOf(tree: TreeValue): TreeNode | undefined {
  const node = isList(tree) ? tree.find(isNode) : isNode(tree) ? tree : undefined;
  if (node?.name !== 'QUERY') return undefined;
  const utility = nodeOf(node, 'utilityStmt');
  if (utility === undefined) return wordOf(node, 'commandType') === selectCommand ? node : undefined;
  const inner = nodeOf(utility, 'query');
  return inner === undefined ? undefined : queryOf(inner);
}

/**
 * The type modifier of each column that a statement returns: `((p << 16) | s) + 4` for NUMERIC, undefined for the
 * others. `tree` is what the engine prints (`debug_print_parse`), as text or parsed. For CREATE TABLE AS and DECLARE:
 * the columns of their query.
 * A tree that cannot be read or is too deep gives [], as if nothing were NUMERIC.
 *
 * @example
 * // create table sales (pricepaid numeric(8,2), commission numeric(8,2))
 * numericColumns(treeOf('select pricepaid / commission, 1 from sales')) // [1114125, undefined]: NUMERIC(17,9)
 */
export function numericColumns(
  tree: TreeValue,
  catalog: Catalog = emptyCatalog,
): readonly (number | undefined)[] {
  try {
    const query = queryOf(typeof tree === 'string' ? parseTree(tree) : tree);
    if (query === undefined) return [];
    const types = new Typing(catalog).queryColumns({ query, outer: undefined });
    return outputEntries(query).map((entry, index) => {
      const expression = nodeOf(entry, 'expr');
      if (expression === undefined || resultOid(expression) !== numericOid) return undefined;
      return modifierOf(types[index] ?? bareNumeric);
    });
  } catch (error) {
    if (unreadable(error)) return [];
    throw error;
  }
}
