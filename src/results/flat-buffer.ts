/**
 * As much of FlatBuffers as Arrow's messages need (google.github.io/flatbuffers, "FlatBuffer Internals"): tables, texts and
 * vectors, written parents first, and a reader that stays within its bytes.
 */
import { DataError } from '../errors.js';

/** A member of a table: a scalar of its size, or something that lies elsewhere. Undefined: the member is left out. */
export type Member =
  | { readonly size: 1 | 2 | 4; readonly value: number }
  | { readonly size: 8; readonly value: number }
  | { readonly to: FlatNode }
  | undefined;

export type FlatNode =
  | { readonly kind: 'table'; readonly members: readonly Member[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tables'; readonly items: readonly FlatNode[] }
  /** Structs of int64 words, one after another; `words` of them a struct. */
  | { readonly kind: 'structs'; readonly words: number; readonly values: readonly number[] };

export const byte = (value: number): Member => ({ size: 1, value });
export const short = (value: number): Member => ({ size: 2, value });
export const int = (value: number): Member => ({ size: 4, value });
export const long = (value: number): Member => ({ size: 8, value });
export const to = (node: FlatNode): Member => ({ to: node });
export const tableOf = (...members: Member[]): FlatNode => ({ kind: 'table', members });

/** The bytes of a buffer whose root is this table, in whole words of eight bytes. */
export function writeFlat(root: FlatNode): Uint8Array {
  const writer = new Writer();
  writer.patch(0, writer.place(root, 8));
  return writer.end();
}

class Writer {
  #view = new DataView(new ArrayBuffer(1024));
  #end = 4;

  end(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#take(0, 8));
  }

  /** An offset at `at` that points to `place`; offsets only ever point forward. */
  patch(at: number, place: number): void {
    this.#view.setUint32(at, place - at, true);
  }

  place(node: FlatNode, least = 4): number {
    switch (node.kind) {
      case 'table':
        return this.#table(node.members);
      case 'text': {
        const bytes = Buffer.from(node.text);
        const at = this.#take(4 + bytes.length + 1, least);
        this.#view.setUint32(at, bytes.length, true);
        new Uint8Array(this.#view.buffer).set(bytes, at + 4);
        return at;
      }
      case 'tables': {
        const at = this.#take(4 + node.items.length * 4, least);
        this.#view.setUint32(at, node.items.length, true);
        for (const [index, item] of node.items.entries()) this.patch(at + 4 + index * 4, this.place(item));
        return at;
      }
      case 'structs': {
        // The count stands right before the first struct, which begins at a word of eight.
        const at = this.#take(8 + node.values.length * 8, 8) + 4;
        this.#view.setUint32(at, node.values.length / node.words, true);
        for (const [index, value] of node.values.entries()) {
          this.#view.setBigInt64(at + 4 + index * 8, BigInt(value), true);
        }
        return at;
      }
    }
  }

  #table(members: readonly Member[]): number {
    // The table begins with the way back to its vtable, and each member at a multiple of its size.
    let size = 4;
    const places = members.map((member) => {
      if (member === undefined) return 0;
      const width = 'to' in member ? 4 : member.size;
      const at = Math.ceil(size / width) * width;
      size = at + width;
      return at;
    });
    const vtableSize = 4 + members.length * 2;
    const vtable = this.#take(vtableSize, 2);
    const at = this.#take(size, 8);
    this.#view.setUint16(vtable, vtableSize, true);
    this.#view.setUint16(vtable + 2, size, true);
    this.#view.setInt32(at, at - vtable, true);
    for (const [index, member] of members.entries()) {
      const place = places[index]!;
      this.#view.setUint16(vtable + 4 + index * 2, place, true);
      if (member === undefined) continue;
      if ('to' in member) this.patch(at + place, this.place(member.to));
      else this.#scalar(at + place, member.size, member.value);
    }
    return at;
  }

  #scalar(at: number, size: 1 | 2 | 4 | 8, value: number): void {
    if (size === 1) this.#view.setUint8(at, value);
    else if (size === 2) this.#view.setInt16(at, value, true);
    else if (size === 4) this.#view.setInt32(at, value, true);
    else this.#view.setBigInt64(at, BigInt(value), true);
  }

  /** Room for so many bytes, from a multiple of `align` on. */
  #take(size: number, align: number): number {
    const at = Math.ceil(this.#end / align) * align;
    this.#end = at + size;
    if (this.#end > this.#view.byteLength) {
      const larger = new Uint8Array(this.#end * 2);
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** A table that is read. A DataView refuses whatever is beyond the bytes; `readingFlat` makes that a DataError. */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #vtable: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#vtable = at - view.getInt32(at, true);
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  byte(member: number, otherwise = 0): number {
    const at = this.#place(member);
    return at === 0 ? otherwise : this.#view.getUint8(at);
  }

  short(member: number, otherwise = 0): number {
    const at = this.#place(member);
    return at === 0 ? otherwise : this.#view.getInt16(at, true);
  }

  int(member: number, otherwise = 0): number {
    const at = this.#place(member);
    return at === 0 ? otherwise : this.#view.getInt32(at, true);
  }

  long(member: number): number {
    const at = this.#place(member);
    return at === 0 ? 0 : Number(this.#view.getBigInt64(at, true));
  }

  table(member: number): FlatTable | undefined {
    const at = this.#place(member);
    return at === 0 ? undefined : new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  text(member: number): string | undefined {
    const at = this.#vector(member);
    if (at === undefined) return undefined;
    const { buffer, byteOffset } = this.#view;
    return Buffer.from(buffer, byteOffset + at + 4, this.#view.getUint32(at, true)).toString();
  }

  tables(member: number): FlatTable[] {
    const at = this.#vector(member);
    if (at === undefined) return [];
    return Array.from({ length: this.#count(at, 4) }, (_, index) => {
      const place = at + 4 + index * 4;
      return new FlatTable(this.#view, place + this.#view.getUint32(place, true));
    });
  }

  /** All words of a vector of structs of int64, or of int64. */
  longs(member: number, words = 1): number[] {
    const at = this.#vector(member);
    if (at === undefined) return [];
    return Array.from({ length: this.#count(at, words * 8) * words }, (_, index) =>
      Number(this.#view.getBigInt64(at + 4 + index * 8, true)),
    );
  }

  /** How many items a vector has; no more than there are bytes for. */
  #count(at: number, size: number): number {
    const count = this.#view.getUint32(at, true);
    if (at + 4 + count * size > this.#view.byteLength)
      throw new RangeError('a vector is longer than its bytes');
    return count;
  }

  #vector(member: number): number | undefined {
    const at = this.#place(member);
    return at === 0 ? undefined : at + this.#view.getUint32(at, true);
  }

  /** 0 when the member was left out. */
  #place(member: number): number {
    const slot = 4 + member * 2;
    if (slot >= this.#view.getUint16(this.#vtable, true)) return 0;
    const offset = this.#view.getUint16(this.#vtable + slot, true);
    return offset === 0 ? 0 : this.#at + offset;
  }
}

/** @throws DataError in place of the RangeError of bytes that are cut or malformed */
export function readingFlat<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new DataError(`${what} is cut or malformed`, { cause });
  }
}
