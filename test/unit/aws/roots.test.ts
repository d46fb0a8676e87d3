/** Roots of one's own stand beside those that Node has, NODE_EXTRA_CA_CERTS included. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { expect, it } from 'vitest';
import { HttpClient } from '../../../src/aws/http.js';
import { contextWith } from '../../../src/aws/roots.js';
import { createAuthority } from '../../../src/local/certificate.js';
import { certificateFor, startHttpsServer } from '../../fakes/https-server.js';

// From Node 22.15 on it is Node itself that reads the variable, when the process starts.
it.skipIf('getCACertificates' in tls)('httpsCa does not take the place of NODE_EXTRA_CA_CERTS', async () => {
  const [own, extra] = await Promise.all([createAuthority('Own CA'), createAuthority('Extra CA')]);
  const folder = await mkdtemp(join(tmpdir(), 'roots-'));
  const path = join(folder, 'extra.pem');
  await writeFile(path, extra.cert);
  const server = await startHttpsServer({
    certificate: await certificateFor(extra, []),
    answer: () => ({ body: 'in' }),
  });
  const client = new HttpClient({
    proxy: '',
    env: { NODE_EXTRA_CA_CERTS: path },
    ca: own.cert,
    insecure: false,
  });
  const url = `https://localhost:${String(server.port)}/`;
  const { body } = await client
    .session()
    .request({ method: 'GET', url, signal: new AbortController().signal });
  expect(body).toBe('in');
  await server.close();
  await rm(folder, { recursive: true });
});

it('roots are read once, however many logins use them', async () => {
  const { cert } = await createAuthority('Test CA');
  expect(contextWith(cert, {})).toBe(contextWith(cert, {}));
});

it('a file of NODE_EXTRA_CA_CERTS that is not there is passed over, as Node does', async () => {
  const { cert } = await createAuthority('Test CA');
  expect(() => contextWith(cert, { NODE_EXTRA_CA_CERTS: '/nowhere/at/all.pem' })).not.toThrow();
});
