import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adfsResponse } from '../../../../src/auth/plugins/adfs.js';
import { HttpClient } from '../../../../src/aws/http.js';
import { providerContext } from '../../../fakes/provider-context.js';
import { startFakeHosts, type FakeHosts } from '../../../fakes/fake-hosts.js';
import type { Answer, Answering } from '../../../fakes/https-server.js';
import { fakeAdfs, type AdfsOptions } from '../../../fakes/idp/adfs.js';
import { postingPage, scriptOnlyPage } from '../../../fakes/idp/people.js';
import { Trials } from './trial.js';

const user = 'CORP\\jos\u00e9 +&=%';
const password = 'Canary-Adfs-&é=+%41 "7Kq"<b>';
const samlResponse = 'PHNhbWxwOlJlc3BvbnNlLz4+/w==';
const person = { user, password, samlResponse: () => samlResponse };

let hosts: FakeHosts;
let answer: Answering = () => ({ status: 404 });
let other: Answering = () => ({ status: 404 });
let trials: Trials;
const logIn: Trials['logIn'] = (...all) => trials.logIn(...all);
const fails: Trials['fails'] = (...all) => trials.fails(...all);

beforeAll(async () => {
  hosts = await startFakeHosts({
    'adfs.corp.test': (...all) => answer(...all),
    'other.test': (...all) => other(...all),
  });
  trials = new Trials(
    'AdfsCredentialsProvider',
    adfsResponse,
    hosts,
    { idpHost: 'adfs.corp.test', user, password },
    { password },
  );
});
afterAll(() => hosts.close());

const adfs = (options: Partial<AdfsOptions> = {}): void => {
  answer = fakeAdfs({ ...person, ...options });
};
/** AD FS, except for what its login page or the answer to the form is. */
const pages = (first: Answer | 'hang' | 'cut', second: Answer | 'hang' | 'cut' = { status: 404 }): void => {
  answer = ({ method }) => (method === 'GET' ? first : second);
};
const form = (action: string, more = ''): string =>
  `<form method=post action="${action}"><input name=UserName><input type=password name=Password>${more}</form>`;

describe('a login with AD FS', () => {
  it('fills in the form that holds the password field, and gives the SAML response of the page behind it', async () => {
    adfs();
    const { response, asked } = await logIn();
    expect(response).toBe(samlResponse);
    expect(asked.map(({ method, host, path }) => `${method} ${host}${path}`)).toEqual([
      'GET adfs.corp.test/adfs/ls/IdpInitiatedSignOn.aspx',
      'POST adfs.corp.test/adfs/ls/IdpInitiatedSignOn.aspx',
      'GET adfs.corp.test/adfs/ls/IdpInitiatedSignOn.aspx',
    ]);
    expect([...asked[1]!.form]).toEqual([
      ['UserName', user],
      ['Password', password],
      ['AuthMethod', 'FormsAuthentication'],
    ]);
  });

  it('asks for the relying party that is given, encoded or not', async () => {
    for (const loginToRp of ['urn:our:redshift&x=1', 'urn%3Aour%3Aredshift%26x%3D1']) {
      adfs({ relyingParty: 'urn:our:redshift&x=1' });
      expect((await logIn({ loginToRp })).response).toBe(samlResponse);
    }
  });

  it('takes another port, and an address where a host name is wanted', async () => {
    adfs();
    expect((await logIn({ idpPort: 8443 })).response).toBe(samlResponse);
    expect((await logIn({ idpHost: 'https://ADFS.corp.test/' })).response).toBe(samlResponse);
    expect(hosts.proxy.tunnels.slice(-2).map(({ port }) => port)).toEqual([443, 443]);
    expect(hosts.proxy.tunnels.some(({ port }) => port === 8443)).toBe(true);
  });

  it('asks a password that is a function', async () => {
    adfs();
    expect((await logIn({ password: async () => password })).response).toBe(samlResponse);
  });

  it('sends the button of an ASP.NET page, and follows an action that is relative', async () => {
    const action = 'IdpInitiatedSignOn.aspx?loginToRp=x';
    pages(
      {
        body: `<form method="post" action="${action}"><input name="ctl00$UsernameTextBox"><input type=password name="ctl00$PasswordTextBox">
          <input type=hidden name=__VIEWSTATE value="/wEP+a=="><input type=submit name="ctl00$SubmitButton" value="Sign In"></form>`,
      },
      { body: postingPage(samlResponse) },
    );
    const { response, asked } = await logIn();
    expect(response).toBe(samlResponse);
    expect(`${asked[1]!.path}?${asked[1]!.query.toString()}`).toBe(
      '/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=x',
    );
    expect([...asked[1]!.form.keys()]).toEqual([
      'ctl00$UsernameTextBox',
      'ctl00$PasswordTextBox',
      '__VIEWSTATE',
      'ctl00$SubmitButton',
    ]);
  });
});

describe('a login with AD FS that fails says what to do:', () => {
  it('a wrong password', async () => {
    adfs({ password: 'another' });
    const { message, hint } = await fails();
    expect(message).toContain('AD FS showed its login page again, so user name or password are wrong');
    expect(message).toContain('its page says "Incorrect user ID or password.');
    expect(hint).toContain('check user and password');
  });

  it('a user without a domain', async () => {
    adfs();
    expect((await fails({ user: 'jose' })).message).toContain(
      'in the format "domain\\user" or "user@domain"',
    );
  });

  it.each([
    [
      'Windows integrated authentication',
      'windows',
      'asks for Windows integrated authentication',
      'have forms authentication enabled',
    ],
    ['a second factor', 'mfa', 'asks for more than a password', 'use BrowserSamlCredentialsProvider'],
    [
      'a password to be changed',
      'password expired',
      'wants a new password to be chosen',
      'change the password',
    ],
    ['a page that needs JavaScript', 'script', 'needs JavaScript', 'use BrowserSamlCredentialsProvider'],
    ['a choice of organization', 'realms', 'a page without a password field', 'asks for an organization'],
  ] as const)('%s', async (_, mode, words, todo) => {
    adfs({ mode });
    const { message, hint } = await fails();
    expect(message).toContain(words);
    expect(hint).toContain(todo);
  });

  it('an unknown relying party', async () => {
    adfs({ relyingParty: 'urn:other' });
    const { message, hint } = await fails();
    expect(message).toContain(
      'its page says "An error occurred An error occurred. Contact your administrator',
    );
    expect(hint).toContain('check loginToRp');
  });

  it.each([
    [404, 'check idpHost, idpPort and loginToRp'],
    [503, 'try again later'],
    [429, 'too many logins'],
  ])('HTTP %i on the login page', async (status, todo) => {
    pages({ status, body: form('/x') });
    const { message, hint, posted } = await fails();
    expect(message).toContain(`HTTP ${String(status)}`);
    expect(hint).toContain(todo);
    expect(posted).toBe(0);
  });

  it.each([
    [403, 'whether this user may use the application'],
    [500, 'try again later'],
  ])('HTTP %i on the form', async (status, todo) => {
    pages({ body: form('/x') }, { status, body: '<p>no</p>' });
    const { message, hint } = await fails();
    expect(message).toContain(`answered the login form with HTTP ${String(status)}`);
    expect(hint).toContain(todo);
  });

  it('an answer without SAMLResponse', async () => {
    pages({ body: form('/x') }, { body: '<p>You are signed in.</p>' });
    const plain = await fails();
    expect(plain.message).toContain('a page without SAMLResponse');
    expect(plain.hint).toContain('is set up as an application for this user');
    pages({ body: form('/x') }, { body: scriptOnlyPage });
    expect((await fails()).hint).toContain('the page needs JavaScript');
    pages({ body: form('/x') }, { body: '<form><input type=hidden name=SAMLResponse value=" "></form>' });
    expect((await fails()).message).toContain('a page without SAMLResponse');
    pages({ body: form('/x') }, { body: '' });
    expect((await fails()).message).toContain('a page without SAMLResponse');
  });

  it('two SAML responses, of which nobody knows which is right', async () => {
    const two = (second: string): Answer => ({ body: postingPage(samlResponse) + postingPage(second) });
    pages({ body: form('/x') }, two('T3RoZXI='));
    expect((await fails()).message).toContain('2 different SAML responses');
    pages({ body: form('/x') }, two(samlResponse));
    expect((await logIn()).response).toBe(samlResponse);
  });

  it('a host that is not there', async () => {
    const { message, hint } = await fails({ idpHost: 'nowhere.test' });
    expect(message).toContain('AD FS could not be asked: ');
    expect(message).toContain('nowhere.test');
    expect(hint).toContain('check');
  });

  it('a broken connection', async () => {
    pages('cut');
    expect((await fails()).message).toContain('AD FS could not be asked');
    pages({ body: form('/x') }, 'cut');
    expect((await fails()).message).toContain('AD FS could not be asked');
  });

  it('a certificate that nobody vouches for: nothing is asked, unless sslInsecure says so', async () => {
    adfs();
    const refused = await fails({}, { trusted: false });
    expect(refused.message).toContain('AD FS could not be asked');
    expect(refused.asked).toEqual([]);
    expect((await logIn({}, { trusted: false, insecure: true })).response).toBe(samlResponse);
  });

  it.each([
    ['idpHost', { idpHost: '' }],
    ['user', { user: '' }],
    ['password', { password: '' }],
  ])('no %s', async (name, given) => {
    const { message, posted } = await fails(given);
    expect(message).toContain(`The option ${name} is missing`);
    expect(posted).toBe(0);
  });

  it.each([
    'a@evil.test',
    'evil.test\\@adfs.corp.test',
    'adfs.corp.test/../x?y',
    'adfs.corp.test#x',
    'http://adfs.corp.test',
    'ftp://x',
    'two words',
    'a\nb',
    'https://name:word@adfs.corp.test/',
    '[',
    'adfs.corp.test/path',
  ])('%j as idpHost', async (idpHost) => {
    const { message, hint } = await fails({ idpHost });
    expect(message).toContain('idpHost is no host name');
    expect(hint).toContain('give the host alone');
  });
});

it('neither user nor password are taken for a wish to log in as the Windows user', async () => {
  const context = providerContext(
    'AdfsCredentialsProvider',
    { idpHost: 'adfs.corp.test' },
    new HttpClient({ ...hosts.settings, insecure: false }),
  );
  await expect(adfsResponse(context)).rejects.toThrow('Windows integrated authentication is not supported');
});

describe('a hostile page of AD FS', () => {
  it.each([
    ['to another host', form('https://other.test/steal'), 'another host, other.test'],
    ['to http', form('http://adfs.corp.test/adfs/ls'), 'only https is safe'],
    ['by its base', `<base href="https://other.test/">${form('/adfs/ls')}`, 'another host, other.test'],
  ])('cannot have the password sent %s', async (_, body, words) => {
    other = () => ({ body: postingPage(samlResponse) });
    pages({ body });
    const { message, posted } = await fails();
    expect(message).toContain(words);
    expect(message).toContain('the password was not sent');
    expect(posted).toBe(0);
  });

  it('cannot have it sent elsewhere by a redirect to another login page', async () => {
    pages({ status: 302, headers: { location: 'https://other.test/login' } });
    other = ({ method }) => ({ body: method === 'GET' ? form('/steal') : postingPage(samlResponse) });
    const { message, hint, posted } = await fails();
    expect(message).toContain('another host, other.test; the password was not sent');
    expect(hint).toContain('set idpHost to it');
    expect(posted).toBe(0);
  });

  it.each([307, 308])('cannot have it sent on by HTTP %i', async (status) => {
    pages({ body: form('/x') }, { status, headers: { location: 'https://other.test/steal' } });
    other = () => ({ body: postingPage(samlResponse) });
    const { asked } = await logIn();
    const there = asked.filter(({ host }) => host === 'other.test');
    expect(trials.leaksIn(there.map(({ body }) => body).join('\n'))).toEqual([]);
  });

  it('cannot bring the password into an error by repeating it', async () => {
    for (const repeated of [
      password,
      encodeURIComponent(password),
      Buffer.from(password).toString('base64'),
    ]) {
      const text = repeated.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      pages({ body: form('/x') }, { body: `<p id=errorText>Not ${text} again</p>${form('/x')}` });
      expect((await fails()).message).toContain('its page says "Not *** again"');
    }
  });

  it('that is huge, deep, or a redirect without an end is given up', async () => {
    pages({ body: 'x'.repeat(5 * 2 ** 20) });
    expect((await fails()).posted).toBe(0);
    pages({ body: '<div>'.repeat(100_000) + form('/x') });
    expect((await fails()).message).toContain('more than any login page');
    answer = ({ path }) => ({ status: 302, headers: { location: `${path}x` } });
    expect((await fails()).message).toContain('AD FS could not be asked');
  });

  it('with two passwords or no user name is not filled in', async () => {
    pages({ body: form('/x', '<input type=password name=Password2>') });
    expect((await fails()).message).toContain('two password fields');
    pages({ body: '<form><input type=password name=Password></form>' });
    expect((await fails()).message).toContain('without a field for the user name');
    pages({ body: '<input name=UserName><input type=password name=Password>' });
    expect((await fails()).message).toContain('needs JavaScript');
  });

  it('that never answers ends with the clock of the login', async () => {
    for (const both of [['hang'], [{ body: form('/x') }, 'hang']] as const) {
      pages(...(both as unknown as Parameters<typeof pages>));
      const clock = new AbortController();
      const reason = new Error('The login took too long');
      const seen = hosts.requests.length + both.length;
      const waiting = logIn({}, { signal: clock.signal });
      while (hosts.requests.length < seen) await new Promise((resolve) => setImmediate(resolve));
      clock.abort(reason);
      expect((await waiting).error).toBe(reason);
    }
  });
});
