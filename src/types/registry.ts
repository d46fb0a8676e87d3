/**
 * The type map: which reader a column gets. Global, connection, cursor and query each have one, made from the one above
 * by `with`; none is ever changed, so a local choice cannot leak upward or sideways.
 */
import { arrayBinary, arrayText, vectorText } from './arrays.js';
import {
  utf8,
  type CellReader,
  type ColumnHelp,
  type Codec,
  type ColumnReader,
  type ColumnType,
  type ServerTraits,
} from './codec.js';
import { cellByCell } from './columns.js';
import { binaryArrays, vectors } from './defaults.js';
import { encodeParameter, type EncodedParameter } from './parameters.js';
import { unknownType } from './text.js';
import {
  choicesWith,
  codecs,
  elementOfArray,
  nameOf,
  type Choice,
  type TypeOptions,
} from './type-options.js';

export { columnFacts, type ColumnFacts } from './column-facts.js';
export type { CustomReader, TypeOptions } from './type-options.js';

export class TypeRegistry {
  /** Every type with its default value. */
  static readonly defaults = new TypeRegistry(new Map());

  readonly #choices: ReadonlyMap<number, Choice>;

  private constructor(choices: ReadonlyMap<number, Choice>) {
    this.#choices = choices;
  }

  /**
   * A registry with these options on top; the same one when there are none.
   *
   * @throws ArgumentError naming the type and what it takes
   */
  with(options: TypeOptions | undefined): TypeRegistry {
    return options === undefined ? this : new TypeRegistry(choicesWith(this.#choices, options));
  }

  /** SQL name of a type; `type 12345` when nobody listed it. */
  typeName(oid: number): string {
    return nameOf(oid);
  }

  /** What was chosen for a type; a function of the user's own, or undefined for its default value. */
  choice(oid: number): Choice | undefined {
    return this.#choices.get(oid);
  }

  /** The codec of any OID: listed, an array of what is listed, or text. */
  codec(oid: number): Codec {
    return codecs.get(oid) ?? this.#arrayCodec(oid) ?? unknownType(oid);
  }

  /** Per column 1 where binary is safe and wanted, else 0. */
  formats(columns: readonly ColumnType[], server: ServerTraits): Uint8Array {
    return Uint8Array.from(columns, (column) => (this.#binaryWanted(column, server) ? 1 : 0));
  }

  /** One reader a column. */
  readers(columns: readonly ColumnType[], formats: ArrayLike<number>, server: ServerTraits): CellReader[] {
    return columns.map((column, index) => this.#reader(column, formats[index] === 1, server));
  }

  /** The same as loops over many cells of a column. @param readers what `readers` gave for the same */
  columnReaders(
    columns: readonly ColumnType[],
    formats: ArrayLike<number>,
    server: ServerTraits,
    readers: readonly CellReader[],
    help?: ColumnHelp,
  ): ColumnReader[] {
    return columns.map((column, index) => {
      const read = readers[index]!;
      const choice = this.#choices.get(column.typeOid);
      if (typeof choice === 'function') return cellByCell(read);
      const codec = this.codec(column.typeOid);
      const context = { column, server, choice };
      const own =
        formats[index] === 1 ? codec.binaryColumn?.(context, read, help) : codec.textColumn?.(context, read);
      return own ?? cellByCell(read);
    });
  }

  /** @param position 1-based, for messages. @throws ArgumentError for a value that no parameter can be */
  encode(value: unknown, server: ServerTraits, position = 1): EncodedParameter {
    return encodeParameter(value, server, position);
  }

  #binaryWanted(column: ColumnType, server: ServerTraits): boolean {
    // A function for an array takes its text; for all else the same text is made from either form.
    if (typeof this.#choices.get(column.typeOid) === 'function' && !codecs.has(column.typeOid)) return false;
    return this.codec(column.typeOid).binaryWanted(column, server);
  }

  #reader(column: ColumnType, binary: boolean, server: ServerTraits): CellReader {
    const chosen = this.#choices.get(column.typeOid);
    const codec = this.codec(column.typeOid);
    if (typeof chosen !== 'function') {
      const context = { column, server, choice: chosen };
      return binary ? codec.binary(context) : codec.text(context);
    }
    if (!codecs.has(column.typeOid) && !binary) return (block, start, end) => chosen(utf8(block, start, end));
    const context = { column, server, choice: codec.canonical };
    const read = binary ? codec.binary(context) : codec.text(context);
    return (block, start, end) => chosen(String(read(block, start, end)));
  }

  /** Arrays and vectors: their elements are read by whatever was chosen for the element's type. */
  #arrayCodec(oid: number): Codec | undefined {
    const vector = vectors.get(oid);
    const elementOid = vector?.element ?? elementOfArray.get(oid);
    if (elementOid === undefined) return undefined;
    const reader = (of: number, typeModifier: number, binary: boolean, server: ServerTraits): CellReader =>
      this.#reader({ typeOid: of, typeModifier }, binary, server);
    return {
      name: nameOf(oid),
      oid,
      binaryWanted: ({ typeModifier }, server) => {
        if (server.dialect === 'redshift') return binaryArrays.has(oid) && server.protocolVersion >= 2;
        return (
          vector === undefined &&
          this.codec(elementOid).binaryWanted({ typeOid: elementOid, typeModifier }, server)
        );
      },
      text: ({ column, server }) =>
        (vector === undefined ? arrayText : vectorText)(
          reader(elementOid, column.typeModifier, false, server),
        ),
      binary: ({ column, server }) =>
        arrayBinary((found) =>
          // An array whose header calls its elements arrays again could nest without end.
          found === elementOid || codecs.has(found)
            ? reader(found, column.typeModifier, true, server)
            : undefined,
        ),
    };
  }
}

/** The registry of a connection: the defaults, with the option `types` on top. */
export function createTypes(options?: TypeOptions): TypeRegistry {
  return TypeRegistry.defaults.with(options);
}
