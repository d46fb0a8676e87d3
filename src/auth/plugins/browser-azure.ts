/**
 * BrowserAzureCredentialsProvider: Microsoft Entra's page in the user's browser gives a code, the code a SAML assertion,
 * the assertion AWS keys.
 */
import { sharedLogin } from '../browser.js';
import { askEntra } from '../entra-browser.js';
import { accessTokenOf, samlResponseOf } from '../entra.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { samlCredentials } from '../saml.js';

const name = 'BrowserAzureCredentialsProvider';

export const browserAzure: Plugin = {
  name,
  reusable: true,
  get: (context) => sharedLogin(context, logIn),
};

async function logIn(context: ProviderContext): ReturnType<Plugin['get']> {
  const { answer } = await askEntra(context, {
    path: 'oauth2',
    scope: 'openid',
    fields: (clientId) => ({
      requested_token_type: 'urn:ietf:params:oauth:token-type:saml2',
      resource: clientId,
    }),
  });
  return samlCredentials(name, samlResponseOf(accessTokenOf(answer, name), name), context);
}
