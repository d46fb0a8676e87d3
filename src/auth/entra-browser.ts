/**
 * Microsoft Entra's authorization code flow, which both of its browser plugins go through: the page, the code it posts,
 * and what the token endpoint gives for it. Only public facts are in the page's URL; PKCE (RFC 7636) makes the code
 * worthless to anybody else.
 */
import { askBrowser } from './browser.js';
import { entraAnswer, entraHint, entraUrl } from './entra.js';
import { notAsked } from './idp-conversation.js';
import { codeWith } from './oauth.js';
import { createPkce } from './pkce.js';
import type { ProviderContext } from './provider.js';
import { State } from './state.js';

export interface EntraFlow {
  /** In front of `/authorize` and `/token`. */
  readonly path: 'oauth2' | 'oauth2/v2.0';
  readonly scope: string;
  /** More fields of the token request. */
  readonly fields: (clientId: string) => Readonly<Record<string, string>>;
}

export interface EntraGrant {
  readonly answer: Readonly<Record<string, unknown>>;
  /** When the token endpoint was asked; `expires_in` counts from here. */
  readonly asked: number;
}

export async function askEntra(context: ProviderContext, flow: EntraFlow): Promise<EntraGrant> {
  const { plugin, options, http, signal } = context;
  const clientId = (await options.clientId?.read()) ?? '';
  const clientSecret = await options.clientSecret?.read();
  // Both are checked before a window opens.
  const authorize = entraUrl(options, `${flow.path}/authorize`, plugin);
  const token = entraUrl(options, `${flow.path}/token`, plugin);
  const state = new State();
  const pkce = createPkce();
  const { value: code, redirectUri } = await askBrowser(
    {
      method: 'POST',
      path: '/redshift/',
      host: 'localhost',
      // Entra takes any port of a registered http://localhost/ (RFC 8252 7.3).
      port: options.listenPort ?? 0,
      page: (redirectUri) => {
        authorize.search = new URLSearchParams({
          response_type: 'code',
          response_mode: 'form_post',
          client_id: clientId,
          redirect_uri: redirectUri,
          scope: flow.scope,
          state: state.reveal(),
          code_challenge: pkce.challenge,
          code_challenge_method: 'S256',
        }).toString();
        return authorize.href;
      },
      judge: () => codeWith(state, plugin, entraHint),
    },
    context,
  );
  const asked = Date.now();
  const session = http.session();
  const request = {
    method: 'POST',
    url: token.href,
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      scope: flow.scope,
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: pkce.verifier,
      // Of a confidential client; a public one has none.
      ...(clientSecret === undefined || clientSecret === '' ? {} : { client_secret: clientSecret }),
      ...flow.fields(clientId),
    }),
    signal,
  } as const;
  const response = await session.request(request).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw notAsked('Microsoft Entra', plugin, error);
  });
  const secrets = [code, state.reveal(), pkce.verifier, clientSecret, clientId];
  return { answer: entraAnswer(response, plugin, secrets), asked };
}
