/**
 * Texts of a block of rows at once: where all are ASCII they are parts of one string, which costs 22 ns a text against 72 for
 * a native call each (46 against 93 when all are kept; 100,000 texts of 20 characters).
 */
import { isAscii } from 'node:buffer';
import type { ColumnValues } from './column-storage.js';
import type { DataType } from './schema.js';

/** Rows in a block. */
export const blockRows = 1000;

/** A text that is kept keeps the block's string; so large is the most that one may hold on to. */
const mostBytes = 65_536;

interface Slices {
  latin1Slice(start: number, end: number): string;
}

/** What of a Column counts here. */
interface TextColumn {
  readonly type: DataType;
  readonly values: ColumnValues;
  readonly offsets: Int32Array | undefined;
  readonly validity: Uint8Array | undefined;
}

/** Undefined where the column is no text, or its texts must be read one by one. */
export function blockTexts(column: TextColumn, from: number, to: number): (string | null)[] | undefined {
  if (column.type.kind !== 'utf8') return undefined;
  const { offsets, validity } = column;
  const start = offsets![from]!;
  const end = offsets![to]!;
  const bytes = column.values as Uint8Array;
  if (end - start > mostBytes || to - from < 16 || !isAscii(bytes.subarray(start, end))) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as unknown as Slices;
  const all = buffer.latin1Slice(start, end);
  const texts = new Array<string | null>(to - from);
  for (let row = from; row < to; row++) {
    texts[row - from] =
      validity !== undefined && ((validity[row >>> 3]! >>> (row & 7)) & 1) === 0
        ? null
        : all.substring(offsets![row]! - start, offsets![row + 1]! - start);
  }
  return texts;
}
