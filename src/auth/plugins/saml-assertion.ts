/**
 * SamlCredentialsProvider: a SAML response that the program has got by itself, as text or by a function that is called
 * for each login (a response is good for five minutes). It talks to no identity provider.
 */
import { AuthenticationError } from '../../errors.js';
import { ask } from '../ask.js';
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

async function given({ options, signal }: ProviderContext): Promise<string> {
  const { samlAssertion: secret } = options;
  if (secret === undefined) {
    throw new AuthenticationError(`${name} needs the option samlAssertion`, {
      plugin: name,
      stage: 'options',
    });
  }
  return ask(secret, 'samlAssertion', signal, { plugin: name, stage: 'saml' });
}
