/**
 * PostgreSQL's own scanner (libpg-query), and where it and our lexer say the same in other words. It is PostgreSQL 18's with
 * standard_conforming_strings on: what Redshift reads otherwise is left out, not bent.
 */
import { scanSync } from 'libpg-query';
import type { Token } from '../../src/sql/lexer.js';

export interface Scanned {
  /** Both as lists of the same words. */
  compare(sql: string, ours: readonly Token[]): { readonly theirs: string[]; readonly ours: string[] };
}

const notClosed = ['unterminated', 'unterminat'];

/** `open`: it finds a quote or comment that is not closed. Undefined: it refuses the text for a reason that is not ours. */
export function scannedByPostgresql(sql: string): Scanned | 'open' | undefined {
  // The server joins literals over comments, too; this scanner, which hands comments out, does not.
  if (/'\s*(?:--[^\n\r]*[\n\r]\s*)+'/.test(sql)) return undefined;
  if (sql === '' || sql.includes('\0') || Buffer.from(sql).toString() !== sql) return undefined;
  let tokens: readonly { readonly start: number; readonly end: number }[];
  try {
    ({ tokens } = scanSync(sql));
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return notClosed.some((word) => message.includes(`"${word}`)) ? 'open' : undefined;
  }
  const places = placesOf(sql);
  const theirs = tokens.map(({ start, end }) => ({ start: places.get(start)!, end: places.get(end)! }));
  // Numbers of PostgreSQL 16 (1_000, 0x1F) are two tokens for every Redshift.
  if (
    theirs.some(
      ({ start, end }) => /^\.?\d/.test(sql.slice(start, end)) && /[_xXoObB]/.test(sql.slice(start, end)),
    )
  )
    return undefined;
  return {
    compare: (text, ours) => ({ theirs: words(text, theirs), ours: words(text, joined(text, ours, theirs)) }),
  };
}

/** UTF-16 places by byte offsets of UTF-8. */
function placesOf(sql: string): Map<number, number> {
  const places = new Map<number, number>();
  let bytes = 0;
  let at = 0;
  for (const character of sql) {
    places.set(bytes, at);
    bytes += Buffer.byteLength(character);
    at += character.length;
  }
  return places.set(bytes, at);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Ours, with what PostgreSQL joins: a literal and its continuation behind a line end, and operators, in which `%` and `?`
 * are signs like others and the length has no end.
 */
function joined(sql: string, ours: readonly Token[], theirs: readonly Span[]): Span[] {
  const spans: Span[] = [];
  const ends = new Map(theirs.map(({ start, end }) => [start, end]));
  let until = 0;
  for (const token of ours) {
    if (token.kind === 'space' || token.end <= until) continue;
    const end = ends.get(token.start);
    const longer = end !== undefined && end > token.end;
    if (longer && token.kind === 'string') until = end;
    else if (longer && token.kind === 'operator' && /[%?]/.test(sql.slice(token.start, end))) until = end;
    else until = token.end;
    spans.push({ start: token.start, end: until });
  }
  return spans;
}

const words = (sql: string, spans: readonly Span[]): string[] =>
  spans.map(({ start, end }) => `${String(start)}-${String(end)} ${JSON.stringify(sql.slice(start, end))}`);
