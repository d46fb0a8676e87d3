/**
 * OktaCredentialsProvider: user and password to Okta's Authentication API, its one-time session token to the application's
 * page. Second factors are not done here. The token is part of an address, so no address enters an error or a log.
 */
import type { HttpResponse } from '../../aws/http.js';
import { AuthenticationError } from '../../errors.js';
import { statusHint } from '../form-login.js';
import {
  browserPlugin,
  idpOrigin,
  IdpConversation,
  needed,
  neededSecret,
  queryValue,
} from '../idp-conversation.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { samlCredentials } from '../saml.js';

const defaultApp = 'amazon_aws_redshift';

const name = 'OktaCredentialsProvider';

export const okta: Plugin = {
  name,
  reusable: true,
  get: async (context) => samlCredentials(name, await oktaResponse(context), context),
};

/** The base64 SAML response of Okta for user and password. */
export async function oktaResponse(context: ProviderContext): Promise<string> {
  const origin = idpOrigin(context);
  const user = needed(context, 'user');
  const password = await neededSecret(context, 'password');
  const app = appPath(context);
  const idp = new IdpConversation(context, 'Okta');
  idp.hide(password);

  const token = await sessionToken(idp, origin, user, password);
  idp.hide(token);
  const home = new URL(`/home/${app}?onetimetoken=${encodeURIComponent(token)}`, origin);
  const response = await idp.get(home.href);
  const page = await idp.page(response);
  const samlResponse = idp.samlResponseOn(page);
  if (samlResponse !== undefined) return samlResponse;
  const told = idp.told(page);
  if (response.status >= 400)
    throw idp.failure(
      `answered the application's page with HTTP ${String(response.status)}${told}`,
      statusHint(
        response.status,
        'check appName and appId, and whether the user is assigned to the application',
      ),
    );
  // Okta serves such a page in some networks (aws/amazon-redshift-python-driver#266).
  throw idp.failure(
    `gave a page without SAMLResponse${page.scripted ? ', which needs JavaScript' : ''}${told}`,
    `check appName and appId; where Okta wants a browser (a second factor, its policy for this network), ${browserPlugin}`,
  );
}

/** `{app_name}/{app_id}`; an id may hold a slash (`0oa…/272`), and no step of it may lead elsewhere. */
function appPath(context: ProviderContext): string {
  const { appName } = context.options;
  const step = (written: string, option: string, what: string): string => {
    const encoded = queryValue(written);
    if (encoded !== '' && encoded !== '.' && encoded !== '..') return encoded;
    throw new AuthenticationError(`The option ${option} is no ${what} of an application`, {
      plugin: context.plugin,
      stage: 'options',
      hint: "take appName and appId from the application's embed link, …/home/{appName}/{appId}",
    });
  };
  const name = step(appName === undefined || appName === '' ? defaultApp : appName, 'appName', 'name');
  const ids = needed(context, 'appId').trim().split('/');
  return [name, ...ids.map((id) => step(id, 'appId', 'id'))].join('/');
}

/** Okta Authentication API, "Primary authentication". */
async function sessionToken(
  idp: IdpConversation,
  origin: URL,
  username: string,
  password: string,
): Promise<string> {
  const response = await idp.post(
    new URL('/api/v1/authn', origin).href,
    JSON.stringify({ username, password }),
    { Accept: 'application/json', 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' },
  );
  const answer = jsonObject(response.body);
  if (response.status >= 400) throw refused(idp, response, answer);
  if (answer === undefined)
    throw idp.failure(
      'did not answer the login in JSON',
      'check idpHost: it has to be the host of your Okta organization',
    );
  const { status, sessionToken: token } = answer;
  if (status === 'SUCCESS' && typeof token === 'string' && token !== '') return token;
  if (status === 'SUCCESS')
    throw idp.failure('accepted the login without giving a session token', browserPlugin);
  const known = typeof status === 'string' && Object.hasOwn(statuses, status) ? statuses[status] : undefined;
  const named =
    typeof status === 'string' ? `: its status is ${idp.quoted(status).slice(0, 60)}` : ' (no status)';
  throw idp.failure(
    `did not complete the login${named}${known === undefined ? '' : `, ${known[0]}`}`,
    known?.[1] ?? browserPlugin,
  );
}

const secondFactor = 'a program cannot give a second factor here';

/** Okta's transaction states that are no login yet: what they mean, and what to do. */
const statuses: Readonly<Record<string, readonly [string, string]>> = {
  MFA_REQUIRED: ['a second factor is needed', `${secondFactor}; ${browserPlugin}`],
  MFA_CHALLENGE: ['a second factor is needed', `${secondFactor}; ${browserPlugin}`],
  MFA_ENROLL: ['a second factor has to be set up first', `set it up in a browser, then ${browserPlugin}`],
  MFA_ENROLL_ACTIVATE: [
    'a second factor has to be set up first',
    `set it up in a browser, then ${browserPlugin}`,
  ],
  PASSWORD_EXPIRED: ['the password has expired', `change it in a browser, or ${browserPlugin}`],
  PASSWORD_WARN: ['the password expires soon', `change it in a browser, or ${browserPlugin}`],
  PASSWORD_RESET: ['the password has to be reset', `reset it in a browser, or ${browserPlugin}`],
  RECOVERY: ['the account is being recovered', 'finish that in a browser'],
  RECOVERY_CHALLENGE: ['the account is being recovered', 'finish that in a browser'],
  LOCKED_OUT: ['the account is locked', `have it unlocked, or ${browserPlugin} to do so yourself`],
  UNAUTHENTICATED: ['the user is not logged in', browserPlugin],
};

/** What to do about Okta's own error codes (its "error codes" reference). */
const errorCodes: Readonly<Record<string, string>> = {
  E0000001: 'check user and password',
  E0000004: 'check user and password; the user name is often the full e-mail address',
  E0000006: 'the policy of your Okta organization forbids this login; ask its administrator',
  E0000007: 'check idpHost: it has to be the host of your Okta organization',
  E0000047: 'too many logins in a short time: wait, and share one pool',
  E0000069: 'the account is locked: have it unlocked',
  E0000119: 'the account is locked: have it unlocked',
};

function refused(
  idp: IdpConversation,
  response: HttpResponse,
  answer: Readonly<Record<string, unknown>> | undefined,
): AuthenticationError {
  const { errorCode, errorSummary } = answer ?? {};
  const status = `HTTP ${String(response.status)}`;
  const code = typeof errorCode === 'string' ? idp.quoted(errorCode).slice(0, 60) : undefined;
  const said = typeof errorSummary === 'string' ? `: ${idp.quoted(errorSummary)}` : '';
  const hint = code !== undefined && Object.hasOwn(errorCodes, code) ? errorCodes[code] : undefined;
  return idp.failure(
    `refused the login${said} [${code === undefined ? status : `${code}, ${status}`}]`,
    hint ?? statusHint(response.status, 'check idpHost, user and password'),
  );
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
