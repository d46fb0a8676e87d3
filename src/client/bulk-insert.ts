/** `insertDataBulk`: lines of a CSV file into a table, whose names are checked against the catalog and quoted. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { ArgumentError, DataError, ProgrammingError } from '../errors.js';
import { maxParameters } from '../sql/placeholders.js';
import { parseQualifiedName, quoteIdentifier, quoteQualified } from '../sql/quote.js';
import { allOrNothing } from './all-or-nothing.js';
import type { Executor, RunSettings } from './executor.js';
import { completed } from './open-result.js';

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
  const { columnNames, parameterIndices, batchSize, delimiter } = insert;
  // Before anything is asked: a name that no identifier can be is refused here.
  const head = `insert into ${quoteQualified(table)} (${columnNames.map(quoteIdentifier).join(', ')}) values `;
  await checkCatalog(executor, run, table, columnNames);
  let inserted = 0;
  let batch: string[][] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const width = columnNames.length;
    const tuples = batch.map(
      (_, row) => `(${columnNames.map((__, column) => `$${String(row * width + column + 1)}`).join(', ')})`,
    );
    const values = batch.flat();
    batch = [];
    const open = executor.execute(head + tuples.join(', '), values, 'qmark', { ...run, collect: true });
    inserted += (await completed(open))?.rowCount ?? 0;
  };
  await pipeline(
    createReadStream(insert.file),
    parse({ delimiter, from: 2, relax_column_count: true, skip_empty_lines: true, bom: true }),
    async (records: AsyncIterable<string[]>) => {
      let line = 1;
      for await (const record of records) {
        line++;
        batch.push(
          parameterIndices.map((index) => {
            const value = record[index];
            if (value !== undefined) return value;
            throw new DataError(
              `${insert.file}: record ${String(line)} has ${String(record.length)} columns, so there is no column with index ${String(index)}`,
            );
          }),
        );
        if (batch.length === batchSize) await flush();
      }
      await flush();
    },
  );
  return inserted;
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

/** Names are values here, so nothing in them can be SQL; what the catalog does not know is refused by name. */
async function checkCatalog(
  executor: Executor,
  run: RunSettings,
  table: readonly string[],
  columns: readonly string[],
): Promise<void> {
  // Redshift folds quoted names to lower case too, unless the session says otherwise; where it does not, INSERT decides.
  const redshift = executor.settings.dialect === 'redshift';
  const spelled = (name: string): string => (redshift ? name.toLowerCase() : name);
  const known = new Set<string>();
  for (const question of questions(table, redshift)) {
    const open = executor.execute(question.sql, question.names, 'qmark', {
      ...run,
      collect: true,
      rowMode: 'array',
    });
    await completed(open);
    const rows: unknown[] = [];
    open.rows.take(Infinity, rows);
    for (const [column] of rows as string[][]) known.add(spelled(column!));
    if (known.size > 0) break;
  }
  if (known.size === 0)
    throw new ProgrammingError(
      `insertDataBulk: there is no table ${table.join('.')}, or it is not visible to this user`,
    );
  const missing = columns.filter((column) => !known.has(spelled(column)));
  if (missing.length > 0) {
    throw new ProgrammingError(
      `insertDataBulk: table ${table.join('.')} has no column ${missing.join(', ')}`,
    );
  }
}

/** Where the columns of a table are to be found, one place after the other. */
function questions(
  table: readonly string[],
  redshift: boolean,
): { readonly sql: string; readonly names: readonly string[] }[] {
  const [name = '', schema, database] = table.toReversed();
  const asked: { sql: string; names: string[] }[] = [];
  const names: string[] = [];
  const is = (column: string, value: string): string => {
    const parameter = `$${String(names.push(value))}`;
    return redshift ? `lower(${column}) = lower(${parameter})` : `${column} = ${parameter}`;
  };
  if (database === undefined) {
    // SVV_ALL_COLUMNS does not know temporary tables (amazon-redshift-python-driver#161).
    asked.push({
      sql: `select a.attname from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where a.attnum > 0 and not a.attisdropped and ${is('c.relname', name)}
        and ${schema === undefined ? 'pg_catalog.pg_table_is_visible(c.oid)' : is('n.nspname', schema)}`,
      names: names.splice(0),
    });
  }
  if (redshift && schema !== undefined) {
    // External tables and those of other databases are only here; no search path leads to them.
    asked.push({
      sql: [
        `select column_name from svv_all_columns where ${is('table_name', name)}`,
        is('schema_name', schema),
        ...(database === undefined ? [] : [is('database_name', database)]),
      ].join(' and '),
      names: names.splice(0),
    });
  }
  return asked;
}
