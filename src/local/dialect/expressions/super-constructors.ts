/**
 * ARRAY(…) and OBJECT(…), which make SUPER values of values of any type (AWS manual, ARRAY function; OBJECT function).
 * The engine gets one array of SUPER, so that untyped literals are read as what SUPER makes of them.
 */
import { argumentsOf } from '../pieces.js';
import { type Rule, callAt } from './context.js';
import { keepLabel } from './labels.js';

function constructor(name: string, label: string): Rule {
  return (context, index) => {
    const { pieces, edits } = context;
    const call = callAt(pieces, index);
    const starts = ['SELECT', 'WITH', 'VALUES'].includes(pieces[index + 2]?.word ?? '');
    if (!call || starts) return undefined;
    const items = argumentsOf(pieces, call.open);
    if (items.some(({ first, last }) => last < first)) return undefined;
    edits.replace(index, index, name);
    for (const { first, last } of items) {
      edits.insertBefore(first, '(');
      edits.insertAfter(last, ')::super');
    }
    edits.insertAfter(call.open, 'ARRAY[');
    edits.insertBefore(call.close, items.length === 0 ? ']::super[]' : ']');
    keepLabel(context, index, call.close, label);
    return undefined;
  };
}

export const array = constructor('rs_array', 'array');
export const object = constructor('rs_object', 'object');
