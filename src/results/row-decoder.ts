/**
 * Rows out of the bytes of DataRow messages: one reader per column, made once a result. The bytes were checked when
 * they came (counts and lengths), so this only walks.
 */
import { DataError } from '../errors.js';
import type { Block, CellReader } from '../types/codec.js';
import type { RowBatch } from './row-store.js';

export type RowMode = 'array' | 'object';

/** What a column is called in an error: its name and its type's. */
export interface ColumnLabel {
  readonly name: string;
  readonly typeName: string;
}

/** Type byte, int32 length, int16 column count: where a DataRow's first cell begins. */
const rowHeader = 7;

export class RowDecoder {
  readonly #readers: readonly CellReader[];
  readonly #labels: readonly ColumnLabel[];
  /** Object rows are copies of this one: own properties in column order, whatever they are called (`__proto__` too). */
  readonly #template: Readonly<Record<string, unknown>> | undefined;

  constructor(readers: readonly CellReader[], labels: readonly ColumnLabel[], mode: RowMode) {
    this.#readers = readers;
    this.#labels = labels;
    // fromEntries defines properties, it does not assign them: a column `__proto__` is data like any other.
    this.#template =
      mode === 'object'
        ? Object.fromEntries(labels.map(({ name }): [string, unknown] => [name, null]))
        : undefined;
  }

  /** Appends up to `most` rows of the batch to `rows`; moves on, also over a row that cannot be read. @throws DataError naming its column */
  decode(batch: RowBatch, most: number, rows: unknown[]): void {
    for (let left = Math.min(most, batch.rows); left > 0; left--) {
      const { offset } = batch;
      batch.offset = offset + 1 + batch.view.getInt32(offset + 1);
      batch.rows--;
      rows.push(
        this.#template === undefined
          ? this.#array(batch, offset)
          : this.#object(batch, offset, this.#template),
      );
    }
  }

  #array(block: Block, offset: number): unknown[] {
    const readers = this.#readers;
    const { view } = block;
    const row = new Array<unknown>(readers.length);
    let at = offset + rowHeader;
    let column = 0;
    try {
      for (; column < readers.length; column++) {
        const length = view.getInt32(at);
        at += 4;
        if (length < 0) row[column] = null;
        else {
          row[column] = readers[column]!(block, at, at + length);
          at += length;
        }
      }
    } catch (error) {
      throw this.#unreadable(column, error);
    }
    return row;
  }

  #object(
    block: Block,
    offset: number,
    template: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> {
    const readers = this.#readers;
    const labels = this.#labels;
    const { view } = block;
    const row: Record<string, unknown> = { ...template };
    let at = offset + rowHeader;
    let column = 0;
    try {
      for (; column < readers.length; column++) {
        const length = view.getInt32(at);
        at += 4;
        if (length >= 0) {
          row[labels[column]!.name] = readers[column]!(block, at, at + length);
          at += length;
        } else row[labels[column]!.name] = null;
      }
    } catch (error) {
      throw this.#unreadable(column, error);
    }
    return row;
  }

  #unreadable(column: number, cause: unknown): DataError {
    return unreadableCell(column, this.#labels[column]!, cause);
  }
}

/** The error of a cell that cannot be read. @param column 0-based */
export function unreadableCell(column: number, { name, typeName }: ColumnLabel, cause: unknown): DataError {
  return new DataError(`Column ${String(column + 1)} "${name}" (${typeName}): ${reasonOf(cause)}`, { cause });
}

/** What a user's own reader throws need not be an error, nor anything that can be printed. */
function reasonOf(cause: unknown): string {
  try {
    return cause instanceof Error ? cause.message : String(cause);
  } catch {
    return 'it cannot be read';
  }
}
