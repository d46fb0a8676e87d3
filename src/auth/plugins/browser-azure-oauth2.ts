/**
 * BrowserAzureOAuth2CredentialsProvider: Microsoft Entra's page in the user's browser gives a code, the code an access
 * token that Redshift verifies by itself. The token goes to the database and nowhere else.
 */
import { sharedLogin } from '../browser.js';
import { askEntra } from '../entra-browser.js';
import { accessTokenOf, expirationOf } from '../entra.js';
import type { Plugin, ProviderContext } from '../provider.js';

const name = 'BrowserAzureOAuth2CredentialsProvider';

export const browserAzureOAuth2: Plugin = {
  name,
  reusable: true,
  get: (context) => sharedLogin(context, logIn),
};

async function logIn(context: ProviderContext): ReturnType<Plugin['get']> {
  const { answer, asked } = await askEntra(context, {
    path: 'oauth2/v2.0',
    scope: `openid ${context.options.scope ?? ''}`.trim(),
    fields: () => ({}),
  });
  return { kind: 'token', token: accessTokenOf(answer, name), expiration: expirationOf(answer, asked) };
}
