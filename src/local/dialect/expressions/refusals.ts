/**
 * What Redshift does not know in expressions and queries though the engine would take it, and what the local Redshift
 * does not have yet. Each is refused by name.
 */
import { type Refusal, syntaxError } from '../plan.js';
import { type Context, type Rule, invalid, isQualified, notYet } from './context.js';

/** Operators of types that Redshift does not have: JSON, arrays, ranges, text search (AWS manual, Unsupported PostgreSQL features). */
const foreignOperators: ReadonlySet<string> = new Set(
  '-> ->> #> #>> @> <@ ?| ?& && -|- @@ @@@ @? <-> &< &>'.split(' '),
);

export function refuseOperators({ pieces, catalog }: Context): Refusal | undefined {
  if (catalog) return undefined;
  for (const piece of pieces) {
    if (piece.kind !== 'operator') continue;
    if (foreignOperators.has(piece.text)) {
      return invalid(`operator does not exist: ${piece.text}`, piece.start, '42883');
    }
  }
  return undefined;
}

/** PostgreSQL's array constructor (AWS manual, Unsupported PostgreSQL data types). */
export const arrayBrackets: Rule = ({ pieces, catalog }, index) => {
  const next = pieces[index + 1];
  if (catalog || next?.text !== '[' || isQualified(pieces, index)) return undefined;
  if (pieces[index - 1]?.word === 'AS') return undefined;
  return {
    ...invalid('ARRAY[…] is not supported', pieces[index]?.start ?? 0, '0A000'),
    hint: 'Use ARRAY(…), which makes a SUPER value.',
  };
};

/** `count(*) FILTER (WHERE …)` reads as an alias with something behind it. */
export const filterClause: Rule = ({ pieces }, index) => {
  const open = pieces[index + 1];
  if (pieces[index - 1]?.text !== ')' || open?.text !== '(' || pieces[index + 2]?.word !== 'WHERE')
    return undefined;
  return syntaxError('(', open.start);
};

export const distinctOn: Rule = ({ pieces }, index) => {
  if (pieces[index - 1]?.word !== 'SELECT' || pieces[index + 1]?.word !== 'ON') return undefined;
  return invalid('SELECT DISTINCT ON is not supported', pieces[index]?.start ?? 0, '0A000');
};

export const lateral: Rule = ({ pieces }, index) => {
  const before = pieces[index - 1];
  const next = pieces[index + 1];
  const inFrom = before?.text === ',' || before?.word === 'FROM' || before?.word === 'JOIN';
  const item = next?.text === '(' || (next?.kind === 'identifier' && pieces[index + 2]?.text === '(');
  if (!inFrom || !item) return undefined;
  return syntaxError(next.text, next.start);
};

/** INTERSECT ALL, EXCEPT ALL and MINUS ALL (AWS manual, UNION, INTERSECT, and EXCEPT). */
export const noAll: Rule = ({ pieces }, index) => {
  const all = pieces[index + 1];
  const next = pieces[index + 2];
  if (all?.word !== 'ALL' || isQualified(pieces, index)) return undefined;
  if (next?.word !== 'SELECT' && next?.text !== '(') return undefined;
  const word = pieces[index]?.word ?? '';
  return invalid(`${word} ALL is not supported`, pieces[index]?.start ?? 0, '0A000');
};

/** MINUS is EXCEPT. */
export const minus: Rule = (context, index) => {
  const { pieces, edits } = context;
  const next = pieces[index + 1];
  if (isQualified(pieces, index) || pieces[index - 1]?.word === 'AS') return undefined;
  if (next?.word === 'ALL') return noAll(context, index);
  if (next?.word === 'SELECT' || next?.word === 'WITH' || next?.text === '(')
    edits.replace(index, index, 'EXCEPT');
  return undefined;
};

/** `SELECT * EXCLUDE …` that is not the names at the end of a list (AWS manual, EXCLUDE column_list). */
export const exclude: Rule = ({ pieces }, index) => {
  const piece = pieces[index];
  if (pieces[index - 1]?.text !== '*' || !piece || pieces[index + 1] === undefined) return undefined;
  return syntaxError(piece.text, piece.start);
};

/** PIVOT ( … ) and UNPIVOT ( … ) that could not be written out: over a join, or not as the manual has them. */
export const pivot: Rule = ({ pieces }, index) => {
  const piece = pieces[index];
  const before = pieces[index - 1];
  if (!piece || isQualified(pieces, index)) return undefined;
  const open = ['INCLUDE', 'EXCLUDE'].includes(pieces[index + 1]?.word ?? '') ? index + 3 : index + 1;
  if (pieces[open]?.text !== '(') return undefined;
  const behindTable =
    before?.text === ')' || before?.kind === 'identifier' || before?.kind === 'quoted-identifier';
  const behindWord = [
    'SELECT',
    'FROM',
    'JOIN',
    'AS',
    'WHERE',
    'AND',
    'OR',
    'NOT',
    'BY',
    'TABLE',
    'INTO',
  ].includes(before?.word ?? '');
  return behindTable && !behindWord ? notYet(piece.word, piece.start) : undefined;
};

export const connectBy: Rule = ({ pieces }, index) => {
  const piece = pieces[index];
  return piece && pieces[index + 1]?.word === 'BY' ? notYet('CONNECT BY', piece.start) : undefined;
};

/** A named window: `FROM t WINDOW w AS (…)` reads as an alias with something behind it. */
export const namedWindow: Rule = ({ pieces }, index) => {
  const name = pieces[index + 1];
  if (name?.kind !== 'identifier' || pieces[index + 2]?.word !== 'AS' || pieces[index + 3]?.text !== '(') {
    return undefined;
  }
  return syntaxError(name.text, name.start);
};

export const objectTransform: Rule = ({ pieces }, index) => {
  const piece = pieces[index];
  return piece && pieces[index + 1]?.text === '(' ? notYet('OBJECT_TRANSFORM', piece.start) : undefined;
};
