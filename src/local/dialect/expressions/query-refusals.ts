/**
 * Two rules of whole queries that Redshift has and the engine has not: one order for all sorting aggregates of a query,
 * and no LIMIT inside of a set operation.
 */
import type { Piece } from '../pieces.js';
import { argumentsOf } from '../pieces.js';
import type { Refusal } from '../plan.js';
import { type Context, invalid } from './context.js';
import { type QueryBlock, clauseOf, isSetOperator } from './query-blocks.js';
import { windowCallAt } from './window-call.js';

export function refuseQueries({ pieces, blocks }: Context): Refusal | undefined {
  for (const block of blocks) {
    const refusal = limitInside(pieces, block) ?? differentOrders(pieces, block);
    if (refusal) return refusal;
  }
  return undefined;
}

/** AWS manual, UNION, INTERSECT, and EXCEPT, Usage notes. */
function limitInside(pieces: readonly Piece[], block: QueryBlock): Refusal | undefined {
  const limit = clauseOf(block, 'limit') ?? clauseOf(block, 'offset');
  const at = block.top?.first ?? limit?.first;
  if (at === undefined) return undefined;
  let open = block.select - 1;
  let close = block.last + 1;
  let inside = block.top !== undefined && block.combined;
  // However many brackets stand around the query, a set operator may stand outside of them.
  while (!inside && pieces[open]?.text === '(' && pieces[open]?.pair === close) {
    const before = pieces[open - 1]?.word === 'ALL' ? open - 2 : open - 1;
    inside = isSetOperator(pieces, before) || (isOperand(pieces[before]) && isSetOperator(pieces, close + 1));
    if (!isOperand(pieces[before])) break;
    open--;
    close++;
  }
  if (!inside) return undefined;
  return invalid('LIMIT may not be used within input to set operations', pieces[at]?.start ?? 0, '0A000');
}

/** What stands before a query in brackets that is no part of an expression or of FROM. */
function isOperand(before: Piece | undefined): boolean {
  return before === undefined || ['(', ')', ';'].includes(before.text) || before.word === 'AS';
}

/** AWS manual, MEDIAN function, Usage notes; a window has an order of its own. */
function differentOrders(pieces: readonly Piece[], block: QueryBlock): Refusal | undefined {
  let order: string | undefined;
  for (let index = block.select; index <= block.last; index++) {
    const piece = pieces[index];
    if (
      piece?.text === '(' &&
      piece.pair > index &&
      ['SELECT', 'WITH'].includes(pieces[index + 1]?.word ?? '')
    ) {
      // Queries inside are blocks of their own.
      index = piece.pair;
      continue;
    }
    const own = orderOf(pieces, index);
    if (own === undefined) continue;
    if (order !== undefined && own !== order) {
      const message = 'within group ORDER BY clauses for aggregate functions must be the same';
      return invalid(message, piece?.start ?? 0);
    }
    order = own;
  }
  return undefined;
}

/** What a sorting aggregate at `index` sorts by, in small letters without blanks. */
function orderOf(pieces: readonly Piece[], index: number): string | undefined {
  const word = pieces[index]?.word ?? '';
  if (!['LISTAGG', 'MEDIAN', 'PERCENTILE_CONT'].includes(word)) return undefined;
  const call = windowCallAt(pieces, index);
  if (!call || call.over) return undefined;
  if (word === 'MEDIAN') {
    const [argument] = argumentsOf(pieces, call.open);
    return argument && text(pieces, argument.first, argument.last);
  }
  return call.within && text(pieces, call.within.order.first, call.within.order.last);
}

function text(pieces: readonly Piece[], first: number, last: number): string {
  return pieces
    .slice(first, last + 1)
    .map((piece) => piece.text.toLowerCase())
    .join(' ');
}
