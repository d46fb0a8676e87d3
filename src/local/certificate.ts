/**
 * Certificates for servers on this machine, which Node can read but not make: an authority, and what it signs.
 * For development and tests only: keys live in memory, nothing is ever revoked, no other machine should trust them.
 */
import { createHash, generateKeyPair, randomBytes, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { NotSupportedError } from '../errors.js';

/** PEM texts. `cert` is the certificate, followed by the authorities between it and the root, if there are any. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** The subject's common name; no client looks at it where alternative names are given (RFC 9525). */
  readonly commonName: string;
  /** Host names that the certificate stands for; `*.example.test` is a wildcard. */
  readonly dnsNames?: readonly string[];
  /** IPv4 or IPv6 addresses. */
  readonly ipAddresses?: readonly string[];
  /** Default: a minute ago, since clocks differ. */
  readonly notBefore?: Date;
  /** Default: 30 days from now. */
  readonly notAfter?: Date;
  /** Default: a key on the curve P-256. */
  readonly keys?: KeyKind;
  /** Default: to stand for a server. */
  readonly purpose?: 'server' | 'client';
}

/** What keys are made, and so how a holder of such keys signs: ECDSA with SHA-256 or SHA-384, RSA with SHA-256, Ed25519. */
export type KeyKind = 'P-256' | 'P-384' | 'RSA' | 'Ed25519';

/** Signs certificates. */
export interface Authority extends Issued {
  issue(request: CertificateRequest): Promise<Issued>;
  /** An authority between this one and what it signs. */
  subordinate(commonName: string): Promise<Authority>;
  /** What a thief of a server's certificate could make: signed by it, although it is no authority. */
  pretend(commonName: string): Promise<Authority>;
}

/** What a server on this machine is called. */
export const loopbackNames = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '::1'] } as const;

/**
 * A root of its own, which clients are given as `sslrootcert`.
 * @throws NotSupportedError when the packages that write certificates are not installed
 *
 * @example
 * const authority = await createAuthority('Test CA');
 * const { cert, key } = await authority.issue({ commonName: 'localhost', ...loopbackNames });
 */
export async function createAuthority(commonName: string, kind?: KeyKind): Promise<Authority> {
  const asn1 = await loadAsn1();
  const keys = await newKeys(kind);
  const holder: Signer = { name: commonName, keys, chain: '' };
  return authorityOf(asn1, holder, build(asn1, { commonName }, keys, holder, true));
}

/** A certificate that no authority has signed. */
export async function selfSigned(request: CertificateRequest): Promise<Issued> {
  const asn1 = await loadAsn1();
  const keys = await newKeys(request.keys);
  const signer = { name: request.commonName, keys, chain: '' };
  return { cert: build(asn1, request, keys, signer, false), key: privatePem(keys) };
}

function authorityOf(asn1: Asn1, signer: Signer, cert: string): Authority {
  return {
    cert,
    key: privatePem(signer.keys),
    issue: async (request) => {
      const keys = await newKeys(request.keys);
      return { cert: build(asn1, request, keys, signer, false) + signer.chain, key: privatePem(keys) };
    },
    subordinate: (commonName) => below(asn1, signer, commonName, true),
    pretend: (commonName) => below(asn1, signer, commonName, false),
  };
}

async function below(asn1: Asn1, signer: Signer, name: string, authority: boolean): Promise<Authority> {
  const keys = await newKeys();
  const chain = build(asn1, { commonName: name }, keys, signer, authority) + signer.chain;
  return authorityOf(asn1, { name, keys, chain }, chain);
}

interface Keys {
  readonly kind: KeyKind;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Signer {
  readonly name: string;
  readonly keys: Keys;
  /** Certificates that go along with what it signs; empty for a root, which the client has. */
  readonly chain: string;
}

const generate = promisify(generateKeyPair);

async function newKeys(kind: KeyKind = 'P-256'): Promise<Keys> {
  switch (kind) {
    case 'P-256':
    case 'P-384':
      return { kind, ...(await generate('ec', { namedCurve: kind })) };
    case 'RSA':
      return { kind, ...(await generate('rsa', { modulusLength: 2048 })) };
    case 'Ed25519':
      return { kind, ...(await generate('ed25519')) };
  }
}
const privatePem = ({ privateKey }: Keys): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicDer = ({ publicKey }: Keys): Buffer => publicKey.export({ type: 'spki', format: 'der' });

type Asn1 = Awaited<ReturnType<typeof loadAsn1>>;

/** Two packages that applications do not need, so they are looked for only here. */
async function loadAsn1() {
  try {
    const [schema, x509] = await Promise.all([
      import('@peculiar/asn1-schema'),
      import('@peculiar/asn1-x509'),
    ]);
    return { ...schema, ...x509 };
  } catch (cause) {
    throw new NotSupportedError(
      'Making certificates needs the packages @peculiar/asn1-x509 and @peculiar/asn1-schema: ' +
        'npm install -D @peculiar/asn1-x509 @peculiar/asn1-schema',
      { cause },
    );
  }
}

const commonNameType = '2.5.4.3';

/** How each kind of key signs: the OID, whether RSA's empty parameters follow it, and the hash. */
const signatures: Readonly<Record<KeyKind, { oid: string; parameters?: null; hash: string | null }>> = {
  'P-256': { oid: '1.2.840.10045.4.3.2', hash: 'sha256' },
  'P-384': { oid: '1.2.840.10045.4.3.3', hash: 'sha384' },
  RSA: { oid: '1.2.840.113549.1.1.11', parameters: null, hash: 'sha256' },
  Ed25519: { oid: '1.3.101.112', hash: null },
};

/** One certificate as PEM (RFC 5280, section 4). */
function build(
  asn1: Asn1,
  request: CertificateRequest,
  keys: Keys,
  signer: Signer,
  authority: boolean,
): string {
  const { AsnConvert, TBSCertificate, Certificate, AlgorithmIdentifier } = asn1;
  const { oid, hash, ...parameters } = signatures[signer.keys.kind];
  const algorithm = new AlgorithmIdentifier({ algorithm: oid, ...parameters });
  const now = Date.now();
  const body = new TBSCertificate({
    version: asn1.Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: nameOf(asn1, signer.name),
    validity: new asn1.Validity({
      notBefore: request.notBefore ?? new Date(now - 60_000),
      notAfter: request.notAfter ?? new Date(now + 30 * 86_400_000),
    }),
    subject: nameOf(asn1, request.commonName),
    subjectPublicKeyInfo: AsnConvert.parse(publicDer(keys), asn1.SubjectPublicKeyInfo),
    extensions: extensions(asn1, request, keys, signer, authority),
  });
  const signature = sign(hash, Buffer.from(AsnConvert.serialize(body)), signer.keys.privateKey);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: exactly(signature),
  });
  const base64 = Buffer.from(AsnConvert.serialize(certificate)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function extensions(asn1: Asn1, request: CertificateRequest, keys: Keys, signer: Signer, authority: boolean) {
  const { Extension, Extensions, KeyUsageFlags: use, GeneralName } = asn1;
  const extension = (extnID: string, critical: boolean, value: unknown) =>
    new Extension({ extnID, critical, extnValue: new asn1.OctetString(asn1.AsnConvert.serialize(value)) });
  const names = [
    ...(request.dnsNames ?? []).map((dNSName) => new GeneralName({ dNSName })),
    ...(request.ipAddresses ?? []).map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const usage = authority ? use.keyCertSign | use.cRLSign : use.digitalSignature;
  return new Extensions([
    extension(asn1.id_ce_basicConstraints, true, new asn1.BasicConstraints({ cA: authority })),
    extension(asn1.id_ce_keyUsage, true, new asn1.KeyUsage(usage)),
    extension(asn1.id_ce_subjectKeyIdentifier, false, new asn1.SubjectKeyIdentifier(identifierOf(keys))),
    extension(
      asn1.id_ce_authorityKeyIdentifier,
      false,
      new asn1.AuthorityKeyIdentifier({ keyIdentifier: new asn1.KeyIdentifier(identifierOf(signer.keys)) }),
    ),
    ...(authority
      ? []
      : [
          extension(
            asn1.id_ce_extKeyUsage,
            false,
            new asn1.ExtendedKeyUsage([
              request.purpose === 'client' ? asn1.id_kp_clientAuth : asn1.id_kp_serverAuth,
            ]),
          ),
        ]),
    ...(names.length === 0
      ? []
      : [extension(asn1.id_ce_subjectAltName, false, new asn1.SubjectAlternativeName(names))]),
  ]);
}

function nameOf(
  { Name, RelativeDistinguishedName, AttributeTypeAndValue, AttributeValue }: Asn1,
  text: string,
) {
  const value = new AttributeValue({ utf8String: text });
  return new Name([
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonNameType, value })]),
  ]);
}

/** 16 octets; the first is 0x40 to 0x7f, so that the number is positive and has no leading zero. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return exactly(bytes);
}

/** Any digest of the key will do, says RFC 5280 (4.2.1.2); this one is 20 octets long, as people expect. */
const identifierOf = (keys: Keys): ArrayBuffer =>
  exactly(createHash('sha256').update(publicDer(keys)).digest().subarray(0, 20));

/** An ArrayBuffer of these bytes only; a Buffer's own may be shared with others. */
const exactly = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
