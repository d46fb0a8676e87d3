/**
 * Words without brackets that stand for a date or a time. Redshift reads them as the literal 'now' of a type and names
 * the column after that type (AWS manual, SYSDATE function; CURRENT_DATE function).
 */
import { type Rule, isQualified } from './context.js';

/** All of them are the time at which the transaction began. */
function now(type: string): Rule {
  return ({ pieces, edits }, index) => {
    const next = pieces[index + 1];
    if (isQualified(pieces, index) || pieces[index - 1]?.word === 'AS') return undefined;
    if (next?.text === '(' || next?.text === '.') return undefined;
    edits.replace(index, index, `('now'::text)::${type}`);
    return undefined;
  };
}

export const sysdate = now('timestamp');
export const currentDate = now('date');
export const currentTime = now('timetz');
export const currentTimestamp = now('timestamptz');
export const localTime = now('time');
