/**
 * Logins in a real browser: headless Chromium walks through the identity provider's pages and brings the answer to our
 * port, through a CONNECT proxy that leads the real host names to loopback. BrowserAzureOAuth2CredentialsProvider talks
 * to a real OpenID server, BrowserIdcAuthPlugin to the fake AWS, the others to pages of the same shape as the originals.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../../src/aws/http.js';
import { browserAzureOAuth2 } from '../../src/auth/plugins/browser-azure-oauth2.js';
import { browserAzure } from '../../src/auth/plugins/browser-azure.js';
import { browserSaml } from '../../src/auth/plugins/browser-saml.js';
import { browserIdc, forgetRegistrations } from '../../src/auth/plugins/browser-idc.js';
import type { Plugin, ProviderContext } from '../../src/auth/provider.js';
import { Secret } from '../../src/config/secret.js';
import { FakeAws, FakeAwsError } from '../fakes/aws/fake-aws.js';
import { startFakeHosts, type FakeHosts } from '../fakes/fake-hosts.js';
import { certificateFor, type Answer, type SeenRequest } from '../fakes/https-server.js';
import { startOpenId, type OpenId } from '../fakes/openid.js';
import {
  createSamlIdp,
  redshiftAttribute,
  samlRole,
  samlSession,
  type Claims,
  type SamlIdp,
} from '../fakes/saml/identity-provider.js';
import { samlJudge } from '../fakes/saml/sts-judge.js';
import { SecretSearch } from '../secret-search.js';
import { hasChromium, startChromium, type Chromium } from './chromium.js';

const tenant = 'contoso.example';
const clientId = '11112222-bbbb-3333-cccc-4444dddd5555';
const clientSecret = 'CANARY~client~secret';

/** AWS endpoints that lead to the fake. */
const apis = { 'oidc.us-east-1.amazonaws.com': 0, 'sts.us-gov-west-1.amazonaws.com': 0 };

const roleArn = 'arn:aws-us-gov:iam::123456789012:role/analyst';
const principal = (name: string): string => `arn:aws-us-gov:iam::123456789012:saml-provider/${name}`;
const listenPort = await freePort();
const acs = `http://localhost:${String(listenPort)}/redshift/`;
const signInPage = 'https://signin.aws.amazon.com/saml';
const claims = (name: string, destination: string): Claims => ({
  attributes: [
    [samlRole, [`${roleArn},${principal(name)}`]],
    [samlSession, ['alice@corp.example']],
    [redshiftAttribute('DbGroups'), ['finance', 'Prüfer']],
  ],
  destination,
});

/** A page as identity providers send it: a form that posts itself. */
function selfPosting(action: string, fields: Readonly<Record<string, string>>): string {
  const escape = (text: string): string =>
    text.replace(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`,
  );
  return `<!doctype html><body onload="document.forms[0].submit()"><form method="post" action="${escape(action)}">${inputs.join('')}</form></body>`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe.skipIf(!hasChromium)('browser logins with a real Chromium', () => {
  let hosts: FakeHosts;
  let chromium: Chromium;
  let openId: OpenId;
  let aws: FakeAws;
  let okta: SamlIdp;
  let entra: SamlIdp;
  /** What the pages are to do, by test. */
  const pages = {
    saml: (_: SeenRequest): string => '',
    entra: (_: SeenRequest): Answer => ({ status: 404 }),
  };

  beforeAll(async () => {
    hosts = await startFakeHosts({
      'evil.example': () => ({ body: '<h1>Another page that is open</h1>' }),
      'idp.corp.example': (request) => ({ body: pages.saml(request) }),
      'login.microsoftonline.us': (request) => pages.entra(request),
    });
    const { authority, proxy } = hosts;
    openId = await startOpenId({ authority, tenant, clientId, clientSecret });
    proxy.map('login.microsoftonline.com', openId.port);
    aws = await FakeAws.start({
      certificate: {
        ...(await certificateFor(authority, Object.keys(apis))),
        ca: authority.cert,
      },
    });
    for (const name of Object.keys(apis)) proxy.map(name, aws.port);
    [okta, entra] = await Promise.all([createSamlIdp('okta'), createSamlIdp('entra')]);
    aws.world.saml = samlJudge({
      providers: {
        [principal('okta')]: { entityId: okta.entityId, cert: okta.cert },
        [principal('entra')]: { entityId: entra.entityId, cert: entra.cert },
      },
      roles: {
        [roleArn]: { trusts: [principal('okta'), principal('entra')], audiences: [acs, signInPage] },
      },
    });
    chromium = await startChromium(proxy.port);
  });

  afterAll(async () => {
    await chromium.close();
    await aws.close();
    await openId.close();
    await hosts.close();
  });

  interface Trial {
    readonly context: ProviderContext;
    readonly pages: string[];
    readonly lines: string[];
    readonly give: AbortController;
  }

  const secrets = new Set(['clientId', 'clientSecret']);

  /** What CORE gives a plugin, with a browser that does what `user` says. */
  function trial(
    plugin: Plugin,
    options: Record<string, string | number>,
    browse: (url: string) => Promise<unknown>,
  ): Trial {
    const pages: string[] = [];
    const lines: string[] = [];
    const give = new AbortController();
    return {
      pages,
      lines,
      give,
      context: {
        plugin: plugin.name,
        options: Object.fromEntries(
          Object.entries(options).map(([name, value]) => [
            name,
            secrets.has(name) ? new Secret(name, String(value)) : value,
          ]),
        ),
        http: new HttpClient({ ...hosts.settings, insecure: false }),
        signal: give.signal,
        openBrowser: async (url) => {
          pages.push(url);
          await browse(url);
        },
        log: (level, line) => lines.push(`${level} ${line}`),
      },
    };
  }

  describe('BrowserAzureOAuth2CredentialsProvider and a real OpenID server', () => {
    const options = { idpTenant: tenant, clientId, clientSecret, scope: 'api:redshift' };

    /** Does what a person does: signs in, once, and consents, which native programs are asked for each time. */
    const signIn = (url: string): Promise<unknown> =>
      chromium.browse(url, async (page) => {
        const ours = /^http:\/\/localhost:\d+\/redshift\/$/;
        while (!ours.test(page.url())) {
          if ((await page.locator('input[name=login]').count()) > 0) {
            await page.fill('input[name=login]', 'alice');
            await page.fill('input[name=password]', 'CANARY-idp-password');
          }
          const before = page.url();
          await page.click('button[type=submit]');
          await page.waitForURL((next) => next.href !== before);
        }
        if ((await page.innerText('h1')) === 'You may close this window') await page.close();
      });

    it('gives a token that the server signed for this user', async () => {
      const tried = trial(browserAzureOAuth2, options, signIn);
      const given = await browserAzureOAuth2.get(tried.context);
      if (given.kind !== 'token') throw new Error('no token');
      const [head, body, signature] = given.token.split('.');
      const { kid } = JSON.parse(Buffer.from(head!, 'base64url').toString()) as { kid: string };
      const key = createPublicKey({ key: openId.keys.find((each) => each['kid'] === kid)!, format: 'jwk' });
      expect(
        verify('sha256', Buffer.from(`${head!}.${body!}`), key, Buffer.from(signature!, 'base64url')),
      ).toBe(true);
      expect(JSON.parse(Buffer.from(body!, 'base64url').toString())).toMatchObject({
        sub: 'alice',
        client_id: clientId,
      });
      const seconds = (given.expiration!.getTime() - Date.now()) / 1000;
      expect(seconds).toBeGreaterThan(3000);
      expect(seconds).toBeLessThanOrEqual(3600);
    });

    it('opens one window for two logins at once', async () => {
      const opened: string[] = [];
      const browse = (url: string): Promise<unknown> => {
        opened.push(url);
        return signIn(url);
      };
      const both = [trial(browserAzureOAuth2, options, browse), trial(browserAzureOAuth2, options, browse)];
      const [a, b] = await Promise.all(both.map(({ context }) => browserAzureOAuth2.get(context)));
      expect(a).toEqual(b);
      expect(opened).toHaveLength(1);
    });

    it('goes on while another page fires at the port: fetches, frames, images and forms with a wrong state', async () => {
      const tried = trial(browserAzureOAuth2, options, async (url) => {
        const redirect = new URL(url).searchParams.get('redirect_uri')!;
        const page = await chromium.browse('https://evil.example/');
        // Text, since it runs in the page.
        const target = JSON.stringify(redirect);
        await page.evaluate(`(async () => {
          const body = new URLSearchParams({ state: 'guessed', code: 'evil' });
          await fetch(${target}, { method: 'POST', mode: 'no-cors', body }).catch(() => undefined);
          await fetch(${target}).catch(() => undefined);
          new Image().src = ${target} + '?state=guessed&code=evil';
          document.body.innerHTML = '<form method="post"><input name="state" value="guessed"><input name="code" value="evil"></form>';
          document.forms[0].action = ${target};
          document.forms[0].submit();
        })()`);
        await page.waitForURL(redirect);
        expect(await page.innerText('h1')).toBe('This answer was not taken');
        await page.close();
        await signIn(url);
      });
      expect(await browserAzureOAuth2.get(tried.context)).toMatchObject({ kind: 'token' });
      expect(tried.lines.filter((line) => line.startsWith('warn')).length).toBeGreaterThanOrEqual(1);
    });

    it("tells the server's own error at once: the user says no", async () => {
      const tried = trial(browserAzureOAuth2, options, (url) =>
        chromium.browse(url, async (page) => {
          await page.click('text=Cancel');
          await page.waitForURL(/^http:\/\/localhost/);
          expect(await page.innerText('h1')).toBe('The login was refused');
        }),
      );
      await expect(browserAzureOAuth2.get(tried.context)).rejects.toMatchObject({
        name: 'AuthenticationError',
        stage: 'identity provider',
        message: expect.stringContaining('access_denied: End-User aborted interaction') as unknown,
      });
    });

    it('keeps the words of the token endpoint: a wrong client secret', async () => {
      const tried = trial(browserAzureOAuth2, { ...options, clientSecret: 'CANARY-wrong-secret' }, signIn);
      const error: unknown = await browserAzureOAuth2.get(tried.context).catch((caught: unknown) => caught);
      expect(String(error)).toContain('invalid_client');
      const search = new SecretSearch([
        ['clientSecret', 'CANARY-wrong-secret'],
        ['state', new URL(tried.pages[0]!).searchParams.get('state')!],
      ]);
      expect([
        ...search.inValue(error, 'the error'),
        ...search.inText(tried.lines.join('\n'), 'the log'),
      ]).toEqual([]);
    });

    it('is given up at once, with the page open', async () => {
      const tried = trial(browserAzureOAuth2, { ...options, idpPartition: 'commercial' }, () => {
        tried.give.abort(new Error('given up'));
        return Promise.resolve();
      });
      await expect(browserAzureOAuth2.get(tried.context)).rejects.toThrow('given up');
    });
  });

  describe('BrowserIdcAuthPlugin', () => {
    const options = {
      issuerUrl: 'https://identitycenter.amazonaws.com/ssoins-1234567890abcdef',
      idcRegion: 'us-east-1',
      listenPort: 0,
    };
    afterEach(forgetRegistrations);

    const agree = (url: string): Promise<unknown> =>
      chromium.browse(url, async (page) => {
        expect(await page.innerText('h1')).toBe('You may close this window');
        await page.close();
      });

    it('gives the access token that the service made', async () => {
      const { context } = trial(browserIdc, options, agree);
      const given = await browserIdc.get(context);
      expect(given).toMatchObject({
        kind: 'token',
        tokenType: 'ACCESS_TOKEN',
        token: aws.world.accessTokens.at(-1),
      });
    });

    it('waits while the service says that the authorization is pending', async () => {
      aws.fail(
        { kind: 'error', error: new FakeAwsError('AuthorizationPendingException', 'pending') },
        { service: 'sso-oidc', action: 'CreateToken' },
      );
      const { context } = trial(browserIdc, options, agree);
      // The fake takes a code once, the refused question before it was not counted.
      expect(await browserIdc.get(context)).toMatchObject({ token: aws.world.accessTokens.at(-1) });
    });

    it('says who is not assigned to the application', async () => {
      aws.fail(
        { kind: 'error', error: new FakeAwsError('AccessDeniedException', 'No assignment') },
        { service: 'sso-oidc', action: 'CreateToken' },
      );
      const { context } = trial(browserIdc, options, agree);
      await expect(browserIdc.get(context)).rejects.toMatchObject({
        plugin: 'BrowserIdcAuthPlugin',
        stage: 'identity provider',
        message: expect.stringMatching(/AccessDeniedException.*not assigned to the application/) as unknown,
      });
    });
  });

  const closes = (url: string): Promise<unknown> =>
    chromium.browse(url, async (page) => {
      await page.waitForURL(/^http:\/\/localhost/);
      expect(await page.innerText('h1')).toBe('You may close this window');
      await page.close();
    });

  describe('BrowserSamlCredentialsProvider', () => {
    const options = { loginUrl: 'https://idp.corp.example/app/redshift/sso/saml', listenPort };

    it('gives the keys of the role that STS gives for the signed response', async () => {
      pages.saml = () =>
        selfPosting(acs, { RelayState: '', SAMLResponse: okta.respond(claims('okta', acs)) });
      const { context } = trial(browserSaml, options, closes);
      expect(await browserSaml.get(context)).toMatchObject({
        kind: 'aws',
        keys: {
          accessKeyId: expect.stringMatching(/^ASIA/) as unknown,
          sessionToken: expect.any(String) as unknown,
        },
        asserted: { dbUser: 'alice@corp.example', dbGroups: ['finance', 'Prüfer'] },
      });
      expect(aws.requests.at(-1)).toMatchObject({ action: 'AssumeRoleWithSAML', region: 'us-gov-west-1' });
    });

    it('takes a response of 90 kB', async () => {
      const groups = Array.from({ length: 300 }, (_, at) => `group-${String(at)}-${'x'.repeat(30)}`);
      const large = claims('okta', acs);
      const attributes = [...large.attributes, [redshiftAttribute('DbGroups'), groups] as const];
      pages.saml = () => selfPosting(acs, { SAMLResponse: okta.respond({ ...large, attributes }) });
      const { context } = trial(browserSaml, options, closes);
      const given = await browserSaml.get(context);
      expect(given.kind === 'aws' && given.asserted?.dbGroups).toHaveLength(302);
    });
  });

  describe('BrowserAzureCredentialsProvider', () => {
    it('gives the keys for the assertion of the code, whose PKCE, client and redirect_uri are checked', async () => {
      let challenge = '';
      let redirect = '';
      pages.entra = ({ path, query, form }) => {
        if (path.startsWith(`/${tenant}/oauth2/authorize`)) {
          challenge = query.get('code_challenge')!;
          redirect = query.get('redirect_uri')!;
          // The state in front, as one real page has it.
          return {
            body: selfPosting(redirect, { state: query.get('state')!, session_state: 's', code: '0.A+/=&x' }),
          };
        }
        const verifier = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        const good =
          path === `/${tenant}/oauth2/token` &&
          verifier === challenge &&
          form.get('code') === '0.A+/=&x' &&
          form.get('redirect_uri') === redirect &&
          form.get('client_id') === clientId &&
          form.get('requested_token_type') === 'urn:ietf:params:oauth:token-type:saml2';
        if (!good) return { status: 400, body: '{"error":"invalid_grant"}' };
        const xml = entra.respondXml(claims('entra', signInPage));
        const assertion = /<Assertion[^]*<\/Assertion>/.exec(xml)![0];
        return { body: JSON.stringify({ access_token: Buffer.from(assertion).toString('base64url') }) };
      };
      const { context } = trial(
        browserAzure,
        { idpTenant: tenant, clientId, idpPartition: 'us-gov' },
        closes,
      );
      expect(await browserAzure.get(context)).toMatchObject({
        kind: 'aws',
        keys: { accessKeyId: expect.stringMatching(/^ASIA/) as unknown },
        asserted: { dbGroups: ['finance', 'Prüfer'] },
      });
    });
  });
});
