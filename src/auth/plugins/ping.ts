/**
 * PingCredentialsProvider: the login page of PingFederate, filled in. Its session is kept in cookies: without them it
 * says that the page has expired (aws/amazon-redshift-python-driver#18).
 */
import { logInByForm } from '../form-login.js';
import { queryValue } from '../idp-conversation.js';
import type { Plugin, ProviderContext } from '../provider.js';
import { samlCredentials } from '../saml.js';

/** The partner that PingFederate knows AWS by. */
const aws = 'urn:amazon:webservices';

const name = 'PingCredentialsProvider';

export const ping: Plugin = {
  name,
  reusable: true,
  get: async (context) => samlCredentials(name, await pingResponse(context), context),
};

/** The base64 SAML response of PingFederate for user and password. */
export async function pingResponse(context: ProviderContext): Promise<string> {
  const { partnerSpId } = context.options;
  const partner = queryValue(partnerSpId === undefined || partnerSpId === '' ? aws : partnerSpId);
  return logInByForm(
    {
      provider: 'PingFederate',
      start: `/idp/startSSO.ping?PartnerSpId=${partner}`,
      startOption: 'partnerSpId',
      refused: 'check user and password',
    },
    context,
  );
}
