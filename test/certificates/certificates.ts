/**
 * Certificates for the TLS tests: one that every client must accept, and one for each way in which a certificate can
 * be wrong. Made anew in every run, so that none of them expires in the repository.
 */
import { createAuthority, loopbackNames, selfSigned, type Issued } from '../../src/local/certificate.js';

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
  };
}

const day = 86_400_000;

export async function makeCertificates(): Promise<Certificates> {
  const [authority, other] = await Promise.all([createAuthority('Test CA'), createAuthority('Other CA')]);
  const between = await authority.subordinate('Test CA, second level');
  const local = { commonName: 'localhost', ...loopbackNames };
  const now = Date.now();
  const chained = await between.issue(local);
  return {
    ca: authority.cert,
    otherCa: other.cert,
    server: await authority.issue(local),
    chained,
    wildcard: await authority.issue({ commonName: 'wildcard', dnsNames: ['*.redshift.test'] }),
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
    },
  };
}
