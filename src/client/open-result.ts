/** A result that is under way: waiting for it, reading all of it, and what became of it. It sends nothing. */
import type { CommandTag, RowResult } from '../results/rows.js';
import type { Running } from '../session/conversation.js';
import { tooLarge } from '../session/exchange.js';
import type { StatementEnd } from './statement-tracer.js';

/** A statement that was sent, or waits to be. */
export interface OpenResult {
  readonly running: Running;
  readonly rows: RowResult;
  /** The call that ran it is over, and somebody may be reading it: it no longer stands in the order of calls. */
  handedOut: boolean;
}

/**
 * All rows that are left of a result, decoded while they come in, behind those that `rows` holds already.
 *
 * @throws the result's own error, or OperationalError when it holds more than `limit` bytes; it is given up then
 */
export async function readAll(
  { running, rows: result }: OpenResult,
  rows: unknown[],
  limit: number,
): Promise<void> {
  let bytes = 0;
  do {
    await result.waitForRows();
    const before = result.held;
    result.take(Infinity, rows);
    bytes += before - result.held;
    if (bytes > limit) {
      const error = tooLarge(limit);
      result.drop();
      await running.discard(running.alone ? 'cancel' : 'drain', error);
      result.drop();
      throw error;
    }
  } while (!result.ended || result.hasRow);
  // At an orderly end the connection is in step again: the session tells it when ReadyForQuery has come.
  if (result.error !== undefined) throw result.error;
}

/**
 * Waits for a statement whose rows nobody reads. An error ends the call at once (a timeout does not wait for the
 * server); success only when the connection is in step again.
 */
export async function completed({ rows }: OpenResult): Promise<CommandTag | undefined> {
  await rows.waitForFull();
  if (rows.error !== undefined) throw rows.error;
  return rows.tag;
}

/** What the server made of a statement, as far as it came. */
export function endOf(rows: RowResult): StatementEnd {
  const { error, tag } = rows;
  const rowCount = rows.hasColumns ? rows.received : (tag?.rowCount ?? -1);
  return { error, rowCount, ...(tag === undefined ? {} : { command: tag.command }) };
}

/** The last command of a script, and the rows of all. */
export function endOfScript(results: readonly RowResult[]): StatementEnd {
  const ends = results.map(endOf);
  const rows = ends.map(({ rowCount }) => rowCount ?? -1).filter((count) => count >= 0);
  const { command } = ends.at(-1) ?? {};
  return {
    rowCount: rows.length === 0 ? -1 : rows.reduce((sum, count) => sum + count),
    ...(command === undefined ? {} : { command }),
  };
}
