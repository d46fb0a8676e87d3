/**
 * The column decoder in WebAssembly: lays out the kernel's memory (the block, the positions of its cells, then column after
 * column) and calls one function a column. It decodes nothing itself, and gives up blocks that are too large for it.
 */
import { laneWidths, type ColumnDecoder, type Lane, type Piece, type RowBlock } from './lanes.js';
import { aligned, slack } from './layout.js';
import { kernel, type Fill, type Kernel, type KernelExports } from './module.js';
import { makePlainDecoder } from './plain.js';

const nothing = new Uint8Array(0);

/** The function of a lane; undefined: bytes with offsets, or nothing at all. */
function fillOf(lane: Lane, calls: KernelExports): Fill | undefined {
  switch (lane.kind) {
    case 'skip':
    case 'utf8':
    case 'binary':
    case 'numericText':
      return undefined;
    case 'bool':
      return calls.bools;
    case 'int16':
      return calls.fill2;
    case 'int32':
    case 'float32':
      return calls.fill4;
    case 'uint32':
      return calls.uint32s;
    case 'int64':
    case 'float64':
      return calls.fill8;
    case 'int64AsFloat64':
      return calls.int64sAsDoubles;
    case 'date32':
      return calls.dates;
    case 'time64':
      return calls.times;
    case 'timestamp':
      return calls.timestamps;
    case 'decimal128':
      if (lane.form === 'text') return calls.decimalsOfText;
      return lane.form === 'redshift' ? calls.decimalsOfRedshift : calls.decimalsOfPostgres;
    case 'numericAsFloat64':
      if (lane.form === 'text') return calls.doublesOfText;
      return lane.form === 'redshift' ? calls.doublesOfRedshift : calls.doublesOfPostgres;
    case 'interval':
      if (lane.form === 'months') return calls.intervalsOfMonths;
      return lane.form === 'microseconds' ? calls.intervalsOfMicroseconds : calls.intervals;
  }
}

/** What a function takes beside cells, rows and output. */
function scaleOf(lane: Lane): number {
  if (lane.kind === 'interval') return lane.form === 'redshift' ? 1 : 0;
  return 'scale' in lane ? lane.scale : 0;
}

class KernelColumn implements Piece {
  bad = -1;
  nullCount = 0;
  validity: Uint8Array | undefined;
  values: Uint8Array = nothing;
  offsets: Int32Array | undefined;
  readonly #lane: Lane;
  readonly #fill: Fill | undefined;
  readonly #scale: number;
  readonly #width: number;

  constructor(lane: Lane, calls: KernelExports) {
    this.#lane = lane;
    this.#fill = fillOf(lane, calls);
    this.#scale = scaleOf(lane);
    this.#width = laneWidths[lane.kind];
  }

  /** Bytes that a column of so many rows takes at most, beside those of its texts. */
  size(rows: number): number {
    // Offsets are four bytes a row, and every column has a bit a row for its NULLs; bool has a second one.
    return rows * (this.#fill === undefined ? 4 : this.#width) + ((rows + 7) >> 2) + 4 * (slack + 64);
  }

  /** Decodes a column into memory from an address on; gives where the next may begin. */
  decode(kernel: Kernel, cells: number, rows: number, address: number): number {
    const { calls, bytes } = kernel;
    if (this.#lane.kind === 'skip') return address;
    const { buffer } = bytes;
    const bitmap = (rows + 7) >> 3;
    let at = address;
    this.nullCount = calls.validity(cells, rows, at);
    if (this.nullCount === 0) this.validity = undefined;
    else {
      this.validity = new Uint8Array(buffer, at, bitmap);
      // One byte more: its bits may be shifted there.
      at = aligned(at + bitmap + 1);
    }
    if (this.#fill === undefined) {
      const offsets = (this.offsets = new Int32Array(buffer, at, rows + 1));
      offsets[0] = 0;
      const ends = at + 4;
      at = aligned(ends + rows * 4);
      const length = calls.gather(cells, rows, ends, at);
      if (this.#lane.kind === 'numericText') this.bad = calls.firstNotNumeric(cells, rows);
      this.values = new Uint8Array(buffer, at, length);
      return aligned(at + length + slack);
    }
    const length = this.#lane.kind === 'bool' ? bitmap : rows * this.#width;
    this.bad = this.#fill(cells, rows, at, this.#scale);
    this.values = new Uint8Array(buffer, at, length);
    return aligned(at + length + slack);
  }
}

class WasmDecoder implements ColumnDecoder {
  readonly #kernel: Kernel;
  readonly #lanes: readonly Lane[];
  readonly #columns: readonly KernelColumn[];
  #plain: ColumnDecoder | undefined;

  constructor(lanes: readonly Lane[], kernel: Kernel) {
    this.#kernel = kernel;
    this.#lanes = lanes;
    this.#columns = lanes.map((lane) => new KernelColumn(lane, kernel.calls));
  }

  decode(block: RowBlock): readonly Piece[] {
    const { placed, start, end, rows } = block;
    if (placed === undefined) return this.#decodeElsewhere(block);
    const out = this.#kernel.start;
    if (!this.#fits(out, end - start, rows)) return this.#decodePlain(block);
    return this.#fill(placed.slab.placesOf(placed.row), placed.slab.stride, rows, out);
  }

  /** Of bytes that the kernel cannot reach. */
  #decodeElsewhere(block: RowBlock): readonly Piece[] {
    const columns = this.#columns;
    const kernel = this.#kernel;
    const { bytes, start, end, rows } = block;
    const size = end - start;
    // A stride that is no power of two, or the columns' cells would fall into the same lines of the cache.
    const stride = rows + 16;
    const input = kernel.start;
    const cells = aligned(input + size + slack);
    const out = aligned(cells + stride * columns.length * 4 + slack);
    if (!this.#fits(out, size, rows)) return this.#decodePlain(block);
    kernel.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), input);
    const found = kernel.calls.walk(input, input + size, rows, columns.length, cells, stride);
    // The bytes were checked when they came: a block that does not fit is a defect of ours, and the plain path shows it.
    if (found !== rows || kernel.calls.walked.value !== input + size) return this.#decodePlain(block);
    return this.#fill(cells, stride, rows, out);
  }

  /** Whether what becomes of so many rows has room from an address on. */
  #fits(out: number, size: number, rows: number): boolean {
    let needed = out + size;
    for (const column of this.#columns) needed += column.size(rows);
    return this.#kernel.reaches(needed);
  }

  #fill(cells: number, stride: number, rows: number, out: number): readonly Piece[] {
    const columns = this.#columns;
    let at = out;
    for (let index = 0; index < columns.length; index++) {
      at = columns[index]!.decode(this.#kernel, cells + index * stride * 4, rows, at);
    }
    return columns;
  }

  #decodePlain(block: RowBlock): readonly Piece[] {
    this.#plain ??= makePlainDecoder(this.#lanes);
    return this.#plain.decode(block);
  }
}

/** Makes the decoder of a description; undefined where WebAssembly cannot be used. One may be used for many results. */
export function makeWasmDecoder(lanes: readonly Lane[]): ColumnDecoder | undefined {
  const loaded = kernel();
  return loaded === undefined ? undefined : new WasmDecoder(lanes, loaded);
}
