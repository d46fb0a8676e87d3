/**
 * Asking the server for TLS (PostgreSQL protocol, "SSL Session Encryption") and checking its certificate.
 * Not one byte of the login leaves before the handshake is through, and not one byte that the server sent before it
 * reaches the parser.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  rootCertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls';
import { ArgumentError, ConnectError } from '../errors.js';
import { encodeFrontend } from '../protocol/frontend.js';

export interface TlsOptions {
  /**
   * `verify-full` checks chain and host name, `verify-ca` the chain only, `require` neither, as in libpq: unless
   * `roots` are given, then `require` checks the chain too.
   */
  readonly mode: 'require' | 'verify-ca' | 'verify-full';
  /** A path or PEM text; trusted in addition to the roots that Node carries. */
  readonly roots?: string | undefined;
  /** The name to send (SNI) and to check instead of the host. */
  readonly servername?: string | undefined;
}

/** @throws ConnectError when the server refuses TLS, answers anything else, or shows a certificate that does not pass. */
export async function secureSocket(
  socket: Socket,
  host: string,
  peer: string,
  options: TlsOptions,
  context: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  try {
    const answer = await ask(socket, peer, signal);
    checkAnswer(answer, peer);
    return await handshake(socket, host, peer, options, context, signal);
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
}

/**
 * Roots that were read before, by their text: reading Node's own roots along with them takes 20 ms, during which a
 * process does nothing else, and a pool opens many connections with the same ones.
 */
const contexts = new Map<string, SecureContext>();
const mostContexts = 8;

/** What certificates are checked against. @throws ArgumentError when the roots cannot be read; nothing was opened yet. */
export function trustedRoots(options: TlsOptions): SecureContext {
  const roots = options.roots === undefined ? undefined : readRoots(options.roots);
  const before = contexts.get(roots ?? '');
  if (before !== undefined) return before;
  const context = createSecureContext({
    minVersion: 'TLSv1.2',
    ...(roots === undefined ? {} : { ca: [...rootCertificates, ...certificatesOf(roots)] }),
  });
  if (contexts.size >= mostContexts) contexts.clear();
  contexts.set(roots ?? '', context);
  return context;
}

/** PEM text as it stands, else the file of that path. */
function readRoots(roots: string): string {
  if (roots.includes('-----BEGIN')) return roots;
  try {
    return readFileSync(roots, 'utf8');
  } catch (cause) {
    throw new ArgumentError(`sslrootcert: cannot read the file ${roots}`, { cause });
  }
}

/** Each by itself: of a text with a fault in it Node takes what comes before, and says nothing. */
function certificatesOf(roots: string): readonly string[] {
  const found = roots.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (found === null) throw new ArgumentError('sslrootcert: holds no PEM certificate');
  for (const [at, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch (cause) {
      throw new ArgumentError(`sslrootcert: certificate ${String(at + 1)} in it cannot be read`, { cause });
    }
  }
  return found;
}

/** Sends SSLRequest and gives all bytes of the first piece that comes back (one byte, if the server is honest). */
function ask(socket: Socket, peer: string, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd);
    };
    const onData = (chunk: Buffer): void => {
      settle();
      socket.pause();
      resolve(chunk);
    };
    const onError = (cause: Error): void => {
      settle();
      reject(new ConnectError(`Cannot ask ${peer} for TLS: ${cause.message}`, { cause, retryable: true }));
    };
    const onEnd = (): void => {
      settle();
      reject(
        new ConnectError(`${peer} closed the connection when it was asked for TLS`, { retryable: true }),
      );
    };
    const onAbort = (): void => {
      settle();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('data', onData).on('error', onError).on('end', onEnd).on('close', onEnd);
    socket.resume();
    socket.write(encodeFrontend({ type: 'SSLRequest' }));
  });
}

function checkAnswer(answer: Buffer, peer: string): void {
  const first = answer.toString('latin1', 0, 1);
  if (first === 'S' && answer.length === 1) return;
  if (first === 'S') {
    // CVE-2021-23222: what a stranger on the path wrote in the clear must never pass for the server's words.
    throw new ConnectError(
      `${peer} sent bytes in the clear behind its consent to TLS; refused, they cannot be trusted`,
    );
  }
  if (first === 'N') {
    throw new ConnectError(
      `${peer} does not offer TLS. If the network between is trusted, connect with sslmode 'disable'`,
    );
  }
  if (first === 'E') {
    const text = answer
      .toString('latin1', 1)
      .replace(/[^\x20-\x7e]+/g, ' ')
      .trim()
      .slice(0, 200);
    throw new ConnectError(
      `${peer} answered the request for TLS with an error. Unauthenticated server text: ${JSON.stringify(text)}`,
    );
  }
  throw new ConnectError(
    `${peer} does not speak this protocol: it answered the request for TLS with ${JSON.stringify(first)}. Check host and port`,
  );
}

function handshake(
  socket: Socket,
  host: string,
  peer: string,
  options: TlsOptions,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  // A final dot is how DNS writes a whole name; neither SNI (RFC 6066) nor certificates have it.
  const name = (options.servername ?? host).replace(/\.$/, '');
  const checked = options.mode !== 'require' || options.roots !== undefined;
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket,
      secureContext,
      // RFC 6066 forbids addresses as server names.
      ...(isIP(name) === 0 ? { servername: name } : {}),
      rejectUnauthorized: checked,
      checkServerIdentity: (_, certificate) =>
        options.mode === 'verify-full' ? checkName(name, certificate) : undefined,
    });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      secured.off('secureConnect', onSecure).off('error', onError).off('close', onClose);
    };
    const fail = (error: Error): void => {
      settle();
      secured.on('error', () => undefined);
      secured.destroy();
      reject(error);
    };
    const onSecure = (): void => {
      settle();
      secured.pause();
      resolve(secured);
    };
    const onError = (cause: NodeJS.ErrnoException): void => fail(refused(peer, options, cause));
    const onClose = (): void =>
      fail(new ConnectError(`${peer} closed the connection during the TLS handshake`, { retryable: true }));
    const onAbort = (): void => fail(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    secured.once('secureConnect', onSecure).once('error', onError).once('close', onClose);
  });
}

/**
 * Node accepts a common name where there is no alternative name, and wildcards for a part of a label (`db*.example.com`);
 * RFC 9525 (6.3) allows neither, and neither do we. What passes has convinced both readers, Node's and OpenSSL's.
 */
function checkName(name: string, certificate: PeerCertificate): Error | undefined {
  const refuse = (why: string): Error =>
    Object.assign(new Error(why), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  if (!certificate.subjectaltname) {
    return refuse(`the certificate has no subject alternative name, so it cannot stand for ${name}`);
  }
  if (name.split('.').includes('')) return refuse(`${name} is no name of a host`);
  const problem = checkServerIdentity(name, certificate);
  if (problem !== undefined || isIP(name) !== 0) return problem;
  const rules = { subject: 'never', partialWildcards: false } as const;
  if (new X509Certificate(certificate.raw).checkHost(name, rules) !== undefined) return undefined;
  return refuse(`the certificate stands for ${name} by a wildcard that is not a whole label`);
}

function refused(peer: string, options: TlsOptions, cause: NodeJS.ErrnoException): ConnectError {
  const advice =
    cause.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `. Connect by a name that the certificate carries, or set sslmode 'verify-ca'`
      : /SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/.test(cause.code ?? '')
        ? `. Give the certificate of its authority as sslrootcert`
        : '';
  return new ConnectError(
    `TLS with ${peer} failed (sslmode ${options.mode}${cause.code === undefined ? '' : `, ${cause.code}`}): ${cause.message}${advice}`,
    { cause },
  );
}
