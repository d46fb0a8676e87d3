/**
 * The type of a column of JavaScript values: the smallest one that keeps every value exactly. Kinds that do not go together
 * are an error that names the column, never a guess.
 */
import { types } from 'node:util';
import { ArgumentError } from '../errors.js';
import { Interval } from '../types/interval.js';
import type { DataType } from './schema.js';

/** What a value is, before widths are looked at. */
type Sort =
  | 'null'
  | 'bool'
  | 'integer'
  | 'fraction'
  | 'infinity'
  | 'bigint'
  | 'text'
  | 'date'
  | 'binary'
  | 'interval'
  | 'object';

const words: Readonly<Record<Sort, string>> = {
  null: 'null',
  bool: 'booleans',
  integer: 'numbers',
  fraction: 'numbers',
  infinity: 'numbers',
  bigint: 'bigints',
  text: 'strings',
  date: 'dates',
  binary: 'bytes',
  interval: 'intervals',
  object: 'objects or arrays',
};

/**
 * @param column its name, for errors
 * @throws ArgumentError naming the column and the row for a value of no known kind, and for kinds that do not mix
 */
export function inferType(values: readonly unknown[], column: string): DataType {
  const seen = new Set<Sort>();
  let least = 0n;
  let most = 0n;
  let low = 0;
  let high = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    const sort = sortOf(value, column, row);
    seen.add(sort);
    if (sort === 'integer') {
      if ((value as number) < low) low = value as number;
      else if ((value as number) > high) high = value as number;
    } else if (sort === 'bigint') {
      if ((value as bigint) < least) least = value as bigint;
      else if ((value as bigint) > most) most = value as bigint;
    }
  }
  seen.delete('null');
  const only = (...sorts: Sort[]): boolean => [...seen].every((sort) => sorts.includes(sort));
  // Nothing but NULL says nothing of a type; text is what every column of a server takes.
  if (seen.size === 0 || only('text')) return { kind: 'utf8' };
  if (only('integer')) return { kind: low >= -0x8000_0000 && high <= 0x7fff_ffff ? 'int32' : 'int64' };
  if (only('integer', 'fraction', 'infinity')) return { kind: 'float64' };
  if (only('integer', 'bigint')) return wholeType(least, most, column);
  if (only('date', 'infinity')) return { kind: 'timestamp', timezone: 'UTC' };
  for (const kind of ['bool', 'binary', 'interval', 'object'] as const) if (only(kind)) return { kind };
  const kinds = [...new Set([...seen].map((sort) => words[sort]))];
  throw new ArgumentError(
    `Column ${JSON.stringify(column)} mixes ${kinds.join(' and ')}; bring them to one kind, or give its type in the option schema`,
  );
}

function wholeType(least: bigint, most: bigint, column: string): DataType {
  if (BigInt.asIntN(64, least) === least && BigInt.asIntN(64, most) === most) return { kind: 'int64' };
  if (least > -(10n ** 38n) && most < 10n ** 38n) return { kind: 'decimal128', precision: 38, scale: 0 };
  throw new ArgumentError(
    `Column ${JSON.stringify(column)} has an integer of more than 38 digits; pass such integers as strings`,
  );
}

function sortOf(value: unknown, column: string, row: number): Sort {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'boolean':
      return 'bool';
    case 'number':
      // A double beyond 2^53 is no integer anyone counted; -0 has no integer.
      if (Number.isSafeInteger(value)) return Object.is(value, -0) ? 'fraction' : 'integer';
      return value === Infinity || value === -Infinity ? 'infinity' : 'fraction';
    case 'bigint':
      return 'bigint';
    case 'string':
      return 'text';
    case 'object':
      if (value === null) return 'null';
      // Tests of node:util and not instanceof: a Date of another realm (vm, Jest) is a Date all the same.
      if (types.isDate(value)) return 'date';
      if (types.isUint8Array(value)) return 'binary';
      if (value instanceof Interval) return 'interval';
      if (isPlain(value)) return 'object';
      break;
    case 'symbol':
    case 'function':
      break;
  }
  throw new ArgumentError(
    `Column ${JSON.stringify(column)}, row ${String(row)}: ${described(value)} cannot stand in a data frame. Convert it to a string, number, bigint, boolean, Date, Buffer, array or plain object, or give the type 'object' in the option schema`,
  );
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function described(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? `a ${name}` : 'an object of an unknown class';
}
