/**
 * A real OpenID server (the package oidc-provider) under the paths of Microsoft Entra's v2.0 endpoints: it checks client,
 * secret, redirect URI, PKCE and code as the standards say, asks for login and consent, and signs access tokens.
 */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Authority } from '../../src/local/certificate.js';
import { certificateFor, listenHttps, type ListeningServer } from './https-server.js';

export interface OpenIdOptions {
  readonly authority: Authority;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly host?: string;
  /** Told of what was sent for a token and what came back, for tests that look where it went. */
  readonly onGrant?: (fields: Readonly<Record<string, unknown>>) => void;
}

export interface OpenId extends ListeningServer {
  /** Who the tokens say that they are from. */
  readonly issuer: string;
  /** The public halves of the keys that sign. */
  readonly keys: readonly JsonWebKey[];
}

/** The part of the package that is used; it comes without types. */
type ProviderClass = new (
  issuer: string,
  configuration: object,
) => {
  callback(): RequestListener;
  proxy: boolean;
  on(event: 'grant.success', listener: (context: GrantContext) => void): void;
};

interface GrantContext {
  readonly body: Readonly<Record<string, unknown>>;
  readonly oidc: { readonly params: Readonly<Record<string, unknown>> };
}

export async function startOpenId(options: OpenIdOptions): Promise<OpenId> {
  const { authority, tenant, clientId, clientSecret, host = 'login.microsoftonline.com', onGrant } = options;
  const name: string = 'oidc-provider';
  const { default: Provider } = (await import(name)) as { default: ProviderClass };
  const issuer = `https://${host}`;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const facts = { kid: 'canary-key', use: 'sig', alg: 'RS256' };
  const v2 = `/${tenant}/oauth2/v2.0`;
  const resource = 'urn:redshift';
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        application_type: 'native',
        token_endpoint_auth_method: 'client_secret_post',
        // Without its port: RFC 8252 7.3 lets native programs choose it.
        redirect_uris: ['http://localhost/redshift/'],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), ...facts }] },
    routes: {
      authorization: `${v2}/authorize`,
      token: `${v2}/token`,
      jwks: `/${tenant}/discovery/v2.0/keys`,
    },
    scopes: ['openid', 'api:redshift'],
    pkce: { required: () => true },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 600,
      Session: 3600,
    },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['canary-cookie-key'] },
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'api:redshift',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  provider.on('grant.success', ({ body, oidc }) => onGrant?.({ ...oidc.params, ...body }));
  // So that it does not take part in what it is told about addresses: TLS ends here.
  const listening = await listenHttps(await certificateFor(authority, [host]), provider.callback());
  return { ...listening, issuer, keys: [{ ...publicKey.export({ format: 'jwk' }), ...facts }] };
}
