/**
 * The type map: which reader a column gets. Global, connection, cursor and query each have one, made from the one above
 * by `with`; none is ever changed, so a local choice cannot leak upward or sideways.
 */
import { ArgumentError } from '../errors.js';
import { arrayBinary, arrayText, vectorText } from './arrays.js';
import { utf8, type CellReader, type ColumnType, type ServerTraits } from './codec.js';
import { binaryArrays, defaultCodecs, vectors } from './defaults.js';
import { unknownType } from './text.js';

/** A reader of the user's own: takes the value's text. */
export type CustomReader = (text: string) => unknown;

/**
 * What `types` takes: the preset `'json'`, or per type (SQL name, alias or OID) a choice of that type or a function of the
 * value's text. A narrower scope wins per type.
 *
 * @example
 * { bigint: 'number', numeric: (text) => new Decimal(text), timestamptz: 'string', 4000: 'json' }
 */
export type TypeOptions = 'json' | Readonly<Record<string, string | CustomReader>>;

/** Rows that JSON.stringify takes and keeps readable. */
const jsonPreset: Readonly<Record<string, string>> = {
  bigint: 'number',
  timestamp: 'iso',
  timestamptz: 'iso',
  abstime: 'iso',
  date: 'iso',
  interval: 'string',
  super: 'plain',
  json: 'plain',
  varbyte: 'hex',
  bytea: 'hex',
};

const byOid = new Map(defaultCodecs.map((codec) => [codec.oid, codec]));
const elementOfArray = new Map<number, number>();
const byName = new Map<string, number>();
for (const codec of defaultCodecs) {
  if (codec.arrayOid !== undefined) elementOfArray.set(codec.arrayOid, codec.oid);
  for (const name of [codec.name, ...(codec.aliases ?? [])]) byName.set(name, codec.oid);
}
for (const [oid, { name, arrayOid }] of vectors) {
  elementOfArray.set(arrayOid, oid);
  byName.set(name, oid);
}

type Choice = string | CustomReader;

export class TypeRegistry {
  static readonly defaults = new TypeRegistry(new Map());

  readonly #choices: ReadonlyMap<number, Choice>;

  private constructor(choices: ReadonlyMap<number, Choice>) {
    this.#choices = choices;
  }

  /** A registry with these options on top; the same one when there are none. @throws ArgumentError naming the type and what it takes. */
  with(options: TypeOptions | undefined): TypeRegistry {
    if (options === undefined) return this;
    if (typeof options === 'string' && options !== 'json') {
      throw new ArgumentError(`types: there is no preset ${JSON.stringify(options)}; the only one is 'json'`);
    }
    if (typeof options !== 'string' && (typeof options !== 'object' || (options as unknown) === null)) {
      throw new ArgumentError("types must be an object of type names, or the preset 'json'");
    }
    const choices = new Map(this.#choices);
    for (const [name, choice] of Object.entries(options === 'json' ? jsonPreset : options)) {
      const oid = findType(name);
      checkChoice(name, oid, choice);
      choices.set(oid, choice);
    }
    return new TypeRegistry(choices);
  }

  typeName(oid: number): string {
    const known = byOid.get(oid)?.name ?? vectors.get(oid)?.name;
    if (known !== undefined) return known;
    const element = elementOfArray.get(oid);
    return element === undefined ? `type ${String(oid)}` : `${this.typeName(element)}[]`;
  }

  /** Per column 1 where binary is safe and wanted, else 0. */
  formats(columns: readonly ColumnType[], server: ServerTraits): Uint8Array {
    return Uint8Array.from(columns, (column) => (this.#binaryWanted(column, server) ? 1 : 0));
  }

  /** One reader a column. */
  readers(columns: readonly ColumnType[], formats: ArrayLike<number>, server: ServerTraits): CellReader[] {
    return columns.map((column, index) => this.#reader(column, formats[index] === 1, server));
  }

  #binaryWanted(column: ColumnType, server: ServerTraits): boolean {
    const { typeOid } = column;
    const choice = this.#choices.get(typeOid);
    const codec = byOid.get(typeOid);
    if (codec !== undefined) {
      // A function takes text; where the type has a canonical text of its own, that can be made from either form.
      if (typeof choice === 'function' && codec.choices?.includes('string') !== true) return false;
      return codec.binaryWanted(column, server);
    }
    if (typeof choice === 'function') return false;
    return binaryArrays.has(typeOid) && server.dialect === 'redshift' && server.protocolVersion >= 2;
  }

  #reader(column: ColumnType, binary: boolean, server: ServerTraits): CellReader {
    const choice = this.#choices.get(column.typeOid);
    const read = this.#plainReader(column, binary, server, typeof choice === 'function' ? 'string' : choice);
    if (typeof choice !== 'function') return read;
    const codec = byOid.get(column.typeOid);
    // Text as the server wrote it, unless the type has a form that does not depend on the session.
    const text: CellReader = binary || codec?.choices?.includes('string') === true ? read : utf8;
    return (block, start, end) => choice(String(text(block, start, end)));
  }

  #plainReader(
    column: ColumnType,
    binary: boolean,
    server: ServerTraits,
    choice: string | undefined,
  ): CellReader {
    const { typeOid } = column;
    const codec = byOid.get(typeOid);
    if (codec !== undefined) {
      const known = choice !== undefined && codec.choices?.includes(choice) === true ? choice : undefined;
      const context = { column, server, choice: known };
      return binary ? codec.binary(context) : codec.text(context);
    }
    const vector = vectors.get(typeOid);
    const elementOid = vector?.element ?? elementOfArray.get(typeOid);
    if (elementOid === undefined)
      return binary ? unknownType(typeOid).binary({ column, server, choice }) : utf8;
    const element = (oid: number, inBinary: boolean): CellReader =>
      this.#reader({ typeOid: oid, typeModifier: column.typeModifier }, inBinary, server);
    if (binary) return arrayBinary((oid) => element(oid, true));
    return vector === undefined
      ? arrayText(element(elementOid, false))
      : vectorText(element(elementOid, false));
  }
}

function findType(name: string): number {
  const oid = byName.get(name.toLowerCase());
  if (oid !== undefined) return oid;
  if (/^\d{1,10}$/.test(name)) return Number(name);
  const array = /^(.+)\[\]$/.exec(name)?.[1];
  const element = array === undefined ? undefined : byName.get(array.toLowerCase());
  const arrayOid =
    element === undefined ? undefined : (byOid.get(element)?.arrayOid ?? vectors.get(element)?.arrayOid);
  if (arrayOid !== undefined) return arrayOid;
  throw new ArgumentError(
    `types: there is no type ${JSON.stringify(name)}. Use a SQL name (${[...byName.keys()].slice(0, 12).join(', ')} …) or an OID`,
  );
}

function checkChoice(name: string, oid: number, choice: unknown): void {
  if (typeof choice === 'function') return;
  const choices = byOid.get(oid)?.choices ?? [];
  const offered = choices.filter((one) => one !== 'iso' && one !== 'plain');
  if (typeof choice === 'string' && choices.includes(choice)) return;
  const list = [...offered.map((one) => `'${one}'`), 'a function of the text'].join(', ');
  throw new ArgumentError(
    `types.${name} takes ${list}; ${typeof choice === 'string' ? JSON.stringify(choice) : typeof choice} is none of them`,
  );
}

export interface ColumnFacts {
  /** Characters that the longest value takes as text; null where it varies without a bound that is known. */
  readonly displaySize: number | null;
  /** Bytes; null where it varies. */
  readonly internalSize: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
}

/** Sizes that follow from type and modifier (lengths of character types count bytes). */
export function columnFacts(column: ColumnType & { readonly typeSize: number }): ColumnFacts {
  const { typeOid, typeModifier, typeSize } = column;
  const internalSize = typeSize > 0 ? typeSize : null;
  const fixed = fixedFacts.get(typeOid);
  if (fixed !== undefined)
    return { displaySize: fixed[0], internalSize, precision: fixed[1], scale: fixed[2] };
  if (typeOid === 1700) {
    if (typeModifier < 4) return { displaySize: null, internalSize, precision: null, scale: null };
    const precision = ((typeModifier - 4) >> 16) & 0xffff;
    const scale = (typeModifier - 4) & 0xffff;
    return { displaySize: precision + 1 + (scale > 0 ? 1 : 0), internalSize, precision, scale };
  }
  if (timeTypes.has(typeOid)) {
    const scale = typeModifier === -1 ? 6 : typeModifier;
    const base = timeTypes.get(typeOid)!;
    const displaySize = base + (scale > 0 ? scale + 1 : 0);
    return { displaySize, internalSize, precision: displaySize, scale };
  }
  if (lengthTypes.has(typeOid) && typeModifier >= 4) {
    const length = typeModifier - 4;
    return { displaySize: length, internalSize: internalSize ?? length, precision: length, scale: null };
  }
  if (typeOid === 1560 && typeModifier >= 0) {
    return { displaySize: typeModifier, internalSize, precision: typeModifier, scale: null };
  }
  return { displaySize: null, internalSize, precision: null, scale: null };
}

/** Display size, precision, scale. */
const fixedFacts: ReadonlyMap<number, readonly [number, number | null, number | null]> = new Map([
  [16, [1, 1, 0]],
  [21, [6, 5, 0]],
  [23, [11, 10, 0]],
  [20, [20, 19, 0]],
  [26, [10, 10, 0]],
  [700, [15, 8, 8]],
  [701, [25, 17, 17]],
  [1082, [13, 13, 0]],
  [19, [64, 64, null]],
  [18, [1, 1, null]],
]);
const timeTypes: ReadonlyMap<number, number> = new Map([
  [1083, 8],
  [1266, 14],
  [1114, 22],
  [1184, 28],
]);
/** Types whose modifier is a length in bytes plus 4. */
const lengthTypes: ReadonlySet<number> = new Set([1043, 1042, 4000, 6551, 3001]);
