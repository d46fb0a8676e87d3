/**
 * The pool's rules: who gets which connection, when another one is opened, and when one has to go. It keeps
 * idle + busy + connecting = total <= max at any instant (row Q10 of docs/failures.md). It knows no SQL and no socket: those are
 * behind `Physical`.
 */
import type { PoolConfig } from '../config/pool-options.js';
import { CancelledError, PoolError, RedshiftError, TimeoutError } from '../errors.js';
import { Alarm } from './alarm.js';
import { Accounts } from './pool-accounts.js';
import { Closing } from './pool-closing.js';
import { PoolEvents, type PoolRemoveReason } from './pool-events.js';
import { Member, type Lent, type Physical } from './pool-member.js';
import { Reach } from './pool-reach.js';
import { Waiters, type WaitOptions } from './pool-waiters.js';

export interface KeeperSettings extends Omit<PoolConfig, 'onConnect' | 'onRelease'> {
  /** Seconds. */
  readonly closeTimeout: number;
}

/** Opens a connection. `lost` has to be called when it is over, whoever ended it; the signal gives up opening. */
export type OpenPhysical<C extends Physical> = (
  lost: (error: Error | undefined) => void,
  signal: AbortSignal,
) => Promise<C>;

/** What a pool counts, from its beginning. */
export interface PoolCounters {
  /** Connections that became ready. */
  opened: number;
  /** Attempts to connect that failed. */
  failed: number;
  /** Connections that were handed out. */
  acquired: number;
  /** Connections that came back. */
  released: number;
  /** Connections that left the pool, for whatever reason. */
  removed: number;
  /** Calls whose wait for a connection ended with a TimeoutError. */
  timedOut: number;
}

/** A connection that was unused for longer than this (milliseconds) may be gone without our having looked at its socket since. */
const fresh = 20;
/** A connection that lasted so long (milliseconds) was a good one, also when nobody needed it. */
const provenAfter = 5000;
/** Up to so much earlier a connection's life ends, so that those that were opened together do not go together. */
const lifetimeSpread = 0.05;

export class Keeper<C extends Physical> {
  readonly events = new PoolEvents();
  readonly counters: PoolCounters = {
    opened: 0,
    failed: 0,
    acquired: 0,
    released: 0,
    removed: 0,
    timedOut: 0,
  };
  readonly accounts: Accounts<Member<C>>;
  readonly #settings: KeeperSettings;
  readonly #open: OpenPhysical<C>;
  readonly #waiters: Waiters<Lent<C>>;
  readonly #reach = new Reach();
  readonly #stop = new AbortController();
  readonly #closing: Closing<C>;
  readonly #upkeep = new Alarm(() => {
    this.#tidy();
  });
  readonly #retry = new Alarm(() => {
    this.#work();
  });
  /** Waiters whose connection is being looked at. */
  #promised = 0;
  #ended: Promise<void> | undefined;

  constructor(settings: KeeperSettings, open: OpenPhysical<C>) {
    this.#settings = settings;
    this.#open = open;
    this.accounts = new Accounts(settings.max);
    this.#closing = new Closing(() => this.accounts.total === 0);
    this.#waiters = new Waiters(
      (timeout) => {
        this.counters.timedOut++;
        return this.#late(timeout);
      },
      () => {
        this.#work();
      },
    );
    if (settings.min > 0) queueMicrotask(() => this.#work());
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  acquire(options: WaitOptions): Promise<Lent<C>> {
    const { signal, timeout = this.#settings.acquireTimeout } = options;
    if (this.ended) return Promise.reject(closed());
    if (signal?.aborted === true) {
      const text = 'Waiting for a connection was cancelled by its signal';
      return Promise.reject(new CancelledError(text, { cause: signal.reason, sent: false }));
    }
    const next = this.accounts.nextIdle;
    if (next !== undefined && this.#waiters.length === 0 && this.#isFresh(next)) {
      this.accounts.lend();
      const lent = this.#lent(next);
      this.#told(lent);
      return Promise.resolve(lent);
    }
    const wait = this.#waiters.wait({ signal, timeout: timeout === 0 ? undefined : timeout });
    this.#work();
    return wait;
  }

  /** Resolves when the connection is back, or gone; never rejects. An error means that it must not be used again. */
  async giveBack({ member, connection }: Lent<C>, error?: unknown): Promise<void> {
    this.counters.released++;
    const kept = this.accounts.placeOf(member) === 'busy';
    try {
      if (!kept) return;
      if (error !== undefined) this.#remove(member, 'error', error);
      else if (connection.closed) this.#remove(member, 'lost');
      else if (this.ended) this.#remove(member, 'end');
      else if (connection.clean) this.#rest(member);
      else await this.#restore(member, connection);
    } finally {
      this.events.publish('release', { processId: connection.processId });
      this.#work();
    }
  }

  /** Ends the pool: waiters are refused, idle connections closed, the others waited for and then destroyed. */
  end(timeout: number): Promise<void> {
    this.#ended ??= this.#end(timeout);
    return this.#ended;
  }

  // Lending

  /** Brings together who waits and what there is; opens what is missing. Called after whatever may have changed either. */
  #work(): void {
    if (this.ended) return;
    while (this.#waiters.length > this.#promised) {
      const member = this.accounts.nextIdle;
      if (member === undefined) break;
      const isFresh = this.#isFresh(member);
      this.accounts.lend();
      if (isFresh) this.#serve(member);
      else void this.#look(member);
    }
    this.#openMore();
    this.#planUpkeep();
  }

  #isFresh({ idleSince, connection }: Member<C>): boolean {
    return connection?.closed === false && performance.now() - idleSince < Math.min(fresh, this.#checkAfter);
  }

  get #checkAfter(): number {
    return this.#settings.validateAfter * 1000;
  }

  /** To the one that has waited longest. Nobody waits any more: it stays here. */
  #serve(member: Member<C>): void {
    if (this.#waiters.length === 0) {
      this.#rest(member);
      return;
    }
    const lent = this.#lent(member);
    this.#waiters.serve(lent);
    this.#told(lent);
  }

  #lent(member: Member<C>): Lent<C> {
    const connection = member.connection!;
    member.uses++;
    this.counters.acquired++;
    if (this.#settings.allowExitOnIdle) connection.ref();
    return { member, connection };
  }

  /** Only when it has its owner: what a listener does then cannot take it away from him. */
  #told({ connection }: Lent<C>): void {
    this.events.publish('acquire', { processId: connection.processId });
  }

  /**
   * Is it still there? After a short rest the event loop turns twice, so that an end that has arrived is seen; after a long one the
   * server is asked. A server that does not answer at all is gone for those that rest as long, too.
   */
  async #look(member: Member<C>): Promise<void> {
    const connection = member.connection!;
    this.#promised++;
    if (this.#settings.allowExitOnIdle) connection.ref();
    let failure: unknown;
    try {
      if (performance.now() - member.idleSince >= this.#checkAfter) await connection.check();
      else await twoTurns();
    } catch (error) {
      failure = error;
    }
    this.#promised--;
    const elders = failure instanceof TimeoutError ? member.idleSince : -1;
    if (this.accounts.placeOf(member) === 'busy') {
      if (failure !== undefined || connection.closed) this.#remove(member, 'invalid', failure);
      else this.#serve(member);
    }
    for (const other of this.accounts.idleMembers()) {
      if (other.idleSince <= elders) this.#remove(other, 'invalid', failure);
    }
    this.#work();
  }

  // Coming back

  async #restore(member: Member<C>, connection: C): Promise<void> {
    let failure: unknown;
    try {
      await connection.restore();
    } catch (error) {
      failure = error;
    }
    // Meanwhile it may have been lost, or the pool been ended by force.
    if (this.accounts.placeOf(member) !== 'busy') return;
    if (failure !== undefined || !connection.clean) this.#remove(member, 'unclean', failure);
    else if (this.ended) this.#remove(member, 'end');
    else this.#rest(member);
  }

  #rest(member: Member<C>): void {
    const { maxUses, allowExitOnIdle } = this.#settings;
    const now = performance.now();
    if (maxUses !== undefined && member.uses >= maxUses) this.#remove(member, 'uses');
    else if (now >= member.expires) this.#remove(member, 'lifetime');
    else {
      member.idleSince = now;
      if (member.uses > 0) this.#reach.proven();
      this.accounts.returned(member);
      if (allowExitOnIdle) member.connection?.unref();
      this.#upkeep.at(member.expires);
    }
  }

  /** Out of the accounts at once; the goodbye to the server takes its time. */
  #remove(member: Member<C>, reason: PoolRemoveReason, error?: unknown): void {
    const { connection } = member;
    if (!this.accounts.remove(member) || connection === undefined) return;
    this.counters.removed++;
    // A goodbye that nobody can hear, or that would wait for what is under way, is left out.
    if (error instanceof TimeoutError || (reason === 'error' && connection.busy))
      connection.destroy(new PoolError('The connection was taken out of its pool', { cause: error }));
    else if (!connection.closed) this.#closing.close(connection);
    this.events.publish('remove', {
      processId: connection.processId,
      reason,
      ...(error === undefined ? {} : { error }),
    });
    this.#closing.settle();
  }

  // Opening

  #openMore(): void {
    const { accounts } = this;
    for (;;) {
      const needed = this.#waiters.length > this.#promised + accounts.connecting;
      if (!accounts.hasRoom || (!needed && accounts.total >= this.#settings.min)) return;
      if (this.#reach.failures > 0) {
        // One attempt at a time finds out whether the server is back.
        if (accounts.connecting > 0) return;
        const time = this.#reach.notBefore(this.#waiters.length > 0);
        if (performance.now() < time) {
          this.#retry.at(time, this.#waiters.length > 0);
          return;
        }
      }
      this.#openOne();
    }
  }

  #openOne(): void {
    const member = new Member<C>(this.#reach.streak);
    this.accounts.open(member);
    const lost = (error: Error | undefined): void => {
      this.#lost(member, error);
    };
    this.#open(lost, this.#stop.signal).then(
      (connection) => {
        this.#opened(member, connection);
      },
      (error: unknown) => {
        this.#failed(member, error);
      },
    );
  }

  #opened(member: Member<C>, connection: C): void {
    if (this.accounts.placeOf(member) !== 'connecting') {
      connection.destroy(closed());
      return;
    }
    member.connection = connection;
    if (connection.closed) {
      this.#failed(member, new PoolError('A new connection was closed before it could be used'));
      return;
    }
    if (this.ended) {
      this.#remove(member, 'end');
      return;
    }
    const { maxLifetime = Infinity, allowExitOnIdle } = this.#settings;
    member.idleSince = performance.now();
    member.expires = member.idleSince + maxLifetime * 1000 * (1 - lifetimeSpread * Math.random());
    this.#reach.succeeded();
    this.counters.opened++;
    this.accounts.opened(member);
    if (allowExitOnIdle) connection.unref();
    this.#upkeep.at(member.expires);
    this.events.publish('connect', { processId: connection.processId });
    this.#work();
  }

  /**
   * Whoever could be served by nobody else is told at once. What trying again cannot heal is told to the one that has waited longest,
   * also while others may still come back.
   */
  #failed(member: Member<C>, error: unknown): void {
    if (!this.accounts.remove(member)) return;
    this.counters.failed++;
    this.#reach.failed(error, member.failuresBefore);
    this.#closing.settle();
    if (this.accounts.total === 0) this.#waiters.refuseAll(() => error);
    else if (!(error instanceof RedshiftError && error.retryable)) this.#waiters.refuse(error);
    this.#work();
  }

  /** The session is over, and it was not us who ended it: it is out of the accounts, whoever holds it. */
  #lost(member: Member<C>, error: Error | undefined): void {
    const place = this.accounts.placeOf(member);
    if (place !== 'idle' && place !== 'busy') return;
    // A server that lets us in and hangs up at once shall not make us run in circles.
    if (member.uses === 0) {
      if (performance.now() - member.idleSince > provenAfter) this.#reach.proven();
      this.#reach.failed(error, member.failuresBefore);
    }
    this.#remove(member, 'lost', error);
    this.#work();
  }

  // Upkeep

  #tidy(): void {
    const now = performance.now();
    const { min } = this.#settings;
    for (const member of this.accounts.idleMembers()) {
      if (now >= member.expires) this.#remove(member, 'lifetime');
      else if (this.accounts.total > min && now >= this.#idleEnd(member)) this.#remove(member, 'idle');
    }
    for (const { expires } of this.accounts.idleMembers()) this.#upkeep.at(expires);
    this.#work();
  }

  #planUpkeep(): void {
    const { longestIdle, total } = this.accounts;
    if (longestIdle !== undefined && total > this.#settings.min) this.#upkeep.at(this.#idleEnd(longestIdle));
  }

  #idleEnd({ idleSince }: Member<C>): number {
    const { idleTimeout } = this.#settings;
    return idleTimeout === undefined ? Infinity : idleSince + idleTimeout * 1000;
  }

  // The end

  async #end(timeout: number): Promise<void> {
    // `ended` is true for whatever the listeners of the events below call.
    await Promise.resolve();
    this.#upkeep.stop();
    this.#retry.stop();
    this.#waiters.refuseAll(closed);
    this.#stop.abort(closed());
    for (const member of this.accounts.idleMembers()) this.#remove(member, 'end');
    await this.#closing.finish(timeout, () => {
      const text = `The pool was ended, and the connection was not released within ${String(timeout)} seconds`;
      for (const member of this.accounts.members()) {
        const { connection } = member;
        this.#remove(member, 'end');
        connection?.destroy(new PoolError(text));
      }
    });
  }

  #late(timeout: number): TimeoutError {
    const { busy, idle, connecting, max } = this.accounts;
    const others = this.#waiters.length - 1;
    const { failures, lastError } = this.#reach;
    const server =
      failures > 0
        ? `The server could not be reached: ${lastError instanceof Error ? lastError.message : 'the last attempt failed'}`
        : connecting > 0
          ? 'An attempt to connect is still without an answer'
          : 'The server was reachable: the connections were not released in time';
    return new TimeoutError(
      `No connection within acquireTimeout (${String(timeout)} seconds): of at most ${String(max)} connections ${String(busy)} busy, ` +
        `${String(idle)} idle, ${String(connecting)} connecting; ${String(others)} other ${others === 1 ? 'call' : 'calls'} waiting. ${server}`,
      { phase: 'acquire', retryable: true, sent: false, ...(failures > 0 ? { cause: lastError } : {}) },
    );
  }
}

function closed(): PoolError {
  return new PoolError('The pool is closed: end() was called', { sent: false });
}

/** Whatever the kernel holds for our sockets has been read when this is over: the first turn may be in the middle of reading. */
function twoTurns(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
