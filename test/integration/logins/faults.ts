/**
 * What can go wrong with one request of a login: servers that stand for all the hosts and each do one thing wrong, and
 * proxies that lead a way's n-th request, and all after it, to one of them. Loopback only.
 */
import type { ServerResponse } from 'node:http';
import { createAuthority } from '../../../src/local/certificate.js';
import {
  certificateFor,
  startHttpsServer,
  type Answer,
  type Answering,
  type HttpsServer,
  type SeenRequest,
} from '../../fakes/https-server.js';
import type { ConnectProxy, ProxyBehaviour } from '../../fakes/connect-proxy.js';
import type { Way } from './ways.js';
import type { World } from './world.js';

/** Everything that was sent, as a careless page repeats it. */
const echo = ({ method, path, query, headers, body }: SeenRequest): string =>
  [
    method,
    path,
    query.toString(),
    ...query.values(),
    JSON.stringify(headers),
    body,
    ...new URLSearchParams(body).values(),
  ].join(' ');
const page = (text: string, status = 200): Answer => ({
  status,
  body: `<html><body><p class="error">${text}</p></body></html>`,
});
const json = (value: object, status: number): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const answers = {
  hang: () => 'hang',
  /** A byte now and then, for ever. */
  drip: (_, response) => {
    drip(response);
    return undefined;
  },
  cut: () => 'cut',
  'cut in its answer': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': '100000' });
    response.write('<html><body>', () => response.socket?.destroy());
    return undefined;
  },
  'HTTP 500': () => page('Internal Server Error', 500),
  'text instead of what was asked for': () => ({ headers: { 'content-type': 'text/plain' }, body: 'hello' }),
  'an answer of 6 MiB': () => page('x'.repeat(6 * 2 ** 20)),
  'a page that repeats what was sent': (request) => page(echo(request)),
  'an error page that repeats what was sent': (request) => page(echo(request), 400),
  'an error in JSON that repeats what was sent': (request) =>
    json(
      {
        error: 'invalid_request',
        error_description: echo(request),
        errorCode: 'E1',
        errorSummary: echo(request),
        __type: 'ValidationException',
        message: echo(request),
      },
      400,
    ),
  'an error in XML that repeats what was sent': (request) => ({
    status: 400,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${echo(request).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message></Error></ErrorResponse>`,
  }),
} as const satisfies Readonly<Record<string, Answering>>;

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' });
  const timer = setInterval(() => response.write(' '), 500);
  response.on('close', () => {
    clearInterval(timer);
  });
}

const ofTheProxy = {
  'a proxy that hangs': 'hang',
  'a proxy that cuts': 'cut',
  'a proxy that says no': { raw: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n' },
} as const satisfies Readonly<Record<string, ProxyBehaviour>>;

export type Fault = keyof typeof answers | keyof typeof ofTheProxy | 'a certificate of nobody';

/** Those that end by themselves only if the driver has a clock. */
export const endless: readonly Fault[] = ['hang', 'drip', 'a proxy that hangs'];
/** Those that repeat the secrets that they were sent. */
export const indiscreet: readonly Fault[] = [
  'a page that repeats what was sent',
  'an error page that repeats what was sent',
  'an error in JSON that repeats what was sent',
  'an error in XML that repeats what was sent',
];

/** One request of one way. */
export interface Step {
  readonly way: Way;
  /** The host that is asked, for the how manieth time. */
  readonly host: string;
  readonly nth: number;
  /** A number of its own among all the steps, for options that have to differ. */
  readonly number: number;
}

export function stepsOf(ways: readonly Way[]): Step[] {
  return ways
    .flatMap((way) =>
      way.asks.map((host, at) => ({
        way,
        host,
        nth: way.asks.slice(0, at + 1).filter((one) => one === host).length,
      })),
    )
    .map((step, at) => ({ ...step, number: at + 1 }));
}

export interface Faults {
  /** A proxy that leads this step to the fault; `reached` resolves when it is there. */
  at(
    step: Pick<Step, 'host' | 'nth'>,
    fault: Fault,
  ): Promise<{ readonly proxy: ConnectProxy; readonly reached: Promise<void> }>;
  close(): Promise<void>;
}

export async function startFaults(world: World): Promise<Faults> {
  const [stranger, ...servers] = await Promise.all([
    createAuthority('Somebody else').then(async (authority) =>
      startHttpsServer({
        certificate: await certificateFor(authority, [...world.ports.keys()]),
        answer: () => page(''),
      }),
    ),
    ...Object.entries<Answering>(answers).map(async ([name, answer]): Promise<[string, HttpsServer]> => [
      name,
      await startHttpsServer({
        certificate: await certificateFor(world.hosts.authority, [...world.ports.keys()]),
        answer,
      }),
    ]),
  ]);
  const ports = new Map<Fault, number>([
    ...servers.map(([name, { port }]): [Fault, number] => [name as Fault, port]),
    ['a certificate of nobody', stranger.port],
  ]);
  return {
    at: async (step, fault) => {
      let arrived!: () => void;
      const reached = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const behaviour = (ofTheProxy as Partial<Record<Fault, ProxyBehaviour>>)[fault];
      const proxy = await world.proxy((host, nth) => {
        if (host !== step.host || nth < step.nth) return undefined;
        arrived();
        return behaviour ?? ports.get(fault);
      });
      return { proxy, reached };
    },
    close: async () => {
      await Promise.all([stranger, ...servers.map(([, server]) => server)].map((server) => server.close()));
    },
  };
}
