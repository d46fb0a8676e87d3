/**
 * What a type knows: how its values are read from text and from binary, and what a user may choose instead of the
 * default value. One codec per SQL type; `defaults.ts` lists them, `registry.ts` looks them up.
 *
 * A codec hands out a reader per column (once a result), so that all decisions about type modifier, format, choice and
 * server are made before the first row; the reader itself runs once a cell.
 */

/** Memory that holds cells: rows lie in `bytes`, and `view` is a DataView of the same memory. */
export interface Block {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Reads one value that is not NULL, lying in bytes [start, end) of the block. Throws DataError when it is no value of the type. */
export type CellReader = (block: Block, start: number, end: number) => unknown;

/** What a codec may know of a column; a FieldDescription of the protocol has these members. */
export interface ColumnType {
  readonly typeOid: number;
  /** -1 unknown. */
  readonly typeModifier: number;
}

/** What a codec may know of the server; taken once, when the result is described. */
export interface ServerTraits {
  readonly dialect: 'redshift' | 'postgresql';
  /** server_protocol_version, 0 when the server told none. */
  readonly protocolVersion: number;
  /** The session's TimeZone as the server reported it; empty if it did not. */
  readonly timeZone: string;
}

/** A reader of the user's own: takes the value's canonical text (what the choice 'string' gives). */
export type CustomReader = (text: string) => unknown;

export interface Codec {
  /** SQL name, lower case, as `types` and error messages use it: `bigint`, `numeric`, `timestamptz`. */
  readonly name: string;
  /** Other names that `types` accepts: `int8`, `decimal`. */
  readonly aliases?: readonly string[];
  readonly oid: number;
  readonly arrayOid?: number;
  /** The values of `types` that this type takes beside a function. */
  readonly choices: readonly string[];
  /** Whether results of this column may be asked in binary (facts: the format column of the type table). */
  binary(column: ColumnType, server: ServerTraits): boolean;
  /** The reader of text cells; `choice` undefined is the default value. */
  text(column: ColumnType, server: ServerTraits, choice: string | undefined): CellReader;
  /** The reader of binary cells. */
  binaryReader(column: ColumnType, server: ServerTraits, choice: string | undefined): CellReader;
  /** The canonical text of a cell in either format, for a user's own reader. */
  canonical(column: ColumnType, server: ServerTraits, format: 0 | 1): (block: Block, start: number, end: number) => string;
}
