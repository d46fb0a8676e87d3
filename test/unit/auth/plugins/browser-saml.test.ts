/** BrowserSamlCredentialsProvider: the page, the form with the SAML response, and what comes in instead of it. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { browserSaml as plugin } from '../../../../src/auth/plugins/browser-saml.js';
import type { AwsKeys } from '../../../../src/auth/provider.js';
import { createSamlIdp, samlRole } from '../../../fakes/saml/identity-provider.js';
import { SecretSearch } from '../../../secret-search.js';
import { formPost, isFree, Raw, send } from '../raw.js';
import { trial, type Script, type Trial } from './browser-context.js';

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

const loginUrl = 'https://idp.example/sso/saml?app=redshift';
const idp = await createSamlIdp('okta');
const roleArn = 'arn:aws:iam::123456789012:role/analyst';
const attributes = [[samlRole, [`${roleArn},arn:aws:iam::123456789012:saml-provider/idp`]]] as const;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const port = await freePort();
const issuer = idp.entityId;
const response = idp.respond({ attributes, destination: `http://localhost:${String(port)}/redshift/` });

const postForm = async (fields: Readonly<Record<string, string>>): Promise<number> =>
  (await send(port, formPost(port, { body: new URLSearchParams(fields).toString() }))).status;

function login(browse: Script['browse'], options: Script['options'] = {}): Trial {
  return trial({
    plugin: plugin.name,
    options: { loginUrl, listenPort: port, region: 'us-east-1', ...options },
    browse,
  });
}

const failure = ({ context }: Trial): Promise<Error> =>
  plugin.get(context).then(
    () => {
      throw new Error('it went through');
    },
    (error: unknown) => error as Error,
  );

describe('a login', () => {
  it('opens loginUrl as it is, and sends the posted response on to STS byte for byte', async () => {
    const tried = login(() => postForm({ SAMLResponse: response, RelayState: 'x' }));
    expect(await plugin.get(tried.context)).toMatchObject({
      kind: 'aws',
      keys: { accessKeyId: 'ASIACANARY' },
    });
    expect(tried.pages.map(String)).toEqual([loginUrl]);
    expect(sts.asked).toMatchObject([{ samlAssertion: response, roleArn }]);
    expect(await isFree(port)).toBe(true);
  });

  it('takes RelayState in front, and a response that comes in many pieces (redshift_connector cuts it)', async () => {
    const tried = login(async () => {
      const bytes = Buffer.from(
        formPost(port, {
          body: new URLSearchParams({
            RelayState: 'https://evil.example/',
            SAMLResponse: response,
          }).toString(),
        }),
      );
      const raw = await Raw.open(port);
      for (let at = 0; at < bytes.length; at += 700) {
        await raw.send(bytes.subarray(at, at + 700));
        await new Promise(setImmediate);
      }
      expect((await raw.answer()).headers.has('location')).toBe(false);
    });
    await plugin.get(tried.context);
    expect(sts.asked).toMatchObject([{ samlAssertion: response }]);
  });

  it('takes the response of expectedIssuer, and refuses that of another identity provider', async () => {
    const browse: Script['browse'] = () => postForm({ SAMLResponse: response });
    const { context } = login(browse, { expectedIssuer: issuer });
    expect(await plugin.get(context)).toMatchObject({ kind: 'aws' });
    expect(await failure(login(browse, { expectedIssuer: 'https://evil.example' }))).toMatchObject({
      name: 'AuthenticationError',
      stage: 'saml',
      message: expect.stringContaining(
        `is not of the identity provider https://evil.example but of ${issuer}`,
      ) as unknown,
    });
    expect(sts.asked).toHaveLength(1);
    expect(await isFree(port)).toBe(true);
  });

  it('waits on after rubbish', async () => {
    const statuses: number[] = [];
    const tried = login(async () => {
      for (const SAMLResponse of ['', 'rubbish', '!!!!', Buffer.from('{"a":1}').toString('base64')])
        statuses.push(await postForm({ SAMLResponse }));
      statuses.push(await postForm({ RelayState: 'x' }));
      await postForm({ SAMLResponse: response });
    });
    await plugin.get(tried.context);
    expect(statuses).toEqual([400, 400, 400, 400, 400]);
  });

  it('opens one window for two logins at once', async () => {
    const browse: Script['browse'] = () => postForm({ SAMLResponse: response });
    const both = [login(browse), login(browse)];
    await Promise.all(both.map(({ context }) => plugin.get(context)));
    expect(both.flatMap(({ pages }) => pages)).toHaveLength(1);
    expect(sts.asked).toHaveLength(1);
  });

  it('runs two logins with other settings one after the other on their one port', async () => {
    const browse: Script['browse'] = () => postForm({ SAMLResponse: response });
    const both = [login(browse), login(browse, { loginUrl: 'https://other.example/' })];
    await Promise.all(both.map(({ context }) => plugin.get(context)));
    expect(both.map(({ pages }) => pages.length)).toEqual([1, 1]);
  });
});

describe('a login that fails', () => {
  it('refuses a response that was made for another address: another page may have pushed it', async () => {
    const foreign = idp.respond({ attributes, destination: 'https://attacker.example/acs' });
    const error = await failure(login(() => postForm({ SAMLResponse: foreign })));
    expect(error).toMatchObject({ plugin: plugin.name, stage: 'saml' });
    expect(error.message).toContain(`http://localhost:${String(port)}/redshift/`);
    expect(sts.asked).toEqual([]);
  });

  it.each([
    '',
    'http://idp.example/',
    'idp.example',
    'javascript:alert(1)',
    'https://user:CANARY@idp.example/',
    'https://idp.example/ x',
  ])('refuses the loginUrl %j at once (redshift_connector waits for ever)', async (wrong) => {
    const tried = login(() => undefined, { loginUrl: wrong });
    const error = await failure(tried);
    expect(error).toMatchObject({ plugin: plugin.name, stage: 'options' });
    expect(error.message).toContain('loginUrl');
    expect(error.message).not.toContain('CANARY');
    expect(tried.pages).toEqual([]);
  });
});

it('lets nothing of the response out', async () => {
  const lines: string[] = [];
  const good = login(() => postForm({ SAMLResponse: response }));
  await plugin.get(good.context);
  const foreign = idp.respond({ attributes, destination: 'https://attacker.example/acs' });
  const bad = login(() => postForm({ SAMLResponse: foreign }));
  const error = await failure(bad);
  lines.push(...good.lines, ...bad.lines);
  const search = new SecretSearch([
    ['the response', response],
    ['the other response', foreign],
    ['a piece of it', foreign.slice(400, 440)],
  ]);
  expect([...search.inValue(error, 'the error'), ...search.inText(lines.join('\n'), 'the log')]).toEqual([]);
});
