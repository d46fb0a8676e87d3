/**
 * `writeDataFrame`: the columns of a data frame into a table, whose names are checked against the catalog and quoted. The
 * cells go from the columns' memory into statements of many rows; all or nothing.
 */
import { ArgumentError } from '../errors.js';
import type { DataFrame } from '../results/data-frame.js';
import type { Parameters } from '../sql/placeholders.js';
import { parseQualifiedName, quoteIdentifier, quoteQualified } from '../sql/quote.js';
import { allOrNothing } from './all-or-nothing.js';
import type { Executor, RunSettings } from './executor.js';
import { frameCells } from './frame-cells.js';
import type { CallOptions } from './limits.js';
import { batchItems } from './row-batches.js';
import { tableColumns } from './table-columns.js';

export interface WriteOptions extends CallOptions {
  /** Only these columns of the frame; all of them unless given. */
  readonly columns?: readonly string[] | undefined;
}

/** @returns rows inserted */
export async function writeDataFrame(
  executor: Executor,
  run: RunSettings,
  frame: DataFrame<object>,
  tableName: string,
  wanted: readonly string[] | undefined,
): Promise<number> {
  if (typeof tableName !== 'string')
    throw new ArgumentError('writeDataFrame: the table name must be a string');
  const table = parseQualifiedName(tableName);
  const chosen = wanted === undefined ? frame : chosenColumns(frame, wanted);
  const names = chosen.columnNames;
  const quoted = names.map(quoteIdentifier).join(', ');
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new ArgumentError(
      `writeDataFrame: the data frame has two columns named ${JSON.stringify(repeated)}; rename one, or choose with select`,
    );
  }
  if (chosen.numRows === 0) return 0;
  if (names.length === 0) throw new ArgumentError('writeDataFrame: the data frame has rows, but no columns');
  return allOrNothing(executor, async () => {
    const targets = await tableColumns(executor, run, table, names, 'writeDataFrame');
    const items = (): ReturnType<typeof batchItems> => {
      const { server } = executor.session;
      const cells = chosen.columns.map((column, index) =>
        frameCells(column, targets[index]?.typeOid, server),
      );
      const values = cells.map((cell, index) => cell.expression(`$${String(index + 1)}`)).join(', ');
      const writers = cells.map(({ write }) => write);
      return batchItems(
        `insert into ${quoteQualified(table)} (${quoted}) values (${values})`,
        {
          count: chosen.numRows,
          oids: cells.map(({ oid }) => oid),
          formats: cells.map(({ format }) => format),
          write: (out, row) => {
            for (let column = 0; column < writers.length; column++) writers[column]!(out, row);
          },
        },
        executor,
      );
    };
    // Whoever watches sees the first rows, made only for that.
    const rows = {
      length: chosen.numRows,
      slice: (start?: number, end?: number) => chosen.slice(start, end).toObjects() as Parameters[],
    };
    return executor.batch(`insert into ${quoteQualified(table)} (${quoted}) values`, rows, items, run);
  });
}

function chosenColumns(frame: DataFrame<object>, wanted: readonly string[]): DataFrame<object> {
  const given: unknown = wanted;
  if (!Array.isArray(given) || given.some((name) => typeof name !== 'string')) {
    throw new ArgumentError('writeDataFrame: columns must be an array of names');
  }
  const missing = wanted.filter((name) => !frame.columnNames.includes(name));
  if (missing.length === 0) return frame.select(wanted);
  throw new ArgumentError(`writeDataFrame: the data frame has no column ${missing.join(', ')}`);
}
