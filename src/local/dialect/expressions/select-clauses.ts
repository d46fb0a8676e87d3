/**
 * What Redshift's SELECT has and the engine's does not: TOP, QUALIFY, GROUP BY ALL (AWS manual, SELECT). One block after
 * the other, the innermost first, when the expressions in them have been rewritten.
 */
import type { Refusal } from '../plan.js';
import { nameOf } from '../reader.js';
import { type Context, invalid, isConstant } from './context.js';
import { isBody } from './navigation.js';
import { rewriteOuterJoins } from './outer-joins.js';
import { type Clause, type QueryBlock, clauseOf, lastOfBody } from './query-blocks.js';
import { isName, readSelectItem } from './select-items.js';

export function rewriteClauses(context: Context): Refusal | undefined {
  for (const block of context.blocks.toReversed()) {
    const refusal = rewriteBlock(context, block);
    if (refusal) return refusal;
  }
  return undefined;
}

function rewriteBlock(context: Context, block: QueryBlock): Refusal | undefined {
  const outer = rewriteOuterJoins(context, block);
  if (outer) return outer;
  const group = clauseOf(block, 'group');
  if (group) groupByAll(context, block, group);
  const qualify = clauseOf(block, 'qualify');
  if (block.combined && qualify) {
    context.edits.insertBefore(block.select, '(');
    filter(context, block, qualify);
    context.edits.insertAfter(lastOfBody(block), ')');
    return undefined;
  }
  if (block.top && clauseOf(block, 'limit')) {
    const at = context.pieces[block.top.first]?.start ?? 0;
    return invalid('TOP and LIMIT cannot both be used in the same query', at);
  }
  if (qualify) filter(context, block, qualify);
  if (block.top) {
    // A TOP without OFFSET stands where LIMIT would; FOR UPDATE is the only thing that may follow.
    const tail = block.clauses.find(({ name }) => name === 'offset' || name === 'for');
    context.edits.insertAfter((tail?.first ?? block.last + 1) - 1, ` LIMIT ${topNumber(context, block)}`);
  }
  return undefined;
}

/** Takes TOP and its number away and gives the number. */
function topNumber({ edits }: Context, { top }: QueryBlock): string {
  if (!top) return 'ALL';
  const number = edits.rendered(top.first + 1, top.last);
  edits.replace(top.first, top.last, '');
  return number;
}

/**
 * QUALIFY filters rows by what window functions gave. The engine drops a row of a list in which a set-returning
 * function gives nothing, and it may stand in ORDER BY, so that the columns stay as they are.
 */
function filter(context: Context, block: QueryBlock, qualify: Clause): void {
  const { edits } = context;
  const condition = isBody(context.pieces)
    ? withAliases(context, block, qualify)
    : edits.rendered(qualify.first + 1, qualify.last);
  edits.replace(qualify.first, qualify.last, '');
  const order = clauseOf(block, 'order');
  if (block.distinct || block.combined || !order) {
    const at = qualify.first;
    edits.insertAfter(at, ` ORDER BY rs_qualify(${condition})`);
    if (block.distinct) {
      edits.insertBefore(block.select, 'SELECT DISTINCT * FROM (');
      const distinct = context.pieces.findIndex(
        (piece, index) => index > block.select && piece.word === 'DISTINCT',
      );
      edits.replace(distinct, distinct, '');
      edits.insertAfter(at, ') AS rs_distinct');
    }
    return;
  }
  edits.insertAfter(order.last, `, rs_qualify(${condition})`);
}

/** The condition of QUALIFY with aliases replaced by what they name: in a procedure's body, where no catalog is asked. */
function withAliases(context: Context, block: QueryBlock, qualify: Clause): string {
  const { pieces, edits } = context;
  const aliases = aliasesOf(context, block);
  let out = '';
  let from = qualify.first + 1;
  for (let index = from; index <= qualify.last; index++) {
    const piece = pieces[index];
    if (!piece || !isName(piece) || pieces[index - 1]?.text === '.' || pieces[index + 1]?.text === '.')
      continue;
    if (pieces[index + 1]?.text === '(') continue;
    const meaning = aliases.get(nameOf(piece));
    if (meaning === undefined) continue;
    if (index > from) out += `${edits.rendered(from, index - 1)} `;
    out += `(${meaning}) `;
    from = index + 1;
  }
  if (from <= qualify.last) out += edits.rendered(from, qualify.last);
  return out;
}

/** What the aliases of a list stand for, by name. */
function aliasesOf({ pieces, edits }: Context, block: QueryBlock): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const item of block.items) {
    const { first, last, alias } = readSelectItem(pieces, item);
    if (alias) aliases.set(alias.name, edits.rendered(first, last));
  }
  return aliases;
}

const aggregates: ReadonlySet<string> = new Set(
  (
    'ANY_VALUE AVG COUNT LISTAGG MAX MEDIAN MIN PERCENTILE_CONT PERCENTILE_DISC STDDEV STDDEV_SAMP STDDEV_POP SUM ' +
    'VARIANCE VAR_SAMP VAR_POP BIT_AND BIT_OR BOOL_AND BOOL_OR APPROXIMATE HLL HLL_CREATE_SKETCH HLL_COMBINE GROUPING'
  ).split(' '),
);

/** GROUP BY ALL groups by every item that holds no aggregate (AWS manual, GROUP BY clause). */
function groupByAll({ pieces, edits }: Context, block: QueryBlock, group: Clause): void {
  if (pieces[group.first + 2]?.word !== 'ALL' || group.last !== group.first + 2) return;
  const ordinals = block.items.flatMap(({ first, last }, at) => {
    for (let index = first; index <= last; index++) {
      const piece = pieces[index];
      if (piece && aggregates.has(piece.word) && isCalled(pieces[index + 1])) return [];
    }
    return first === last && isConstant(pieces[first]) ? [] : [String(at + 1)];
  });
  if (ordinals.length === 0) edits.replace(group.first, group.last, '');
  else edits.replace(group.last, group.last, ordinals.join(', '));
}

function isCalled(next: { text: string; word: string } | undefined): boolean {
  return next?.text === '(' || next?.word === 'COUNT' || next?.word === 'PERCENTILE_DISC';
}
