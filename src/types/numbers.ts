/** BOOLEAN, the integers, OID, XID, the floats and NUMERIC. NUMERIC is exact text, all 38 digits of it. */
import { DataError } from '../errors.js';
import {
  always,
  ascii,
  never,
  unreadable,
  wrongLength,
  type Block,
  type CellReader,
  type Codec,
  type ColumnType,
  type ReaderContext,
  type ServerTraits,
} from './codec.js';

export const boolean: Codec = {
  name: 'boolean',
  aliases: ['bool'],
  oid: 16,
  arrayOid: 1000,
  binaryWanted: always,
  text: () => (block, start, end) => {
    const text = ascii(block, start, end);
    if (text === 't' || text === 'true') return true;
    if (text === 'f' || text === 'false') return false;
    throw unreadable(block, start, end, 'boolean');
  },
  binary: () => (block, start, end) => {
    if (end - start !== 1) throw wrongLength(end - start, 'boolean');
    const value = block.bytes[start]!;
    if (value > 1) throw new DataError(`Cannot read byte ${String(value)} as binary boolean`);
    return value === 1;
  },
};

/** Decimal digits with a sign, without a string in between; NaN when it is anything else. At most 15 digits are exact. */
function parseDigits(block: Block, start: number, end: number): number {
  const { bytes } = block;
  const negative = bytes[start] === 0x2d;
  let at = negative ? start + 1 : start;
  if (at >= end) return NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  // 0 - 0 is 0: an integer has no negative zero.
  return negative ? 0 - value : value;
}

function integerText(type: string, low: number, high: number): CellReader {
  return (block, start, end) => {
    const value = parseDigits(block, start, end);
    if (value >= low && value <= high) return value;
    throw unreadable(block, start, end, type);
  };
}

export const smallint: Codec = {
  name: 'smallint',
  aliases: ['int2'],
  oid: 21,
  arrayOid: 1005,
  binaryWanted: always,
  text: () => integerText('smallint', -32_768, 32_767),
  binary: () => (block, start, end) => {
    if (end - start !== 2) throw wrongLength(end - start, 'smallint');
    return block.view.getInt16(start);
  },
};

export const integer: Codec = {
  name: 'integer',
  aliases: ['int', 'int4'],
  oid: 23,
  arrayOid: 1007,
  binaryWanted: always,
  text: () => integerText('integer', -2_147_483_648, 2_147_483_647),
  binary: () => (block, start, end) => {
    if (end - start !== 4) throw wrongLength(end - start, 'integer');
    return block.view.getInt32(start);
  },
};

const int8Text = (block: Block, start: number, end: number): bigint => {
  if (end - start <= 15) {
    const value = parseDigits(block, start, end);
    if (!Number.isNaN(value)) return BigInt(value);
  } else if (end - start < 1000) {
    const text = ascii(block, start, end);
    if (/^-?\d+$/.test(text)) {
      const value = BigInt(text);
      if (BigInt.asIntN(64, value) === value) return value;
    }
  }
  throw unreadable(block, start, end, 'bigint');
};

const int8Binary = (block: Block, start: number, end: number): bigint => {
  if (end - start !== 8) throw wrongLength(end - start, 'bigint');
  return block.view.getBigInt64(start);
};

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new DataError(
    `${String(value)} is beyond 2^53 and cannot be a number without being rounded; choose bigint or 'string' for it`,
  );
}

function int8(
  read: (block: Block, start: number, end: number) => bigint,
  choice: string | undefined,
): CellReader {
  if (choice === 'number') return (block, start, end) => safeNumber(read(block, start, end));
  if (choice === 'string') return (block, start, end) => String(read(block, start, end));
  return read;
}

export const bigint: Codec = {
  name: 'bigint',
  aliases: ['int8'],
  oid: 20,
  arrayOid: 1016,
  choices: ['number', 'string'],
  binaryWanted: always,
  text: ({ choice }) => int8(int8Text, choice),
  binary: ({ choice }) => {
    if (choice !== 'number') return int8(int8Binary, choice);
    return (block, start, end) => {
      if (end - start !== 8) throw wrongLength(end - start, 'bigint');
      const high = block.view.getInt32(start);
      // Two halves make a double exactly while the value is below 2^53: 3 ns against 46 for a BigInt.
      if (high >= -0x200000 && high < 0x200000) {
        const value = high * 0x1_0000_0000 + block.view.getUint32(start + 4);
        if (Number.isSafeInteger(value)) return value;
      }
      return safeNumber(block.view.getBigInt64(start));
    };
  },
};

/** OID and XID: unsigned; drivers have seen both in 4 and in 8 bytes. */
function unsigned(name: string, oid: number, arrayOid: number, binaryWanted: Codec['binaryWanted']): Codec {
  return {
    name,
    oid,
    arrayOid,
    binaryWanted,
    text: () => integerText(name, 0, name === 'oid' ? 4_294_967_295 : Number.MAX_SAFE_INTEGER),
    binary: () => (block, start, end) => {
      if (end - start === 4) return block.view.getUint32(start);
      if (end - start !== 8) throw wrongLength(end - start, name);
      return safeNumber(block.view.getBigUint64(start));
    },
  };
}
export const oid = unsigned('oid', 26, 1028, always);
export const xid = unsigned('xid', 28, 1011, never);
export const cid = unsigned('cid', 29, 1012, never);

const floatForm = /^(?:NaN|[-+]?(?:Infinity|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?))$/;

function floatText(type: string, round: (value: number) => number): CellReader {
  return (block, start, end) => {
    const text = ascii(block, start, end);
    if (text.length > 1100 || !floatForm.test(text)) throw unreadable(block, start, end, type);
    return round(Number(text));
  };
}

export const real: Codec = {
  name: 'real',
  aliases: ['float4'],
  oid: 700,
  arrayOid: 1021,
  binaryWanted: always,
  text: () => floatText('real', Math.fround),
  binary: () => (block, start, end) => {
    if (end - start !== 4) throw wrongLength(end - start, 'real');
    return block.view.getFloat32(start);
  },
};

export const double: Codec = {
  name: 'double precision',
  aliases: ['double', 'float', 'float8'],
  oid: 701,
  arrayOid: 1022,
  binaryWanted: always,
  text: () => floatText('double precision', (value) => value),
  binary: () => (block, start, end) => {
    if (end - start !== 8) throw wrongLength(end - start, 'double precision');
    return block.view.getFloat64(start);
  },
};

/** Precision and scale of a NUMERIC type modifier; null when it is unknown (-1). */
export function numericModifier(
  typeModifier: number,
): { readonly precision: number; readonly scale: number } | null {
  if (typeModifier < 4) return null;
  const modifier = typeModifier - 4;
  return { precision: (modifier >> 16) & 0xffff, scale: modifier & 0xffff };
}

/** An integer's digits with a decimal point `scale` digits from the right. */
function withPoint(digits: string, scale: number): string {
  if (scale === 0) return digits;
  const negative = digits.startsWith('-');
  const plain = (negative ? digits.slice(1) : digits).padStart(scale + 1, '0');
  const point = plain.length - scale;
  return `${negative ? '-' : ''}${plain.slice(0, point)}.${plain.slice(point)}`;
}

/**
 * Redshift's binary NUMERIC: a two's complement integer of 8 or 16 bytes, the value times 10^scale; the length decides,
 * never the precision (amazon-redshift-python-driver#207).
 */
function redshiftNumeric({ column }: ReaderContext): (block: Block, start: number, end: number) => string {
  const scale = numericModifier(column.typeModifier)?.scale ?? 0;
  return (block, start, end) => {
    const { view } = block;
    if (end - start === 8) {
      const high = view.getInt32(start);
      if (high >= -0x200000 && high < 0x200000) {
        return withPoint(String(high * 0x1_0000_0000 + view.getUint32(start + 4)), scale);
      }
      return withPoint(String(view.getBigInt64(start)), scale);
    }
    if (end - start === 16) {
      return withPoint(String((view.getBigInt64(start) << 64n) | view.getBigUint64(start + 8)), scale);
    }
    throw wrongLength(end - start, 'numeric');
  };
}

const numericSigns = { positive: 0x0000, negative: 0x4000, nan: 0xc000, plus: 0xd000, minus: 0xf000 };

/** PostgreSQL's binary NUMERIC: groups of four decimal digits (src/backend/utils/adt/numeric.c, numeric_send). */
function postgresNumeric(block: Block, start: number, end: number): string {
  const { view } = block;
  if (end - start < 8) throw wrongLength(end - start, 'numeric');
  const groups = view.getUint16(start);
  const weight = view.getInt16(start + 2);
  const sign = view.getUint16(start + 4);
  const scale = view.getUint16(start + 6);
  if (end - start !== 8 + groups * 2) throw wrongLength(end - start, 'numeric');
  if (sign === numericSigns.nan) return 'NaN';
  if (sign === numericSigns.plus) return 'Infinity';
  if (sign === numericSigns.minus) return '-Infinity';
  const group = (index: number): string =>
    index >= 0 && index < groups ? String(view.getUint16(start + 8 + index * 2)).padStart(4, '0') : '0000';
  let whole = '';
  for (let index = 0; index <= weight; index++) whole += group(index);
  let fraction = '';
  for (let index = weight + 1; fraction.length < scale; index++) fraction += group(index);
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === numericSigns.negative ? '-' : ''}${digits}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
}

function numericText(block: Block, start: number, end: number): string {
  const text = ascii(block, start, end);
  if (!/^(?:-?\d+(?:\.\d+)?|NaN|-?Infinity)$/.test(text)) throw unreadable(block, start, end, 'numeric');
  return text;
}

function numericChoice(
  read: (block: Block, start: number, end: number) => string,
  choice: string | undefined,
): CellReader {
  return choice === 'number' ? (block, start, end) => Number(read(block, start, end)) : read;
}

export const numeric: Codec = {
  name: 'numeric',
  aliases: ['decimal'],
  oid: 1700,
  arrayOid: 1231,
  choices: ['number', 'string'],
  // Below version 2 generic binary decoders read wrong values (npgsql#3843); without a modifier the scale is unknown;
  // PostgreSQL's text is the very string that we return.
  binaryWanted: (column: ColumnType, server: ServerTraits) =>
    server.dialect === 'redshift' &&
    server.protocolVersion >= 2 &&
    numericModifier(column.typeModifier) !== null,
  text: ({ choice }) => numericChoice(numericText, choice),
  binary: (context) =>
    numericChoice(
      context.server.dialect === 'redshift' ? redshiftNumeric(context) : postgresNumeric,
      context.choice,
    ),
};
