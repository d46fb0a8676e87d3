/**
 * What the certificates of AWS and of identity providers are checked against: the roots of Node and those of `httpsCa`.
 * Never replaces Node's roots, and never switches a check off.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { ArgumentError } from '../errors.js';

/** By their text: reading Node's roots anew takes 20 ms, and every connection of a pool may log in. */
const contexts = new Map<string, tls.SecureContext>();
const mostContexts = 8;

/** @throws ArgumentError naming `httpsCa` when the text holds no certificate, or one that cannot be read. */
export function certificatesOf(pem: string): readonly string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (found === null) throw new ArgumentError('Option httpsCa: holds no PEM certificate');
  // Each by itself: of a text with a fault in it Node takes what comes before, and says nothing.
  for (const [at, one] of found.entries()) {
    try {
      new X509Certificate(one);
    } catch (cause) {
      throw new ArgumentError(`Option httpsCa: certificate ${String(at + 1)} in it cannot be read`, {
        cause,
      });
    }
  }
  return found;
}

/** Node's roots and these. */
export function contextWith(
  pem: string,
  env: Readonly<Record<string, string | undefined>>,
): tls.SecureContext {
  const before = contexts.get(pem);
  if (before !== undefined) return before;
  const context = tls.createSecureContext({
    minVersion: 'TLSv1.2',
    ca: [...rootsOfNode(env), ...certificatesOf(pem)],
  });
  if (contexts.size >= mostContexts) contexts.clear();
  contexts.set(pem, context);
  return context;
}

/** `ca` takes the place of all that Node trusts, NODE_EXTRA_CA_CERTS included, so that is put beside it again. */
function rootsOfNode(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  // From Node 22.15 on; also knows of --use-system-ca.
  const { getCACertificates } = tls as { getCACertificates?: (kind: 'default') => readonly string[] };
  if (getCACertificates !== undefined) return getCACertificates('default');
  const path = env['NODE_EXTRA_CA_CERTS'];
  if (path === undefined || path === '') return tls.rootCertificates;
  try {
    return [...tls.rootCertificates, readFileSync(path, 'utf8')];
  } catch {
    // Node has warned of it when it started.
    return tls.rootCertificates;
  }
}
