/** Every type that this driver knows, one a line; a new type is one codec and one line. */
import { bytea, geography, geometry, geometryHex, varbyte } from './binary.js';
import type { Codec } from './codec.js';
import { abstime, timestamp, timestamptz } from './instants.js';
import { dayToSecond, interval, yearToMonth } from './interval.js';
import { bigint, boolean, cid, double, integer, oid, real, smallint, xid } from './numbers.js';
import { numeric } from './numeric.js';
import { hllsketch, jsonType, superType } from './semi.js';
import { date, time, timetz } from './temporal.js';
import { regproc, texts } from './text.js';

export const defaultCodecs: readonly Codec[] = [
  boolean,
  smallint,
  integer,
  bigint,
  oid,
  xid,
  cid,
  real,
  double,
  numeric,
  date,
  time,
  timetz,
  timestamp,
  timestamptz,
  abstime,
  interval,
  yearToMonth,
  dayToSecond,
  varbyte,
  bytea,
  geometry,
  geometryHex,
  geography,
  superType,
  jsonType,
  hllsketch,
  regproc,
  ...texts,
];

/** INT2VECTOR and OIDVECTOR by OID: their name, their array type, and the type of their elements. */
export const vectors: ReadonlyMap<
  number,
  { readonly name: string; readonly arrayOid: number; readonly element: number }
> = new Map([
  [22, { name: 'int2vector', arrayOid: 1006, element: 21 }],
  [30, { name: 'oidvector', arrayOid: 1013, element: 26 }],
]);

/** Arrays whose binary form is asked from protocol version 2 on; all others, NUMERIC's above all, are asked in text. */
export const binaryArrays: ReadonlySet<number> = new Set([1002, 1005, 1007, 1009, 1015, 1021, 1028, 1034]);
