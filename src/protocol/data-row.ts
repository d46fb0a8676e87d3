/** The structure of a DataRow body: int16 count, then per value int32 length (-1: NULL) and its bytes. */

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
