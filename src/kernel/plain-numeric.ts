/**
 * NUMERIC as 128-bit integers and as doubles, from its three forms. What a few multiplications of exact doubles cannot do
 * goes the long way, digit by digit; no value ever passes through a rounded double.
 */
import type { NumericForm } from './lanes.js';
import { high, low, type ReadColumn } from './plain-fixed.js';

const two32 = 0x1_0000_0000;
/** Exact up to 10^22. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${String(exponent)}`));
/** All integers of so many digits are exact doubles. */
const shortDigits = 15;
const maxDigits = 38;
const maxText = 100;
const maxGroups = 20;
const minus = 0x2d;
const zero = 0x30;
/** `.` less `0`. */
const point = -2;

// Text

/** Reads digits up to the end: their value while it is exact, and how many there are. One for all cells, so that nothing is allocated. */
class Digits {
  /** Exact when `significant` is at most 15, and where it is at most 2^53 - 1. */
  value = 0;
  /** Without leading zeros. */
  significant = 0;
  /** After the point. */
  fraction = 0;

  /** False: no number. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let value = 0;
    let significant = 0;
    let dot = -1;
    for (; at < end; at++) {
      const digit = bytes[at]! - zero;
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        if (value > 0) significant++;
      } else if (digit === point && dot < 0 && at > start && at < end - 1) dot = at;
      else return false;
    }
    this.value = value;
    this.significant = significant;
    this.fraction = dot < 0 ? 0 : end - 1 - dot;
    return end > start;
  }
}

const digits = new Digits();

// 128 bits

/** Four 32-bit words, lowest first, as doubles. */
const words = new Float64Array(4);

function clearWords(): void {
  words.fill(0);
}

/** words = words * factor + addend; the factor is at most 10^6, so that every product is an exact double. */
function multiplyAdd(factor: number, addend: number): void {
  let carry = addend;
  for (let index = 0; index < 4; index++) {
    const product = words[index]! * factor + carry;
    carry = Math.floor(product / two32);
    words[index] = product - carry * two32;
  }
}

/** Writes words, or their two's complement. */
function storeWords(out: Int32Array, at: number, negative: boolean): void {
  let carry = 1;
  for (let index = 0; index < 4; index++) {
    let word = words[index]!;
    if (negative) {
      word = two32 - 1 - word + carry;
      carry = word >= two32 ? 1 : 0;
    }
    out[at + placeOf(index)] = word;
  }
}

/** Where a word stands, in the machine's byte order. */
function placeOf(index: number): number {
  return (index & 2) + ((index & 1) === 0 ? low : high);
}

/** A safe integer as 128 bits. */
function storeSafe(out: Int32Array, at: number, value: number): void {
  const upper = Math.floor(value / two32);
  const sign = value < 0 ? -1 : 0;
  out[at + low] = value - upper * two32;
  out[at + high] = upper;
  out[at + 2] = sign;
  out[at + 3] = sign;
}

/** The long way for digits that were read: false when they do not fit. */
function storeText(
  bytes: Uint8Array,
  start: number,
  end: number,
  negative: boolean,
  scale: number,
  out: Int32Array,
  at: number,
): boolean {
  clearWords();
  let count = 0;
  let fraction = -1;
  // Six digits at a time: 4 multiplications instead of 24.
  let pending = 0;
  let factor = 1;
  const put = (digit: number): void => {
    if (digit > 0 || count > 0) count++;
    pending = pending * 10 + digit;
    factor *= 10;
    if (factor === 1_000_000) {
      if (count <= maxDigits) multiplyAdd(factor, pending);
      pending = 0;
      factor = 1;
    }
  };
  for (let index = start; index < end; index++) {
    const digit = bytes[index]! - zero;
    if (digit === point) fraction = 0;
    else if (fraction < 0) put(digit);
    else if (fraction < scale) {
      put(digit);
      fraction++;
    } else if (digit !== 0) return false;
  }
  for (let left = scale - Math.max(fraction, 0); left > 0; left--) put(0);
  if (count > maxDigits) return false;
  multiplyAdd(factor, pending);
  storeWords(out, at, negative);
  return true;
}

function textDecimals(scale: number): ReadColumn {
  return ({ bytes, view, starts, rows }, base, { int32 }) => {
    for (let row = 0; row < rows; row++) {
      const start = starts[base + row]!;
      const at = row * 4;
      if (start < 0) {
        storeSafe(int32, at, 0);
        continue;
      }
      const length = view.getInt32(start - 4);
      const end = start + length;
      const negative = length > 0 && bytes[start] === minus;
      const first = negative ? start + 1 : start;
      if (length > maxText || !digits.read(bytes, first, end)) return row;
      const missing = scale - digits.fraction;
      if (missing >= 0 && digits.significant + missing <= shortDigits) {
        const value = digits.value * powers[missing]!;
        storeSafe(int32, at, negative ? 0 - value : value);
      } else if (!storeText(bytes, first, end, negative, scale, int32, at)) return row;
    }
    return -1;
  };
}

// Redshift's integers

const redshiftDecimals: ReadColumn = ({ view, starts, rows }, base, { int32 }) => {
  for (let row = 0; row < rows; row++) {
    const start = starts[base + row]!;
    const at = row * 4;
    if (start < 0) {
      storeSafe(int32, at, 0);
      continue;
    }
    const length = view.getInt32(start - 4);
    if (length === 8) {
      const upper = view.getInt32(start);
      const sign = upper >> 31;
      int32[at + low] = view.getInt32(start + 4);
      int32[at + high] = upper;
      int32[at + 2] = sign;
      int32[at + 3] = sign;
    } else if (length === 16) {
      int32[at + low] = view.getInt32(start + 12);
      int32[at + high] = view.getInt32(start + 8);
      int32[at + 2 + low] = view.getInt32(start + 4);
      int32[at + 2 + high] = view.getInt32(start);
    } else return row;
  }
  return -1;
};

// PostgreSQL's groups

const negativeSign = 0x4000;

/** What a cell's head says, when it is one that can be. */
class Groups {
  count = 0;
  weight = 0;
  negative = false;

  read(view: DataView, start: number): boolean {
    const length = view.getInt32(start - 4);
    if (length < 8) return false;
    const count = view.getUint16(start);
    const weight = view.getInt16(start + 2);
    const sign = view.getUint16(start + 4);
    if (length !== 8 + count * 2 || count > maxGroups) return false;
    if (sign !== 0 && sign !== negativeSign) return false;
    if (count > 0 && (weight > maxGroups || weight < -maxGroups)) return false;
    for (let index = 0; index < count; index++) {
      if (view.getUint16(start + 8 + index * 2) > 9999) return false;
    }
    this.count = count;
    this.weight = weight;
    this.negative = sign === negativeSign;
    return true;
  }
}

const groups = new Groups();

/** The long way for groups that were read: false when they do not fit. */
function storeGroups(view: DataView, start: number, scale: number, out: Int32Array, at: number): boolean {
  const { count, weight, negative } = groups;
  clearWords();
  let digitsPut = 0;
  // Groups from the point on, or from the first one that is sent before it, to the last digit of the scale.
  for (let index = Math.min(0, weight + 1); index < count || (index - weight - 1) * 4 < scale; index++) {
    const group = index >= 0 && index < count ? view.getUint16(start + 8 + index * 2) : 0;
    /** Digits of this group that are within the scale. */
    const within = Math.max(0, Math.min(4, scale - (index - weight - 1) * 4));
    const unit = powers[4 - within]!;
    if (group % unit !== 0) return false;
    const value = group / unit;
    digitsPut += digitsPut > 0 ? within : value === 0 ? 0 : String(value).length;
    if (digitsPut > maxDigits) return false;
    multiplyAdd(powers[within]!, value);
  }
  storeWords(out, at, negative);
  return true;
}

/** All groups as one integer; exact where it is at most 2^53 - 1. */
function groupsValue(view: DataView, start: number): number {
  let value = 0;
  for (let index = 0; index < groups.count; index++) {
    value = value * 10_000 + view.getUint16(start + 8 + index * 2);
  }
  return value;
}

function postgresDecimals(scale: number): ReadColumn {
  return ({ view, starts, rows }, base, { int32 }) => {
    for (let row = 0; row < rows; row++) {
      const start = starts[base + row]!;
      const at = row * 4;
      if (start < 0) {
        storeSafe(int32, at, 0);
        continue;
      }
      if (!groups.read(view, start)) return row;
      const { count, weight, negative } = groups;
      const shift = count === 0 ? 0 : scale + 4 * (weight + 1 - count);
      if (count <= 3 && shift <= 3 && shift >= -22) {
        // At most 15 digits, exact.
        const all = groupsValue(view, start);
        const value = shift < 0 ? all / powers[-shift]! : all * powers[shift]!;
        if (shift < 0 && !isMultiple(all, -shift)) return row;
        storeSafe(int32, at, negative ? 0 - value : value);
      } else if (!storeGroups(view, start, scale, int32, at)) return row;
    }
    return -1;
  };
}

function isMultiple(value: number, exponent: number): boolean {
  return value % powers[exponent]! === 0;
}

export function decimalReader(form: NumericForm, scale: number): ReadColumn {
  switch (form) {
    case 'text':
      return textDecimals(scale);
    case 'redshift':
      return redshiftDecimals;
    case 'postgresql':
      return postgresDecimals(scale);
  }
}

// Doubles

/** Reads one cell; `failed` where one division of exact doubles cannot give the nearest. */
type ReadDouble = (bytes: Uint8Array, view: DataView, start: number) => number;

const failed = NaN;

const textDouble: ReadDouble = (bytes, view, start) => {
  const length = view.getInt32(start - 4);
  const negative = length > 0 && bytes[start] === minus;
  if (length > maxText || !digits.read(bytes, negative ? start + 1 : start, start + length)) return failed;
  const { value, fraction } = digits;
  if (value > Number.MAX_SAFE_INTEGER || fraction > 22) return failed;
  const size = value / powers[fraction]!;
  return negative ? -size : size;
};

function redshiftDouble(scale: number): ReadDouble {
  return (_bytes, view, start) => {
    const length = view.getInt32(start - 4);
    if ((length !== 8 && length !== 16) || scale > 22) return failed;
    const end = start + length;
    const upper = view.getInt32(end - 8);
    const value = upper * two32 + view.getUint32(end - 4);
    if (length === 16) {
      const sign = upper >> 31;
      if (view.getInt32(start) !== sign || view.getInt32(start + 4) !== sign) return failed;
    }
    return Number.isSafeInteger(value) ? value / powers[scale]! : failed;
  };
}

const postgresDouble: ReadDouble = (_bytes, view, start) => {
  if (!groups.read(view, start)) return failed;
  const { count, weight, negative } = groups;
  const value = groupsValue(view, start);
  const exponent = count === 0 ? 0 : 4 * (weight + 1 - count);
  if (value > Number.MAX_SAFE_INTEGER || exponent > 22 || exponent < -22) return failed;
  const size = exponent < 0 ? value / powers[-exponent]! : value * powers[exponent]!;
  return negative ? -size : size;
};

export function doubleReader(form: NumericForm, scale: number): ReadColumn {
  const read = form === 'text' ? textDouble : form === 'redshift' ? redshiftDouble(scale) : postgresDouble;
  return ({ bytes, view, starts, rows }, base, { float64 }) => {
    for (let row = 0; row < rows; row++) {
      const start = starts[base + row]!;
      const value = start < 0 ? 0 : read(bytes, view, start);
      if (Number.isNaN(value)) return row;
      float64[row] = value;
    }
    return -1;
  };
}
