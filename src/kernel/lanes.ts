/**
 * The contract of columnar decoding: what the cells of DataRow messages become, column by column, in Arrow's memory layout.
 * Written twice, with the same results to the bit: in plain TypeScript (plain.ts) and for WebAssembly (assembly/). Nothing
 * here makes a row, a string or an error.
 */
import type { KernelSlab } from './slabs.js';

/** How a NUMERIC lies in its cell. */
export type NumericForm =
  /** Decimal digits: `-?digits[.digits]`. */
  | 'text'
  /** Redshift's binary: a two's complement integer of 8 or 16 bytes, the value times 10^scale. */
  | 'redshift'
  /** PostgreSQL's binary: int16 count, weight, sign, scale, then groups of four decimal digits. */
  | 'postgresql';

/** How an INTERVAL lies in its cell. */
export type IntervalForm =
  /** 16 bytes: int64 microseconds, int32 days, int32 months. */
  | 'postgresql'
  /** The same, or 12 bytes without the days; days go into the microseconds, 86,400 s each. */
  | 'redshift'
  /** 4 bytes: int32 months. */
  | 'months'
  /** 8 bytes: int64 microseconds. */
  | 'microseconds';

/**
 * What a column is decoded to. All integers on the wire are big-endian; a cell whose length is not the named one is bad, and so
 * is what is listed as bad. Scales are 0 to 38.
 */
export type Lane =
  /** Not decoded; its piece stays empty, with `bad` -1. */
  | { readonly kind: 'skip' }
  /** 1 byte, 0 or 1 (else bad). Values: bits, LSB first. */
  | { readonly kind: 'bool' }
  | { readonly kind: 'int16' }
  | { readonly kind: 'int32' }
  /** 4 bytes, or 8 whose value is below 2^32 (else bad). */
  | { readonly kind: 'uint32' }
  | { readonly kind: 'int64' }
  | { readonly kind: 'float32' }
  | { readonly kind: 'float64' }
  /** An int64 as a double; beyond 2^53 - 1 either way: bad. */
  | { readonly kind: 'int64AsFloat64' }
  /** int32 days since 2000-01-01 become int32 days since 1970-01-01. Bad: both ends of int32 (infinity), and what overflows. */
  | { readonly kind: 'date32' }
  /** int64 microseconds since midnight, as they are. Bad: outside of 0 to 86,400,000,000. */
  | { readonly kind: 'time64' }
  /** int64 microseconds since 2000-01-01 become those since 1970-01-01. Bad: both ends of int64 (infinity), and what overflows. */
  | { readonly kind: 'timestamp' }
  /**
   * The value times 10^scale as a 128-bit two's complement integer, lower half first. `text` and `postgresql`: bad are NaN,
   * infinities, malformed cells, digits other than 0 beyond the scale, 10^38 and more, a text of more than 100 bytes, more
   * than 20 groups, and a weight beyond 20 either way if there are groups. The scale that `postgresql` sends is not looked at.
   * `redshift`: every value of 8 and 16 bytes is good, its scale is the lane's.
   */
  | { readonly kind: 'decimal128'; readonly form: NumericForm; readonly scale: number }
  /**
   * The double nearest to the value. Done only where one division (or multiplication) of exact doubles gives it: the digits as
   * an integer at most 2^53 - 1, and 10^22 at most as the power of ten; all else is bad here, also NaN. Digits are, for `text`: all
   * that are written, without leading zeros (a `-` in front of zero gives -0); `redshift`: the integer over 10^scale;
   * `postgresql`: all groups that are sent, over 10000^(count - 1 - weight). The scale counts for `redshift` only.
   */
  | { readonly kind: 'numericAsFloat64'; readonly form: NumericForm; readonly scale: number }
  /**
   * 16 bytes: int32 months, int32 days, int64 microseconds. As Arrow's month_day_nano, but microseconds: its nanoseconds end at
   * 292 years, the server's range does not. Bad: infinity (months, days and microseconds all at the same end of their ranges),
   * and microseconds that overflow when the days go into them.
   */
  | { readonly kind: 'interval'; readonly form: IntervalForm }
  /** The cell's bytes with offsets, as they are (whether they are UTF-8 is for the caller to see). */
  | { readonly kind: 'utf8' }
  | { readonly kind: 'binary' }
  /** As utf8. Bad: a cell that is not `-?digits[.digits]` (so NaN and infinities, too), or longer than 49 bytes. */
  | { readonly kind: 'numericText' };

export type LaneKind = Lane['kind'];

/** Bytes of a value in `Piece.values`; 0 where values are bits, or bytes with offsets. */
export const laneWidths: Readonly<Record<LaneKind, number>> = {
  skip: 0,
  bool: 0,
  int16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
  int64AsFloat64: 8,
  date32: 4,
  time64: 8,
  timestamp: 8,
  decimal128: 16,
  numericAsFloat64: 8,
  interval: 16,
  utf8: 0,
  binary: 0,
  numericText: 0,
};

/** Whole DataRow messages back to back in bytes [start, end), checked when they came: each has one cell a lane. */
export interface RowBlock {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly rows: number;
  /** In a slab of the kernel's: where its cells lie was noted. */
  readonly placed?:
    { readonly slab: KernelSlab; /** The block's first row in the slab. */ readonly row: number } | undefined;
}

/**
 * One column of a block. The arrays are views of the decoder's memory: they hold until the next call of any decoder, so that
 * whoever keeps values copies them. Integers and doubles are in the machine's byte order, which is little-endian where the
 * WebAssembly twin may run.
 */
export interface Piece {
  /**
   * The first row whose cell could not be done, -1 when all were. Then nothing else of this piece means anything: the caller
   * reads the column's cells one by one, and finds either values after all or the error to throw. Other columns are whole.
   */
  readonly bad: number;
  readonly nullCount: number;
  /** A bit per row, LSB first, 1: there is a value; bits beyond the last row are 0. Undefined when nothing is NULL. */
  readonly validity: Uint8Array | undefined;
  /** Exactly rows * width bytes (bool: bits, those beyond the last row 0; utf8, binary and numericText: the bytes of all cells). 0 where NULL. */
  readonly values: Uint8Array;
  /** utf8, binary and numericText: rows + 1 offsets into `values`, the first is 0. */
  readonly offsets: Int32Array | undefined;
}

/** Decodes blocks of one description. Keeps no block, and no state between calls but its memory. */
export interface ColumnDecoder {
  /** One piece a lane, in their order; the pieces too are overwritten by the next call. An empty block gives empty pieces. */
  decode(block: RowBlock): readonly Piece[];
}

export type MakeColumnDecoder = (lanes: readonly Lane[]) => ColumnDecoder;
