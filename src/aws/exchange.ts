/**
 * One request and its whole answer over a socket of its own, which is closed when this ends, in whatever way.
 * Bounded in time and size. Follows nothing, keeps nothing.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest, type Agent } from 'node:https';
import { connectionError, refusedRequest, tooLong, tooSlow } from './http-errors.js';

export interface Asked {
  readonly agent: Agent;
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Identity providers set many and long cookies; Node's own bound is a quarter of this. */
const headerBytes = 65_536;

export function exchange(
  { agent, url, method, headers, body }: Asked,
  limits: { readonly seconds: number; readonly bodyBytes: number },
  signal: AbortSignal,
  aborted: () => Error,
): Promise<Exchanged> {
  const sent = body === undefined ? undefined : Buffer.from(body, 'utf8');
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, {
      agent,
      method,
      maxHeaderSize: headerBytes,
      headers: {
        ...headers,
        // A compressed answer of 4 MiB may be 4 GiB: none is asked for, and none is read.
        'accept-encoding': 'identity',
        ...(sent === undefined ? {} : { 'content-length': String(sent.length) }),
      },
    });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      settle();
      request.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(aborted());
    const timer = setTimeout(() => fail(tooSlow(url.host, limits.seconds)), limits.seconds * 1000);
    signal.addEventListener('abort', onAbort, { once: true });
    request.on('error', (cause) => fail(connectionError(url.host, cause)));
    request.on('response', (response) => {
      readBody(response, url.host, limits.bodyBytes).then((text) => {
        settle();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      }, fail);
    });
    request.end(sent);
  });
}

async function readBody(response: IncomingMessage, host: string, most: number): Promise<string> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw refusedRequest(
      `The identity provider ${host} answered compressed, though it was asked not to`,
      'look for a proxy or gateway that compresses',
    );
  if (Number(response.headers['content-length']) > most) throw tooLong(host, most);
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > most) break;
      pieces.push(piece);
    }
  } catch (cause) {
    throw connectionError(host, cause as NodeJS.ErrnoException);
  }
  if (length > most) throw tooLong(host, most);
  return decode(Buffer.concat(pieces), response.headers['content-type'] ?? '');
}

/** By the charset of the header, UTF-8 where it names none or one that nobody knows. */
function decode(bytes: Buffer, contentType: string): string {
  const [, label = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType) ?? [];
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
