/**
 * LISTAGG, PERCENTILE_CONT, PERCENTILE_DISC, MEDIAN and APPROXIMATE: WITHIN GROUP goes into the brackets of the call,
 * because the engine has no ordered aggregates over windows. The values are counted by aggregates of the set-up.
 */
import type { Refusal } from '../plan.js';
import { type Context, type Rule, invalid } from './context.js';
import { keepLabel } from './labels.js';
import { type WindowCall, windowCallAt } from './window-call.js';

/** AWS manual, LISTAGG function and LISTAGG window function; what it returns has the length that is cast to. */
export const listagg: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = windowCallAt(pieces, index);
  if (!call) return undefined;
  const refusal = plainWindow(context, call, 'LISTAGG');
  if (refusal) return refusal;
  const distinct = pieces[call.open + 1]?.word === 'DISTINCT';
  if (call.close === call.open + 1) return undefined;
  edits.insertAfter(call.last, '::varchar(65535)');
  if (distinct) {
    edits.replace(index, index, 'rs_listagg_distinct');
    edits.replace(call.open + 1, call.open + 1, '');
    keepLabel(context, index, call.last, 'listagg');
  }
  const { within, over } = call;
  if (within && over) {
    // Over a window the order is the window's, and the frame is the whole of it.
    const order = edits.rendered(within.order.first, within.order.last);
    edits.replace(within.word, within.close, '');
    const frame = 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING';
    edits.insertBefore(over.close, ` ORDER BY ${order} ${frame}`);
  } else if (within) {
    edits.replace(call.close, call.close, '');
    edits.replace(within.word, within.open, '');
  }
  return undefined;
};

/**
 * AWS manual, PERCENTILE_CONT function and window function, PERCENTILE_DISC window function: a function of the share, of
 * whether the order falls, and of all values, sorted.
 */
function percentile(name: string): Rule {
  return (context, index) => {
    const { pieces, edits } = context;
    const call = windowCallAt(pieces, index);
    const within = call?.within;
    if (!call || !within) return undefined;
    const refusal = plainWindow(context, call, name.toUpperCase());
    if (refusal) return refusal;
    edits.replace(index, index, `rs_${name}`);
    edits.replace(call.close, call.close, `, ${takeDirection(context, within.close)}, rs_sorted`);
    edits.replace(within.word, within.word + 1, '');
    edits.replace(within.open + 1, within.open + 2, '');
    edits.insertAfter(call.last, ')');
    keepLabel(context, index, call.last, name);
    return undefined;
  };
}

export const percentileCont = percentile('percentile_cont');
export const percentileDisc = percentile('percentile_disc');

/** Takes ASC, DESC and NULLS … before `close` away and says whether the order falls. NULLs do not count anyway. */
function takeDirection({ pieces, edits }: Context, close: number): boolean {
  let last = close - 1;
  if (pieces[last - 1]?.word === 'NULLS') {
    edits.replace(last - 1, last, '');
    last -= 2;
  }
  const word = pieces[last]?.word;
  if (word === 'DESC' || word === 'ASC') edits.replace(last, last, '');
  return word === 'DESC';
}

/** AWS manual, MEDIAN function and window function: the same as PERCENTILE_CONT(0.5). */
export const median: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = windowCallAt(pieces, index);
  if (!call || call.close === call.open + 1) return undefined;
  const refusal = plainWindow(context, call, 'MEDIAN');
  if (refusal) return refusal;
  edits.replace(index, index, 'rs_percentile_cont(0.5, false, rs_sorted');
  edits.insertAfter(call.last, ')');
  keepLabel(context, index, call.last, 'median');
  return undefined;
};

/** AWS manual, RATIO_TO_REPORT window function: the value beside the sum over the same window. */
export const ratioToReport: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = windowCallAt(pieces, index);
  if (!call?.over || call.close === call.open + 1) return undefined;
  const refusal = plainWindow(context, call, 'RATIO_TO_REPORT');
  if (refusal) return refusal;
  const value = edits.rendered(call.open + 1, call.close - 1);
  edits.replace(index, index, 'rs_ratio');
  edits.replace(call.close, call.close, `, SUM(${value})`);
  edits.insertAfter(call.last, ')');
  keepLabel(context, index, call.last, 'ratio_to_report');
  return undefined;
};

/** AWS manual, COUNT function and APPROXIMATE PERCENTILE_DISC function: the local Redshift counts exactly. */
export const approximate: Rule = ({ pieces, edits }, index) => {
  const next = pieces[index + 1];
  if (pieces[index + 2]?.text !== '(') return undefined;
  const counts = next?.word === 'COUNT' && pieces[index + 3]?.word === 'DISTINCT';
  if (!counts && next?.word !== 'PERCENTILE_DISC') {
    const at = pieces[index]?.start ?? 0;
    return invalid('APPROXIMATE can only be used with COUNT DISTINCT and PERCENTILE_DISC', at, '0A000');
  }
  edits.replace(index, index, '');
  return undefined;
};

/** These functions take PARTITION BY and nothing else in OVER. */
function plainWindow({ pieces }: Context, { over }: WindowCall, name: string): Refusal | undefined {
  const at = over && Math.max(over.order, over.frame);
  if (at === undefined || at < 0) return undefined;
  return invalid(
    `${name} window specification must not contain a window order or frame clause`,
    pieces[at]?.start ?? 0,
  );
}
