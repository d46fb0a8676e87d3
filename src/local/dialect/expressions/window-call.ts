/**
 * What may stand behind the brackets of an aggregate or a window function: WITHIN GROUP, IGNORE NULLS, OVER. It reads
 * and changes nothing.
 */
import type { Piece } from '../pieces.js';
import { type Call, callAt } from './context.js';
import type { Item } from './query-blocks.js';

export interface WindowCall extends Call {
  /** WITHIN GROUP ( ORDER BY … ): the word WITHIN, its brackets, what is ordered by. */
  readonly within?: {
    readonly word: number;
    readonly open: number;
    readonly close: number;
    readonly order: Item;
  };
  /** IGNORE NULLS or RESPECT NULLS, inside the brackets of the call or behind them: the index of its first word. */
  readonly nulls?: { readonly word: number; readonly ignore: boolean };
  readonly over?: OverClause;
  /** The last piece of all this. */
  readonly last: number;
}

/** OVER ( … ) by its brackets and the words in it. */
export interface OverClause {
  readonly word: number;
  readonly open: number;
  readonly close: number;
  /** The word ORDER; -1 without it. */
  readonly order: number;
  /** The word ROWS, RANGE or GROUPS; -1 without it. */
  readonly frame: number;
}

/** The call of a window or ordered function at `index`. */
export function windowCallAt(pieces: readonly Piece[], index: number): WindowCall | undefined {
  const call = callAt(pieces, index);
  if (!call) return undefined;
  let last = call.close;
  let nulls = nullsAt(pieces, call.close - 2);
  const within = withinAt(pieces, last + 1);
  if (within) last = within.close;
  const behind = nullsAt(pieces, last + 1);
  if (behind) {
    nulls ??= behind;
    last += 2;
  }
  const over = overAt(pieces, last + 1);
  if (over) last = over.close;
  return { ...call, ...(within && { within }), ...(nulls && { nulls }), ...(over && { over }), last };
}

function nullsAt(pieces: readonly Piece[], index: number): WindowCall['nulls'] {
  const word = pieces[index]?.word;
  if (pieces[index + 1]?.word !== 'NULLS' || (word !== 'IGNORE' && word !== 'RESPECT')) return undefined;
  return { word: index, ignore: word === 'IGNORE' };
}

function withinAt(pieces: readonly Piece[], word: number): WindowCall['within'] {
  const open = word + 2;
  const close = pieces[open]?.text === '(' ? pieces[open].pair : -1;
  if (pieces[word]?.word !== 'WITHIN' || pieces[word + 1]?.word !== 'GROUP' || close < 0) return undefined;
  if (pieces[open + 1]?.word !== 'ORDER' || pieces[open + 2]?.word !== 'BY') return undefined;
  return { word, open, close, order: { first: open + 3, last: close - 1 } };
}

function overAt(pieces: readonly Piece[], word: number): OverClause | undefined {
  const open = word + 1;
  const close = pieces[open]?.text === '(' ? pieces[open].pair : -1;
  if (pieces[word]?.word !== 'OVER' || close < 0) return undefined;
  const depth = (pieces[open]?.depth ?? 0) + 1;
  let order = -1;
  let frame = -1;
  for (let index = open + 1; index < close; index++) {
    const piece = pieces[index];
    if (piece?.depth !== depth || pieces[index - 1]?.text === '.') continue;
    if (piece.word === 'ORDER' && pieces[index + 1]?.word === 'BY') order = index;
    if (isFrame(pieces, index)) frame = index;
  }
  return { word, open, close, order, frame };
}

function isFrame(pieces: readonly Piece[], index: number): boolean {
  if (!['ROWS', 'RANGE', 'GROUPS'].includes(pieces[index]?.word ?? '')) return false;
  const next = pieces[index + 1];
  return (
    ['UNBOUNDED', 'CURRENT', 'BETWEEN'].includes(next?.word ?? '') || pieces[index + 2]?.word === 'PRECEDING'
  );
}
