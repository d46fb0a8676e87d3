/**
 * How far the operands of `/` reach in a statement's text, by PostgreSQL's precedence of operators (its manual, 4.1.6).
 * It reads pieces and knows no types.
 */
import type { Piece } from '../dialect/pieces.js';

/** Words that an expression begins behind. Everything else in capitals can be part of one. */
const beginners = new Set(
  (
    'ALL AND ANY AS BETWEEN BY CASE CHECK DEFAULT DISTINCT ELSE ESCAPE EXCEPT FIRST FOR FROM GROUPS HAVING ILIKE IN INTERSECT ' +
    'INTO IS LIKE LIMIT MINUS NEXT NOT OFFSET ON OR QUALIFY RANGE RETURN RETURNING ROWS SELECT SET SOME SYMMETRIC THEN TO TOP ' +
    'UNION USING VALUES VARIADIC WHEN WHERE'
  ).split(' '),
);

/** What follows the brackets of a call or of a type. */
const behindCall = new Set('AT COLLATE FILTER IGNORE NULLS OVER RESPECT WITH WITHIN WITHOUT'.split(' '));

/** Operators that bind as tightly as `/`, or tighter. */
const tight = new Set(['*', '/', '%', '^', '::', '.']);

const isOperator = (piece: Piece): boolean => /^[~!@#^&|`?+\-*/%<>=:]+$/.test(piece.text);

/** Signs may be glued to an operator, as in `a/-b`: they belong to what follows (PostgreSQL, scan.l). */
export const withoutSigns = (text: string): string =>
  /^[*/<>=+-]{2,}$/.test(text) ? text.replace(/[+-]+$/, '') || text.slice(0, 1) : text;

/** Whether a piece divides, with signs behind it or without. */
export const isDivision = ({ text }: Piece): boolean => withoutSigns(text) === '/';

/**
 * The first piece of what stands before the `/` at `at`; undefined when it cannot be told.
 * @param known what was found for divisions further left: a long chain of them is read once
 */
export function firstOfLeft(
  pieces: readonly Piece[],
  at: number,
  known?: ReadonlyMap<number, number | undefined>,
): number | undefined {
  const depth = pieces[at]?.depth ?? 0;
  let first = at;
  for (let index = at - 1; index >= 0; index -= 1) {
    const piece = pieces[index];
    if (piece === undefined || piece.depth < depth) break;
    // Division leans to the left: what stands before one of the same level is before this one as well.
    if (known?.has(index) === true) return known.get(index);
    if (piece.text === ')' || piece.text === ']') {
      if (piece.pair < 0) return undefined;
      index = piece.pair;
    } else if (piece.word === 'END') {
      const start = caseOf(pieces, index);
      if (start === undefined) return undefined;
      index = start;
    } else if (/^[+-]+$/.test(piece.text)) {
      if (!isSign(pieces, index)) break;
    } else if (!tight.has(withoutSigns(piece.text))) {
      if (piece.text === ',' || piece.text === ';' || isOperator(piece) || beginners.has(piece.word)) break;
    }
    first = index;
    // DISTINCT ON (x) a / b: a bracket that is closed belongs to something else.
    const before = pieces[index - 1];
    if (isValue(pieces[first]) && before?.text === ')' && before.depth === depth) break;
  }
  return first === at ? undefined : first;
}

const isValue = (piece: Piece | undefined): boolean =>
  piece !== undefined &&
  /^(?:identifier|quoted-identifier|number|parameter)$/.test(piece.kind) &&
  !behindCall.has(piece.word);

/** Whether `+` or `-` is no operator between two values. */
function isSign(pieces: readonly Piece[], index: number): boolean {
  const piece = pieces[index];
  const before = pieces[index - 1];
  if (piece === undefined || before === undefined || before.depth < piece.depth) return true;
  if (before.text === ')' || before.text === ']') return false;
  return before.text === ',' || isOperator(before) || beginners.has(before.word);
}

function caseOf(pieces: readonly Piece[], end: number): number | undefined {
  const depth = pieces[end]?.depth ?? 0;
  let open = 0;
  for (let index = end; index >= 0; index -= 1) {
    const piece = pieces[index];
    if (piece === undefined || piece.depth < depth) return undefined;
    if (piece.depth > depth) continue;
    if (piece.word === 'END') open += 1;
    if (piece.word === 'CASE') open -= 1;
    if (open === 0) return index;
  }
  return undefined;
}

function endOf(pieces: readonly Piece[], start: number): number | undefined {
  const depth = pieces[start]?.depth ?? 0;
  let open = 0;
  for (let index = start; index < pieces.length; index += 1) {
    const piece = pieces[index];
    if (piece === undefined || piece.depth < depth) return undefined;
    if (piece.depth > depth) continue;
    if (piece.word === 'CASE') open += 1;
    if (piece.word === 'END') open -= 1;
    if (open === 0) return index;
  }
  return undefined;
}

/** The last piece of what stands behind the `/` at `at`; undefined when it cannot be told. */
export function lastOfRight(pieces: readonly Piece[], at: number): number | undefined {
  let index = at + 1;
  while (/^[+-]+$/.test(pieces[index]?.text ?? '')) index += 1;
  let last = lastOfPrimary(pieces, index);
  while (last !== undefined) {
    const next = pieces[last + 1];
    if (next?.text === '::') last = lastOfType(pieces, last + 2);
    else if (next?.text === '[') last = next.pair < 0 ? undefined : next.pair;
    else if (next?.text.startsWith('^') === true) last = lastOfRight(pieces, last + 1);
    else if (next?.word === 'COLLATE') last += 2;
    else return last;
  }
  return undefined;
}

function lastOfPrimary(pieces: readonly Piece[], index: number): number | undefined {
  const piece = pieces[index];
  if (piece === undefined) return undefined;
  if (piece.text === '(') return piece.pair < 0 ? undefined : piece.pair;
  switch (piece.kind) {
    case 'number':
    case 'parameter':
    case 'string':
    case 'escape-string':
    case 'dollar-string':
      return index;
    case 'identifier':
    case 'quoted-identifier':
      break;
    default:
      return undefined;
  }
  if (piece.word === 'CASE') return endOf(pieces, index);
  if (beginners.has(piece.word)) return undefined;
  let last = index;
  while (pieces[last + 1]?.text === '.') last += 2;
  const next = pieces[last + 1];
  // A literal of a named type: DATE '2020-01-01'.
  if (next?.kind === 'string') return last + 1;
  return next?.text === '(' ? lastOfCall(pieces, next.pair) : last;
}

/** Behind the brackets of a call: WITHIN GROUP, FILTER, IGNORE NULLS, OVER. */
function lastOfCall(pieces: readonly Piece[], close: number): number | undefined {
  let last: number = close;
  while (last >= 0) {
    const next = pieces[last + 1];
    const open = pieces[last + (next?.word === 'WITHIN' ? 3 : 2)];
    if (next?.word === 'IGNORE' || next?.word === 'RESPECT') last += 2;
    else if (next?.word === 'OVER' && open?.text !== '(') last += 2;
    else if (next?.word === 'OVER' || next?.word === 'FILTER' || next?.word === 'WITHIN')
      last = open?.pair ?? -1;
    else return last;
  }
  return undefined;
}

const secondWords: Readonly<Record<string, string>> = {
  DOUBLE: 'PRECISION',
  CHARACTER: 'VARYING',
  CHAR: 'VARYING',
  BIT: 'VARYING',
};

function lastOfType(pieces: readonly Piece[], index: number): number | undefined {
  let last = index;
  const piece = pieces[last];
  if (piece?.kind !== 'identifier' && piece?.kind !== 'quoted-identifier') return undefined;
  while (pieces[last + 1]?.text === '.') last += 2;
  const second = secondWords[piece.word];
  if (second !== undefined && pieces[last + 1]?.word === second) last += 1;
  const open = pieces[last + 1];
  if (open?.text === '(') {
    if (open.pair < 0) return undefined;
    last = open.pair;
  }
  const zone = pieces[last + 1]?.word;
  if ((zone === 'WITH' || zone === 'WITHOUT') && pieces[last + 2]?.word === 'TIME') last += 3;
  return last;
}
