/** A place in a pool, from the first attempt to connect to the end of its connection; and what the pool asks of that connection. */
import type { RedshiftError } from '../errors.js';

/** A connection as the pool sees it: it knows nothing of sessions and of SQL. */
export interface Physical {
  readonly processId: number;
  /** It is over, or will be as soon as what was called is done. */
  readonly closed: boolean;
  /** In step, outside of any transaction, and nobody waits for anything: it can be handed out as it is. */
  readonly clean: boolean;
  /** Something is under way. */
  readonly busy: boolean;
  /** Makes it clean after its user has left, as far as that can be done within `closeTimeout`. */
  restore(): Promise<void>;
  /** Resolves when the server gave a sign of life; bounded by `closeTimeout`. */
  check(): Promise<void>;
  /** In order: says goodbye. Bounded by `closeTimeout`; never rejects. */
  close(): Promise<void>;
  destroy(error: RedshiftError): void;
  ref(): void;
  unref(): void;
}

export class Member<C extends Physical> {
  /** Attempts to connect that had failed in a row when this one began. */
  readonly failuresBefore: number;
  /** Undefined while it connects. */
  connection: C | undefined;
  /** Times that it was handed out. */
  uses = 0;
  /** By `performance.now()`. */
  idleSince = 0;
  expires = Infinity;

  constructor(failuresBefore: number) {
    this.failuresBefore = failuresBefore;
  }
}

/** A connection that was handed out, and the place that it goes back to. */
export interface Lent<C extends Physical> {
  readonly member: Member<C>;
  readonly connection: C;
}
