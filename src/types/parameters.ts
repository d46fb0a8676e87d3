/**
 * JavaScript values as parameters: OID, format and bytes. Strings, dates and bytes go untyped (OID 0), so that the server
 * takes the type of the place where they stand; numbers have the type of their magnitude's family.
 */
import { ArgumentError } from '../errors.js';
import { dateOfDay, pad } from './calendar.js';
import type { ServerTraits } from './codec.js';
import { Interval } from './interval.js';
import { Timestamp } from './timestamp.js';
import { Typed } from './typed.js';

export interface EncodedParameter {
  readonly oid: number;
  readonly format: 0 | 1;
  readonly bytes: Uint8Array | null;
}

const untyped = 0;
const int64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

type Kind =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** `exact`: within 2^53, so that it is the integer that was meant. */
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'bigint'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'interval'; readonly value: Interval }
  | { readonly kind: 'array'; readonly value: readonly unknown[] }
  | { readonly kind: 'typed'; readonly value: Typed };

/**
 * @param position 1-based, for messages
 * @throws ArgumentError naming the parameter for what no parameter can be; nothing was sent then
 */
export function encodeParameter(value: unknown, server: ServerTraits, position: number): EncodedParameter {
  const found = classify(value, server, position);
  switch (found.kind) {
    case 'null':
      return { oid: untyped, format: 0, bytes: null };
    case 'boolean':
      return { oid: 16, format: 1, bytes: Uint8Array.of(found.value ? 1 : 0) };
    case 'integer':
      return found.value === (found.value | 0)
        ? { oid: 23, format: 1, bytes: int32Bytes(found.value) }
        : { oid: 20, format: 1, bytes: int64Bytes(BigInt(found.value)) };
    case 'bigint':
      return int64(found.value)
        ? { oid: 20, format: 1, bytes: int64Bytes(found.value) }
        : { oid: 1700, format: 0, bytes: utf8Bytes(String(found.value)) };
    case 'float':
      return { oid: 701, format: 1, bytes: float64Bytes(found.value) };
    case 'text':
      return { oid: untyped, format: 0, bytes: utf8Bytes(found.value) };
    case 'interval':
      return { oid: 1186, format: 0, bytes: utf8Bytes(intervalText(found.value)) };
    case 'array':
      return encodeArray(found.value, server, position);
    case 'typed':
      return found.value;
  }
}

function classify(value: unknown, server: ServerTraits, position: number): Kind {
  switch (typeof value) {
    case 'undefined':
      return { kind: 'null' };
    case 'boolean':
      return { kind: 'boolean', value };
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { kind: 'integer', value }
        : { kind: 'float', value };
    case 'bigint':
      return { kind: 'bigint', value };
    case 'string':
      return { kind: 'text', value: checkText(value, position) };
    case 'object':
      return value === null ? { kind: 'null' } : classifyObject(value, server, position);
    case 'symbol':
    case 'function':
      throw refused(position, `a ${typeof value}`);
  }
}

function classifyObject(value: object, server: ServerTraits, position: number): Kind {
  if (value instanceof Typed) return { kind: 'typed', value };
  if (value instanceof Date) return { kind: 'text', value: instantText(value, position) };
  if (value instanceof Uint8Array) {
    const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
    return { kind: 'text', value: server.dialect === 'postgresql' ? `\\x${hex}` : hex };
  }
  if (value instanceof Interval) return { kind: 'interval', value };
  if (Array.isArray(value)) return { kind: 'array', value };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    let text: string;
    try {
      text = JSON.stringify(value, (_key, inner: unknown) => {
        if (typeof inner !== 'bigint') return inner;
        throw new TypeError('a bigint inside an object has no JSON form');
      });
    } catch (cause) {
      const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
      throw new ArgumentError(
        `Parameter ${String(position)} is an object that cannot be written as JSON: ${why}`,
        { cause },
      );
    }
    return { kind: 'text', value: checkText(text, position) };
  }
  const name = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  throw refused(
    position,
    typeof name === 'string' && name !== '' ? `a ${name}` : 'an object of an unknown class',
  );
}

function refused(position: number, what: string): ArgumentError {
  return new ArgumentError(
    `Parameter ${String(position)} is ${what}, which has no SQL value. Convert it to a string, number, bigint, boolean, Date, Buffer, array or plain object, or use typed`,
  );
}

function checkText(text: string, position: number): string {
  if (text.includes('\0')) {
    throw new ArgumentError(
      `Parameter ${String(position)} contains a NUL character, which the server cannot store in text`,
    );
  }
  return text;
}

/** `YYYY-MM-DD HH:MM:SS.ffffff+00[ BC]`: TIMESTAMP, TIMESTAMPTZ and DATE all read it as UTC, whatever the session's zone. */
export function instantText(date: Date, position: number): string {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) throw new ArgumentError(`Parameter ${String(position)} is an invalid Date`);
  const day = Math.floor(milliseconds / 86_400_000);
  const ofDay = milliseconds - day * 86_400_000;
  const { year, month, day: dayOfMonth } = dateOfDay(day - 10_957);
  const below = date instanceof Timestamp ? date.microseconds : 0;
  const seconds = Math.floor(ofDay / 1000);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => pad(part, 2))
    .join(':');
  const fraction = pad((ofDay % 1000) * 1000 + below, 6);
  return `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)} ${time}.${fraction}+00${year > 0 ? '' : ' BC'}`;
}

/** A form that both dialects read: each unit with its own sign. */
export function intervalText({ months, days, microseconds }: Interval): string {
  const seconds = microseconds / 1_000_000n;
  const rest = microseconds % 1_000_000n;
  const sign = microseconds < 0n ? '-' : '';
  const whole = String(seconds < 0n ? -seconds : seconds);
  const fraction = String(rest < 0n ? -rest : rest).padStart(6, '0');
  return `${String(months)} mons ${String(days)} days ${sign}${whole}.${fraction} secs`;
}

function utf8Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function int32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

function int64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value);
  return bytes;
}

function float64Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

// Arrays

/** The type of a family of values, by the rules of design: NULL is neutral, integers widen, mixed kinds are text. */
type Family = 'boolean' | 'int4' | 'int8' | 'float' | 'numeric' | 'text' | 'untyped';

function familyOf(kind: Kind): Family | undefined {
  switch (kind.kind) {
    case 'null':
      return undefined;
    case 'boolean':
      return 'boolean';
    case 'integer':
      return kind.value === (kind.value | 0) ? 'int4' : 'int8';
    case 'bigint':
      return int64(kind.value) ? 'int8' : 'numeric';
    case 'float':
      return 'float';
    case 'text':
      return 'text';
    case 'interval':
    case 'array':
    case 'typed':
      return 'untyped';
  }
}

const integerOrder: readonly Family[] = ['int4', 'int8', 'numeric'];

/** Which family holds both; undefined is NULL's. `large`: the other values hold an integer that a double would round. */
function join(left: Family | undefined, right: Family | undefined, large: boolean): Family | undefined {
  if (left === undefined || left === right) return right ?? left;
  if (right === undefined) return left;
  const [a, b] = [integerOrder.indexOf(left), integerOrder.indexOf(right)];
  if (a >= 0 && b >= 0) return integerOrder[Math.max(a, b)];
  const numbers = (family: Family): boolean => family === 'float' || integerOrder.includes(family);
  if (numbers(left) && numbers(right)) return large ? 'numeric' : 'float';
  return 'untyped';
}

const arrayOids: Readonly<
  Record<Exclude<Family, 'untyped'>, { readonly array: number; readonly element: number }>
> = {
  boolean: { array: 1000, element: 16 },
  int4: { array: 1007, element: 23 },
  int8: { array: 1016, element: 20 },
  float: { array: 1022, element: 701 },
  numeric: { array: 1231, element: 1700 },
  text: { array: 1009, element: 25 },
};

function encodeArray(value: readonly unknown[], server: ServerTraits, position: number): EncodedParameter {
  const lengths = shape(value, position);
  const flat: unknown[] = value.flat(lengths.length - 1);
  let family: Family | undefined;
  let large = false;
  let dated = false;
  for (const element of flat) {
    const kind = classify(element, server, position);
    if (kind.kind === 'typed' || kind.kind === 'array' || kind.kind === 'interval') {
      throw new ArgumentError(
        `Parameter ${String(position)} is an array of elements that no array type takes; use typed.oid with the array's text`,
      );
    }
    large ||= kind.kind === 'bigint';
    dated ||= typeof element === 'object' && element !== null;
    const joined = join(family, familyOf(kind), large);
    if (joined === 'untyped') {
      throw new ArgumentError(
        `Parameter ${String(position)} is an array of mixed kinds; all elements must be of one kind`,
      );
    }
    family = joined;
  }
  const known = family === undefined || family === 'untyped' ? 'text' : family;
  const { array, element } = arrayOids[known];
  if (dated || family === 'numeric') {
    // Dates and bytes take the type of their place, NUMERIC has no binary form: the whole array goes as text.
    const text = arrayLiteral(value, (one) => plainText(classify(one, server, position)));
    return { oid: dated ? untyped : array, format: 0, bytes: utf8Bytes(text) };
  }
  const cells = flat.map((one) => elementBytes(classify(one, server, position), known));
  return { oid: array, format: 1, bytes: arrayBytes(lengths, element, cells) };
}

/** Lengths per dimension. @throws ArgumentError when inner arrays differ in length or depth. */
function shape(value: readonly unknown[], position: number, depth = 1): number[] {
  if (depth > 6)
    throw new ArgumentError(`Parameter ${String(position)} is an array of more than 6 dimensions`);
  const inner = value.filter((element) => Array.isArray(element)) as unknown[][];
  if (inner.length === 0) return [value.length];
  const shapes = inner.map((element) => shape(element, position, depth + 1).join(','));
  if (inner.length !== value.length || new Set(shapes).size !== 1) {
    throw new ArgumentError(
      `Parameter ${String(position)} is an array whose inner arrays differ in length or depth`,
    );
  }
  return [value.length, ...shapes[0]!.split(',').map(Number)];
}

function elementBytes(kind: Kind, family: Family): Uint8Array | null {
  switch (kind.kind) {
    case 'null':
      return null;
    case 'boolean':
      return Uint8Array.of(kind.value ? 1 : 0);
    case 'integer':
    case 'bigint':
      if (family === 'float') return float64Bytes(Number(kind.value));
      return family === 'int4' ? int32Bytes(Number(kind.value)) : int64Bytes(BigInt(kind.value));
    case 'float':
      return float64Bytes(kind.value);
    default:
      return utf8Bytes(plainText(kind) ?? '');
  }
}

function arrayBytes(
  lengths: readonly number[],
  element: number,
  cells: readonly (Uint8Array | null)[],
): Uint8Array {
  const empty = cells.length === 0;
  const dimensions = empty ? [] : lengths;
  const total = cells.reduce((sum, cell) => sum + 4 + (cell?.length ?? 0), 12 + dimensions.length * 8);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, dimensions.length);
  view.setInt32(4, cells.includes(null) ? 1 : 0);
  view.setInt32(8, element);
  let at = 12;
  for (const length of dimensions) {
    view.setInt32(at, length);
    view.setInt32(at + 4, 1);
    at += 8;
  }
  for (const cell of cells) {
    view.setInt32(at, cell?.length ?? -1);
    at += 4;
    if (cell === null) continue;
    bytes.set(cell, at);
    at += cell.length;
  }
  return bytes;
}

function arrayLiteral(value: readonly unknown[], text: (element: unknown) => string | null): string {
  const parts = value.map((element) => {
    if (Array.isArray(element)) return arrayLiteral(element, text);
    const one = text(element);
    return one === null ? 'NULL' : `"${one.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${parts.join(',')}}`;
}

/** A value as the text that the server reads, whatever its type. */
function plainText(kind: Kind): string | null {
  switch (kind.kind) {
    case 'null':
      return null;
    case 'boolean':
      return kind.value ? 'true' : 'false';
    case 'integer':
    case 'bigint':
      return String(kind.value);
    case 'float':
      return Object.is(kind.value, -0) ? '-0' : String(kind.value);
    case 'text':
      return kind.value;
    case 'interval':
      return intervalText(kind.value);
    case 'array':
    case 'typed':
      return null;
  }
}

// executeMany

export interface ColumnEncoder {
  readonly oid: number;
  readonly format: 0 | 1;
  encode(value: unknown): Uint8Array | null;
}

/**
 * One type for a column of values: NULL is neutral, integers widen 23, 20, 1700; a fraction makes 701, or 1700 as text
 * when the column also holds a bigint or an integer that a double would round; mixed kinds are untyped text.
 */
export function columnEncoder(
  values: Iterable<unknown>,
  server: ServerTraits,
  position: number,
): ColumnEncoder {
  const column: ColumnKinds = {
    family: undefined,
    large: false,
    unsafe: false,
    ordinary: false,
    same: undefined,
    single: true,
  };
  for (const value of values) note(column, classify(value, server, position), value, server, position);
  if (column.single && column.same !== undefined) {
    const { oid, format } = column.same;
    return { oid, format, encode: (value) => encodeParameter(value, server, position).bytes };
  }
  const { family } = column;
  const plain: ColumnEncoder = {
    oid: untyped,
    format: 0,
    encode: (value) => {
      const text = mixedText(value, server, position);
      return text === null ? null : utf8Bytes(text);
    },
  };
  switch (family) {
    case 'boolean':
    case 'int4':
    case 'int8':
    case 'float':
      return {
        oid: arrayOids[family].element,
        format: 1,
        encode: (value) => elementBytes(classify(value, server, position), family),
      };
    case 'numeric':
      return { ...plain, oid: 1700 };
    default:
      return plain;
  }
}

interface ColumnKinds {
  family: Family | undefined;
  large: boolean;
  unsafe: boolean;
  ordinary: boolean;
  /** OID and format that all values so far share as single parameters. */
  same: { readonly oid: number; readonly format: 0 | 1 } | undefined;
  single: boolean;
}

function note(column: ColumnKinds, kind: Kind, value: unknown, server: ServerTraits, position: number): void {
  if (kind.kind === 'null') return;
  const unsafe =
    kind.kind === 'float' && Number.isInteger(kind.value) && !Number.isSafeInteger(kind.value) && Math.abs(kind.value) < 1e38;
  if (unsafe) column.unsafe = true;
  else column.ordinary = true;
  if (kind.kind === 'bigint') column.large = true;
  column.family = join(column.family, familyOf(kind), column.large);
  // A column of doubles is exact as NUMERIC once it holds an integer that a double would round.
  const rounded = column.large || (column.unsafe && column.ordinary);
  if (column.family === 'float' && rounded) column.family = 'numeric';
  const { oid, format } =
    kind.kind === 'array' || kind.kind === 'typed' || kind.kind === 'interval'
      ? encodeParameter(value, server, position)
      : { oid: -1, format: 0 as const };
  if (oid === -1) column.single = false;
  column.same ??= { oid, format };
  if (column.same.oid !== oid || column.same.format !== format) column.single = false;
}

/** Text of any parameter, for a column of mixed kinds. */
function mixedText(value: unknown, server: ServerTraits, position: number): string | null {
  const kind = classify(value, server, position);
  if (kind.kind === 'typed' && kind.value.format === 0) {
    return kind.value.bytes === null ? null : Buffer.from(kind.value.bytes).toString('utf8');
  }
  if (kind.kind === 'typed' || kind.kind === 'array') {
    throw new ArgumentError(
      `Parameter ${String(position)} mixes kinds that have no common type; give all rows the same kind`,
    );
  }
  return plainText(kind);
}
