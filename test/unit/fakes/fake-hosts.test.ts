/** The fakes of HTTPS hosts behave as the real things do: a client that knows nothing of them reaches the fake by its name. */
import { get } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { afterEach, describe, expect, it } from 'vitest';
import { startConnectProxy } from '../../fakes/connect-proxy.js';
import { startFakeHosts, type FakeHosts } from '../../fakes/fake-hosts.js';

let hosts: FakeHosts | undefined;
afterEach(async () => {
  await hosts?.close();
  hosts = undefined;
});

const ask = (url: string, proxy: string, ca: string): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    get(url, { agent: new HttpsProxyAgent(proxy), ca }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject);
  });

describe('fake hosts', () => {
  it('are reached by their names, and by no others', async () => {
    hosts = await startFakeHosts({
      'idp.example.test': ({ path, query }) => ({ status: 201, body: `idp ${path} ${query.get('q') ?? ''}` }),
      '*.okta.test': ({ host }) => ({ body: host }),
    });
    const { proxy, ca } = hosts;
    expect(await ask('https://idp.example.test/a?q=1', proxy.url, ca)).toEqual({
      status: 201,
      body: 'idp /a 1',
    });
    expect((await ask('https://acme.okta.test/', proxy.url, ca)).body).toBe('acme.okta.test');
    expect((await ask('https://elsewhere.test/', proxy.url, ca)).status).toBe(502);
    expect(proxy.tunnels).toEqual([
      { host: 'idp.example.test', port: 443, status: 200 },
      { host: 'acme.okta.test', port: 443, status: 200 },
      { host: 'elsewhere.test', port: 443, status: 502 },
    ]);
    await hosts.idle();
    expect(hosts.openConnections()).toBe(0);
  });

  it('ask for the password of the proxy', async () => {
    hosts = await startFakeHosts(
      { 'idp.example.test': () => ({ body: 'in' }) },
      { auth: { user: 'canary-user', password: 'canary/p@ss' } },
    );
    const { proxy, ca } = hosts;
    expect(
      (await ask('https://idp.example.test/', `http://127.0.0.1:${String(proxy.port)}`, ca)).status,
    ).toBe(407);
    expect((await ask('https://idp.example.test/', proxy.url, ca)).body).toBe('in');
  });

  it('break off as told', async () => {
    const proxy = await startConnectProxy({ hosts: { 'a.test': 1 } });
    for (const behaviour of ['cut', 'half'] as const) {
      proxy.behave(behaviour);
      await expect(ask('https://a.test/', proxy.url, '')).rejects.toThrow();
    }
    // Nobody listens there: 502, as a proxy that reaches nothing.
    proxy.behave('tunnel');
    expect((await ask('https://a.test/', proxy.url, '')).status).toBe(502);
    await proxy.close();
  });
});
