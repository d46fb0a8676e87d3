/**
 * The rows of the options table that `createPool` takes beside those of a connection, and their types as editors see them.
 * `connect` knows them by name and says where they belong.
 */
import type { OptionRow } from './option-types.js';

const any = Number.MAX_SAFE_INTEGER;

// prettier-ignore
export const poolOptions = [
  { name: 'min', pool: true, type: { is: 'integer', min: 0, max: any }, default: 0, doc: 'Pool: the connections that are kept open even when nobody needs them.' },
  { name: 'max', pool: true, type: { is: 'integer', min: 1, max: any }, default: 10, doc: 'Pool: the most connections.' },
  { name: 'idleTimeout', pool: true, type: { is: 'seconds', off: true }, default: 30, milliseconds: ['idleTimeoutMillis'], doc: 'Pool: seconds after which an unused connection is closed, down to `min`; 0 is never.' },
  { name: 'acquireTimeout', pool: true, type: { is: 'seconds', off: true, likely: 3600 }, default: 30, milliseconds: ['acquireTimeoutMillis'], poolMilliseconds: ['connectionTimeoutMillis'], doc: 'Pool: seconds to wait for a connection, connecting included; 0 is no limit. (`connectionTimeoutMillis` is this one for a pool, as in pg.)' },
  { name: 'maxLifetime', pool: true, type: { is: 'seconds', off: true }, default: 3600, aliases: ['maxLifetimeSeconds'], doc: 'Pool: seconds after which a connection is replaced, when it is not in use (up to 5 % earlier, so that not all go at once); 0 is never.' },
  { name: 'maxUses', pool: true, type: { is: 'integer', min: 1, max: any }, defaultNote: 'none', doc: 'Pool: uses after which a connection is replaced.' },
  { name: 'validateAfter', pool: true, type: { is: 'seconds' }, default: 5, doc: 'Pool: a connection that was unused for so many seconds is asked for a sign of life (one round trip, no statement) before it is handed out; 0 asks each time.' },
  { name: 'allowExitOnIdle', pool: true, type: { is: 'boolean' }, default: false, doc: 'Pool: let the process end while there are only unused connections.' },
  { name: 'onConnect', pool: true, type: { is: 'function' }, doc: 'Pool: called with each new connection before anybody gets it (`SET …`); when it fails, the connection is closed.' },
  { name: 'onRelease', pool: true, type: { is: 'function' }, doc: 'Pool: called with each connection that comes back, before the next one gets it (`RESET ALL`); when it fails, the connection is closed.' },
] as const satisfies readonly OptionRow[];

/** What `createPool` takes beside the options of a connection. All durations are seconds, fractions allowed. */
export interface PoolSettings {
  /** The connections that are kept open even when nobody needs them. Default 0. */
  min?: number | undefined;
  /** The most connections. Default 10. */
  max?: number | undefined;
  /** Seconds after which an unused connection is closed, down to `min`; 0 is never. Default 30. */
  idleTimeout?: number | undefined;
  /** Seconds to wait for a connection, connecting included; 0 is no limit. Default 30. */
  acquireTimeout?: number | undefined;
  /** Seconds after which a connection is replaced, when it is not in use; up to 5 % earlier, so that not all go at once. 0 is never. Default 3600. */
  maxLifetime?: number | undefined;
  /** Uses after which a connection is replaced. Default: none. */
  maxUses?: number | undefined;
  /** A connection that was unused for so many seconds is asked for a sign of life before it is handed out: one round trip, no statement. 0 asks each time. Default 5. */
  validateAfter?: number | undefined;
  /** Let the process end while there are only unused connections. Default false. */
  allowExitOnIdle?: boolean | undefined;
}

/** The same as redshift_connector would spell them. */
export interface SnakePoolSettings {
  idle_timeout?: number | undefined;
  acquire_timeout?: number | undefined;
  max_lifetime?: number | undefined;
  max_uses?: number | undefined;
  validate_after?: number | undefined;
  allow_exit_on_idle?: boolean | undefined;
}

/** What a pool is made of beside its connections; undefined is no limit. Durations are seconds. */
export interface PoolConfig {
  readonly min: number;
  readonly max: number;
  readonly idleTimeout: number | undefined;
  readonly acquireTimeout: number | undefined;
  readonly maxLifetime: number | undefined;
  readonly maxUses: number | undefined;
  readonly validateAfter: number;
  readonly allowExitOnIdle: boolean;
  /** As given; the pool knows what it calls them with. */
  readonly onConnect: unknown;
  readonly onRelease: unknown;
}
