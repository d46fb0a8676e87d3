/**
 * Blocks of rows to pieces of columns: the kernel's lanes, and the slow way where they do not reach. The first cell in the
 * order of rows that cannot be read is the error, named as rows name it.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { Cells } from '../kernel/cells.js';
import type { ColumnDecoder, MakeColumnDecoder, Piece, RowBlock } from '../kernel/lanes.js';
import { splitsCharacter } from '../kernel/moves.js';
import { makeColumnDecoder } from '../kernel/decoder.js';
import type { Block } from '../types/codec.js';
import { readCells, type CellFault } from './cell-column.js';
import type { ColumnPlan } from './column-plan.js';
import { unreadableCell } from './column-label.js';

export class ColumnBlockDecoder {
  readonly plans: readonly ColumnPlan[];
  readonly #decoder: ColumnDecoder;
  /** Made when a column needs the slow way. */
  #cells: Cells | undefined;
  readonly #pieces: Piece[] = [];

  constructor(plans: readonly ColumnPlan[], make: MakeColumnDecoder = makeColumnDecoder) {
    this.plans = plans;
    this.#decoder = make(plans.map(({ lane }) => lane));
  }

  /** A piece a column; they hold until the next call. @throws DataError naming the column of the first cell that cannot be read */
  decode(block: Block & RowBlock): readonly Piece[] {
    const decoded = this.#decoder.decode(block);
    const pieces = this.#pieces;
    let walked = false;
    let fault: { readonly column: number; readonly found: CellFault } | undefined;
    for (const [column, plan] of this.plans.entries()) {
      const piece = decoded[column]!;
      pieces[column] = piece;
      if (plan.lane.kind !== 'skip' && piece.bad < 0 && !hasBrokenText(plan, piece)) continue;
      const cells = (this.#cells ??= new Cells(this.plans.length));
      if (!walked) cells.walk(block);
      walked = true;
      const found = readCells(plan, block, cells, column);
      if ('cause' in found) {
        if (fault === undefined || found.row < fault.found.row) fault = { column, found };
      } else pieces[column] = found;
    }
    if (walked) this.#cells?.release();
    if (fault !== undefined) {
      const { field, typeName } = this.plans[fault.column]!;
      throw unreadableCell(fault.column, { name: field.name, typeName }, fault.found.cause);
    }
    return pieces;
  }
}

/** Whether a cell of a text column is no UTF-8: the slow way puts U+FFFD there, as rows have it. */
function hasBrokenText({ lane }: ColumnPlan, { values, offsets }: Piece): boolean {
  // 2 microseconds for 64 KiB, where looking at each cell would cost as much as decoding it.
  if (lane.kind !== 'utf8' || isAscii(values)) return false;
  if (!isUtf8(values)) return true;
  // All of it is good, but a character might be cut by the border of two cells.
  return splitsCharacter(values, offsets!);
}
