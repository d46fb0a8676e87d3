/** Columns of DATE and of timestamps as Dates, straight from the bytes. */
import { daysTo2000, dateText } from './calendar.js';
import { wrongLength, type CellReader, type ColumnReader } from './codec.js';
import { Timestamp } from './timestamp.js';

const msTo2000 = daysTo2000 * 86_400_000;

/** @param read for infinities, and what is beyond 2^53 microseconds from 2000 */
export function instantColumn(read: CellReader): ColumnReader {
  return ({ block, rows, columns, starts }, column, out) => {
    const { view } = block;
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = view.getInt32(at - 4);
      if (length < 0) continue;
      if (length !== 8) throw wrongLength(length, 'timestamp');
      const high = view.getInt32(at);
      if (high >= -0x200000 && high < 0x200000) {
        const value = high * 0x1_0000_0000 + view.getUint32(at + 4);
        const whole = Math.floor(value / 1000);
        const below = value - whole * 1000;
        out[row] = below === 0 ? new Date(whole + msTo2000) : new Timestamp(whole + msTo2000, below);
      } else out[row] = read(block, at, at + 8);
    }
  };
}

/** The texts of days that were shown lately: results tell few days often, and one text serves all of them. */
const days = new Int32Array(4096).fill(-0x8000_0000);
const texts = new Array<string>(days.length).fill('');

/** @param read for infinities */
export function dateColumn(read: CellReader): ColumnReader {
  return ({ block, rows, columns, starts }, column, out) => {
    const { view } = block;
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = view.getInt32(at - 4);
      if (length < 0) continue;
      if (length !== 4) throw wrongLength(length, 'date');
      const day = view.getInt32(at);
      const slot = day & (days.length - 1);
      // The first day of all is -infinity, which no text here is kept for.
      if (days[slot] === day && day !== -0x8000_0000) out[row] = texts[slot];
      else if (day === 0x7fff_ffff || day === -0x8000_0000) out[row] = read(block, at, at + 4);
      else {
        const { text, era } = dateText(day);
        days[slot] = day;
        out[row] = texts[slot] = text + era;
      }
    }
  };
}
