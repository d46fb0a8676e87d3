/**
 * The values that a client has to give: what the server itself prints, taken from the wire as text and never decoded by
 * any driver. `firstDifference` knows how each driver writes a value of a kind (pg's int8 is a string, a DATE is a Date …).
 */
import { RawClient, textCells } from './raw-client.js';
import type { Target } from './target.js';

/** What a column holds, which decides in which forms its values may come. */
export type Kind = 'integer' | 'numeric' | 'float' | 'text' | 'date' | 'timestamp' | 'timestamptz' | 'bool';

export interface ExactColumn {
  readonly name: string;
  readonly kind: Kind;
}

export interface Exact {
  readonly columns: readonly ExactColumn[];
  /** As the server prints them; null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export type Values = readonly (readonly unknown[])[];

/** The server's own texts for a query. */
export async function exactTexts(
  target: Target,
  sql: string,
  columns: readonly ExactColumn[],
): Promise<Exact> {
  const parameters = [['client_encoding', 'UTF8'] as const, ['TimeZone', 'UTC'] as const];
  const [client] = await RawClient.login({ ...target, parameters });
  try {
    const answer = await client.run(sql, []);
    return { columns, rows: answer.filter(({ type }) => type === 'D').map(textCells) };
  } finally {
    client.close();
  }
}

/** What is wrong with the values of a client; undefined: nothing. */
export function firstDifference({ columns, rows }: Exact, values: Values): string | undefined {
  if (values.length !== rows.length) return `${String(values.length)} rows came, not ${String(rows.length)}`;
  for (const [at, exact] of rows.entries()) {
    const row = values[at]!;
    if (row.length !== columns.length)
      return `Row ${String(at + 1)} has ${String(row.length)} columns, not ${String(columns.length)}`;
    for (const [column, { name, kind }] of columns.entries()) {
      if (same(kind, row[column], exact[column]!)) continue;
      return `Row ${String(at + 1)}, column ${name} (${kind}): ${show(row[column])} came, not ${show(exact[column])}`;
    }
  }
  return undefined;
}

function same(kind: Kind, value: unknown, text: string | null): boolean {
  if (text === null) return value === null;
  if (value === null || value === undefined) return false;
  switch (kind) {
    case 'integer':
      // A number that is no safe integer could be the neighbour's.
      return (typeof value !== 'number' || Number.isSafeInteger(value)) && primitive(value) === text;
    case 'numeric':
      // The scale counts, too, unless floats were asked for.
      return typeof value === 'number' ? value === Number(text) : value === text;
    case 'float':
      return Number(value) === Number(text);
    case 'text':
      return value === text;
    case 'bool':
      // Bytes of a typed array are 0 and 1.
      return value === (text === 't') || value === (text === 't' ? 1 : 0);
    case 'date':
      // Days of a typed array are counted from 1970.
      if (typeof value === 'number') return value * 86_400_000 === Date.parse(text);
      return value instanceof Date ? value.getTime() === Date.parse(text) : value === text;
    case 'timestamp':
    case 'timestamptz':
      return sameInstant(value, text);
  }
}

/** A Date (milliseconds), microseconds since 1970 as a bigint, or the server's text. */
function sameInstant(value: unknown, text: string): boolean {
  const iso = `${text.replace(/\+00$/, '').replace(' ', 'T')}Z`;
  if (value instanceof Date) return value.getTime() === Date.parse(iso);
  if (typeof value === 'bigint') {
    const micros = Number(/\.\d{3}(\d{1,3})/.exec(iso)?.[1]?.padEnd(3, '0') ?? 0);
    return value === BigInt(Date.parse(iso)) * 1000n + BigInt(micros);
  }
  return value === text;
}

function primitive(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string'
    ? String(value)
    : undefined;
}

function show(value: unknown): string {
  if (value instanceof Date) return `Date ${value.toISOString()}`;
  return typeof value === 'bigint' ? `${String(value)}n` : `${JSON.stringify(value)} (${typeof value})`;
}
