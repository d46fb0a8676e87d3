/**
 * A column of parameters: one SQL type for all rows of a batch, found by a look at every value, and then the values
 * written straight into the message. What no row can be is refused by the look, before anything is sent.
 */
import { types } from 'node:util';
import { ArgumentError } from '../errors.js';
import type { ServerTraits } from './codec.js';
import { oids } from './oids.js';
import { arrayLiteral, joinNumbers } from './parameter-arrays.js';
import type { ParameterBuffer } from './parameter-buffer.js';
import { kindOf, refuseNul, textOf, type Kind } from './parameter-kinds.js';
import { encodeParameter } from './parameters.js';
import { checkHexSize, checkTextSize } from './sizes.js';
import type { Typed } from './typed.js';

export interface ColumnWriter {
  readonly oid: number;
  readonly format: 0 | 1;
  /** @throws ArgumentError for a value that the column did not hold when its type was chosen */
  write(out: ParameterBuffer, value: unknown): void;
}

type Rows = readonly (readonly unknown[])[];

/** A text up to here is surely not too long. */
const shortText = 4096;

type ColumnKind = 'boolean' | 'int4' | 'int8' | 'float' | 'numeric' | 'string';

const columnKinds: Readonly<Record<Exclude<Kind, 'null' | 'array' | 'typed' | 'interval'>, ColumnKind>> = {
  boolean: 'boolean',
  int4: 'int4',
  int8: 'int8',
  numeric: 'numeric',
  float: 'float',
  string: 'string',
  date: 'string',
  bytes: 'string',
  object: 'string',
};

/**
 * One type for a column of values: NULL is neutral, integers widen 23, 20, 1700; a fraction makes 701, or 1700 as text
 * when the column also holds a bigint or an integer beyond 2^53; mixed kinds are untyped text. Values of `typed`, arrays
 * and intervals keep their type when all are of one.
 */
export class ParameterColumn {
  readonly #server: ServerTraits;
  readonly #position: number;
  /** The kind of all of them; `string` when they have nothing but their text in common, undefined for NULLs only. */
  #kind: ColumnKind | undefined;
  #bigint = false;
  /** An integer that is a number beyond 2^53. */
  #unsafe = false;
  /** A number that is none. */
  #ordinary = false;
  #infinite = false;
  /** Values that bring their own type, and what they share; `#single` while they share it and there is nothing else. */
  #own: { readonly oid: number; readonly format: 0 | 1 } | undefined;
  #single = true;
  /** One of them is bytes of a type of its own, which have no text. */
  #ownBinary = false;

  /** @param position 1-based, for messages */
  constructor(server: ServerTraits, position: number) {
    this.#server = server;
    this.#position = position;
  }

  /** @throws ArgumentError for what no parameter can be */
  note(value: unknown): void {
    this.#note(value);
  }

  /**
   * Notes this column of the rows from `start` to `end`. What most columns hold, and holds no news for them, has a loop of its own: 6 ns a value
   * against 60 (Node 20), a Date 20 against 110.
   *
   * @throws ArgumentError for what no parameter can be
   */
  noteAll(rows: Rows, column: number, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      if (this.#kind === 'int4') at = pastIntegers(rows, column, at, end);
      else if (this.#kind === 'float' && this.#ordinary) at = pastNumbers(rows, column, at, end);
      else if (this.#kind === 'string' && !this.#single) at = this.#pastTexts(rows, column, at, end);
      if (at < end) this.#note(rows[at]![column]);
    }
  }

  /** @returns the first row from `at` on whose value is neither a text nor a Date */
  #pastTexts(rows: Rows, column: number, start: number, end: number): number {
    let at = start;
    for (; at < end; at++) {
      const value = rows[at]![column];
      if (typeof value === 'string') {
        refuseNul(value, this.#position);
        if (value.length > shortText) checkTextSize(value, `Parameter ${String(this.#position)}`);
      } else if (!(value instanceof Date) || !isValid(value)) break;
    }
    return at;
  }

  #note(value: unknown): void {
    const position = this.#position;
    const kind = kindOf(value, position);
    if (kind === 'null') return;
    if (kind === 'array' || kind === 'typed' || kind === 'interval') {
      const { oid, format } = encodeParameter(value, this.#server, position);
      this.#own ??= { oid, format };
      if (this.#own.oid !== oid || this.#own.format !== format) this.#single = false;
      if (kind === 'typed' && format === 1 && (value as Typed).bytes !== null) this.#ownBinary = true;
      this.#kind = 'string';
      return;
    }
    this.#single = false;
    if (kind === 'float') {
      const number = value as number;
      if (Math.abs(number) === Infinity) this.#infinite = true;
      // NUMERIC ends at 10^38; a larger integer is a double that happens to have no fraction.
      const unsafe = Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) < 1e38;
      if (unsafe) this.#unsafe = true;
      else this.#ordinary = true;
    } else this.#ordinary = true;
    if (kind === 'string') checkTextSize(value as string, `Parameter ${String(position)}`);
    else if (kind === 'bytes')
      checkHexSize((value as Uint8Array).byteLength, `Parameter ${String(position)}`);
    // Its text can fail to be made, which has to be known before anything is sent.
    else if (kind === 'object') textOf(value, kind, this.#server, position);
    if (typeof value === 'bigint') this.#bigint = true;
    const next = columnKinds[kind];
    this.#kind =
      this.#kind === undefined || this.#kind === next
        ? next
        : ((joinNumbers(this.#kind, next, this.#bigint) as ColumnKind | undefined) ?? 'string');
  }

  /** @throws ArgumentError when no SQL type holds all that was noted */
  writer(): ColumnWriter {
    const position = this.#position;
    if (this.#own !== undefined && this.#single) return ownTypeWriter(this.#own, this.#server, position);
    const kind = this.#columnKind();
    if (kind !== 'numeric' && kind !== 'string') return binaryWriters[kind](position);
    if (this.#ownBinary) throw mixedInterval(position);
    return {
      oid: kind === 'numeric' ? oids.numeric : oids.untyped,
      format: 0,
      write: (out, value) => {
        if (typeof value === 'string') out.text(value);
        else writeText(out, value, this.#server, position);
      },
    };
  }

  #columnKind(): ColumnKind {
    const kind = this.#kind ?? 'string';
    if (kind === 'numeric' && this.#infinite) {
      throw new ArgumentError(
        `Parameter ${String(this.#position)} holds bigints beyond a double and an infinity over its rows; no SQL type holds both`,
      );
    }
    // The order of the rows must not matter: a bigint may come after the fraction.
    const exact = this.#bigint || (this.#unsafe && this.#ordinary);
    return kind === 'float' && exact && !this.#infinite ? 'numeric' : kind;
  }
}

function pastIntegers(rows: Rows, column: number, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const value = rows[at]![column];
    if (typeof value !== 'number' || value !== (value | 0) || (value === 0 && 1 / value < 0)) break;
  }
  return at;
}

function pastNumbers(rows: Rows, column: number, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const value = rows[at]![column];
    if (typeof value !== 'number' || !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) break;
  }
  return at;
}

/** False also for what only inherits from Date. */
function isValid(date: Date): boolean {
  try {
    return !Number.isNaN(date.getTime());
  } catch {
    return false;
  }
}

type BinaryKind = Exclude<ColumnKind, 'numeric' | 'string'>;

const binaryWriters: Readonly<Record<BinaryKind, (position: number) => ColumnWriter>> = {
  boolean: (position) => ({
    oid: oids.boolean,
    format: 1,
    write: (out, value) => {
      if (typeof value === 'boolean') out.boolean(value);
      else nullOrChanged(out, value, position);
    },
  }),
  int4: (position) => ({
    oid: oids.integer,
    format: 1,
    write: (out, value) => {
      if (typeof value === 'number' && value === (value | 0)) out.int4(value);
      else nullOrChanged(out, value, position);
    },
  }),
  int8: (position) => ({
    oid: oids.bigint,
    format: 1,
    write: (out, value) => {
      if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) out.bigint(value);
      else if (Number.isSafeInteger(value)) out.int8(value as number);
      else nullOrChanged(out, value, position);
    },
  }),
  float: (position) => ({
    oid: oids.double,
    format: 1,
    write: (out, value) => {
      if (typeof value === 'number') out.float8(value);
      else nullOrChanged(out, value, position);
    },
  }),
};

function nullOrChanged(out: ParameterBuffer, value: unknown, position: number): void {
  if (value !== null && value !== undefined) throw changed(position);
  out.null();
}

function ownTypeWriter(
  { oid, format }: { readonly oid: number; readonly format: 0 | 1 },
  server: ServerTraits,
  position: number,
): ColumnWriter {
  return {
    oid,
    format,
    write: (out, value) => {
      const encoded = encodeParameter(value, server, position);
      if (encoded.bytes === null) {
        out.null();
        return;
      }
      if (encoded.oid !== oid || encoded.format !== format) throw changed(position);
      out.own(encoded.bytes);
    },
  };
}

function changed(position: number): ArgumentError {
  return new ArgumentError(
    `Parameter ${String(position)} changed its type while the rows were being sent; do not change rows before the call is done`,
  );
}

/** Text of any parameter, for a column whose values have nothing else in common. */
function writeText(out: ParameterBuffer, value: unknown, server: ServerTraits, position: number): void {
  // The first question is cheap, and nearly always enough.
  if ((value instanceof Date || types.isDate(value)) && isValid(value)) {
    out.instant(value);
    return;
  }
  const kind = kindOf(value, position);
  if (kind === 'null') out.null();
  else if (kind === 'array') out.text(arrayLiteral(value as unknown[], server, position));
  else if (kind !== 'typed') out.text(textOf(value, kind, server, position));
  else {
    const { format, bytes } = value as Typed;
    if (bytes === null) out.null();
    else if (format === 0) out.own(bytes);
    else throw mixedInterval(position);
  }
}

function mixedInterval(position: number): ArgumentError {
  return new ArgumentError(
    `Parameter ${String(position)} mixes an interval of typed with other values over its rows; give all rows the same kind`,
  );
}
