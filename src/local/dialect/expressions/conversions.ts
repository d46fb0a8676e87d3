/** CONVERT(type, expression), a cast in other words. */
import { argumentsOf } from '../pieces.js';
import { readType } from '../types.js';
import { type Rule, callAt } from './context.js';

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
