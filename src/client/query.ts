/** One statement whose whole result is collected. */
import type { RowResult } from '../results/rows.js';
import type { Parameters, Paramstyle } from '../sql/placeholders.js';
import type { ExecuteOptions } from './cursor.js';
import { describeColumns, type ColumnDescription } from './description.js';
import type { Executor, RunSettings } from './executor.js';
import { readAll } from './open-result.js';

/** A whole result. */
export interface Result<Row = Record<string, unknown>> {
  readonly rows: Row[];
  readonly columns: ColumnDescription[];
  /** Rows returned or changed; -1 when the server did not say. */
  readonly rowCount: number;
  /** `SELECT`, `INSERT`, `CREATE TABLE` … */
  readonly command: string;
}

export interface QueryOptions extends ExecuteOptions {
  readonly paramstyle?: Paramstyle | undefined;
}

/**
 * @param pipelined it need not wait for the answers to statements of a pipeline
 * @throws what `connection.query` throws
 */
export async function runQuery<Row>(
  executor: Executor,
  sql: string,
  parameters: Parameters | null | undefined,
  options: QueryOptions,
  pipelined: boolean,
): Promise<Result<Row>> {
  const { settings } = executor;
  const run: RunSettings = {
    operation: 'query',
    signal: options.signal,
    timeout: options.timeout,
    types: settings.types.with(options.types),
    rowMode: options.rowMode ?? settings.queryRowMode,
    bufferSize: Infinity,
    collect: true,
    pipelined: pipelined || settings.pipeline,
    owner: 'query',
  };
  const open = executor.execute(sql, parameters, options.paramstyle ?? settings.paramstyle, run);
  const { rows: result } = open;
  const rows: unknown[] = [];
  if (!result.ended) await result.change();
  try {
    // Most results have come as a whole when anything of them has.
    if (!result.ended) await readAll(open, rows, settings.maxResultBytes);
    if (result.error !== undefined) throw result.error;
    return toResult<Row>(result, rows, run);
  } catch (error) {
    // After a value that could not be read the result is still coming in; the next call finds the connection in step.
    if (error !== result.error) await open.running.done;
    throw error;
  }
}

export function toResult<Row>(result: RowResult, rows: unknown[], run: RunSettings): Result<Row> {
  result.take(Infinity, rows);
  return {
    rows: rows as Row[],
    columns: describeColumns(result.fields, run.types),
    rowCount: result.hasColumns ? rows.length : (result.tag?.rowCount ?? -1),
    command: result.tag?.command ?? '',
  };
}
