/** JavaScript arrays as array parameters: rectangular, of one kind, NULLs allowed. What is neither is refused, named by its position. */
import { ArgumentError } from '../errors.js';
import type { ServerTraits } from './codec.js';
import { arrayOids, oids } from './oids.js';
import {
  booleanBytes,
  float8Bytes,
  int4Bytes,
  int8Bytes,
  kindOf,
  textOf,
  utf8Bytes,
  type Kind,
  type ScalarKind,
} from './parameter-kinds.js';

/** Numbers widen within this order; a fraction among integers makes doubles, or NUMERIC among bigints (a double would round). */
const integers: readonly Kind[] = ['int4', 'int8', 'numeric'];

/** A kind that holds both; undefined when there is none. `exact`: a bigint is among the values. */
export function joinNumbers(left: Kind, right: Kind, exact: boolean): Kind | undefined {
  const [a, b] = [integers.indexOf(left), integers.indexOf(right)];
  if (a >= 0 && b >= 0) return integers[Math.max(a, b)];
  const numbers = (a >= 0 || left === 'float') && (b >= 0 || right === 'float');
  return numbers ? (exact ? 'numeric' : 'float') : undefined;
}

/** The SQL type of an array by the kind of its elements; the others take the type of their place, as text. */
const arrayTypes: Readonly<Partial<Record<Kind, { readonly array: number; readonly element: number }>>> = {
  boolean: { array: arrayOids.boolean, element: oids.boolean },
  int4: { array: arrayOids.integer, element: oids.integer },
  int8: { array: arrayOids.bigint, element: oids.bigint },
  float: { array: arrayOids.double, element: oids.double },
  string: { array: arrayOids.text, element: oids.text },
};

export function encodeArray(
  value: readonly unknown[],
  server: ServerTraits,
  position: number,
): { readonly oid: number; readonly format: 0 | 1; readonly bytes: Uint8Array } {
  const lengths = shapeOf(value, position);
  const flat: unknown[] = [];
  flatten(value, flat);
  const kind = elementKind(flat, position);
  const type = arrayTypes[kind];
  if (type !== undefined) {
    const cells = flat.map((element) => elementBytes(element, kind));
    return { oid: type.array, format: 1, bytes: arrayBytes(lengths, type.element, cells) };
  }
  const text = utf8Bytes(arrayLiteral(value, server, position));
  return { oid: kind === 'numeric' ? arrayOids.numeric : oids.untyped, format: 0, bytes: text };
}

/** Lengths per dimension. */
function shapeOf(value: readonly unknown[], position: number, depth = 1): readonly number[] {
  // The server's own limit (PostgreSQL, MAXDIM); it also ends an array that contains itself.
  if (depth > 6)
    throw new ArgumentError(`Parameter ${String(position)} is an array of more than 6 dimensions`);
  let inner: readonly number[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const element = value[index];
    const shape = Array.isArray(element) ? shapeOf(element, position, depth + 1) : [];
    inner ??= shape;
    if (shape.length !== inner.length || shape.some((length, at) => length !== inner?.[at])) {
      throw new ArgumentError(
        `Parameter ${String(position)} is an array whose inner arrays differ in length or depth`,
      );
    }
  }
  return [value.length, ...(inner ?? [])];
}

/** By index: a hole is undefined, and so NULL, where `flat` would leave it out. */
function flatten(value: readonly unknown[], into: unknown[]): void {
  for (let index = 0; index < value.length; index++) {
    const element = value[index];
    if (Array.isArray(element)) flatten(element, into);
    else into.push(element);
  }
}

function elementKind(flat: readonly unknown[], position: number): Kind {
  let kind: Kind | undefined;
  const exact = flat.some((element) => typeof element === 'bigint');
  for (const element of flat) {
    const next = kindOf(element, position);
    if (next === 'null') continue;
    if (next === 'object' || next === 'typed' || next === 'interval') {
      throw new ArgumentError(
        `Parameter ${String(position)} is an array of ${elementNames[next]}, for which there is no array type. ${next === 'object' ? 'For JSON pass JSON.stringify(…)' : "Use typed.oid with the array's text"}`,
      );
    }
    const joined: Kind | undefined =
      kind === undefined || kind === next ? next : joinNumbers(kind, next, exact);
    if (joined === undefined) {
      throw new ArgumentError(
        `Parameter ${String(position)} is an array of mixed kinds (${String(kind)} and ${next}); all elements must be of one kind`,
      );
    }
    kind = joined;
  }
  // An empty array, or one of NULLs only, is text[]: the one type that the server casts to any other.
  return kind ?? 'string';
}

const elementNames = { object: 'objects', typed: 'typed values', interval: 'intervals' } as const;

function elementBytes(element: unknown, kind: Kind): Uint8Array | null {
  if (element === null || element === undefined) return null;
  switch (kind) {
    case 'boolean':
      return booleanBytes(element as boolean);
    case 'int4':
      return int4Bytes(element as number);
    case 'int8':
      return int8Bytes(element as number | bigint);
    case 'float':
      return float8Bytes(element as number);
    default:
      return utf8Bytes(element as string);
  }
}

function arrayBytes(
  lengths: readonly number[],
  element: number,
  cells: readonly (Uint8Array | null)[],
): Uint8Array {
  const dimensions = cells.length === 0 ? [] : lengths;
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

/** The array as text, every element in quotes; NULL without. */
export function arrayLiteral(value: readonly unknown[], server: ServerTraits, position: number): string {
  const parts: string[] = [];
  for (let index = 0; index < value.length; index++) {
    const element = value[index];
    if (Array.isArray(element)) parts.push(arrayLiteral(element, server, position));
    else {
      const kind = kindOf(element, position);
      if (kind === 'null') parts.push('NULL');
      else {
        const text = textOf(element, kind as ScalarKind, server, position);
        parts.push(`"${text.replace(/["\\]/g, '\\$&')}"`);
      }
    }
  }
  return `{${parts.join(',')}}`;
}
