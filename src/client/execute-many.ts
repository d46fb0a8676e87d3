/**
 * executeMany: sets of parameters become the items of a batch, with one type per parameter over all of them. What is no
 * array goes out in parts, one batch each, so that a source without end takes no memory without end.
 */
import { ProgrammingError } from '../errors.js';
import type { BatchItem } from '../session/batch.js';
import { expandInsert, plainInsertValues } from '../sql/insert-values.js';
import { maxParameters, parsePlaceholders, type Parameters, type Paramstyle } from '../sql/placeholders.js';
import { columnEncoder } from '../types/parameters.js';
import { allOrNothing } from './all-or-nothing.js';
import type { Executor, RunSettings } from './executor.js';
import { rowParts, type RowSource } from './row-parts.js';

/** Bytes of values per statement: far below the 16 MB that a Redshift statement may have (AWS manual, "Amazon Redshift SQL"). */
const maxStatementBytes = 8 * 1024 * 1024;

/** @returns rows changed; -1 when the server did not say */
export async function runMany(
  executor: Executor,
  run: RunSettings,
  sql: string,
  source: RowSource,
  style: Paramstyle,
): Promise<number> {
  const limit = run.timeout ?? executor.settings.queryTimeout ?? 0;
  let waited = 0;
  let before = 0;
  const send = async (part: readonly Parameters[]): Promise<number> => {
    const first = before + 1;
    before += part.length;
    const started = performance.now();
    // The bound is for all parts together, and does not count while the source keeps us waiting.
    const timeout = limit === 0 ? 0 : Math.max(limit - waited, 0.001);
    const items = (): Iterator<BatchItem> => batchItems(executor, sql, part, style, first);
    const changed = await executor.batch(sql, part, items, { ...run, timeout });
    waited += (performance.now() - started) / 1000;
    return changed;
  };
  // In memory already: one batch, whose turn in the order of calls is that of this call.
  if (Array.isArray(source)) return source.length === 0 ? 0 : send(source as readonly Parameters[]);
  const parts = rowParts(source, run.signal);
  try {
    const first = await parts.next();
    if (first.done === true) return 0;
    const second = await parts.next();
    if (second.done === true) return await send(first.value);
    return await allOrNothing(executor, async () => {
      let rowCount = await send(first.value);
      let part: IteratorResult<readonly Parameters[], void> = second;
      for (; part.done !== true; part = await parts.next()) {
        const changed = await send(part.value);
        rowCount = rowCount < 0 || changed < 0 ? -1 : rowCount + changed;
      }
      return rowCount;
    });
  } finally {
    await parts.return();
  }
}

/**
 * @param firstRow the number of the first of these rows, for messages
 * @throws before anything is sent, naming the row or the parameter that is wrong
 */
function batchItems(
  executor: Executor,
  sql: string,
  sets: readonly Parameters[],
  style: Paramstyle,
  firstRow: number,
): Iterator<BatchItem> {
  const template = parsePlaceholders(sql, style, executor.lexOptions);
  const rows = sets.map((set, index) => {
    try {
      return template.bind(set);
    } catch (error) {
      if (error instanceof ProgrammingError) {
        throw new ProgrammingError(`Row ${String(firstRow + index)} of executeMany: ${error.message}`, {
          cause: error,
        });
      }
      throw error;
    }
  });
  const { server } = executor.session;
  const encoders = Array.from({ length: template.count }, (_, column) =>
    columnEncoder(
      rows.map((row) => row[column]),
      server,
      column + 1,
    ),
  );
  const encoded = rows.map((row) => encoders.map((encoder, column) => encoder.encode(row[column])));
  const columns = {
    oids: encoders.map(({ oid }) => oid),
    formats: encoders.map(({ format }) => format),
  };
  const insert = template.count === 0 ? null : plainInsertValues(template.sql, executor.lexOptions);
  if (insert === null || insert.parameters !== template.count)
    return oneByOne(template.sql, columns, encoded);
  return multiRow(template.sql, columns, encoded, (count) =>
    expandInsert(template.sql, insert.tuple, count, template.count, executor.lexOptions),
  );
}

interface Columns {
  readonly oids: readonly number[];
  readonly formats: readonly number[];
}

function* oneByOne(
  sql: string,
  { oids, formats }: Columns,
  rows: readonly (Uint8Array | null)[][],
): Generator<BatchItem> {
  for (const values of rows) yield { sql, parameterOids: oids, parameterFormats: formats, values };
}

/** Statements of as many rows as parameters and bytes allow; texts of one size are made once. */
function* multiRow(
  sql: string,
  columns: Columns,
  rows: readonly (Uint8Array | null)[][],
  expand: (count: number) => string,
): Generator<BatchItem> {
  const most = Math.floor(maxParameters / columns.oids.length);
  let count = 0;
  let text = sql;
  let oids: number[] = [];
  let formats: number[] = [];
  for (let start = 0; start < rows.length;) {
    const next = rowsThatFit(rows, start, most);
    if (next !== count) {
      count = next;
      text = expand(count);
      oids = repeated(columns.oids, count);
      formats = repeated(columns.formats, count);
    }
    yield {
      sql: text,
      parameterOids: oids,
      parameterFormats: formats,
      values: rows.slice(start, start + count).flat(),
    };
    start += count;
  }
}

function rowsThatFit(rows: readonly (Uint8Array | null)[][], start: number, most: number): number {
  let bytes = 0;
  let count = 0;
  while (count < most && start + count < rows.length) {
    for (const value of rows[start + count]!) bytes += value?.length ?? 0;
    if (count > 0 && bytes > maxStatementBytes) break;
    count++;
  }
  return count;
}

function repeated(values: readonly number[], count: number): number[] {
  return Array.from({ length: values.length * count }, (_, index) => values[index % values.length]!);
}
