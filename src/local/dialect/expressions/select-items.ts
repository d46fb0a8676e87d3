/** One item of a select list: its expression and the alias behind it, found without knowing the grammar of expressions. */
import type { Piece } from '../pieces.js';
import { nameOf } from '../reader.js';
import { isConstant } from './context.js';
import type { Item } from './query-blocks.js';

export interface SelectItem {
  /** The first and last piece of the expression. */
  readonly first: number;
  readonly last: number;
  /** The piece that is its alias, and the name that it gives. */
  readonly alias?: { readonly index: number; readonly name: string };
}

/** Words that end an expression, so that they are no alias without AS. */
const notAlias: ReadonlySet<string> = new Set(
  (
    'NULL TRUE FALSE UNKNOWN END PRECISION VARYING ZONE ISNULL NOTNULL DAY HOUR MINUTE SECOND MONTH YEAR CURRENT_DATE ' +
    'CURRENT_TIMESTAMP CURRENT_TIME SYSDATE USER CURRENT_USER SESSION_USER'
  ).split(' '),
);

/** Words that an operand follows, so that the name behind them is no alias. */
const beforeOperand: ReadonlySet<string> = new Set(
  (
    'AND OR NOT LIKE ILIKE TO IS IN BETWEEN ZONE THEN ELSE WHEN CASE DISTINCT ALL COLLATE ESCAPE FROM BY SELECT AS PRIOR ' +
    'APPROXIMATE OVER SIMILAR INTERVAL DATE TIMESTAMP'
  ).split(' '),
);

export function readSelectItem(pieces: readonly Piece[], { first, last }: Item): SelectItem {
  const piece = pieces[last];
  const before = pieces[last - 1];
  if (!piece || !isName(piece) || last === first || before === undefined) return { first, last };
  const alias = { index: last, name: nameOf(piece) };
  if (before.word === 'AS') return last - 2 >= first ? { first, last: last - 2, alias } : { first, last };
  const endsOperand =
    before.text === ')' ||
    before.text === ']' ||
    before.text === '*' ||
    isConstant(before) ||
    before.kind === 'parameter' ||
    (isName(before) && !beforeOperand.has(before.word));
  if (!endsOperand || notAlias.has(piece.word) || pieces[last - 2]?.word === 'COLLATE')
    return { first, last };
  return { first, last: last - 1, alias };
}

export function isName(piece: Piece | undefined): boolean {
  return piece?.kind === 'identifier' || piece?.kind === 'quoted-identifier';
}

/** Whether the item is `*` or `t.*`. */
export function isStar(pieces: readonly Piece[], { last }: SelectItem): boolean {
  return pieces[last]?.text === '*' && (pieces[last - 1]?.text === '.' || !endsValue(pieces[last - 1]));
}

function endsValue(piece: Piece | undefined): boolean {
  return piece?.text === ')' || isConstant(piece) || (isName(piece) && !beforeOperand.has(piece?.word ?? ''));
}
