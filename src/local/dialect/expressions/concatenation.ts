/**
 * `'a' + 'b'`: `+` between texts is concatenation (AWS manual, Examples with character types). Columns tell the engine
 * so by their type; two literals would be anything, so the first of them gets one.
 */
import type { Piece } from '../pieces.js';
import type { Rule } from './context.js';

const operandStarts: ReadonlySet<string> = new Set(
  'SELECT DISTINCT ALL WHERE AND OR NOT WHEN THEN ELSE ON BY HAVING CASE LIKE ILIKE IN BETWEEN SET VALUES RETURN TOP'.split(
    ' ',
  ),
);

export const concatenation: Rule = ({ pieces, edits }, index) => {
  const left = pieces[index - 1];
  if (left?.kind !== 'string' || pieces[index + 1]?.kind !== 'string' || !startsOperand(pieces[index - 2]))
    return undefined;
  edits.insertAfter(index - 1, '::varchar');
  return undefined;
};

/** Whether a literal behind this piece stands alone, and is not the value of a type as in `date '2008-01-01'`. */
function startsOperand(before: Piece | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'identifier') return operandStarts.has(before.word);
  return before.kind === 'operator' || before.text === '(' || before.text === ',';
}
