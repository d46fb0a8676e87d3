/**
 * A real OpenID server (the package oidc-provider) under the paths of Microsoft Entra's v2.0 endpoints: it checks client,
 * secret, redirect URI, PKCE and code as the standards say, asks for login and consent, and signs access tokens.
 */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Authority } from '../../src/local/certificate.js';
import {
  answeredBy,
  certificateFor,
  listenHttps,
  type Answering,
  type ListeningServer,
} from './https-server.js';

export interface OpenIdOptions {
  readonly authority: Authority;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly host?: string;
  /** What programs may ask for beside `openid`; default `api:redshift`. */
  readonly scope?: string;
  /** Answers what is of neither the v2.0 endpoints nor their pages: Entra's v1.0 endpoints on the same host. */
  readonly others?: Answering;
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
  const { authority, tenant, clientId, clientSecret, onGrant, others } = options;
  const { host = 'login.microsoftonline.com', scope = 'api:redshift' } = options;
  const name: string = 'oidc-provider';
  const { default: Provider } = (await quietly(() => import(name))) as { default: ProviderClass };
  const issuer = `https://${host}`;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const facts = { kid: 'canary-key', use: 'sig', alg: 'RS256' };
  const v2 = `/${tenant}/oauth2/v2.0`;
  const resource = 'urn:redshift';
  const configuration = {
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
    scopes: ['openid', scope],
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
          scope,
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
  const provider = await quietly(() => new Provider(issuer, configuration));
  provider.on('grant.success', ({ body, oidc }) => onGrant?.({ ...oidc.params, ...body }));
  const callback = provider.callback();
  const ours = new RegExp(`^/(?:${tenant.replaceAll('.', '\\.')}/(?:oauth2|discovery)/v2\\.0|interaction)/`);
  const rest = others === undefined ? callback : answeredBy(others);
  // So that it does not take part in what it is told about addresses: TLS ends here.
  const listening = await listenHttps(await certificateFor(authority, [host]), (request, response) => {
    (ours.test(request.url ?? '') ? callback : rest)(request, response);
  });
  return { ...listening, issuer, keys: [{ ...publicKey.export({ format: 'jwk' }), ...facts }] };
}

/** What the package has to say about production is of no interest here. */
async function quietly<T>(work: () => T | Promise<T>): Promise<T> {
  const { info, warn } = console;
  console.info = console.warn = () => undefined;
  try {
    return await work();
  } finally {
    Object.assign(console, { info, warn });
  }
}
