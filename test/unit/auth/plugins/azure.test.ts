import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { azureResponse } from '../../../../src/auth/plugins/azure.js';
import { startFakeHosts, type FakeHosts } from '../../../fakes/fake-hosts.js';
import type { Answering } from '../../../fakes/https-server.js';
import { fakeEntra, type EntraOptions } from '../../../fakes/idp/entra.js';
import { Trials } from './trial.js';

const user = 'jos\u00e9@contoso.test';
const password = 'Canary-Entra-&é=+%41 "7Kq"<b>';
const clientId = 'canary0c-1111-2222-3333-444455556666';
const clientSecret = 'Canary~Secret.8Q~&=+ "x"';
const tenant = 'contoso.test';
/** What a detour over text in another encoding breaks: names in other scripts, quotes, line ends. */
const assertion = `<Assertion ID="_1" xmlns="urn:oasis:names:tc:SAML:2.0:assertion">\r\n<n a='"'>Zoë 山田 \u{1f600} "it's" \\n</n></Assertion>`;
const hostNames = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
] as const;

let hosts: FakeHosts;
let answer: Answering;
let trials: Trials;
const entra = (options: Partial<EntraOptions> = {}): void => {
  answer = fakeEntra({
    user,
    password,
    tenant,
    clientId,
    clientSecret,
    assertion: () => assertion,
    ...options,
  });
};

beforeAll(async () => {
  hosts = await startFakeHosts(
    Object.fromEntries(hostNames.map((name): [string, Answering] => [name, (...all) => answer(...all)])),
  );
  const usual = { user, password, clientId, clientSecret, idpTenant: tenant };
  trials = new Trials('AzureCredentialsProvider', azureResponse, hosts, usual, {
    password,
    clientSecret,
    clientId,
    assertion,
  });
});
afterAll(() => hosts.close());

describe('a login with Microsoft Entra', () => {
  it('asks by the password grant, and wraps the assertion without touching a byte', async () => {
    entra();
    const { response, asked } = await trials.logIn();
    expect(Buffer.from(response ?? '', 'base64').toString('utf8')).toBe(
      `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertion}</samlp:Response>`,
    );
    expect(asked.map(({ method, host, path }) => `${method} ${host}${path}`)).toEqual([
      'POST login.microsoftonline.com/contoso.test/oauth2/token',
    ]);
    expect(asked[0]?.headers.accept).toBe('application/json');
    expect(Object.fromEntries(asked[0]!.form)).toEqual({
      grant_type: 'password',
      requested_token_type: 'urn:ietf:params:oauth:token-type:saml2',
      username: user,
      password,
      client_secret: clientSecret,
      client_id: clientId,
      resource: clientId,
    });
  });

  it.each([
    [undefined, 0],
    ['', 0],
    ['commercial', 0],
    [' Commercial ', 0],
    ['us-gov', 1],
    ['US-GOV', 1],
    ['cn', 2],
  ])('asks the host of the partition %j', async (idpPartition, at) => {
    entra();
    const { response, asked } = await trials.logIn({ idpPartition: idpPartition as 'cn' | undefined });
    expect(response).toBeDefined();
    expect(asked[0]?.host).toBe(hostNames[at]);
  });
});

describe('a login with Microsoft Entra that fails says what to do:', () => {
  it('an unknown partition', async () => {
    const { message, asked } = await trials.fails({ idpPartition: 'us-govern' as 'cn' });
    expect(message).toContain('commercial');
    expect(message).toContain('us-gov');
    expect(message).toContain('cn');
    expect(asked).toEqual([]);
  });

  it.each([
    ['a wrong password', { password: 'other' }, {}, 'AADSTS50126', 'check user and password'],
    ['an unknown user', { user: 'other@contoso.test' }, {}, 'AADSTS50034', 'check user'],
    ['a wrong secret', { clientSecret: 'other' }, {}, 'AADSTS7000215', 'clientSecret'],
    ['an unknown application', { clientId: 'other' }, {}, 'AADSTS700016', 'clientId'],
    ['an unknown tenant', { tenant: 'other.test' }, {}, 'AADSTS90002', 'idpTenant'],
    [
      'a second factor',
      { refuseWith: 'second factor' },
      {},
      'AADSTS50076',
      'BrowserAzureCredentialsProvider',
    ],
    [
      'a second factor to set up',
      { refuseWith: 'second factor enrolment' },
      {},
      'AADSTS50079',
      'BrowserAzureCredentialsProvider',
    ],
    ['no consent', { refuseWith: 'consent' }, {}, 'AADSTS65001', 'consent'],
    [
      'conditional access',
      { refuseWith: 'conditional access' },
      {},
      'AADSTS53003',
      'BrowserAzureCredentialsProvider',
    ],
    ['an expired password', { refuseWith: 'password expired' }, {}, 'AADSTS50055', 'change'],
    ['a locked account', { refuseWith: 'locked' }, {}, 'AADSTS50053', 'locked'],
    ['a disabled account', { refuseWith: 'disabled' }, {}, 'AADSTS50057', 'administrator'],
    ['a user who may not use it', { refuseWith: 'not assigned' }, {}, 'AADSTS50105', 'assign'],
  ] as const)('%s', async (_, options, given, code, todo) => {
    entra(options);
    const { message, hint, stage } = await trials.fails(given);
    expect(message).toContain('Microsoft Entra refused the login');
    expect(message).toContain(code);
    expect(hint).toContain(todo);
    expect(stage).toBe('identity provider');
  });

  it.each([
    ['no JSON', { body: '<html>' }, 'not JSON'],
    ['an error without an explanation', { status: 502, body: '<html>' }, '502'],
    ['no token', { body: '{"token_type":"Bearer"}' }, 'access_token'],
    ['a token that is no text', { body: '{"access_token":1}' }, 'access_token'],
    ['a JSON Web Token', { body: '{"access_token":"eyJ0eXAiOiJKV1QifQ.e30.c2ln"}' }, 'no SAML assertion'],
    ['a token that is no XML', { body: '{"access_token":"AAAA"}' }, 'no SAML assertion'],
    ['a broken connection', 'cut', 'could not be asked'],
  ] as const)('%s', async (_, reply, words) => {
    answer = () => reply;
    expect((await trials.fails()).message).toContain(words);
  });

  it('an explanation that repeats what was sent', async () => {
    answer = ({ body }) => ({
      status: 400,
      body: JSON.stringify({
        error: 'invalid_request',
        error_description: `${body} ${password} ${clientSecret} ${clientId}`,
      }),
    });
    expect((await trials.fails()).message).toContain('invalid_request');
  });

  it('a certificate that nobody vouches for: no password is sent', async () => {
    entra();
    const { message, asked } = await trials.fails({}, { trusted: false });
    expect(message).toContain('could not be asked');
    expect(asked).toEqual([]);
  });

  it.each(['user', 'password', 'clientId', 'clientSecret', 'idpTenant'])('no %s', async (name) => {
    const { message, asked } = await trials.fails({ [name]: '' });
    expect(message).toContain(name);
    expect(asked).toEqual([]);
  });

  it('a tenant that would lead elsewhere', async () => {
    for (const idpTenant of ['../x', 'a/b', 'a?b', 'a#b', '@evil.test', 'a b'])
      expect((await trials.fails({ idpTenant })).asked).toEqual([]);
  });
});
