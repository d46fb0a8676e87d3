/**
 * The parts of OAuth 2.0 that the browser plugins share: the authorization code in an answer (RFC 6749 4.1.2) and what an
 * identity provider says when it refuses. Its own words are kept, cut to a line; codes, tokens and fields never are.
 */
import { AuthenticationError } from '../errors.js';
import type { Judge } from './browser-listener.js';
import type { State } from './state.js';

/** Of the provider's text; descriptions of Entra are paragraphs with ids and times. */
const longestText = 600;

/** What a provider said, on one line and without what would move a terminal's cursor. */
export function saidBy(error: unknown, description: unknown): string | undefined {
  const texts = [error, description].filter(
    (text): text is string => typeof text === 'string' && text.trim() !== '',
  );
  if (texts.length === 0) return undefined;
  const line = texts
    .join(': ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+/g, ' ')
    .trim();
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}

/** Takes secrets out of text that others wrote. */
export function without(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < 4) continue;
    for (const form of [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ '': secret }).toString().slice(1),
    ])
      clean = clean.replaceAll(form, '***');
  }
  return clean;
}

/**
 * Takes the code of the answer that brings our state. Any other answer is passed over, a refusal too: every web page
 * could send one.
 */
export function codeWith(
  state: State,
  plugin: string,
  hintOf: (said: string) => string | undefined,
): Judge<string> {
  return (fields) => {
    if (!state.spend(fields.get('state')))
      return { kind: 'ignored', why: 'its state is not that of this login' };
    const said = saidBy(fields.get('error'), fields.get('error_description'));
    if (said !== undefined) {
      const shown = without(said, [state.reveal(), fields.get('code')]);
      return {
        kind: 'refused',
        error: new AuthenticationError(`The identity provider refused the login: ${shown}`, {
          plugin,
          stage: 'identity provider',
          hint: hintOf(shown),
        }),
      };
    }
    const code = fields.get('code') ?? '';
    if (code !== '') return { kind: 'taken', value: code };
    return {
      kind: 'refused',
      error: new AuthenticationError("The identity provider's answer has neither a code nor an error", {
        plugin,
        stage: 'identity provider',
        hint: 'connect again; if it stays, the application at the identity provider is not set up for the authorization code flow',
      }),
    };
  };
}
