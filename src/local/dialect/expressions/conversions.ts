/**
 * CONVERT(type, expression) and the other spellings of a cast. Names of types are rewritten by somebody else, before.
 */
import { argumentsOf } from '../pieces.js';
import { type Rule, callAt } from './context.js';

/** AWS manual, CONVERT function: a cast with its arguments the other way round, and a column called as a cast's is. */
export const convert: Rule = ({ pieces, edits }, index) => {
  const call = callAt(pieces, index);
  const [type, value, more] = call ? argumentsOf(pieces, call.open) : [];
  if (!call || !type || !value || more || type.last < type.first || value.last < value.first)
    return undefined;
  const kind = pieces[type.first]?.kind;
  if (kind !== 'identifier' && kind !== 'quoted-identifier') return undefined;
  const text = edits.rendered(type.first, type.last);
  edits.replace(index, index, 'CAST');
  edits.replace(type.first, type.last + 1, '');
  edits.insertBefore(call.close, ` AS ${text}`);
  return undefined;
};
