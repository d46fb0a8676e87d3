/**
 * The column decoder in plain TypeScript: what runs where WebAssembly does not, and what the WebAssembly twin is held against.
 * All cells of a block are found first, then one loop a column fills its memory.
 */
import { Cells } from './cells.js';
import { laneWidths, type ColumnDecoder, type Lane, type Piece, type RowBlock } from './lanes.js';
import { firstNotNumeric, readBytes, totalBytes } from './plain-bytes.js';
import {
  intervalReader,
  readBool,
  readDate32,
  readInt16,
  readInt32,
  readInt64,
  readInt64AsFloat64,
  readTime64,
  readTimestamp,
  readUint32,
  type ReadColumn,
  type Target,
} from './plain-fixed.js';
import { decimalReader, doubleReader } from './plain-numeric.js';

const nothing = new Uint8Array(0);

/** A column's memory, which grows with the blocks and is used again for each. */
class PlainColumn implements Piece {
  bad = -1;
  nullCount = 0;
  validity: Uint8Array | undefined;
  values: Uint8Array = nothing;
  offsets: Int32Array | undefined;
  readonly #lane: Lane;
  /** Undefined: bytes with offsets, or nothing at all. */
  readonly #read: ReadColumn | undefined;
  #target = targetOf(0);
  #offsets = new Int32Array(1);
  #validity: Uint8Array = nothing;

  constructor(lane: Lane) {
    this.#lane = lane;
    this.#read = readerOf(lane);
  }

  decode(cells: Cells, column: number): void {
    const { kind } = this.#lane;
    if (kind === 'skip') return;
    const base = cells.base(column);
    this.bad = -1;
    this.nullCount = cells.nulls[column]!;
    this.validity = this.nullCount === 0 ? undefined : this.#readValidity(cells, base);
    if (this.#read === undefined) {
      const length = totalBytes(cells, base);
      this.#reserve(length);
      if (this.#offsets.length <= cells.rows) this.#offsets = new Int32Array(cells.rows + 1);
      this.offsets = this.#offsets.subarray(0, cells.rows + 1);
      this.values = this.#target.bytes.subarray(0, length);
      readBytes(cells, base, this.values, this.offsets);
      if (kind === 'numericText') this.bad = firstNotNumeric(cells, base);
      return;
    }
    const length = kind === 'bool' ? (cells.rows + 7) >> 3 : cells.rows * laneWidths[kind];
    this.#reserve(length);
    this.values = this.#target.bytes.subarray(0, length);
    this.bad = this.#read(cells, base, this.#target);
  }

  #reserve(length: number): void {
    if (this.#target.bytes.length < length) this.#target = targetOf(length + (length >> 2));
  }

  #readValidity({ starts, rows }: Cells, base: number): Uint8Array {
    const length = (rows + 7) >> 3;
    if (this.#validity.length < length) this.#validity = new Uint8Array(length);
    const out = this.#validity;
    let bits = 0;
    for (let row = 0; row < rows; row++) {
      if (starts[base + row]! >= 0) bits |= 1 << (row & 7);
      if ((row & 7) === 7) {
        out[row >> 3] = bits;
        bits = 0;
      }
    }
    if ((rows & 7) !== 0) out[rows >> 3] = bits;
    return out.subarray(0, length);
  }
}

function targetOf(length: number): Target {
  const buffer = new ArrayBuffer((length + 15) & ~15);
  return {
    bytes: new Uint8Array(buffer),
    int16: new Int16Array(buffer),
    int32: new Int32Array(buffer),
    float64: new Float64Array(buffer),
  };
}

function readerOf(lane: Lane): ReadColumn | undefined {
  switch (lane.kind) {
    case 'skip':
    case 'utf8':
    case 'binary':
    case 'numericText':
      return undefined;
    case 'bool':
      return readBool;
    case 'int16':
      return readInt16;
    case 'int32':
    case 'float32':
      return readInt32;
    case 'uint32':
      return readUint32;
    case 'int64':
    case 'float64':
      return readInt64;
    case 'int64AsFloat64':
      return readInt64AsFloat64;
    case 'date32':
      return readDate32;
    case 'time64':
      return readTime64;
    case 'timestamp':
      return readTimestamp;
    case 'decimal128':
      return decimalReader(lane.form, lane.scale);
    case 'numericAsFloat64':
      return doubleReader(lane.form, lane.scale);
    case 'interval':
      return intervalReader(lane.form);
  }
}

class PlainDecoder implements ColumnDecoder {
  readonly #columns: readonly PlainColumn[];
  readonly #cells: Cells;

  constructor(lanes: readonly Lane[]) {
    this.#columns = lanes.map((lane) => new PlainColumn(lane));
    this.#cells = new Cells(lanes.length);
  }

  decode(block: RowBlock): readonly Piece[] {
    const cells = this.#cells;
    cells.walk(block);
    for (let column = 0; column < this.#columns.length; column++)
      this.#columns[column]!.decode(cells, column);
    cells.release();
    return this.#columns;
  }
}

/** Makes the decoder of a description in plain TypeScript; one may be used for many results. */
export function makePlainDecoder(lanes: readonly Lane[]): ColumnDecoder {
  return new PlainDecoder(lanes);
}
