/**
 * How often and how fast a call to AWS is tried again: for faults that pass by themselves, as often as AWS's settings say
 * (five times without), and never longer than the login's clock. Never tries what the service refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** What the AWS SDK says of a failed try ("retry strategy" of its clients, version 2). */
interface FailedTry {
  readonly errorType: 'TRANSIENT' | 'THROTTLING' | 'SERVER_ERROR' | 'CLIENT_ERROR';
}
interface Try {
  getRetryCount(): number;
  getRetryDelay(): number;
}

/** JDBC's number for AWS that throttles; the SDK's own is too few where many programs start at once. */
const usual = 5;
/** What the SDK says where nobody has set anything ("Retry behavior", AWS SDKs and Tools Reference Guide). */
const sdkDefault = 3;

/**
 * AWS_MAX_ATTEMPTS, else `max_attempts` of the profile, as the SDK reads them. (A profile that sets the SDK's own default
 * looks like one that sets nothing.) AWS_RETRY_MODE changes nothing here: `adaptive` differs from `standard` in what one
 * client's calls learn from each other, and ours make one call each.
 */
export async function mostTries(configured: () => Promise<number>): Promise<number> {
  const most = await configured();
  const { AWS_MAX_ATTEMPTS: said } = process.env;
  return most === sdkDefault && (said === undefined || said === '') ? usual : most;
}

/** Milliseconds before the second try; doubled each time, up to `longest`. AWS asks for slower ones when it throttles. */
const firstDelay = { throttled: 500, other: 100 };
const longest = 4000;

/**
 * As the SDK's own standard strategy, with two differences: a wait ends with the signal, timer and all (the SDK's timer
 * keeps the process for seconds after the caller has gone), and one login's failures never slow down another's.
 */
export function retryUntil(
  signal: AbortSignal,
  most: () => Promise<number> = () => Promise.resolve(usual),
): {
  acquireInitialRetryToken(): Promise<Try>;
  refreshRetryTokenForRetry(last: Try, failed: FailedTry): Promise<Try>;
  recordSuccess(): void;
} {
  const nth = (count: number): Try => ({ getRetryCount: () => count, getRetryDelay: () => 0 });
  return {
    acquireInitialRetryToken: () => Promise.resolve(nth(0)),
    refreshRetryTokenForRetry: async (last, { errorType }) => {
      const tried = last.getRetryCount() + 1;
      // The SDK goes on with the error of the last try when there is no next one.
      if (errorType === 'CLIENT_ERROR' || tried >= (await most())) throw new Error('No further try');
      const base = errorType === 'THROTTLING' ? firstDelay.throttled : firstDelay.other;
      // Between half and the whole of it, so that clients that failed together do not come back together.
      const delay = Math.min(base * 2 ** (tried - 1), longest) * (0.5 + Math.random() / 2);
      await sleep(delay, undefined, { signal });
      return nth(tried);
    },
    recordSuccess: () => undefined,
  };
}
