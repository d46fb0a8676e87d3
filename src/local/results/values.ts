/**
 * How a column comes from the engine and what has to change until it is what Redshift sends: type by type, text and
 * binary. Pure functions over bytes.
 */
import { decodeText, Writer } from '../../protocol/bytes.js';
import type { FieldDescription, Format } from '../../protocol/messages.js';
import { numericBinary, rescaleNumeric } from '../numeric-typing/index.js';
import { dayToSecondText, intervalText, readInterval, yearToMonthText } from './intervals.js';
import type { Rewrite } from './rows.js';

/** How a result column is asked for, and what is done with it. */
export interface ColumnPlan {
  readonly engineFormat: Format;
  readonly rewrite: Rewrite;
}

const oid = {
  numeric: 1700,
  abstime: 702,
  time: 1083,
  timetz: 1266,
  interval: 1186,
  yearToMonth: 1188,
  dayToSecond: 1190,
  super: 4000,
  varbyte: 6551,
  geometry: 3000,
  geometryHex: 3999,
  geography: 3001,
  hllsketch: 2935,
  aclitem: 1033,
  aclitems: 1034,
} as const;

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const asIs = (engineFormat: Format): ColumnPlan => ({ engineFormat, rewrite: undefined });

/** What a column's form depends on beside its type. */
export interface ColumnTraits {
  /** The type modifier is the front's own, so that the engine's values may have another scale. */
  readonly computed: boolean;
  readonly protocolVersion: number;
}

export function columnPlan(
  field: FieldDescription,
  format: Format,
  { computed, protocolVersion }: ColumnTraits,
): ColumnPlan {
  const { typeModifier } = field;
  switch (field.typeOid) {
    case oid.numeric:
      if (format === 1) {
        return { engineFormat: 0, rewrite: (value) => numericBinary(decodeText(value), typeModifier) };
      }
      if (!computed) return asIs(0);
      return { engineFormat: 0, rewrite: (value) => ascii(rescaleNumeric(decodeText(value), typeModifier)) };
    case oid.time:
      return { engineFormat: format, rewrite: format === 1 ? midnightBinary : midnightText };
    case oid.timetz:
      return { engineFormat: 1, rewrite: format === 1 ? timetzInUtc : timetzText };
    case oid.abstime:
      return format === 1 ? { engineFormat: 1, rewrite: absoluteTime } : asIs(0);
    case oid.interval:
      if (format === 1) return { engineFormat: 1, rewrite: shortInterval };
      return { engineFormat: 1, rewrite: (value) => ascii(intervalText(readInterval(value))) };
    case oid.yearToMonth:
      if (format === 1) return { engineFormat: 1, rewrite: (value) => value.subarray(12, 16) };
      return { engineFormat: 1, rewrite: (value) => ascii(yearToMonthText(readInterval(value))) };
    case oid.dayToSecond:
      if (format === 1) return { engineFormat: 1, rewrite: (value) => shortInterval(value).subarray(0, 8) };
      return { engineFormat: 1, rewrite: (value) => ascii(dayToSecondText(readInterval(value))) };
    case oid.super:
      return { engineFormat: 0, rewrite: superText };
    case oid.varbyte:
      // From version 2 on the bytes themselves, also where text was asked for: redshift_connector reads hex digits below
      // it and plain text from it on (its test_redshift_specific_recv_support; amazon-redshift-python-driver#261).
      if (format === 1 || protocolVersion >= 2) return asIs(1);
      return { engineFormat: 0, rewrite: (value) => value.subarray(2) };
    case oid.geography:
    case oid.geometry:
      // Binary is raw EWKB (wire protocol facts of the drivers), text its hex digits.
      if (format === 1) return { engineFormat: 0, rewrite: (value) => Buffer.from(decodeText(value), 'hex') };
      return asIs(0);
    case oid.geometryHex:
    case oid.hllsketch:
    case oid.aclitem:
      return asIs(0);
    case oid.aclitems:
      return { engineFormat: 0, rewrite: format === 1 ? binaryArray : undefined };
    default:
      return asIs(format);
  }
}

/** What the type's size is on Redshift where the engine's differs. */
export function typeSize(field: FieldDescription): number {
  if (field.typeOid === oid.yearToMonth || field.typeOid === oid.abstime) return 4;
  if (field.typeOid === oid.dayToSecond) return 8;
  if (field.typeOid === oid.interval) return 12;
  return field.typeSize;
}

const microsecondsADay = 86_400_000_000n;
/** The end of a day is the beginning of one on Redshift (redshift_connector's test_datatype_recv_support). */
function midnightBinary(value: Uint8Array): Uint8Array {
  const micros = new DataView(value.buffer, value.byteOffset, value.byteLength).getBigInt64(0);
  return micros === microsecondsADay ? new Uint8Array(8) : value;
}

const midnight = ascii('00:00:00');
function midnightText(value: Uint8Array): Uint8Array {
  return value[0] === 0x32 && value[1] === 0x34 ? midnight : value;
}

/** Redshift keeps TIMETZ in UTC (AWS manual, TIMETZ); the engine keeps the zone, in seconds west of UTC. */
function timetzInUtc(value: Uint8Array): Uint8Array {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const micros = view.getBigInt64(0) + BigInt(view.getInt32(8)) * 1_000_000n;
  const out = new Uint8Array(12);
  new DataView(out.buffer).setBigInt64(
    0,
    ((micros % microsecondsADay) + microsecondsADay) % microsecondsADay,
  );
  return out;
}

function timetzText(value: Uint8Array): Uint8Array {
  const utc = timetzInUtc(value);
  const micros = Number(new DataView(utc.buffer).getBigInt64(0));
  const seconds = Math.floor(micros / 1e6);
  const two = (number: number): string => String(number).padStart(2, '0');
  const fraction = String(micros % 1e6)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return ascii(
    `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction && `.${fraction}`}+00`,
  );
}

/** Seconds since 1970 as an int32, its ends standing for the infinities (PostgreSQL 8.0, nabstime.h). */
function absoluteTime(value: Uint8Array): Uint8Array {
  const micros = new DataView(value.buffer, value.byteOffset, value.byteLength).getBigInt64(0);
  // Rounded down, before 2000 too.
  const seconds = (micros - (((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n + 946_684_800n;
  const [least, most] = [-0x8000_0000n, 0x7fff_fffcn];
  const out = new Uint8Array(4);
  new DataView(out.buffer).setInt32(0, Number(seconds < least ? least : seconds > most ? most : seconds));
  return out;
}

/** Redshift's form has no days: int64 microseconds, int32 months; the engine's has them between the two. */
function shortInterval(value: Uint8Array): Uint8Array {
  const { microseconds, months } = readInterval(value);
  const out = new Uint8Array(12);
  const view = new DataView(out.buffer);
  view.setBigInt64(0, microseconds);
  view.setInt32(8, months);
  return out;
}

const structured = 1; // U+0001 marks a value that is more than a string

/** The engine keeps a string as it is, everything else as JSON behind a mark. */
function superText(value: Uint8Array): Uint8Array {
  if (value[0] === structured) return value.subarray(1);
  return Buffer.from(JSON.stringify(decodeText(value)));
}

/** An array of ACLITEM, which has no binary form in the engine: int32 dimensions, NULLs, element OID, length, bound, elements. */
function binaryArray(value: Uint8Array): Uint8Array {
  const elements = Array.from(
    decodeText(value).matchAll(/"((?:[^"\\]|\\.)*)"|[^{},"]+/g),
    ([whole, quoted]) => Buffer.from(quoted?.replace(/\\(.)/g, '$1') ?? whole),
  );
  const writer = new Writer(value.length + 64);
  writer
    .int32(elements.length === 0 ? 0 : 1)
    .int32(0)
    .int32(oid.aclitem);
  if (elements.length > 0) writer.int32(elements.length).int32(1);
  for (const element of elements) writer.int32(element.length).bytes(element);
  return writer.finish();
}

/** A parameter in binary as a client of Redshift writes it, in the engine's form. */
export function parameterForEngine(typeOid: number, value: Uint8Array): Uint8Array {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const interval = (microseconds: bigint, months: number): Uint8Array => {
    const out = new Uint8Array(16);
    const to = new DataView(out.buffer);
    to.setBigInt64(0, microseconds);
    to.setInt32(12, months);
    return out;
  };
  if (typeOid === oid.interval && value.length === 12) return interval(view.getBigInt64(0), view.getInt32(8));
  if (typeOid === oid.yearToMonth && value.length === 4) return interval(0n, view.getInt32(0));
  if (typeOid === oid.dayToSecond && value.length === 8) return interval(view.getBigInt64(0), 0);
  return value;
}
