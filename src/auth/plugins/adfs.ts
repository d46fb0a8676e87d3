/**
 * AdfsCredentialsProvider: the login page of Microsoft AD FS, filled in. Windows integrated authentication is not done.
 */
import { AuthenticationError } from '../../errors.js';
import { logInByForm } from '../form-login.js';
import { queryValue } from '../idp-conversation.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { samlCredentials } from '../saml.js';

/** The relying party that AD FS knows AWS by. */
const aws = 'urn:amazon:webservices';

const name = 'AdfsCredentialsProvider';

export const adfs: Plugin = {
  name,
  reusable: true,
  get: async (context) => samlCredentials(name, await adfsResponse(context), context),
};

/** The base64 SAML response of AD FS for user and password. */
export async function adfsResponse(context: ProviderContext): Promise<string> {
  const { loginToRp, user, password } = context.options;
  // Other drivers take it for a wish to log in as the Windows user, and then fail without a word about it.
  if ((user === undefined || user === '') && password === undefined)
    throw new AuthenticationError('The options user and password are missing', {
      plugin: context.plugin,
      stage: 'options',
      hint: 'AD FS is logged in to by its form; Windows integrated authentication is not supported',
    });
  // The colons stay as other drivers write them.
  const party = queryValue(loginToRp === undefined || loginToRp === '' ? aws : loginToRp);
  return logInByForm(
    {
      provider: 'AD FS',
      start: `/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=${party.replaceAll('%3A', ':')}`,
      startOption: 'loginToRp',
      refused: 'check user and password; AD FS wants user@domain or DOMAIN\\user',
    },
    context,
  );
}
