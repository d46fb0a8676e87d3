/** Asks for the text of a secret, which may be a function of the user's; a wait ends with the signal. It never repeats what was said. */
import { unlessAborted } from '../aws/unless-aborted.js';
import type { Secret } from '../config/secret.js';
import { AuthenticationError, RedshiftError, type LoginStage } from '../errors.js';

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
  {
    plugin,
    stage = plugin === undefined ? undefined : 'token',
  }: { readonly plugin?: string; readonly stage?: LoginStage | undefined } = {},
): Promise<string> {
  signal.throwIfAborted();
  const read = secret.read().catch((cause: unknown) => {
    if (cause instanceof RedshiftError) throw cause;
    const text = `The function given as ${option} failed (see cause)`;
    throw new AuthenticationError(text, { cause, plugin, stage });
  });
  return unlessAborted(read, signal);
}
