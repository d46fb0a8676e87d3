/**
 * What the Microsoft Entra plugins share: the hosts of its clouds, the answers of its token endpoints, and a SAML
 * response around the bare assertion that it gives. It asks nobody anything by itself.
 */
import { AuthenticationError } from '../errors.js';
import { saidBy, without } from './oauth.js';
import type { ProviderContext } from './provider.js';

type HttpResponse = Awaited<ReturnType<ReturnType<ProviderContext['http']['session']>['request']>>;

/** Microsoft's pages on national clouds list these as the sign-in endpoints. */
const hosts = new Map([
  ['', 'login.microsoftonline.com'],
  ['commercial', 'login.microsoftonline.com'],
  ['us-gov', 'login.microsoftonline.us'],
  ['cn', 'login.chinacloudapi.cn'],
]);

/** @param partition the option idpPartition, with blanks around it and in any case */
export function entraHost(partition: string | undefined, plugin: string): string {
  const host = hosts.get((partition ?? '').trim().toLowerCase());
  if (host !== undefined) return host;
  throw new AuthenticationError('Option idpPartition has to be empty, commercial, us-gov or cn', {
    plugin,
    stage: 'options',
  });
}

/** `https://{host}/{tenant}/{path}`; the tenant is one step of the path, whatever is in it. */
export function entraUrl(
  options: { readonly idpPartition?: string | undefined; readonly idpTenant?: string | undefined },
  path: string,
  plugin: string,
): URL {
  const tenant = (options.idpTenant ?? '').trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(tenant))
    throw new AuthenticationError(
      'Option idpTenant has to be the id of a tenant or one of its domain names',
      {
        plugin,
        stage: 'options',
      },
    );
  return new URL(`https://${entraHost(options.idpPartition, plugin)}/${tenant}/${path}`);
}

/** Codes that people meet (Microsoft's page "Microsoft Entra authentication and authorization error codes"). */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /AADSTS500(?:72|74|76|79)\b/,
    'this user needs a second factor: use BrowserAzureCredentialsProvider or BrowserAzureOAuth2CredentialsProvider',
  ],
  [/AADSTS7000218\b/, 'the application is a confidential client: give clientSecret'],
  [
    /AADSTS700025\b/,
    'the application is a public client: leave clientSecret out, or register the redirect URI for the platform Web',
  ],
  [/AADSTS7000215\b/, 'clientSecret is wrong; it has to be the value of the secret, not its id'],
  [
    /AADSTS7000222\b/,
    'the secret of the application has expired: make a new one and give it as clientSecret',
  ],
  [/AADSTS65001\b/, 'user or administrator have to consent to the application first'],
  [
    /AADSTS50011\b/,
    'register http://localhost/redshift/ as redirect URI of the application, for mobile and desktop applications',
  ],
  [/AADSTS700016\b/, 'check clientId and idpTenant'],
  [/AADSTS900?02\b/, 'check idpTenant and idpPartition'],
  [/AADSTS50126\b/, 'check user and password'],
  [/AADSTS50034\b/, 'check user, the whole name as in name@example.com, and idpTenant'],
  [/AADSTS50053\b/, 'the account is locked for a while: wait, or have it unlocked'],
  [/AADSTS500(?:55|144)\b/, 'change the password in a browser first'],
  [/AADSTS50057\b/, 'an administrator has disabled this account'],
  [/AADSTS50105\b/, 'have the user assigned to the enterprise application'],
  [/AADSTS(?:50001|500011)\b/, 'clientId has to name the enterprise application in this tenant'],
  [
    /AADSTS(?:5300[0-4]|530003|50158)\b/,
    'a policy for conditional access wants more than a password: use BrowserAzureCredentialsProvider or BrowserAzureOAuth2CredentialsProvider',
  ],
  [/AADSTS(?:900023|50059)\b/, 'check idpTenant'],
  [/AADSTS(?:70011|650053)\b/, 'check scope'],
];

export function entraHint(said: string): string | undefined {
  return hints.find(([code]) => code.test(said))?.[1];
}

/**
 * The members of a token endpoint's answer.
 *
 * @param secrets what was sent, so that no answer brings it into an error
 * @throws AuthenticationError with the `error` and `error_description` of a refusal
 */
export function entraAnswer(
  response: HttpResponse,
  plugin: string,
  secrets: readonly (string | undefined)[] = [],
): Readonly<Record<string, unknown>> {
  const json = objectOf(response.body);
  if (response.status === 200 && json !== undefined && json['error'] === undefined) return json;
  const text = saidBy(json?.['error'], json?.['error_description']);
  const said = text === undefined ? undefined : without(text, secrets);
  const what =
    said !== undefined
      ? `Microsoft Entra refused the login: ${said}`
      : response.status === 200
        ? "Microsoft Entra's answer is not JSON"
        : `Microsoft Entra answered with HTTP status ${String(response.status)}`;
  throw new AuthenticationError(what, {
    plugin,
    stage: 'identity provider',
    hint: said === undefined ? undefined : entraHint(said),
  });
}

/** The `access_token` of an answer. */
export function accessTokenOf(answer: Readonly<Record<string, unknown>>, plugin: string): string {
  const token = answer['access_token'];
  if (typeof token === 'string' && token !== '') return token;
  throw new AuthenticationError("Microsoft Entra's answer has no access_token", {
    plugin,
    stage: 'identity provider',
    hint: 'check clientId and, with BrowserAzureOAuth2CredentialsProvider, scope; something else may have answered in its place',
  });
}

/** Seconds: a century. What is said to live longer is not kept, and no date. */
const longestLife = 3_155_760_000;

/** When an answer's token expires, by its `expires_in`; undefined when it does not say so in seconds. */
export function expirationOf(answer: Readonly<Record<string, unknown>>, asked: number): Date | undefined {
  // The older endpoint writes the number as text.
  const seconds = Number(answer['expires_in']);
  return seconds > 0 && seconds < longestLife ? new Date(asked + seconds * 1000) : undefined;
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const opening = Buffer.from(
  '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
);
const closing = Buffer.from('</samlp:Response>');

/**
 * A SAML response, in base64, around the assertion that Entra gives in base64url. Its bytes are not touched: they are
 * signed, and a detour over text in another encoding breaks names with umlauts (it does in redshift_connector).
 *
 * @throws AuthenticationError when the token is something else, a JSON Web Token say
 */
export function samlResponseOf(accessToken: string, plugin: string): string {
  let assertion = Buffer.from(accessToken, 'base64url');
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(accessToken);
  // An XML declaration is allowed at the beginning of a document only (XML 1.0, 2.8); it is not part of what is signed.
  const declaration = /^(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*\?>\s*/.exec(assertion.toString('latin1'));
  if (declaration !== null) assertion = assertion.subarray(declaration[0].length);
  if (!isBase64 || !/^\s*</.test(assertion.toString('latin1', 0, 64)))
    throw new AuthenticationError("Microsoft Entra's access_token is no SAML assertion", {
      plugin,
      stage: 'identity provider',
      hint: 'clientId has to name an enterprise application with SAML sign-on for AWS',
    });
  return Buffer.concat([opening, assertion, closing]).toString('base64');
}
