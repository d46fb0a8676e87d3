/** NUMERIC: exact decimal text with its scale kept, all 38 digits of it. No value ever passes through a rounded double. */
import { DataError } from '../errors.js';
import {
  shortAscii,
  unreadable,
  wrongLength,
  type Block,
  type CellReader,
  type Codec,
  type ColumnType,
  type ReaderContext,
  type ServerTraits,
} from './codec.js';
import { numericBinaryColumn, numericTextColumn } from './numeric-columns.js';

type NumericReader = (block: Block, start: number, end: number) => string;

// Text

/** PostgreSQL's NUMERIC has up to 131,072 digits before the point and 16,383 after it; Redshift's 38 in all. */
const textLimit = 150_000;

function numericText(block: Block, start: number, end: number): string {
  const text = shortAscii(block, start, end, textLimit);
  if (!/^(?:-?\d+(?:\.\d+)?|NaN|-?Infinity)$/.test(text)) throw unreadable(block, start, end, 'numeric');
  return text;
}

// Binary, Redshift's

/** Precision and scale of a NUMERIC type modifier; null when it is unknown (-1). */
export function numericModifier(
  typeModifier: number,
): { readonly precision: number; readonly scale: number } | null {
  if (typeModifier < 4) return null;
  const modifier = typeModifier - 4;
  return { precision: (modifier >> 16) & 0xffff, scale: modifier & 0xffff };
}

/** An integer's digits with a decimal point `scale` digits from the right. */
export function withPoint(digits: string, scale: number): string {
  if (scale === 0) return digits;
  const negative = digits.startsWith('-');
  const plain = (negative ? digits.slice(1) : digits).padStart(scale + 1, '0');
  const point = plain.length - scale;
  return `${negative ? '-' : ''}${plain.slice(0, point)}.${plain.slice(point)}`;
}

/** Writes a safe integer with its point; halves of at most nine digits are what the engine prints fastest. */
export function shortWriter(scale: number): (value: number) => string {
  if (scale === 0) return String;
  if (scale > 9) return (value) => withPoint(String(value), scale);
  const unit = 10 ** scale;
  return (value) => {
    const size = Math.abs(value);
    // Below 2^53 the quotient is never rounded up to the next integer: 1/unit is more than half a step of it.
    const whole = Math.floor(size / unit);
    const fraction = String(unit + (size - whole * unit)).slice(1);
    return value < 0 ? `-${String(whole)}.${fraction}` : `${String(whole)}.${fraction}`;
  };
}

/**
 * A two's complement integer of 8 or 16 bytes, the value times 10^scale. The length decides, never the precision
 * (amazon-redshift-python-driver#207); the scale is in the type modifier alone.
 */
function redshiftNumeric(column: ColumnType): NumericReader {
  const scale = numericModifier(column.typeModifier)?.scale ?? 0;
  const write = shortWriter(scale);
  return (block, start, end) => {
    const { view } = block;
    if (end - start === 8) {
      const high = view.getInt32(start);
      if (high > -0x200000 && high < 0x200000) {
        return write(high * 0x1_0000_0000 + view.getUint32(start + 4));
      }
      return withPoint(String(view.getBigInt64(start)), scale);
    }
    if (end - start === 16) {
      const sign = view.getInt32(start);
      const high = view.getInt32(start + 8);
      // Small values, the common ones, have nothing but their sign above the lowest 54 bits.
      const small = sign === 0 ? high >= 0 && high < 0x200000 : sign === -1 && high < 0 && high > -0x200000;
      if (small && view.getInt32(start + 4) === sign) {
        return write(high * 0x1_0000_0000 + view.getUint32(start + 12));
      }
      return withPoint(String((view.getBigInt64(start) << 64n) | view.getBigUint64(start + 8)), scale);
    }
    throw wrongLength(end - start, 'numeric');
  };
}

// Binary, PostgreSQL's: never asked (its text is the very string that we return), but read

const signs = { negative: 0x4000, nan: 0xc000, infinity: 0xd000, minusInfinity: 0xf000 };

/** Groups of four decimal digits (PostgreSQL, src/backend/utils/adt/numeric.c, numeric_send). */
function postgresNumeric(block: Block, start: number, end: number): string {
  const { view } = block;
  if (end - start < 8) throw wrongLength(end - start, 'numeric');
  const groups = view.getUint16(start);
  const weight = view.getInt16(start + 2);
  const sign = view.getUint16(start + 4);
  const scale = view.getUint16(start + 6);
  if (end - start !== 8 + groups * 2) throw wrongLength(end - start, 'numeric');
  if (sign === signs.nan) return 'NaN';
  if (sign === signs.infinity) return 'Infinity';
  if (sign === signs.minusInfinity) return '-Infinity';
  if (sign !== 0 && sign !== signs.negative) throw malformed();
  const group = (index: number): string => {
    if (index < 0 || index >= groups) return '0000';
    const value = view.getUint16(start + 8 + index * 2);
    if (value > 9999) throw malformed();
    return String(value).padStart(4, '0');
  };
  let whole = '';
  for (let index = 0; index <= weight; index++) whole += group(index);
  let fraction = '';
  for (let index = weight + 1; fraction.length < scale; index++) fraction += group(index);
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === 0 ? '' : '-'}${digits}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
}

function malformed(): DataError {
  return new DataError('Cannot read a malformed binary numeric');
}

// Writer

/** A number as decimal text: an integer beyond 2^53 with all the digits it has, where String would write the shortest that round to it. */
export function writeNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  // NUMERIC ends at 10^38; beyond it the number can only meet a double.
  const large = Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e38;
  return String(large ? BigInt(value) : value);
}

// Registration

function chosen(read: NumericReader, choice: string | undefined): CellReader {
  return choice === 'number' ? (block, start, end) => Number(read(block, start, end)) : read;
}

export const numeric: Codec = {
  name: 'numeric',
  aliases: ['decimal'],
  oid: 1700,
  arrayOid: 1231,
  choices: ['number', 'string'],
  // Below version 2 binary decoders read wrong values (npgsql#3843); without a modifier the scale is unknown.
  binaryWanted: (column: ColumnType, server: ServerTraits) =>
    server.dialect === 'redshift' &&
    server.protocolVersion >= 2 &&
    numericModifier(column.typeModifier) !== null,
  text: ({ choice }) => chosen(numericText, choice),
  binary: ({ column, server, choice }: ReaderContext) =>
    chosen(server.dialect === 'redshift' ? redshiftNumeric(column) : postgresNumeric, choice),
  textColumn: ({ choice }, read) => (choice === 'number' ? undefined : numericTextColumn(read)),
  binaryColumn: ({ column, server, choice }, read, help) =>
    choice === 'number' || server.dialect !== 'redshift'
      ? undefined
      : numericBinaryColumn(numericModifier(column.typeModifier)?.scale ?? 0, read, help),
};
