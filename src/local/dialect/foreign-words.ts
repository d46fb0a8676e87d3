/**
 * What the engine's grammar takes inside queries and Redshift's does not (AWS manual, Unsupported PostgreSQL features),
 * so that it cannot slip through. Function calls are hidden on the engine itself; only what is syntax is seen here.
 */
import { refuse } from './answer.js';
import type { Piece } from './pieces.js';
import { type Refusal, syntaxError } from './plan.js';
import { unexpectedAt } from './reader.js';

/** Functions of the engine that are part of its grammar, so no catalog can hide them. */
const grammarFunctions = new Set(
  (
    'XMLELEMENT XMLFOREST XMLPARSE XMLROOT XMLCONCAT XMLPI XMLSERIALIZE XMLTABLE XMLEXISTS JSON_TABLE JSON_QUERY ' +
    'JSON_VALUE JSON_EXISTS JSON_SCALAR JSON_OBJECT JSON_ARRAY JSON_OBJECTAGG JSON_ARRAYAGG NORMALIZE MERGE_ACTION'
  ).split(' '),
);

/** The collations of columns and databases (AWS manual, CREATE TABLE). */
const caseFolding = new Set(['CASE_SENSITIVE', 'CASE_INSENSITIVE', 'CS', 'CI']);

/** What follows a query's list of columns. */
const behindList = new Set(
  ') ; FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION INTERSECT EXCEPT'.split(' '),
);

/** The first thing that Redshift would not understand. */
export function refuseForeign(pieces: readonly Piece[], catalog: boolean): Refusal | undefined {
  for (const index of pieces.keys()) {
    const problem = foreignAt(pieces, index, catalog);
    if (problem) return problem;
  }
  return undefined;
}

function foreignAt(pieces: readonly Piece[], index: number, catalog: boolean): Refusal | undefined {
  const piece = pieces[index];
  if (!piece) return undefined;
  if (/^[Uu]&/.test(piece.text) && piece.kind !== 'identifier') return syntaxError(piece.text, piece.start);
  if (piece.word === '' || pieces[index - 1]?.text === '.') return undefined;
  const next = pieces[index + 1];
  const unexpected = () => syntaxError(piece.text, piece.start);
  switch (piece.word) {
    case 'RETURNING':
    case 'TABLESAMPLE':
      return unexpected();
    case 'ON':
      return next?.word === 'CONFLICT' && isConflict(pieces, index + 2)
        ? syntaxError('ON', piece.start)
        : undefined;
    case 'FOR':
      return next && ['UPDATE', 'SHARE', 'NO', 'KEY'].includes(next.word) && isLocking(pieces, index + 1)
        ? refuse('0A000', 'SELECT FOR UPDATE/SHARE is not supported', piece.start)
        : undefined;
    case 'OVER':
      return pieces[index - 1]?.text === ')' && next?.kind === 'identifier'
        ? syntaxError(next.text, next.start)
        : undefined;
    case 'FETCH':
      return next && ['FIRST', 'NEXT'].includes(next.word) && index > 0 && isRowCount(pieces, index)
        ? unexpected()
        : undefined;
    case 'VALUES':
      return pieces[index - 1]?.text === '(' && next?.text === '('
        ? refuse('0A000', 'VALUES lists as constant tables are not supported', piece.start)
        : undefined;
    case 'ROW':
      return next?.text === '(' && pieces[index - 1]?.word !== 'EACH'
        ? refuse('0A000', 'Row constructors are not supported', piece.start)
        : undefined;
    case 'ROWS':
      return next?.word === 'FROM' && pieces[index + 2]?.text === '(' ? unexpected() : undefined;
    case 'ORDINALITY':
      return pieces[index - 1]?.word === 'WITH' ? unexpected() : undefined;
    case 'MATERIALIZED':
      return next?.text === '(' && ['AS', 'NOT'].includes(pieces[index - 1]?.word ?? '')
        ? unexpected()
        : undefined;
    case 'COLLATE':
      return next?.text === '(' || catalog || caseFolding.has(next?.word ?? '') ? undefined : unexpected();
    case 'SET':
      // UPDATE … SET (a, b) = …
      return next?.text === '(' && index > 1 ? syntaxError('(', next.start) : undefined;
    case 'SELECT':
      // A query without any column is PostgreSQL's alone.
      return !next || behindList.has(next.word || next.text) ? unexpectedAt(pieces, index + 1) : undefined;
    case 'DISTINCT':
      return pieces[index - 1]?.word === 'NOT' && pieces[index - 2]?.word === 'IS' ? unexpected() : undefined;
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
    case 'MERGE':
      return pieces[index - 1]?.text === '(' && pieces[index - 2]?.word === 'AS' ? unexpected() : undefined;
    case 'DATA':
      return next === undefined && ['WITH', 'NO'].includes(pieces[index - 1]?.word ?? '')
        ? unexpected()
        : undefined;
    case 'OVERRIDING':
      return next?.word === 'SYSTEM' || next?.word === 'USER' ? unexpected() : undefined;
    default:
      return grammarFunctions.has(piece.word) && next?.text === '('
        ? refuse('42883', `function ${piece.text.toLowerCase()}() does not exist`, piece.start)
        : undefined;
  }
}

function isConflict(pieces: readonly Piece[], index: number): boolean {
  const piece = pieces[index];
  return piece?.text === '(' || piece?.word === 'DO' || piece?.word === 'ON';
}

/** Not SUBSTRING(x FOR …), nor the FOR of a cursor or a loop. */
function isLocking(pieces: readonly Piece[], index: number): boolean {
  const next = pieces[index + 1];
  if (pieces[index]?.word === 'NO' || pieces[index]?.word === 'KEY')
    return next?.word === 'KEY' || next?.word === 'SHARE';
  return next === undefined || [')', ';', 'OF', 'NOWAIT', 'SKIP'].includes(next.word || next.text);
}

function isRowCount(pieces: readonly Piece[], index: number): boolean {
  return pieces.slice(index + 1, index + 8).some((piece) => piece.word === 'ROW' || piece.word === 'ROWS');
}
