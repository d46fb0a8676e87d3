/** A column that grows by the pieces of blocks. It knows layouts, not values. */
import { OperationalError } from '../errors.js';
import type { Piece } from '../kernel/lanes.js';
import { addToAll } from '../kernel/moves.js';
import type { PendingData } from './column.js';
import type { ColumnData } from './column-storage.js';
import { GrowingBits, GrowingBytes } from './growing-bytes.js';
import type { Field } from './schema.js';

/** Below so many bytes a column is joined at once: its chunks are longer than it needs. */
const worthWaiting = 64 * 1024;
/** Offsets are int32. */
const maxTextBytes = 0x7fffffff;

export class GrowingColumn {
  readonly field: Field;
  readonly #values = new GrowingBytes();
  readonly #bits: GrowingBits | undefined;
  readonly #offsets: GrowingBytes | undefined;
  /** From the first NULL on. */
  #validity: GrowingBits | undefined;
  #length = 0;
  #nullCount = 0;

  constructor(field: Field) {
    const { kind } = field.type;
    this.field = field;
    this.#bits = kind === 'bool' ? new GrowingBits() : undefined;
    this.#offsets = kind === 'utf8' || kind === 'binary' ? new GrowingBytes() : undefined;
    // The first offset.
    this.#offsets?.appendZeros(4);
  }

  get length(): number {
    return this.#length;
  }

  get nullCount(): number {
    return this.#nullCount;
  }

  /** Copies a piece of so many rows, which is of no use any more. @throws OperationalError when texts are more than one column can hold */
  append(piece: Piece, rows: number): void {
    const { values, offsets, validity, nullCount } = piece;
    if (validity !== undefined && this.#validity === undefined) {
      this.#validity = new GrowingBits();
      this.#validity.appendOnes(this.#length);
    }
    if (validity === undefined) this.#validity?.appendOnes(rows);
    else this.#validity?.append(validity, rows);
    if (this.#offsets !== undefined && offsets !== undefined)
      this.#appendOffsets(offsets, rows, values.length);
    if (this.#bits === undefined) this.#values.append(values);
    else this.#bits.append(values, rows);
    this.#length += rows;
    this.#nullCount += nullCount;
  }

  /** The column; nothing more may be appended. A long one is joined when its values are asked for. */
  finish(): ColumnData | PendingData {
    const length = this.#length;
    const nullCount = this.#nullCount;
    const validity = this.#validity?.join();
    if (this.#bits !== undefined) return { length, nullCount, validity, values: this.#bits.join() };
    const byteLength = this.#values.length + (this.#offsets?.length ?? 0);
    const join = (): ColumnData => {
      const values = this.#values.join();
      if (this.#offsets === undefined) return { length, nullCount, validity, values };
      const offsets = new Int32Array(this.#offsets.join().buffer);
      return { length, nullCount, validity, bytes: values, offsets };
    };
    return byteLength < worthWaiting ? join() : { length, nullCount, validity, byteLength, join };
  }

  #appendOffsets(offsets: Int32Array, rows: number, added: number): void {
    const before = this.#values.length;
    if (before + added > maxTextBytes) {
      throw new OperationalError(
        `Column ${JSON.stringify(this.field.name)} has more than 2 GiB of text, the most that one data frame can hold; take it in parts (fetchDataFrameBatches)`,
      );
    }
    if (before > 0) addToAll(offsets, before);
    this.#offsets!.append(new Uint8Array(offsets.buffer, offsets.byteOffset + 4, rows * 4));
  }
}
