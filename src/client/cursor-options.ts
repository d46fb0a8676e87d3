/** What a cursor and one call of it may be told. */
import type { RowMode } from '../results/row-decoder.js';
import type { Paramstyle } from '../sql/placeholders.js';
import type { TypeOptions } from '../types/registry.js';
import type { CallOptions } from './limits.js';

export interface CursorOptions {
  /** Seconds that the server may keep this cursor's statements waiting, each; the connection's `queryTimeout` unless given, 0 is no limit. */
  readonly timeout?: number;
  /** How markers are written in this cursor's statements; the connection's unless given. */
  readonly paramstyle?: Paramstyle;
  /** `array` (default), `object`, or `lazy`: see RowMode. */
  readonly rowMode?: RowMode;
  /** Choices of values on top of the connection's. */
  readonly types?: TypeOptions;
}

/** `signal` cancels the statement, also while its result is read; `timeout` counts only while we wait for the server. */
export interface ExecuteOptions extends CallOptions {
  readonly types?: TypeOptions | undefined;
  readonly rowMode?: RowMode | undefined;
  /** Resolve as soon as the columns are known, and keep little in memory. */
  readonly stream?: boolean | undefined;
}
