import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oktaResponse } from '../../../../src/auth/plugins/okta.js';
import { startFakeHosts, type FakeHosts } from '../../../fakes/fake-hosts.js';
import type { Answer, Answering } from '../../../fakes/https-server.js';
import { fakeOkta, type OktaOptions } from '../../../fakes/idp/okta.js';
import { Trials } from './trial.js';

const user = 'jos\u00e9@example.test';
const password = 'Canary-Okta-&é=+%41 "7Kq"<b>';
const token = '20111Canary/Token+7Kq=';
const samlResponse = 'PHNhbWxwOlJlc3BvbnNlLz4+/w==';
const appId = '0oa1canary/272';

let hosts: FakeHosts;
let answer: Answering;
let trials: Trials;
const okta = (options: Partial<OktaOptions> = {}): void => {
  answer = fakeOkta({
    user,
    password,
    appId,
    token: () => token,
    samlResponse: () => samlResponse,
    ...options,
  });
};
/** Okta, whose answer to the login is this. */
const authn = (reply: Answer): void => {
  answer = ({ path }) => (path === '/api/v1/authn' ? reply : { status: 404 });
};

beforeAll(async () => {
  hosts = await startFakeHosts({ 'corp.okta.test': (...all) => answer(...all) });
  const usual = { idpHost: 'corp.okta.test', user, password, appId };
  trials = new Trials('OktaCredentialsProvider', oktaResponse, hosts, usual, { password, token });
});
afterAll(() => hosts.close());

describe('a login with Okta', () => {
  it('asks the Authentication API, takes its token to the application, and reads the SAML response with its entities', async () => {
    okta();
    const { response, asked } = await trials.logIn();
    expect(response).toBe(samlResponse);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/authn',
      'GET /home/amazon_aws_redshift/0oa1canary/272',
      'GET /app/amazon_aws_redshift/0oa1canary-272/sso/saml',
    ]);
    expect(JSON.parse(asked[0]!.body)).toEqual({ username: user, password });
    expect(asked[0]?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'cache-control': 'no-cache',
    });
    expect(asked[1]?.query.get('onetimetoken')).toBe(token);
    // It is for one page, and goes nowhere else.
    expect(asked[2]?.headers.referer).toBeUndefined();
  });

  it('takes the name of the application, and an id without a slash', async () => {
    // The fake sees the path as it is sent.
    okta({ appName: 'our%20app', appId: '0oa2' });
    expect((await trials.logIn({ appName: 'our app', appId: '0oa2' })).response).toBe(samlResponse);
    okta({ appName: 'amazon_aws' });
    expect((await trials.logIn({ appName: 'amazon_aws' })).response).toBe(samlResponse);
  });

  it('stays on the page of the application, whatever appId says', async () => {
    okta();
    for (const odd of ['..%2f..%2fevil', 'x?y=1', 'x#y', 'x\\..\\y', 'x y']) {
      const { asked } = await trials.fails({ appId: odd });
      expect(asked.map(({ host }) => host)).toEqual(['corp.okta.test', 'corp.okta.test']);
      expect(asked[1]?.path).toMatch(/^\/home\/amazon_aws_redshift\/[^/]+$/);
    }
    for (const odd of ['../../evil', '%2e%2e/evil', '//evil.test/x', '.', 'a//b']) {
      const { message, posted } = await trials.fails({ appId: odd });
      expect(message).toContain('The option appId is no id of an application');
      expect(posted).toBe(0);
    }
    expect((await trials.fails({ appName: '..' })).message).toContain('The option appName is no name');
  });
});

describe('a login with Okta that fails says what to do:', () => {
  it('a wrong password', async () => {
    okta();
    const { message, hint, stage } = await trials.fails({ password: 'wrong' });
    expect(message).toContain('Okta refused the login: Authentication failed [E0000004, HTTP 401]');
    expect(hint).toContain('check user and password');
    expect(stage).toBe('identity provider');
  });

  it.each([
    ['MFA_REQUIRED', 'a second factor is needed', 'use BrowserSamlCredentialsProvider'],
    ['MFA_CHALLENGE', 'a second factor is needed', 'use BrowserSamlCredentialsProvider'],
    ['MFA_ENROLL', 'a second factor has to be set up', 'use BrowserSamlCredentialsProvider'],
    ['MFA_ENROLL_ACTIVATE', 'a second factor has to be set up', 'use BrowserSamlCredentialsProvider'],
    ['PASSWORD_EXPIRED', 'the password has expired', 'use BrowserSamlCredentialsProvider'],
    ['PASSWORD_WARN', 'the password expires soon', 'use BrowserSamlCredentialsProvider'],
    ['PASSWORD_RESET', 'the password has to be reset', 'use BrowserSamlCredentialsProvider'],
    ['RECOVERY', 'the account is being recovered', 'in a browser'],
    ['RECOVERY_CHALLENGE', 'the account is being recovered', 'in a browser'],
    ['LOCKED_OUT', 'the account is locked', 'use BrowserSamlCredentialsProvider'],
    ['UNAUTHENTICATED', 'the user is not logged in', 'use BrowserSamlCredentialsProvider'],
    ['SOMETHING_NEW', 'its status is SOMETHING_NEW', 'use BrowserSamlCredentialsProvider'],
    ['__proto__', 'its status is __proto__', 'use BrowserSamlCredentialsProvider'],
  ])('the status %s', async (status, words, todo) => {
    okta({ status });
    const { message, hint, asked } = await trials.fails();
    expect(message).toContain(`its status is ${status}`);
    expect(message).toContain(words);
    expect(hint).toContain(todo);
    expect(asked.length).toBe(1);
  });

  it.each([
    [
      'too many logins',
      'limit',
      'API call exceeded rate limit due to too many requests. [E0000047, HTTP 429]',
      'wait',
    ],
    [
      'a host that is no Okta',
      'html',
      'did not answer the login in JSON',
      'the host of your Okta organization',
    ],
    ['no session token', 'no token', 'without giving a session token', 'use BrowserSamlCredentialsProvider'],
    [
      'a page that needs JavaScript',
      'script',
      'a page without SAMLResponse, which needs JavaScript',
      'use BrowserSamlCredentialsProvider',
    ],
    [
      'an application of others',
      'unassigned',
      'HTTP 403; its page says "User is not assigned to this application"',
      'whether the user is assigned',
    ],
  ] as const)('%s', async (_, mode, words, todo) => {
    okta({ mode });
    const { message, hint } = await trials.fails();
    expect(message).toContain(words);
    expect(hint).toContain(todo);
  });

  it('an unknown application', async () => {
    okta();
    const { message, hint } = await trials.fails({ appId: '0oaunknown' });
    expect(message).toContain(`the application's page with HTTP 404; its page says "Page not found"`);
    expect(hint).toContain('check appName and appId');
  });

  it.each([
    ['an answer that is no object', '"text"', 'did not answer the login in JSON'],
    ['a list', '[]', 'did not answer the login in JSON'],
    ['nothing', '', 'did not answer the login in JSON'],
    ['no status', '{}', '(no status)'],
    [
      'a token that is no text',
      '{"status":"SUCCESS","sessionToken":{"a":1}}',
      'without giving a session token',
    ],
  ])('%s', async (_, body, words) => {
    authn({ body });
    expect((await trials.fails()).message).toContain(words);
  });

  it.each([
    [400, 'check idpHost, user and password'],
    [500, 'try again later'],
  ])('HTTP %i without an explanation', async (status, todo) => {
    authn({ status, body: '<html>' });
    const { message, hint } = await trials.fails();
    expect(message).toContain(`Okta refused the login [HTTP ${String(status)}]`);
    expect(hint).toContain(todo);
  });

  it('an explanation that repeats the password', async () => {
    authn({
      status: 400,
      body: JSON.stringify({ errorCode: 'E1', errorSummary: `Bad ${password}\n\u001b[2J!` }),
    });
    expect((await trials.fails()).message).toContain('Okta refused the login: Bad *** [2J! [E1, HTTP 400]');
  });

  it('a page that repeats the token', async () => {
    okta();
    const whole = answer;
    answer = (request, response) =>
      request.path.startsWith('/home/')
        ? { body: `<p class=error>No token ${token}</p>` }
        : whole(request, response);
    expect((await trials.fails()).message).toContain('its page says "No token ***"');
  });

  it('a connection that breaks with the token in the address', async () => {
    okta();
    const whole = answer;
    answer = (request, response) => (request.path.startsWith('/home/') ? 'cut' : whole(request, response));
    expect((await trials.fails()).message).toContain('Okta could not be asked');
  });

  it('a redirect that leads to http, with the token in its address', async () => {
    okta();
    const whole = answer;
    answer = (request, response) =>
      request.path.startsWith('/home/')
        ? {
            status: 302,
            headers: { location: `http://corp.okta.test/?onetimetoken=${encodeURIComponent(token)}` },
          }
        : whole(request, response);
    expect((await trials.fails()).message).toContain('Okta could not be asked');
  });

  it('a certificate that nobody vouches for', async () => {
    okta();
    const { message, asked } = await trials.fails({}, { trusted: false });
    expect(message).toContain('Okta could not be asked');
    expect(asked).toEqual([]);
  });

  it.each(['idpHost', 'user', 'password', 'appId'])('no %s', async (name) => {
    okta();
    expect((await trials.fails({ [name]: '' })).message).toContain(`The option ${name} is missing`);
  });
});
