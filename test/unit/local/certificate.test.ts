/** What Node's own TLS says of the certificates: the good ones pass, each bad one fails for its own reason. */
import { X509Certificate } from 'node:crypto';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Issued } from '../../../src/local/certificate.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';

let made: Certificates;
beforeAll(async () => {
  made = await makeCertificates();
});

/** The code of the error that a verifying client gets, or 'accepted'. */
async function visit(server: Issued, ca: string, host = 'localhost', address = '127.0.0.1'): Promise<string> {
  const listener = createServer({ cert: server.cert, key: server.key }, (socket) => {
    socket.on('error', () => undefined);
    socket.end();
  });
  listener.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => listener.listen(0, address, resolve));
  const { port } = listener.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const servername = host === address ? {} : { servername: host };
      const socket: TLSSocket = connect({ host: address, port, ca, ...servername }, () => {
        resolve('accepted');
        socket.destroy();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    await new Promise((resolve) => listener.close(resolve));
  }
}

describe('certificates that pass', () => {
  it.each(['localhost', '127.0.0.1'])('the server at %s', async (host) => {
    expect(await visit(made.server, made.ca, host)).toBe('accepted');
  });
  it('the server at ::1', async () => {
    expect(await visit(made.server, made.ca, '::1', '::1')).toBe('accepted');
  });
  it('a server below a second authority, whose certificate it sends', async () => {
    expect(await visit(made.chained, made.ca)).toBe('accepted');
  });
  it('a wildcard, for one label', async () => {
    expect(await visit(made.wildcard, made.ca, 'cluster.redshift.test')).toBe('accepted');
    expect(await visit(made.wildcard, made.ca, 'a.b.redshift.test')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await visit(made.wildcard, made.ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });
});

describe('certificates that fail', () => {
  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['notYetValid', 'CERT_NOT_YET_VALID'],
    ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['missingIntermediate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['otherAuthority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['otherHost', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const)('%s', async (name, code) => {
    expect(await visit(made.bad[name], made.ca)).toBe(code);
  });
  it('noIpAddress, by its address only', async () => {
    expect(await visit(made.bad.noIpAddress, made.ca, '127.0.0.1')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await visit(made.bad.noIpAddress, made.ca)).toBe('accepted');
  });
  it('commonNameOnly has no alternative name', () => {
    const certificate = new X509Certificate(made.bad.commonNameOnly.cert);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(certificate.subject).toBe('CN=localhost');
  });
});

it('an authority may sign certificates, and what it signs may not', async () => {
  const authority = await createAuthority('Größte CA');
  const server = await authority.issue({ commonName: 'x' });
  expect(new X509Certificate(authority.cert).ca).toBe(true);
  expect(new X509Certificate(server.cert).ca).toBe(false);
  expect(new X509Certificate(server.cert).verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
  expect(new X509Certificate(server.cert).issuer).toBe('CN=Größte CA');
  expect(authority.key).not.toBe(server.key);
});
