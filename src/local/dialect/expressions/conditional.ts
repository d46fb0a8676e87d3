/**
 * NVL, NVL2, DECODE and NULLIF. The first three are other names for COALESCE and CASE, and Redshift names their columns
 * so as well (AWS manual, NVL and COALESCE functions; NVL2 function; DECODE function).
 */
import { argumentsOf } from '../pieces.js';
import type { Refusal } from '../plan.js';
import { type Call, type Context, type Rule, callAt, invalid, isConstant } from './context.js';
import { expressionLabel, keepLabel } from './labels.js';
import type { Item } from './query-blocks.js';

/** A statement is not made larger than this by writing an expression twice. */
const largestCopy = 1_000_000;

export const nvl: Rule = (context, index) => {
  if (callAt(context.pieces, index)) context.edits.replace(index, index, 'COALESCE');
  return undefined;
};

export const nvl2: Rule = ({ pieces, edits }, index) => {
  const call = callAt(pieces, index);
  const [value, filled, empty, more] = call ? argumentsOf(pieces, call.open) : [];
  if (!call || !value || !filled || !empty || more) return undefined;
  edits.replace(index, index, 'CASE WHEN ');
  edits.replace(value.last + 1, value.last + 1, ') IS NOT NULL THEN (');
  edits.replace(filled.last + 1, filled.last + 1, ') ELSE (');
  edits.replace(call.close, call.close, ') END');
  return undefined;
};

/** A search that is NULL matches NULL, so only constants can be compared the way that a simple CASE does. */
export const decode: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = callAt(pieces, index);
  if (!call) return undefined;
  const [value, ...rest] = argumentsOf(pieces, call.open);
  if (!value || rest.length < 2 || rest.some(isMissing) || isMissing(value)) return undefined;
  const searches = rest.filter((_, at) => at % 2 === 0 && at + 1 < rest.length);
  if (searches.every((search) => isPlainConstant(context, search))) {
    simpleCase(context, call, value, rest);
    return undefined;
  }
  const copy = edits.rendered(value.first, value.last);
  if (copy.length * searches.length > largestCopy) return tooLarge(context, index);
  edits.replace(index, index, 'CASE WHEN ');
  edits.replace(value.last + 1, value.last + 1, ') IS NOT DISTINCT FROM (');
  for (const [at, item] of rest.entries()) {
    const separator = item.last + 1;
    if (separator === call.close) continue;
    if (at % 2 === 0) edits.replace(separator, separator, ') THEN (');
    else if (at + 2 < rest.length) {
      edits.replace(separator, separator, `) WHEN (${copy}) IS NOT DISTINCT FROM (`);
    } else edits.replace(separator, separator, ') ELSE (');
  }
  edits.replace(call.close, call.close, ') END');
  return undefined;
};

function simpleCase({ edits }: Context, call: Call, value: Item, rest: readonly Item[]): void {
  edits.replace(call.name, call.name, 'CASE ');
  edits.replace(value.last + 1, value.last + 1, ') WHEN (');
  for (const [at, item] of rest.entries()) {
    const separator = item.last + 1;
    if (separator === call.close) continue;
    if (at % 2 === 0) edits.replace(separator, separator, ') THEN (');
    else edits.replace(separator, separator, at + 2 < rest.length ? ') WHEN (' : ') ELSE (');
  }
  edits.replace(call.close, call.close, ') END');
}

/** The column of NULLIF is called as its first argument is, or else `case` (AWS manual, NULLIF function). */
export const nullif: Rule = (context, index) => {
  const call = callAt(context.pieces, index);
  const [first] = call ? argumentsOf(context.pieces, call.open) : [];
  if (!call || !first) return undefined;
  keepLabel(context, index, call.close, expressionLabel(context.pieces, first.first, first.last) ?? 'case');
  return undefined;
};

function isMissing(item: Item): boolean {
  return item.last < item.first;
}

function isPlainConstant({ pieces }: Context, { first, last }: Item): boolean {
  if (last === first) return isConstant(pieces[first]);
  const sign = pieces[first]?.text;
  return last === first + 1 && (sign === '-' || sign === '+') && pieces[last]?.kind === 'number';
}

function tooLarge({ pieces }: Context, index: number): Refusal {
  return invalid('statement too complex for the local Redshift', pieces[index]?.start ?? 0, '54001');
}
