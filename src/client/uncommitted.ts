/** The one warning about work that is about to be lost: a connection that goes while its transaction holds changes. */
import type { Logger } from '../trace.js';

/** To the logger, or without one to the process, as Node's own warnings. */
export function warnOfUncommitted(
  logger: Logger | undefined,
  how: 'closed' | 'released',
  processId: number,
): void {
  const before = how === 'closed' ? 'close()' : 'release()';
  const text = `The connection is ${how} with uncommitted changes, which are rolled back; call commit() before ${before}`;
  if (logger === undefined) process.emitWarning(text, { code: 'RS_UNCOMMITTED' });
  else logger.warn(text, { processId });
}
