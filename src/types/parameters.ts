/**
 * JavaScript values as parameters: OID, format and bytes. Strings, dates and bytes go untyped (OID 0), so that the server
 * takes the type of the place where they stand; numbers have the type of their size, never of their digits alone.
 */
import type { ServerTraits } from './codec.js';
import { oids } from './oids.js';
import { encodeArray } from './parameter-arrays.js';
import {
  booleanBytes,
  float8Bytes,
  int4Bytes,
  int8Bytes,
  kindOf,
  textOf,
  utf8Bytes,
} from './parameter-kinds.js';
import type { Typed } from './typed.js';

export interface EncodedParameter {
  readonly oid: number;
  /** 1 binary, 0 text. */
  readonly format: 0 | 1;
  /** Null is NULL. */
  readonly bytes: Uint8Array | null;
}

/**
 * @param position 1-based, for messages
 * @throws ArgumentError naming the parameter for what no parameter can be; nothing was sent then
 */
export function encodeParameter(value: unknown, server: ServerTraits, position: number): EncodedParameter {
  const kind = kindOf(value, position);
  switch (kind) {
    case 'null':
      return { oid: oids.untyped, format: 0, bytes: null };
    case 'boolean':
      return { oid: oids.boolean, format: 1, bytes: booleanBytes(value as boolean) };
    case 'int4':
      return { oid: oids.integer, format: 1, bytes: int4Bytes(value as number) };
    case 'int8':
      return { oid: oids.bigint, format: 1, bytes: int8Bytes(value as number | bigint) };
    case 'float':
      return { oid: oids.double, format: 1, bytes: float8Bytes(value as number) };
    case 'array':
      return encodeArray(value as unknown[], server, position);
    case 'typed':
      return value as Typed;
    case 'numeric':
    case 'string':
    case 'date':
    case 'bytes':
    case 'interval':
    case 'object': {
      const oid = kind === 'numeric' ? oids.numeric : kind === 'interval' ? oids.interval : oids.untyped;
      return { oid, format: 0, bytes: utf8Bytes(textOf(value, kind, server, position)) };
    }
  }
}
