/**
 * Values of NUMERIC as Redshift shows and sends them: exactly as many digits after the point as the type has. PostgreSQL
 * carries more through a division. Works on digits; no value passes through a double.
 */
import { DataError } from '../../errors.js';
import { typeOfModifier } from './numeric-type.js';

const numberForm = /^(-?)0*(\d*)(?:\.(\d*))?$/;

/** AWS manual, Numeric types: more digits are kept in sixteen bytes. */
const precisionOfEightBytes = 19;
const largestOfEightBytes = 9_223_372_036_854_775_807n;

/** Redshift's error 1058 is an internal one, with the text that the manual shows. */
const overflow = (): DataError =>
  new DataError('Numeric data overflow (result precision)', { code: 'XX000' });

interface Digits {
  readonly negative: boolean;
  /** Without leading zeros; empty for a value below 1. */
  readonly whole: string;
  /** Exactly as many as the scale. */
  readonly fraction: string;
}

/** Cuts what is finer than the scale, as Redshift's division does; never rounds. */
function digitsOf(text: string, precision: number, scale: number): Digits {
  const match = numberForm.exec(text);
  if (match === null) throw overflow();
  const [, sign = '', whole = '', rest = ''] = match;
  const fraction = rest.slice(0, scale).padEnd(scale, '0');
  if (whole.length > precision - scale) throw overflow();
  const zero = whole === '' && !/[1-9]/.test(fraction);
  return { negative: sign === '-' && !zero, whole, fraction };
}

/** Whether the engine has written it as it is to be shown: most values, and this is asked for every cell. */
function fits(text: string, precision: number, scale: number): boolean {
  const start = text.startsWith('-') ? 1 : 0;
  const first = text.charCodeAt(start);
  // No leading zeros but the one before a point, no NaN.
  if (first < 0x31 || first > 0x39) return false;
  const end = scale === 0 ? text.length : text.length - scale - 1;
  return end > start && end - start <= precision - scale && text.indexOf('.') === (scale === 0 ? -1 : end);
}

/**
 * The text of a value of NUMERIC with this type modifier; unchanged when the modifier is -1.
 * @throws DataError with SQLSTATE XX000, `Numeric data overflow (result precision)`, for NaN, an infinity, and a value
 *   with more digits before the point than the type has
 *
 * @example
 * rescaleNumeric('0.66666666666666666667', modifierOf({ precision: 17, scale: 9 })) // '0.666666666'
 */
export function rescaleNumeric(text: string, typeModifier: number): string {
  const type = typeOfModifier(typeModifier);
  if (type === undefined) return text;
  if (fits(text, type.precision, type.scale)) return text;
  const { negative, whole, fraction } = digitsOf(text, type.precision, type.scale);
  const shown = whole === '' ? '0' : whole;
  return `${negative ? '-' : ''}${shown}${fraction === '' ? '' : '.'}${fraction}`;
}

/**
 * Version 2's binary form: a two's complement big-endian integer, the value times 10^scale, in 8 bytes up to
 * 19 digits, in 16 beyond them.
 * @throws DataError as `rescaleNumeric` does, and when the modifier is -1: such a value has no binary form
 */
export function numericBinary(text: string, typeModifier: number): Uint8Array {
  const type = typeOfModifier(typeModifier);
  if (type === undefined) throw new DataError('A NUMERIC without precision and scale has no binary form');
  const { negative, whole, fraction } = digitsOf(text, type.precision, type.scale);
  const digits = whole + fraction;
  // A double holds 15 digits exactly, and is six times as fast.
  if (digits.length <= 15 && type.precision <= precisionOfEightBytes)
    return eightBytes(Number(digits), negative);
  const size = BigInt(digits);
  const value = negative ? -size : size;
  // Not every value of 19 digits fits eight bytes; readers go by the length.
  const short = type.precision <= precisionOfEightBytes && size <= largestOfEightBytes;
  const bytes = new Uint8Array(short ? 8 : 16);
  const view = new DataView(bytes.buffer);
  if (short) {
    view.setBigInt64(0, value);
  } else {
    view.setBigInt64(0, value >> 64n);
    view.setBigUint64(8, BigInt.asUintN(64, value));
  }
  return bytes;
}

function eightBytes(size: number, negative: boolean): Uint8Array {
  const value = negative ? -size : size;
  const high = Math.floor(value / 0x1_0000_0000);
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, high);
  view.setUint32(4, value - high * 0x1_0000_0000);
  return bytes;
}
