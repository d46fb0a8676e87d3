/** The text of an identity token that the user gives, as it is sent to the server. It never reads what is in a token. */
import type { Secret } from '../config/secret.js';
import { AuthenticationError } from '../errors.js';
import { ask } from './ask.js';

/**
 * White space around a token is not part of it: files end in a line break. A function is called anew each time, since
 * Identity Center takes a token of a trusted issuer once (aws/amazon-redshift-jdbc-driver#146).
 *
 * @throws AuthenticationError, stage `token`, for a text that is no token
 */
export async function tokenText(
  secret: Secret,
  option: string,
  { plugin, signal }: { readonly plugin?: string; readonly signal: AbortSignal },
): Promise<string> {
  const token = (await ask(secret, option, signal, plugin === undefined ? {} : { plugin })).trim();
  if (token === '') {
    throw new AuthenticationError(`The option ${option} gave an empty token`, {
      plugin,
      stage: 'token',
      hint: 'a function has to resolve to the text of the token',
    });
  }
  if (/^Bearer\s/i.test(token)) {
    throw new AuthenticationError(`The option ${option} gave the header of a request`, {
      plugin,
      stage: 'token',
      hint: 'leave out the word "Bearer" and give the token alone',
    });
  }
  if (/\s/.test(token)) {
    throw new AuthenticationError(`The option ${option} gave a text with white space in it`, {
      plugin,
      stage: 'token',
      hint: 'a token has none; give the access token itself, not the answer that it came in',
    });
  }
  return token;
}
