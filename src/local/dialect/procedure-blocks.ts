/**
 * The statements of a PL/pgSQL body and the blocks that they stand in (AWS manual, Structure of PL/pgSQL). It finds
 * where each begins and ends; it changes nothing and judges no SQL.
 */
import { type Piece, findWord } from './pieces.js';
import { wordOf } from './reader.js';

/** A block from BEGIN to END. */
export interface Block {
  /** How many blocks it stands in. */
  readonly depth: number;
  /** Whether it has handlers. */
  handles: boolean;
}

/** A statement without its `;`, or a declaration. */
export interface BodyItem {
  readonly kind: 'statement' | 'declaration';
  readonly first: number;
  readonly last: number;
  /** The blocks around it, the outermost first, and whether it stands in a handler of each. */
  readonly blocks: readonly { readonly block: Block; readonly handler: boolean }[];
}

/** `WHEN condition THEN … ` of a block: where its condition stands and which piece ends it. */
export interface Handler {
  readonly condition: number;
  /** The WHEN or END behind its last statement. */
  readonly end: number;
  readonly block: Block;
}

export interface Body {
  readonly items: readonly BodyItem[];
  readonly handlers: readonly Handler[];
}

type Frame =
  | { readonly kind: 'block'; readonly block: Block; handler: { condition: number } | undefined }
  | { readonly kind: 'if' | 'loop' | 'case' };

/** Whether a statement runs inside a block with handlers, which is a subtransaction on the engine. */
export function inSubtransaction(item: BodyItem): boolean {
  return item.blocks.some(({ block, handler }) => block.handles && !handler);
}

/** Reads a whole body. What it does not understand it takes for a statement up to the next `;`. */
export function readBody(pieces: readonly Piece[]): Body {
  const items: BodyItem[] = [];
  const handlers: Handler[] = [];
  const frames: Frame[] = [];
  const block = () => frames.findLast((frame) => frame.kind === 'block');
  let declares = false;
  let at = 0;
  const blocks = () =>
    frames.flatMap((frame) =>
      frame.kind === 'block' ? [{ block: frame.block, handler: frame.handler !== undefined }] : [],
    );
  const closeHandler = () => {
    const frame = block();
    if (frame?.handler) handlers.push({ condition: frame.handler.condition, end: at, block: frame.block });
    if (frame) frame.handler = undefined;
  };
  while (at < pieces.length) {
    const word = wordOf(pieces[at]);
    const top = frames.at(-1);
    if (word === ';') at++;
    else if (word === '<<') at = behind(pieces, at, '>>');
    else if (word === 'DECLARE') {
      declares = true;
      at++;
    } else if (word === 'BEGIN') {
      declares = false;
      const depth = frames.filter((frame) => frame.kind === 'block').length;
      frames.push({ kind: 'block', block: { depth, handles: false }, handler: undefined });
      at++;
    } else if (declares) {
      const last = statementEnd(pieces, at);
      items.push({ kind: 'declaration', first: at, last, blocks: blocks() });
      at = last + 1;
    } else if (word === 'EXCEPTION' && top?.kind === 'block') {
      top.block.handles = true;
      at++;
    } else if (word === 'WHEN' && top?.kind === 'block' && top.block.handles) {
      closeHandler();
      top.handler = { condition: at + 1 };
      at = behind(pieces, at, 'THEN');
    } else if (word === 'WHEN' || word === 'ELSIF' || word === 'ELSEIF') at = behind(pieces, at, 'THEN');
    else if (word === 'ELSE') at++;
    else if (word === 'IF') {
      frames.push({ kind: 'if' });
      at = behind(pieces, at, 'THEN');
    } else if (word === 'CASE') {
      frames.push({ kind: 'case' });
      const when = outsideCase(pieces, at + 1, 'WHEN');
      at = when < 0 ? pieces.length : when;
    } else if (word === 'LOOP' || word === 'WHILE' || word === 'FOR') {
      frames.push({ kind: 'loop' });
      at = behind(pieces, at, 'LOOP');
    } else if (word === 'END') {
      if (top?.kind === 'block') closeHandler();
      frames.pop();
      at = statementEnd(pieces, at) + 1;
    } else {
      const last = statementEnd(pieces, at);
      items.push({ kind: 'statement', first: at, last, blocks: blocks() });
      at = last + 1;
    }
  }
  return { items, handlers };
}

function statementEnd(pieces: readonly Piece[], from: number): number {
  const end = findWord(pieces, from, 0, ';');
  return (end < 0 ? pieces.length : end) - 1;
}

/** Behind the next word of this kind that belongs to the statement and not to a CASE expression in it. */
function behind(pieces: readonly Piece[], from: number, word: string): number {
  const found = word === '>>' ? findWord(pieces, from, 0, word) : outsideCase(pieces, from, word);
  return found < 0 ? pieces.length : found + 1;
}

function outsideCase(pieces: readonly Piece[], from: number, word: string): number {
  let open = 0;
  for (let at = from; at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece?.depth !== 0) continue;
    if (open === 0 && piece.word === word) return at;
    if (piece.text === ';') return -1;
    if (piece.word === 'CASE') open++;
    if (piece.word === 'END') open--;
  }
  return -1;
}
