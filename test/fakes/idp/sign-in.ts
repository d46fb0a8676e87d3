/**
 * An identity provider that starts a SAML login by itself (Okta, Entra, Ping … with an application for Redshift): a page for
 * name and password, then the response as a form that posts itself to the program. Shape: SAML bindings 2.0, 3.5 (HTTP POST).
 */
import type { Answer, Answering } from '../https-server.js';
import { selfPostingPage, signInPage, type Person } from './people.js';

export interface SignInOptions extends Person {
  /** The application's page, the option `loginUrl`. */
  readonly path: string;
  /** The application's assertion consumer URL: `http://localhost:7890/redshift/`. */
  readonly acs: string;
  readonly samlResponse: () => string | Promise<string>;
}

export function fakeSignIn(options: SignInOptions): Answering {
  return async ({ method, path, form }): Promise<Answer> => {
    if (path !== options.path) return { status: 404, body: '<h1>Page not found</h1>' };
    if (method === 'GET') return { body: signInPage('Sign in') };
    if (form.get('username') !== options.user || form.get('password') !== options.password)
      return { body: signInPage('Sign in', 'Unable to sign in') };
    return {
      body: selfPostingPage(options.acs, { SAMLResponse: await options.samlResponse(), RelayState: '' }),
    };
  };
}
