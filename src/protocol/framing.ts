/** Contract of framing, to be filled in; see the interfaces below. */
export interface RowRun {
  /** Whole, checked DataRow messages back to back, type bytes and lengths included. The receiver owns it; its bytes are never rewritten. */
  readonly bytes: Uint8Array;
  readonly rows: number;
}
export interface FrameHandler {
  /** One whole message that is not an expected DataRow: its type byte and its body (without type and length). */
  message(type: number, body: Uint8Array): void;
  /** One or more DataRows, whole and checked, as long runs as the chunks allow. */
  rows(run: RowRun): void;
}
