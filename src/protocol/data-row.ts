/** The structure of a DataRow: int16 count, then per value int32 length (-1: NULL) and its bytes. Values are never looked at. */
import { ProtocolError } from '../errors.js';

const dataRow = 0x44;
/** Type byte and int32 length. */
const header = 5;

/** Whether the body in [start, end) holds exactly `columns` values, every length inside it and nothing left over. */
export function isDataRow(view: DataView, start: number, end: number, columns: number): boolean {
  if (columns < 0 || end - start < 2 || view.getInt16(start) !== columns) return false;
  let at = start + 2;
  for (let column = 0; column < columns; column++) {
    if (at + 4 > end) return false;
    const length = view.getInt32(at);
    at += 4;
    if (length > 0) {
      at += length;
      if (at > end) return false;
    } else if (length < -1) return false;
  }
  return at === end;
}

/**
 * Bytes that came, from the first DataRow on: whole messages of any kind, and at the end perhaps a part of one. Whoever takes
 * rows looks at them first, by `pass` or by other means that do the same.
 */
export class IncomingRows {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Behind the rows that were taken. */
  at: number;
  readonly end: number;
  readonly columns: number;
  /** Rows that were taken. */
  rows = 0;

  /** @param columns values that each row must have */
  constructor(bytes: Uint8Array, view: DataView, at: number, end: number, columns: number) {
    this.bytes = bytes;
    this.view = view;
    this.at = at;
    this.end = end;
    this.columns = columns;
  }

  /** Moves on over all rows that are whole, and what they should be, and end before `limit`. */
  pass(limit: number): void {
    const { bytes, view, columns } = this;
    let { at, rows } = this;
    while (limit - at >= header && bytes[at] === dataRow) {
      const next = at + 1 + view.getUint32(at + 1);
      if (next > limit || !isDataRow(view, at + header, next, columns)) break;
      at = next;
      rows++;
    }
    this.at = at;
    this.rows = rows;
  }
}

/** Where so many messages from `start` on end. */
export function endOf(view: DataView, start: number, rows: number): number {
  let at = start;
  for (let left = rows; left > 0; left--) at += 1 + view.getInt32(at + 1);
  return at;
}

/** What is wrong with a row that begins at `start`. */
export function misfit(view: DataView, start: number, columns: number): ProtocolError {
  const length = view.getInt32(start + 1);
  const count = length < 6 ? 'no' : String(view.getInt16(start + header));
  return new ProtocolError(
    `The server sent a DataRow of ${count} values that does not fit its description of ${String(columns)} columns`,
  );
}
