/**
 * Whether one request to the loopback port may be the answer of an identity provider, judged by its head alone, and the
 * fields of an answer. Everything here may come from any page that the user's browser has open.
 */
import type { IncomingMessage } from 'node:http';

/** Where the answer has to arrive. */
export interface Door {
  /** `POST`: a form (response_mode=form_post, SAML's HTTP-POST binding). `GET`: fields in the query. */
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** Responses of hundreds of groups have 100 kB. */
export const longestBody = 2 ** 20;

/** The status to refuse a request with, or undefined when its fields may be read. */
export function refusal(request: IncomingMessage, door: Door, port: number): number | undefined {
  const { headers } = request;
  // DNS rebinding: a page of another name that resolves to this machine sends that name.
  if (!isOurs(all(request, 'host'), port)) return 403;
  const target = request.url ?? '';
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  // A form's address has no query; an absolute or `//` target is no path of ours either.
  if (path !== door.path || (door.method === 'POST' && query >= 0)) return 404;
  if (request.method !== door.method) return 405;
  if (!isLikelyOrigin(all(request, 'origin'), port)) return 403;
  // Fetch Metadata: an answer is a navigation of a window, never what a script of some page fetches, nor a hidden frame.
  if (!isOneOf(headers['sec-fetch-mode'], 'navigate') || !isOneOf(headers['sec-fetch-dest'], 'document'))
    return 403;
  if (door.method === 'GET') return undefined;
  if (headers['content-encoding'] !== undefined || !isForm(headers['content-type'])) return 415;
  return Number(headers['content-length'] ?? 0) > longestBody ? 413 : undefined;
}

/** A header as often as it was sent: Node drops or joins repeated ones. */
function all({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name);
}

function isOurs(hosts: readonly string[], port: number): boolean {
  const host = hosts[0]?.toLowerCase();
  return (
    hosts.length === 1 &&
    ['localhost', '127.0.0.1', '[::1]'].some(
      (name) => host === `${name}:${String(port)}` || (port === 80 && host === name),
    )
  );
}

/**
 * Forms come with the identity provider's origin, or with `null` after a redirect or from a page that sends no referrer.
 * A page of plain http is never one that was asked to log anybody in.
 */
function isLikelyOrigin(origins: readonly string[], port: number): boolean {
  if (origins.length === 0) return true;
  const origin = origins[0]!;
  if (origins.length > 1) return false;
  if (origin === 'null') return true;
  const ours = /^http:\/\/(.*)$/.exec(origin)?.[1];
  return ours === undefined ? /^https:\/\/[^/\s]+$/.test(origin) : isOurs([ours], port);
}

function isOneOf(header: string | string[] | undefined, wanted: string): boolean {
  return header === undefined || header === wanted;
}

function isForm(type: string | undefined): boolean {
  return type?.split(';', 1)[0]!.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

/** The fields by name; undefined when one comes twice, which leaves open which of them is meant (RFC 6749 3.1). */
export function fieldsOf(text: string): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) return undefined;
    fields.set(name, value);
  }
  return fields;
}
