/**
 * What went wrong between us and an identity provider, in words that say what to do about it.
 * Names hosts and codes only: never a path, a query, a header, a cookie or a body.
 */
import { AuthenticationError } from '../errors.js';
import { ProxyError } from './agents.js';

const stage = 'identity provider';
const caHint =
  'give the certificate of its authority as httpsCa; sslInsecure: true would accept any, for tests only';

/** For requests that were refused by a rule of ours. */
export function refusedRequest(message: string, hint?: string): AuthenticationError {
  return new AuthenticationError(message, { stage, hint });
}

export function tooSlow(host: string, seconds: number): AuthenticationError {
  return new AuthenticationError(`The identity provider ${host} gave no answer within ${String(seconds)} s`, {
    stage,
    hint: 'check the host; where the internet is behind a proxy, set proxy or HTTPS_PROXY',
    retryable: true,
  });
}

export function tooLong(host: string, bytes: number): AuthenticationError {
  return new AuthenticationError(
    `The identity provider ${host} sent an answer of more than ${String(bytes)} bytes; no login page is that long`,
    { stage, hint: 'check the host' },
  );
}

/** @param host as the URL has it, with the port where it is not 443 */
export function connectionError(host: string, cause: NodeJS.ErrnoException): AuthenticationError {
  const { message, hint, retryable } = explain(host, cause);
  return new AuthenticationError(message, { stage, hint, retryable: retryable ?? false, cause: bare(cause) });
}

interface Explained {
  readonly message: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

function explain(host: string, cause: NodeJS.ErrnoException): Explained {
  if (cause instanceof ProxyError)
    return {
      message: `The identity provider ${host} was not reached: ${cause.message.slice(0, -` (${cause.hint})`.length)}`,
      hint: cause.hint,
    };
  const code = cause.code ?? '';
  const idp = `the identity provider ${host}`;
  switch (code) {
    case 'ENOTFOUND':
      return {
        message: `The name of ${idp} cannot be found (ENOTFOUND)`,
        hint: 'check its spelling; where the internet is behind a proxy, set proxy or HTTPS_PROXY',
      };
    case 'EAI_AGAIN':
      return {
        message: `The name of ${idp} cannot be looked up now (EAI_AGAIN)`,
        hint: 'check the DNS of this machine; where the internet is behind a proxy, set proxy or HTTPS_PROXY',
        retryable: true,
      };
    case 'ECONNREFUSED':
      return {
        message: `Connection to ${idp} refused (ECONNREFUSED)`,
        hint: 'check host and port',
        retryable: true,
      };
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        message: `No way to ${idp} (${code})`,
        hint: 'check host and network; where the internet is behind a proxy, set proxy or HTTPS_PROXY',
        retryable: true,
      };
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        message: `Connection to ${idp} broke off before its answer was complete (${code})`,
        hint: 'try again; a firewall that does not let it through looks the same',
        retryable: true,
      };
    case 'CERT_HAS_EXPIRED':
      return {
        message: `The certificate of ${idp} has expired (${code})`,
        hint: 'who runs it has to renew it; check the clock of this machine too',
      };
    case 'CERT_NOT_YET_VALID':
      return {
        message: `The certificate of ${idp} is not valid yet (${code})`,
        hint: 'check the clock of this machine',
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        message: `The certificate of ${idp} stands for another host (${code})`,
        hint: 'use the name that the certificate carries; sslInsecure: true would accept any, for tests only',
      };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return {
        message: `The certificate of ${idp} is signed by nobody this machine trusts (${code})`,
        hint: caHint,
      };
    default:
  }
  if (/^(?:CERT_|UNABLE_TO_|INVALID_|PATH_LENGTH|HOSTNAME_|CRL_)/.test(code))
    return { message: `The certificate of ${idp} does not pass (${code}): ${cause.message}`, hint: caHint };
  if (/^ERR_SSL_|^EPROTO$/.test(code))
    return {
      message: `TLS with ${idp} failed (${code})`,
      hint: 'check that the port speaks HTTPS, with TLS 1.2 or later',
    };
  if (code.startsWith('HPE_'))
    return { message: `The answer of ${idp} is no HTTP (${code})`, hint: 'check host and port' };
  return {
    message: `The request to ${idp} failed${code === '' ? '' : ` (${code})`}: ${cause.message}`,
    hint: 'check host, port and network',
  };
}

/** Node hangs more on its errors than belongs into a log: the bytes of an answer it could not read, whole certificates. */
function bare(cause: NodeJS.ErrnoException): Error {
  if (cause instanceof ProxyError) return cause;
  const kept = new Error(cause.message);
  kept.name = cause.name;
  return cause.code === undefined ? kept : Object.assign(kept, { code: cause.code });
}
