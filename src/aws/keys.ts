/**
 * AWS keys from where AWS users keep them: shared profiles, the instance's role, the SDK's whole chain. The one place
 * that imports `@aws-sdk/credential-providers`, on first use. Keys that expire are kept until five minutes before, so
 * that a pool does not ask SSO, a process or the instance for every connection.
 */
import { createHash } from 'node:crypto';
import { requestHandler, type AwsAgents, type AwsKeys } from './client.js';
import { unlessAborted } from './unless-aborted.js';

export type KeyPlace =
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'instance' }
  | { readonly kind: 'default' };

/** Milliseconds before the end of keys at which new ones are fetched; the SDK does the same. */
const margin = 300_000;

interface Kept {
  readonly keys: Promise<AwsKeys>;
  /** Milliseconds since 1970; undefined: they are on their way. */
  until?: number;
  /** How many logins wait for them. */
  waiting: number;
}
const kept = new Map<string, Kept>();

/** @throws the SDK's error, CredentialsProviderError for most */
export async function findKeys(
  place: KeyPlace,
  region: string | undefined,
  http: AwsAgents,
  signal: AbortSignal,
): Promise<AwsKeys> {
  signal.throwIfAborted();
  const name = placeName(place);
  const known = kept.get(name);
  const entry =
    known !== undefined && (known.until ?? Infinity) > Date.now()
      ? known
      : keep(name, fetchKeys(place, region, http));
  entry.waiting++;
  try {
    return await unlessAborted(entry.keys, signal);
  } finally {
    entry.waiting--;
    // Nobody waits any more for a source that does not answer (a credential process, say): the next login asks anew.
    if (entry.waiting === 0 && entry.until === undefined) drop(name, entry);
  }
}

function keep(name: string, keys: Promise<AwsKeys>): Kept {
  const entry: Kept = { keys, waiting: 0 };
  kept.set(name, entry);
  const forget = (): void => {
    drop(name, entry);
  };
  keys.then(({ expiration }) => {
    if (expiration === undefined) forget();
    else entry.until = expiration.getTime() - margin;
  }, forget);
  return entry;
}

function drop(name: string, entry: Kept): void {
  if (kept.get(name) === entry) kept.delete(name);
}

/** AWS refused these keys: whoever asks next gets new ones. */
export function forgetKeys({ accessKeyId }: AwsKeys): void {
  for (const [name, entry] of kept) {
    if (entry.until === undefined) continue;
    entry.keys.then(
      (keys) => {
        if (keys.accessKeyId === accessKeyId) drop(name, entry);
      },
      () => undefined,
    );
  }
}

async function fetchKeys(place: KeyPlace, region: string | undefined, http: AwsAgents): Promise<AwsKeys> {
  const providers = await import('@aws-sdk/credential-providers');
  const clients = {
    clientConfig: { requestHandler: await requestHandler(http) },
    // Where a profile names no region, the role is assumed in the database's.
    ...(region === undefined ? {} : { parentClientConfig: { region } }),
    // Files that were rotated since the process began count.
    ignoreCache: true,
  };
  switch (place.kind) {
    case 'profile':
      return providers.fromIni({ ...clients, profile: place.profile })();
    case 'instance':
      return providers.fromInstanceMetadata({ timeout: 2000, maxRetries: 2 })();
    case 'default':
      return providers.fromNodeProviderChain(clients)();
  }
}

/** All that decides which keys are found. Hashed, since the environment may hold keys itself. */
function placeName(place: KeyPlace): string {
  const given = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_') || name === 'HOME');
  return createHash('sha256')
    .update(JSON.stringify([place, given.sort(([a], [b]) => (a < b ? -1 : 1))]))
    .digest('hex');
}
