/**
 * What kind of SQL value a JavaScript value is, its text and its bytes. What no parameter can be is refused here, named by
 * its position, before a byte is sent; no value ever enters a message.
 */
import { types } from 'node:util';
import { ArgumentError } from '../errors.js';
import type { ServerTraits } from './codec.js';
import { writeInstant } from './instants.js';
import { Interval, writeInterval } from './interval.js';
import { writeJson } from './json.js';
import { writeNumber } from './numeric.js';
import { checkHexSize, checkTextSize } from './sizes.js';
import { Typed } from './typed.js';

/** Integers of any JavaScript type are named by the smallest SQL type that holds them; `float` is every other number. */
export type ScalarKind =
  'boolean' | 'int4' | 'int8' | 'numeric' | 'float' | 'string' | 'date' | 'bytes' | 'interval' | 'object';
export type Kind = 'null' | ScalarKind | 'array' | 'typed';

/**
 * @param position 1-based
 * @throws ArgumentError for what has no SQL value
 */
export function kindOf(value: unknown, position: number): Kind {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'boolean':
      return 'boolean';
    case 'number':
      if (value === (value | 0)) return Object.is(value, -0) ? 'float' : 'int4';
      return Number.isSafeInteger(value) ? 'int8' : 'float';
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'int8' : 'numeric';
    case 'string':
      refuseNul(value, position);
      return 'string';
    case 'object':
      return value === null ? 'null' : kindOfObject(value, position);
    case 'symbol':
    case 'function':
      throw refused(position, `a ${typeof value}`);
  }
}

// Tests of node:util and not instanceof: a Date of another realm (vm, Jest) is a Date all the same.
function kindOfObject(value: object, position: number): Kind {
  if (value instanceof Typed) return 'typed';
  if (types.isDate(value)) {
    if (!Number.isNaN(value.getTime())) return 'date';
    throw new ArgumentError(`Parameter ${String(position)} is an invalid Date`);
  }
  if (types.isUint8Array(value)) return 'bytes';
  if (value instanceof Interval) return 'interval';
  if (Array.isArray(value)) return 'array';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return 'object';
  const name = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  const known = typeof name === 'string' && name !== '';
  throw refused(
    position,
    `${known ? `a ${name}` : 'an object of an unknown class'}${types.isPromise(value) ? ' (await it first)' : ''}`,
  );
}

function refused(position: number, what: string): ArgumentError {
  return new ArgumentError(
    `Parameter ${String(position)} is ${what}, which has no SQL value. Convert it to a string, number, bigint, boolean, Date, Buffer, array or plain object, or use typed`,
  );
}

/** @throws ArgumentError */
export function refuseNul(text: string, position: number): void {
  if (!text.includes('\0')) return;
  throw new ArgumentError(
    `Parameter ${String(position)} contains a NUL character, which the server cannot store in text`,
  );
}

// Text

/** A value as the text that the server reads, whatever the type of the place where it stands. */
export function textOf(value: unknown, kind: ScalarKind, server: ServerTraits, position: number): string {
  switch (kind) {
    case 'boolean':
      return value === true ? 'true' : 'false';
    case 'int4':
    case 'int8':
    case 'numeric':
      return String(value);
    case 'float':
      return writeNumber(value as number);
    case 'string':
      checkTextSize(value as string, `Parameter ${String(position)}`);
      return value as string;
    case 'date':
      // Checked by kindOf.
      return writeInstant(value as Date) ?? '';
    case 'bytes': {
      const { buffer, byteOffset, byteLength } = value as Uint8Array;
      checkHexSize(byteLength, `Parameter ${String(position)}`);
      const hex = Buffer.from(buffer, byteOffset, byteLength).toString('hex');
      return server.dialect === 'postgresql' ? `\\x${hex}` : hex;
    }
    case 'interval':
      return writeInterval(value as Interval, server);
    case 'object':
      return jsonText(value, position);
  }
}

function jsonText(value: unknown, position: number): string {
  let text: string | undefined;
  try {
    text = writeJson(value);
  } catch (cause) {
    throw new ArgumentError(
      `Parameter ${String(position)} is an object that cannot be written as JSON (a circle, or a toJSON that throws)`,
      { cause },
    );
  }
  if (text !== undefined) return text;
  throw new ArgumentError(`Parameter ${String(position)} is an object whose toJSON gives nothing`);
}

// Bytes

/** What is no UTF-16 (a lone surrogate) is written as U+FFFD, as every encoder of UTF-8 does. */
export function utf8Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function booleanBytes(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 1 : 0);
}

export function int4Bytes(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int8Bytes(value: number | bigint): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  if (typeof value === 'bigint') bytes.writeBigInt64BE(value);
  else {
    bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000));
    bytes.writeUInt32BE(value >>> 0, 4);
  }
  return bytes;
}

export function float8Bytes(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value);
  return bytes;
}
