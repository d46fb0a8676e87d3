/** Several statements of one call: none of them shall stay when the call fails. */
import type { Executor } from './executor.js';

/**
 * Under autocommit the work is a transaction of its own. With autocommit off, and nothing open when the call came, what
 * it opened is rolled back when it fails. In a transaction that was open before, what was done stays in it until the
 * caller rolls back: Redshift has no savepoints.
 */
export async function allOrNothing<T>(executor: Executor, work: () => Promise<T>): Promise<T> {
  const { session } = executor;
  if (executor.autocommit && !executor.inTransactionCall) {
    return (await executor.isInTransaction()) ? work() : executor.transaction(work);
  }
  const opens = session.status === 'I' && !session.busy && !executor.inTransactionCall;
  try {
    return await work();
  } catch (error) {
    if (opens && inTransaction(executor)) await executor.undo(error);
    throw error;
  }
}

function inTransaction({ session }: Executor): boolean {
  return session.status === 'T';
}
