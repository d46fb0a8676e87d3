/**
 * executeMany: sets of parameters become the items of a batch, with one type per parameter over all of them. What is no
 * array goes out in parts, one batch each, so that a source without end takes no memory without end.
 */
import { ArgumentError, ProgrammingError } from '../errors.js';
import {
  parsePlaceholders,
  type Parameters,
  type Paramstyle,
  type PlaceholderTemplate,
} from '../sql/placeholders.js';
import { ParameterColumn } from '../types/parameter-columns.js';
import { allOrNothing } from './all-or-nothing.js';
import type { Executor, RunSettings } from './executor.js';
import { batchItems, rowsPerStatement, type WritableRows } from './row-batches.js';
import { rowParts, rowsPerPart, type RowSource } from './row-parts.js';

/** Rows whose values are looked at together: 100,000 of four columns in 12 ms, 18 all at once, 21 one by one. */
const rowsAtOnce = 512;

export interface ManyRows {
  readonly sql: string;
  readonly source: RowSource;
  readonly style: Paramstyle;
  /** No statement inserts more, even if it could. */
  readonly rowsPerStatement?: number;
  /** The timeout bounds each part; without it, all of them together. */
  readonly timeoutPerPart?: boolean;
  /** What a row is called in messages; rows count from 1. */
  rowName(row: number): string;
}

/** @returns rows changed; -1 when the server did not say */
export async function runMany(executor: Executor, run: RunSettings, many: ManyRows): Promise<number> {
  const { sql, source } = many;
  const limit = run.timeout ?? executor.settings.queryTimeout ?? 0;
  let waited = 0;
  let before = 0;
  const send = async (part: readonly Parameters[]): Promise<number> => {
    const first = before + 1;
    before += part.length;
    const started = performance.now();
    // The bound is for all parts together, and does not count while the source keeps us waiting.
    const timeout = limit === 0 ? 0 : Math.max(limit - waited, 0.001);
    const changed = await executor.batch(
      sql,
      part,
      () => {
        const template = parsePlaceholders(sql, many.style, executor.lexOptions);
        const rows = typedRows(executor, template, part, (index) => many.rowName(first + index));
        return batchItems(template.sql, rows, executor, many.rowsPerStatement);
      },
      { ...run, timeout },
    );
    if (many.timeoutPerPart !== true) waited += (performance.now() - started) / 1000;
    return changed;
  };
  // In memory already: one batch, whose turn in the order of calls is that of this call.
  if (Array.isArray(source)) return source.length === 0 ? 0 : send(source as readonly Parameters[]);
  const parts = rowParts(source, run.signal, wholeStatements(executor, many));
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

/** Rows of a part that fill its statements: 8,192 rows of four columns would be a statement of 8,191 and one of one. */
function wholeStatements({ lexOptions, settings }: Executor, { sql, style }: ManyRows): number {
  let parameters = 0;
  try {
    parameters = parsePlaceholders(sql, style, lexOptions).count;
  } catch {
    // Told when the first part is sent.
  }
  const most = rowsPerStatement(parameters, settings.dialect);
  return most >= rowsPerPart ? rowsPerPart : rowsPerPart - (rowsPerPart % most);
}

/**
 * @param name of the row with this index, for messages
 * @throws before anything is sent, naming the row or the parameter that is wrong
 */
function typedRows(
  executor: Executor,
  template: PlaceholderTemplate,
  sets: readonly Parameters[],
  name: (index: number) => string,
): WritableRows {
  const { count: width } = template;
  const { server } = executor.session;
  const newColumns = (): ParameterColumn[] =>
    Array.from({ length: width }, (_, column) => new ParameterColumn(server, column + 1));
  const rows = new Array<readonly unknown[]>(sets.length);
  let columns = newColumns();
  try {
    // Nothing is sent before all values were looked at, so the server waits for this. Some rows at a time, which stay in
    // the processor's cache, and these column by column.
    for (let start = 0; start < sets.length; start += rowsAtOnce) {
      const end = Math.min(start + rowsAtOnce, sets.length);
      for (let index = start; index < end; index++) rows[index] = template.bind(sets[index]!);
      for (let column = 0; column < width; column++) columns[column]!.noteAll(rows, column, start, end);
    }
  } catch {
    // Again row by row, for the error of the first row that has one.
    columns = newColumns();
    for (let index = 0; index < sets.length; index++) {
      try {
        const row = template.bind(sets[index]!);
        for (let column = 0; column < width; column++) columns[column]!.note(row[column]);
        rows[index] = row;
      } catch (error) {
        throw inRow(name(index), error);
      }
    }
  }
  const writers = columns.map((column) => column.writer());
  return {
    count: rows.length,
    oids: writers.map(({ oid }) => oid),
    formats: writers.map(({ format }) => format),
    write: (out, index) => {
      const row = rows[index]!;
      try {
        for (let column = 0; column < width; column++) writers[column]!.write(out, row[column]);
      } catch (error) {
        throw inRow(name(index), error);
      }
    },
  };
}

/** The same error with the row in front. */
function inRow(row: string, error: unknown): unknown {
  const options = { cause: error };
  if (error instanceof ProgrammingError) return new ProgrammingError(`${row}: ${error.message}`, options);
  if (error instanceof ArgumentError) return new ArgumentError(`${row}: ${error.message}`, options);
  return error;
}
