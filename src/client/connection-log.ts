/** What the logger is told of a connection as a whole: how it came about, what the server remarks, how it ended. */
import { TimeoutError, type Notice, type RedshiftError } from '../errors.js';
import type { ConnectEvent, Logger } from '../trace.js';

/** At debug: whoever called connect hears of a failure anyway. */
export function logConnect(logger: Logger, event: ConnectEvent): void {
  const { error, duration, ...known } = event;
  const details = { ...known, milliseconds: Math.round(duration ?? 0) };
  if (error === undefined) logger.debug('Connected', details);
  else logger.debug('Connecting failed', { ...details, error: error.name, code: error.code });
}

/** At info, what the server marks as LOG or DEBUG at debug. The text is the server's. */
export function logNotice(logger: Logger | undefined, notice: Notice, processId: number): void {
  if (logger === undefined) return;
  const { severity = '', sqlState, message, detail } = notice;
  const details = { severity, sqlState, ...(detail === undefined ? {} : { detail }), processId };
  if (/^(LOG|DEBUG)/.test(severity)) logger.debug(`Notice: ${message}`, details);
  else logger.info(`Notice: ${message}`, details);
}

/** An orderly end at debug; a loss at info, since calls reject and a pool replaces it; one that took too long to end at warn. */
export function logEnd(
  logger: Logger | undefined,
  error: RedshiftError | undefined,
  processId: number,
): void {
  if (logger === undefined) return;
  const details = { processId, ...(error === undefined ? {} : { error: error.name, code: error.code }) };
  if (error === undefined) logger.debug('Connection closed', details);
  else if (error instanceof TimeoutError && error.phase !== 'connect') logger.warn(error.message, details);
  else logger.info(`Connection lost: ${error.message}`, details);
}
