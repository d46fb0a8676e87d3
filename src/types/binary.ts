/** VARBYTE, BYTEA and the spatial types: bytes, or their hexadecimal text. No value shares memory with the result it came in. */
import { ascii, fromVersion2, never, unreadable, type Block, type CellReader, type Codec } from './codec.js';

function hexBytes(block: Block, start: number, end: number, type: string): Buffer {
  // Buffer.from stops at the first pair that is no hex, so a short result means a bad digit.
  const bytes = Buffer.from(ascii(block, start, end), 'hex');
  if (bytes.length * 2 !== end - start) throw unreadable(block, start, end, type);
  return bytes;
}

/** A copy: the block belongs to the result and is let go with it. */
function copy(block: Block, start: number, end: number): Buffer {
  return Buffer.from(block.bytes.subarray(start, end));
}

function shown(
  read: (block: Block, start: number, end: number) => Buffer,
  choice: string | undefined,
): CellReader {
  return choice === 'hex' ? (block, start, end) => read(block, start, end).toString('hex') : read;
}

export const varbyte: Codec = {
  name: 'varbyte',
  aliases: ['varbinary', 'binary varying'],
  oid: 6551,
  choices: ['hex'],
  canonical: 'hex',
  preset: 'hex',
  // Below version 2 the text is hex digits; from it on, servers send the bytes themselves even as text
  // (amazon-redshift-python-driver#261), so that only binary is told for sure.
  binaryWanted: fromVersion2,
  text: ({ choice }) => shown((block, start, end) => hexBytes(block, start, end, 'varbyte'), choice),
  binary: ({ choice }) => shown(copy, choice),
};

const backslash = 0x5c;
const octalDigit = (byte: number | undefined): number =>
  byte !== undefined && byte >= 0x30 && byte <= 0x37 ? byte - 0x30 : NaN;

/** `\x` and hex, or the older form in which `\\` is a backslash and `\ooo` a byte in octal (PostgreSQL, Binary Data Types). */
function byteaText(block: Block, start: number, end: number): Buffer {
  const cell = block.bytes.subarray(start, end);
  if (cell[0] === backslash && cell[1] === 0x78) return hexBytes(block, start + 2, end, 'bytea');
  const out = Buffer.alloc(cell.length);
  let length = 0;
  for (let at = 0; at < cell.length; at++) {
    const byte = cell[at]!;
    if (byte !== backslash) out[length++] = byte;
    else if (cell[at + 1] === backslash) {
      out[length++] = backslash;
      at++;
    } else {
      const value = octalDigit(cell[at + 1]) * 64 + octalDigit(cell[at + 2]) * 8 + octalDigit(cell[at + 3]);
      if (!(value <= 255)) throw unreadable(block, start, end, 'bytea');
      out[length++] = value;
      at += 3;
    }
  }
  return out.subarray(0, length);
}

export const bytea: Codec = {
  name: 'bytea',
  oid: 17,
  arrayOid: 1001,
  choices: ['hex'],
  canonical: 'hex',
  preset: 'hex',
  binaryWanted: (_column, server) => server.dialect === 'postgresql',
  text: ({ choice }) => shown(byteaText, choice),
  binary: ({ choice }) => shown(copy, choice),
};

function spatial(name: string, oid: number, binaryWanted: Codec['binaryWanted']): Codec {
  const read = (
    bytes: (block: Block, start: number, end: number) => Buffer,
    choice: string | undefined,
  ): CellReader =>
    choice === 'buffer'
      ? bytes
      : (block, start, end) => bytes(block, start, end).toString('hex').toUpperCase();
  return {
    name,
    oid,
    choices: ['buffer'],
    binaryWanted,
    text: ({ choice }) => read((block, start, end) => hexBytes(block, start, end, name), choice),
    binary: ({ choice }) => read(copy, choice),
  };
}

export const geometry = spatial('geometry', 3000, never);
export const geometryHex = spatial('geometryhex', 3999, never);
export const geography = spatial('geography', 3001, fromVersion2);
