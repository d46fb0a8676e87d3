/**
 * Parameters as a log or a trace may show them when `logParameters` asks for it: copies that can be read, and short ones.
 * Never the caller's own objects, which may change or be large.
 */
import type { Parameters } from '../sql/placeholders.js';
import { Typed } from '../types/typed.js';

/** Characters of a value that are shown. */
const maxText = 1000;
/** Rows of executeMany that are shown. */
const maxRows = 10;

/** In the order, or by the names, in which they were given. */
export function shownParameters(
  parameters: Parameters | null | undefined,
): readonly unknown[] | Readonly<Record<string, unknown>> {
  if (parameters === null || parameters === undefined) return [];
  if (Array.isArray(parameters)) return parameters.map(shown);
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, shown(value)]));
}

/** The first rows of a batch. */
export function shownRows(rows: Pick<readonly Parameters[], 'slice'>): readonly unknown[] {
  return rows.slice(0, maxRows).map(shownParameters);
}

/** How many there are; what is no list of parameters has none. */
export function parameterCount(parameters: Parameters | null | undefined): number {
  if (typeof parameters !== 'object' || parameters === null) return 0;
  return Array.isArray(parameters) ? parameters.length : Object.keys(parameters).length;
}

function shown(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return cut(value);
    case 'object':
      try {
        return value === null ? null : shownObject(value);
      } catch {
        return '(cannot be shown)';
      }
    case 'function':
    case 'symbol':
      return `(${typeof value})`;
    default:
      return value;
  }
}

function shownObject(value: object): unknown {
  if (value instanceof Typed) {
    const { bytes, format } = value;
    if (bytes === null) return null;
    return format === 0 ? cut(Buffer.from(bytes.subarray(0, maxText * 4)).toString('utf8')) : hex(bytes);
  }
  if (value instanceof Uint8Array) return hex(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Array.isArray(value)) return value.slice(0, maxText).map(shown);
  const text: unknown = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  );
  if (typeof text !== 'string') return '(cannot be shown)';
  // An Interval and the like are text in JSON.
  return cut(text.startsWith('"') ? (JSON.parse(text) as string) : text);
}

function hex(bytes: Uint8Array): string {
  const begin = Buffer.from(bytes.subarray(0, maxText / 2)).toString('hex');
  return bytes.length * 2 <= maxText ? `\\x${begin}` : `\\x${begin}… (${String(bytes.length)} bytes)`;
}

function cut(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)}… (${String(text.length)} characters)`;
}
