/**
 * Columns out of Arrow IPC, stream or file, as polars and others write it: uncompressed, without nested types. The columns
 * share the memory of the bytes.
 */
import { ArgumentError, DataError, NotSupportedError } from '../errors.js';
import { importColumn, type ArrowPart } from './arrow-import.js';
import { arrowTypes, type ArrowType } from './arrow-layout.js';
import type { Column } from './column.js';
import { FlatTable, readingFlat } from './flat-buffer.js';

interface ReadField {
  readonly name: string;
  readonly type: ArrowType;
  /** The id of its dictionary. */
  readonly id: number | undefined;
}

export interface ReadFrame {
  readonly columns: readonly Column[];
  readonly numRows: number;
}

const magic = Buffer.from('ARROW1');

/** Whether these bytes begin as Arrow IPC does. */
export function isIPC(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 6)).toString('latin1');
  return start === 'ARROW1' || start.startsWith('\xff\xff\xff\xff');
}

/** @throws DataError for bytes that are cut or no Arrow IPC; NotSupportedError for compression and nested types */
export function readIPC(bytes: Uint8Array): ReadFrame {
  if (!isIPC(bytes)) throw new ArgumentError('The bytes are no Arrow IPC: neither a stream nor a file');
  return readingFlat('The Arrow IPC data', () => read(bytes));
}

function read(bytes: Uint8Array): ReadFrame {
  let fields: readonly ReadField[] = [];
  const parts: ArrowPart[][] = [];
  const dictionaries = new Map<number, ArrowPart[]>();
  let numRows = 0;
  for (const { type, header, body } of messages(bytes)) {
    if (type === 1) {
      fields = header.tables(1).map(readField);
      for (const _field of fields) parts.push([]);
    } else if (type === 2) {
      const id = header.long(0);
      const field = fields.find((one) => one.id === id);
      const batch = header.table(1);
      if (field === undefined || batch === undefined)
        throw new DataError('An Arrow dictionary has no column');
      const before = header.byte(2) === 1 ? (dictionaries.get(id) ?? []) : [];
      const values = batchParts(
        batch,
        body,
        [{ ...field, type: field.type.dictionary!, id: undefined }],
        dictionaries,
      );
      dictionaries.set(id, [...before, values[0]!]);
    } else if (type === 3) {
      numRows += header.long(0);
      for (const [index, part] of batchParts(header, body, fields, dictionaries).entries()) {
        parts[index]!.push(part);
      }
    }
  }
  const columns = fields.map(({ name, type }, index) => importColumn(name, type, parts[index]!));
  return { columns, numRows };
}

interface ReadMessage {
  readonly type: number;
  readonly header: FlatTable;
  readonly body: Uint8Array;
}

function* messages(bytes: Uint8Array): Iterable<ReadMessage> {
  if (bytes[0] === magic[0]) {
    yield* fileMessages(bytes);
    return;
  }
  for (let at = 0; at + 8 <= bytes.length;) {
    const found = messageAt(bytes, at);
    if (found === undefined) return;
    yield found.message;
    at = found.end;
  }
}

/** What the footer lists: apache-arrow writes files whose stream lacks the schema. */
function* fileMessages(bytes: Uint8Array): Iterable<ReadMessage> {
  const end = bytes.length - magic.length - 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getInt32(end, true);
  const footer = FlatTable.root(part(bytes, end - length, length));
  const schema = footer.table(1);
  if (schema === undefined) throw malformed();
  yield { type: 1, header: schema, body: new Uint8Array() };
  for (const member of [2, 3]) {
    // A block is its offset, an int32 of metadata with padding, and the size of its body.
    for (const [index, offset] of footer.longs(member, 3).entries()) {
      if (index % 3 !== 0) continue;
      const found = messageAt(bytes, offset);
      if (found === undefined) throw malformed();
      yield found.message;
    }
  }
}

/** The message that begins there; undefined at the end of the stream. */
function messageAt(
  bytes: Uint8Array,
  start: number,
): { readonly message: ReadMessage; readonly end: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(start, true) !== 0xffff_ffff) throw malformed();
  const length = view.getInt32(start + 4, true);
  if (length === 0) return undefined;
  const message = FlatTable.root(part(bytes, start + 8, length));
  const at = start + 8 + length;
  const size = message.long(3);
  const header = message.table(2);
  if (header === undefined) throw malformed();
  return { message: { type: message.byte(1), header, body: part(bytes, at, size) }, end: at + size };
}

const malformed = (): DataError => new DataError('The Arrow IPC data is cut or malformed');

function part(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (!(length >= 0 && start >= 0 && start + length <= bytes.length)) {
    throw malformed();
  }
  return bytes.subarray(start, start + length);
}

function readField(field: FlatTable): ReadField {
  const name = field.text(0) ?? '';
  const type = readType(field.byte(2), field.table(3), name);
  const encoding = field.table(4);
  if (encoding === undefined) return { name, type, id: undefined };
  const indices = encoding.table(1);
  return {
    name,
    id: encoding.long(0),
    type: {
      typeId: arrowTypes.dictionary,
      dictionary: type,
      ...(indices === undefined ? {} : { indices: readType(arrowTypes.int, indices, name) }),
    },
  };
}

function readType(typeId: number, table: FlatTable | undefined, name: string): ArrowType {
  switch (typeId) {
    case arrowTypes.int:
      return { typeId, bitWidth: table?.int(0), isSigned: table?.byte(1) === 1 };
    case arrowTypes.float:
      return { typeId, precision: table?.short(0) };
    case arrowTypes.decimal:
      return { typeId, precision: table?.int(0), scale: table?.int(1), bitWidth: table?.int(2, 128) };
    case arrowTypes.date:
      return { typeId, unit: table?.short(0, 1) };
    case arrowTypes.time:
      return { typeId, unit: table?.short(0, 1), bitWidth: table?.int(1, 32) };
    case arrowTypes.timestamp:
      return { typeId, unit: table?.short(0), timezone: table?.text(1) };
    case arrowTypes.interval:
      return { typeId, unit: table?.short(0) };
    case arrowTypes.duration:
      return { typeId, unit: table?.short(0, 1) };
    case arrowTypes.fixedSizeBinary:
      return { typeId, byteWidth: table?.int(0) };
    case arrowTypes.null:
    case arrowTypes.bool:
    case arrowTypes.utf8:
    case arrowTypes.binary:
    case arrowTypes.largeUtf8:
    case arrowTypes.largeBinary:
    case arrowTypes.utf8View:
    case arrowTypes.binaryView:
      return { typeId };
    default:
      // Nested types have children whose buffers would have to be passed over.
      throw new NotSupportedError(
        `Column ${JSON.stringify(name)} has a nested or unknown Arrow type (number ${String(typeId)}) that a data frame does not hold; cast it, or leave it out`,
      );
  }
}

function batchParts(
  batch: FlatTable,
  body: Uint8Array,
  fields: readonly ReadField[],
  dictionaries: ReadonlyMap<number, readonly ArrowPart[]>,
): ArrowPart[] {
  if (batch.table(3) !== undefined) {
    throw new NotSupportedError(
      'The Arrow IPC data is compressed, which is not read here; write it without compression',
    );
  }
  const nodes = batch.longs(1, 2);
  const buffers = batch.longs(2, 2);
  const variadic = batch.longs(4);
  let at = 0;
  const next = (): Uint8Array => {
    const [offset, length] = [buffers[at], buffers[at + 1]];
    if (offset === undefined || length === undefined) throw new DataError('An Arrow batch lacks a buffer');
    at += 2;
    return part(body, offset, length);
  };
  return fields.map(({ type, id }, index): ArrowPart => {
    const length = nodes[index * 2];
    const nullCount = nodes[index * 2 + 1];
    if (length === undefined) throw new DataError('An Arrow batch lacks a column');
    const rows = { length, offset: 0 };
    if (type.typeId === arrowTypes.null) return rows;
    const bitmap = next();
    const nullBitmap = nullCount === 0 ? undefined : bitmap;
    switch (type.typeId) {
      case arrowTypes.utf8:
      case arrowTypes.binary:
      case arrowTypes.largeUtf8:
      case arrowTypes.largeBinary: {
        const offsets = next();
        // Of no rows even the one offset may be left out.
        const valueOffsets = offsets.length === 0 ? new Uint8Array(8) : offsets;
        return { ...rows, nullBitmap, valueOffsets, values: next() };
      }
      case arrowTypes.utf8View:
      case arrowTypes.binaryView: {
        const values = next();
        const count = variadic.shift() ?? 0;
        return { ...rows, nullBitmap, values, variadicBuffers: Array.from({ length: count }, next) };
      }
      case arrowTypes.dictionary:
        return { ...rows, nullBitmap, values: next(), dictionary: { data: dictionaries.get(id ?? 0) ?? [] } };
      default:
        return { ...rows, nullBitmap, values: next() };
    }
  });
}
