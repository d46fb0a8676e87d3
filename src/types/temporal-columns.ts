/** Columns of DATE and of timestamps as Dates, straight from the bytes. */
import { daysTo2000, dateText, microsecondsPerDay } from './calendar.js';
import { ascii, wrongLength, type CellReader, type ColumnReader } from './codec.js';
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

/** `YYYY-MM-DD HH:MM:SS.ffffff+00`. */
const scratch = Buffer.alloc(32);
const scratchBlock = {
  bytes: scratch,
  view: new DataView(scratch.buffer, scratch.byteOffset, scratch.length),
};

/**
 * The texts of the choice `'string'`, written as bytes: parts joined as strings would leave five objects for each.
 *
 * @param read as for instantColumn; within 2^53 microseconds from 2000 every year has four digits
 */
export function instantTextColumn(zone: '' | '+00', read: CellReader): ColumnReader {
  return ({ block, rows, columns, starts }, column, out) => {
    const { view } = block;
    let lastDay = NaN;
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      const at = starts[cell]!;
      const length = view.getInt32(at - 4);
      if (length < 0) continue;
      const high = length === 8 ? view.getInt32(at) : 0x7fff_ffff;
      if (high < -0x200000 || high >= 0x200000) {
        out[row] = read(block, at, at + length);
        continue;
      }
      const value = high * 0x1_0000_0000 + view.getUint32(at + 4);
      const day = Math.floor(value / microsecondsPerDay);
      // Other readers write here, too, but none between two cells of a column.
      if (day !== lastDay) scratch.write(`${dateText(day).text} `, 'latin1');
      lastDay = day;
      let end = writeTime(value - day * microsecondsPerDay);
      if (zone !== '') {
        scratch[end] = 0x2b;
        scratch[end + 1] = scratch[end + 2] = 0x30;
        end += 3;
      }
      out[row] = ascii(scratchBlock, 0, end);
    }
  };
}

/** Behind the date. @returns where it ends */
function writeTime(microseconds: number): number {
  const seconds = Math.floor(microseconds / 1_000_000);
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  writeTwo(hours, 11);
  scratch[13] = 0x3a;
  writeTwo(minutes - hours * 60, 14);
  scratch[16] = 0x3a;
  writeTwo(seconds - minutes * 60, 17);
  let fraction = (microseconds - seconds * 1_000_000) | 0;
  if (fraction === 0) return 19;
  scratch[19] = 0x2e;
  for (let at = 25; at > 19; at--) {
    const next = (fraction / 10) | 0;
    scratch[at] = 0x30 + fraction - next * 10;
    fraction = next;
  }
  let end = 26;
  while (scratch[end - 1] === 0x30) end--;
  return end;
}

function writeTwo(value: number, at: number): void {
  const tens = (value / 10) | 0;
  scratch[at] = 0x30 + tens;
  scratch[at + 1] = 0x30 + value - tens * 10;
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
