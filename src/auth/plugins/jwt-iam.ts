/**
 * JwtIamAuthPlugin, as Amazon's ODBC driver has it: a JSON Web Token becomes AWS keys of a role (AssumeRoleWithWebIdentity),
 * and these a database login. STS verifies the token; what is read of it here only names the database user.
 */
import { assumeRoleWithWebIdentity } from '../../aws/clients.js';
import { AuthenticationError } from '../../errors.js';
import { awsFailure } from '../iam-errors.js';
import type { AwsKeys, Plugin, ProvidedCredentials, ProviderContext } from '../provider.js';
import { homeRegionOf } from '../saml-sts.js';
import { tokenText } from '../token-text.js';

const name = 'JwtIamAuthPlugin';
const action = 'AssumeRoleWithWebIdentity';

export const jwtIam: Plugin = { name, reusable: true, get };

async function get(context: ProviderContext): Promise<ProvidedCredentials> {
  const { options, http, signal, log } = context;
  const { roleArn = '', webIdentityToken, roleSessionName, iamDuration, stsEndpointUrl } = options;
  const token =
    webIdentityToken === undefined ? '' : await tokenText(webIdentityToken, 'webIdentityToken', context);
  const region = options.region ?? homeRegionOf(roleArn);
  if (region === undefined)
    throw new AuthenticationError('Option roleArn is no ARN of a role in a partition that is known', {
      plugin: name,
      stage: 'options',
      hint: 'write it as arn:aws:iam::123456789012:role/NAME, or set region',
    });
  const dbUser = userIn(token);
  log('debug', `${name}: ${action} for ${roleArn} in ${region}`);
  let keys: AwsKeys;
  try {
    keys = await assumeRoleWithWebIdentity(
      {
        region,
        roleArn,
        roleSessionName: roleSessionName === undefined || roleSessionName === '' ? session : roleSessionName,
        webIdentityToken: token,
        durationSeconds: iamDuration,
        endpointUrl: stsEndpointUrl,
        signal,
      },
      http,
    );
  } catch (error) {
    signal.throwIfAborted();
    // Pieces of it too; what is short is no secret, and part of many a word.
    const hidden = [token, ...token.split('.').filter((piece) => piece.length > 12)];
    throw awsFailure(error, { action, subject: roleArn, stage: 'sts', plugin: name, hidden, hints });
  }
  // ODBC creates the user unless autoCreate: false says otherwise; the caller wins over what is asserted.
  return { kind: 'aws', keys, asserted: { dbUser, autoCreate: true } };
}

/** ODBC's default of `role_session_name`. */
const session = 'jwt_redshift_session';

/** The claims that ODBC takes the database user from, in its order. */
const userClaims = ['DbUser', 'upn', 'preferred_username', 'email'] as const;

/** Undefined also for what is no JSON Web Token (RFC 7519): STS says what is wrong with it. */
function userIn(token: string): string | undefined {
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof claims !== 'object' || claims === null) return undefined;
  const named = claims as Readonly<Record<string, unknown>>;
  const isUser = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && !value.includes('\0');
  return userClaims.map((claim) => (Object.hasOwn(named, claim) ? named[claim] : undefined)).find(isUser);
}

const untrusted =
  "the role's account needs an OpenID Connect provider in IAM that knows the token's issuer and audience";
const trust =
  "the trust policy of the role has to allow sts:AssumeRoleWithWebIdentity for the token's issuer, audience and subject";

/** "AssumeRoleWithWebIdentity", errors (AWS STS API Reference). */
const hints: Readonly<Record<string, string>> = {
  ExpiredTokenException:
    'the web identity token has expired: give webIdentityToken as a function that gives a fresh one for each connection',
  InvalidIdentityToken: untrusted,
  InvalidIdentityTokenException: untrusted,
  IDPRejectedClaimException: 'the identity provider refused the token: it has expired or was revoked',
  IDPCommunicationErrorException: 'AWS could not ask the identity provider about the token: try again',
  AccessDenied: trust,
  AccessDeniedException: trust,
  ValidationError:
    'check roleArn, roleSessionName (2 to 64 letters, digits and _+=,.@-) and iamDuration (at most the maximum session duration of the role)',
  RegionDisabledException:
    'STS is not active in this region for this account: activate it, or set region to another',
};
