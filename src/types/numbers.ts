/** BOOLEAN, the integers, OID, XID and the floats. No integer is ever rounded: what is no safe number is refused. */
import { DataError } from '../errors.js';
import {
  always,
  never,
  shortAscii,
  unreadable,
  wrongLength,
  type Block,
  type CellReader,
  type Codec,
} from './codec.js';
import {
  booleanColumn,
  float4Column,
  float8Column,
  int2Column,
  int4Column,
  int8Column,
  safeInt8Column,
} from './columns.js';

const truth = (value: boolean, choice: string | undefined): unknown =>
  choice === 'text' ? (value ? 't' : 'f') : value;

export const boolean: Codec = {
  name: 'boolean',
  aliases: ['bool'],
  oid: 16,
  arrayOid: 1000,
  canonical: 'text',
  binaryWanted: always,
  // The server writes `t` and `f`; a cast to text makes `true` and `false` of them.
  text:
    ({ choice }) =>
    (block, start, end) => {
      const text = shortAscii(block, start, end, 5);
      if (text === 't' || text === 'true') return truth(true, choice);
      if (text === 'f' || text === 'false') return truth(false, choice);
      throw unreadable(block, start, end, 'boolean');
    },
  binary:
    ({ choice }) =>
    (block, start, end) => {
      if (end - start !== 1) throw wrongLength(end - start, 'boolean');
      const value = block.bytes[start]!;
      if (value > 1) throw new DataError(`Cannot read byte ${String(value)} as binary boolean`);
      return truth(value === 1, choice);
    },
  binaryColumn: ({ choice }) => (choice === undefined ? booleanColumn : undefined),
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
  binaryColumn: () => int2Column,
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
  binaryColumn: () => int4Column,
};

const int8Text = (block: Block, start: number, end: number): bigint => {
  if (end - start <= 15) {
    const value = parseDigits(block, start, end);
    if (!Number.isNaN(value)) return BigInt(value);
  } else {
    const text = shortAscii(block, start, end, 20);
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
    `Cannot read ${String(value)} as a number without rounding it; leave bigint its default, or choose 'string'`,
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
  preset: 'number',
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
  binaryColumn: ({ choice }, read) => {
    if (choice === 'number') return safeInt8Column(read);
    return choice === undefined ? int8Column : undefined;
  },
};

/** OID, XID and CID: unsigned; drivers have seen them in 4 and in 8 bytes. */
function unsigned(
  name: string,
  oid: number,
  arrayOid: number,
  largest: number,
  binaryWanted: Codec['binaryWanted'],
): Codec {
  return {
    name,
    oid,
    arrayOid,
    binaryWanted,
    text: () => integerText(name, 0, largest),
    binary: () => (block, start, end) => {
      if (end - start === 4) return block.view.getUint32(start);
      if (end - start !== 8) throw wrongLength(end - start, name);
      const value = block.view.getBigUint64(start);
      if (value > largest) throw new DataError(`Cannot read ${String(value)} as ${name}`);
      return Number(value);
    },
  };
}
const uint32 = 4_294_967_295;
export const oid = unsigned('oid', 26, 1028, uint32, always);
export const xid = unsigned('xid', 28, 1011, Number.MAX_SAFE_INTEGER, never);
export const cid = unsigned('cid', 29, 1012, uint32, never);

const floatForm = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
/** Longer than the longest decimal form of a double (1079 characters). */
const floatLimit = 1100;

type FloatShow = ((value: number) => unknown) | undefined;

/** `text` is what a function gets; `json` writes what JSON has no number for (NaN, infinities) as text. */
function floatShow(choice: string | undefined, text: (value: number) => string): FloatShow {
  if (choice === 'text') return text;
  if (choice === 'json') return (value) => (Number.isFinite(value) ? value : String(value));
  return undefined;
}

function floatText(type: string, round: (value: number) => number, show: FloatShow): CellReader {
  const parse = (block: Block, start: number, end: number): number => {
    const text = shortAscii(block, start, end, floatLimit);
    if (floatForm.test(text)) {
      const value = round(Number(text));
      if (Number.isFinite(value)) return value;
    } else if (text === 'NaN') return NaN;
    else if (text === 'Infinity') return Infinity;
    else if (text === '-Infinity') return -Infinity;
    throw unreadable(block, start, end, type);
  };
  return show === undefined ? parse : (block, start, end) => show(parse(block, start, end));
}

/** As the server writes them: the shortest digits that give the value back. */
const doubleDigits = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function realDigits(value: number): string {
  if (!Number.isFinite(value) || value === 0) return doubleDigits(value);
  // A normal REAL's shorter forms are its six digits without zeros at the end; one below them has fewer digits to tell.
  for (let digits = Math.abs(value) < 2 ** -126 ? 1 : 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return doubleDigits(short);
  }
  return doubleDigits(Number(value.toPrecision(9)));
}

export const real: Codec = {
  name: 'real',
  aliases: ['float4'],
  oid: 700,
  arrayOid: 1021,
  canonical: 'text',
  preset: 'json',
  binaryWanted: always,
  text: ({ choice }) => floatText('real', Math.fround, floatShow(choice, realDigits)),
  binary: ({ choice }) => {
    const read = (block: Block, start: number, end: number): number => {
      if (end - start !== 4) throw wrongLength(end - start, 'real');
      return block.view.getFloat32(start);
    };
    const show = floatShow(choice, realDigits);
    return show === undefined ? read : (block, start, end) => show(read(block, start, end));
  },
  binaryColumn: ({ choice }) => (choice === undefined ? float4Column : undefined),
};

export const double: Codec = {
  name: 'double precision',
  aliases: ['double', 'float', 'float8'],
  oid: 701,
  arrayOid: 1022,
  canonical: 'text',
  preset: 'json',
  binaryWanted: always,
  text: ({ choice }) => floatText('double precision', (value) => value, floatShow(choice, doubleDigits)),
  binary: ({ choice }) => {
    const read = (block: Block, start: number, end: number): number => {
      if (end - start !== 8) throw wrongLength(end - start, 'double precision');
      return block.view.getFloat64(start);
    };
    const show = floatShow(choice, doubleDigits);
    return show === undefined ? read : (block, start, end) => show(read(block, start, end));
  },
  binaryColumn: ({ choice }) => (choice === undefined ? float8Column : undefined),
};
