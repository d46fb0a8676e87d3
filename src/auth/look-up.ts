/**
 * What AWS and DNS say about where a database is and which options belong to it: asked once for all connections that are
 * opened in the same few minutes. It keeps no credentials; cache.ts does.
 */
import type { FlowConfig } from '../config/login-config.js';
import type { CredentialsCache, Held } from './cache.js';
import type { AwsKeys } from './provider.js';

/**
 * Milliseconds, the cache's margin of a minute among them: a cluster hardly ever moves, and whoever changes a profile does not
 * want to wait for long. What turned out to be wrong is forgotten at once (`Held.forget`).
 */
const kept = 360_000;

export interface LookUp<T> {
  /** Of `cacheKey`: all that the answer depends on, and who asks. */
  readonly key: string;
  readonly find: (signal: AbortSignal) => Promise<T>;
  /** With `iamDisableCache` nothing is kept, nor shared. */
  readonly flow: FlowConfig;
  readonly cache: CredentialsCache;
  readonly signal: AbortSignal;
}

export async function lookUp<T>({ key, find, flow, cache, signal }: LookUp<T>): Promise<Held<T>> {
  if (flow.cache === 'off') return unkept(await find(signal));
  return cache.get<T>({
    key,
    signal,
    fetch: async (until) => {
      const value = await find(until);
      return { value, expiration: new Date(Date.now() + kept) };
    },
  });
}

/** Whose answer it is: what one identity may see, another one may not. */
export function identityOf(keys: AwsKeys): readonly unknown[] {
  return [keys.accessKeyId, keys.secretAccessKey, keys.sessionToken];
}

/** What nobody else is given. */
export function unkept<T>(value: T): Held<T> {
  return { value, cached: false, forget: () => Promise.resolve() };
}
