/**
 * Sizes of a column that follow from its type and modifier, as DB-API's description and the JDBC driver's metadata give
 * them. What varies without a known bound is null, never a guess.
 */
import type { ColumnType } from './codec.js';
import { numericModifier } from './numeric.js';
import { oids } from './oids.js';

export interface ColumnFacts {
  /** Characters that the longest value takes as text; null where it varies without a bound that is known. */
  readonly displaySize: number | null;
  /** Bytes on the server; null where it varies. */
  readonly internalSize: number | null;
  /** Digits of a number, bytes of a text; null where it has no meaning or is unknown. */
  readonly precision: number | null;
  /** Digits after the point, of a number or of a second. */
  readonly scale: number | null;
}

/** @param column its `typeSize` is the server's: bytes, -1 when it varies */
export function columnFacts(column: ColumnType & { readonly typeSize: number }): ColumnFacts {
  const { typeOid, typeModifier, typeSize } = column;
  const internalSize = typeSize > 0 ? typeSize : null;
  const fixed = fixedFacts.get(typeOid);
  if (fixed !== undefined) {
    const [displaySize, precision, scale] = fixed;
    return { displaySize, internalSize, precision, scale };
  }
  if (typeOid === oids.numeric) return { internalSize, ...numericFacts(typeModifier) };
  const clock = clockTypes.get(typeOid);
  if (clock !== undefined) {
    // The modifier is the number of a second's digits, unknown means all six.
    const scale = typeModifier >= 0 && typeModifier <= 6 ? typeModifier : 6;
    const displaySize = clock + (scale > 0 ? scale + 1 : 0);
    return { displaySize, internalSize, precision: displaySize, scale };
  }
  if (typeOid === oids.interval) {
    // Only the low half of INTERVAL's modifier is a precision; the high half says which fields it has.
    const scale = typeModifier === -1 ? 6 : typeModifier & 0xffff;
    return { displaySize: null, internalSize, precision: null, scale: scale <= 6 ? scale : 6 };
  }
  if (lengthTypes.has(typeOid) && typeModifier >= 4) {
    const length = typeModifier - 4;
    return { displaySize: length, internalSize: internalSize ?? length, precision: length, scale: null };
  }
  if (hexTypes.has(typeOid) && typeModifier >= 4) {
    const length = typeModifier - 4;
    return { displaySize: length * 2, internalSize: internalSize ?? length, precision: length, scale: null };
  }
  if (typeOid === oids.bit && typeModifier >= 0) {
    return { displaySize: typeModifier, internalSize, precision: typeModifier, scale: null };
  }
  return { displaySize: null, internalSize, precision: null, scale: null };
}

function numericFacts(typeModifier: number): Omit<ColumnFacts, 'internalSize'> {
  const known = numericModifier(typeModifier);
  if (known === null) return { displaySize: null, precision: null, scale: null };
  const { precision, scale } = known;
  // The sign, and the point if there is one.
  return { displaySize: precision + 1 + (scale > 0 ? 1 : 0), precision, scale };
}

/** Display size, precision, scale. */
const fixedFacts: ReadonlyMap<number, readonly [number, number | null, number | null]> = new Map([
  [oids.boolean, [1, 1, 0]],
  [oids.smallint, [6, 5, 0]],
  [oids.integer, [11, 10, 0]],
  [oids.bigint, [20, 19, 0]],
  [oids.oid, [10, 10, 0]],
  [oids.real, [15, 8, 8]],
  [oids.double, [25, 17, 17]],
  // As the JDBC driver says it.
  [oids.date, [13, 13, 0]],
  [oids.name, [64, 64, null]],
  [oids.char, [1, 1, null]],
]);

/** Characters before the fraction of a second: `HH:MM:SS`, the zone, a date of up to six digits of the year. */
const clockTypes: ReadonlyMap<number, number> = new Map([
  [oids.time, 8],
  [oids.timetz, 14],
  [oids.timestamp, 22],
  [oids.timestamptz, 28],
]);

/** Types whose modifier is a length in bytes plus 4. */
const lengthTypes: ReadonlySet<number> = new Set([
  oids.varchar,
  oids.bpchar,
  oids.super,
  oids.tid,
  oids.abstime,
]);
/** The same, shown as two characters a byte. */
const hexTypes: ReadonlySet<number> = new Set([oids.varbyte, oids.geography]);
