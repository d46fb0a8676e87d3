/** Where the cells of DataRow messages lie. The messages were checked when they came, so this only walks. */

/** Type byte, int32 length, int16 column count: where a DataRow's first cell begins. */
export const rowHeader = 7;

/** Fills in where each cell of `count` rows begins, row by row; the first message begins at `start`. @returns where the last row ends */
export function findCells(
  view: DataView,
  start: number,
  count: number,
  columns: number,
  starts: Int32Array,
): number {
  let at = start;
  let cell = 0;
  for (let row = 0; row < count; row++) {
    at += rowHeader;
    for (let column = 0; column < columns; column++) {
      const length = view.getInt32(at);
      at += 4;
      starts[cell++] = at;
      if (length > 0) at += length;
    }
  }
  return at;
}
