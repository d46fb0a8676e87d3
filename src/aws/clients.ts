/**
 * The one place that imports the AWS SDK's clients of Redshift, Redshift Serverless and STS, each on first use: region,
 * endpoint, proxy, certificates, retries and the login's clock are the same for all. Rejects with the SDK's own errors;
 * nothing here is kept between two calls.
 */
import type { Agent } from 'node:https';
import type { Redshift } from '@aws-sdk/client-redshift';
import type { RedshiftServerless } from '@aws-sdk/client-redshift-serverless';
import { ArgumentError } from '../errors.js';
import { maxAttempts, retryUntil } from './retries.js';
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
}

export interface ClientSettings {
  readonly region: string;
  readonly keys: AwsKeys;
  /** Instead of the service's own; `https`, or `http` on this machine. Undefined: the SDK's, which AWS_ENDPOINT_URL may change. */
  readonly endpointUrl?: string | undefined;
  readonly http: AwsAgents;
  readonly signal: AbortSignal;
}

/** What each call of a client has to be given. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/** Milliseconds for one try: to connect, and from the request to the answer. The login's clock is the bound over all. */
const limits = { connectionTimeout: 10_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

/**
 * Lends a client of the Redshift API; it is gone when the call is over.
 *
 * @example
 * await redshift(settings, (api, options) => api.describeClusters({ ClusterIdentifier: 'sales' }, options));
 */
export async function redshift<T>(
  settings: ClientSettings,
  call: (api: Redshift, options: CallOptions) => Promise<T>,
): Promise<T> {
  const { Redshift } = await import('@aws-sdk/client-redshift');
  return lend(new Redshift(await configOf(settings)), settings.signal, call);
}

/** The same for Redshift Serverless. */
export async function redshiftServerless<T>(
  settings: ClientSettings,
  call: (api: RedshiftServerless, options: CallOptions) => Promise<T>,
): Promise<T> {
  const { RedshiftServerless } = await import('@aws-sdk/client-redshift-serverless');
  return lend(new RedshiftServerless(await configOf(settings)), settings.signal, call);
}

export interface AssumeRoleRequest {
  readonly region: string;
  readonly roleArn: string;
  readonly principalArn: string;
  /** Base64, as the identity provider gave it. */
  readonly samlAssertion: string;
  /** 900 to 43,200; undefined: the role's own. */
  readonly durationSeconds?: number | undefined;
  readonly endpointUrl?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * STS AssumeRoleWithSAML: unsigned, the assertion is the proof, so no AWS credentials are looked for.
 *
 * @throws the SDK's error: ExpiredTokenException, InvalidIdentityTokenException, IDPRejectedClaimException …
 */
export async function assumeRoleWithSaml(request: AssumeRoleRequest, http: AwsAgents): Promise<AwsKeys> {
  const { STS } = await import('@aws-sdk/client-sts');
  const { region, endpointUrl, signal } = request;
  const { credentials: _none, ...config } = await configOf({ region, endpointUrl, signal, http });
  const answer = await lend(new STS(config), signal, (api, options) =>
    api.assumeRoleWithSAML(
      {
        RoleArn: request.roleArn,
        PrincipalArn: request.principalArn,
        SAMLAssertion: request.samlAssertion,
        ...(request.durationSeconds === undefined ? {} : { DurationSeconds: request.durationSeconds }),
      },
      options,
    ),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error('STS answered without credentials');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

export interface IdentityCenterTokenRequest {
  readonly service: 'provisioned' | 'serverless';
  /** The cluster identifier, or the work group. */
  readonly name: string;
  readonly region: string;
  readonly keys: AwsKeys;
  readonly endpointUrl?: string | undefined;
  readonly signal: AbortSignal;
}

/** GetIdentityCenterAuthToken: a database token for the Identity Center user that the AWS keys stand for. */
export async function identityCenterToken(
  { service, name, ...request }: IdentityCenterTokenRequest,
  http: AwsAgents,
): Promise<{ readonly token: string | undefined; readonly expiration: Date | undefined }> {
  const settings = { ...request, http };
  if (service === 'serverless') {
    const answer = await redshiftServerless(settings, (api, options) =>
      api.getIdentityCenterAuthToken({ workgroupNames: [name] }, options),
    );
    return { token: answer.token, expiration: answer.expirationTime };
  }
  const answer = await redshift(settings, (api, options) =>
    api.getIdentityCenterAuthToken({ ClusterIds: [name] }, options),
  );
  return { token: answer.Token, expiration: answer.ExpirationTime };
}

/** The region that the SDK would take by itself: AWS_REGION, then the profile's. Undefined where neither tells. */
export async function defaultRegion(
  profile: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { Redshift } = await import('@aws-sdk/client-redshift');
  const client = new Redshift(profile === undefined ? {} : { profile });
  try {
    return await unlessAborted(client.config.region(), signal);
  } catch {
    // "Region is missing", or a shared file that cannot be read: whoever needs the region says so.
    signal.throwIfAborted();
    return undefined;
  } finally {
    client.destroy();
  }
}

/**
 * A client's call, which ends with the signal even where the SDK does not look at it.
 *
 * @throws the signal's reason when it was aborted, else what the SDK says
 */
async function lend<C extends { destroy(): void }, T>(
  client: C,
  signal: AbortSignal,
  call: (client: C, options: CallOptions) => Promise<T>,
): Promise<T> {
  try {
    return await unlessAborted(call(client, { abortSignal: signal }), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    client.destroy();
  }
}

/** `requestHandler` for any client: the login's agent, and a bound on each try. */
export async function requestHandler(
  http: AwsAgents,
): Promise<typeof limits & { readonly httpsAgent?: Agent }> {
  const httpsAgent = await http.awsAgent();
  return { ...limits, ...(httpsAgent === undefined ? {} : { httpsAgent }) };
}

async function configOf(settings: Omit<ClientSettings, 'keys'> & { readonly keys?: AwsKeys }) {
  const { region, endpointUrl, keys, http, signal } = settings;
  signal.throwIfAborted();
  return {
    region: regionName(region),
    ...(keys === undefined ? {} : { credentials: identityOf(keys) }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpoint(endpointUrl) }),
    requestHandler: await requestHandler(http),
    maxAttempts,
    retryStrategy: retryUntil(signal),
    customUserAgent: 'redshift-connector',
  };
}

/** The SDK tells "not given" from "given as undefined". */
function identityOf({ accessKeyId, secretAccessKey, sessionToken, expiration }: AwsKeys) {
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
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && here)) return url;
  throw new ArgumentError('An AWS endpoint has to be an https URL (http only on this machine)');
}
