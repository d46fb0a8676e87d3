/** What a column is called in an error, and the error of a cell that cannot be read. */
import { DataError } from '../errors.js';

/** What a column is called in an error: its name and its type's. */
export interface ColumnLabel {
  readonly name: string;
  readonly typeName: string;
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
