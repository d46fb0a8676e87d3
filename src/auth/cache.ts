/**
 * Logins that may be used again: by key, until a minute before they expire, one fetch for all who ask at once. Failures
 * are never kept, and nothing is written anywhere unless the user hands in a store. It knows no provider.
 */
import { createHash } from 'node:crypto';
import { unlessAborted } from '../aws/unless-aborted.js';
import { numberOf } from './number-of.js';

/**
 * Where logins may be kept beyond this process: the option `credentialsCache`. Keys are hashes; values are text with
 * secrets in it, so encrypt them and let nobody else read them. What a store throws costs a login, nothing else. One store
 * is for one person: where several log in through one program, in a browser each, give each of them a store of their own.
 *
 * @example
 * const store: CredentialsStore = {
 *   get: (key) => keychain.read(key),
 *   set: (key, value, expiration) => keychain.write(key, value, { expiration }),
 *   delete: (key) => keychain.remove(key),
 * };
 */
export interface CredentialsStore {
  /** Undefined or null: there is none. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  set(key: string, value: string, expiration: Date): unknown;
  delete(key: string): unknown;
}

/** What was fetched. Without an expiration it is handed to those who wait for it, and not kept. */
export interface Fetched<T> {
  readonly value: T;
  readonly expiration: Date | undefined;
}

/** What somebody was given. */
export interface Held<T> {
  readonly value: T;
  /** From an earlier fetch: whoever refuses it may take a newer one. */
  readonly cached: boolean;
  /** It was refused: it is given to nobody again. A newer one under the same key stays. */
  readonly forget: () => Promise<void>;
}

export interface CacheRequest<T> {
  /** Of `cacheKey`. */
  readonly key: string;
  /** The signal aborts when nobody waits for the answer any more. */
  readonly fetch: (signal: AbortSignal) => Promise<Fetched<T>>;
  /** Of the one who asks: it gives up waiting; the fetch goes on while others wait. */
  readonly signal: AbortSignal;
  /** Who is asked in person, if not whoever sits at this machine: nobody is given what another person opened. */
  readonly person?: object | undefined;
  /** What is kept elsewhere: where, and how it is read back (undefined: it is not what it should be). */
  readonly store?: CredentialsStore | undefined;
  readonly revive?: ((value: unknown) => T | undefined) | undefined;
  /** Told when the store fails; never with a value. */
  readonly log?: ((line: string) => void) | undefined;
}

/** AWS may refuse what is about to expire, and the login itself takes a while (aws/amazon-redshift-jdbc-driver#97). */
const margin = 60_000;
/** Far more than the logins of one process; a bound all the same. */
const mostEntries = 10_000;

interface Entry {
  readonly value: unknown;
  /** Milliseconds since the epoch, the margin taken off. */
  readonly until: number;
}

interface Flight {
  readonly answer: Promise<{ readonly entry: Entry; readonly cached: boolean }>;
  readonly controller: AbortController;
  waiters: number;
}

/** Part by part, nothing dropped and nothing run together: two lists that differ have keys that differ. */
export function cacheKey(kind: string, parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...parts.map((part) => part ?? null)]))
    .digest('hex');
}

/** What two stores hold, or two people opened, is not mixed in this process either. */
function placeOf({ key, store, person }: CacheRequest<unknown>): string {
  return `${key} ${String(numberOf(store))} ${String(numberOf(person))}`;
}

export class CredentialsCache {
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  /** Refused, and perhaps still in the store: the next fetch does not look there. */
  readonly #refused = new Set<string>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** What is kept under the key, or what `fetch` gives; all who ask while it is fetched share the one answer, or its error. */
  async get<T>(request: CacheRequest<T>): Promise<Held<T>> {
    const { signal } = request;
    signal.throwIfAborted();
    const place = placeOf(request);
    const kept = this.#entries.get(place);
    if (kept !== undefined && kept.until > this.#now()) return this.#held(request, kept, true);
    const flight = this.#flights.get(place) ?? this.#takeOff(request);
    flight.waiters++;
    try {
      const { entry, cached } = await unlessAborted(flight.answer, signal);
      return this.#held(request, entry, cached);
    } finally {
      flight.waiters--;
      if (flight.waiters === 0 && signal.aborted) {
        // Nobody may join what is about to end.
        if (this.#flights.get(place) === flight) this.#flights.delete(place);
        flight.controller.abort(signal.reason);
      }
    }
  }

  /** Forgets everything that is kept in this process, and keeps nothing of a fetch that is under way. */
  clear(): void {
    this.#entries.clear();
    this.#flights.clear();
  }

  #held<T>(request: CacheRequest<T>, entry: Entry, cached: boolean): Held<T> {
    const { key, store, signal } = request;
    const place = placeOf(request);
    const forget = async (): Promise<void> => {
      if (this.#entries.get(place) !== entry) return;
      this.#entries.delete(place);
      if (store === undefined) return;
      this.#refused.add(place);
      await quietly(() => store.delete(key), signal, request.log);
    };
    return { value: entry.value as T, cached, forget };
  }

  #takeOff<T>(request: CacheRequest<T>): Flight {
    const place = placeOf(request);
    const controller = new AbortController();
    const flight: Flight = { answer: this.#fly(request, controller.signal), controller, waiters: 0 };
    this.#flights.set(place, flight);
    const landed = (): void => {
      if (this.#flights.get(place) === flight) this.#flights.delete(place);
    };
    flight.answer.then(({ entry }) => {
      // A forgotten or abandoned flight keeps nothing.
      const current = this.#flights.get(place) === flight;
      landed();
      if (current && entry.until > this.#now()) this.#keep(place, entry);
    }, landed);
    return flight;
  }

  async #fly<T>(request: CacheRequest<T>, signal: AbortSignal): Promise<{ entry: Entry; cached: boolean }> {
    const { key, store, log } = request;
    // Without a store the fetch begins at once.
    const look = store !== undefined && !this.#refused.delete(placeOf(request));
    const stored = look ? await this.#stored(request, signal) : undefined;
    if (stored !== undefined) return { entry: stored, cached: true };
    const { value, expiration } = await request.fetch(signal);
    // An invalid Date is no time to rely on.
    const until = expiration === undefined ? NaN : expiration.getTime() - margin;
    if (expiration !== undefined && until > this.#now() && store !== undefined) {
      const text = JSON.stringify({ version: 1, key, expiration: expiration.getTime(), value });
      await quietly(() => store.set(key, text, expiration), signal, log);
    }
    return { entry: { value, until: Number.isNaN(until) ? 0 : until }, cached: false };
  }

  /** What a store gives may be old, of another version, or anything. */
  async #stored<T>(request: CacheRequest<T>, signal: AbortSignal): Promise<Entry | undefined> {
    const { key, store, revive, log } = request;
    if (store === undefined || revive === undefined) return undefined;
    const text = await quietly(() => store.get(key), signal, log);
    if (typeof text !== 'string') return undefined;
    try {
      const read = JSON.parse(text) as Partial<Record<string, unknown>> | null;
      if (read?.['version'] !== 1 || typeof read['expiration'] !== 'number') return undefined;
      // A store that mixes its entries up must not let anybody in as somebody else.
      if (read['key'] !== key) return undefined;
      const until = read['expiration'] - margin;
      const value = revive(read['value']);
      return value !== undefined && until > this.#now() ? { value, until } : undefined;
    } catch {
      return undefined;
    }
  }

  #keep(place: string, entry: Entry): void {
    const now = this.#now();
    for (const [other, { until }] of this.#entries) if (until <= now) this.#entries.delete(other);
    // The oldest goes; Maps keep the order of insertion.
    if (this.#entries.size >= mostEntries) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(place, entry);
  }
}

/**
 * Milliseconds that a store may take: a keychain may ask its owner, but one that never answers (a server that is away) must
 * not cost the login.
 */
const patience = 30_000;

/** A call of the user's store: what it throws is told without its text, which may hold anything. */
async function quietly<T>(
  call: () => T | Promise<T>,
  signal: AbortSignal,
  log: ((line: string) => void) | undefined,
): Promise<T | undefined> {
  const enough = new AbortController();
  const timer = setTimeout(() => {
    enough.abort();
  }, patience);
  try {
    return await unlessAborted(Promise.resolve().then(call), AbortSignal.any([signal, enough.signal]));
  } catch {
    signal.throwIfAborted();
    const what = enough.signal.aborted ? `has not answered for ${String(patience / 1000)} seconds` : 'failed';
    log?.(`The store given as credentialsCache ${what}; the login goes on without it`);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** The one of this process. */
export const credentialsCache = new CredentialsCache();
