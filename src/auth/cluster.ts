/**
 * Where a cluster or work group is: its region, its identifier behind a custom domain name, its host and port.
 * Asks DNS and AWS, and only for what the options do not tell.
 */
import { Resolver } from 'node:dns/promises';
import {
  defaultRegion,
  redshift,
  redshiftServerless,
  type AwsAgents,
  type ClientSettings,
} from '../aws/clients.js';
import { forgetKeys } from '../aws/keys.js';
import { endpointOf } from '../config/endpoint.js';
import type { IamConfig, KeySource } from '../config/login-config.js';
import { AuthenticationError, type RedshiftError } from '../errors.js';
import { awsErrorName, awsFailure, refusesKeys } from './iam-errors.js';
import type { AwsKeys, ProviderContext } from './provider.js';

/** What the calls of one login share. */
export interface AwsIo {
  readonly http: AwsAgents;
  readonly signal: AbortSignal;
  readonly log: ProviderContext['log'];
  /** The profile of AWS's shared files that was named: its settings hold for every call. */
  readonly profile?: string | undefined;
  /** What `regionOf` gave. */
  readonly region?: string | undefined;
  /** For tests: the CNAME of a name, if it has one. Default: DNS. */
  readonly cname?: ((host: string, signal: AbortSignal) => Promise<string | undefined>) | undefined;
}

/**
 * The region, in this order: the option or the host's name (both in `iam.region`), the name that the host is a CNAME
 * for, what the AWS SDK takes by itself (AWS_REGION, the profile).
 *
 * @throws AuthenticationError that names the option, when nothing tells
 */
export async function regionOf(
  iam: IamConfig,
  keys: KeySource | undefined,
  { signal, log, cname = askDns }: AwsIo,
): Promise<string> {
  if (iam.region !== undefined) return iam.region;
  const named = iam.host === undefined ? undefined : await regionByCname(iam.host, signal, cname);
  if (named !== undefined) {
    log('debug', `Region ${named}, from the name that the host stands for`);
    return named;
  }
  const known = await defaultRegion(keys?.kind === 'profile' ? keys.profile : undefined, signal);
  if (known !== undefined) {
    log('debug', `Region ${known}, from the AWS settings`);
    return known;
  }
  throw new AuthenticationError('The AWS region is not known', {
    stage: 'options',
    hint: 'give region: neither the host nor the AWS settings (AWS_REGION, the profile) tell it',
  });
}

/** A custom name can stand for another one; more than a few in a row are a circle. */
const longestChain = 4;

async function regionByCname(
  host: string,
  signal: AbortSignal,
  cname: NonNullable<AwsIo['cname']>,
): Promise<string | undefined> {
  let name: string | undefined = host;
  for (let step = 0; step < longestChain; step += 1) {
    name = await cname(name, signal);
    signal.throwIfAborted();
    if (name === undefined) return undefined;
    const endpoint = endpointOf(name);
    if (endpoint.kind !== 'custom') return endpoint.region;
  }
  return undefined;
}

/** No CNAME, no DNS, no network: all the same, the name does not tell. */
async function askDns(host: string, signal: AbortSignal): Promise<string | undefined> {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  const stop = (): void => {
    resolver.cancel();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return (await resolver.resolveCname(host))[0];
  } catch {
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** For calls about this login; the region has to be known. */
export function clientSettings(
  iam: IamConfig,
  keys: AwsKeys,
  io: AwsIo & { readonly region: string },
): ClientSettings {
  const { region, profile, http, signal } = io;
  return { region, keys, endpointUrl: iam.endpointUrl, profile, http, signal };
}

/** The prefix under which the Redshift API knows work groups: `redshift-serverless-<work group>`. */
export const workgroupPrefix = 'redshift-serverless-';

/**
 * The identifier of the cluster behind a custom domain name; undefined where several are meant, as then the answer does
 * not tell which.
 *
 * @throws what the SDK says, for the caller to judge
 */
export async function clusterBehind(domain: string, settings: ClientSettings): Promise<string | undefined> {
  const { Associations = [] } = await redshift(settings, (api, options) =>
    api.describeCustomDomainAssociations({ CustomDomainName: domain }, options),
  );
  const found = Associations.flatMap(({ CertificateAssociations = [] }) => CertificateAssociations);
  return found.length === 1 ? found[0]?.ClusterIdentifier : undefined;
}

/**
 * Host and port from AWS, for a login that lacks one of them: DescribeClusters or GetWorkgroup.
 * What the caller gave of the two stays.
 *
 * @throws AuthenticationError
 */
export async function findEndpoint(
  iam: IamConfig,
  keys: AwsKeys,
  io: AwsIo,
): Promise<{ readonly host: string; readonly port: number }> {
  const region = io.region ?? (await regionOf(iam, undefined, io));
  const settings = clientSettings(iam, keys, { ...io, region });
  const { kind, name } = targetOf(iam);
  const found = kind === 'serverless' ? await workgroupAt(name, settings) : await clusterAt(name, settings);
  const host = iam.host ?? found.host;
  const port = iam.port ?? found.port;
  if (host === undefined || port === undefined) {
    const what = kind === 'serverless' ? 'work group' : 'cluster';
    throw new AuthenticationError(
      `The ${what} ${name} has no endpoint (its state: ${found.state ?? 'unknown'})`,
      {
        stage: 'redshift api',
        hint: 'wait until it is available, or give host and port',
        retryable: true,
      },
    );
  }
  return { host, port };
}

interface Found {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly state: string | undefined;
}

function targetOf({ target }: IamConfig): { kind: 'provisioned' | 'serverless'; name: string } {
  const option = target.kind === 'serverless' ? 'serverlessWorkGroup' : 'clusterIdentifier';
  const name = target.kind === 'serverless' ? target.workgroup : target.cluster;
  if (name === undefined || name === '') {
    throw new AuthenticationError('Where to connect to is not known', {
      stage: 'options',
      hint: `give host, or ${option} to have it looked up`,
    });
  }
  // The Redshift API lends work groups names of clusters, but describes only clusters.
  if (target.kind === 'provisioned' && name.startsWith(workgroupPrefix)) {
    return { kind: 'serverless', name: name.slice(workgroupPrefix.length) };
  }
  return { kind: target.kind, name };
}

async function clusterAt(identifier: string, settings: ClientSettings): Promise<Found> {
  const action = 'DescribeClusters';
  try {
    const { Clusters } = await redshift(settings, (api, options) =>
      api.describeClusters({ ClusterIdentifier: identifier }, options),
    );
    const [cluster] = Clusters ?? [];
    if (cluster === undefined)
      throw new AuthenticationError(`${action}: AWS lists no cluster "${identifier}" in ${settings.region}`, {
        stage: 'redshift api',
        hint: 'check clusterIdentifier and region',
      });
    const { Endpoint, ClusterStatus } = cluster;
    return { host: Endpoint?.Address, port: Endpoint?.Port, state: ClusterStatus };
  } catch (error) {
    settings.signal.throwIfAborted();
    throw refused(error, action, settings);
  }
}

async function workgroupAt(name: string, settings: ClientSettings): Promise<Found> {
  const action = 'GetWorkgroup';
  try {
    const { workgroup } = await redshiftServerless(settings, (api, options) =>
      api.getWorkgroup({ workgroupName: name }, options),
    );
    const { endpoint, status } = workgroup ?? {};
    return { host: endpoint?.address, port: endpoint?.port, state: status };
  } catch (error) {
    settings.signal.throwIfAborted();
    throw refused(error, action, settings);
  }
}

/** The error of a call of AWS. Keys that it refused as such are found anew by the next login: they may have been revoked. */
export function refused(
  error: unknown,
  action: string,
  { keys }: ClientSettings,
  hints?: Readonly<Record<string, string>>,
): RedshiftError {
  if (refusesKeys(awsErrorName(error))) forgetKeys(keys);
  return awsFailure(error, { action, stage: 'redshift api', keys, hints });
}
