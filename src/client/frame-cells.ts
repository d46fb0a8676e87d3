/**
 * Columns of a data frame as parameters: how each cell is written, straight from the column's memory, so that the table's
 * column takes it exactly. No row is made. What cannot be exact is an error that names column and row.
 */
import { DataError } from '../errors.js';
import { bitAt } from '../results/bitmap.js';
import type { Column } from '../results/column.js';
import { dateText, daysTo2000, timeText } from '../types/calendar.js';
import type { ServerTraits } from '../types/codec.js';
import { shortWriter, withPoint, writeNumber } from '../types/numeric.js';
import { oids } from '../types/oids.js';
import type { ParameterBuffer } from '../types/parameter-buffer.js';
import { ParameterColumn } from '../types/parameter-columns.js';
import { timestampCells } from './frame-timestamps.js';

export type WriteCell = (out: ParameterBuffer, row: number) => void;

export interface FrameCells {
  readonly oid: number;
  readonly format: 0 | 1;
  /** What stands in VALUES for the parameter: the marker, or a call that makes the column's value of it. */
  expression(marker: string): string;
  readonly write: WriteCell;
}

type Cells = Pick<FrameCells, 'oid' | 'format' | 'write'>;

const asText = (write: WriteCell): Cells => ({ oid: oids.untyped, format: 0, write });
const asBinary = (oid: number, write: WriteCell): Cells => ({ oid, format: 1, write });

const texts: ReadonlySet<number> = new Set([oids.char, oids.name, oids.text, oids.bpchar, oids.varchar]);
const integers: ReadonlySet<number> = new Set([oids.smallint, oids.integer, oids.bigint]);

/**
 * @param target the type of the table's column; undefined when the catalog does not say
 * @throws DataError naming the column when a value can be none of the target's
 */
export function frameCells(column: Column, target: number | undefined, server: ServerTraits): FrameCells {
  const cells = cellsOf(column, target, server);
  const { validity } = column;
  const { write } = cells;
  return {
    oid: cells.oid,
    format: cells.format,
    expression: expressionFor(column, target),
    write:
      validity === undefined
        ? write
        : (out, row) => {
            if (bitAt(validity, row)) write(out, row);
            else out.null();
          },
  };
}

/** Redshift's SUPER and VARBYTE take JSON and hexadecimal text as plain text unless a function reads it (AWS manual, "Loading semistructured data", "VARBYTE type"). */
function expressionFor({ type: { kind } }: Column, target: number | undefined): (marker: string) => string {
  if (target === oids.super && (kind === 'utf8' || kind === 'dictionary' || kind === 'object'))
    return (marker) => `json_parse(${marker})`;
  if (target === oids.varbyte && kind === 'binary') return (marker) => `from_hex(${marker})`;
  return (marker) => marker;
}

function cellsOf(column: Column, target: number | undefined, server: ServerTraits): Cells {
  const { type } = column;
  switch (type.kind) {
    case 'bool': {
      const values = column.values as Uint8Array;
      if (target !== undefined && texts.has(target))
        return asText((out, row) => {
          out.text(bitAt(values, row) ? 'true' : 'false');
        });
      return asBinary(oids.boolean, (out, row) => {
        out.boolean(bitAt(values, row));
      });
    }
    case 'int16':
    case 'int32':
    case 'uint32':
      return smallIntegers(column.values as Int32Array, type.kind, target);
    case 'int64':
      return bigIntegers(column.values as BigInt64Array, target);
    case 'float32':
    case 'float64':
      return floats(column, column.values as Float64Array, target);
    case 'decimal128':
      return decimals(column, column.values as Uint32Array, type.scale, target);
    case 'utf8': {
      const bytes = column.values as Uint8Array;
      const offsets = column.offsets!;
      refuseNul(column, bytes, offsets);
      return asText((out, row) => {
        out.copy(bytes, offsets[row], offsets[row + 1]);
      });
    }
    case 'dictionary': {
      const indices = column.values as Int32Array;
      const { bytes, offsets } = column.dictionary!;
      refuseNul(column, bytes, offsets);
      return asText((out, row) => {
        const index = indices[row]!;
        out.copy(bytes, offsets[index], offsets[index + 1]);
      });
    }
    case 'binary': {
      const bytes = column.values as Uint8Array;
      const offsets = column.offsets!;
      if (server.dialect === 'postgresql')
        return asBinary(oids.bytea, (out, row) => {
          out.copy(bytes, offsets[row], offsets[row + 1]);
        });
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return asText((out, row) => {
        out.text(buffer.toString('hex', offsets[row], offsets[row + 1]));
      });
    }
    case 'date32':
      return dates(column.values as Int32Array, target);
    case 'time64': {
      const values = column.values as BigInt64Array;
      return asText((out, row) => {
        out.text(timeText(Number(values[row]!)));
      });
    }
    case 'timestamp':
      return timestampCells(column.name, column.values as BigInt64Array, target);
    case 'interval':
    case 'object':
      return anyCells(column, target, server);
  }
}

function smallIntegers(
  values: Int32Array | Int16Array | Uint32Array,
  kind: 'int16' | 'int32' | 'uint32',
  target: number | undefined,
): Cells {
  if (target !== undefined && texts.has(target))
    return asText((out, row) => {
      out.text(String(values[row]!));
    });
  if (kind === 'uint32')
    return asBinary(oids.bigint, (out, row) => {
      out.int8(values[row]!);
    });
  return asBinary(oids.integer, (out, row) => {
    out.int4(values[row]!);
  });
}

function bigIntegers(values: BigInt64Array, target: number | undefined): Cells {
  if (target !== undefined && texts.has(target))
    return asText((out, row) => {
      out.text(String(values[row]!));
    });
  return asBinary(oids.bigint, (out, row) => {
    out.bigint(values[row]!);
  });
}

/** Doubles into a double as they are; into an integer when they are whole; elsewhere by the digits that they print as. */
function floats(column: Column, values: Float64Array | Float32Array, target: number | undefined): Cells {
  if (target === undefined || target === oids.double || target === oids.real)
    return asBinary(oids.double, (out, row) => {
      out.float8(values[row]!);
    });
  if (!integers.has(target))
    return asText((out, row) => {
      out.text(writeNumber(values[row]!));
    });
  const refuse = (row: number, what: string): never => {
    throw cellError(column, row, `is ${what}, which an integer column cannot hold`);
  };
  const check = (row: number): void => {
    const value = values[row]!;
    if (!Number.isInteger(value)) refuse(row, Number.isFinite(value) ? 'no whole number' : String(value));
    if (value < -(2 ** 63) || value >= 2 ** 63) refuse(row, 'beyond 64 bits');
  };
  checkCells(column, check);
  return asBinary(oids.bigint, (out, row) => {
    const value = values[row]!;
    if (Number.isSafeInteger(value)) out.int8(value);
    else out.bigint(BigInt(value));
  });
}

/** The digits as untyped text: of a parameter called NUMERIC, Redshift does not know the scale. */
function decimals(column: Column, limbs: Uint32Array, scale: number, target: number | undefined): Cells {
  const whole = target !== undefined && integers.has(target);
  const unit = 10n ** BigInt(scale);
  const exact = (row: number): bigint =>
    BigInt.asIntN(
      128,
      (BigInt(limbs[row * 4 + 3]!) << 96n) |
        (BigInt(limbs[row * 4 + 2]!) << 64n) |
        (BigInt(limbs[row * 4 + 1]!) << 32n) |
        BigInt(limbs[row * 4]!),
    );
  if (whole) {
    checkCells(column, (row) => {
      if (exact(row) % unit !== 0n)
        throw cellError(column, row, 'is no whole number, which an integer column cannot hold');
    });
    return asText((out, row) => {
      out.text(String(exact(row) / unit));
    });
  }
  const write = shortWriter(scale);
  return asText((out, row) => {
    const sign = limbs[row * 4 + 3]! | 0;
    const high = limbs[row * 4 + 1]! | 0;
    // Below 2^53, as most are: no bigint is needed.
    if ((sign === 0 || sign === -1) && (limbs[row * 4 + 2]! | 0) === sign && high >> 21 === sign)
      out.text(write(high * 0x1_0000_0000 + limbs[row * 4]!));
    else out.text(withPoint(String(exact(row)), scale));
  });
}

const int32Max = 2_147_483_647;

function dates(values: Int32Array, target: number | undefined): Cells {
  return asText((out, row) => {
    const day = values[row]!;
    if (day === int32Max) out.text('infinity');
    else if (day === -int32Max - 1) out.text('-infinity');
    else if (day >= -719_162 && day <= 2_932_896) {
      // Without a zone it would be midnight of the session's.
      if (target === oids.timestamptz) out.instantParts(day, 0);
      else out.day(day);
    } else {
      const { text, era } = dateText(day - daysTo2000);
      out.text(target === oids.timestamptz ? `${text} 00:00:00+00${era}` : text + era);
    }
  });
}

/** Values that only JavaScript has: as parameters of executeMany, of one type over all rows. */
function anyCells(column: Column, target: number | undefined, server: ServerTraits): Cells {
  const noted = new ParameterColumn(server, 1);
  const value = (row: number): unknown => {
    const found = column.get(row);
    // To SUPER and to text an array is its JSON.
    return Array.isArray(found) && (target === oids.super || (target !== undefined && texts.has(target)))
      ? { toJSON: (): unknown => found }
      : found;
  };
  const named = (row: number, work: () => void): void => {
    try {
      work();
    } catch (error) {
      throw cellError(column, row, `cannot be sent: ${error instanceof Error ? error.message : ''}`, error);
    }
  };
  for (let row = 0; row < column.length; row++) {
    named(row, () => {
      noted.note(value(row));
    });
  }
  const writer = noted.writer();
  return {
    // An interval is what its place says: of years and months, or of days and seconds.
    oid: writer.oid === oids.interval && target !== oids.interval ? oids.untyped : writer.oid,
    format: writer.format,
    write: (out, row) => {
      named(row, () => {
        writer.write(out, value(row));
      });
    },
  };
}

/** Looks at every cell that is not NULL before anything is sent. */
function checkCells(column: Column, check: (row: number) => void): void {
  const { validity, length } = column;
  for (let row = 0; row < length; row++) if (validity === undefined || bitAt(validity, row)) check(row);
}

/** One look at all bytes; which row it was is only asked when there is one. */
function refuseNul(column: Column, bytes: Uint8Array, offsets: Int32Array): void {
  const end = offsets[offsets.length - 1]!;
  const first = bytes.subarray(0, end).indexOf(0, offsets[0]);
  if (first < 0) return;
  checkCells(column, (row) => {
    const text = column.get(row);
    if (typeof text === 'string' && text.includes('\0'))
      throw cellError(column, row, 'contains a NUL character, which the server cannot store in text');
  });
}

export function cellError(column: Column, row: number, what: string, cause?: unknown): DataError {
  return new DataError(`writeDataFrame: column ${JSON.stringify(column.name)}, row ${String(row)} ${what}`, {
    cause,
  });
}
