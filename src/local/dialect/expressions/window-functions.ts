/**
 * Window functions: IGNORE NULLS, which the engine does not have, and the rule that an aggregate with ORDER BY in OVER
 * needs a frame (AWS manual, Window functions).
 */
import { argumentsOf } from '../pieces.js';
import { type Refusal, syntaxError } from '../plan.js';
import { type Context, type Rule, invalid } from './context.js';
import { keepLabel } from './labels.js';
import { type WindowCall, windowCallAt } from './window-call.js';

/** AWS manual, SUM window function and its like. */
export const aggregate: Rule = ({ pieces }, index) => {
  const call = windowCallAt(pieces, index);
  return frameRefusal(pieces, call, true);
};

/** AWS manual, FIRST_VALUE and LAST_VALUE window functions, NTH_VALUE window function. */
export const frameValue: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = windowCallAt(pieces, index);
  if (!call) return undefined;
  const refusal = frameRefusal(pieces, call, true);
  if (refusal) return refusal;
  const name = (pieces[index]?.word ?? '').toLowerCase();
  takeNulls(context, call);
  if (call.nulls?.ignore) {
    edits.replace(index, index, `rs_${name}`);
    keepLabel(context, index, call.last, name);
  }
  return undefined;
};

/** AWS manual, LAG window function and LEAD window function: the frame is what lies on their side of the row. */
export const neighbour: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = windowCallAt(pieces, index);
  if (!call?.over) return undefined;
  const name = (pieces[index]?.word ?? '').toLowerCase();
  if (call.over.frame >= 0) {
    return syntaxError(pieces[call.over.frame]?.text ?? '', pieces[call.over.frame]?.start ?? 0);
  }
  takeNulls(context, call);
  if (!call.nulls?.ignore) return undefined;
  const given = argumentsOf(pieces, call.open).length;
  edits.replace(index, index, `rs_${name}`);
  if (given === 1) edits.insertBefore(call.nulls.word < call.close ? call.nulls.word : call.close, ', 1');
  const frame =
    name === 'lag'
      ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING'
      : 'ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING';
  edits.insertBefore(call.over.close, ` ${frame}`);
  keepLabel(context, index, call.last, name);
  return undefined;
};

/** AWS manual, Window functions: a frame is for functions that count over one. */
export const ranking: Rule = ({ pieces }, index) => {
  const call = windowCallAt(pieces, index);
  return frameRefusal(pieces, call, false);
};

/** AWS manual, NTILE window function: a BIGINT. */
export const ntile: Rule = (context, index) => {
  const call = windowCallAt(context.pieces, index);
  if (call?.over) context.edits.insertAfter(call.last, '::bigint');
  return ranking(context, index);
};

/** Deletes IGNORE NULLS or RESPECT NULLS; the second is what the engine does anyway. */
function takeNulls({ edits }: Context, call: WindowCall): void {
  if (call.nulls) edits.replace(call.nulls.word, call.nulls.word + 1, '');
}

function frameRefusal(
  pieces: Context['pieces'],
  call: WindowCall | undefined,
  counts: boolean,
): Refusal | undefined {
  const over = call?.over;
  if (!over) return undefined;
  const frame = pieces[over.frame];
  if (frame && frame.word !== 'ROWS') return syntaxError(frame.text, frame.start);
  if (counts && over.order >= 0 && !frame) {
    const message = 'Aggregate window functions with an ORDER BY clause require a frame clause';
    return invalid(message, pieces[over.word]?.start ?? 0);
  }
  return undefined;
}
