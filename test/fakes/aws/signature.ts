/**
 * AWS Signature Version 4 from the service's side: the signature of a request is calculated anew from the known secret.
 * Written from "Create a signed AWS API request" (AWS IAM user guide); it shares no code with the SDK's signer.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { FakeAwsError } from './errors.js';

export interface SignedRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Lower-case names; values as they came. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What the Authorization header says, taken apart. */
export interface Authorization {
  readonly accessKeyId: string;
  /** `20260131`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer =>
  createHmac('sha256', key).update(data, 'utf8').digest();

/** How far the clocks may differ: five minutes ("Troubleshoot signed requests"). */
const skew = 5 * 60_000;

/** @throws FakeAwsError IncompleteSignature or MissingAuthenticationToken */
export function readAuthorization(headers: SignedRequest['headers']): Authorization {
  const { authorization } = headers;
  if (typeof authorization !== 'string') {
    throw new FakeAwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  }
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/, ]+)\/(\d{8})\/([^/, ]+)\/([^/, ]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (parts === null) {
    throw new FakeAwsError(
      'IncompleteSignature',
      'The Authorization header is not as Signature 4 has it',
      400,
    );
  }
  const [, accessKeyId, date, region, service, names, signature] = parts as unknown as string[];
  return {
    accessKeyId: accessKeyId!,
    date: date!,
    region: region!,
    service: service!,
    signedHeaders: names!.split(';'),
    signature: signature!,
  };
}

/** @throws FakeAwsError when date, headers or signature are not as they must be */
export function checkSignature(
  request: SignedRequest,
  authorization: Authorization,
  secretAccessKey: string,
  now: Date,
): void {
  const { headers } = request;
  const stamp = headers['x-amz-date'];
  if (typeof stamp !== 'string' || !/^\d{8}T\d{6}Z$/.test(stamp)) {
    throw new FakeAwsError('IncompleteSignature', 'Authorization header requires X-Amz-Date', 400);
  }
  if (!stamp.startsWith(authorization.date)) {
    throw mismatch(`Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date`);
  }
  const [year, month, day, hour, minute, second] = [0, 4, 6, 9, 11, 13].map((at, part) =>
    stamp.slice(at, at + (part === 0 ? 4 : 2)),
  );
  const at = Date.parse(`${year!}-${month!}-${day!}T${hour!}:${minute!}:${second!}Z`);
  if (Math.abs(at - now.getTime()) > skew) {
    throw mismatch(`Signature expired: ${stamp} is not within five minutes of ${now.toISOString()}`);
  }
  const { signedHeaders } = authorization;
  if (signedHeaders.join() !== [...signedHeaders].sort().join()) {
    throw mismatch('SignedHeaders are not in the order of their names');
  }
  // The host and every x-amz- header that is sent have to be signed.
  const missing = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))].filter(
    (name) => !signedHeaders.includes(name),
  );
  if (missing.length > 0) throw mismatch(`These headers have to be signed: ${missing.join(', ')}`);

  const hash = sha256(request.body);
  const claimed = headers['x-amz-content-sha256'];
  if (claimed !== undefined && claimed !== hash) throw mismatch('x-amz-content-sha256 is not of this body');
  const canonical = [
    request.method,
    canonicalPath(request.target),
    canonicalQuery(request.target),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(headers[name])}`),
    '',
    signedHeaders.join(';'),
    hash,
  ].join('\n');
  const scope = `${authorization.date}/${authorization.region}/${authorization.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secretAccessKey}`);
  const expected = createHmac('sha256', key).update(toSign, 'utf8').digest();
  if (!timingSafeEqual(expected, Buffer.from(authorization.signature, 'hex'))) {
    throw mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
}

function mismatch(message: string): FakeAwsError {
  return new FakeAwsError('SignatureDoesNotMatch', message, 403);
}

/** Each segment URI-encoded twice, as all services but S3 have it: what came is encoded once. */
function canonicalPath(target: string): string {
  const [path] = target.split('?');
  return path!.split('/').map(uriEncode).join('/');
}

function canonicalQuery(target: string): string {
  const [, query = ''] = target.split('?');
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return `${uriEncode(decodeURIComponent(name))}=${uriEncode(decodeURIComponent(value))}`;
    })
    .sort()
    .join('&');
}

function canonicalValue(value: string | string[] | undefined): string {
  return [value ?? []]
    .flat()
    .map((part) => part.trim().replace(/ +/g, ' '))
    .join(',');
}

/** RFC 3986: everything but unreserved characters. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
