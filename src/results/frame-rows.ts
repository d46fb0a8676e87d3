/** Row objects out of columns, column by column: each reader runs in a loop of its own. */
import type { Column } from './column.js';

type RowObject = Record<string, unknown>;

/** Rows [from, to); of columns with the same name the last one counts. */
export function frameRows(columns: readonly Column[], from: number, to: number): RowObject[] {
  // fromEntries defines properties, it does not assign them: a column `__proto__` is data like any other, and rows are
  // copies of one object that already has it.
  const template: Readonly<RowObject> = Object.fromEntries(columns.map(({ name }) => [name, null]));
  const rows = new Array<RowObject>(to - from);
  for (let index = 0; index < rows.length; index++) rows[index] = { ...template };
  const last = new Map(columns.map((column) => [column.name, column]));
  for (const column of last.values()) fill(rows, column, from);
  return rows;
}

function fill(rows: RowObject[], column: Column, from: number): void {
  const { name } = column;
  for (let index = 0; index < rows.length; index++) rows[index]![name] = column.get(from + index);
}
