/** Asks for the text of a secret, which may be a function of the user's; a wait ends with the signal. It never repeats what was said. */
import { unlessAborted } from '../aws/unless-aborted.js';
import type { Secret } from '../config/secret.js';
import { AuthenticationError, RedshiftError } from '../errors.js';

/**
 * What the function itself throws becomes the cause; its text may hold anything, so it is not repeated.
 *
 * @param option the secret's name, for errors
 * @throws AuthenticationError when the function fails, the signal's reason when that ends the wait
 */
export async function ask(
  secret: Secret,
  option: string,
  signal: AbortSignal,
  { plugin }: { readonly plugin?: string } = {},
): Promise<string> {
  signal.throwIfAborted();
  const read = secret.read().catch((cause: unknown) => {
    if (cause instanceof RedshiftError) throw cause;
    const stage = plugin === undefined ? undefined : 'token';
    throw new AuthenticationError(`The function given as ${option} failed`, { cause, plugin, stage });
  });
  return unlessAborted(read, signal);
}
