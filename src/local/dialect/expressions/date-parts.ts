/**
 * Functions whose first argument is a date part: the part, a bare word or a literal, becomes the literal of its full
 * name (AWS manual, Date parts for date or timestamp functions). Values are the functions' own business.
 */
import type { Piece } from '../pieces.js';
import type { Refusal } from '../plan.js';
import { literalValue, lowerAscii, nameOf } from '../reader.js';
import { type Call, type Context, type Rule, callAt, invalid } from './context.js';
import { keepLabel } from './labels.js';

const parts: ReadonlyMap<string, string> = new Map(
  Object.entries({
    millennium: 'millennia mil mils',
    century: 'centuries c cent cents',
    decade: 'decades dec decs',
    epoch: '',
    year: 'years y yr yrs',
    quarter: 'quarters qtr qtrs',
    month: 'months mon mons',
    week: 'weeks w',
    dow: 'dayofweek dw weekday',
    doy: 'dayofyear dy yearday',
    day: 'days d',
    hour: 'hours h hr hrs',
    minute: 'minutes m min mins',
    second: 'seconds s sec secs',
    millisecond: 'milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon',
    microsecond: 'microseconds microsec microsecs usecond useconds us usec usecs',
    timezone: '',
    timezone_hour: '',
    timezone_minute: '',
  }).flatMap(([name, others]) => [name, ...others.split(' ').filter(Boolean)].map((word) => [word, name])),
);

/** The full name of a date part; undefined for a word that is none. */
export function datePart(word: string): string | undefined {
  return parts.get(lowerAscii(word.trim()));
}

/** `dateadd(day, 1, x)` and its like, under the name that Redshift gives their columns (AWS manual, DATEADD function). */
function partFirst(name: string): Rule {
  return ({ pieces, edits }, index) => {
    const call = callAt(pieces, index);
    if (!call || pieces[index + 3]?.text !== ',') return undefined;
    edits.replace(index, index, name);
    return quotePart({ pieces, edits }, call);
  };
}

export const dateAdd = partFirst('date_add');
export const dateDiff = partFirst('date_diff');
export const pgDatePart = partFirst('pgdate_part');

/** `EXTRACT(part FROM x)`; Redshift names the column after another function (AWS manual, EXTRACT function). */
export const extract: Rule = (context, index) => {
  const call = callAt(context.pieces, index);
  if (!call || context.pieces[index + 3]?.word !== 'FROM') return undefined;
  keepLabel(context, index, call.close, 'date_part');
  return quotePart(context, call);
};

function quotePart({ pieces, edits }: Pick<Context, 'pieces' | 'edits'>, call: Call): Refusal | undefined {
  const piece = pieces[call.open + 1];
  const word = piece && wordOfPart(piece);
  if (piece === undefined || word === undefined) return undefined;
  const part = datePart(word);
  if (part === undefined) return invalid(`timestamp units "${word}" not recognized`, piece.start, '22023');
  edits.replace(call.open + 1, call.open + 1, `'${part}'`);
  return undefined;
}

/** A part is a bare word, a quoted name or a literal; anything else is an expression, which the function refuses. */
function wordOfPart(piece: Piece): string | undefined {
  if (piece.unterminated) return undefined;
  if (piece.kind === 'identifier' || piece.kind === 'quoted-identifier') return nameOf(piece);
  return literalValue(piece);
}
