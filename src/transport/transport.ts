/**
 * A pipe of bytes to a server, whatever carries it. The session sees nothing else of the network.
 * Pieces are handed over as they come, never joined, and none is the receiver's to keep.
 */

export interface TransportHandler {
  /** The bytes are valid during this call only: the next read overwrites them. Who keeps some copies them. */
  data(chunk: Uint8Array): void;
  /** The pipe is gone; called once, with the cause if it broke. A half-close by the server counts as gone. */
  closed(error: Error | undefined): void;
}

export interface Transport {
  /** TLS is on. */
  readonly secure: boolean;
  /** Nobody between us and the server can read along: TLS, or a Unix socket. */
  readonly private: boolean;
  /** The certificate that the server showed, as DER; nothing without TLS. */
  readonly certificate?: Uint8Array | undefined;
  /** `host:port` or the socket's path, for messages. */
  readonly peer: string;
  /** The address behind that name, where there is one: a cancel request has to reach the same server. */
  readonly remote?: { readonly address: string; readonly family: number } | undefined;
  /** Begins to deliver; before it nothing is read. */
  start(handler: TransportHandler): void;
  /** `held`: more is likely to be written in this turn of the event loop; it may leave together with that. */
  write(bytes: Uint8Array, held?: boolean): void;
  /** Bytes that were written and have not left this process yet. */
  readonly unsent: number;
  pause(): void;
  resume(): void;
  /** Sends what was written, then closes both ways; `closed` is called when it is done. */
  end(): void;
  /** Closes at once; what was not sent is dropped. */
  destroy(): void;
  /** Keeps the process running, as a new transport does. */
  ref(): void;
  /** The process may end although this transport is open. */
  unref(): void;
}
