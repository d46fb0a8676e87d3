/**
 * What ties a SCRAM login to its TLS connection: tls-server-end-point (RFC 5929, section 4), the hash of the server's
 * certificate by the hash function of its signature. Pure: the certificate comes as DER, and nothing of it is trusted.
 */
import { createHash } from 'node:crypto';

/** AlgorithmIdentifier OIDs, as the hex digits of their DER contents. */
const rsa = '2a864886f70d0101';
const nistHash = '6086480165030402';
const nistSignature = '6086480165030403';
const rsaPss = `${rsa}0a`;

/** MD5 and SHA-1 count as SHA-256 (RFC 5929, 4.1). What is not here has no hash of its own (Ed25519, Ed448), or none that we know. */
const hashOf: ReadonlyMap<string, string> = new Map([
  [`${rsa}04`, 'sha256'],
  [`${rsa}05`, 'sha256'],
  [`${rsa}0b`, 'sha256'],
  [`${rsa}0c`, 'sha384'],
  [`${rsa}0d`, 'sha512'],
  [`${rsa}0e`, 'sha224'],
  // ECDSA (RFC 5758) and DSA, each first with SHA-1
  ['2a8648ce3d0401', 'sha256'],
  ['2a8648ce3d040301', 'sha224'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2a8648ce380403', 'sha256'],
  [`${nistSignature}01`, 'sha224'],
  [`${nistSignature}02`, 'sha256'],
  // hash functions alone, as the parameters of RSASSA-PSS name them
  ['2b0e03021a', 'sha256'],
  [`${nistHash}01`, 'sha256'],
  [`${nistHash}02`, 'sha384'],
  [`${nistHash}03`, 'sha512'],
  [`${nistHash}04`, 'sha224'],
]);

/** The bytes to bind to; undefined when the certificate's signature names no single hash function, or is not readable. */
export function serverEndPoint(certificate: Uint8Array): Uint8Array | undefined {
  const hash = signatureHash(certificate);
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest();
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature } (RFC 5280, 4.1). */
function signatureHash(certificate: Uint8Array): string | undefined {
  const [, algorithm] = children(contents(certificate, sequence));
  if (algorithm?.tag !== sequence) return undefined;
  const [oid, parameters] = children(algorithm.value);
  if (oid?.tag !== objectIdentifier) return undefined;
  const name = hex(oid.value);
  return name === rsaPss ? pssHash(parameters) : hashOf.get(name);
}

/** RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm DEFAULT sha1, … } (RFC 4055, 3.1). */
function pssHash(parameters: Element | undefined): string | undefined {
  if (parameters?.tag !== sequence) return undefined;
  const given = children(parameters.value).find(({ tag }) => tag === 0xa0);
  if (given === undefined) return 'sha256';
  const [oid] = children(contents(given.value, sequence));
  return oid?.tag === objectIdentifier ? hashOf.get(hex(oid.value)) : undefined;
}

const sequence = 0x30;
const objectIdentifier = 0x06;

interface Element {
  readonly tag: number;
  readonly value: Uint8Array;
}

function contents(bytes: Uint8Array, tag: number): Uint8Array {
  const first = children(bytes)[0];
  return first?.tag === tag ? first.value : new Uint8Array();
}

/** The elements that stand one behind the other; stops at the first that is not whole. */
function children(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    at += 2;
    if (length > 0x7f) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4 || at + octets > bytes.length) return found;
      length = 0;
      for (const octet of bytes.subarray(at, at + octets)) length = length * 256 + octet;
      at += octets;
    }
    if (at + length > bytes.length) return found;
    found.push({ tag, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
