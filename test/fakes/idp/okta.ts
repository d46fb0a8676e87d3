/**
 * Okta as a program sees it: the Authentication API's primary authentication, the one-time token at the application's
 * home page, the session cookie and the page with the SAML response, whose value is full of entities. Shape: Okta's
 * "Authentication API" and "Error codes" reference.
 */
import { randomUUID } from 'node:crypto';
import type { Answer, Answering, SeenRequest } from '../https-server.js';
import { entityEncoded, escaped, postingPage, scriptOnlyPage, type Person } from './people.js';

export interface OktaOptions extends Person {
  readonly samlResponse: () => string | Promise<string>;
  readonly appName?: string;
  readonly appId: string;
  /** The transaction state of a right password; default SUCCESS. */
  readonly status?: string;
  /** `script`: the application's page needs JavaScript (a policy for some networks); `unassigned`: it is not this user's. */
  readonly mode?: 'script' | 'unassigned' | 'limit' | 'html' | 'no token';
  /** The session tokens that it gives, for tests that look where they went. */
  readonly token?: () => string;
}

export function fakeOkta(options: OktaOptions): Answering {
  const { appName = 'amazon_aws_redshift', status = 'SUCCESS', mode } = options;
  const tokens = new Set<string>();
  const sessions = new Set<string>();

  const authenticate = ({ headers, body }: SeenRequest): Answer => {
    if (!/\bapplication\/json\b/.test(headers['content-type'] ?? ''))
      return refusal(
        415,
        'E0000021',
        'Bad request. Accept and/or Content-Type headers likely do not match supported values.',
      );
    if (!/\bapplication\/json\b/.test(headers.accept ?? ''))
      return refusal(406, 'E0000021', 'Not acceptable');
    if (mode === 'limit')
      return refusal(429, 'E0000047', 'API call exceeded rate limit due to too many requests.');
    if (mode === 'html') return { body: scriptOnlyPage };
    const sent = JSON.parse(body) as Record<string, unknown>;
    if (Object.keys(sent).sort().join() !== 'password,username')
      return refusal(400, 'E0000001', 'Api validation failed: authRequest');
    if (sent['username'] !== options.user || sent['password'] !== options.password)
      return refusal(401, 'E0000004', 'Authentication failed');
    const expiresAt = '2026-11-21T19:00:00.000Z';
    if (status === 'LOCKED_OUT') return json({ status, _links: {} });
    if (status !== 'SUCCESS')
      return json({ stateToken: `00${randomUUID()}`, expiresAt, status, _embedded: {} });
    const sessionToken = options.token?.() ?? `20111${randomUUID()}`;
    tokens.add(sessionToken);
    return json({ expiresAt, status, ...(mode === 'no token' ? {} : { sessionToken }), _embedded: {} });
  };

  return async (request): Promise<Answer> => {
    if (request.path === '/api/v1/authn')
      return request.method === 'POST'
        ? authenticate(request)
        : refusal(405, 'E0000022', 'The endpoint does not support the provided HTTP method');
    if (request.method !== 'GET') return { status: 405, body: '' };
    if (request.path === `/home/${appName}/${options.appId}`) {
      // A token is good for one session.
      if (!tokens.delete(request.query.get('onetimetoken') ?? '')) return { body: scriptOnlyPage };
      const sid = randomUUID();
      sessions.add(sid);
      return {
        status: 302,
        headers: {
          location: `/app/${appName}/${options.appId.replace('/', '-')}/sso/saml`,
          'set-cookie': [
            `sid=${sid}; Path=/; Secure; HttpOnly; SameSite=None`,
            'DT=x; Path=/; Secure',
            'JSESSIONID=y; Path=/; Secure; HttpOnly',
          ],
        },
      };
    }
    if (request.path === `/app/${appName}/${options.appId.replace('/', '-')}/sso/saml`) {
      if (!sessions.has(request.cookies.get('sid') ?? '') || mode === 'script')
        return { body: scriptOnlyPage };
      if (mode === 'unassigned')
        return { status: 403, body: errorPage('User is not assigned to this application') };
      return { body: postingPage(await options.samlResponse(), entityEncoded) };
    }
    return { status: 404, body: errorPage('Page not found') };
  };
}

const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const refusal = (status: number, errorCode: string, errorSummary: string): Answer =>
  json({ errorCode, errorSummary, errorLink: errorCode, errorId: 'oaeHMc4', errorCauses: [] }, status);

const errorPage = (text: string): string =>
  `<html><body><div class="error-page"><h1>${escaped(text)}</h1></div></body></html>`;
