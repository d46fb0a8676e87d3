/** BOOLEAN, the integers, the floats and NUMERIC, told a second time: BigInt and characters only. */
import type { Random } from '../random.js';
import { latin1, Scanner } from './characters.js';
import { nearest, readDecimal, withPoint } from './decimals.js';
import { custom, type Cell, type Reading, type Reference } from './reading.js';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Big-endian, two's complement. */
export function signed(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, unsigned(bytes));
}

export function unsigned(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return value;
}

export function bigEndian(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let left = BigInt.asUintN(length * 8, value);
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = Number(left % 256n);
    left /= 256n;
  }
  return bytes;
}

const boolean: Reference = {
  name: 'boolean',
  oid: 16,
  choices: [undefined, 'preset', 'text'],
  pieces: ['t', 'f', 'true', 'false', 'T', '1', ' '],
  random: (random, { format }) =>
    format === 1 ? Buffer.from([random.below(2)]) : ascii(random.pick(['t', 'f', 'true', 'false'])),
  read: ({ format, bytes, choice }) => {
    const text = latin1(bytes);
    const yes = format === 1 ? text === '\u0001' : text === 't' || text === 'true';
    const no = format === 1 ? text === '\0' : text === 'f' || text === 'false';
    if (!yes && !no) return undefined;
    return { is: choice === 'text' ? custom(yes ? 't' : 'f') : yes };
  },
};

interface IntegerForm {
  readonly name: string;
  readonly oid: number;
  readonly low: bigint;
  readonly high: bigint;
  readonly lengths: readonly number[];
  /** Bits of the random values. */
  readonly bits: number;
}

/** `-`, digits: nothing else is an integer of a server. */
function readInteger(text: string): bigint | undefined {
  const scan = new Scanner(text);
  const negative = scan.take('-');
  const digits = scan.digits(1, Infinity);
  if (digits === undefined || !scan.done()) return undefined;
  return negative ? -BigInt(digits) : BigInt(digits);
}

function integer({ name, oid, low, high, lengths, bits }: IntegerForm): Reference {
  const value = ({ format, bytes }: Cell): bigint | undefined => {
    // The longest that any server writes is 20 characters.
    if (format === 0) return oid === 20 && bytes.length > 20 ? undefined : readInteger(latin1(bytes));
    if (!lengths.includes(bytes.length)) return undefined;
    return low === 0n ? unsigned(bytes) : signed(bytes);
  };
  return {
    name,
    oid,
    choices: oid === 20 ? [undefined, 'number', 'string', 'preset', 'text'] : [undefined, 'preset', 'text'],
    pieces: [
      '-',
      '+',
      '0',
      '9',
      '00',
      '.0',
      'e3',
      ' ',
      '2147483648',
      '9223372036854775808',
      '4294967296',
      '_',
    ],
    random: (random, { format }) => {
      let number = random.integer(bits);
      if (number < low || number > high) number = low === 0n ? BigInt.asUintN(bits - 1, number) : 0n;
      if (number > high) number = high;
      return format === 0 ? ascii(number.toString()) : bigEndian(number, random.pick(lengths));
    },
    read: (cell) => {
      const found = value(cell);
      if (found === undefined || found < low || found > high) return undefined;
      if (cell.choice === 'text') return { is: custom(found.toString()) };
      if (oid !== 20) return { is: Number(found) };
      if (cell.choice === 'string') return { is: found.toString() };
      if (cell.choice === undefined) return { is: found };
      const limit = 2n ** 53n;
      return found > -limit && found < limit ? { is: Number(found) } : undefined;
    },
  };
}

/** IEEE 754 bits as a number, sign, exponent and fraction taken apart. */
function fromBits(bytes: Uint8Array): number {
  const wide = bytes.length === 8;
  const bits = unsigned(bytes);
  const [fractionBits, exponentBits] = wide ? [52n, 11n] : [23n, 8n];
  const fraction = bits % 2n ** fractionBits;
  const exponent = (bits >> fractionBits) % 2n ** exponentBits;
  const negative = bits >> (fractionBits + exponentBits) === 1n;
  const top = 2n ** exponentBits - 1n;
  if (exponent === top) return fraction !== 0n ? NaN : negative ? -Infinity : Infinity;
  const kept = exponent === 0n ? fraction : fraction + 2n ** fractionBits;
  const scale = (exponent === 0n ? 1n : exponent) - (2n ** (exponentBits - 1n) - 1n) - fractionBits;
  let value = Number(kept);
  for (let left = scale; left > 0n; left--) value *= 2;
  for (let left = scale; left < 0n; left++) value /= 2;
  return negative ? -value : value;
}

/** The shortest digits that give the value back. */
function printFloat(value: number, form: 'double' | 'real'): string {
  if (Object.is(value, -0)) return '-0';
  if (form === 'double' || !Number.isFinite(value) || value === 0) return String(value);
  for (let digits = 1; ; digits++) {
    const short = value.toPrecision(digits);
    const decimal = readDecimal(short);
    if (decimal !== undefined && nearest(decimal, 'real') === value) return String(Number(short));
  }
}

function float(name: string, oid: number, form: 'double' | 'real', length: number): Reference {
  const value = ({ format, bytes }: Cell): number | undefined => {
    if (format === 1) return bytes.length === length ? fromBits(bytes) : undefined;
    const text = latin1(bytes);
    if (text === 'NaN') return NaN;
    if (text === 'Infinity') return Infinity;
    if (text === '-Infinity') return -Infinity;
    if (text.length > 1100) return undefined;
    const decimal = readDecimal(text);
    return decimal === undefined ? undefined : nearest(decimal, form);
  };
  return {
    name,
    oid,
    choices: [undefined, 'preset', 'text'],
    pieces: [
      '-',
      '+',
      '.',
      'e',
      'E',
      'e-',
      '0',
      '9',
      '1',
      'NaN',
      'Infinity',
      '308',
      '324',
      ' ',
      '0'.repeat(40),
    ],
    random: (random, { format }) => {
      const bytes = random.bytes(length);
      if (random.oneIn(8)) bytes[0] = random.pick([0x7f, 0xff, 0x80, 0]);
      if (random.oneIn(8)) bytes.fill(random.pick([0, 0xff]), random.between(1, 2));
      if (format === 1) return bytes;
      const found = fromBits(bytes);
      return ascii(
        random.oneIn(3) && Number.isFinite(found)
          ? found.toPrecision(form === 'real' ? 9 : 17)
          : printFloat(found, form),
      );
    },
    read: (cell) => {
      const found = value(cell);
      if (found === undefined) return undefined;
      if (cell.choice === 'text') return { is: custom(printFloat(found, form)) };
      return { is: cell.choice === 'preset' && !Number.isFinite(found) ? String(found) : found };
    },
  };
}

/** Base 10,000 (PostgreSQL, numeric.c): digits, weight of the first, sign, digits after the point. */
function readPostgresNumeric(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8 || bytes.length % 2 !== 0) return undefined;
  const words = Array.from({ length: bytes.length / 2 }, (_, index) =>
    unsigned(bytes.subarray(index * 2, index * 2 + 2)),
  );
  const [count = 0n, rawWeight = 0n, sign = 0n, scale = 0n, ...groups] = words;
  if (BigInt(groups.length) !== count) return undefined;
  if (sign === 0xc000n) return 'NaN';
  if (sign === 0xd000n) return 'Infinity';
  if (sign === 0xf000n) return '-Infinity';
  if (sign !== 0n && sign !== 0x4000n) return undefined;
  const weight = BigInt.asIntN(16, rawWeight);
  // The sum of group × 10000^(weight - index), as an integer of `scale` digits after the point, the rest cut off.
  const lowest = weight - count + 1n;
  let sum = 0n;
  for (const [index, group] of groups.entries()) {
    const power = weight - BigInt(index);
    // What nobody looks at may hold anything.
    if (group > 9999n) return power >= 0n || -power * 4n - 4n < scale ? undefined : cut();
    sum += group * 10_000n ** (power - (lowest < 0n ? lowest : 0n));
  }
  return cut();

  function cut(): string {
    const places = lowest < 0n ? -lowest * 4n : 0n;
    const wanted = (sum * 10n ** scale) / 10n ** places;
    return `${sign === 0n ? '' : '-'}${withPoint(wanted, Number(scale))}`;
  }
}

function randomNumeric(random: Random, format: 0 | 1, dialect: Cell['dialect'], scale: number): Buffer {
  if (format === 1 && dialect === 'postgresql') {
    const groups = random.list(random.few(8), () =>
      random.oneIn(4) ? random.pick([0, 9999, 1, 1000]) : random.below(10_000),
    );
    const sign = random.oneIn(12) ? random.pick([0xc000, 0xd000, 0xf000]) : random.pick([0, 0x4000]);
    const words = [
      groups.length,
      random.between(-3, 6),
      sign,
      random.oneIn(4) ? 0 : random.below(25),
      ...groups,
    ];
    return Buffer.concat(words.map((word) => bigEndian(BigInt(word), 2)));
  }
  const length = random.pick([8, 16]);
  const value = random.integer(length * 8);
  if (format === 1) return bigEndian(value, length);
  return ascii(random.oneIn(20) ? random.pick(['NaN', 'Infinity', '-Infinity']) : withPoint(value, scale));
}

const scaleOf = (modifier: number): number => (modifier < 4 ? 0 : (modifier - 4) % 65_536);

const numeric: Reference = {
  name: 'numeric',
  oid: 1700,
  choices: [undefined, 'number', 'string', 'preset', 'text'],
  pieces: ['-', '+', '.', '0', '9', 'e5', 'NaN', 'Infinity', ' ', '9'.repeat(38)],
  modifier: (random) =>
    random.oneIn(6)
      ? -1
      : random.between(1, 38) * 65_536 + random.pick([0, 1, 2, 9, 10, 37, 38, random.below(39)]) + 4,
  random: (random, { format, dialect, modifier }) =>
    randomNumeric(random, format, dialect, scaleOf(modifier)),
  read: ({ format, bytes, modifier, dialect, choice }): Reading => {
    let text: string | undefined;
    if (format === 0) {
      const written = latin1(bytes);
      const scan = new Scanner(written);
      scan.take('-');
      const whole = scan.digits(1, Infinity);
      const good =
        whole !== undefined && (!scan.take('.') || scan.digits(1, Infinity) !== undefined) && scan.done();
      if (good || written === 'NaN' || written === 'Infinity' || written === '-Infinity') text = written;
    } else if (dialect === 'postgresql') text = readPostgresNumeric(bytes);
    else if (bytes.length === 8 || bytes.length === 16) text = withPoint(signed(bytes), scaleOf(modifier));
    if (text === undefined) return undefined;
    if (choice === 'text') return { is: custom(text) };
    if (choice !== 'number') return { is: text };
    if (text === 'NaN') return { is: NaN };
    if (text.endsWith('Infinity')) return { is: text === 'Infinity' ? Infinity : -Infinity };
    const decimal = readDecimal(text);
    return decimal === undefined
      ? undefined
      : { is: nearest(decimal, 'double') ?? (decimal.negative ? -Infinity : Infinity) };
  },
};

export const numberReferences: readonly Reference[] = [
  boolean,
  integer({ name: 'smallint', oid: 21, low: -(2n ** 15n), high: 2n ** 15n - 1n, lengths: [2], bits: 16 }),
  integer({ name: 'integer', oid: 23, low: -(2n ** 31n), high: 2n ** 31n - 1n, lengths: [4], bits: 32 }),
  integer({ name: 'bigint', oid: 20, low: -(2n ** 63n), high: 2n ** 63n - 1n, lengths: [8], bits: 64 }),
  integer({ name: 'oid', oid: 26, low: 0n, high: 2n ** 32n - 1n, lengths: [4, 8], bits: 33 }),
  integer({ name: 'xid', oid: 28, low: 0n, high: 2n ** 53n - 1n, lengths: [4, 8], bits: 54 }),
  integer({ name: 'cid', oid: 29, low: 0n, high: 2n ** 32n - 1n, lengths: [4, 8], bits: 33 }),
  float('real', 700, 'real', 4),
  float('double precision', 701, 'double', 8),
  numeric,
];
