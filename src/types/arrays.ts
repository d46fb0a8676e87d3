/** Arrays in text and binary, and the two vectors of the catalog. Elements are read by the codec of their type. */
import { DataError } from '../errors.js';
import { blockOf, utf8, type Block, type CellReader } from './codec.js';

/** PostgreSQL allows 6; hostile text may ask for 100,000. */
const maxDimensions = 64;

/** `{a,"b,c",NULL,{…}}`, with bounds in front if they do not begin at 1 (`[0:1]={…}`). */
export function arrayText(element: CellReader): CellReader {
  return (block, start, end) => readText(utf8(block, start, end), element);
}

function readText(text: string, element: CellReader): unknown[] {
  const open: unknown[][] = [];
  let result: unknown[] | undefined;
  // `value` says that an element may follow (after `{` or `,`), as opposed to a delimiter.
  let wantsValue = true;
  let at = /^(?:\[[+-]?\d+:[+-]?\d+\])+=/.exec(text)?.[0].length ?? 0;
  const fail = (): never => {
    throw new DataError(
      `Cannot read ${JSON.stringify(text.slice(0, 40))}${text.length > 40 ? '…' : ''} as array`,
    );
  };
  if (text[at] !== '{') fail();
  while (at < text.length) {
    const character = text[at]!;
    const current = open.at(-1);
    if (character === '{') {
      if (!wantsValue || (current === undefined && result !== undefined) || open.length >= maxDimensions)
        fail();
      const inner: unknown[] = [];
      current?.push(inner);
      result ??= inner;
      open.push(inner);
      at++;
    } else if (current === undefined) fail();
    else if (character === '}') {
      if (wantsValue && current.length > 0) fail();
      open.pop();
      wantsValue = false;
      at++;
    } else if (character === ',') {
      if (wantsValue) fail();
      wantsValue = true;
      at++;
    } else {
      if (!wantsValue) fail();
      const found = character === '"' ? quoted(text, at) : bare(text, at);
      if (found === undefined) return fail();
      current.push(found.value === null ? null : readPart(found.value, element));
      wantsValue = false;
      at = found.end;
    }
  }
  if (result === undefined || open.length > 0) return fail();
  return result;
}

interface Part {
  readonly value: string | null;
  readonly end: number;
}

function quoted(text: string, start: number): Part | undefined {
  const form = /"((?:[^"\\]|\\.)*)"/sy;
  form.lastIndex = start;
  const found = form.exec(text);
  return found === null ? undefined : { value: found[1]!.replace(/\\(.)/gs, '$1'), end: form.lastIndex };
}

function bare(text: string, start: number): Part | undefined {
  const form = /(?:[^{},"\\]|\\.)+/sy;
  form.lastIndex = start;
  const found = form.exec(text);
  if (found === null) return undefined;
  const raw = found[0].trim();
  if (raw === '') return undefined;
  return { value: /^null$/i.test(raw) ? null : raw.replace(/\\(.)/gs, '$1'), end: form.lastIndex };
}

function readPart(text: string, element: CellReader): unknown {
  const bytes = Buffer.from(text, 'utf8');
  return element(blockOf(bytes), 0, bytes.length);
}

/** int32 dimensions, int32 has-null, int32 element type, per dimension int32 length and lower bound, then the elements. */
export function arrayBinary(elementOf: (oid: number) => CellReader): CellReader {
  return (block, start, end) => {
    const { view } = block;
    if (end - start < 12) throw bad();
    const dimensions = view.getInt32(start);
    if (dimensions < 0 || dimensions > maxDimensions || end - start < 12 + dimensions * 8) throw bad();
    const element = elementOf(view.getUint32(start + 8));
    const lengths = Array.from({ length: dimensions }, (_, index) => view.getInt32(start + 12 + index * 8));
    let at = start + 12 + dimensions * 8;
    const readOne = (): unknown => {
      if (at + 4 > end) throw bad();
      const length = view.getInt32(at);
      at += 4;
      if (length === -1) return null;
      if (length < 0 || at + length > end) throw bad();
      at += length;
      return element(block, at - length, at);
    };
    const readLevel = (level: number): unknown[] => {
      const count = lengths[level] ?? 0;
      // Every element takes at least its length: what cannot be there is not allocated.
      if (count < 0 || count * 4 > end - at) throw bad();
      const last = level === dimensions - 1;
      return Array.from({ length: count }, () => (last ? readOne() : readLevel(level + 1)));
    };
    const result = dimensions === 0 ? [] : readLevel(0);
    if (at !== end) throw bad();
    return result;
  };
}

function bad(): DataError {
  return new DataError('Cannot read a malformed binary array');
}

/** INT2VECTOR and OIDVECTOR: numbers with blanks between. Nothing in it is ever evaluated (CVE-2026-8838). */
export function vectorText(element: CellReader): CellReader {
  return (block: Block, start, end) => {
    const text = utf8(block, start, end).trim();
    return text === '' ? [] : text.split(' ').map((part) => readPart(part, element));
  };
}
