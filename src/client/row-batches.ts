/**
 * Rows of parameters as the statements of a batch: a plain INSERT for many rows at a time, anything else one by one. The
 * rows are written when the session asks for the next statement, so that no more than what is on its way is in memory.
 */
import type { Executor } from './executor.js';
import type { BatchItem } from '../session/batch.js';
import { expandInsert, plainInsertValues } from '../sql/insert-values.js';
import { maxParameters } from '../sql/placeholders.js';
import { ParameterBuffer, type Mark } from '../types/parameter-buffer.js';

/** Bytes of values per statement: far below the 16 MB that a Redshift statement may have (AWS manual, "Amazon Redshift SQL"). */
const maxStatementBytes = 8 * 1024 * 1024;

/** Rows whose parameters can be written. */
export interface WritableRows {
  readonly count: number;
  /** Of one row. */
  readonly oids: readonly number[];
  readonly formats: readonly number[];
  /** Writes all parameters of the row, in order. @throws naming the row when it cannot be */
  write(out: ParameterBuffer, row: number): void;
}

/**
 * Redshift wants few statements: each costs it far more than its rows do, so it gets as many parameters as the protocol
 * counts. PostgreSQL plans the first five runs of a statement anew, which large ones do not make good for: 100,000 rows of
 * four columns take 2.1 us each at 512 rows a statement, 2.3 at 1,000, 2.8 at 2,000.
 */
const mostParameters = { redshift: maxParameters, postgresql: 2048 } as const;

/** The most rows that one statement inserts. */
export function rowsPerStatement(parameters: number, dialect: keyof typeof mostParameters): number {
  return Math.max(1, Math.floor(mostParameters[dialect] / Math.max(parameters, 1)));
}

/**
 * @param sql with `$n` markers, as many as a row has parameters
 * @param limit rows that no statement may exceed
 */
export function batchItems(
  sql: string,
  rows: WritableRows,
  executor: Pick<Executor, 'settings' | 'lexOptions'>,
  limit = Infinity,
): Iterator<BatchItem> {
  const { lexOptions, settings } = executor;
  const width = rows.oids.length;
  const insert = width === 0 ? null : plainInsertValues(sql, lexOptions);
  if (insert === null || insert.parameters !== width) return oneByOne(sql, rows);
  const most = Math.min(rowsPerStatement(width, settings.dialect), limit);
  return multiRow(sql, rows, most, (count) => expandInsert(sql, insert.tuple, count, width, lexOptions));
}

function* oneByOne(sql: string, rows: WritableRows): Generator<BatchItem> {
  const out = new ParameterBuffer();
  const { oids: parameterOids } = rows;
  const parameterFormats = sameFormats(rows.formats);
  for (let row = 0; row < rows.count; row++) {
    rows.write(out, row);
    yield { sql, parameterOids, parameterFormats, values: out.take() };
  }
}

/**
 * Statements of as many rows as parameters and bytes allow, the last one of what is left: since a server reads, plans and,
 * if it is Redshift, compiles each text anew, a call has few texts. Where bytes are the bound, rows are powers of two.
 */
function* multiRow(
  sql: string,
  rows: WritableRows,
  most: number,
  expand: (count: number) => string,
): Generator<BatchItem> {
  const out = new ParameterBuffer();
  const single = sameFormats(rows.formats);
  let of = 0;
  let text = sql;
  let parameterOids: readonly number[] = rows.oids;
  let parameterFormats: readonly number[] = single;
  for (let start = 0; start < rows.count;) {
    const count = writeRows(out, rows, start, Math.min(most, rows.count - start));
    if (count !== of) {
      of = count;
      text = count === 1 ? sql : expand(count);
      parameterOids = repeated(rows.oids, count);
      parameterFormats = single.length > 1 ? repeated(rows.formats, count) : single;
    }
    yield { sql: text, parameterOids, parameterFormats, values: out.take() };
    start += count;
  }
}

/** @returns how many were written */
function writeRows(out: ParameterBuffer, rows: WritableRows, start: number, limit: number): number {
  let fits: Mark | undefined;
  let fitting = 0;
  for (let count = 1; count <= limit; count++) {
    rows.write(out, start + count - 1);
    if (out.bytes > maxStatementBytes && fits !== undefined) {
      out.backTo(fits);
      return fitting;
    }
    if ((count & (count - 1)) === 0) {
      fits = out.mark();
      fitting = count;
    }
  }
  return limit;
}

/** One format for all where they are the same. */
function sameFormats(formats: readonly number[]): readonly number[] {
  return formats.every((format) => format === formats[0]) ? formats.slice(0, 1) : formats;
}

function repeated(values: readonly number[], count: number): number[] {
  const { length } = values;
  const all = new Array<number>(length * count);
  for (let index = 0; index < all.length; index++) all[index] = values[index % length]!;
  return all;
}
