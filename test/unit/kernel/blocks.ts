/** DataRow messages made of cells, and pieces as values that a test can compare. */
import type { Lane, Piece, RowBlock } from '../../../src/kernel/lanes.js';

export type Cell = Uint8Array | null;

/** A block of rows, lying somewhere inside of a longer buffer. */
export function blockOf(rows: readonly (readonly Cell[])[], before = 3): RowBlock {
  const parts: Uint8Array[] = [new Uint8Array(before).fill(0xee)];
  for (const row of rows) {
    const length = 6 + row.reduce((sum, cell) => sum + 4 + (cell?.length ?? 0), 0);
    const message = Buffer.alloc(1 + length);
    message.write('D');
    message.writeInt32BE(length, 1);
    message.writeInt16BE(row.length, 5);
    let at = 7;
    for (const cell of row) {
      message.writeInt32BE(cell?.length ?? -1, at);
      at += 4;
      if (cell !== null) message.set(cell, at);
      at += cell?.length ?? 0;
    }
    parts.push(message);
  }
  const joined = Buffer.concat(parts);
  const bytes = Buffer.concat([joined, Buffer.alloc(5, 0xdd)]);
  return { bytes, start: before, end: joined.length, rows: rows.length };
}

export const int16 = (value: number): Uint8Array =>
  made(2, (view) => {
    view.setInt16(0, value);
  });
export const int32 = (value: number): Uint8Array =>
  made(4, (view) => {
    view.setInt32(0, value);
  });
export const int64 = (value: bigint): Uint8Array =>
  made(8, (view) => {
    view.setBigInt64(0, value);
  });
export const float32 = (value: number): Uint8Array =>
  made(4, (view) => {
    view.setFloat32(0, value);
  });
export const float64 = (value: number): Uint8Array =>
  made(8, (view) => {
    view.setFloat64(0, value);
  });
export const text = (value: string): Uint8Array => Buffer.from(value);

function made(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer));
  return bytes;
}

/** Redshift's binary NUMERIC. */
export function redshiftNumeric(unscaled: bigint, length: 8 | 16): Uint8Array {
  return length === 8
    ? int64(unscaled)
    : made(16, (view) => {
        view.setBigInt64(0, unscaled >> 64n);
        view.setBigUint64(8, BigInt.asUintN(64, unscaled));
      });
}

/** PostgreSQL's binary NUMERIC of decimal text, as numeric_send makes it. */
export function postgresNumeric(decimal: string): Uint8Array {
  if (decimal === 'NaN') return Uint8Array.of(0, 0, 0, 0, 0xc0, 0, 0, 0);
  const negative = decimal.startsWith('-');
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.');
  const padded = whole.padStart(Math.ceil(whole.length / 4) * 4, '0');
  const all = padded + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
  const groups = (all.match(/\d{4}/g) ?? []).map(Number);
  let weight = padded.length / 4 - 1;
  while (groups[0] === 0) {
    groups.shift();
    weight--;
  }
  while (groups.at(-1) === 0) groups.pop();
  if (groups.length === 0) weight = 0;
  return made(8 + groups.length * 2, (view) => {
    view.setUint16(0, groups.length);
    view.setInt16(2, weight);
    view.setUint16(4, negative && groups.length > 0 ? 0x4000 : 0);
    view.setUint16(6, fraction.length);
    groups.forEach((group, index) => {
      view.setUint16(8 + index * 2, group);
    });
  });
}

/** A piece as plain values: 'bad N', or a value a row (null where NULL). */
export function valuesOf(piece: Piece, lane: Lane, rows: number): unknown {
  if (piece.bad >= 0) return `bad ${String(piece.bad)}`;
  const { values, validity, offsets } = piece;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const bit = (bytes: Uint8Array, row: number): boolean => ((bytes[row >> 3]! >> (row & 7)) & 1) === 1;
  const one = (row: number): unknown => {
    switch (lane.kind) {
      case 'skip':
        return undefined;
      case 'bool':
        return bit(values, row);
      case 'int16':
        return view.getInt16(row * 2, true);
      case 'int32':
      case 'date32':
        return view.getInt32(row * 4, true);
      case 'uint32':
        return view.getUint32(row * 4, true);
      case 'int64':
      case 'time64':
      case 'timestamp':
        return view.getBigInt64(row * 8, true);
      case 'float32':
        return view.getFloat32(row * 4, true);
      case 'float64':
      case 'int64AsFloat64':
      case 'numericAsFloat64':
        return view.getFloat64(row * 8, true);
      case 'decimal128':
        return (view.getBigInt64(row * 16 + 8, true) << 64n) | view.getBigUint64(row * 16, true);
      case 'interval':
        return [
          view.getInt32(row * 16, true),
          view.getInt32(row * 16 + 4, true),
          view.getBigInt64(row * 16 + 8, true),
        ];
      case 'utf8':
      case 'numericText':
        return Buffer.from(values.subarray(offsets![row], offsets![row + 1])).toString();
      case 'binary':
        return Buffer.from(values.subarray(offsets![row], offsets![row + 1])).toString('hex');
    }
  };
  return Array.from({ length: rows }, (_, row) =>
    validity !== undefined && !bit(validity, row) ? null : one(row),
  );
}

/** A copy of a piece that the next call leaves alone. */
export function copyOf({ bad, nullCount, validity, values, offsets }: Piece): Piece {
  if (bad >= 0)
    return { bad, nullCount: 0, validity: undefined, values: new Uint8Array(0), offsets: undefined };
  return { bad, nullCount, validity: validity?.slice(), values: values.slice(), offsets: offsets?.slice() };
}
