/** The rules for expressions by the word that they begin with. One line a word. */
import { collate } from './collations.js';
import * as conditional from './conditional.js';
import { type Rule, callAt, isQualified } from './context.js';
import { convert, tryCast } from './conversions.js';
import * as dates from './date-parts.js';
import { interval } from './intervals.js';
import { keepLabel } from './labels.js';
import * as now from './now.js';
import * as ordered from './ordered-aggregates.js';
import * as refusals from './refusals.js';
import { array, object } from './super-constructors.js';
import * as windows from './window-functions.js';

/** Both rules, the first refusal counts. */
function both(first: Rule, second: Rule): Rule {
  return (context, index) => first(context, index) ?? second(context, index);
}

/** A function whose column Redshift calls after another one. */
function label(name: string): Rule {
  return (context, index) => {
    const call = callAt(context.pieces, index);
    if (call) keepLabel(context, index, call.close, name);
    return undefined;
  };
}

/** A function of Redshift whose name is a keyword of the engine's. */
const ownFunction: Rule = ({ pieces, edits }, index) => {
  const piece = pieces[index];
  if (piece && callAt(pieces, index)) edits.replace(index, index, `"${piece.text.toLowerCase()}"`);
  return undefined;
};

/** `WHERE 1 AND …`, as generated queries begin: a number is true unless it is zero. */
const integerCondition: Rule = ({ pieces, edits }, index) => {
  const number = pieces[index + 1];
  const next = pieces[index + 2];
  const ends =
    next === undefined ||
    [')', ';'].includes(next.text) ||
    ['AND', 'OR', 'GROUP', 'ORDER', 'LIMIT'].includes(next.word);
  if (number?.kind === 'number' && ends) edits.insertAfter(index + 1, ' <> 0');
  return undefined;
};

/** A function that is called without brackets (AWS manual, CURRENT_NAMESPACE). */
const bareFunction: Rule = ({ pieces, edits, blocks }, index) => {
  if (!blocks.some(({ select, last }) => select < index && index <= last)) return undefined;
  const next = pieces[index + 1]?.text;
  const named = isQualified(pieces, index) || pieces[index - 1]?.word === 'AS';
  if (!named && next !== '(' && next !== '.') edits.insertAfter(index, '()');
  return undefined;
};

const table: Readonly<Record<string, Rule>> = {
  DATEADD: dates.dateAdd,
  DATE_ADD: dates.dateAdd,
  DATEDIFF: dates.dateDiff,
  DATE_DIFF: dates.dateDiff,
  DATE_PART: dates.pgDatePart,
  DATEPART: dates.pgDatePart,
  PGDATE_PART: dates.pgDatePart,
  EXTRACT: dates.extract,

  SYSDATE: now.sysdate,
  CURRENT_DATE: now.currentDate,
  CURRENT_TIME: now.currentTime,
  CURRENT_TIMESTAMP: now.currentTimestamp,
  LOCALTIME: now.localTime,
  LOCALTIMESTAMP: now.sysdate,
  CURRENT_AWS_ACCOUNT: bareFunction,
  CURRENT_NAMESPACE: bareFunction,
  CURRENT_USER_ID: bareFunction,

  NVL: conditional.nvl,
  NVL2: conditional.nvl2,
  DECODE: conditional.decode,
  NULLIF: conditional.nullif,

  COLLATE: collate,
  LOG: label('dlog10'),
  JSON_SERIALIZE: ownFunction,

  CONVERT: convert,
  TRY_CAST: tryCast,
  INTERVAL: interval,
  ARRAY: both(refusals.arrayBrackets, array),
  OBJECT: object,

  LISTAGG: ordered.listagg,
  MEDIAN: ordered.median,
  PERCENTILE_CONT: ordered.percentileCont,
  PERCENTILE_DISC: ordered.percentileDisc,
  APPROXIMATE: ordered.approximate,
  RATIO_TO_REPORT: ordered.ratioToReport,

  LAG: windows.neighbour,
  LEAD: windows.neighbour,
  FIRST_VALUE: windows.frameValue,
  LAST_VALUE: windows.frameValue,
  NTH_VALUE: windows.frameValue,
  AVG: windows.aggregate,
  COUNT: windows.aggregate,
  MAX: windows.aggregate,
  MIN: windows.aggregate,
  SUM: windows.aggregate,
  STDDEV: windows.aggregate,
  STDDEV_POP: windows.aggregate,
  STDDEV_SAMP: windows.aggregate,
  VARIANCE: windows.aggregate,
  VAR_POP: windows.aggregate,
  VAR_SAMP: windows.aggregate,
  ROW_NUMBER: windows.ranking,
  RANK: windows.ranking,
  DENSE_RANK: windows.ranking,
  NTILE: windows.ntile,
  CUME_DIST: windows.ranking,
  PERCENT_RANK: windows.ranking,

  DISTINCT: refusals.distinctOn,
  FILTER: refusals.filterClause,
  WHERE: integerCondition,
  HAVING: integerCondition,
  LATERAL: refusals.lateral,
  MINUS: refusals.minus,
  EXCEPT: refusals.noAll,
  INTERSECT: refusals.noAll,
  EXCLUDE: refusals.exclude,
  PIVOT: refusals.pivot,
  UNPIVOT: refusals.pivot,
  CONNECT: refusals.connectBy,
  WINDOW: refusals.namedWindow,
  OBJECT_TRANSFORM: refusals.objectTransform,
};

/** The rule for a word in capitals. */
export const rules: ReadonlyMap<string, Rule> = new Map(Object.entries(table));
