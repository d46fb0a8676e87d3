/** Values of every type as a server sends them, in text and in binary, at random. */
import fc from 'fast-check';
import {
  binaryArray,
  int128,
  int16,
  int32,
  int64,
  numericModifier,
  slowNumeric,
  slowTimestamp,
} from './cells.js';

export interface Sent {
  readonly text: string;
  readonly binary: Uint8Array;
  readonly modifier?: number;
}

const int8s = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const days = fc.integer({ min: -2_451_545, max: 106_751_982 });
const instants = fc.bigInt(-211_813_488_000_000_000n, 8_640_000_000_000_000_000n - 946_684_800_000_000n);
const plain = (text: string): Sent => ({ text, binary: Buffer.from(text) });
const strings = fc.string({ unit: 'grapheme' }).map(plain);
const hex = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes): Sent => ({ text: Buffer.from(bytes).toString('hex'), binary: bytes }));
const array = (oid: number, cell: (value: number) => Buffer): fc.Arbitrary<Sent> =>
  fc.array(fc.option(fc.integer({ min: -100, max: 100 })), { maxLength: 5 }).map((values) => ({
    text: `{${values.map((one) => String(one ?? 'NULL')).join(',')}}`,
    binary: binaryArray(
      oid,
      values.map((one) => (one === null ? null : cell(one))),
    ),
  }));

/** Name, OID, values. */
export const kinds: readonly [string, number, fc.Arbitrary<Sent>][] = [
  [
    'boolean',
    16,
    fc.boolean().map((value) => ({ text: value ? 't' : 'f', binary: Buffer.of(value ? 1 : 0) })),
  ],
  [
    'smallint',
    21,
    fc.integer({ min: -32_768, max: 32_767 }).map((value) => ({ text: String(value), binary: int16(value) })),
  ],
  ['integer', 23, fc.integer().map((value) => ({ text: String(value), binary: int32(value) }))],
  ['bigint', 20, int8s.map((value) => ({ text: String(value), binary: int64(value) }))],
  ['oid', 26, fc.nat(4_294_967_295).map((value) => ({ text: String(value), binary: int32(value | 0) }))],
  [
    'real',
    700,
    fc.float({ noNaN: true }).map((value) => {
      const binary = Buffer.alloc(4);
      binary.writeFloatBE(value);
      const short = Object.is(value, -0)
        ? '-0'
        : Number.isFinite(value)
          ? String(Number(value.toPrecision(9)))
          : String(value);
      return { text: short, binary };
    }),
  ],
  [
    'double',
    701,
    fc.double().map((value) => {
      const binary = Buffer.alloc(8);
      binary.writeDoubleBE(value);
      return { text: Object.is(value, -0) ? '-0' : String(value), binary };
    }),
  ],
  [
    'numeric',
    1700,
    fc.tuple(fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n), fc.nat(38)).map(([value, scale]) => ({
      text: slowNumeric(value, scale),
      binary: BigInt.asIntN(64, value) === value ? int64(value) : int128(value),
      modifier: numericModifier(38, scale),
    })),
  ],
  [
    'date',
    1082,
    days.map((value) => {
      const { date, era } = slowTimestamp(BigInt(value) * 86_400_000_000n);
      return { text: date + era, binary: int32(value) };
    }),
  ],
  [
    'time',
    1083,
    fc
      .bigInt(0n, 86_399_999_999n)
      .map((value) => ({ text: slowTimestamp(value).time, binary: int64(value) })),
  ],
  [
    'timetz',
    1266,
    fc.bigInt(0n, 86_399_999_999n).map((value) => ({
      text: `${slowTimestamp(value).time}+00`,
      binary: Buffer.concat([int64(value), int32(0)]),
    })),
  ],
  [
    'timestamp',
    1114,
    instants.map((value) => {
      const { date, time, era } = slowTimestamp(value);
      return { text: `${date} ${time}${era}`, binary: int64(value) };
    }),
  ],
  [
    'timestamptz',
    1184,
    instants.map((value) => {
      const { date, time, era } = slowTimestamp(value);
      return { text: `${date} ${time}+00${era}`, binary: int64(value) };
    }),
  ],
  [
    'interval',
    1186,
    fc.tuple(fc.integer(), fc.bigInt(-(10n ** 15n), 10n ** 15n)).map(([months, value]) => ({
      text: `${String(months)} mons ${value < 0n ? '-' : ''}${slowTimestamp((value < 0n ? -value : value) % 86_400_000_000n).time}`,
      binary: Buffer.concat([int64(value % 86_400_000_000n), int32(months)]),
    })),
  ],
  [
    'interval year to month',
    1188,
    fc.integer().map((months) => ({
      text: `${String(Math.trunc(months / 12))} years ${String(months % 12)} mons`,
      binary: int32(months),
    })),
  ],
  [
    'interval day to second',
    1190,
    int8s.map((value) => {
      const [day, rest] = [value / 86_400_000_000n, value % 86_400_000_000n];
      const size = rest < 0n ? -rest : rest;
      const seconds = `${String(size / 1_000_000n)}.${String(size % 1_000_000n).padStart(6, '0')}`;
      return { text: `${String(day)} days ${rest < 0n ? '-' : ''}${seconds} secs`, binary: int64(value) };
    }),
  ],
  ['"char"', 18, fc.constantFrom('r', 'v', ' ').map(plain)],
  ['name', 19, strings],
  ['text', 25, strings],
  ['char', 1042, strings],
  ['varchar', 1043, strings],
  ['unknown', 705, strings],
  ['super', 4000, fc.json().map(plain)],
  ['json', 114, fc.json().map(plain)],
  ['varbyte', 6551, hex],
  ['geometry', 3000, hex],
  ['geography', 3001, hex],
  ['integer[]', 1007, array(23, int32)],
  ['smallint[]', 1005, array(21, int16)],
  ['bigint[]', 1016, array(20, (value) => int64(BigInt(value)))],
];
