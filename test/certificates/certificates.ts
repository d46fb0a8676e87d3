/**
 * Certificates for the TLS tests: one that every client must accept, and one for each way in which a certificate can
 * be wrong. Made anew in every run, so that none of them expires in the repository.
 */
import {
  createAuthority,
  loopbackNames,
  selfSigned,
  type Issued,
  type KeyKind,
} from '../../src/local/certificate.js';

/** `ca` is what clients are given as root; the members of `bad` differ from `server` in what their names say. */
export interface Certificates {
  readonly ca: string;
  readonly otherCa: string;
  /** For localhost, 127.0.0.1 and ::1. */
  readonly server: Issued;
  /** The same, signed by an authority below `ca`; the chain comes along. */
  readonly chained: Issued;
  /** For `*.redshift.test` only. */
  readonly wildcard: Issued;
  /** For localhost and the loopback addresses; what is signed how. */
  readonly signedWith: Readonly<Record<KeyKind, Issued & { readonly ca: string }>>;
  readonly bad: {
    readonly expired: Issued;
    readonly notYetValid: Issued;
    readonly selfSigned: Issued;
    /** Signed by `otherCa`. */
    readonly otherAuthority: Issued;
    /** Signed by an authority below `ca` that is not sent along. */
    readonly missingIntermediate: Issued;
    /** For another host. */
    readonly otherHost: Issued;
    /** For localhost, and for no IP address. */
    readonly noIpAddress: Issued;
    /** `localhost` as common name, no alternative names at all. */
    readonly commonNameOnly: Issued;
    /** `127.0.0.1` as the name of a host, which is no address. */
    readonly addressAsName: Issued;
    /** `*`, `*.test`, `*.*.redshift.test`: wildcards that stand for too much. */
    readonly anyName: Issued;
    readonly wholeDomain: Issued;
    readonly twoWildcards: Issued;
    /** `d*.redshift.test` and `*b.redshift.test`: wildcards for a part of a label. */
    readonly partOfLabel: Issued;
    readonly endOfLabel: Issued;
    /** `db.*.test`: a wildcard behind the first label. */
    readonly innerLabel: Issued;
    /** Names that are two names to a careless reader (CVE-2009-2408, CVE-2021-44532). */
    readonly nulInName: Issued;
    readonly commaInName: Issued;
    /** For clients, not for servers. */
    readonly forClients: Issued;
    /** Signed by a server's certificate, which is no authority. */
    readonly signedByServer: Issued;
  };
}

const day = 86_400_000;

export async function makeCertificates(): Promise<Certificates> {
  const [authority, other] = await Promise.all([createAuthority('Test CA'), createAuthority('Other CA')]);
  const between = await authority.subordinate('Test CA, second level');
  const local = { commonName: 'localhost', ...loopbackNames };
  const now = Date.now();
  const chained = await between.issue(local);
  const named = (name: string): Promise<Issued> => authority.issue({ commonName: 'odd', dnsNames: [name] });
  const signedWith = async (kind: KeyKind): Promise<Issued & { readonly ca: string }> => {
    const root = await createAuthority(`Test CA ${kind}`, kind);
    return { ...(await root.issue({ ...local, keys: kind })), ca: root.cert };
  };
  return {
    ca: authority.cert,
    otherCa: other.cert,
    server: await authority.issue(local),
    chained,
    wildcard: await authority.issue({ commonName: 'wildcard', dnsNames: ['*.redshift.test'] }),
    signedWith: {
      'P-256': await signedWith('P-256'),
      'P-384': await signedWith('P-384'),
      RSA: await signedWith('RSA'),
      Ed25519: await signedWith('Ed25519'),
    },
    bad: {
      expired: await authority.issue({
        ...local,
        notBefore: new Date(now - 2 * day),
        notAfter: new Date(now - day),
      }),
      notYetValid: await authority.issue({
        ...local,
        notBefore: new Date(now + day),
        notAfter: new Date(now + 2 * day),
      }),
      selfSigned: await selfSigned(local),
      otherAuthority: await other.issue(local),
      missingIntermediate: {
        cert: `${chained.cert.split('-----END CERTIFICATE-----')[0]!}-----END CERTIFICATE-----\n`,
        key: chained.key,
      },
      otherHost: await authority.issue({ commonName: 'other.test', dnsNames: ['other.test'] }),
      noIpAddress: await authority.issue({ commonName: 'localhost', dnsNames: ['localhost'] }),
      commonNameOnly: await authority.issue({ commonName: 'localhost' }),
      addressAsName: await named('127.0.0.1'),
      anyName: await named('*'),
      wholeDomain: await named('*.test'),
      twoWildcards: await named('*.*.redshift.test'),
      partOfLabel: await named('d*.redshift.test'),
      endOfLabel: await named('*b.redshift.test'),
      innerLabel: await named('db.*.test'),
      nulInName: await named('localhost\0.evil.test'),
      commaInName: await named('evil.test, DNS:localhost'),
      forClients: await authority.issue({ ...local, purpose: 'client' }),
      signedByServer: await (await authority.pretend('localhost')).issue(local),
    },
  };
}
