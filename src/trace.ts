/**
 * Who may listen to what the driver does: tracing channels of `node:diagnostics_channel` and the `logger` option.
 * Neither ever carries a secret; parameter values only where `logParameters` asks for them. A listener that throws
 * never disturbs the protocol.
 */
import { tracingChannel } from 'node:diagnostics_channel';

/** What the `logger` option takes: a pino instance, `console`, or any object with these four functions. */
export interface Logger {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Published on `redshift-connector:connect`: one event a connection. */
export interface ConnectEvent {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** Published on `redshift-connector:query`: one event a statement. */
export interface QueryEvent {
  readonly sql: string;
  /** Only with `logParameters: true`. */
  readonly parameters?: readonly unknown[];
  readonly processId: number;
}

/** The tracing channels; subscribe with `diagnostics_channel.tracingChannel(name).subscribe(…)`. */
export const channels = {
  connect: tracingChannel<string, ConnectEvent>('redshift-connector:connect'),
  query: tracingChannel<string, QueryEvent>('redshift-connector:query'),
};

/** Calls what a user gave us (logger, notice listener); what it throws goes nowhere, so it cannot break the protocol. */
export function safely(call: () => void): void {
  try {
    call();
  } catch {
    // A listener's own fault. There is nobody to tell: telling the logger may be what just failed.
  }
}
