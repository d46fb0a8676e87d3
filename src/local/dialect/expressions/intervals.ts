/**
 * INTERVAL literals with a qualifier, which are of Redshift's two interval types (AWS manual, Interval data types and
 * literals). Those without one stay what the engine makes of them.
 */
import type { Piece } from '../pieces.js';
import { literalValue } from '../reader.js';
import { type Rule, invalid, isQualified } from './context.js';

const yearToMonth: ReadonlySet<string> = new Set(['YEAR', 'MONTH']);
const dayToSecond: ReadonlySet<string> = new Set(['DAY', 'HOUR', 'MINUTE', 'SECOND']);
const yearMonthUnit =
  /(?:^|[^a-z])(?:millenni|cent|dec|y|yr|year|mon|month|qtr|quarter)(?:s|um|a|ury|uries|ade|ades)?(?![a-z])/i;
const daySecondUnit =
  /(?:^|[^a-z])(?:w|week|d|day|h|hr|hour|m|min|minute|s|sec|second|ms|us|msec|usec|millisecond|microsecond)s?(?![a-z])|:/i;

export const interval: Rule = ({ pieces, edits }, index) => {
  const literal = pieces[index + 1];
  const text = literal && literalValue(literal);
  if (literal === undefined || text === undefined || isQualified(pieces, index)) return undefined;
  const qualifier = qualifierAt(pieces, index + 2);
  if (!qualifier) return undefined;
  const { type, last } = qualifier;
  if (type === 'intervald2s' && yearMonthUnit.test(text)) {
    return composite('Interval Day To Second', 'year-month', literal);
  }
  if (type === 'intervaly2m' && daySecondUnit.test(text)) {
    return composite('Interval Year To Month', 'day-second', literal);
  }
  edits.insertBefore(index, '(');
  edits.insertAfter(last, `)::${type}`);
  return undefined;
};

/** AWS manual, interval_forbid_composite_literals, which is true unless somebody sets it. */
function composite(name: string, part: string, literal: Piece) {
  return invalid(
    `${name} literal cannot contain ${part} parts. Disable the GUC interval_forbid_composite_literals ` +
      `to suppress this error and silently discard the ${part} part.`,
    literal.start,
    '22007',
  );
}

function qualifierAt(
  pieces: readonly Piece[],
  from: number,
): { type: 'intervaly2m' | 'intervald2s'; last: number } | undefined {
  const first = pieces[from]?.word ?? '';
  const family = yearToMonth.has(first) ? yearToMonth : dayToSecond.has(first) ? dayToSecond : undefined;
  if (!family) return undefined;
  let last = from;
  if (pieces[from + 1]?.word === 'TO' && family.has(pieces[from + 2]?.word ?? '')) last = from + 2;
  const open = pieces[last + 1];
  if (open?.text === '(' && open.pair === last + 3 && pieces[last]?.word === 'SECOND') last = open.pair;
  return { type: family === yearToMonth ? 'intervaly2m' : 'intervald2s', last };
}
