/**
 * Columns as Arrow IPC, stream or file (arrow.apache.org/docs/format/Columnar.html, "Serialization and Interprocess
 * Communication"): one record batch, uncompressed, and a batch for each dictionary. Any reader of Arrow takes it.
 */
import {
  arrowBuffers,
  arrowTypes,
  cleanTexts,
  fullBitmap,
  intervalUnits,
  timeUnits,
} from './arrow-layout.js';
import { sliceBits } from './bitmap.js';
import type { Column } from './column.js';
import { byte, int, long, short, tableOf, to, writeFlat, type FlatNode } from './flat-buffer.js';
import type { DataType } from './schema.js';

export type IPCFormat = 'stream' | 'file';

/** MetadataVersion.V5. */
const version = short(4);
/** MessageHeader of Message.fbs. */
const headers = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const;
/** A message begins with this, its end of stream is this and a length of 0. */
const continuation = 0xffff_ffff;
const magic = Buffer.from('ARROW1\0\0');

/** @throws NotSupportedError for an object column */
export function writeIPC(columns: readonly Column[], numRows: number, format: IPCFormat): Uint8Array {
  const schema = schemaTable(columns);
  const out = new Out(format === 'file' ? magic.length : 0);
  out.message(headers.schema, schema, []);
  const dictionaries = columns.flatMap((column, id) =>
    column.dictionary === undefined
      ? []
      : [out.message(headers.dictionaryBatch, ...dictionaryBatch(column, id))],
  );
  const [batch, buffers] = recordBatch(columns, numRows);
  const batches = [out.message(headers.recordBatch, batch, buffers)];
  out.add(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
  if (format === 'file') {
    const blocks = (list: readonly Block[]): FlatNode => ({
      kind: 'structs',
      words: 3,
      // An int32 and four bytes of padding read as one word.
      values: list.flatMap(({ offset, metadata, body }) => [offset, metadata, body]),
    });
    const footer = writeFlat(tableOf(version, to(schema), to(blocks(dictionaries)), to(blocks(batches))));
    const end = Buffer.alloc(10, 'ARROW1');
    end.writeInt32LE(footer.length);
    end.write('ARROW1', 4);
    out.add(footer);
    out.add(end);
  }
  return out.end(format === 'file' ? magic : undefined);
}

interface Block {
  readonly offset: number;
  readonly metadata: number;
  readonly body: number;
}

/** Bytes one after another, put together once. */
class Out {
  readonly #parts: NodeJS.ArrayBufferView[] = [];
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  add(part: NodeJS.ArrayBufferView): void {
    this.#parts.push(part);
    this.#end += part.byteLength;
  }

  /** A message of the format: its length, the description, and the buffers of its body, all in words of eight bytes. */
  message(type: number, header: FlatNode, buffers: readonly NodeJS.ArrayBufferView[]): Block {
    const body = buffers.reduce((sum, { byteLength }) => sum + padded(byteLength), 0);
    const description = writeFlat(tableOf(version, byte(type), to(header), long(body)));
    const offset = this.#end;
    this.add(Uint32Array.of(continuation, description.length));
    this.add(description);
    for (const buffer of buffers) {
      this.add(buffer);
      this.add(new Uint8Array(padded(buffer.byteLength) - buffer.byteLength));
    }
    return { offset, metadata: description.length + 8, body };
  }

  end(start: Uint8Array | undefined): Uint8Array {
    const out = new Uint8Array(this.#end);
    if (start !== undefined) out.set(start);
    let at = start?.length ?? 0;
    for (const { buffer, byteOffset, byteLength } of this.#parts) {
      out.set(new Uint8Array(buffer, byteOffset, byteLength), at);
      at += byteLength;
    }
    return out;
  }
}

const padded = (length: number): number => Math.ceil(length / 8) * 8;

// Schema.fbs

function schemaTable(columns: readonly Column[]): FlatNode {
  return tableOf(undefined, to({ kind: 'tables', items: columns.map(fieldTable) }));
}

function fieldTable({ name, type, field }: Column, id: number): FlatNode {
  // The type of a dictionary's field is that of its values.
  const [typeId, table] = typeTable(type);
  const encoding =
    type.kind === 'dictionary' ? to(tableOf(long(id), to(tableOf(int(32), byte(1))))) : undefined;
  return tableOf(
    to({ kind: 'text', text: name }),
    byte(field.nullable ? 1 : 0),
    byte(typeId),
    to(table),
    encoding,
    to({ kind: 'tables', items: [] }),
  );
}

function typeTable(type: DataType): readonly [number, FlatNode] {
  const whole = (bits: number, signed: 0 | 1): readonly [number, FlatNode] => [
    arrowTypes.int,
    tableOf(int(bits), byte(signed)),
  ];
  switch (type.kind) {
    case 'bool':
      return [arrowTypes.bool, tableOf()];
    case 'int16':
      return whole(16, 1);
    case 'int32':
      return whole(32, 1);
    case 'int64':
      return whole(64, 1);
    case 'uint32':
      return whole(32, 0);
    case 'float32':
      return [arrowTypes.float, tableOf(short(1))];
    case 'float64':
      return [arrowTypes.float, tableOf(short(2))];
    case 'utf8':
    case 'dictionary':
      return [arrowTypes.utf8, tableOf()];
    case 'binary':
      return [arrowTypes.binary, tableOf()];
    case 'date32':
      return [arrowTypes.date, tableOf(short(0))];
    case 'time64':
      return [arrowTypes.time, tableOf(short(timeUnits.microsecond), int(64))];
    case 'timestamp': {
      const zone = type.timezone === undefined ? undefined : to({ kind: 'text', text: type.timezone });
      return [arrowTypes.timestamp, tableOf(short(timeUnits.microsecond), zone)];
    }
    case 'decimal128':
      return [arrowTypes.decimal, tableOf(int(type.precision), int(type.scale), int(128))];
    case 'interval':
      return [arrowTypes.interval, tableOf(short(intervalUnits.monthDayNano))];
    case 'object':
      // recordBatch refuses it with a word on what to do.
      return [arrowTypes.null, tableOf()];
  }
}

// Message.fbs

function recordBatch(
  columns: readonly Column[],
  numRows: number,
): readonly [FlatNode, readonly NodeJS.ArrayBufferView[]] {
  const buffers = columns.flatMap(columnBuffers);
  const nodes = columns.flatMap(({ length, nullCount }) => [length, nullCount]);
  return [batchTable(numRows, nodes, buffers), buffers];
}

function dictionaryBatch(column: Column, id: number): readonly [FlatNode, readonly NodeJS.ArrayBufferView[]] {
  const { bytes, offsets } = column.dictionary!;
  const texts = cleanTexts(bytes, offsets, true);
  const length = offsets.length - 1;
  const buffers = [fullBitmap(0), texts.offsets, texts.bytes];
  return [tableOf(long(id), to(batchTable(length, [length, 0], buffers))), buffers];
}

function batchTable(
  numRows: number,
  nodes: readonly number[],
  buffers: readonly NodeJS.ArrayBufferView[],
): FlatNode {
  let at = 0;
  const places = buffers.flatMap(({ byteLength }) => {
    const place = [at, byteLength];
    at += padded(byteLength);
    return place;
  });
  return tableOf(
    long(numRows),
    to({ kind: 'structs', words: 2, values: nodes }),
    to({ kind: 'structs', words: 2, values: places }),
  );
}

/** Validity (empty: nothing is NULL), offsets where there are some, values. */
function columnBuffers(column: Column): readonly NodeJS.ArrayBufferView[] {
  const { validity, offsets, values } = arrowBuffers(column);
  const bitmap = validity === undefined ? fullBitmap(0) : sliceBits(validity, 0, column.length);
  if (offsets === undefined) return [bitmap, values];
  const texts = cleanTexts(values as Uint8Array, offsets, column.type.kind === 'utf8');
  return [bitmap, texts.offsets, texts.bytes];
}
