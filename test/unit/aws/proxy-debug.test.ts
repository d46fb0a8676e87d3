/** The package that tunnels through proxies prints what it is given when DEBUG is set; the password is not given to it. */
import { afterEach, expect, it, vi } from 'vitest';
import { HttpClient } from '../../../src/aws/http.js';
import { startFakeHosts } from '../../fakes/fake-hosts.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('DEBUG=* shows no password of a proxy', async () => {
  // It is read when the package is loaded, which is at the first request through a proxy.
  vi.stubEnv('DEBUG', '*');
  const printed: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  const password = 'C4nary-7Kq';
  const hosts = await startFakeHosts(
    { 'idp.test': () => ({ body: 'in' }) },
    { auth: { user: 'me', password } },
  );
  const agent = await new HttpClient({ ...hosts.settings, insecure: false }).awsAgent();
  const { signal } = new AbortController();
  const session = new HttpClient({ ...hosts.settings, insecure: false }).session();
  const { body } = await session.request({ method: 'GET', url: 'https://idp.test/', signal });
  await hosts.close();
  const all = printed.join('\n');
  expect([body, agent === undefined]).toEqual(['in', false]);
  // Else nothing would be shown by this test.
  expect(all).toContain('https-proxy-agent');
  expect(all).not.toContain(password);
  expect(all).not.toContain(Buffer.from(`me:${password}`).toString('base64'));
});
