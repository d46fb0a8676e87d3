/** CONVERT and TRY_CAST, which are casts in other words. */
import { argumentsOf, findWord } from '../pieces.js';
import { sqlLiteral } from '../reader.js';
import { readType } from '../types.js';
import { type Rule, callAt, isConstant } from './context.js';
import { expressionLabel, keepLabel } from './labels.js';

/** AWS manual, CONVERT function: a cast with its arguments the other way round, and a column called as a cast's is. */
export const convert: Rule = ({ pieces, edits }, index) => {
  const call = callAt(pieces, index);
  const [type, value, more] = call ? argumentsOf(pieces, call.open) : [];
  if (!call || !type || !value || more || type.last < type.first || value.last < value.first)
    return undefined;
  const read = readType(pieces, type.first, { of: 'cast' });
  if (read?.kind === 'refuse') return read;
  if (read?.last !== type.last) return undefined;
  const text = read.text ?? edits.rendered(type.first, type.last);
  edits.replace(index, index, 'CAST');
  edits.replace(type.first, type.last + 1, '');
  edits.insertBefore(call.close, ` AS ${text}`);
  return undefined;
};

/** AWS manual, TRY_CAST function: NULL where a cast would fail over the value. */
export const tryCast: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = callAt(pieces, index);
  if (!call) return undefined;
  const as = findWord(pieces, call.open + 1, (pieces[call.open]?.depth ?? 0) + 1, 'AS');
  if (as <= call.open + 1 || as + 1 >= call.close) return undefined;
  const type = edits.rendered(as + 1, call.close - 1);
  const label = expressionLabel(pieces, call.open + 1, as - 1) ?? 'try_cast';
  edits.replace(index, index, 'CAST(rs_try_cast');
  // A literal alone has no type that the function could know.
  const isLiteral = as === call.open + 2 && isConstant(pieces[as - 1]) && pieces[as - 1]?.kind !== 'number';
  edits.replace(as, call.close - 1, `${isLiteral ? '::varchar' : ''}, ${sqlLiteral(type)}, NULL::${type}`);
  edits.replace(call.close, call.close, `) AS ${type})`);
  keepLabel(context, index, call.close, label);
  return undefined;
};
