/**
 * AzureCredentialsProvider: user and password to the token endpoint of Microsoft Entra (the password grant), which gives
 * a SAML assertion. Users with a second factor cannot log in this way.
 */
import { accessTokenOf, entraAnswer, entraUrl, samlResponseOf } from '../entra.js';
import { needed, neededSecret, notAsked } from '../idp-conversation.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { samlCredentials } from '../saml.js';

const name = 'AzureCredentialsProvider';

export const azure: Plugin = {
  name,
  reusable: true,
  get: async (context) => samlCredentials(name, await azureResponse(context), context),
};

/** The base64 SAML response around the assertion that Entra gives for user and password. */
export async function azureResponse(context: ProviderContext): Promise<string> {
  const { plugin, options, signal, log } = context;
  const username = needed(context, 'user');
  const password = await neededSecret(context, 'password');
  const clientId = await neededSecret(context, 'clientId');
  const clientSecret = await neededSecret(context, 'clientSecret');
  const url = entraUrl(options, 'oauth2/token', plugin);
  log('debug', `Microsoft Entra: asking ${url.host} for an assertion`);
  const body = new URLSearchParams({
    grant_type: 'password',
    requested_token_type: 'urn:ietf:params:oauth:token-type:saml2',
    username,
    password,
    client_secret: clientSecret,
    client_id: clientId,
    resource: clientId,
  });
  signal.throwIfAborted();
  const response = await context.http
    .session()
    .request({ method: 'POST', url: url.href, headers: { Accept: 'application/json' }, body, signal })
    .catch((cause: unknown) => {
      // Given up by the caller or its clock: that is no fault of the provider.
      if (signal.aborted) throw cause;
      throw notAsked('Microsoft Entra', plugin, cause);
    });
  const answer = entraAnswer(response, plugin, [password, clientId, clientSecret]);
  return samlResponseOf(accessTokenOf(answer, plugin), plugin);
}
