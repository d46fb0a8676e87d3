/** What a session has done so far, as plain numbers. Counted per message, per run of rows and per write, never per row. */

export class Counters {
  /** When the session was made, in milliseconds since 1970. */
  readonly since = Date.now();
  /** Conversations that were sent: one a call. */
  calls = 0;
  /** Statements that the server completed, those of the driver's own (BEGIN) among them. */
  statements = 0;
  /** ReadyForQuery messages: each ends one round trip. */
  roundTrips = 0;
  /** Rows that came, read or not. */
  rows = 0;
  bytesReceived = 0;
  bytesSent = 0;
  notices = 0;
  /** Cancel requests that were asked for. */
  cancels = 0;
}
