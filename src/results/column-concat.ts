/** Columns of one type one after another. A single one stays what it is; several are copied once. */
import { ArgumentError } from '../errors.js';
import { bitAt, bitmapBytes, setBit } from './bitmap.js';
import { Column, type ColumnData } from './column.js';
import { TextBuilder } from './text-builder.js';

/** @param pieces at least one, all of the same type */
export function concatColumns(name: string, pieces: readonly Column[]): Column {
  const [first] = pieces;
  if (first === undefined) throw new ArgumentError(`Column ${JSON.stringify(name)} has no piece`);
  if (pieces.length === 1) return first;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const nullCount = pieces.reduce((sum, piece) => sum + piece.nullCount, 0);
  const validity = nullCount === 0 ? undefined : bits(pieces, length, (piece, row) => !piece.isNull(row));
  const field = { ...first.field, nullable: pieces.some((piece) => piece.field.nullable) };
  return new Column(field, { length, nullCount, validity, ...memory(pieces, length) });
}

function memory(pieces: readonly Column[], length: number): Partial<ColumnData> {
  const [first] = pieces;
  switch (first!.type.kind) {
    case 'bool':
      return { values: bits(pieces, length, (piece, row) => bitAt(piece.values as Uint8Array, row)) };
    case 'utf8':
    case 'binary': {
      const builder = new TextBuilder(length);
      for (const piece of pieces) {
        const bytes = piece.values as Uint8Array;
        const offsets = piece.offsets!;
        for (let row = 0; row < piece.length; row++)
          builder.addBytes(bytes.subarray(offsets[row], offsets[row + 1]));
      }
      return builder.end();
    }
    case 'dictionary':
      return dictionary(pieces, length);
    case 'object':
      return { values: pieces.flatMap((piece) => [...(piece.values as readonly unknown[])]) };
    default: {
      const arrays = pieces.map(({ values }) => bytesOf(values as NodeJS.TypedArray));
      const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
      let at = 0;
      for (const array of arrays) {
        bytes.set(array, at);
        at += array.length;
      }
      return { values: bytes };
    }
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function bits(
  pieces: readonly Column[],
  length: number,
  one: (piece: Column, row: number) => boolean,
): Uint8Array {
  const out = new Uint8Array(bitmapBytes(length));
  let at = 0;
  for (const piece of pieces) {
    for (let row = 0; row < piece.length; row++, at++) if (one(piece, row)) setBit(out, at);
  }
  return out;
}

/** Pieces may have dictionaries of their own; the same text gets one index. */
function dictionary(pieces: readonly Column[], length: number): Partial<ColumnData> {
  const values = new Int32Array(length);
  const places = new Map<string, number>();
  let at = 0;
  for (const piece of pieces) {
    for (let row = 0; row < piece.length; row++, at++) {
      const text = piece.get(row) as string | null;
      if (text === null) continue;
      let place = places.get(text);
      if (place === undefined) places.set(text, (place = places.size));
      values[at] = place;
    }
  }
  const builder = new TextBuilder(places.size);
  for (const text of places.keys()) builder.addText(text);
  return { values, dictionary: builder.end() };
}
