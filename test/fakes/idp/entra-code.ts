/**
 * Microsoft Entra's v1.0 authorization code flow as a browser and a program see it: the page that posts the code back by
 * itself, and the token endpoint that takes it once, with the PKCE verifier of its challenge. Shape: RFC 6749 4.1, RFC 7636.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Answer, Answering } from '../https-server.js';
import { selfPostingPage } from './people.js';

export interface EntraCodeOptions {
  readonly tenant: string;
  readonly clientId: string;
  /** Of a confidential client; undefined: it has none, and must send none. */
  readonly clientSecret?: string;
  readonly assertion: () => string;
}

export function fakeEntraCode(options: EntraCodeOptions): Answering {
  const codes = new Map<string, { readonly challenge: string; readonly redirect: string }>();
  const { tenant, clientId, clientSecret } = options;

  return ({ method, path, query, form }): Answer => {
    if (method === 'GET' && path === `/${tenant}/oauth2/authorize`) {
      const need = (name: string): string => query.get(name) ?? '';
      const redirect = need('redirect_uri');
      const fits =
        need('client_id') === clientId &&
        need('response_type') === 'code' &&
        need('response_mode') === 'form_post' &&
        need('code_challenge_method') === 'S256' &&
        /^http:\/\/localhost:\d+\/redshift\/$/.test(redirect);
      if (!fits) return { status: 400, body: '<h1>AADSTS50011: the request is not what was registered</h1>' };
      // With what an address or a form would change if it were not encoded.
      const code = `0.A+/=&canary-entra-code-${randomBytes(12).toString('hex')}`;
      codes.set(code, { challenge: need('code_challenge'), redirect });
      // The state in front, as one real page has it.
      return {
        body: selfPostingPage(redirect, {
          state: need('state'),
          session_state: 'canary-session-state',
          code,
        }),
      };
    }
    if (method !== 'POST' || path !== `/${tenant}/oauth2/token`) return { status: 404, body: '' };
    const field = (name: string): string => form.getAll(name).join(',');
    const grant = codes.get(field('code'));
    codes.delete(field('code'));
    const verifier = createHash('sha256').update(field('code_verifier')).digest('base64url');
    const fits =
      grant !== undefined &&
      field('grant_type') === 'authorization_code' &&
      verifier === grant.challenge &&
      field('redirect_uri') === grant.redirect &&
      field('client_id') === clientId &&
      field('resource') === clientId &&
      field('client_secret') === (clientSecret ?? '') &&
      field('requested_token_type') === 'urn:ietf:params:oauth:token-type:saml2';
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    if (!fits)
      return {
        status: 400,
        headers,
        body: '{"error":"invalid_grant","error_description":"AADSTS501481: the code or its verifier is wrong"}',
      };
    const access_token = Buffer.from(options.assertion()).toString('base64url');
    return { headers, body: JSON.stringify({ token_type: 'Bearer', expires_in: '3599', access_token }) };
  };
}
