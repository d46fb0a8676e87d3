/**
 * The slow way of a column: its cells one by one through the reader that rows use, into the same memory that a lane fills.
 * For types and formats without a lane, and for blocks in which a lane met a cell that it cannot do.
 */
import { DataError } from '../errors.js';
import type { Cells } from '../kernel/cells.js';
import type { Piece } from '../kernel/lanes.js';
import { Interval } from '../types/interval.js';
import type { Block } from '../types/codec.js';
import { bitmapBytes, setBit } from './bitmap.js';
import type { ColumnPlan } from './column-plan.js';
import type { DataType } from './schema.js';

/** A cell that has no place in its column, or cannot be read. */
export interface CellFault {
  readonly row: number;
  readonly cause: unknown;
}

/** Values of the rows of a block. @returns the first cell that cannot be done instead, if there is one */
export function readCells(
  { read, field: { type }, typeName }: ColumnPlan,
  block: Block,
  cells: Cells,
  column: number,
): Piece | CellFault {
  const { rows, starts } = cells;
  const base = cells.base(column);
  const validity = new Uint8Array(bitmapBytes(rows));
  const store = storeOf(type, typeName, rows);
  let nullCount = 0;
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    if (start < 0) {
      nullCount++;
      store.put(row, null);
      continue;
    }
    setBit(validity, row);
    try {
      store.put(row, read(block, start, start + block.view.getInt32(start - 4)));
    } catch (cause) {
      return { row, cause };
    }
  }
  return { bad: -1, nullCount, validity: nullCount === 0 ? undefined : validity, ...store.finish() };
}

/** Takes the values of a block in their order; null leaves what is there. */
interface Store {
  put(row: number, value: unknown): void;
  finish(): Pick<Piece, 'values' | 'offsets'>;
}

function storeOf(type: DataType, typeName: string, rows: number): Store {
  switch (type.kind) {
    case 'bool': {
      const values = new Uint8Array(bitmapBytes(rows));
      return fixed(values, (row, value) => {
        if (value === true) setBit(values, row);
      });
    }
    case 'int16':
      return numbers(new Int16Array(rows));
    case 'int32':
      return numbers(new Int32Array(rows));
    case 'uint32':
      return numbers(new Uint32Array(rows));
    case 'float32':
      return numbers(new Float32Array(rows));
    case 'float64':
      return numbers(new Float64Array(rows));
    case 'date32': {
      const values = new Int32Array(rows);
      return fixed(values, (row, value) => {
        values[row] = within(finite(value, typeName), 32, typeName);
      });
    }
    case 'int64':
    case 'time64':
    case 'timestamp': {
      const values = new BigInt64Array(rows);
      return fixed(values, (row, value) => {
        values[row] = typeof value === 'bigint' ? wide(value, typeName) : BigInt(finite(value, typeName));
      });
    }
    case 'decimal128': {
      const values = new BigInt64Array(rows * 2);
      return fixed(values, (row, value) => {
        const unscaled = decimal(String(value), type.precision, type.scale);
        values[row * 2] = BigInt.asIntN(64, unscaled);
        values[row * 2 + 1] = unscaled >> 64n;
      });
    }
    case 'interval': {
      const values = new DataView(new ArrayBuffer(rows * 16));
      return fixed(values, (row, value) => {
        if (!(value instanceof Interval)) throw endless(typeName);
        values.setInt32(row * 16, value.months, littleEndian);
        values.setInt32(row * 16 + 4, value.days, littleEndian);
        values.setBigInt64(row * 16 + 8, value.microseconds, littleEndian);
      });
    }
    default:
      return bytes(rows);
  }
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function fixed(values: NodeJS.ArrayBufferView, put: (row: number, value: unknown) => void): Store {
  return {
    put: (row, value) => {
      if (value !== null) put(row, value);
    },
    finish: () => ({
      values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      offsets: undefined,
    }),
  };
}

function numbers(values: Int16Array | Int32Array | Uint32Array | Float32Array | Float64Array): Store {
  return fixed(values, (row, value) => {
    values[row] = Number(value);
  });
}

function bytes(rows: number): Store {
  const offsets = new Int32Array(rows + 1);
  let memory = Buffer.allocUnsafe(rows * 16 + 64);
  let used = 0;
  return {
    put: (row, value) => {
      if (value !== null) {
        const cell = typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array);
        if (used + cell.length > memory.length) {
          const grown = Buffer.allocUnsafe((used + cell.length) * 2);
          grown.set(memory.subarray(0, used));
          memory = grown;
        }
        memory.set(cell, used);
        used += cell.length;
      }
      offsets[row + 1] = used;
    },
    finish: () => ({ values: memory.subarray(0, used), offsets }),
  };
}

function endless(typeName: string): DataError {
  return new DataError(
    `infinity has no place in a typed column; choose 'string' for ${typeName} (option types), or fetch rows`,
  );
}

function finite(value: unknown, typeName: string): number {
  if (value === Infinity || value === -Infinity) throw endless(typeName);
  return value as number;
}

function within(value: number, bits: 32, typeName: string): number {
  if (Math.abs(value) < 2 ** (bits - 1)) return value;
  throw beyond(String(value), typeName);
}

function wide(value: bigint, typeName: string): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw beyond(String(value), typeName);
}

function beyond(value: string, typeName: string): DataError {
  return new DataError(
    `${value} is beyond what its column holds; choose 'string' for ${typeName} (option types)`,
  );
}

/** Decimal text as an integer times 10^scale; never without one of its digits. */
function decimal(text: string, precision: number, scale: number): bigint {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (found === null) {
    throw new DataError(
      `${text} has no place in a column of decimals; choose 'number' (a float64 column) or 'string' for numeric (option types)`,
    );
  }
  const [, sign = '', whole = '', fraction = ''] = found;
  const kept = fraction.slice(0, scale).padEnd(scale, '0');
  const unscaled = BigInt(sign + whole + kept);
  if (/[1-9]/.test(fraction.slice(scale)) || unscaled >= limit || unscaled <= -limit) {
    throw new DataError(
      `${text.length > 60 ? `${text.slice(0, 60)}…` : text} does not fit decimal(${String(precision)}, ${String(scale)}); choose 'string' for numeric (option types), or cast it in the query`,
    );
  }
  return unscaled;
}

const limit = 10n ** 38n;
