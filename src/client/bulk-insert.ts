/** `insertDataBulk`: lines of a CSV file into a table, whose names are checked against the catalog and quoted. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { ArgumentError, DataError } from '../errors.js';
import { maxParameters } from '../sql/placeholders.js';
import { parseQualifiedName, quoteIdentifier, quoteQualified } from '../sql/quote.js';
import { allOrNothing } from './all-or-nothing.js';
import type { Executor, RunSettings } from './executor.js';
import { runMany } from './execute-many.js';
import { tableColumns } from './table-columns.js';

export interface BulkInsert {
  readonly file: string;
  readonly table: string;
  /** Columns of the file, counted from 0. */
  readonly parameterIndices: readonly number[];
  readonly columnNames: readonly string[];
  readonly delimiter: string;
  readonly batchSize: number;
}

/** All or nothing, under autocommit too. @returns rows inserted */
export async function insertDataBulk(
  executor: Executor,
  run: RunSettings,
  insert: BulkInsert,
): Promise<number> {
  checkArguments(insert);
  return allOrNothing(executor, () => insertFile(executor, run, insert));
}

async function insertFile(executor: Executor, run: RunSettings, insert: BulkInsert): Promise<number> {
  const table = parseQualifiedName(insert.table);
  const { columnNames, batchSize } = insert;
  const markers = columnNames.map((_, column) => `$${String(column + 1)}`).join(', ');
  // Before anything is asked: a name that no identifier can be is refused here.
  const names = columnNames.map(quoteIdentifier).join(', ');
  const sql = `insert into ${quoteQualified(table)} (${names}) values (${markers})`;
  await tableColumns(executor, run, table, columnNames, 'insertDataBulk');
  return runMany(executor, run, {
    sql,
    source: records(insert, run.signal),
    style: 'qmark',
    rowsPerStatement: batchSize,
    timeoutPerPart: true,
    rowName: (row) => `${insert.file}: record ${String(row + 1)}`,
  });
}

/** The cells to insert of each record; no more of the file is read than is taken. */
async function* records(
  { file, delimiter, parameterIndices }: BulkInsert,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly string[], void, void> {
  const bytes = createReadStream(file, signal === undefined ? {} : { signal });
  const parser = parse({ delimiter, from: 2, relax_column_count: true, skip_empty_lines: true, bom: true });
  // What goes wrong on either side ends the other; it is told where the records are taken.
  const piped = pipeline(bytes, parser);
  piped.catch(() => undefined);
  let line = 1;
  for await (const record of parser as AsyncIterable<string[]>) {
    line++;
    yield parameterIndices.map((index) => {
      const value = record[index];
      if (value !== undefined) return value;
      throw new DataError(
        `${file}: record ${String(line)} has ${String(record.length)} columns, so there is no column with index ${String(index)}`,
      );
    });
  }
  await piped;
}

function checkArguments({ parameterIndices, columnNames, batchSize, delimiter }: BulkInsert): void {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new ArgumentError('insertDataBulk: batchSize must be 1 or more');
  if (columnNames.length === 0) throw new ArgumentError('insertDataBulk: columnNames is empty');
  if (parameterIndices.length !== columnNames.length) {
    throw new ArgumentError(
      `insertDataBulk: parameterIndices has ${String(parameterIndices.length)} entries and columnNames ${String(columnNames.length)}; they must match one to one`,
    );
  }
  if (parameterIndices.some((index) => !Number.isInteger(index) || index < 0)) {
    throw new ArgumentError('insertDataBulk: parameterIndices must be column numbers, counted from 0');
  }
  if (delimiter === '') throw new ArgumentError('insertDataBulk: delimiter is empty');
  if (columnNames.length * batchSize > maxParameters) {
    throw new DataError(
      `insertDataBulk: ${String(batchSize)} rows of ${String(columnNames.length)} columns are more than ${String(maxParameters)} parameters; use a smaller batchSize`,
    );
  }
}
