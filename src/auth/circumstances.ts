/**
 * How a login reaches the world and whom it asks, apart from its options: the proxy, the certificates that it trusts, who
 * opens its pages. Logins that differ in this are never one.
 */
import { cacheKey } from './cache.js';
import type { HttpClient } from './provider.js';

const known = new WeakMap<HttpClient, string>();

/** Remembered by the client of the one login, as a digest: a proxy has a password. */
export function noteCircumstances(http: HttpClient, parts: readonly unknown[]): void {
  known.set(http, cacheKey('circumstances', parts));
}

/** Undefined: it is nobody's whom we made it for. */
export function circumstancesOf(http: HttpClient): string | undefined {
  return known.get(http);
}
