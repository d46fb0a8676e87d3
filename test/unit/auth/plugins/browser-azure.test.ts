/** BrowserAzureCredentialsProvider, step by step: the code, the SAML assertion for it, and AWS keys for that. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { browserAzure as plugin } from '../../../../src/auth/plugins/browser-azure.js';
import type { AwsKeys } from '../../../../src/auth/provider.js';
import { createSamlIdp, redshiftAttribute, samlRole } from '../../../fakes/saml/identity-provider.js';
import { SecretSearch } from '../../../secret-search.js';
import { isFree } from '../raw.js';
import { post, trial, type Script, type Trial } from './browser-context.js';

const sts = vi.hoisted(() => ({ asked: [] as { samlAssertion: string; roleArn: string }[] }));
vi.mock('../../../../src/aws/clients.js', () => ({
  assumeRoleWithSaml: async (request: { samlAssertion: string; roleArn: string }): Promise<AwsKeys> => {
    sts.asked.push(request);
    return { accessKeyId: 'ASIACANARY', secretAccessKey: 'CANARY-secret', sessionToken: 'CANARY-session' };
  },
}));
afterEach(() => {
  sts.asked.length = 0;
});

const code = 'CANARY-code-0.AXo+/=';
const clientId = 'CANARY-client-11112222';
const clientSecret = 'CANARY-client-secret';
const roleArn = 'arn:aws:iam::123456789012:role/analyst';
const response = (await createSamlIdp('entra')).respondXml({
  attributes: [
    [samlRole, [`${roleArn},arn:aws:iam::123456789012:saml-provider/entra`]],
    [redshiftAttribute('DbUser'), ['Prüfer "A" Müller']],
  ],
});
const assertion = /<(?:\w+:)?Assertion[^]*<\/(?:\w+:)?Assertion>/.exec(response)![0];
const accessToken = Buffer.from(assertion).toString('base64url');

function login(script: Partial<Script> = {}): Trial {
  return trial({
    plugin: plugin.name,
    options: { idpTenant: 'tenant-1', clientId, region: 'us-east-1' },
    browse: (page) => post(page, { code, state: page.searchParams.get('state')! }),
    answer: () => ({ body: { token_type: 'Bearer', expires_in: '3599', access_token: accessToken } }),
    ...script,
  });
}

describe('a login', () => {
  it('asks for a code with PKCE, and for a SAML assertion with the code', async () => {
    const { context, pages, requests } = login();
    expect(await plugin.get(context)).toMatchObject({
      kind: 'aws',
      keys: { accessKeyId: 'ASIACANARY' },
      asserted: { dbUser: 'Prüfer "A" Müller' },
    });
    const page = pages[0]!;
    expect(page.origin + page.pathname).toBe('https://login.microsoftonline.com/tenant-1/oauth2/authorize');
    const { redirect_uri, state, code_challenge, ...rest } = Object.fromEntries(page.searchParams);
    expect(rest).toEqual({
      response_type: 'code',
      response_mode: 'form_post',
      client_id: clientId,
      scope: 'openid',
      code_challenge_method: 'S256',
    });
    expect(state).toHaveLength(43);
    const { url, fields } = requests[0]!;
    expect(url).toBe('https://login.microsoftonline.com/tenant-1/oauth2/token');
    const { code_verifier, ...sent } = Object.fromEntries(fields);
    expect(sent).toEqual({
      grant_type: 'authorization_code',
      requested_token_type: 'urn:ietf:params:oauth:token-type:saml2',
      scope: 'openid',
      resource: clientId,
      client_id: clientId,
      code,
      redirect_uri,
    });
    expect(createHash('sha256').update(code_verifier!).digest('base64url')).toBe(code_challenge);
    expect(await isFree(Number(new URL(redirect_uri!).port))).toBe(true);
  });

  it('sends STS a response around the assertion, every byte of which is as it was signed', async () => {
    await plugin.get(login().context);
    expect(sts.asked).toMatchObject([{ roleArn }]);
    const sent = Buffer.from(sts.asked[0]!.samlAssertion, 'base64').toString('utf8');
    expect(sent).toContain(assertion);
  });

  it('sends clientSecret of a confidential application', async () => {
    const { context, requests } = login({
      options: { idpTenant: 't', clientId, clientSecret, region: 'us-east-1' },
    });
    await plugin.get(context);
    expect(requests[0]!.fields.get('client_secret')).toBe(clientSecret);
  });
});

describe('a login that fails', () => {
  it.each([
    ['a JSON Web Token instead of an assertion', 'eyJhbGciOiJSUzI1NiJ9.CANARY.x', 'is no SAML assertion'],
    ['no token', undefined, 'no access_token'],
  ])('tells %s', async (_, access_token, text) => {
    const error: unknown = await plugin
      .get(login({ answer: () => ({ body: { access_token } }) }).context)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ plugin: plugin.name, stage: 'identity provider' });
    expect(String(error)).toContain(text);
    expect(String(error)).not.toContain('CANARY');
  });

  it("keeps Entra's words and says what to do", async () => {
    const error: unknown = await plugin
      .get(
        login({
          answer: () => ({
            status: 401,
            body: {
              error: 'invalid_client',
              error_description: 'AADSTS7000218: The request body must contain it.',
            },
          }),
        }).context,
      )
      .catch((caught: unknown) => caught);
    expect(String(error)).toContain('invalid_client: AADSTS7000218: The request body must contain it.');
    expect(error).toMatchObject({ hint: expect.stringContaining('clientSecret') as unknown });
  });
});

it('lets no secret out', async () => {
  const options = { idpTenant: 't', clientId, clientSecret, region: 'us-east-1' };
  const tried = login({
    options,
    answer: (fields) => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: fields.toString() },
    }),
  });
  const error: unknown = await plugin.get(tried.context).catch((caught: unknown) => caught);
  const search = new SecretSearch([
    ['code', code],
    ['clientSecret', clientSecret],
    ['clientId', clientId],
    ['verifier', tried.requests[0]!.fields.get('code_verifier')!],
    ['state', tried.pages[0]!.searchParams.get('state')!],
  ]);
  expect([
    ...search.inValue(error, 'the error'),
    ...search.inText(tried.lines.join('\n'), 'the log'),
  ]).toEqual([]);
});
