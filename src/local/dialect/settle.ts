/**
 * Tables that a query makes: the engine gives their columns types that Redshift does not have in tables (text, numeric
 * without a scale). A function on the engine settles them, in the same transaction.
 */
import { call } from './answer.js';

/** Statements that run after the one that made `table`, an expression of type regclass. */
export function settleAfter(table: string): string[] {
  return [call('rs_settle_table', table)];
}
