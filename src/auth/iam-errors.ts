/**
 * Errors of AWS as errors of a login: AWS's own name and message, and what to do. The SDK's error objects are never
 * handed on as they are: hidden fields of theirs hold whole answers, and an answer may hold a password.
 */
import { AuthenticationError, RedshiftError, type LoginStage } from '../errors.js';
import { isAnswerOfAws, otherAnswerer, unreadable } from './aws-answer.js';
import type { AwsKeys } from './provider.js';

/** What was being done when it failed. */
export interface AwsAttempt {
  /** `GetClusterCredentials`; undefined while keys are looked for. */
  readonly action: string | undefined;
  /** What was asked about, where the options do not say it: `cluster sales in us-east-1`. */
  readonly subject?: string | undefined;
  readonly stage: LoginStage;
  /** What must not be seen, should AWS repeat it. */
  readonly keys?: AwsKeys | undefined;
  /** More of that. */
  readonly hidden?: readonly string[] | undefined;
  readonly plugin?: string | undefined;
  /** Better advice than the usual one, by the error's name. */
  readonly hints?: Readonly<Record<string, string>> | undefined;
}

interface Advice {
  readonly hint: string;
  readonly retryable?: true;
}

const permissions: Readonly<Record<string, string>> = {
  GetClusterCredentials:
    'the AWS identity needs redshift:GetClusterCredentials on the dbuser and the dbname, redshift:JoinGroup on each of dbGroups, and redshift:CreateClusterUser for autoCreate',
  GetClusterCredentialsWithIAM: 'the AWS identity needs redshift:GetClusterCredentialsWithIAM on the dbname',
  DescribeAuthenticationProfiles: 'the AWS identity needs redshift:DescribeAuthenticationProfiles',
  GetIdentityCenterAuthToken:
    'the AWS identity needs redshift:GetIdentityCenterAuthToken, for a work group redshift-serverless:GetIdentityCenterAuthToken',
  GetCredentials: 'the AWS identity needs redshift-serverless:GetCredentials on the work group',
  GetWorkgroup: 'the AWS identity needs redshift-serverless:GetWorkgroup, or give host and port',
  DescribeClusters: 'the AWS identity needs redshift:DescribeClusters, or give host and port',
  DescribeCustomDomainAssociations:
    'the AWS identity needs redshift:DescribeCustomDomainAssociations, or give clusterIdentifier',
};

const expired = {
  hint: 'the AWS credentials have expired: renew sessionToken, or log in to AWS again (aws sso login)',
};
const unknownKey = {
  hint: 'AWS does not know this accessKeyId: check it, and give sessionToken with temporary keys',
};
const badSignature = { hint: 'check secretAccessKey, and the clock of this machine' };
const throttled: Advice = {
  hint: 'AWS limits how often it can be asked: leave the cache on (iamDisableCache: false), or connect less often',
  retryable: true,
};
const noAnswer: Advice = {
  hint: 'AWS gave no answer: check region, endpointUrl, proxy and the network',
  retryable: true,
};
const untrusted: Advice = {
  hint: 'the certificate of the AWS endpoint is not trusted: if a proxy opens TLS, give its authority as httpsCa',
};
const noDomain = {
  hint: 'AWS does not know the host as a custom domain name in this region: check host and region, or give clusterIdentifier',
};

/** By the name that the SDK gives an error, or Node's code of what is beneath it. */
const advice: Readonly<Record<string, Advice>> = {
  ClusterNotFoundFault: { hint: 'check clusterIdentifier and region' },
  ResourceNotFoundException: { hint: 'check serverlessWorkGroup and region' },
  CustomDomainAssociationNotFoundFault: noDomain,
  CustomCnameAssociationFault: noDomain,
  AuthenticationProfileNotFoundFault: { hint: 'check authProfile and region' },
  CredentialsProviderError: {
    hint: 'give accessKeyId and secretAccessKey, profile, instanceProfile or credentialsProvider, or what the AWS SDK finds by itself: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, aws sso login, the role of a container or an instance',
  },
  TokenProviderError: { hint: 'log in to AWS again (aws sso login)' },
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: badSignature,
  InvalidClientTokenId: unknownKey,
  UnrecognizedClientException: unknownKey,
  SignatureDoesNotMatch: badSignature,
  InvalidSignatureException: badSignature,
  Throttling: throttled,
  ThrottlingException: throttled,
  TooManyRequestsException: throttled,
  TimeoutError: noAnswer,
  ECONNRESET: noAnswer,
  ECONNREFUSED: noAnswer,
  ENOTFOUND: noAnswer,
  EAI_AGAIN: noAnswer,
  ETIMEDOUT: noAnswer,
  EPIPE: noAnswer,
  CERT_HAS_EXPIRED: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

/** The part of the SDK's errors that is looked at. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** What AWS said, without the SDK's hidden fields. */
export class AwsError extends Error {
  /** HTTP status, where there was an answer. */
  declare readonly status?: number;
  /** For AWS support. */
  declare readonly requestId?: string;
}

/**
 * The error to throw: ours as it is, and an AuthenticationError of anything else.
 * AWS's name of the error stays in the text and is the `name` of the cause.
 */
export function awsFailure(error: unknown, attempt: AwsAttempt): RedshiftError {
  if (error instanceof RedshiftError) return error;
  const cause = cleaned(error, attempt);
  const { name, message, status } = cause;
  const known = adviceFor(error, cause, attempt);
  const { action, subject } = attempt;
  const about = subject === undefined ? '' : ` of ${subject}`;
  const what = action === undefined ? 'No AWS credentials' : `${action}${about} failed`;
  const notAws = message === unreadable;
  const text = notAws
    ? `${what}: ${message}${status === undefined ? '' : ` (HTTP status ${status})`}`
    : `${what}: ${name}: ${known === undefined ? message : message.replace(` (${known.hint})`, '')}`;
  return new AuthenticationError(text, {
    stage: attempt.stage,
    plugin: attempt.plugin,
    hint: known?.hint ?? (notAws ? otherAnswerer('endpointUrl') : undefined),
    retryable: known?.retryable ?? (status !== undefined && status >= 500),
    cause,
  });
}

const refusals = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]);

/** Whether AWS refused the keys themselves, by its name of the error: other keys may be let in. */
export function refusesKeys(name: string): boolean {
  return refusals.has(name);
}

/** The same of an error that `awsFailure` made. */
export function saysKeysRefused(error: unknown): boolean {
  return (
    error instanceof AuthenticationError && error.cause instanceof AwsError && refusesKeys(error.cause.name)
  );
}

/** The name under which AWS knows an error. */
export function awsErrorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function adviceFor(error: unknown, { name, message }: AwsError, attempt: AwsAttempt): Advice | undefined {
  // A proxy's failure says by itself what to do.
  const { hint: given } = (error ?? {}) as { readonly hint?: unknown };
  if (typeof given === 'string') {
    return { hint: given, ...(codeOf(error) === 'ERR_RS_PROXY' ? {} : { retryable: true }) };
  }
  const own = attempt.hints?.[name];
  if (own !== undefined) return { hint: own };
  if (/^(?:AccessDenied|UnauthorizedOperation|NotAuthorized)/.test(name)) {
    const { action } = attempt;
    const hint =
      action === undefined
        ? 'these AWS keys may not assume the role that the profile or the environment names'
        : Object.hasOwn(permissions, action)
          ? permissions[action]!
          : `the AWS identity needs the permission ${action}`;
    return { hint };
  }
  if (/rate exceeded/i.test(message)) return throttled;
  for (const key of [name, codeOf(error)]) {
    if (key !== undefined && Object.hasOwn(advice, key)) return advice[key];
  }
  return undefined;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** What to do about a certificate that is not trusted; undefined: that is not what went wrong. */
export function untrustedHint(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && Object.hasOwn(advice, code) && advice[code] === untrusted
    ? untrusted.hint
    : undefined;
}

const longestMessage = 600;

/**
 * A message of AWS is one line. What comes after it is left out: SignatureDoesNotMatch goes on with the whole request,
 * session token included, and a credential process with what it wrote.
 */
function cleaned(error: unknown, { keys, hidden = [] }: AwsAttempt): AwsError {
  const sdkError = (error instanceof Error ? error : new Error('Unknown error')) as SdkError;
  const { name, message, $metadata } = sdkError;
  const status = $metadata?.httpStatusCode;
  const isAnswer = name !== 'UnknownError' && isAnswerOfAws(sdkError, status);
  const [line = ''] = message.split(/[\r\n]/);
  const secrets = [keys?.secretAccessKey, keys?.sessionToken, keys?.accessKeyId, ...hidden];
  const text = !isAnswer
    ? unreadable
    : secrets
        .filter((secret) => secret !== undefined && secret !== '')
        .reduce<string>((left, secret) => left.replaceAll(secret!, '***'), line)
        .slice(0, longestMessage);
  const cause = new AwsError(text);
  Object.defineProperty(cause, 'name', { value: name, configurable: true, writable: true });
  const requestId = $metadata?.requestId;
  return Object.assign(
    cause,
    status === undefined ? {} : { status },
    requestId === undefined ? {} : { requestId },
  );
}
