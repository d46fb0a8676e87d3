/**
 * From AWS keys to a temporary database login: GetClusterCredentials, GetClusterCredentialsWithIAM, or GetCredentials of
 * Redshift Serverless. Decides which, and with which fields; keeps nothing (cache.ts does).
 */
import { redshift, redshiftServerless, type ClientSettings } from '../aws/clients.js';
import type { IamConfig } from '../config/login-config.js';
import { AuthenticationError } from '../errors.js';
import { clientSettings, clusterBehind, refused, regionOf, type AwsIo } from './cluster.js';
import { awsErrorName } from './iam-errors.js';
import { wishOf, type Wish } from './iam-user.js';
import type { AssertedUser, AwsKeys } from './provider.js';

export { readAuthProfile } from './auth-profile.js';
export { awsKeys } from './aws-keys.js';
export { findEndpoint, regionOf, type AwsIo } from './cluster.js';
export { iamKeyParts } from './iam-user.js';

/** What the database lets in until `expiration`. */
export interface DatabaseLogin {
  /** As AWS gave it, prefix and all (`IAM:alice`): the database knows it by this name. */
  readonly user: string;
  readonly password: string;
  readonly expiration: Date | undefined;
}

/**
 * A database login from AWS.
 *
 * @throws AuthenticationError with AWS's own name and message of what went wrong
 */
export async function databaseLogin(
  iam: IamConfig,
  keys: AwsKeys,
  asserted: AssertedUser | undefined,
  io: AwsIo,
): Promise<DatabaseLogin> {
  const region = io.region ?? (await regionOf(iam, undefined, io));
  const settings = clientSettings(iam, keys, { ...io, region });
  const minted =
    iam.target.kind === 'serverless'
      ? await serverlessLogin(iam, iam.target, settings, io)
      : await clusterLogin(iam, wishOf(iam, asserted), settings, io);
  const { user, password, expiration } = minted;
  if (!user || !password) {
    throw new AuthenticationError('AWS answered without a database login', {
      stage: 'redshift api',
      hint: 'does something else answer, a proxy perhaps? check endpointUrl and proxy',
    });
  }
  return { user, password, expiration };
}

interface Minted {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly expiration: Date | undefined;
}

async function clusterLogin(
  iam: IamConfig,
  wish: Wish,
  settings: ClientSettings,
  io: AwsIo,
): Promise<Minted> {
  const action = iam.groupFederation ? 'GetClusterCredentialsWithIAM' : 'GetClusterCredentials';
  const ask = iam.groupFederation ? federatedLogin : userLogin;
  if (!iam.groupFederation && !wish.dbUser) {
    throw new AuthenticationError('The database user is not known', {
      stage: 'options',
      hint: 'give dbUser, have the identity provider assert DbUser, or use groupFederation: true',
    });
  }
  const { place, otherwise } = await placeOf(iam, settings, io);
  try {
    return await ask(iam, wish, place, settings);
  } catch (error) {
    settings.signal.throwIfAborted();
    // Only when AWS says that there is no such name: after "access denied" another question would hide the answer.
    if (otherwise === undefined || !noSuchDomain.has(awsErrorName(error))) {
      throw refused(error, action, settings);
    }
    io.log('debug', `${action}: the custom domain name is not known, asking with the cluster identifier`);
    try {
      return await ask(iam, wish, { ClusterIdentifier: otherwise }, settings);
    } catch (second) {
      settings.signal.throwIfAborted();
      throw refused(second, action, settings);
    }
  }
}

const noSuchDomain = new Set(['CustomDomainAssociationNotFoundFault', 'CustomCnameAssociationFault']);

type Place = { readonly ClusterIdentifier: string } | { readonly CustomDomainName: string };

/** By which name AWS is asked about the cluster, and the identifier to ask with when it does not know that name. */
async function placeOf(
  { host, target }: IamConfig,
  settings: ClientSettings,
  io: AwsIo,
): Promise<{ readonly place: Place; readonly otherwise?: string | undefined }> {
  const cluster = (target.kind === 'provisioned' ? target.cluster : undefined) || undefined;
  if (!target.customDomain || host === undefined) {
    if (cluster !== undefined) return { place: { ClusterIdentifier: cluster } };
    throw new AuthenticationError('The cluster is not known', {
      stage: 'options',
      hint: 'give clusterIdentifier, or the host name of the cluster',
    });
  }
  try {
    const domain = customDomain(host);
    const found = await clusterBehind(domain, settings);
    return { place: { CustomDomainName: domain }, otherwise: cluster ?? found };
  } catch (error) {
    settings.signal.throwIfAborted();
    const action = 'DescribeCustomDomainAssociations';
    if (cluster === undefined) throw refused(error, action, settings);
    // A load balancer or a tunnel: the host is nobody's custom domain name.
    io.log('debug', `${action}: ${awsErrorName(error)}; going on with clusterIdentifier`);
    return { place: { ClusterIdentifier: cluster } };
  }
}

/** As AWS keeps them; its API refuses a final dot. */
function customDomain(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

async function userLogin(
  { database, duration }: IamConfig,
  { dbUser, dbGroups, autoCreate }: Wish,
  place: Place,
  settings: ClientSettings,
): Promise<Minted> {
  const answer = await redshift(settings, (api, options) =>
    api.getClusterCredentials(
      {
        ...place,
        DbUser: dbUser,
        DbName: database,
        ...(dbGroups.length === 0 ? {} : { DbGroups: [...dbGroups] }),
        ...(autoCreate === undefined ? {} : { AutoCreate: autoCreate }),
        ...(duration === undefined ? {} : { DurationSeconds: duration }),
      },
      options,
    ),
  );
  return { user: answer.DbUser, password: answer.DbPassword, expiration: answer.Expiration };
}

/** The AWS identity itself becomes the database user, with its groups. */
async function federatedLogin(
  { database, duration }: IamConfig,
  _wish: Wish,
  place: Place,
  settings: ClientSettings,
): Promise<Minted> {
  const answer = await redshift(settings, (api, options) =>
    api.getClusterCredentialsWithIAM(
      {
        ...place,
        DbName: database,
        ...(duration === undefined ? {} : { DurationSeconds: duration }),
      },
      options,
    ),
  );
  return { user: answer.DbUser, password: answer.DbPassword, expiration: answer.Expiration };
}

/** Always GetCredentials: the service has no other call, and maps the AWS identity to a user by itself. */
async function serverlessLogin(
  iam: IamConfig,
  target: Extract<IamConfig['target'], { kind: 'serverless' }>,
  settings: ClientSettings,
  io: AwsIo,
): Promise<Minted> {
  const action = 'GetCredentials';
  if (iam.dbUser || iam.dbGroups.length > 0) {
    io.log(
      'info',
      'Redshift Serverless makes the database user of the AWS identity: dbUser and dbGroups are not used. To choose them, give clusterIdentifier: redshift-serverless-<work group>',
    );
  }
  const domain = target.customDomain && iam.host !== undefined ? customDomain(iam.host) : undefined;
  // The work group goes first: beside it, a name that is not registered (a load balancer's) makes the call fail.
  const place = target.workgroup
    ? { workgroupName: target.workgroup }
    : domain === undefined
      ? undefined
      : { customDomainName: domain };
  if (place === undefined) {
    throw new AuthenticationError('The work group is not known', {
      stage: 'options',
      hint: 'give serverlessWorkGroup, or the host name of the work group',
    });
  }
  try {
    const answer = await redshiftServerless(settings, (api, options) =>
      api.getCredentials(
        {
          ...place,
          dbName: iam.database,
          ...(iam.duration === undefined ? {} : { durationSeconds: iam.duration }),
        },
        options,
      ),
    );
    return { user: answer.dbUser, password: answer.dbPassword, expiration: answer.expiration };
  } catch (error) {
    settings.signal.throwIfAborted();
    throw refused(error, action, settings, {
      ...(domain !== undefined && !target.workgroup
        ? {
            ResourceNotFoundException:
              'AWS does not know the host as a custom domain name in this region: give serverlessWorkGroup',
          }
        : {}),
    });
  }
}
