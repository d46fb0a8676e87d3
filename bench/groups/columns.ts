/** Bulk columns: no row is made. The peers have none; their rows are what they offer in its place. */
import type { Clients } from '../client.js';
import type { DataFrame, FetchedColumns } from '../../src/index.js';
import type { Values } from '../exact.js';
import { ours, query } from '../target.js';
import { asks, names, rowClients, type FetchTask } from './fetch.js';

/** Columns side by side as rows, for comparison. */
function rowsOf(count: number, columns: readonly ((row: number) => unknown)[]): Values {
  return Array.from({ length: count }, (_, row) => columns.map((cell) => cell(row)));
}

const dataFrame = asks<DataFrame>(async ({ target, shape, rows }) => {
  const conn = await ours(target);
  const cursor = conn.cursor();
  return {
    fetch: async () => (await cursor.execute(query(target, shape, rows))).fetchDataFrame(),
    count: ({ numRows }) => numRows,
    rows: (frame) => cellsOf(frame, shape),
    close: () => conn.close(),
    held: ({ byteLength }) => byteLength,
  };
});

const arrays = asks<FetchedColumns>(async ({ target, shape, rows }) => {
  const conn = await ours(target);
  const cursor = conn.cursor();
  return {
    fetch: async () => (await cursor.execute(query(target, shape, rows))).fetchColumns(),
    count: ({ numRows }) => numRows,
    rows: ({ numRows, columns }) =>
      rowsOf(
        numRows,
        columns.map(
          ({ values, nulls }) =>
            (row) =>
              nulls?.[row] === 1 ? null : values[row],
        ),
      ),
    close: () => conn.close(),
  };
});

const cellsOf = (frame: DataFrame, shape: string): Values =>
  rowsOf(
    frame.numRows,
    names(shape).map((name) => (row) => frame.column(name).get(row)),
  );

/** What `fetchDataFrame` is, batch by batch; nobody keeps one. */
const batches = asks<{ readonly count: number; readonly kept: readonly DataFrame[] }>(
  async ({ target, shape, rows }, keep) => {
    const conn = await ours(target);
    const cursor = conn.cursor();
    return {
      fetch: async () => {
        await cursor.execute(query(target, shape, rows), null, { stream: true });
        let count = 0;
        const kept: DataFrame[] = [];
        for await (const frame of cursor.fetchDataFrameBatches()) {
          count += frame.numRows;
          if (keep) kept.push(frame);
        }
        return { count, kept };
      },
      count: ({ count }) => count,
      rows: ({ kept }) => kept.flatMap((frame) => cellsOf(frame, shape)),
      close: () => conn.close(),
    };
  },
);

const beside = ['floor: read', 'floor: walk headers', 'pg', 'postgres'];

const own: Clients<FetchTask> = {
  'redshift-connector, data frame': dataFrame,
  'redshift-connector, fetchColumns': arrays,
  'redshift-connector, data frames in batches': batches,
};

/** By name; the names stand in the report. */
export const columnClients: Clients<FetchTask> = {
  ...Object.fromEntries(Object.entries(rowClients).filter(([name]) => beside.includes(name))),
  ...own,
};
