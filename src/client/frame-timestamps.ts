/** Timestamps of a data frame as parameters: microseconds in binary where the table's column is one, else their text. */
import { DataError } from '../errors.js';
import { dateText, daysTo2000, microsecondsPerDay, timeText } from '../types/calendar.js';
import { oids } from '../types/oids.js';
import type { ParameterBuffer } from '../types/parameter-buffer.js';

const shift = daysTo2000 * microsecondsPerDay;
const bigShift = BigInt(shift);
const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;

/**
 * @param name of the column, for messages
 * @param values microseconds since 1970-01-01; both ends of int64 are the infinities
 */
export function timestampCells(
  name: string,
  values: BigInt64Array,
  target: number | undefined,
): { readonly oid: number; readonly format: 0 | 1; write(out: ParameterBuffer, row: number): void } {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  if (target === oids.timestamp || target === oids.timestamptz) {
    // Under its own type no session time zone is applied: both count from 2000-01-01, of UTC.
    return {
      oid: target,
      format: 1,
      write: (out, row) => {
        const high = words[row * 2 + 1]!;
        // Below 2^53, the years 1684 to 2255, the halves make a double exactly: 12 ns against 70 of a bigint.
        if (high >= -0x1f0000 && high < 0x1f0000)
          out.int8(high * 0x1_0000_0000 + (words[row * 2]! >>> 0) - shift);
        else {
          const value = values[row]!;
          if (value === int64Max || value === int64Min) out.bigint(value);
          else if (value < int64Min + bigShift) {
            // No server has it; as it is counted there it would wrap into the future.
            throw new DataError(
              `writeDataFrame: column ${JSON.stringify(name)}, row ${String(row)} is a timestamp before all that a server knows`,
            );
          } else out.bigint(value - bigShift);
        }
      },
    };
  }
  return {
    oid: oids.untyped,
    format: 0,
    write: (out, row) => {
      const value = values[row]!;
      if (value === int64Max) out.text('infinity');
      else if (value === int64Min) out.text('-infinity');
      else writeText(out, value);
    },
  };
}

const perDay = BigInt(microsecondsPerDay);

/** `YYYY-MM-DD HH:MM:SS.ffffff+00`, which TIMESTAMP, TIMESTAMPTZ and DATE read as UTC whatever the session's zone. */
function writeText(out: ParameterBuffer, value: bigint): void {
  const below = ((value % perDay) + perDay) % perDay;
  const day = Number((value - below) / perDay);
  if (day >= -719_162 && day <= 2_932_896) {
    out.instantParts(day, Number(below));
    return;
  }
  const { text, era } = dateText(day - daysTo2000);
  out.text(`${text} ${timeText(Number(below))}+00${era}`);
}
