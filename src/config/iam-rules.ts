/**
 * Logins with AWS's temporary credentials: where the AWS keys come from, which cluster or workgroup is meant and as whom.
 * Looks at what was given and says what is wrong with it; asks nobody.
 */
import { isIP } from 'node:net';
import type { Address, SoughtAddress } from './config.js';
import type { Endpoint } from './endpoint.js';
import type { Given } from './given.js';
import type { IamConfig, KeySource, ProviderChoice } from './login-config.js';
import type { OptionName } from './options.js';
import { Secret, type SecretSource } from './secret.js';

const text = (given: Given, name: OptionName): string | undefined => given.get(name) as string | undefined;
const flag = (given: Given, name: OptionName): boolean | undefined => given.get(name) as boolean | undefined;

const awsKeys = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;

/**
 * The provider, a profile, keys, the instance's role or the default chain. The strongest source decides; two of the same
 * one exclude each other, except that an authentication profile is read with keys and may then name another way.
 */
export function keySource(given: Given, provider: ProviderChoice | undefined): KeySource {
  const ranks: readonly (readonly [OptionName, number])[] = [
    ['credentialsProvider', given.rank('credentialsProvider')],
    ['profile', given.rank('profile')],
    ['accessKeyId', Math.min(...awsKeys.map((name) => given.rank(name)))],
    ['instanceProfile', flag(given, 'instanceProfile') === true ? given.rank('instanceProfile') : Infinity],
  ];
  const asked = ranks.filter(([, rank]) => rank !== Infinity);
  const throughProfile = given.has('authProfile');
  const strongest = Math.min(...asked.map(([, rank]) => rank));
  const [first, ...rivals] = throughProfile ? asked : asked.filter(([, rank]) => rank === strongest);
  if (first === undefined) return Object.freeze({ kind: 'default' });
  if (!throughProfile) {
    for (const [rival] of rivals) {
      const names = rival === 'accessKeyId' ? awsKeys.filter((name) => given.has(name)) : [rival];
      for (const name of names)
        given.wrong(name, `cannot be given together with ${first[0]}; give one of them`);
    }
  }
  switch (first[0]) {
    case 'credentialsProvider':
      return provider === undefined
        ? Object.freeze({ kind: 'default' })
        : Object.freeze({ kind: 'provider', provider });
    case 'profile':
      return Object.freeze({ kind: 'profile', profile: text(given, 'profile')! });
    case 'instanceProfile':
      return Object.freeze({ kind: 'instance' });
    default:
      return keysOf(given) ?? Object.freeze({ kind: 'default' });
  }
}

/** The three AWS keys; `password` stands in for the secret one, as in redshift_connector. */
export function keysOf(given: Given): (KeySource & { readonly kind: 'keys' }) | undefined {
  const id = text(given, 'accessKeyId');
  const own = given.get('secretAccessKey') as SecretSource | undefined;
  const password = given.get('password') as SecretSource | undefined;
  const secret = own ?? (password === '' ? undefined : password);
  const session = text(given, 'sessionToken');
  if (id === undefined)
    given.missing(
      'accessKeyId',
      `is required beside ${own === undefined ? 'sessionToken' : 'secretAccessKey'}`,
    );
  if (own === undefined && (secret === undefined || id === undefined))
    given.missing(
      'secretAccessKey',
      `is required beside ${id === undefined ? 'sessionToken' : 'accessKeyId'}`,
    );
  if (id === undefined || secret === undefined) return undefined;
  // A session token of a weaker source belongs to other keys.
  const weakest = Math.max(
    given.rank('accessKeyId'),
    given.rank(own === undefined ? 'password' : 'secretAccessKey'),
  );
  const whole = session !== undefined && given.rank('sessionToken') <= weakest;
  return Object.freeze({
    kind: 'keys',
    accessKeyId: new Secret('accessKeyId', id),
    secretAccessKey: new Secret(own === undefined ? 'password' : 'secretAccessKey', secret),
    sessionToken: whole ? new Secret('sessionToken', session) : undefined,
  });
}

/** What the options that are no login's own came to; undefined where they are wrong, and that was told. */
interface Where {
  readonly address: Address | SoughtAddress | undefined;
  readonly endpoint: Endpoint;
  readonly database: string | undefined;
}

/** @param provider whether a credentials provider gives the AWS keys, and perhaps says who the user is */
export function iamConfigOf(
  given: Given,
  { address, endpoint, database }: Where,
  provider: boolean,
): IamConfig | undefined {
  const target = targetOf(given, address, endpoint);
  const groupFederation = flag(given, 'groupFederation') === true;
  const dbUser = text(given, 'dbUser') ?? (provider ? undefined : userOf(given));
  const forceLowercase = flag(given, 'forceLowercase');
  const dbGroups = (given.get('dbGroups') as readonly string[] | undefined) ?? [];
  if (target?.kind === 'provisioned' && !groupFederation && !provider && dbUser === undefined) {
    given.missing(
      'dbUser',
      'is required: the database user to log in as (groupFederation: true takes the one of the AWS identity)',
    );
  }
  if (target !== undefined && (target.kind === 'serverless' || groupFederation)) {
    const why = target.kind === 'serverless' ? 'for a workgroup' : 'with groupFederation';
    for (const name of ['dbUser', 'dbGroups', 'autoCreate'] as const) {
      if (given.isExplicit(name) && given.get(name) !== false)
        given.notices.push(
          `Option ${name} has no part ${why} (the AWS identity is the user) and was passed over`,
        );
    }
  }
  if (target === undefined || database === undefined) return undefined;
  return Object.freeze<IamConfig>({
    host: hostOf(address),
    port: given.get('port') as number | undefined,
    target: Object.freeze(target),
    region: text(given, 'region') ?? ('region' in endpoint ? endpoint.region : undefined),
    endpointUrl: text(given, 'endpointUrl'),
    stsEndpointUrl: text(given, 'stsEndpointUrl'),
    database,
    dbUser,
    dbGroups: Object.freeze(
      forceLowercase === true ? dbGroups.map((group) => group.toLowerCase()) : dbGroups,
    ),
    dbGroupsFilter: text(given, 'dbGroupsFilter'),
    autoCreate: flag(given, 'autoCreate'),
    forceLowercase,
    allowDbUserOverride: flag(given, 'allowDbUserOverride'),
    duration: given.get('iamDuration') as number | undefined,
    groupFederation,
  });
}

/** JDBC writes `*` where the user is somebody else's to say. */
function userOf(given: Given): string | undefined {
  const user = text(given, 'user');
  return user === '*' ? undefined : user;
}

/** A name that AWS may know as a custom domain; an address, or a tunnel's end here, never is one. */
function mayBeCustom(host: string | undefined, endpoint: Endpoint): boolean {
  return (
    host !== undefined && endpoint.kind === 'custom' && isIP(host) === 0 && host.toLowerCase() !== 'localhost'
  );
}

/** A socket of this machine leads to the database too: no host is to be looked up. */
function hostOf(address: Address | SoughtAddress | undefined): string | undefined {
  return address?.kind === 'tcp' ? address.host : address?.kind === 'unix' ? 'localhost' : undefined;
}

function targetOf(
  given: Given,
  address: Address | SoughtAddress | undefined,
  endpoint: Endpoint,
): IamConfig['target'] | undefined {
  const host = hostOf(address);
  const cluster = text(given, 'clusterIdentifier');
  const workgroup = text(given, 'serverlessWorkGroup');
  const custom = mayBeCustom(host, endpoint);
  // JDBC and ODBC: so named, a workgroup takes dbUser and dbGroups through GetClusterCredentials.
  if (cluster?.startsWith('redshift-serverless-') === true)
    return { kind: 'provisioned', cluster, customDomain: false };
  const asked = flag(given, 'isServerless') === true;
  if (asked && endpoint.kind === 'provisioned') {
    given.wrong('isServerless', "is true, but the host is a provisioned cluster's");
    return undefined;
  }
  if (endpoint.kind === 'provisioned' && given.standsAgainst('serverlessWorkGroup', 'host')) {
    given.wrong('serverlessWorkGroup', "names a workgroup, but the host is a provisioned cluster's");
    return undefined;
  }
  const rivals = endpoint.kind === 'custom' && !asked && cluster !== undefined && workgroup !== undefined;
  if (rivals && given.rank('clusterIdentifier') === given.rank('serverlessWorkGroup')) {
    given.wrong(
      'serverlessWorkGroup',
      'cannot be given together with clusterIdentifier; give one of them, or isServerless: true beside both',
    );
    return undefined;
  }
  const byWorkgroup =
    endpoint.kind === 'custom' && given.rank('serverlessWorkGroup') < given.rank('clusterIdentifier');
  if (endpoint.kind === 'serverless' || asked || byWorkgroup) {
    if (cluster !== undefined && given.isExplicit('clusterIdentifier'))
      given.notices.push('Option clusterIdentifier has no part for a workgroup and was passed over');
    const told = endpoint.kind === 'serverless' ? endpoint : undefined;
    const name = workgroup ?? told?.workgroup;
    if (name === undefined && !custom) {
      if (address === undefined) return undefined;
      given.missing(
        'serverlessWorkGroup',
        host === undefined
          ? 'is required where no host tells the workgroup'
          : 'is required: the host does not tell the workgroup',
      );
      return undefined;
    }
    return {
      kind: 'serverless',
      workgroup: name,
      account: text(given, 'serverlessAcctId') ?? told?.account,
      // An unregistered name (a load balancer) makes the call fail, so the workgroup goes first.
      customDomain: custom && name === undefined,
    };
  }
  const name = cluster ?? (endpoint.kind === 'provisioned' ? endpoint.cluster : undefined);
  if (name === undefined && !custom) {
    // What is wrong with the host has been told; a right one may tell the cluster.
    if (address === undefined) return undefined;
    given.missing(
      'clusterIdentifier',
      `is required: ${host === undefined ? 'there is no host that tells' : 'the host does not tell'} the cluster (for Redshift Serverless give serverlessWorkGroup)`,
    );
    return undefined;
  }
  return { kind: 'provisioned', cluster: name, customDomain: custom };
}
