/** Cells for the tests of types: a value's bytes among others, read by the reader that a column would get. */
import { blockOf, type ServerTraits } from '../../../src/types/codec.js';
import { TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';

export const redshift = (protocolVersion: number): ServerTraits => ({ dialect: 'redshift', protocolVersion });
export const postgresql: ServerTraits = { dialect: 'postgresql', protocolVersion: 0 };
export const redshiftVersions: readonly ServerTraits[] = [0, 1, 2, 3].map(redshift);
export const servers: readonly ServerTraits[] = [...redshiftVersions, postgresql];

export interface CellOptions {
  readonly modifier?: number;
  readonly server?: ServerTraits;
  readonly types?: TypeOptions;
}

export function read(oid: number, format: 0 | 1, bytes: Uint8Array, options: CellOptions = {}): unknown {
  const { modifier = -1, server = redshift(2), types } = options;
  const column = { typeOid: oid, typeModifier: modifier };
  const [reader] = TypeRegistry.defaults.with(types).readers([column], [format], server);
  // Neighbours that would change the value if a reader looked beyond its cell.
  const before = Buffer.from('12\\{"-[');
  const after = Buffer.from('34xx}",0]=');
  const all = Buffer.concat([before, bytes, after]);
  return reader!(blockOf(all), before.length, before.length + bytes.length);
}

export const text = (oid: number, value: string, options?: CellOptions): unknown =>
  read(oid, 0, Buffer.from(value, 'utf8'), options);

/** @param bytes as hex */
export const binary = (oid: number, bytes: string | Uint8Array, options?: CellOptions): unknown =>
  read(oid, 1, typeof bytes === 'string' ? Buffer.from(bytes.replaceAll(' ', ''), 'hex') : bytes, options);

export const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
export const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
export const int128 = (value: bigint): Buffer => {
  const bits = BigInt.asUintN(128, value);
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(bits >> 64n);
  bytes.writeBigUInt64BE(bits & 0xffff_ffff_ffff_ffffn, 8);
  return bytes;
};
export const numericModifier = (precision: number, scale: number): number => ((precision << 16) | scale) + 4;

/** A one-dimensional binary array. */
export function binaryArray(elementOid: number, elements: readonly (Uint8Array | null)[]): Buffer {
  const head = [
    int32(elements.length === 0 ? 0 : 1),
    int32(elements.includes(null) ? 1 : 0),
    int32(elementOid),
  ];
  if (elements.length > 0) head.push(int32(elements.length), int32(1));
  const cells = elements.flatMap((one) =>
    one === null ? [int32(-1)] : [int32(one.length), Buffer.from(one)],
  );
  return Buffer.concat([...head, ...cells]);
}

/** What a slow, obvious calendar says: days are counted one year and one month at a time. */
export function slowDay(year: number, month: number, day: number): number {
  const leap = (y: number): boolean => y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0);
  let days = 0;
  for (let y = 2000; y < year; y++) days += leap(y) ? 366 : 365;
  for (let y = year; y < 2000; y++) days -= leap(y) ? 366 : 365;
  const lengths = [31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  for (let m = 1; m < month; m++) days += lengths[m - 1]!;
  return days + day - 1;
}

/** A timestamp as the server writes it, from microseconds since 2000 by BigInt arithmetic and JavaScript's own calendar. */
export function slowTimestamp(microseconds: bigint): { date: string; time: string; era: string } {
  const perDay = 86_400_000_000n;
  let day = microseconds / perDay;
  let rest = microseconds % perDay;
  if (rest < 0n) {
    rest += perDay;
    day -= 1n;
  }
  // 400 years are 146,097 days: Date then works within its range.
  const cycles = day / 146_097n;
  const date = new Date(Number(day - cycles * 146_097n) * 86_400_000 + Date.UTC(2000, 0, 1));
  const year = BigInt(date.getUTCFullYear()) + cycles * 400n;
  const two = (value: number | bigint): string => String(value).padStart(2, '0');
  const shown = String(year > 0n ? year : 1n - year).padStart(4, '0');
  const seconds = rest / 1_000_000n;
  const fraction = String(rest % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return {
    date: `${shown}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`,
    time: `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fraction === '' ? '' : `.${fraction}`}`,
    era: year > 0n ? '' : ' BC',
  };
}

/** An integer times 10^-scale by moving characters. */
export function slowNumeric(value: bigint, scale: number): string {
  const digits = Array.from(String(value < 0n ? -value : value));
  while (digits.length <= scale) digits.unshift('0');
  if (scale > 0) digits.splice(digits.length - scale, 0, '.');
  return (value < 0n ? '-' : '') + digits.join('');
}
