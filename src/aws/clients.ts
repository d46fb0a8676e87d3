/**
 * The one place that imports the AWS SDK's clients of Redshift, Redshift Serverless and STS, each on first use.
 * Rejects with the SDK's own errors; nothing here is kept between two calls.
 */
import type { Redshift } from '@aws-sdk/client-redshift';
import type { RedshiftServerless } from '@aws-sdk/client-redshift-serverless';
import type { Credentials } from '@aws-sdk/client-sts';
import {
  identityOf,
  lend,
  type AwsAgents,
  type AwsKeys,
  type CallOptions,
  type ClientSettings,
} from './client.js';
import { unlessAborted } from './unless-aborted.js';

export type { AwsAgents, AwsKeys, ClientSettings };

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
  const credentials = identityOf(settings.keys);
  settings.http.asked?.('redshift api', `the Redshift API in ${settings.region}`);
  return lend(settings, (config) => new Redshift({ ...config, credentials }), call);
}

/** The same for Redshift Serverless. */
export async function redshiftServerless<T>(
  settings: ClientSettings,
  call: (api: RedshiftServerless, options: CallOptions) => Promise<T>,
): Promise<T> {
  const { RedshiftServerless } = await import('@aws-sdk/client-redshift-serverless');
  const credentials = identityOf(settings.keys);
  settings.http.asked?.('redshift api', `the Redshift Serverless API in ${settings.region}`);
  return lend(settings, (config) => new RedshiftServerless({ ...config, credentials }), call);
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
  http.asked?.('sts', `AWS STS in ${region}`);
  const answer = await lend(
    { region, endpointUrl, signal, http },
    (config) => new STS(config),
    (api, options) =>
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
  return assumed(answer.Credentials);
}

export interface WebIdentityRequest extends Omit<AssumeRoleRequest, 'principalArn' | 'samlAssertion'> {
  readonly roleSessionName: string;
  /** A JSON Web Token. */
  readonly webIdentityToken: string;
}

/**
 * STS AssumeRoleWithWebIdentity: unsigned as well.
 *
 * @throws the SDK's error: ExpiredTokenException, InvalidIdentityTokenException, IDPRejectedClaimException …
 */
export async function assumeRoleWithWebIdentity(
  request: WebIdentityRequest,
  http: AwsAgents,
): Promise<AwsKeys> {
  const { STS } = await import('@aws-sdk/client-sts');
  const { region, endpointUrl, signal } = request;
  const answer = await lend(
    { region, endpointUrl, signal, http },
    (config) => new STS(config),
    (api, options) =>
      api.assumeRoleWithWebIdentity(
        {
          RoleArn: request.roleArn,
          RoleSessionName: request.roleSessionName,
          WebIdentityToken: request.webIdentityToken,
          ...(request.durationSeconds === undefined ? {} : { DurationSeconds: request.durationSeconds }),
        },
        options,
      ),
  );
  return assumed(answer.Credentials);
}

function assumed(credentials: Credentials | undefined): AwsKeys {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
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

/**
 * The region that the SDK would take by itself: AWS_REGION, then the profile's. Else AWS_DEFAULT_REGION, which the SDKs of
 * other languages and the AWS CLI read and this one does not. Undefined where none tells.
 */
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
    return process.env['AWS_DEFAULT_REGION'] || undefined;
  } finally {
    client.destroy();
  }
}
