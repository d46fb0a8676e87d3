/**
 * COLLATE(expression, 'case_insensitive'): the engine has COLLATE behind an expression, not as a function (AWS manual,
 * COLLATE function).
 */
import { argumentsOf } from '../pieces.js';
import { literalValue, lowerAscii } from '../reader.js';
import { type Rule, callAt, invalid } from './context.js';
import { keepLabel } from './labels.js';

const collations: ReadonlyMap<string, string> = new Map([
  ['case_insensitive', 'pg_catalog.case_insensitive'],
  ['case_sensitive', 'pg_catalog."default"'],
]);

export const collate: Rule = (context, index) => {
  const { pieces, edits } = context;
  const call = callAt(pieces, index);
  const [value, name, more] = call ? argumentsOf(pieces, call.open) : [];
  if (!call || !value || !name || more || value.last < value.first) return undefined;
  const piece = pieces[name.first];
  const asked = piece && name.first === name.last ? literalValue(piece) : undefined;
  if (piece === undefined || asked === undefined) return undefined;
  const collation = collations.get(lowerAscii(asked));
  if (collation === undefined) {
    return invalid(
      `collation "${asked}" is not supported; use case_sensitive or case_insensitive`,
      piece.start,
      '0A000',
    );
  }
  edits.replace(index, index, '(');
  edits.replace(value.last + 1, name.last, `) COLLATE ${collation}`);
  keepLabel(context, index, call.close, 'collate');
  return undefined;
};
