/** VARBYTE, BYTEA and the spatial types: bytes, or their hexadecimal text. */
import { ascii, fromVersion2, never, unreadable, type Block, type CellReader, type Codec } from './codec.js';

function hexBytes(block: Block, start: number, end: number, type: string): Buffer {
  const length = end - start;
  const bytes = Buffer.alloc(length >> 1);
  // Buffer.write stops at the first pair that is no hex, so a short count means a bad digit.
  if (length % 2 !== 0 || bytes.write(ascii(block, start, end), 'hex') !== length >> 1) {
    throw unreadable(block, start, end, type);
  }
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
  binaryWanted: never,
  text: ({ choice }) => shown((block, start, end) => hexBytes(block, start, end, 'varbyte'), choice),
  binary: ({ choice }) => shown(copy, choice),
};

/** `\x` and hex, or the older form in which `\\` is a backslash and `\ooo` a byte in octal. */
function byteaText(block: Block, start: number, end: number): Buffer {
  const { bytes } = block;
  if (bytes[start] === 0x5c && bytes[start + 1] === 0x78) return hexBytes(block, start + 2, end, 'bytea');
  const out = Buffer.alloc(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== 0x5c) out[length++] = byte;
    else if (bytes[at + 1] === 0x5c && at + 1 < end) {
      out[length++] = 0x5c;
      at++;
    } else {
      const octal = ascii(block, at + 1, Math.min(at + 4, end));
      if (!/^[0-3][0-7]{2}$/.test(octal)) throw unreadable(block, start, end, 'bytea');
      out[length++] = parseInt(octal, 8);
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
