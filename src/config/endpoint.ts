/**
 * What the name of a Redshift endpoint tells: cluster or workgroup, account, region. Looks at the text alone.
 */

export type Endpoint =
  | { readonly kind: 'provisioned'; readonly cluster: string; readonly region: string }
  | {
      readonly kind: 'serverless';
      /** Absent in the older form of the name, `<account>.<region>.redshift-serverless…`. */
      readonly workgroup?: string;
      readonly account: string;
      readonly region: string;
    }
  /** A CNAME, a load balancer, a tunnel, an address. */
  | { readonly kind: 'custom' };

// Anchored at both ends and with AWS's own domains only, one a partition (AWS SDK, partitions.json):
// `….amazonaws.com.evil.example` is no cluster.
const domains = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
];
const domain = String.raw`(?:-dev)?\.(?:${domains.map((name) => name.replaceAll('.', String.raw`\.`)).join('|')})$`;
const region = String.raw`(?<region>[a-z]{2,}(?:-[a-z]+)+-\d+)`;
const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const provisioned = new RegExp(`^(?<cluster>${label})\\.${label}\\.${region}\\.redshift${domain}`);
// A VPC endpoint has a label more between workgroup and account.
const serverless = new RegExp(
  `^(?:(?<workgroup>${label})\\.(?:${label}\\.)?)?(?<account>\\d+)\\.${region}\\.redshift-serverless${domain}`,
);

/** Reads a host name; upper case and one final dot make no difference. */
export function endpointOf(host: string): Endpoint {
  // A name has at most 253 characters; longer text cannot be one.
  if (host.length > 254) return { kind: 'custom' };
  const name = host.toLowerCase().replace(/\.$/, '');
  const cluster = provisioned.exec(name)?.groups;
  if (cluster !== undefined)
    return { kind: 'provisioned', cluster: cluster['cluster']!, region: cluster['region']! };
  const group = serverless.exec(name)?.groups;
  if (group === undefined) return { kind: 'custom' };
  return {
    kind: 'serverless',
    ...(group['workgroup'] === undefined ? {} : { workgroup: group['workgroup'] }),
    account: group['account']!,
    region: group['region']!,
  };
}
