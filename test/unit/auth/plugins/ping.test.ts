import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pingResponse } from '../../../../src/auth/plugins/ping.js';
import { startFakeHosts, type FakeHosts } from '../../../fakes/fake-hosts.js';
import type { Answering } from '../../../fakes/https-server.js';
import { fakePing, type PingOptions } from '../../../fakes/idp/ping.js';
import { Trials } from './trial.js';

const user = 'jos\u00e9@example.test';
const password = 'Canary-Ping-&é=+%41 "7Kq"<b>';
const samlResponse = 'PHNhbWxwOlJlc3BvbnNlLz4+/w==';

let hosts: FakeHosts;
let answer: Answering;
let trials: Trials;
const ping = (options: Partial<PingOptions> = {}): void => {
  answer = fakePing({ user, password, samlResponse: () => samlResponse, ...options });
};

beforeAll(async () => {
  hosts = await startFakeHosts({
    'ping.corp.test': (...all) => answer(...all),
    'other.test': () => ({ status: 404 }),
  });
  const usual = { idpHost: 'ping.corp.test', user, password };
  trials = new Trials('PingCredentialsProvider', pingResponse, hosts, usual, { password });
});
afterAll(() => hosts.close());

describe('a login with PingFederate', () => {
  it('keeps the session in its cookie, sends every field of the form back, and gives the SAML response', async () => {
    ping();
    const { response, asked } = await trials.logIn();
    expect(response).toBe(samlResponse);
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST']);
    // As redshift_connector writes it: encoded.
    expect(asked[0]?.query.get('PartnerSpId')).toBe('urn:amazon:webservices');
    expect(asked[1]?.cookies.get('PF')).toMatch(/^[-0-9a-f]{36}$/);
    expect([...asked[1]!.form]).toEqual([
      ['pf.username', user],
      ['pf.pass', password],
      ['pf.ok', ''],
      ['pf.cancel', ''],
      ['pf.adapterId', 'HTMLForm"Adapter&1'],
    ]);
  });

  it('of two users at once keeps their sessions apart', async () => {
    ping();
    const all = await Promise.all([trials.logIn(), trials.logIn(), trials.logIn()]);
    expect(all.map(({ response }) => response)).toEqual([samlResponse, samlResponse, samlResponse]);
  });

  it.each([
    ['urn:our partner&x=1', 'urn:our partner&x=1'],
    ['urn%3Aour%20partner%26x%3D1', 'urn:our partner&x=1'],
    ['100%', '100%'],
    ['https://signin.aws.amazon.com/saml', 'https://signin.aws.amazon.com/saml'],
  ])('takes %j as partnerSpId, encoded or not', async (partnerSpId, partner) => {
    ping({ partner });
    expect((await trials.logIn({ partnerSpId })).response).toBe(samlResponse);
  });

  it('finds a user field that has another name than the usual one', async () => {
    ping({ mode: 'email' });
    const { response, asked } = await trials.logIn();
    expect(response).toBe(samlResponse);
    expect(asked[1]?.form.get('realm')).toBe('corp');
  });
});

describe('a login with PingFederate that fails says what to do:', () => {
  it('a wrong password', async () => {
    ping();
    const { message, hint } = await trials.fails({ password: 'wrong' });
    expect(message).toContain('PingFederate showed its login page again, so user name or password are wrong');
    expect(message).toContain(`its page says "We didn't recognize the username or password`);
    expect(hint).toContain('check user and password');
  });

  it('an unknown partner', async () => {
    ping();
    const { message, hint, posted } = await trials.fails({ partnerSpId: 'urn:unknown' });
    expect(message).toContain('answered its login page with HTTP 400');
    expect(hint).toBe('check idpHost, idpPort and partnerSpId');
    expect(posted).toBe(0);
  });

  it('a session that is over', async () => {
    ping();
    const whole = answer;
    answer = (request, response) =>
      whole(request.method === 'POST' ? { ...request, cookies: new Map() } : request, response);
    expect((await trials.fails()).message).toContain('its page says "Page Expired This page has expired.');
  });

  it('two passwords, of which nobody knows which is meant', async () => {
    ping({ mode: 'two passwords' });
    const { message, posted } = await trials.fails();
    expect(message).toContain('two password fields');
    expect(posted).toBe(0);
  });

  it('no field for the user', async () => {
    ping({ mode: 'no user' });
    const { message, posted } = await trials.fails();
    expect(message).toContain('without a field for the user name');
    expect(posted).toBe(0);
  });

  it('a second factor', async () => {
    ping({ mode: 'mfa' });
    const { message, hint } = await trials.fails();
    expect(message).toContain('asks for more than a password');
    expect(hint).toContain('use BrowserSamlCredentialsProvider');
  });

  it('a page that would send the password to another host', async () => {
    answer = () => ({
      body: '<form action="//other.test/"><input id=username name=u><input type=password name=pass></form>',
    });
    const { message, posted } = await trials.fails();
    expect(message).toContain('another host, other.test; the password was not sent');
    expect(posted).toBe(0);
  });

  it('a certificate that nobody vouches for', async () => {
    ping();
    const { message, asked } = await trials.fails({}, { trusted: false });
    expect(message).toContain('PingFederate could not be asked');
    expect(asked).toEqual([]);
  });

  it.each(['idpHost', 'user', 'password'])('no %s', async (name) => {
    expect((await trials.fails({ [name]: '' })).message).toContain(`The option ${name} is missing`);
  });
});
