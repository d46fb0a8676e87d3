/**
 * Amazon Redshift's API (2012-12-01, query protocol): the answers as XML values, by action.
 * Source: "Amazon Redshift API Reference"; the shapes were checked with the AWS SDK.
 */
import { FakeAwsError } from './errors.js';
import type { Members } from './members.js';
import type { FakeCluster, FakeIdentity, World } from './world.js';
import { item, iso, list, type Xml } from './xml.js';

export function answerRedshift(
  world: World,
  identity: FakeIdentity,
  region: string,
  action: string,
  members: Members,
): Xml {
  const given = members as Readonly<Record<string, string | undefined>>;
  const allow = (resource: string): void => {
    world.authorize(
      identity,
      `redshift:${action}`,
      `arn:aws:redshift:${region}:${world.account}:${resource}`,
    );
  };
  switch (action) {
    case 'GetClusterCredentials': {
      const cluster = clusterOf(world, region, given);
      const user = given['DbUser']!;
      const groups = (members['DbGroups'] as string[] | undefined) ?? [];
      const autoCreate = members['AutoCreate'] === true;
      const target = cluster.identifier;
      allow(`dbuser:${target}/${user}`);
      if (autoCreate) world.authorize(identity, 'redshift:CreateClusterUser', `dbuser:${target}/${user}`);
      for (const group of groups)
        world.authorize(identity, 'redshift:JoinGroup', `dbgroup:${target}/${group}`);
      const minted = world.mint(
        {
          user: `${autoCreate ? 'IAMA' : 'IAM'}:${user}`,
          groups,
          database: given['DbName'],
          autoCreate,
          region,
          cluster: target,
          arn: identity.arn,
        },
        members['DurationSeconds'] as number | undefined,
      );
      return { DbUser: minted.user, DbPassword: minted.password, Expiration: iso(minted.validUntil) };
    }
    case 'GetClusterCredentialsWithIAM': {
      const cluster = clusterOf(world, region, given);
      allow(`dbname:${cluster.identifier}/${given['DbName'] ?? '*'}`);
      const minted = world.mint(
        {
          user: userOf(identity),
          groups: [],
          database: given['DbName'],
          autoCreate: true,
          region,
          cluster: cluster.identifier,
          arn: identity.arn,
        },
        members['DurationSeconds'] as number | undefined,
      );
      return {
        DbUser: minted.user,
        DbPassword: minted.password,
        Expiration: iso(minted.validUntil),
        NextRefreshTime: iso(minted.validUntil),
      };
    }
    case 'DescribeClusters': {
      allow(`cluster:${given['ClusterIdentifier'] ?? '*'}`);
      const clusters =
        given['ClusterIdentifier'] === undefined
          ? world.clusters.filter((cluster) => cluster.region === region)
          : [clusterOf(world, region, given)];
      return {
        Clusters: list(
          'Cluster',
          clusters.map((cluster) => ({
            ClusterIdentifier: cluster.identifier,
            NodeType: 'ra3.large',
            ClusterStatus: cluster.address === undefined ? 'creating' : 'available',
            MasterUsername: 'awsuser',
            DBName: 'dev',
            ...(cluster.address === undefined
              ? {}
              : { Endpoint: { Address: cluster.address, Port: String(cluster.port ?? 5439) } }),
          })),
        ),
      };
    }
    case 'DescribeCustomDomainAssociations': {
      allow(`cluster:*`);
      const name = given['CustomDomainName'];
      const found = world.clusters.filter(
        (cluster) =>
          cluster.region === region && (name === undefined || cluster.customDomainNames?.includes(name)),
      );
      if (found.length === 0) throw noDomain(name);
      return {
        Associations: list('Association', [
          {
            CustomDomainCertificateArn: `arn:aws:acm:${region}:${world.account}:certificate/canary`,
            CustomDomainCertificateExpiryDate: iso(world.inSeconds(86_400)),
            CertificateAssociations: list(
              'CertificateAssociation',
              found.map((cluster) => ({
                CustomDomainName: name ?? cluster.customDomainNames?.[0] ?? '',
                ClusterIdentifier: cluster.identifier,
              })),
            ),
          },
        ]),
      };
    }
    case 'DescribeAuthenticationProfiles': {
      allow('authenticationprofile:*');
      const name = given['AuthenticationProfileName'];
      const profiles = [...world.authenticationProfiles]
        .map(([key, content]) => [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1), content])
        .filter(([place, known]) => place === region && (name === undefined || known === name));
      if (profiles.length === 0 && name !== undefined) {
        throw new FakeAwsError(
          'AuthenticationProfileNotFoundFault',
          `The authentication profile ${name} was not found.`,
          404,
        );
      }
      return {
        AuthenticationProfiles: list(
          'member',
          profiles.map(([, known, content]) => ({
            AuthenticationProfileName: known!,
            AuthenticationProfileContent: content!,
          })),
        ),
      };
    }
    case 'GetIdentityCenterAuthToken': {
      const targets = members['ClusterIds'] as string[];
      for (const identifier of targets) clusterOf(world, region, { ClusterIdentifier: identifier });
      allow(`cluster:${targets.join()}`);
      const { token, validUntil } = world.mintToken(region, targets);
      return { Token: token, ExpirationTime: iso(validUntil) };
    }
    default:
      throw new FakeAwsError('InvalidAction', `Could not find operation ${action}`);
  }
}

/** `IAM:alice` for a user, `IAMR:role` for a role session, as the service maps an identity. */
export function userOf({ arn }: FakeIdentity): string {
  const [, kind, name] = /:(user|assumed-role)\/(?:[^/]+\/)*?([^/]+)(?:\/[^/]+)?$/.exec(arn) ?? [];
  return kind === 'assumed-role' ? `IAMR:${name!}` : `IAM:${item(arn.split('/').at(-1))}`;
}

function noDomain(name: string | undefined): FakeAwsError {
  return new FakeAwsError(
    'CustomDomainAssociationNotFoundFault',
    `An error occurred. The custom domain name ${name ?? ''} was not found.`,
    404,
  );
}

function clusterOf(
  world: World,
  region: string,
  given: Readonly<Record<string, string | undefined>>,
): FakeCluster {
  const { ClusterIdentifier: identifier, CustomDomainName: domain } = given;
  if ((identifier === undefined) === (domain === undefined)) {
    throw new FakeAwsError(
      'InvalidParameterCombination',
      'Give either ClusterIdentifier or CustomDomainName',
    );
  }
  const inRegion = world.clusters.filter((cluster) => cluster.region === region);
  if (domain !== undefined) {
    const found = inRegion.find((cluster) => cluster.customDomainNames?.includes(domain));
    if (found === undefined) throw noDomain(domain);
    return found;
  }
  // A workgroup is a cluster of this name to GetClusterCredentials.
  const workgroup = world.workgroups.find(
    (group) => group.region === region && `redshift-serverless-${group.name}` === identifier,
  );
  const found =
    inRegion.find((cluster) => cluster.identifier === identifier) ??
    (workgroup && { region, identifier: identifier! });
  if (found === undefined) {
    throw new FakeAwsError('ClusterNotFound', `Cluster ${item(identifier)} not found.`, 404);
  }
  return found;
}
