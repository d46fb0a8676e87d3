/**
 * A browser without a window: follows redirects, keeps cookies, fills in the one login form and sends each page's form on,
 * until an address of this machine has answered. Host names lead to loopback ports, or nowhere.
 */
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { parse, type DefaultTreeAdapterMap } from 'parse5';

export interface RobotSettings {
  /** Loopback port by host name. */
  readonly ports: ReadonlyMap<string, number>;
  /** PEM. */
  readonly ca: string;
  /** What it types, by the name of the field. */
  readonly types?: Readonly<Record<string, string>>;
}

/** The page that it ended on: our own. */
export interface LastPage {
  readonly url: string;
  readonly status: number;
  readonly body: string;
}

interface Ask {
  readonly url: URL;
  readonly body?: string;
}

type Node = DefaultTreeAdapterMap['node'];

/** @returns the answer of the loopback address that the pages led to */
export async function browse(start: string, settings: RobotSettings): Promise<LastPage> {
  const cookies = new Map<string, Map<string, string>>();
  let next: Ask = { url: new URL(start) };
  for (let step = 0; step < 20; step += 1) {
    const { url } = next;
    const answer = await ask(next, settings, cookies);
    const { status, location, body } = answer;
    if (url.protocol === 'http:') return { url: url.href, status, body };
    if (location !== undefined) next = { url: new URL(location, url) };
    else next = formOf(body, url, settings.types ?? {});
  }
  throw new Error('The robot was led in a circle');
}

async function ask(
  { url, body }: Ask,
  { ports, ca }: RobotSettings,
  cookies: Map<string, Map<string, string>>,
): Promise<{ status: number; location: string | undefined; body: string }> {
  const jar = cookies.get(url.host) ?? new Map<string, string>();
  cookies.set(url.host, jar);
  const here = url.protocol === 'http:';
  const port = here ? Number(url.port) : ports.get(url.hostname);
  if (port === undefined) throw new Error(`The robot knows no way to ${url.hostname}`);
  if (here && !['localhost', '127.0.0.1'].includes(url.hostname)) throw new Error('The robot stays here');
  const headers = {
    host: url.host,
    connection: 'close',
    ...(jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
    ...(body === undefined
      ? {}
      : {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(Buffer.byteLength(body)),
          origin: 'null',
        }),
  };
  const options = {
    host: '127.0.0.1',
    port,
    path: url.pathname + url.search,
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: false as const,
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = here
      ? requestHttp(options, resolve)
      : requestHttps({ ...options, ca, servername: url.hostname }, resolve);
    request.on('error', reject);
    request.end(body);
  });
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  for (const cookie of response.headers['set-cookie'] ?? []) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    jar.set(name, value);
  }
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location,
    body: Buffer.concat(pieces).toString('utf8'),
  };
}

/** The first form of a page, filled in. */
function formOf(html: string, page: URL, types: Readonly<Record<string, string>>): Ask {
  const [form] = find(parse(html), 'form');
  if (form === undefined) throw new Error(`The robot met a page without a form: ${html.slice(0, 300)}`);
  const fields = new URLSearchParams();
  for (const input of find(form, 'input')) {
    const { name, value = '', type } = attributes(input);
    if (name !== undefined && type !== 'submit') fields.append(name, types[name] ?? value);
  }
  return { url: new URL(attributes(form)['action'] ?? '', page), body: fields.toString() };
}

function find(node: Node, tag: string): Node[] {
  const children = 'childNodes' in node ? node.childNodes : [];
  return [...(node.nodeName === tag ? [node] : []), ...children.flatMap((child) => find(child, tag))];
}

function attributes(node: Node): Partial<Record<string, string>> {
  return 'attrs' in node ? Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])) : {};
}
