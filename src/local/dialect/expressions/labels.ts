/**
 * Names of result columns: where a rewriting would change the name that Redshift gives to a column, the name is written
 * out. Only for whole items of a select list that have no alias.
 */
import type { Piece } from '../pieces.js';
import { lowerAscii } from '../reader.js';
import type { Context } from './context.js';
import type { Item } from './query-blocks.js';

/** Names the select item that is nothing but the pieces `first` to `last`, brackets and casts around it aside. */
export function keepLabel(
  context: Pick<Context, 'pieces' | 'edits' | 'blocks'>,
  first: number,
  last: number,
  label: string,
): void {
  const item = wholeItem(context, first, last);
  if (item) context.edits.insertAfter(item.last, ` AS "${label.replaceAll('"', '""')}"`);
}

/** The select item that is nothing but the pieces `first` to `last`. */
function wholeItem(
  context: Pick<Context, 'pieces' | 'blocks'>,
  first: number,
  last: number,
): Item | undefined {
  for (const block of context.blocks) {
    if (block.select > first || block.last < last) continue;
    for (const item of block.items) {
      if (item.first <= first && item.last >= last) {
        if (isWhole(context.pieces, item, first, last)) return item;
        break;
      }
    }
  }
  return undefined;
}

function isWhole(pieces: readonly Piece[], item: Item, first: number, last: number): boolean {
  let from = item.first;
  let to = item.last;
  for (;;) {
    if (from === first && to === last) return true;
    if (from > first || to < last) return false;
    const cast = lastCast(pieces, from, to, last);
    if (cast > 0) {
      to = cast - 1;
    } else if (pieces[from]?.text === '(' && pieces[from]?.pair === to) {
      from++;
      to--;
    } else if (pieces[from]?.word === 'APPROXIMATE') {
      from++;
    } else {
      return false;
    }
  }
}

/** The index of the last `::` between `after` and `to` that a type name follows and nothing else; 0 if there is none. */
function lastCast(pieces: readonly Piece[], from: number, to: number, after: number): number {
  const depth = pieces[from]?.depth;
  for (let index = to; index > after; index--) {
    const piece = pieces[index];
    if (piece?.depth !== depth) continue;
    if (piece?.text === '::') return isType(pieces, index + 1, to) ? index : 0;
  }
  return 0;
}

const typeTails: ReadonlySet<string> = new Set(
  'PRECISION VARYING WITH WITHOUT TIME ZONE YEAR MONTH DAY HOUR MINUTE SECOND TO'.split(' '),
);

function isType(pieces: readonly Piece[], first: number, last: number): boolean {
  for (let index = first; index <= last; index++) {
    const piece = pieces[index];
    if (piece === undefined) return false;
    if (piece.text === '(' || piece.text === '[') {
      if (piece.pair < 0) return false;
      index = piece.pair;
    } else if (index > first && !typeTails.has(piece.word)) {
      return false;
    }
  }
  return first <= last;
}

/** The name that Redshift gives to a column of this expression, or undefined where it gives none of its parts' names. */
export function expressionLabel(pieces: readonly Piece[], first: number, end: number): string | undefined {
  let last = end;
  // A call is called as its function.
  for (let piece = pieces[last]; piece?.text === ')' && piece.pair > first; piece = pieces[last])
    last = piece.pair - 1;
  for (let index = first; index <= last; index++) {
    const piece = pieces[index];
    const isName = piece?.kind === 'identifier' || piece?.kind === 'quoted-identifier';
    if ((index - first) % 2 === 0 ? !isName : piece?.text !== '.') return undefined;
  }
  const piece = pieces[last];
  if (piece === undefined || (last - first) % 2 === 1 || constants.has(piece.word)) return undefined;
  if (piece.kind === 'quoted-identifier') return piece.text.slice(1, -1).replaceAll('""', '"');
  return lowerAscii(piece.text);
}

const constants: ReadonlySet<string> = new Set(['NULL', 'TRUE', 'FALSE', 'DEFAULT']);
