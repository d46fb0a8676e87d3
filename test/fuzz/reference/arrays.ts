/** Arrays and vectors, told a second time: text by recursion, binary by counting. Their elements are read by another reference. */
import type { Random } from '../random.js';
import { latin1 } from './characters.js';
import { bigEndian, signed, unsigned } from './numbers.js';
import { Untold, type Cell, type Reading, type Reference } from './reading.js';

const isBlank = (byte: number | undefined): boolean =>
  byte !== undefined && (byte === 0x20 || (byte >= 9 && byte <= 13));
const code = (character: string): number => character.charCodeAt(0);
/** As deep as the driver goes; PostgreSQL stops at 6. */
const deepest = 64;

type Tree = { readonly leaf: Uint8Array | null } | { readonly items: readonly Tree[] };

/** The text as a tree of braces; undefined where it is none. */
function readTree(bytes: Uint8Array): Tree | undefined {
  let at = 0;
  const skip = (): void => {
    while (isBlank(bytes[at])) at++;
  };
  skip();
  const bounds = readBounds();
  if (bounds === undefined) return undefined;
  skip();
  const tree = bytes[at] === code('{') ? braces(1) : undefined;
  skip();
  if (tree === undefined || at !== bytes.length) return undefined;
  const shape = shapeOf(tree);
  if (shape === undefined) return undefined;
  // Bounds say how long each dimension is.
  if (
    bounds.length > 0 &&
    (bounds.length !== shape.length || bounds.some((length, index) => length !== shape[index]))
  )
    return undefined;
  return tree;

  function readBounds(): number[] | undefined {
    const lengths: number[] = [];
    while (bytes[at] === code('[')) {
      at++;
      const low = bound();
      if (low === undefined || bytes[at++] !== code(':')) return undefined;
      const high = bound();
      if (high === undefined || bytes[at++] !== code(']')) return undefined;
      lengths.push(high - low + 1);
    }
    if (lengths.length > deepest || (lengths.length > 0 && bytes[at++] !== code('='))) return undefined;
    return lengths;
  }

  function bound(): number | undefined {
    let text = '';
    if (bytes[at] === code('-') || bytes[at] === code('+')) text += String.fromCharCode(bytes[at++]!);
    const from = text.length;
    while (bytes[at] !== undefined && bytes[at]! >= 0x30 && bytes[at]! <= 0x39)
      text += String.fromCharCode(bytes[at++]!);
    return text.length === from || text.length - from > 10 ? undefined : Number(text);
  }

  function braces(depth: number): Tree | undefined {
    if (depth > deepest) return undefined;
    at++;
    const items: Tree[] = [];
    skip();
    if (bytes[at] === code('}')) {
      at++;
      return { items };
    }
    for (;;) {
      skip();
      const item = bytes[at] === code('{') ? braces(depth + 1) : bytes[at] === code('"') ? quoted() : bare();
      if (item === undefined) return undefined;
      items.push(item);
      skip();
      if (bytes[at] === code('}')) {
        at++;
        return { items };
      }
      if (bytes[at++] !== code(',')) return undefined;
    }
  }

  function quoted(): Tree | undefined {
    const out: number[] = [];
    for (at++; bytes[at] !== code('"'); at++) {
      if (bytes[at] === code('\\')) at++;
      if (at >= bytes.length) return undefined;
      out.push(bytes[at]!);
    }
    at++;
    return { leaf: Uint8Array.from(out) };
  }

  function bare(): Tree | undefined {
    const out: { readonly byte: number; readonly escaped: boolean }[] = [];
    for (; at < bytes.length && bytes[at] !== code(',') && bytes[at] !== code('}'); at++) {
      if (bytes[at] === code('{') || bytes[at] === code('"')) return undefined;
      const escaped = bytes[at] === code('\\');
      if (escaped) at++;
      if (at >= bytes.length) return undefined;
      out.push({ byte: bytes[at]!, escaped });
    }
    // Blank space around an element is none of it, unless a backslash says so.
    while (out.length > 0 && !out.at(-1)!.escaped && isBlank(out.at(-1)!.byte)) out.pop();
    if (out.length === 0) return undefined;
    const leaf = Uint8Array.from(out, ({ byte }) => byte);
    const isNull = latin1(leaf).toLowerCase() === 'null' && !out.some(({ escaped }) => escaped);
    return { leaf: isNull ? null : leaf };
  }
}

/** Lengths per dimension; undefined when the array is not rectangular. */
function shapeOf(tree: Tree): readonly number[] | undefined {
  if (!('items' in tree)) return [];
  let inner: readonly number[] = [];
  for (const [index, item] of tree.items.entries()) {
    const shape = shapeOf(item);
    if (shape === undefined) return undefined;
    if (index === 0) inner = shape;
    else if (shape.length !== inner.length || shape.some((length, at) => length !== inner[at]))
      return undefined;
  }
  return [tree.items.length, ...inner];
}

function readAll(tree: Tree, read: (bytes: Uint8Array) => Reading): Reading {
  if (!('items' in tree)) return tree.leaf === null ? { is: null } : read(tree.leaf);
  const values: unknown[] = [];
  for (const item of tree.items) {
    const value = readAll(item, read);
    if (value === undefined) return undefined;
    values.push(value.is);
  }
  return { is: values };
}

/** Header, then the elements row by row. `found` is the type that the header names. */
function readBinary(bytes: Uint8Array, element: (oid: number) => (bytes: Uint8Array) => Reading): Reading {
  if (bytes.length < 12) return undefined;
  const word = (at: number): bigint => signed(bytes.subarray(at, at + 4));
  const dimensions = word(0);
  if (dimensions < 0n || dimensions > BigInt(deepest) || BigInt(bytes.length) < 12n + dimensions * 8n)
    return undefined;
  const read = element(Number(unsigned(bytes.subarray(8, 12))));
  const lengths: bigint[] = [];
  for (let index = 0; index < Number(dimensions); index++) lengths.push(word(12 + index * 8));
  let at = 12 + lengths.length * 8;
  const left = BigInt(bytes.length - at);
  let count = lengths.length === 0 ? 0n : 1n;
  for (const length of lengths) {
    count *= length;
    if (length < 0n || count * 4n > left) return undefined;
  }
  if (count === 0n) return at === bytes.length ? { is: [] } : undefined;
  const level = (depth: number): Reading => {
    const values: unknown[] = [];
    for (let index = 0n; index < lengths[depth]!; index++) {
      const value = depth === lengths.length - 1 ? one() : level(depth + 1);
      if (value === undefined) return undefined;
      values.push(value.is);
    }
    return { is: values };
  };
  const found = level(0);
  return at === bytes.length ? found : undefined;

  function one(): Reading {
    if (bytes.length - at < 4) return undefined;
    const length = Number(word(at));
    at += 4;
    if (length === -1) return { is: null };
    if (length < 0 || length > bytes.length - at) return undefined;
    at += length;
    return read(bytes.subarray(at - length, at));
  }
}

const quoteCell = (bytes: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from('"'),
    ...Array.from(bytes, (byte) =>
      byte === code('"') || byte === code('\\') ? Buffer.from([code('\\'), byte]) : Buffer.from([byte]),
    ),
    Buffer.from('"'),
  ]);

const isPlain = (bytes: Uint8Array): boolean =>
  bytes.length > 0 && latin1(bytes).toLowerCase() !== 'null' && !/[{}",\\\s]/.test(latin1(bytes));

/** A header may name another type than the column's; which of them the driver knows is its own affair. */
function elementsOf(
  element: Reference,
  inner: (bytes: Uint8Array) => Reading,
): (oid: number) => (bytes: Uint8Array) => Reading {
  return (oid) => {
    if (oid !== element.oid) throw new Untold();
    return inner;
  };
}

export function arrayOf(element: Reference, oid: number): Reference {
  return {
    name: `${element.name}[]`,
    oid,
    choices: element.choices,
    pieces: [
      '{',
      '}',
      '{}',
      '"',
      '\\',
      ',',
      'NULL',
      'null',
      '[0:1]=',
      '[1:2][1:1]=',
      ' ',
      '\t',
      '\u00a0',
      '{{',
      '}}',
      ...element.pieces.slice(0, 6),
    ],
    ...(element.modifier === undefined ? {} : { modifier: (random: Random) => element.modifier!(random) }),
    random: (random, cell) => {
      const lengths = random.oneIn(8) ? [] : random.list(1 + random.few(2), () => random.between(1, 3));
      const count = lengths.reduce((product, length) => product * length, lengths.length === 0 ? 0 : 1);
      const cells = random.list(count, () => (random.oneIn(6) ? null : element.random(random, cell)));
      return cell.format === 1 ? writeBinary(element.oid, lengths, cells) : writeText(random, lengths, cells);
    },
    read: (cell) => {
      const inner = (bytes: Uint8Array): Reading => element.read({ ...cell, bytes });
      if (cell.format === 1) return readBinary(cell.bytes, elementsOf(element, inner));
      const tree = readTree(cell.bytes);
      return tree === undefined ? undefined : readAll(tree, inner);
    },
  };
}

function writeBinary(oid: number, lengths: readonly number[], cells: readonly (Uint8Array | null)[]): Buffer {
  const int32 = (value: number): Buffer => bigEndian(BigInt(value), 4);
  return Buffer.concat([
    ...[lengths.length, cells.includes(null) ? 1 : 0, oid].map(int32),
    ...lengths.flatMap((length) => [int32(length), int32(1)]),
    ...cells.flatMap((cell) => (cell === null ? [int32(-1)] : [int32(cell.length), Buffer.from(cell)])),
  ]);
}

function writeText(
  random: Random,
  lengths: readonly number[],
  cells: readonly (Uint8Array | null)[],
): Buffer {
  if (lengths.length === 0) return Buffer.from('{}');
  let at = 0;
  const level = (depth: number): Buffer => {
    const parts: Buffer[] = [];
    for (let index = 0; index < lengths[depth]!; index++) {
      parts.push(Buffer.from(index === 0 ? '{' : ','));
      if (depth < lengths.length - 1) parts.push(level(depth + 1));
      else {
        const cell = cells[at++] ?? null;
        if (cell === null) parts.push(Buffer.from('NULL'));
        else parts.push(isPlain(cell) && random.oneIn(2) ? Buffer.from(cell) : quoteCell(cell));
      }
    }
    return Buffer.concat([...parts, Buffer.from('}')]);
  };
  const body = level(0);
  if (!random.oneIn(8)) return body;
  const bounds = lengths.map((length) => {
    const low = random.pick([0, 1, -2]);
    return `[${String(low)}:${String(low + length - 1)}]`;
  });
  return Buffer.concat([Buffer.from(`${bounds.join('')}=`), body]);
}

export function vectorOf(element: Reference, oid: number, name: string): Reference {
  return {
    name,
    oid,
    choices: element.choices,
    pieces: [' ', '\t', '-', '0', '9', ',', '{', '\u00a0'],
    random: (random, cell) => {
      const cells = random.list(random.few(6), () => element.random(random, cell));
      if (cell.format === 1) return writeBinary(element.oid, cells.length === 0 ? [] : [cells.length], cells);
      return Buffer.from(cells.map((bytes) => latin1(bytes)).join(' '));
    },
    read: (cell: Cell) => {
      const inner = (bytes: Uint8Array): Reading => element.read({ ...cell, bytes });
      if (cell.format === 1) return readBinary(cell.bytes, elementsOf(element, inner));
      const values: unknown[] = [];
      for (const word of wordsOf(cell.bytes)) {
        const value = inner(word);
        if (value === undefined) return undefined;
        values.push(value.is);
      }
      return { is: values };
    },
  };
}

function wordsOf(bytes: Uint8Array): Uint8Array[] {
  const words: number[][] = [[]];
  for (const byte of bytes) {
    if (isBlank(byte)) words.push([]);
    else words.at(-1)!.push(byte);
  }
  return words.filter((word) => word.length > 0).map((word) => Uint8Array.from(word));
}
