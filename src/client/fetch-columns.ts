/** A result as columns: all that is left of it, so many rows, or batch after batch. No row is made on the way. */
import { ArgumentError } from '../errors.js';
import type { ColumnResult } from '../results/column-result.js';
import type { DataFrame } from '../results/data-frame.js';
import { tooLarge } from '../session/exchange.js';
import type { OpenResult } from './open-result.js';

export interface BatchOptions {
  /** Rows of a batch; the last may have fewer. 65,536 unless `rows` or `bytes` is given. */
  readonly rows?: number | undefined;
  /** A batch ends when the server has sent about so many bytes of it. */
  readonly bytes?: number | undefined;
}

export interface BatchSize {
  readonly rows: number;
  readonly bytes: number;
}

const defaultBatchRows = 65_536;

/** @throws ArgumentError naming the option */
export function batchSize({ rows, bytes }: BatchOptions = {}): BatchSize {
  for (const [name, value] of Object.entries({ rows, bytes })) {
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      throw new ArgumentError(`fetchDataFrameBatches: ${name} must be an integer of 1 or more`);
    }
  }
  if (rows === undefined && bytes === undefined) return { rows: defaultBatchRows, bytes: Infinity };
  return { rows: rows ?? Infinity, bytes: bytes ?? Infinity };
}

/** @throws ArgumentError when it is neither undefined nor a number of rows */
export function rowCountOf(count: unknown, call: string): number {
  if (count === undefined) return Infinity;
  if (Number.isInteger(count) && (count as number) >= 0) return count as number;
  throw new ArgumentError(`${call} takes a number of rows, 0 or more`);
}

/**
 * The next `count` rows of a result as a data frame, fewer at its end.
 *
 * @throws the result's own error when it comes before these rows are whole, or OperationalError when they are more than
 *   `limit` bytes; the result is given up then
 */
export async function readFrame(open: OpenResult, count: number, limit: number): Promise<DataFrame> {
  const columns = open.rows.columns();
  await fill(open, columns, { rows: count, bytes: Infinity }, limit);
  const { rows: result, running } = open;
  if (columns.numRows < count) {
    if (result.error !== undefined) throw result.error;
    await running.done;
  }
  return columns.finish();
}

/**
 * The next batch, undefined at the end. Rows before an error come first, the error with the next call.
 *
 * @throws as readFrame
 */
export async function readBatch(
  open: OpenResult,
  columns: ColumnResult,
  size: BatchSize,
  limit: number,
): Promise<DataFrame | undefined> {
  await fill(open, columns, size, limit);
  if (columns.numRows > 0) return columns.finish();
  if (open.rows.error !== undefined) throw open.rows.error;
  await open.running.done;
  return undefined;
}

/** Batch after batch until there is none; leaving early gives the result up. */
export function frameIterator(
  next: () => Promise<DataFrame | undefined>,
  giveUp: () => Promise<void>,
): AsyncIterator<DataFrame, undefined> {
  return {
    next: async () => {
      const value = await next();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    return: async () => {
      await giveUp();
      return { done: true, value: undefined };
    },
  };
}

/** Reads until there are so many rows or bytes, or the result is over. */
async function fill(
  { running, rows: result }: OpenResult,
  columns: ColumnResult,
  size: BatchSize,
  limit: number,
): Promise<void> {
  while (columns.numRows < size.rows && columns.bytes < size.bytes) {
    await result.waitForMany(size.rows - columns.numRows, size.bytes - columns.bytes);
    if (!result.hasRow) return;
    result.takeColumns(columns, size.rows, Math.min(size.bytes, limit + 1));
    if (columns.bytes <= limit) continue;
    const error = tooLarge(limit);
    result.drop();
    await running.discard(running.alone ? 'cancel' : 'drain', error);
    result.drop();
    throw error;
  }
}
