/** Talking to identity providers: redirects, cookies, certificates, proxies, bounds, and what is left behind. Loopback only. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient, type HttpLimits, type HttpRequest, type HttpSettings } from '../../../src/aws/http.js';
import { ArgumentError, AuthenticationError, CancelledError } from '../../../src/errors.js';
import { createAuthority, type Authority, type Issued } from '../../../src/local/certificate.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { startConnectProxy } from '../../fakes/connect-proxy.js';
import { startFakeHosts, type FakeHosts } from '../../fakes/fake-hosts.js';
import { listenHttps, startHttpsServer, type Answering } from '../../fakes/https-server.js';
import { SecretSearch } from '../../secret-search.js';

const idp = 'idp.acme.test';
const canary = 'C4nary-7Kq';
const endings: (() => Promise<void>)[] = [];
let authority: Authority;
let certificates: Certificates;

beforeAll(async () => {
  [authority, certificates] = await Promise.all([createAuthority('Test CA'), makeCertificates()]);
});
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

async function fakeHosts(sites: Readonly<Record<string, Answering>>): Promise<FakeHosts> {
  const hosts = await startFakeHosts(sites, { authority });
  endings.push(hosts.close);
  return hosts;
}
type Rest = Partial<Omit<HttpRequest, 'url'>>;
const ask = (client: HttpClient, url: string, rest: Rest = {}) =>
  client.session().request({ method: 'GET', url, signal: new AbortController().signal, ...rest });
const clientOf = (settings: Partial<HttpSettings>, limits?: Partial<HttpLimits>): HttpClient =>
  new HttpClient({ proxy: undefined, env: {}, ca: undefined, insecure: false, ...settings }, limits);

/** The error of a request; every one is searched for the canary, which all secrets of these tests hold. */
async function failure(asked: Promise<unknown>): Promise<AuthenticationError> {
  const error: unknown = await asked.then(
    () => expect.unreachable('it must fail'),
    (reason: unknown) => reason,
  );
  expect(new SecretSearch([['canary', canary]]).inValue(error, 'error')).toEqual([]);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(canary);
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ stage: 'identity provider' });
  return error as AuthenticationError;
}

describe('a request to an identity provider', () => {
  it('sends a form and reads the answer, by the name of the host', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ form }) => ({ status: 201, body: `<b>${form.get('user') ?? ''}</b>` }),
    });
    const body = new URLSearchParams({ user: 'Jörg & co' });
    const answer = await ask(clientOf(hosts.settings), `https://${idp}/x#part`, { method: 'POST', body });
    expect(answer).toMatchObject({ status: 201, body: '<b>Jörg & co</b>', url: `https://${idp}/x` });
    expect(hosts.requests[0]?.headers).toMatchObject({
      host: idp,
      'accept-encoding': 'identity',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '21',
    });
  });

  it('sends text with the headers it is given', async () => {
    const hosts = await fakeHosts({ [idp]: ({ body }) => ({ body }) });
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const answer = await ask(clientOf(hosts.settings), `https://${idp}/`, {
      method: 'POST',
      body: '{"ü":1}',
      headers,
    });
    expect(answer.body).toBe('{"ü":1}');
    expect(hosts.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      accept: 'application/json',
    });
  });

  it('reads the charset that the answer names', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ path }) => ({
        headers: { 'content-type': `text/html; charset=${path.slice(1)}` },
        body: Buffer.from('é', 'latin1'),
      }),
    });
    expect((await ask(clientOf(hosts.settings), `https://${idp}/ISO-8859-1`)).body).toBe('é');
    expect((await ask(clientOf(hosts.settings), `https://${idp}/nobody-knows`)).body).toBe('\ufffd');
  });

  it('gives every status as an answer', async () => {
    const hosts = await fakeHosts({ [idp]: ({ path }) => ({ status: Number(path.slice(1)) }) });
    for (const status of [204, 302, 400, 401, 407, 500])
      expect((await ask(clientOf(hosts.settings), `https://${idp}/${String(status)}`)).status).toBe(status);
  });

  it.each([
    ['http://idp.acme.test/', 'begin with https://'],
    ['ftp://idp.acme.test/', 'begin with https://'],
    [`https://u:${canary}@idp.acme.test/`, 'holds a user or a password'],
    [`https://idp acme/${canary}`, 'no URL'],
    [canary, 'no URL'],
  ])('is not made to %s', async (url, text) => {
    expect((await failure(ask(clientOf({}), url))).message).toContain(text);
  });
});

describe('a redirect', () => {
  it('becomes a GET without the form where browsers do so, and keeps it where they do', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ path }) =>
        path === '/end' ? { body: 'end' } : { status: Number(path.slice(1)), headers: { location: 'end' } },
    });
    const body = new URLSearchParams({ password: canary });
    for (const status of [301, 302, 303, 307, 308]) {
      const answer = await ask(clientOf(hosts.settings), `https://${idp}/${String(status)}`, {
        method: 'POST',
        body,
      });
      expect(answer).toMatchObject({ body: 'end', url: `https://${idp}/end` });
      const last = hosts.requests.at(-1)!;
      expect([
        status,
        last.method,
        last.form.get('password'),
        last.headers['content-type'] !== undefined,
      ]).toEqual(status < 307 ? [status, 'GET', null, false] : [status, 'POST', canary, true]);
    }
  });

  it('takes neither Authorization nor cookies to another host, and brings them back home', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ path }) =>
        path === '/'
          ? {
              status: 302,
              headers: {
                location: 'https://other.test/',
                'set-cookie': [`sid=${canary}`, `wide=${canary}; Domain=acme.test`],
              },
            }
          : { body: 'home' },
      'other.test': () => ({ status: 302, headers: { location: `https://${idp}/back` } }),
    });
    const headers = { Authorization: canary, Cookie: `mine=${canary}` };
    expect((await ask(clientOf(hosts.settings), `https://${idp}/`, { headers })).body).toBe('home');
    const [first, other, back] = hosts.requests;
    expect(first?.headers.authorization).toBe(canary);
    expect(JSON.stringify(other)).not.toContain(canary);
    expect(back?.headers.authorization).toBeUndefined();
    expect(back?.cookies).toEqual(
      new Map([
        ['sid', canary],
        ['wide', canary],
      ]),
    );
  });

  it('with the form is not followed to another host: the password is for the configured one', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ path }) => ({
        status: Number(path.slice(1)),
        headers: { location: `https://other.test/${canary}` },
      }),
      'other.test': () => ({}),
    });
    for (const status of ['307', '308']) {
      const asked = ask(clientOf(hosts.settings), `https://${idp}/${status}`, {
        method: 'POST',
        body: canary,
      });
      expect((await failure(asked)).message).toContain('other.test');
    }
    expect(hosts.requests.map(({ host }) => host)).toEqual([idp, idp]);
  });

  it.each([
    [`http://${idp}/${canary}`, 'https://'],
    [`https://u:${canary}@${idp}/`, 'holds a user'],
    [`javascript:${canary}`, 'https://'],
    [`file:///etc/${canary}`, 'https://'],
    [`data:text/html,${canary}`, 'https://'],
    [`blob:https://${idp}/${canary}`, 'https://'],
    [`ftp://${idp}/${canary}`, 'https://'],
    [`ht\ttp://${idp}/${canary}`, 'https://'],
    [`http://169.254.169.254/latest/meta-data/${canary}`, 'https://'],
    ['https://[', 'no URL'],
    [`https://localhost/${canary}`, 'this machine or its network'],
    [`https://a.localhost./${canary}`, 'this machine or its network'],
    [`//127.1/${canary}`, 'this machine or its network'],
    [`https://0x7f000001/${canary}`, 'this machine or its network'],
    [`https:\\\\[::1]\\${canary}`, 'this machine or its network'],
    [`https://[::ffff:127.0.0.1]/${canary}`, 'this machine or its network'],
    [`https://0.0.0.0/${canary}`, 'this machine or its network'],
    [`https://169.254.169.254/latest/meta-data/${canary}`, 'this machine or its network'],
    [`https://[fe80::1]/${canary}`, 'this machine or its network'],
    [`https://[fd00:ec2::254]/${canary}`, 'this machine or its network'],
  ])('to %s is not followed', async (location, text) => {
    const hosts = await fakeHosts({ [idp]: () => ({ status: 302, headers: { location } }) });
    expect((await failure(ask(clientOf(hosts.settings), `https://${idp}/?t=${canary}`))).message).toContain(
      text,
    );
  });

  it('is followed ten times', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ query }) => ({
        status: 302,
        headers: { location: `/?t=${canary}&n=${String(Number(query.get('n')) + 1)}` },
      }),
    });
    const error = await failure(ask(clientOf(hosts.settings), `https://${idp}/`));
    expect(error.message).toContain('redirected more than 10 times');
    expect(hosts.requests).toHaveLength(11);
  });
});

describe('a conversation', () => {
  it('keeps its cookies from page to page, and shares them with no other', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ path }) => (path === '/set' ? { headers: { 'set-cookie': 'PF=1; Path=/' } } : {}),
    });
    const client = clientOf(hosts.settings);
    const session = client.session();
    const { signal } = new AbortController();
    await session.request({ method: 'GET', url: `https://${idp}/set`, signal });
    await session.request({ method: 'POST', url: `https://${idp}/login`, signal });
    await client.session().request({ method: 'GET', url: `https://${idp}/login`, signal });
    expect(hosts.requests.map(({ cookies }) => cookies.get('PF'))).toEqual([undefined, '1', undefined]);
  });
});

describe('a certificate', () => {
  const bad: readonly [keyof Certificates['bad'], string, RegExp][] = [
    ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT', /httpsCa/],
    ['expired', 'CERT_HAS_EXPIRED', /clock/],
    ['notYetValid', 'CERT_NOT_YET_VALID', /clock/],
    ['otherHost', 'ERR_TLS_CERT_ALTNAME_INVALID', /name that the certificate carries/],
    ['otherAuthority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /httpsCa/],
    ['missingIntermediate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /httpsCa/],
    ['forClients', 'INVALID_PURPOSE', /httpsCa/],
  ];
  async function serving(
    certificate: Issued,
  ): Promise<{ url: string; requests: readonly unknown[]; port: number }> {
    const server = await startHttpsServer({ certificate, answer: () => ({ body: 'in' }) });
    endings.push(server.close);
    return {
      url: `https://localhost:${String(server.port)}/?t=${canary}`,
      requests: server.requests,
      port: server.port,
    };
  }

  it.each(bad)(
    'that is %s is refused, with or without a proxy, and accepted with insecure',
    async (which, code, hint) => {
      const { url, requests, port } = await serving(certificates.bad[which]);
      const proxy = await startConnectProxy({ hosts: { localhost: port } });
      endings.push(proxy.close);
      for (const way of [undefined, proxy.url]) {
        const error = await failure(ask(clientOf({ ca: certificates.ca, proxy: way }), url));
        expect(error.message).toContain(code);
        expect(error.hint).toMatch(hint);
        expect(requests).toHaveLength(0);
      }
      for (const way of [undefined, proxy.url])
        expect((await ask(clientOf({ ca: certificates.ca, proxy: way, insecure: true }), url)).body).toBe(
          'in',
        );
    },
  );

  it("of an authority of one's own passes with httpsCa only, and httpsCa does not replace the roots of Node", async () => {
    const { url } = await serving(certificates.server);
    expect((await failure(ask(clientOf({}), url))).hint).toContain('httpsCa');
    expect((await ask(clientOf({ ca: `${certificates.otherCa}\n${certificates.ca}` }), url)).body).toBe('in');
    const agent = await clientOf({ ca: certificates.ca }).awsAgent();
    expect(agent?.options).toMatchObject({ rejectUnauthorized: true, minVersion: 'TLSv1.2' });
  });

  it('is never unchecked for AWS', async () => {
    const { port } = await serving(certificates.bad.selfSigned);
    const client = clientOf({ insecure: true, ca: certificates.ca });
    const sts = stsClient(await client.awsAgent(), `https://localhost:${String(port)}`);
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow(/self.signed/);
    sts.destroy();
    expect(await clientOf({ insecure: true }).awsAgent()).toBeUndefined();
  });

  it('that cannot be read as httpsCa is an error that names the option', () => {
    expect(() => clientOf({ ca: 'nothing' })).toThrow(ArgumentError);
    expect(() => clientOf({ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' })).toThrow(
      /httpsCa: certificate 1/,
    );
  });
});

describe('a failure', () => {
  it('to find or reach the host says so', async () => {
    const gone = await listenHttps(certificates.server, () => undefined);
    await gone.close();
    const refused = await failure(ask(clientOf({}), `https://127.0.0.1:${String(gone.port)}/?t=${canary}`));
    expect(refused).toMatchObject({ retryable: true, hint: 'check host and port' });
    expect(refused.message).toContain('ECONNREFUSED');
    const unknown = await failure(ask(clientOf({}), `https://nowhere.invalid/${canary}`));
    expect(unknown.message).toMatch(/nowhere\.invalid.*(ENOTFOUND|EAI_AGAIN)/);
    expect(unknown.hint).toContain('proxy');
  });

  it('of a server that speaks no TLS, no HTTP, or nothing to the end says so', async () => {
    const plain = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('HTTP/1.1 200 OK\r\n\r\n'),
    ).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    endings.push(() => closed(plain));
    const { port } = plain.address() as AddressInfo;
    expect((await failure(ask(clientOf({}), `https://127.0.0.1:${String(port)}/`))).hint).toContain('HTTPS');
    const hosts = await fakeHosts({
      [idp]: ({ path }, response) => {
        if (path === '/cut') return 'cut';
        if (path === '/half')
          response.writeHead(200, { 'content-length': '100' }).write(canary, () => response.destroy());
        else response.socket?.end(`${canary} is no HTTP\r\n\r\n`);
        return undefined;
      },
    });
    const client = clientOf(hosts.settings);
    expect((await failure(ask(client, `https://${idp}/cut`))).message).toContain('ECONNRESET');
    expect((await failure(ask(client, `https://${idp}/half`))).message).toContain('broke off');
    expect((await failure(ask(client, `https://${idp}/odd`))).message).toContain('no HTTP');
    await hosts.idle();
  });

  it('of an answer too long, compressed, or too late', async () => {
    const hosts = await fakeHosts({
      [idp]: ({ path }, response) => {
        if (path === '/gzip') return { headers: { 'content-encoding': 'gzip' }, body: 'x' };
        if (path === '/long') return { body: 'x'.repeat(1001) };
        if (path === '/exact') return { body: 'x'.repeat(1000) };
        if (path === '/hang') return 'hang';
        response.writeHead(200);
        response.write('x'.repeat(600), () => response.write('x'.repeat(600)));
        return undefined;
      },
    });
    const client = clientOf(hosts.settings, { bodyBytes: 1000 });
    expect((await ask(client, `https://${idp}/exact`)).body).toHaveLength(1000);
    expect((await failure(ask(client, `https://${idp}/long`))).message).toContain('more than 1000 bytes');
    expect((await failure(ask(client, `https://${idp}/stream`))).message).toContain('more than 1000 bytes');
    expect((await failure(ask(client, `https://${idp}/gzip`))).message).toContain('compressed');
    const hasty = clientOf(hosts.settings, { seconds: 0.2 });
    for (const where of ['hang', 'stream'])
      expect(await failure(ask(hasty, `https://${idp}/${where}`))).toMatchObject({ retryable: true });
    hosts.proxy.behave('hang');
    expect((await failure(ask(hasty, `https://${idp}/`))).message).toContain('no answer within 0.2 s');
    await hosts.idle();
  });
});

describe('a proxy', () => {
  it('gets user and password, which are seen nowhere else', async () => {
    const auth = { user: 'me', password: `${canary}/@#ü` };
    const hosts = await startFakeHosts({ [idp]: () => ({ body: 'in' }) }, { authority, auth });
    endings.push(hosts.close);
    const client = clientOf(hosts.settings);
    expect((await ask(client, `https://${idp}/`)).body).toBe('in');
    const agent = await client.awsAgent();
    expect(inspect([client, client.session(), agent], { depth: 12, showHidden: true })).not.toContain(canary);
    expect(JSON.stringify(hosts.requests)).not.toContain(canary);

    const wrong = hosts.proxy.url.replace('me:', `you:${canary}`);
    const refused = await failure(ask(clientOf({ ...hosts.settings, proxy: wrong }), `https://${idp}/`));
    expect(refused.message).toMatch(/proxy 127\.0\.0\.1:\d+ refused user and password \(407\)/);
    expect(refused.hint).toBe('check them in the proxy option or in HTTPS_PROXY');
    const none = `http://127.0.0.1:${String(hosts.proxy.port)}`;
    expect(
      (await failure(ask(clientOf({ ...hosts.settings, proxy: none }), `https://${idp}/`))).hint,
    ).toContain('http://user:password@');
    await hosts.idle();
  });

  it('that asks for another login, refuses the host, or breaks off, is named', async () => {
    const hosts = await fakeHosts({ [idp]: () => ({}) });
    const client = clientOf(hosts.settings);
    const unreached = await failure(ask(client, 'https://elsewhere.test/'));
    expect(unreached.message).toContain('answered 502 when asked for elsewhere.test:443');
    // Mostly a misspelt name or a region that does not exist, and not the proxy's fault.
    expect(unreached.hint).toContain("check the host's name (and the region");
    const answers: readonly [string, RegExp][] = [
      [
        'HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\r\n',
        /it offers NTLM, Negotiate/,
      ],
      ['HTTP/1.1 403 No\r\n\r\n', /does not let this host through/],
      [`HTTP/1.1 200 OK ${canary}\r\n${canary}\r\n\r\n`, /no HTTP/],
      [`${canary}\r\n\r\n`, /no HTTP/],
      // It keeps the connection open, and could go on for ever.
      [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(300_000)}`, /no HTTP/],
    ];
    for (const [raw, text] of answers) {
      hosts.proxy.behave({ raw });
      expect((await failure(ask(client, `https://${idp}/${canary}`))).message).toMatch(text);
    }
    for (const behaviour of ['cut', 'half'] as const) {
      hosts.proxy.behave(behaviour);
      expect((await failure(ask(client, `https://${idp}/`))).message).toMatch(
        /The proxy 127\.0\.0\.1:\d+ (broke off|cannot be reached \(ECONNRESET\))/,
      );
    }
    await hosts.proxy.close();
    expect((await failure(ask(client, `https://${idp}/`))).message).toMatch(
      /The proxy 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/,
    );
    endings.length = 0;
  });

  it('is passed by for hosts of NO_PROXY, and for this machine', async () => {
    const hosts = await fakeHosts({ [idp]: () => ({}) });
    const server = await startHttpsServer({
      certificate: certificates.server,
      answer: () => ({ body: 'direct' }),
    });
    endings.push(server.close);
    const url = `https://localhost:${String(server.port)}/`;
    const env = { HTTPS_PROXY: hosts.proxy.url };
    expect((await ask(clientOf({ env, ca: certificates.ca }), url)).body).toBe('direct');
    expect(hosts.proxy.tunnels).toEqual([]);
    await ask(clientOf({ env, ca: authority.cert }), `https://${idp}/`);
    expect(hosts.proxy.tunnels).toHaveLength(1);
    const unproxied = clientOf({ env: { ...env, NO_PROXY: 'x.test,.invalid' } });
    expect((await failure(ask(unproxied, 'https://nowhere.invalid/'))).message).toMatch(
      /ENOTFOUND|EAI_AGAIN/,
    );
    expect(hosts.proxy.tunnels).toHaveLength(1);
  });

  it("and the authority of one's own serve a real AWS client", async () => {
    const answer = { body: identity, headers: { 'content-type': 'text/xml' } };
    const hosts = await fakeHosts({ 'sts.eu-west-1.amazonaws.com': () => answer });
    const client = clientOf(hosts.settings);
    const sts = stsClient(await client.awsAgent());
    const found = await Promise.all([1, 2, 3].map(() => sts.send(new GetCallerIdentityCommand({}))));
    expect(found.map(({ Account }) => Account)).toEqual(['123456789012', '123456789012', '123456789012']);
    expect(hosts.requests[0]).toMatchObject({ host: 'sts.eu-west-1.amazonaws.com', method: 'POST' });
    expect(hosts.requests[0]?.form.get('Action')).toBe('GetCallerIdentity');
    sts.destroy();
    await hosts.idle();
    // Another client's agent is another agent, which the end of the first left alone.
    const second = stsClient(await client.awsAgent());
    hosts.proxy.behave({ raw: 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n' });
    await expect(second.send(new GetCallerIdentityCommand({}))).rejects.toThrow(
      /proxy .* asks for user and password \(407\) \(give them/,
    );
    second.destroy();
  });

  it('leaves no socket of an AWS call that was aborted while the proxy kept silent', async () => {
    const hosts = await fakeHosts({});
    hosts.proxy.behave('hang');
    const sts = stsClient(await clientOf(hosts.settings).awsAgent());
    const abort = new AbortController();
    const sent = sts.send(new GetCallerIdentityCommand({}), { abortSignal: abort.signal });
    sent.catch(() => undefined);
    await expect.poll(() => hosts.proxy.tunnels.length).toBe(1);
    abort.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    await hosts.idle();
    sts.destroy();
  });
});

describe('an aborted request', () => {
  const stages: readonly [string, (hosts: FakeHosts) => () => number][] = [
    ['proxy', (hosts) => (hosts.proxy.behave('hang'), () => hosts.proxy.tunnels.length)],
    ['answer', (hosts) => () => hosts.requests.length],
    ['body', (hosts) => () => hosts.requests.length],
  ];
  it.each(stages)(
    'rejects with the reason and leaves no socket: waiting for the %s',
    async (stage, prepare) => {
      const hosts = await fakeHosts({
        [idp]: (_, response) => {
          if (stage === 'body') response.writeHead(200).write('half');
          return 'hang';
        },
      });
      const reached = prepare(hosts);
      const abort = new AbortController();
      const reason = new Error('enough');
      const asked = ask(clientOf(hosts.settings), `https://${idp}/`, { signal: abort.signal });
      asked.catch(() => undefined);
      await expect.poll(reached).toBe(1);
      abort.abort(reason);
      await expect(asked).rejects.toBe(reason);
      await hosts.idle();
      expect(hosts.openConnections()).toBe(0);
    },
  );

  it('rejects with the reason and leaves no socket: in the middle of the TLS handshake', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    endings.push(() => closed(mute));
    const { port } = mute.address() as AddressInfo;
    const proxy = await startConnectProxy({ hosts: { [idp]: port } });
    endings.push(proxy.close);
    for (const [url, way] of [
      [`https://127.0.0.1:${String(port)}/`, undefined],
      [`https://${idp}/`, proxy.url],
    ] as const) {
      const abort = new AbortController();
      const connected = once(mute, 'connection');
      const asked = ask(clientOf({ proxy: way }), url, { signal: abort.signal });
      asked.catch(() => undefined);
      const [socket] = (await connected) as [Socket];
      abort.abort('by text');
      await expect(asked).rejects.toBeInstanceOf(CancelledError);
      socket.resume();
      await once(socket, 'close');
    }
  });

  it('is not made at all when the signal was aborted before', async () => {
    const hosts = await fakeHosts({ [idp]: () => ({}) });
    const reason = new Error('enough');
    const asked = ask(clientOf(hosts.settings), `https://${idp}/`, { signal: AbortSignal.abort(reason) });
    await expect(asked).rejects.toBe(reason);
    expect(hosts.proxy.tunnels).toEqual([]);
  });
});

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

const identity =
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
  '<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>AIDA</UserId><Account>123456789012</Account>' +
  '</GetCallerIdentityResult></GetCallerIdentityResponse>';

function stsClient(httpsAgent: Awaited<ReturnType<HttpClient['awsAgent']>>, endpoint?: string): STSClient {
  return new STSClient({
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
    requestHandler: httpsAgent === undefined ? {} : { httpsAgent },
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

afterAll(() => {
  expect(endings).toEqual([]);
});
