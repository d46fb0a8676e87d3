/** What a session tells its callers when it is closed, lost, late or refused; each says whether the statement was sent. */
import {
  ConnectionLostError,
  InterfaceError,
  OperationalError,
  TimeoutError,
  type RedshiftError,
} from '../errors.js';

/** For the statement that was running: of a COMMIT on its way nobody knows what the server did with it. */
export function lostWhileRunning(error: RedshiftError, commits: boolean): RedshiftError {
  if (!(error instanceof ConnectionLostError)) return error;
  return new ConnectionLostError(error.message, {
    cause: error.cause,
    sent: true,
    ...(commits ? { outcome: 'unknown' as const } : {}),
  });
}

/** For a statement of a pipeline whose answer had not begun. */
export function lostBeforeAnswer(cause: RedshiftError): ConnectionLostError {
  return new ConnectionLostError('The connection was lost before the answer came', { cause, sent: true });
}

export function lostBeforeSending(cause: RedshiftError): ConnectionLostError {
  return new ConnectionLostError('The connection was lost before the statement was sent', {
    cause,
    sent: false,
  });
}

/** For a call on a connection that is over; `cause` undefined: by close(). */
export function connectionClosed(cause: RedshiftError | undefined): RedshiftError {
  if (cause === undefined) return new InterfaceError('The connection is closed', { sent: false });
  return new ConnectionLostError('The connection is closed: it was lost earlier (see cause)', {
    cause,
    sent: false,
  });
}

/** Rule S5: a result that fits no memory stands in the way. */
export function resultInTheWay(owner: string, maxResultBytes: number): OperationalError {
  return new OperationalError(
    `Not sent: ${owner} has an unread result that is larger than maxResultBytes (${String(maxResultBytes)} bytes). Read or close that cursor first`,
    { sent: false },
  );
}

/** The connection was destroyed since something took longer than closeTimeout. */
export function tookTooLong(what: string, closeTimeout: number, phase: 'cancel' | 'close'): TimeoutError {
  return new TimeoutError(
    `The connection was destroyed: ${what} took more than closeTimeout (${String(closeTimeout)} seconds)`,
    { phase },
  );
}
