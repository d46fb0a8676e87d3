/**
 * Loops that read one column of many rows. A loop gives the same values as the reader of single cells; what it cannot
 * read it may refuse in any words, since that reader is asked then.
 */
import { wrongLength, type CellReader, type ColumnReader } from './codec.js';

/** The loop of a type that has none of its own. */
export function cellByCell(read: CellReader): ColumnReader {
  return ({ block, rows, columns, starts }, column, out) => {
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = block.view.getInt32(at - 4);
      if (length >= 0) out[row] = read(block, at, at + length);
    }
  };
}

// Each loop below stands alone, so that the engine compiles it for its one type: a shared loop that calls a reader costs
// twice as much a cell (narrow rows, nothing kept: see `npm run bench -- rows`).

export const int2Column: ColumnReader = ({ block: { view }, rows, columns, starts }, column, out) => {
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    const length = view.getInt32(at - 4);
    if (length === 2) out[row] = view.getInt16(at);
    else if (length >= 0) throw wrongLength(length, 'smallint');
  }
};

export const int4Column: ColumnReader = ({ block: { view }, rows, columns, starts }, column, out) => {
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    const length = view.getInt32(at - 4);
    if (length === 4) out[row] = view.getInt32(at);
    else if (length >= 0) throw wrongLength(length, 'integer');
  }
};

export const int8Column: ColumnReader = ({ block: { view }, rows, columns, starts }, column, out) => {
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    const length = view.getInt32(at - 4);
    if (length === 8) out[row] = view.getBigInt64(at);
    else if (length >= 0) throw wrongLength(length, 'bigint');
  }
};

/** @param read for what is no safe integer, or no bigint at all */
export function safeInt8Column(read: CellReader): ColumnReader {
  return ({ block, rows, columns, starts }, column, out) => {
    const { view } = block;
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = view.getInt32(at - 4);
      if (length < 0) continue;
      // Two halves make a double exactly while the value is below 2^53.
      const high = length === 8 ? view.getInt32(at) : 0x7fff_ffff;
      out[row] =
        high > -0x200000 && high < 0x200000
          ? high * 0x1_0000_0000 + view.getUint32(at + 4)
          : read(block, at, at + length);
    }
  };
}

export const float4Column: ColumnReader = ({ block: { view }, rows, columns, starts }, column, out) => {
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    const length = view.getInt32(at - 4);
    if (length === 4) out[row] = view.getFloat32(at);
    else if (length >= 0) throw wrongLength(length, 'real');
  }
};

export const float8Column: ColumnReader = ({ block: { view }, rows, columns, starts }, column, out) => {
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    const length = view.getInt32(at - 4);
    if (length === 8) out[row] = view.getFloat64(at);
    else if (length >= 0) throw wrongLength(length, 'double precision');
  }
};

export const booleanColumn: ColumnReader = (
  { block: { bytes, view }, rows, columns, starts },
  column,
  out,
) => {
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    const at = starts[cell]!;
    const length = view.getInt32(at - 4);
    if (length < 0) continue;
    const value = bytes[at]!;
    if (length !== 1 || value > 1) throw wrongLength(length, 'boolean');
    out[row] = value === 1;
  }
};
