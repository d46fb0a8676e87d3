/**
 * The parameters of one statement, ready to be sent. What cannot change any more (numbers, texts) stays a value until the
 * message is written; all else becomes bytes at the call.
 */
import type { ServerTraits } from './codec.js';
import { oids } from './oids.js';
import { refuseNul } from './parameter-kinds.js';
import { encodeParameter } from './parameters.js';

/** Types and formats of a list of parameters. A text is mostly run with the same ones, which are then the same object. */
export interface ParameterShape {
  readonly oids: readonly number[];
  /** 1 binary, 0 text. */
  readonly formats: readonly number[];
}

export interface ParameterList {
  readonly shape: ParameterShape;
  /** Bytes as they are, a text as UTF-8, a number as an int4, null as NULL. */
  readonly values: readonly (Uint8Array | string | number | null)[];
  /** Bytes that the values take at most. */
  readonly weight: number;
}

export const noParameters: ParameterList = { shape: { oids: [], formats: [] }, values: [], weight: 0 };

/** A longer text is made bytes of at the call: three bytes a character are no longer near to what it takes. */
const shortText = 1024;

/**
 * @param like the shape that the list probably has
 * @throws ArgumentError naming the parameter for what no parameter can be
 */
export function encodeParameters(
  given: readonly unknown[],
  server: ServerTraits,
  like: ParameterShape,
): ParameterList {
  const count = given.length;
  const values = new Array<Uint8Array | string | number | null>(count);
  let weight = 0;
  let same = like.oids.length === count;
  let list = same ? undefined : { oids: [] as number[], formats: [] as number[] };
  for (let index = 0; index < count; index++) {
    const value = given[index];
    let oid: number = oids.untyped;
    let format = 0;
    if (typeof value === 'number' && value === (value | 0) && (value !== 0 || 1 / value > 0)) {
      oid = oids.integer;
      format = 1;
      values[index] = value;
      weight += 4;
    } else if (typeof value === 'string' && value.length <= shortText) {
      refuseNul(value, index + 1);
      values[index] = value;
      weight += value.length * 3;
    } else {
      const encoded = encodeParameter(value, server, index + 1);
      oid = encoded.oid;
      format = encoded.format;
      values[index] = encoded.bytes;
      weight += encoded.bytes?.length ?? 0;
    }
    if (same && (like.oids[index] !== oid || like.formats[index] !== format)) {
      same = false;
      list = { oids: like.oids.slice(0, index), formats: like.formats.slice(0, index) };
    }
    list?.oids.push(oid);
    list?.formats.push(format);
  }
  return { shape: list ?? like, values, weight };
}
