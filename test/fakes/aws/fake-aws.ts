/**
 * AWS on this machine, over HTTPS: Redshift, Redshift Serverless, STS and Identity Center OIDC behind one port.
 * Every signature is calculated anew, every member is checked by name, answers have the services' own shapes; each
 * request is recorded, and faults are had by asking for them. It never talks to anybody.
 */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { createAuthority, loopbackNames, type Issued } from '../../../src/local/certificate.js';
import { FakeAwsError } from './errors.js';
import { readJson, readQuery, type Members } from './members.js';
import { answerRedshift } from './redshift.js';
import { answerServerless } from './serverless.js';
import { checkSignature, readAuthorization } from './signature.js';
import { answerSsoOidc, authorize } from './sso-oidc.js';
import { answerSts, unsignedActions } from './sts.js';
import { World, type FakeIdentity } from './world.js';
import { toXml } from './xml.js';

export { FakeAwsError } from './errors.js';
export * from './world.js';

export type FakeService = 'redshift' | 'redshift-serverless' | 'sts' | 'sso-oidc';

/** A request that was understood; signed ones have passed the check. */
export interface RecordedRequest {
  readonly service: FakeService;
  readonly action: string;
  /** Of the signature, or of the host where nothing is signed; empty if neither tells. */
  readonly region: string;
  readonly host: string;
  readonly members: Members;
  /** Undefined: unsigned. */
  readonly accessKeyId: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** What goes wrong with the next request. */
export type Fault =
  | { readonly kind: 'error'; readonly error: FakeAwsError }
  /** `Throttling`, "Rate exceeded". */
  | { readonly kind: 'throttle' }
  /** No answer comes, and the connection stays. */
  | { readonly kind: 'hang' }
  /** The connection is destroyed: before the answer, or in its middle. */
  | { readonly kind: 'cut'; readonly inAnswer?: boolean }
  /** Something else answers: a proxy's page, a broken gateway. */
  | { readonly kind: 'answer'; readonly status: number; readonly type: string; readonly body: string };

export interface FaultPlace {
  readonly service?: FakeService;
  readonly action?: string;
  /** How often; default 1. */
  readonly times?: number;
}

/** Real names of the endpoints: `redshift.us-east-1.amazonaws.com`. */
const endpointName =
  /^(?<service>redshift|redshift-serverless|sts|oidc)\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/;

/** Hosts that its certificate stands for, so that a proxy can send the real names here. */
const regions = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'us-gov-west-1'];
const names = [...regions, 'cn-north-1'].flatMap((region) =>
  ['redshift', 'redshift-serverless', 'sts', 'oidc'].map(
    (service) => `${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
  ),
);

export interface FakeAwsOptions {
  /** A certificate of the test's own; default: one for localhost and the real endpoints, of a root of its own. */
  readonly certificate?: Issued & { readonly ca: string };
}

export class FakeAws {
  readonly world = new World();
  readonly requests: RecordedRequest[] = [];
  /** PEM: the root that clients have to trust. */
  readonly ca: string;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #faults: { fault: Fault; place: FaultPlace; left: number }[] = [];

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
    this.port = (server.address() as AddressInfo).port;
    // Sockets of one connection each; TLS servers tell of both the raw and the encrypted one.
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.destroy(error as Error);
      });
    });
  }

  static async start(options: FakeAwsOptions = {}): Promise<FakeAws> {
    let { certificate } = options;
    if (certificate === undefined) {
      const authority = await createAuthority('Fake AWS');
      const issued = await authority.issue({
        commonName: 'localhost',
        ...loopbackNames,
        dnsNames: ['localhost', ...names],
      });
      certificate = { ...issued, ca: authority.cert };
    }
    const server = createServer({ cert: certificate.cert, key: certificate.key });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeAws(server, certificate.ca);
  }

  /** For `endpointUrl`. */
  get url(): string {
    return `https://localhost:${String(this.port)}`;
  }

  /** The keys that it knows from the start. */
  get keys(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
    const { accessKeyId, secretAccessKey } = this.world.user;
    return { accessKeyId, secretAccessKey };
  }

  /** The next request there (any, by default) meets the fault. Faults are met in the order in which they were asked for. */
  fail(fault: Fault, place: FaultPlace = {}): void {
    this.#faults.push({ fault, place, left: place.times ?? 1 });
  }

  /** Faults that were asked for and not met are forgotten. */
  forgive(): void {
    this.#faults.length = 0;
  }

  /** The actions that were asked for, in order: `redshift:GetClusterCredentials`. */
  get calls(): string[] {
    return this.requests.map(({ service, action }) => `${service}:${action}`);
  }

  /** How many connections it has open. */
  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const place = placeOf(request, body);
    try {
      if (place.service === 'authorize') {
        const { searchParams } = new URL(request.url!, 'https://oidc.example');
        response.writeHead(302, { location: authorize(this.world, searchParams) }).end();
        return;
      }
      const recorded = this.#understand(request, body, place);
      this.requests.push(recorded);
      const fault = this.#faultFor(recorded);
      if (fault !== undefined) {
        this.#meet(fault, place, request, response);
        return;
      }
      const [type, text] = this.#answer(recorded);
      send(response, 200, type, text);
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      sendError(response, place, error);
    }
  }

  #understand(request: IncomingMessage, body: Buffer, place: Place): RecordedRequest {
    const { service, action } = place as Place & { service: FakeService };
    if (request.method !== 'POST') throw new FakeAwsError('InvalidAction', 'POST only', 405);
    const members = membersOf(place as Place & { service: FakeService }, request, body);
    const host = request.headers.host ?? '';
    const named = endpointName.exec(host)?.groups;
    const record = { service, action, host, members, headers: request.headers };
    if (service === 'sso-oidc' || (service === 'sts' && unsignedActions.includes(action))) {
      if (request.headers.authorization !== undefined) {
        throw new FakeAwsError('InvalidAction', `${action} is not signed`);
      }
      return { ...record, region: named?.['region'] ?? '', accessKeyId: undefined };
    }
    const authorization = readAuthorization(request.headers);
    const { accessKeyId, region } = authorization;
    if (authorization.service !== service) {
      throw new FakeAwsError(
        'SignatureDoesNotMatch',
        `Credential should be scoped to correct service: '${service}'.`,
        403,
      );
    }
    if (named !== undefined && named['region'] !== region) {
      throw new FakeAwsError(
        'SignatureDoesNotMatch',
        `Credential should be scoped to a valid region, not '${region}'.`,
        403,
      );
    }
    const identity = this.world.identify(accessKeyId, request.headers['x-amz-security-token']);
    const { method, url, headers } = request;
    checkSignature(
      { method, target: url!, headers, body },
      authorization,
      identity.secretAccessKey,
      this.world.now(),
    );
    return { ...record, region, accessKeyId };
  }

  #answer({ service, action, region, members, accessKeyId }: RecordedRequest): [type: string, text: string] {
    const { world } = this;
    const identity = world.identities.find((each) => each.accessKeyId === accessKeyId) as FakeIdentity;
    switch (service) {
      case 'redshift':
        return [
          'text/xml',
          wrap(service, action, toXml(answerRedshift(world, identity, region, action, members))),
        ];
      case 'sts':
        return [
          'text/xml',
          wrap(service, action, toXml(answerSts(world, identity, region, action, members))),
        ];
      case 'redshift-serverless':
        return [
          'application/x-amz-json-1.1',
          JSON.stringify(answerServerless(world, identity, region, action, members)),
        ];
      case 'sso-oidc':
        return ['application/json', JSON.stringify(answerSsoOidc(world, action, members))];
    }
  }

  #faultFor({ service, action }: RecordedRequest): Fault | undefined {
    const found = this.#faults.find(
      ({ place, left }) =>
        left > 0 && (place.service ?? service) === service && (place.action ?? action) === action,
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  #meet(fault: Fault, place: Place, request: IncomingMessage, response: ServerResponse): void {
    switch (fault.kind) {
      case 'error':
        sendError(response, place, fault.error);
        return;
      case 'throttle':
        sendError(response, place, new FakeAwsError('Throttling', 'Rate exceeded', 400));
        return;
      case 'hang':
        return;
      case 'cut':
        if (fault.inAnswer === true) {
          response.writeHead(200, { 'content-type': 'text/xml', 'content-length': '1000' });
          response.write('<GetClusterCredentialsResponse><GetClust', () => request.socket.destroy());
        } else request.socket.destroy();
        return;
      case 'answer':
        send(response, fault.status, fault.type, fault.body);
    }
  }
}

interface Place {
  readonly service: FakeService | 'authorize';
  readonly action: string;
}

const target = /^RedshiftServerless\.(\w+)$/;

/** Which service is meant: one port stands for all, so the request's shape tells. */
function placeOf(request: IncomingMessage, body: Buffer): Place {
  const path = (request.url ?? '').split('?')[0];
  if (path === '/client/register') return { service: 'sso-oidc', action: 'RegisterClient' };
  if (path === '/token') return { service: 'sso-oidc', action: 'CreateToken' };
  if (path === '/authorize') return { service: 'authorize', action: 'authorize' };
  const [, action] = target.exec(String(request.headers['x-amz-target'])) ?? [];
  if (action !== undefined) return { service: 'redshift-serverless', action };
  const form = new URLSearchParams(body.toString());
  const asked = form.get('Action') ?? '';
  return { service: form.get('Version') === '2011-06-15' ? 'sts' : 'redshift', action: asked };
}

function membersOf(
  { service, action }: Place & { service: FakeService },
  request: IncomingMessage,
  body: Buffer,
): Members {
  // Other SDKs say the charset too (boto3 does).
  const type = request.headers['content-type']?.replace(/; *charset=utf-8$/i, '');
  const expected = {
    redshift: 'application/x-www-form-urlencoded',
    sts: 'application/x-www-form-urlencoded',
    'redshift-serverless': 'application/x-amz-json-1.1',
    'sso-oidc': 'application/json',
  }[service];
  if (type !== expected)
    throw new FakeAwsError('SerializationException', `Content-Type has to be ${expected}`);
  const named = endpointName.exec(request.headers.host ?? '')?.groups?.['service'];
  if (named !== undefined && named !== (service === 'sso-oidc' ? 'oidc' : service)) {
    throw new FakeAwsError('InvalidAction', `${action} was sent to ${named}`);
  }
  if (service === 'redshift' || service === 'sts') {
    if (request.url !== '/') throw new FakeAwsError('InvalidAction', 'The path has to be /');
    const form = new URLSearchParams(body.toString());
    const version = service === 'sts' ? '2011-06-15' : '2012-12-01';
    if (form.get('Version') !== version)
      throw new FakeAwsError('NoSuchVersion', `Version has to be ${version}`);
    return readQuery(service, action, form);
  }
  return readJson(service, action, body.toString());
}

/** As the service models write them (`xmlNamespace`). */
function namespaceOf(service: 'redshift' | 'sts'): string {
  return service === 'sts'
    ? 'https://sts.amazonaws.com/doc/2011-06-15/'
    : 'http://redshift.amazonaws.com/doc/2012-12-01/';
}

function wrap(service: 'redshift' | 'sts', action: string, result: string): string {
  return `<${action}Response xmlns="${namespaceOf(service)}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`;
}

/** What JSON services call the errors that query services answer with. */
const jsonNames: Readonly<Record<string, string>> = {
  InvalidClientTokenId: 'UnrecognizedClientException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  IncompleteSignature: 'IncompleteSignatureException',
  ExpiredToken: 'ExpiredTokenException',
  AccessDenied: 'AccessDeniedException',
  Throttling: 'ThrottlingException',
  ValidationError: 'ValidationException',
};

function sendError(response: ServerResponse, { service }: Place, error: FakeAwsError): void {
  const { code, message, status } = error;
  if (service === 'redshift' || service === 'sts') {
    const xml = toXml({
      Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
      RequestId: randomUUID(),
    });
    send(
      response,
      status,
      'text/xml',
      `<ErrorResponse xmlns="${namespaceOf(service)}">${xml}</ErrorResponse>`,
    );
    return;
  }
  const name = jsonNames[code] ?? code;
  if (service === 'redshift-serverless') {
    send(response, status, 'application/x-amz-json-1.1', JSON.stringify({ __type: name, message }));
    return;
  }
  // The OAuth error: AccessDeniedException is `access_denied`.
  const oauth = name
    .replace(/Exception$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toLowerCase();
  response.setHeader('x-amzn-errortype', name);
  send(response, status, 'application/json', JSON.stringify({ error: oauth, error_description: message }));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(body);
}
