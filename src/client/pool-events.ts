/**
 * What a pool tells while nobody asked: the one place through which listeners (and tracing) hear of it. There is no `error` event, so
 * nothing that a pool tells can end the process; a listener that throws disturbs nobody.
 */
import { EventEmitter } from 'node:events';
import { safely } from '../trace.js';

/** Why a connection left the pool. */
export type PoolRemoveReason =
  /** The pool was ended. */
  | 'end'
  /** It was released with an error. */
  | 'error'
  /** It was unused for `idleTimeout`, and there are more than `min`. */
  | 'idle'
  /** It gave no sign of life when it was to be handed out. */
  | 'invalid'
  /** It was open for `maxLifetime`. */
  | 'lifetime'
  /** The server closed it, or it broke. */
  | 'lost'
  /** It could not be brought back into a clean state after its release. */
  | 'unclean'
  /** It was handed out `maxUses` times. */
  | 'uses';

/** What `connect`, `acquire` and `release` tell. */
export interface PoolEvent {
  /** The server's process id of the session. */
  readonly processId: number;
}

export interface PoolRemoveEvent extends PoolEvent {
  readonly reason: PoolRemoveReason;
  /** What was wrong with it, if anything was. */
  readonly error?: unknown;
}

export interface PoolEventMap {
  /** A new connection is ready. */
  connect: [PoolEvent];
  /** A connection was handed out. */
  acquire: [PoolEvent];
  /** A connection was given back. */
  release: [PoolEvent];
  /** A connection left the pool, for whatever reason. */
  remove: [PoolRemoveEvent];
}

type Listener<E extends keyof PoolEventMap> = (...values: PoolEventMap[E]) => void;

export class PoolEvents {
  readonly #emitter = new EventEmitter();

  on<E extends keyof PoolEventMap>(event: E, listener: Listener<E>): void {
    this.#emitter.on(event, listener as (...values: unknown[]) => void);
  }

  once<E extends keyof PoolEventMap>(event: E, listener: Listener<E>): void {
    this.#emitter.once(event, listener as (...values: unknown[]) => void);
  }

  off<E extends keyof PoolEventMap>(event: E, listener: Listener<E>): void {
    this.#emitter.off(event, listener as (...values: unknown[]) => void);
  }

  /** Each listener on its own, so that one that throws does not keep the others from hearing. */
  publish<E extends keyof PoolEventMap>(event: E, ...values: PoolEventMap[E]): void {
    if (this.#emitter.listenerCount(event) === 0) return;
    for (const listener of this.#emitter.rawListeners(event)) {
      safely((): unknown =>
        (listener as (...given: PoolEventMap[E]) => unknown).apply(this.#emitter, values),
      );
    }
  }
}
