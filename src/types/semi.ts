/** SUPER and JSON: text by default for SUPER, since JSON.parse would round its large integers; a value on request. */
import { DataError } from '../errors.js';
import { never, utf8, type CellReader, type Codec } from './codec.js';

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses JSON without rounding an integer.
 *
 * @param large what an integer beyond 2^53 becomes
 */
export function parseJson(text: string, large: (digits: string) => unknown): unknown {
  // Only a run of 16 digits can be beyond 2^53; everything else the engine's own parser reads exactly.
  if (!/\d{16}/.test(text)) return parse(text);
  let mark = '\uE000';
  while (text.includes(mark)) mark += '\uE000';
  let marked = false;
  const prepared = text.replace(stringOrNumber, (token) => {
    if (!/^-?\d{16,}$/.test(token) || Number.isSafeInteger(Number(token))) return token;
    marked = true;
    return `"${mark}${token}"`;
  });
  if (!marked) return parse(text);
  return parse(prepared, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? large(value.slice(mark.length)) : value,
  );
}

function parse(text: string, revive?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, revive) as unknown;
  } catch (cause) {
    const shown = JSON.stringify(text.slice(0, 40));
    throw new DataError(`Cannot read ${shown}${text.length > 40 ? '…' : ''} as JSON`, { cause });
  }
}

function json(choice: string | undefined): CellReader {
  switch (choice) {
    case 'string':
      return utf8;
    case 'plain':
      return (block, start, end) => parseJson(utf8(block, start, end), (digits) => digits);
    default:
      return (block, start, end) => parseJson(utf8(block, start, end), BigInt);
  }
}

export const superType: Codec = {
  name: 'super',
  oid: 4000,
  choices: ['json', 'string', 'plain'],
  binaryWanted: never,
  text: ({ choice }) => json(choice ?? 'string'),
  binary: ({ choice }) => json(choice ?? 'string'),
};

export const jsonType: Codec = {
  name: 'json',
  oid: 114,
  arrayOid: 199,
  choices: ['json', 'string', 'plain'],
  binaryWanted: never,
  text: ({ choice }) => json(choice),
  binary: ({ choice }) => json(choice),
};
