/**
 * What a type knows: how its values are read from text and from binary, and what a user may choose instead of the
 * default value. One codec per SQL type; `defaults.ts` lists them, `registry.ts` looks them up.
 *
 * A codec hands out a reader per column (once a result), so that all decisions about type modifier, format, choice and
 * server are made before the first row; the reader itself runs once a cell.
 */
import { DataError } from '../errors.js';

/** Memory that holds cells: rows lie in `bytes`, and `view` is a DataView of the same memory. */
export interface Block {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Reads one value that is not NULL, lying in bytes [start, end) of the block. Throws DataError when it is no value of the type. */
export type CellReader = (block: Block, start: number, end: number) => unknown;

/** The cells of some rows that lie together in a block. */
export interface Cells {
  readonly block: Block;
  readonly rows: number;
  readonly columns: number;
  /** Row by row, where each cell's bytes begin. Its length stands in the four bytes before them; -1 is NULL. */
  readonly starts: Int32Array;
}

/** Puts the values of a column into `out`, one a row. NULLs are left alone: `out` comes filled with null. */
export type ColumnReader = (cells: Cells, column: number, out: unknown[]) => void;

/** What whoever reads columns can do faster than a codec; each puts a column's values into `out`, or gives false and nothing counts. */
export interface ColumnHelp {
  /** Integers of 8 and 16 bytes as decimal texts, their point `scale` digits from the right. */
  putNumberTexts(cells: Cells, column: number, scale: number, out: unknown[]): boolean;
}

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
}

export interface ReaderContext {
  readonly column: ColumnType;
  readonly server: ServerTraits;
  /**
   * One of the codec's choices; undefined: the default value. Beside the choices of users there are two that only the
   * driver makes, and that every codec takes whose default value does not do: its `canonical` and its `preset`. For columns
   * there are `days` (DATE: days since 1970-01-01) and `micros` (TIME: microseconds since midnight), numbers.
   */
  readonly choice: string | undefined;
}

export interface Codec {
  /** SQL name, lower case, as `types` and error messages use it: `bigint`, `numeric`, `timestamptz`. */
  readonly name: string;
  /** Other names that `types` accepts: `int8`, `decimal`. */
  readonly aliases?: readonly string[];
  readonly oid: number;
  readonly arrayOid?: number;
  /** The values of `types` that this type takes beside a function. */
  readonly choices?: readonly string[];
  /** The choice whose value is the text that a user's function gets; without one it gets String(default value). */
  readonly canonical?: string;
  /** The choice that `types: 'json'` makes; without one the default value is fit for JSON. */
  readonly preset?: string;
  /** Throws ArgumentError when this process cannot give a choice that the type has. */
  checkChoice?(choice: string): void;
  /** Whether results of this column are asked in binary. */
  binaryWanted(column: ColumnType, server: ServerTraits): boolean;
  text(context: ReaderContext): CellReader;
  binary(context: ReaderContext): CellReader;
  /** Loops of its own for whole columns, where they pay; `read` is the reader of single cells for the same context. */
  textColumn?(context: ReaderContext, read: CellReader): ColumnReader | undefined;
  binaryColumn?(context: ReaderContext, read: CellReader, help?: ColumnHelp): ColumnReader | undefined;
}

/** Binary whatever the protocol version; on PostgreSQL too. */
export const always = (): boolean => true;
/** Text whatever the protocol version; on PostgreSQL too. */
export const never = (): boolean => false;
/** Redshift's binary form came with protocol version 2; PostgreSQL's is the one we read. */
export const fromVersion2 = (_column: ColumnType, server: ServerTraits): boolean =>
  server.dialect === 'postgresql' || server.protocolVersion >= 2;

/** Node's own slices, which its types leave out: a sixth faster than toString on short cells. */
interface Slices {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}

/** A cell's bytes as text; what is no UTF-8 becomes U+FFFD. */
export function utf8(block: Block, start: number, end: number): string {
  return (block.bytes as unknown as Slices).utf8Slice(start, end);
}

/** A cell's bytes as text when only ASCII can make sense of it. */
export function ascii(block: Block, start: number, end: number): string {
  return (block.bytes as unknown as Slices).latin1Slice(start, end);
}

/** The same for a type whose values are short: what is longer is none of them, and no pattern ever runs over it. */
export function shortAscii(block: Block, start: number, end: number, limit: number): string {
  return end - start > limit ? '' : ascii(block, start, end);
}

/** The error of a text cell that is no value of its type; shows at most 40 characters of it. */
export function unreadable(block: Block, start: number, end: number, type: string): DataError {
  // 160 bytes hold 40 characters of any length; a character that the cut splits lies beyond them.
  const text = utf8(block, start, Math.min(end, start + 160));
  return new DataError(`Cannot read ${excerpt(text, end - start > 160)} as ${type}`);
}

/** At most 40 characters of a text, in quotes, for an error. */
export function excerpt(text: string, more = false): string {
  return `${JSON.stringify(text.slice(0, 40))}${more || text.length > 40 ? '…' : ''}`;
}

/** The error of a binary cell of the wrong length. */
export function wrongLength(length: number, type: string): DataError {
  return new DataError(`Cannot read ${String(length)} bytes as binary ${type}`);
}

/** A block that holds one value, for readers of parts of a value. */
export function blockOf(bytes: Uint8Array): Block {
  return {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}
