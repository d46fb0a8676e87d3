/**
 * SamlCredentialsProvider: a SAML response that the program has got by itself, as text or by a function that is called
 * for each login (a response is good for five minutes). It talks to no identity provider.
 */
import { unlessAborted } from '../../aws/unless-aborted.js';
import { AuthenticationError, RedshiftError } from '../../errors.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { samlCredentials } from '../saml.js';

const name = 'SamlCredentialsProvider';

export const samlAssertion: Plugin = {
  name,
  reusable: true,
  async get(context) {
    return samlCredentials(name, await given(context), context);
  },
};

/** What the function of the option throws becomes the cause; its text may hold anything, so it is not repeated. */
async function given({ options, signal }: ProviderContext): Promise<string> {
  const { samlAssertion: secret } = options;
  if (secret === undefined) {
    throw new AuthenticationError(`${name} needs the option samlAssertion`, {
      plugin: name,
      stage: 'options',
    });
  }
  try {
    return await unlessAborted(secret.read(), signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof RedshiftError) throw cause;
    throw new AuthenticationError('The function given as samlAssertion failed', {
      plugin: name,
      stage: 'saml',
      cause,
    });
  }
}
