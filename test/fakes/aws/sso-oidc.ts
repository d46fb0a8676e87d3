/**
 * IAM Identity Center OIDC (2019-06-10, REST and JSON, unsigned), and the page that a browser is sent to.
 * Source: "IAM Identity Center OIDC API Reference"; PKCE is checked as RFC 7636 4.6 says.
 */
import { createHash, randomBytes } from 'node:crypto';
import { FakeAwsError } from './errors.js';
import type { Members } from './members.js';
import type { World } from './world.js';

export function answerSsoOidc(world: World, action: string, members: Members): object {
  const given = members as Readonly<Record<string, string | undefined>>;
  if (action === 'RegisterClient') {
    if (given['clientType'] !== 'public') {
      throw new FakeAwsError('InvalidClientMetadataException', 'clientType has to be public');
    }
    const clientId = `canary-idc-client-${randomBytes(8).toString('hex')}`;
    const secret = `canary-idc-client-secret-${randomBytes(16).toString('hex')}`;
    world.clients.set(clientId, {
      secret,
      redirectUris: (members['redirectUris'] as string[] | undefined) ?? [],
      issuerUrl: given['issuerUrl'] ?? '',
    });
    const now = Math.floor(world.now().getTime() / 1000);
    return {
      clientId,
      clientSecret: secret,
      clientIdIssuedAt: now,
      clientSecretExpiresAt: now + 90 * 86_400,
    };
  }
  const client = world.clients.get(given['clientId'] ?? '');
  if (client?.secret !== given['clientSecret']) {
    throw new FakeAwsError('InvalidClientException', 'Invalid client', 401);
  }
  if (given['grantType'] !== 'authorization_code') {
    throw new FakeAwsError('UnsupportedGrantTypeException', 'Unsupported grant type');
  }
  const grant = world.grants.get(given['code'] ?? '');
  world.grants.delete(given['code'] ?? '');
  const challenge = createHash('sha256')
    .update(given['codeVerifier'] ?? '')
    .digest('base64url');
  if (
    grant?.clientId !== given['clientId'] ||
    grant?.redirectUri !== given['redirectUri'] ||
    grant?.codeChallenge !== challenge
  ) {
    throw new FakeAwsError('InvalidGrantException', 'Invalid grant provided');
  }
  const accessToken = `canary-idc-access-token-${randomBytes(16).toString('hex')}`;
  world.accessTokens.push(accessToken);
  return { accessToken, tokenType: 'Bearer', expiresIn: world.tokenSeconds };
}

/** GET /authorize: the user says yes at once. The address that the browser is sent back to. */
export function authorize(world: World, query: URLSearchParams): string {
  const need = (name: string): string => {
    const [value, ...more] = query.getAll(name);
    if (value === undefined || value === '' || more.length > 0) {
      throw new FakeAwsError('InvalidRequestException', `${name} has to be given once`);
    }
    return value;
  };
  const clientId = need('client_id');
  const redirectUri = need('redirect_uri');
  if (need('response_type') !== 'code' || need('code_challenge_method') !== 'S256') {
    throw new FakeAwsError('InvalidRequestException', 'response_type code with S256 only');
  }
  if (need('scopes') !== 'redshift:connect') {
    throw new FakeAwsError('InvalidScopeException', 'scopes has to be redshift:connect');
  }
  if (world.clients.get(clientId)?.redirectUris.includes(redirectUri) !== true) {
    throw new FakeAwsError('InvalidClientException', 'Unknown client or redirect_uri');
  }
  const code = `canary-idc-code-${randomBytes(16).toString('hex')}`;
  world.grants.set(code, { clientId, redirectUri, codeChallenge: need('code_challenge') });
  const back = new URL(redirectUri);
  back.searchParams.set('code', code);
  back.searchParams.set('state', need('state'));
  return back.href;
}
