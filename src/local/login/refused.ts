/** A login that ends: what the client is told before the server hangs up. It holds no password and no token. */
import type { BackendMessage } from '../../protocol/messages.js';

export class LoginRefused extends Error {
  readonly sqlState: string;
  readonly detail: string | undefined;
  /** What the client is not told, for the log of whoever runs the server. */
  readonly reason: string | undefined;

  constructor(sqlState: string, message: string, detail?: string, reason?: string) {
    super(message);
    this.sqlState = sqlState;
    this.detail = detail;
    this.reason = reason;
  }

  /** FATAL: the connection ends with it. */
  get response(): BackendMessage {
    const fields = new Map([
      ['S', 'FATAL'],
      ['C', this.sqlState],
      ['M', this.message],
    ]);
    if (this.detail !== undefined) fields.set('D', this.detail);
    return { type: 'ErrorResponse', fields };
  }
}
