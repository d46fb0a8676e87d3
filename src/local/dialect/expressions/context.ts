/**
 * What a rule for expressions works with, and small questions about pieces that many rules ask. It knows no rule.
 */
import type { Edits } from '../edits.js';
import type { Piece } from '../pieces.js';
import type { Refusal, SessionFacts } from '../plan.js';
import type { QueryBlock } from './query-blocks.js';

/** One statement while its expressions are rewritten. */
export interface Context {
  readonly pieces: readonly Piece[];
  readonly edits: Edits;
  readonly facts: SessionFacts;
  /** It asks the system catalog, whose columns have types that Redshift's tables cannot have: arrays. */
  readonly catalog: boolean;
  /** Every SELECT of the statement, in the order in which they stand. */
  readonly blocks: readonly QueryBlock[];
}

/**
 * A rule looks at the piece whose word it is called for. Rules run from the last piece to the first, so whatever stands
 * in brackets behind a name has been rewritten when the name's turn comes.
 */
export type Rule = (context: Context, index: number) => Refusal | undefined;

/** A call `name ( … )`, by the index of each part. */
export interface Call {
  readonly name: number;
  readonly open: number;
  readonly close: number;
}

/** The call whose name stands at `index`; undefined for a bare word, for `x.name(…)` and for brackets never closed. */
export function callAt(pieces: readonly Piece[], index: number): Call | undefined {
  const open = index + 1;
  const close = pieces[open]?.text === '(' ? pieces[open].pair : -1;
  if (close < 0 || isQualified(pieces, index) || beforeName.has(pieces[index - 1]?.word ?? ''))
    return undefined;
  return { name: index, open, close };
}

/** Words that the name of a table or routine follows, so that the brackets behind it hold its columns. */
const beforeName: ReadonlySet<string> = new Set(
  'TABLE EXISTS INTO VIEW FUNCTION PROCEDURE REFERENCES UPDATE CALL WITH RECURSIVE'.split(' '),
);

/** Whether a dot stands before the piece, unless `pg_catalog` stands before the dot. */
export function isQualified(pieces: readonly Piece[], index: number): boolean {
  return pieces[index - 1]?.text === '.';
}

/** The error of something that Redshift knows and the local Redshift does not. */
export function notYet(what: string, at: number): Refusal {
  return { kind: 'refuse', sqlState: '0A000', message: `${what} is not yet in the local Redshift`, at };
}

/** An error of the parser in words of its own. */
export function invalid(message: string, at: number, sqlState = '42601'): Refusal {
  return { kind: 'refuse', sqlState, message, at };
}

/** Whether a piece is a literal, a number or a string, that can never be NULL. */
export function isConstant(piece: Piece | undefined): boolean {
  return (
    piece?.kind === 'string' ||
    piece?.kind === 'escape-string' ||
    piece?.kind === 'dollar-string' ||
    piece?.kind === 'number'
  );
}
