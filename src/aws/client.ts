/**
 * What all clients of the AWS SDK here have in common: region, endpoint, proxy, certificates, tries and the login's clock.
 * It imports no client and keeps nothing between two calls.
 */
import { Agent as PlainAgent, type ClientRequestArgs } from 'node:http';
import type { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import { ArgumentError, type LoginStage } from '../errors.js';
import { mostTries, retryUntil } from './retries.js';
import { unlessAborted } from './unless-aborted.js';

/** Keys to AWS, permanent or temporary; the shape of the AWS SDK's identities. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Undefined: they do not expire. */
  readonly expiration?: Date | undefined;
}

/** Who gives the agents of a login's calls to AWS: HttpClient of http.ts. */
export interface AwsAgents {
  /** For one client of the AWS SDK (`requestHandler: { httpsAgent }`); undefined: the SDK's own will do. */
  awsAgent(): Promise<Agent | undefined>;
  /** Told who is asked next, for the error when it never answers. */
  asked?(stage: LoginStage, whom: string): void;
}

export interface ClientSettings {
  readonly region: string;
  readonly keys: AwsKeys;
  /** Instead of the service's own; `https`, or `http` on this machine. Undefined: the SDK's, which AWS_ENDPOINT_URL may change. */
  readonly endpointUrl?: string | undefined;
  /** The profile of AWS's shared files whose settings hold (`max_attempts`); undefined: AWS_PROFILE, or `default`. */
  readonly profile?: string | undefined;
  readonly http: AwsAgents;
  readonly signal: AbortSignal;
}

/** What each call of a client has to be given. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/** Milliseconds for one try: to connect, and from the request to the answer. The login's clock is the bound over all. */
const limits = { connectionTimeout: 10_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

/** What every client is made with. */
export type ClientConfig = Awaited<ReturnType<typeof configOf>> & {
  readonly retryStrategy: ReturnType<typeof retryUntil>;
};

/** What a client of the SDK is to us. */
interface Client {
  /** AWS_MAX_ATTEMPTS, else `max_attempts` of the profile, else the SDK's own. */
  readonly config: { readonly maxAttempts: () => Promise<number> };
  destroy(): void;
}

/**
 * Makes a client for one call, which ends with the signal even where the SDK does not look at it.
 *
 * @throws the signal's reason when it was aborted, else what the SDK says
 */
export async function lend<C extends Client, T>(
  settings: Omit<ClientSettings, 'keys'>,
  make: (config: ClientConfig) => C,
  call: (client: C, options: CallOptions) => Promise<T>,
): Promise<T> {
  const { signal } = settings;
  const config = await configOf(settings);
  // The strategy is part of what the client is made with, and asks it for its setting.
  const retryStrategy = retryUntil(signal, () => mostTries(client.config.maxAttempts));
  const client = make({ ...config, retryStrategy });
  try {
    return await unlessAborted(call(client, { abortSignal: signal }), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    client.destroy();
  }
}

/** `requestHandler` for any client: the login's agents, and a bound on each try. */
export async function requestHandler(
  http: AwsAgents,
): Promise<typeof limits & { readonly httpAgent: PlainAgent; readonly httpsAgent?: Agent }> {
  const httpsAgent = await http.awsAgent();
  return { ...limits, httpAgent: new HereAgent(), ...(httpsAgent === undefined ? {} : { httpsAgent }) };
}

/** AWS_ENDPOINT_URL and the shared files of AWS may name plain http as well. */
class HereAgent extends PlainAgent {
  override createConnection(
    options: ClientRequestArgs,
    callback: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (isHere(options.host ?? '')) return super.createConnection(options, callback);
    // There is no stream with an error.
    (callback as (error: Error) => void)(new ArgumentError(`${httpsOnly}; check AWS_ENDPOINT_URL`));
    return undefined;
  }
}

async function configOf({ region, endpointUrl, profile, http, signal }: Omit<ClientSettings, 'keys'>) {
  signal.throwIfAborted();
  return {
    region: regionName(region),
    ...(endpointUrl === undefined ? {} : { endpoint: endpoint(endpointUrl) }),
    ...(profile === undefined ? {} : { profile }),
    requestHandler: await requestHandler(http),
    customUserAgent: 'redshift-connector',
  };
}

/**
 * The SDK tells "not given" from "given as undefined". Keys go into headers, which take no line end; that of a file's last
 * line is easily read along, and would else be a wrong signature or an error of Node about a header.
 */
export function identityOf({ accessKeyId, secretAccessKey, sessionToken, expiration }: AwsKeys) {
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken })) {
    if (value !== undefined && !/^[\x21-\x7e]*$/.test(value)) {
      throw new ArgumentError(
        `The ${name} of the AWS keys holds a blank, a line end or a character beyond ASCII; if it comes from a file, cut off the end of the last line`,
      );
    }
  }
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}

/** A region becomes part of a host name, so nothing else may be in it. */
function regionName(region: string): string {
  if (/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(region)) return region;
  throw new ArgumentError(`Option region: "${region.slice(0, 40)}" is no AWS region; write it as us-east-1`);
}

/** The answer holds a password: it travels encrypted, or not at all. */
function endpoint(url: string): string {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  if (protocol === 'https:' || (protocol === 'http:' && isHere(hostname))) return url;
  throw new ArgumentError(httpsOnly);
}

const httpsOnly = 'An AWS endpoint has to be an https URL (http only on this machine)';

function isHere(host: string): boolean {
  return /^(?:localhost|::1|\[::1\]|127(?:\.\d{1,3}){3})$/.test(host);
}
