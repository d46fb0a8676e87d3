import { createHash, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { serverEndPoint } from '../../../src/protocol/channel-binding.js';
import { createAuthority, type KeyKind } from '../../../src/local/certificate.js';
import { bytes } from './hex.js';

const element = (tag: number, ...inner: Uint8Array[]): Buffer => {
  const value = Buffer.concat(inner);
  const length =
    value.length < 128 ? Buffer.of(value.length) : Buffer.of(0x82, value.length >> 8, value.length & 255);
  return Buffer.concat([Buffer.of(tag), length, value]);
};
/** As much of a certificate as matters: a body, the algorithm of its signature, and the signature. */
const signedBy = (oid: string, parameters: Uint8Array = new Uint8Array()): Buffer =>
  element(
    0x30,
    element(0x30, Buffer.alloc(300)),
    element(0x30, element(0x06, bytes(oid)), parameters),
    element(0x03, Buffer.alloc(64)),
  );
const noParameters = Buffer.of(5, 0);
const pss = (hash?: string): Buffer =>
  element(
    0x30,
    ...(hash === undefined ? [] : [element(0xa0, element(0x30, element(0x06, bytes(hash)), noParameters))]),
    element(0xa2, element(0x02, Buffer.of(32))),
  );

describe('tls-server-end-point', () => {
  // The OIDs in words: openssl asn1parse shows them.
  it.each([
    ['md5WithRSAEncryption', '2a864886f70d010104', noParameters, 'sha256'],
    ['sha1WithRSAEncryption', '2a864886f70d010105', noParameters, 'sha256'],
    ['sha256WithRSAEncryption', '2a864886f70d01010b', noParameters, 'sha256'],
    ['sha384WithRSAEncryption', '2a864886f70d01010c', noParameters, 'sha384'],
    ['sha512WithRSAEncryption', '2a864886f70d01010d', noParameters, 'sha512'],
    ['sha224WithRSAEncryption', '2a864886f70d01010e', noParameters, 'sha224'],
    ['ecdsa-with-SHA1', '2a8648ce3d0401', undefined, 'sha256'],
    ['ecdsa-with-SHA256', '2a8648ce3d040302', undefined, 'sha256'],
    ['ecdsa-with-SHA384', '2a8648ce3d040303', undefined, 'sha384'],
    ['ecdsa-with-SHA512', '2a8648ce3d040304', undefined, 'sha512'],
    ['RSASSA-PSS with SHA-384', '2a864886f70d01010a', pss('608648016503040202'), 'sha384'],
    ['RSASSA-PSS with its default, SHA-1', '2a864886f70d01010a', pss(), 'sha256'],
  ] as const)('takes the hash of %s; MD5 and SHA-1 count as SHA-256', (_, oid, parameters, hash) => {
    const certificate = signedBy(oid, parameters);
    expect(serverEndPoint(certificate)).toEqual(createHash(hash).update(certificate).digest());
  });

  it.each([
    ['Ed25519', signedBy('2b6570')],
    ['Ed448', signedBy('2b6571')],
    ['RSASSA-PSS without parameters', signedBy('2a864886f70d01010a')],
    ['RSASSA-PSS with an unknown hash', signedBy('2a864886f70d01010a', pss('2a0304'))],
    ['an unknown algorithm', signedBy('2a0304')],
    ['nothing', Buffer.alloc(0)],
    ['an endless length', bytes('3080')],
    ['a length of five octets', bytes('308500000000ff')],
    ['a length beyond its end', bytes('3082ffff30')],
  ])('does not exist for %s', (_, certificate) => {
    expect(serverEndPoint(certificate)).toBeUndefined();
  });

  it('never throws, whatever the bytes are', () => {
    const good = signedBy('2a8648ce3d040302');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(good.length), (noise, at) => {
        serverEndPoint(noise);
        serverEndPoint(Buffer.concat([good.subarray(0, at), noise]));
      }),
    );
  });
});

describe('certificates as they are', () => {
  const hashes: Readonly<Record<KeyKind, string | undefined>> = {
    'P-256': 'sha256',
    'P-384': 'sha384',
    RSA: 'sha256',
    Ed25519: undefined,
  };
  let made: ReadonlyMap<KeyKind, X509Certificate>;
  beforeAll(async () => {
    const kinds = Object.keys(hashes) as KeyKind[];
    const issue = async (kind: KeyKind): Promise<[KeyKind, X509Certificate]> => {
      const authority = await createAuthority('Test CA', kind);
      // The hash is the signer's, whatever key the certificate is for.
      const { cert } = await authority.issue({ commonName: 'x', keys: 'P-256' });
      expect(new X509Certificate(cert).verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
      return [kind, new X509Certificate(cert)];
    };
    made = new Map(await Promise.all(kinds.map(issue)));
  });

  it('give the hash of their signature', () => {
    for (const [kind, { raw }] of made) {
      const hash = hashes[kind];
      expect(serverEndPoint(raw), kind).toEqual(
        hash === undefined ? undefined : createHash(hash).update(raw).digest(),
      );
    }
  });
});
