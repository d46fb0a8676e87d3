/**
 * JSON Web Tokens of a native identity provider (CREATE IDENTITY PROVIDER) that were fetched elsewhere: they go to the database
 * as they are, which verifies them. It reads no claim, asks nobody and keeps nothing.
 */
import { AuthenticationError } from '../../errors.js';
import type { Plugin, ProvidedCredentials, ProviderContext } from '../provider.js';
import { tokenText } from '../token-text.js';

async function get(context: ProviderContext): Promise<ProvidedCredentials> {
  const { webIdentityToken } = context.options;
  if (webIdentityToken === undefined) {
    throw new AuthenticationError(`${context.plugin} needs webIdentityToken`, {
      plugin: context.plugin,
      stage: 'options',
      hint: 'give the JSON Web Token, or a function that gives one for each connection',
    });
  }
  return { kind: 'token', token: await tokenText(webIdentityToken, 'webIdentityToken', context) };
}

/** @internal */
export function jwtPlugin(name: Plugin['name']): Plugin {
  return {
    name,
    // A token says itself how long it lives, but not to us; and functions are asked for every connection.
    reusable: false,
    get,
  };
}

/** In redshift_connector an abstract base; here the same as BasicJwtCredentialsProvider under its own name. */
export const jwt = jwtPlugin('JwtCredentialsProvider');
