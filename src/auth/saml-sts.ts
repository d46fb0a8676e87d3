/**
 * What STS says when it does not take a SAML response, told with what to do. AWS repeats values in some of its messages:
 * the response is cut out of all of them.
 */
import { AuthenticationError } from '../errors.js';
import { isAnswerOfAws, otherAnswerer, unreadable } from './aws-answer.js';
import { untrustedHint } from './iam-errors.js';
import type { SamlResponse } from './saml-response.js';

/** What was asked of AssumeRoleWithSAML, and what the hints need to know of the response. */
export interface Asked {
  readonly plugin: string;
  readonly region: string;
  readonly roleArn: string;
  readonly principalArn: string;
  readonly samlAssertion: string;
  readonly response: SamlResponse;
}

/** The error of an SDK client as far as anything can be told about it. */
interface Fault {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

/** The error of AssumeRoleWithSAML as one of ours: AWS's name and text are kept, the response is not. */
export function stsError(error: unknown, asked: Asked): AuthenticationError {
  const fault = faultOf(error, asked);
  const kind = fault.name.replace(/(?:Exception|Fault)$/, '');
  const foreign = fault.message === unreadable;
  const answered = fault.status !== undefined && !foreign;
  const what = foreign
    ? `${unreadable}${fault.status === undefined ? '' : ` (HTTP status ${String(fault.status)})`}`
    : fault.message === ''
      ? fault.name
      : `${fault.name}: ${fault.message}`;
  const untrusted = untrustedHint(error);
  const cause = Object.assign(new Error(fault.message), {
    name: fault.name,
    ...(fault.status === undefined ? {} : { httpStatusCode: fault.status }),
    ...(fault.requestId === undefined ? {} : { requestId: fault.requestId }),
  });
  return new AuthenticationError(
    answered
      ? `STS did not take the SAML response for the role ${asked.roleArn}: ${what}`
      : `STS could not be asked in ${asked.region}: ${what}`,
    {
      plugin: asked.plugin,
      stage: 'sts',
      hint: answered
        ? hintOf(kind, fault.message, asked)
        : foreign
          ? otherAnswerer('stsEndpointUrl')
          : (untrusted ?? 'check the region and, where one is needed, the proxy'),
      retryable:
        fault.status === undefined ? untrusted === undefined : kind === 'Throttling' || fault.status >= 500,
      cause,
    },
  );
}

function faultOf(error: unknown, { samlAssertion, roleArn, principalArn }: Asked): Fault {
  const given = (typeof error === 'object' && error !== null ? error : {}) as Readonly<
    Record<string, unknown>
  >;
  const metadata = (given['$metadata'] ?? {}) as Readonly<Record<string, unknown>>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const scrub = (value: string): string =>
    value
      .replaceAll(samlAssertion, '***')
      // Parts of it, too, however AWS cuts or encodes them; nothing else in these messages is that long and has no blank.
      .replace(/[A-Za-z0-9+/=_%]{40,}/g, (run) =>
        roleArn.includes(run) || principalArn.includes(run) ? run : '***',
      )
      .slice(0, 1000);
  const status = metadata['httpStatusCode'];
  const requestId = metadata['requestId'];
  return {
    name: scrub(text(given['name'])) || 'Error',
    message:
      error instanceof Error && !isAnswerOfAws(error, typeof status === 'number' ? status : undefined)
        ? unreadable
        : scrub(text(given['message'])),
    status: typeof status === 'number' ? status : undefined,
    requestId: typeof requestId === 'string' ? scrub(requestId) : undefined,
  };
}

/** By the names of the API reference, and the texts of "Troubleshoot SAML federation with IAM" (IAM User Guide). */
function hintOf(kind: string, message: string, asked: Asked): string {
  const { region, roleArn, principalArn, samlAssertion, response } = asked;
  const has = (word: string): boolean => message.toLowerCase().includes(word.toLowerCase());
  switch (kind) {
    case 'ExpiredToken':
      return `a SAML response is good for 5 minutes at most, so it takes a new one; ${times(response)}`;
    case 'IDPRejectedClaim':
      return 'the claim has expired or was revoked: sign in at the identity provider again';
    case 'InvalidIdentityToken':
      if (has('signature'))
        return `give the IAM identity provider ${principalArn} the current metadata of your identity provider, and see that nothing changes the response on its way`;
      if (has('audience'))
        return 'the identity provider has to name https://signin.aws.amazon.com/saml (or urn:amazon:webservices) as audience';
      if (has('RoleSessionName') || has('Source Identity'))
        return 'the identity provider has to send that attribute: 2 to 64 letters, digits and _+=,.@-';
      return (
        mismatch(region, roleArn) ??
        `check the IAM identity provider ${principalArn}: its metadata has to be that of ${named(response.issuer)}`
      );
    case 'AccessDenied':
      return (
        mismatch(region, roleArn) ??
        `the trust policy of the role has to allow sts:AssumeRoleWithSAML to ${principalArn}${response.recipients.length === 0 ? '' : `, with SAML:aud ${response.recipients.map(named).join(' or ')}`}`
      );
    case 'RegionDisabled':
      return `STS is not active in ${region} for this account: activate it, or set region to another`;
    case 'PackedPolicyTooLarge':
      return 'the session tags of the assertion are too long: let the identity provider send fewer';
    case 'MalformedPolicyDocument':
      return 'the session tags or policies of the assertion are not accepted: check what the identity provider sends';
    case 'ValidationError':
      if (has('DurationSeconds'))
        return 'iamDuration may not be longer than the maximum session duration of the role';
      if (samlAssertion.length > 100_000)
        return `STS takes at most 100000 characters, and the response has ${String(samlAssertion.length)}: let the identity provider send fewer groups`;
      return 'check the role and the response that the identity provider sends';
    case 'Throttling':
      return 'AWS is asked too often: try again later';
    default:
      return `check the role ${roleArn} and the IAM identity provider ${principalArn}`;
  }
}

function times({ issued, notOnOrAfter }: SamlResponse): string {
  return [
    ...(issued === undefined ? [] : [`this one was issued at ${issued.toISOString()}`]),
    ...(notOnOrAfter === undefined ? [] : [`it is valid until ${notOnOrAfter.toISOString()}`]),
    `the clock of this machine says ${new Date().toISOString()}`,
  ].join(', ');
}

/** STS of one partition knows nobody of another. */
function mismatch(region: string, roleArn: string): string | undefined {
  const partition = partitionOf(roleArn);
  const known = Object.entries(homes).find(([, { prefix }]) => region.startsWith(prefix))?.[0];
  if (partition === (known ?? 'aws')) return undefined;
  return `the role is in the partition ${partition}, and the region ${region} is not: set region or preferredRole`;
}

/** Where STS is asked when no region is known, and how the regions of a partition begin (AWS SDK, partitions.json). */
const homes: Readonly<Record<string, { readonly prefix: string; readonly region: string }>> = {
  'aws-cn': { prefix: 'cn-', region: 'cn-north-1' },
  'aws-us-gov': { prefix: 'us-gov-', region: 'us-gov-west-1' },
  'aws-iso': { prefix: 'us-iso-', region: 'us-iso-east-1' },
  'aws-iso-b': { prefix: 'us-isob-', region: 'us-isob-east-1' },
  'aws-iso-e': { prefix: 'eu-isoe-', region: 'eu-isoe-west-1' },
  'aws-iso-f': { prefix: 'us-isof-', region: 'us-isof-south-1' },
  'aws-eusc': { prefix: 'eusc-', region: 'eusc-de-east-1' },
};

export function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? '';
}

/** The region of STS for a role, when the options and the host name none; undefined for a partition that nobody knows. */
export function homeRegionOf(roleArn: string): string | undefined {
  const partition = partitionOf(roleArn);
  return partition === 'aws'
    ? 'us-east-1'
    : Object.hasOwn(homes, partition)
      ? homes[partition]?.region
      : undefined;
}

/** A name out of the response: bounded, and on one line. */
export function named(text: string | undefined): string {
  const line = (text ?? 'your identity provider').replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
