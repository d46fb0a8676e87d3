/**
 * BrowserIdcAuthPlugin: the page of IAM Identity Center in the user's browser gives a code, the code an access token
 * that Redshift verifies by itself. The registration of this program as a client is kept in memory, tokens are not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ssoOidc, type SsoOidc } from '../../aws/sso-oidc.js';
import { AuthenticationError } from '../../errors.js';
import { isAnswerOfAws, otherAnswerer, unreadable } from '../aws-answer.js';
import { askBrowser, sharedLogin } from '../browser.js';
import { codeWith, saidBy, without } from '../oauth.js';
import { createPkce } from '../pkce.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { State } from '../state.js';

const name = 'BrowserIdcAuthPlugin';
/** What the consent page calls us. */
const displayName = 'Amazon Redshift Node.js driver';
const scope = 'redshift:connect';

export const browserIdc: Plugin = {
  name,
  reusable: true,
  get: (context) => sharedLogin(context, logIn),
};

interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** By all that a registration was made from; other drivers forget the issuer, or keep it for one connection only. */
const registrations = new Map<string, Registration>();
/** A registration that is about to expire would do so while the user types. */
const margin = 5 * 60_000;

async function logIn(context: ProviderContext): ReturnType<Plugin['get']> {
  const { options, signal } = context;
  const region = checkedRegion(options.idcRegion ?? '');
  const oidc = await ssoOidc(region, context.http, signal);
  const state = new State();
  const pkce = createPkce();
  let client: { readonly key: string; readonly is: Registration } | undefined;
  const forget = (): void => {
    if (client !== undefined && registrations.get(client.key) === client.is) registrations.delete(client.key);
  };
  const { value: code, redirectUri } = await askBrowser(
    {
      method: 'GET',
      path: '/',
      host: '127.0.0.1',
      port: options.listenPort ?? 7890,
      page: async (redirectUri) => {
        client = await register(oidc, context, region, redirectUri);
        const page = new URL(`https://oidc.${region}.${suffixOf(region)}/authorize`);
        page.search = new URLSearchParams({
          response_type: 'code',
          client_id: client.is.clientId,
          redirect_uri: redirectUri,
          state: state.reveal(),
          // Plural, as in the SDKs of AWS.
          scopes: scope,
          code_challenge: pkce.challenge,
          code_challenge_method: 'S256',
        }).toString();
        return page.href;
      },
      judge: () => codeWith(state, name, hintOf),
    },
    context,
  ).catch((error: unknown) => {
    // A client that was deleted on the other side ends on a page of AWS that leads nowhere: the next login registers anew.
    forget();
    throw error;
  });
  const { is } = client!;
  const secrets = [code, state.reveal(), pkce.verifier, is.clientId, is.clientSecret];
  const fields = {
    clientId: is.clientId,
    clientSecret: is.clientSecret,
    grantType: 'authorization_code',
    code,
    codeVerifier: pkce.verifier,
    redirectUri,
  };
  const asked = Date.now();
  const answer = await createToken(oidc, fields, signal).catch((cause: unknown) => {
    forget();
    throw refused('gave no token', cause, signal, secrets);
  });
  if (answer.accessToken === undefined || answer.accessToken === '')
    throw new AuthenticationError("IAM Identity Center's answer has no access token", {
      plugin: name,
      stage: 'identity provider',
      hint: 'connect again; if it stays, check issuerUrl and idcRegion',
    });
  return {
    kind: 'token',
    token: answer.accessToken,
    tokenType: 'ACCESS_TOKEN',
    expiration: new Date(asked + (answer.expiresIn ?? 900) * 1000),
  };
}

/** It becomes a part of host names. */
function checkedRegion(region: string): string {
  if (/^[a-z]{2,4}(?:-[a-z]{2,16}){1,3}-[0-9]{1,2}$/.test(region)) return region;
  throw new AuthenticationError('Option idcRegion has to be the name of an AWS region, as in us-east-1', {
    plugin: name,
    stage: 'options',
  });
}

function suffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

async function register(
  oidc: SsoOidc,
  { options, signal }: ProviderContext,
  region: string,
  redirectUri: string,
): Promise<{ key: string; is: Registration }> {
  const issuerUrl = options.issuerUrl ?? '';
  const clientName = options.idcClientDisplayName ?? displayName;
  const key = JSON.stringify([issuerUrl, region, redirectUri, clientName]);
  const known = registrations.get(key);
  if (known !== undefined && known.expires - margin > Date.now()) return { key, is: known };
  registrations.delete(key);
  const answer = await oidc
    .registerClient({
      clientName,
      clientType: 'public',
      scopes: [scope],
      issuerUrl,
      redirectUris: [redirectUri],
      grantTypes: ['authorization_code'],
    })
    .catch((cause: unknown) => {
      throw refused('did not register this program as a client', cause, signal, []);
    });
  const { clientId, clientSecret, clientSecretExpiresAt = 0 } = answer;
  if (clientId === undefined || clientSecret === undefined)
    throw new AuthenticationError('IAM Identity Center registered this program without giving it an id', {
      plugin: name,
      stage: 'identity provider',
      hint: 'connect again; if it stays, check issuerUrl and idcRegion',
    });
  const is = { clientId, clientSecret, expires: clientSecretExpiresAt * 1000 };
  // With any free port the next login has another one, which needs a registration of its own.
  if (options.listenPort !== 0) registrations.set(key, is);
  return { key, is };
}

/** RFC 8628 3.5: the pause between two questions, and how much longer it gets when it was too short. */
const pause = 1000;
const slower = 5000;

async function createToken(
  oidc: SsoOidc,
  fields: Parameters<SsoOidc['createToken']>[0],
  signal: AbortSignal,
): ReturnType<SsoOidc['createToken']> {
  for (let wait = pause; ;) {
    try {
      return await oidc.createToken(fields);
    } catch (error) {
      const reason = nameOf(error);
      if (reason === 'SlowDownException') wait += slower;
      else if (reason !== 'AuthorizationPendingException') throw error;
    }
    await sleep(wait, undefined, { signal });
  }
}

/** By the names of the service's errors and the codes of OAuth. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /AccessDenied|access_denied/,
    'the login was declined, or this user is not assigned to the application of Redshift in IAM Identity Center',
  ],
  [/InvalidClient|invalid_client/, 'the registration of this program is no longer valid: connect again'],
  [/InvalidRequest|invalid_request|InvalidRedirectUri/, 'check issuerUrl, idcRegion and listenPort'],
  [
    /ExpiredToken|InvalidGrant|expired_token|invalid_grant/,
    'the code was too old or already used: connect again',
  ],
  [
    /InvalidScope|UnauthorizedClient|unauthorized_client/,
    'allow the scope redshift:connect for the application',
  ],
  [
    /\bcertificates?\b/,
    'the certificate of the AWS endpoint is not trusted: if a proxy opens TLS, give its authority as httpsCa',
  ],
  [/ENOTFOUND|EAI_AGAIN|ECONN|Timeout/, 'check idcRegion and the way to the network (proxy)'],
];

function hintOf(said: string): string | undefined {
  return hints.find(([code]) => code.test(said))?.[1];
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** The service keeps its words in `error_description`; the SDK's message is then `UnknownError`. */
function refused(what: string, cause: unknown, signal: AbortSignal, secrets: readonly string[]): unknown {
  if (signal.aborted) return signal.reason;
  if (cause instanceof AuthenticationError) return cause;
  const error = (cause ?? {}) as { readonly error?: unknown; readonly error_description?: unknown };
  const foreign = cause instanceof Error && !isAnswerOfAws(cause);
  const message = foreign
    ? unreadable
    : cause instanceof Error && cause.message !== 'UnknownError'
      ? cause.message
      : undefined;
  const said = without(
    saidBy(foreign ? undefined : nameOf(cause) || error.error, error.error_description ?? message) ??
      'no reason given',
    secrets,
  );
  return new AuthenticationError(`IAM Identity Center ${what}: ${said}`, {
    plugin: name,
    stage: 'identity provider',
    hint: foreign ? otherAnswerer('idcRegion') : hintOf(said),
    // The SDK's own error holds the HTTP answer.
    cause: Object.assign(new Error(said), { name: nameOf(cause) || 'Error' }),
  });
}

/** For tests: how many registrations are kept. */
export function countRegistrations(): number {
  return registrations.size;
}

/** For tests: as if this process had never registered anywhere. */
export function forgetRegistrations(): void {
  registrations.clear();
}
