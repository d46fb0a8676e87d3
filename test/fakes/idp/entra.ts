/**
 * The token endpoint of Microsoft Entra (v1.0) for the password grant that gives a SAML assertion. Shape: RFC 6749, 4.3
 * and 5.2, with the members and AADSTS codes of Microsoft's "Microsoft Entra authentication and authorization error codes".
 */
import type { Answer, Answering } from '../https-server.js';
import type { Person } from './people.js';

export interface EntraOptions extends Person {
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The assertion's own bytes. */
  readonly assertion: () => Uint8Array | string | Promise<Uint8Array | string>;
  /** What it does with a right password instead of giving an assertion. */
  readonly refuseWith?: keyof typeof refusals;
}

/** error, AADSTS code, text, HTTP status. */
export const refusals = {
  'second factor': [
    'interaction_required',
    50076,
    "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access 'app'.",
    400,
  ],
  'second factor enrolment': [
    'interaction_required',
    50079,
    'Due to a configuration change made by your administrator, you must enroll in multi-factor authentication to access this.',
    400,
  ],
  consent: [
    'invalid_grant',
    65001,
    "The user or administrator has not consented to use the application with ID 'app'. Send an interactive authorization request for this user and resource.",
    400,
  ],
  'conditional access': [
    'interaction_required',
    53003,
    'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    400,
  ],
  'password expired': ['invalid_grant', 50055, 'The password is expired.', 400],
  locked: [
    'invalid_grant',
    50053,
    "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    400,
  ],
  disabled: ['invalid_grant', 50057, 'The user account is disabled.', 400],
  'not assigned': [
    'invalid_grant',
    50105,
    'Your administrator has configured the application to block users unless they are specifically granted access.',
    400,
  ],
} as const satisfies Record<string, readonly [string, number, string, number]>;

export function fakeEntra(options: EntraOptions): Answering {
  return async (request): Promise<Answer> => {
    const [, tenant, ...path] = request.path.split('/');
    if (request.method !== 'POST' || path.join('/') !== 'oauth2/token') return { status: 404, body: '' };
    if (tenant !== options.tenant)
      return refusal(
        'invalid_request',
        90002,
        `Tenant '${String(tenant)}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
      );
    const field = (name: string): string | undefined => {
      const all = request.form.getAll(name);
      return all.length > 1 ? undefined : all[0];
    };
    for (const name of ['grant_type', 'client_id', 'username', 'password', 'resource'])
      if (field(name) === undefined || field(name) === '')
        return refusal(
          'invalid_request',
          90014,
          `The required field '${name}' is missing from the credential. Ensure that you have all the necessary parameters for the login request.`,
        );
    if (field('grant_type') !== 'password')
      return refusal('unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    if (field('client_id') !== options.clientId)
      return refusal(
        'unauthorized_client',
        700016,
        `Application with identifier '${field('client_id') ?? ''}' was not found in the directory 'Contoso'.`,
      );
    if (field('client_secret') === undefined)
      return refusal(
        'invalid_client',
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        401,
      );
    if (field('client_secret') !== options.clientSecret)
      return refusal(
        'invalid_client',
        7000215,
        'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.',
        401,
      );
    if (field('username') !== options.user)
      return refusal(
        'invalid_grant',
        50034,
        'The user account {EmailHidden} does not exist in the directory. To sign into this application, the account must be added to the directory.',
      );
    if (field('password') !== options.password)
      return refusal(
        'invalid_grant',
        50126,
        'Error validating credentials due to invalid username or password.',
      );
    if (field('resource') !== options.clientId)
      return refusal('invalid_resource', 500011, 'The resource principal was not found in the tenant.');
    if (options.refuseWith !== undefined) {
      const [error, code, text, status] = refusals[options.refuseWith];
      return refusal(error, code, text, status);
    }
    const isSaml = field('requested_token_type') === 'urn:ietf:params:oauth:token-type:saml2';
    const bytes = Buffer.from(await options.assertion());
    return json({
      token_type: 'Bearer',
      expires_in: '3599',
      ext_expires_in: '3599',
      expires_on: '1795287600',
      resource: options.clientId,
      ...(isSaml ? { issued_token_type: 'urn:ietf:params:oauth:token-type:saml2' } : {}),
      access_token: isSaml ? bytes.toString('base64url') : 'eyJ0eXAiOiJKV1QifQ.e30.c2ln',
      refresh_token: 'canary-refresh-token',
    });
  };
}

const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  body: JSON.stringify(value),
});

const refusal = (error: string, code: number, text: string, status = 400): Answer =>
  json(
    {
      error,
      error_description: `AADSTS${String(code)}: ${text}\r\nTrace ID: 0a1b\r\nCorrelation ID: 2c3d\r\nTimestamp: 2026-11-21 18:40:00Z`,
      error_codes: [code],
      timestamp: '2026-11-21 18:40:00Z',
      trace_id: '0a1b',
      correlation_id: '2c3d',
      error_uri: `https://login.microsoftonline.com/error?code=${String(code)}`,
    },
    status,
  );
