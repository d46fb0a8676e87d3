/**
 * BrowserSamlCredentialsProvider: the identity provider's page in the user's browser, which posts a SAML response to the
 * loopback port. The identity provider begins by itself, so that no state ties the answer to the login: see `judge`.
 */
import { AuthenticationError } from '../../errors.js';
import type { Judge } from '../browser-listener.js';
import { askBrowser, sharedLogin } from '../browser.js';
import { checkPage } from '../open-browser.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { samlCredentials } from '../saml.js';

const name = 'BrowserSamlCredentialsProvider';

export const browserSaml: Plugin = {
  name,
  reusable: true,
  get: (context) => sharedLogin(context, logIn),
};

async function logIn(context: ProviderContext): ReturnType<Plugin['get']> {
  const { loginUrl = '', listenPort = 7890, expectedIssuer } = context.options;
  // Before anything listens: redshift_connector waits for ever when this URL is wrong.
  checkLoginUrl(loginUrl);
  const { value, redirectUri } = await askBrowser(
    { method: 'POST', path: '/redshift/', host: 'localhost', port: listenPort, page: () => loginUrl, judge },
    context,
  );
  return samlCredentials(name, value, context, {
    destination: redirectUri,
    issuer: expectedIssuer || undefined,
  });
}

function checkLoginUrl(loginUrl: string): void {
  try {
    checkPage(loginUrl);
  } catch {
    throw new AuthenticationError(
      'Option loginUrl has to be the https:// URL of a page, without user name and password',
      { plugin: name, stage: 'options' },
    );
  }
}

/**
 * Any page of the browser could post a response of its own while we listen (login CSRF). What is no SAML response is
 * passed over; one that was made for another receiver is refused by `samlCredentials`, which also says what the identity
 * provider says. Who the user is, AWS STS decides by the signature; of whom it has to be, `expectedIssuer` may say.
 */
function judge(): Judge<string> {
  return (fields) => {
    const response = fields.get('SAMLResponse') ?? '';
    const isXml = /^\s*(?:\ufeff)?\s*</.test(Buffer.from(response.slice(0, 64), 'base64').toString('utf8'));
    return isXml
      ? { kind: 'taken', value: response }
      : { kind: 'ignored', why: 'it has no SAMLResponse with XML in base64' };
  };
}
