/**
 * Row objects out of columns: a block of rows at a time, and in it column by column, so that each reader runs in a loop of
 * its own and texts are made together.
 */
import type { Column } from './column.js';
import { blockTexts, blockRows } from './text-block.js';

type RowObject = Record<string, unknown>;

export class RowMaker {
  /** Of columns with the same name the last one counts. */
  readonly #columns: readonly Column[];
  /** Rows are copies of this one: own properties in column order, whatever they are called (`__proto__` too). */
  readonly #template: Readonly<RowObject>;

  constructor(columns: readonly Column[]) {
    this.#columns = [...new Map(columns.map((column) => [column.name, column])).values()];
    // fromEntries defines properties, it does not assign them: a column `__proto__` is data like any other.
    this.#template = Object.fromEntries(columns.map(({ name }) => [name, null]));
  }

  row(index: number): RowObject {
    const row = { ...this.#template };
    for (const column of this.#columns) row[column.name] = column.get(index);
    return row;
  }

  /** Rows [from, to). */
  rows(from: number, to: number): RowObject[] {
    const rows = new Array<RowObject>(to - from);
    for (let at = from; at < to; at += blockRows) this.#block(rows, from, at, Math.min(at + blockRows, to));
    return rows;
  }

  #block(rows: RowObject[], first: number, from: number, to: number): void {
    for (let index = from; index < to; index++) rows[index - first] = { ...this.#template };
    for (const column of this.#columns) {
      const texts = blockTexts(column, from, to);
      if (texts === undefined) fill(rows, first, column, from, to);
      else fillTexts(rows, first, column.name, texts, from, to);
    }
  }
}

function fill(rows: RowObject[], first: number, column: Column, from: number, to: number): void {
  const { name } = column;
  for (let index = from; index < to; index++) rows[index - first]![name] = column.get(index);
}

function fillTexts(
  rows: RowObject[],
  first: number,
  name: string,
  texts: readonly (string | null)[],
  from: number,
  to: number,
): void {
  for (let index = from; index < to; index++) rows[index - first]![name] = texts[index - from];
}
