/**
 * Redshift Serverless' API (2021-04-21, JSON 1.1). Source: "Amazon Redshift Serverless API Reference".
 * Expiration of GetCredentials is in seconds since 1970; ExpirationTime of a token is an RFC 3339 text.
 */
import { FakeAwsError } from './errors.js';
import type { Members } from './members.js';
import { userOf } from './redshift.js';
import type { FakeIdentity, FakeWorkgroup, World } from './world.js';

export function answerServerless(
  world: World,
  identity: FakeIdentity,
  region: string,
  action: string,
  members: Members,
): object {
  const given = members as Readonly<Record<string, string | undefined>>;
  const allow = (workgroup: FakeWorkgroup): void => {
    const resource = `arn:aws:redshift-serverless:${region}:${world.account}:workgroup/${workgroup.name}`;
    world.authorize(identity, `redshift-serverless:${action}`, resource);
  };
  switch (action) {
    case 'GetCredentials': {
      const workgroup = workgroupOf(world, region, given);
      allow(workgroup);
      const minted = world.mint(
        {
          user: userOf(identity),
          groups: [],
          database: given['dbName'],
          autoCreate: true,
          region,
          workgroup: workgroup.name,
          arn: identity.arn,
        },
        members['durationSeconds'] as number | undefined,
      );
      const expiration = minted.validUntil.getTime() / 1000;
      return {
        dbUser: minted.user,
        dbPassword: minted.password,
        expiration,
        nextRefreshTime: expiration,
      };
    }
    case 'GetWorkgroup': {
      const workgroup = workgroupOf(world, region, given);
      allow(workgroup);
      return {
        workgroup: {
          workgroupName: workgroup.name,
          workgroupArn: `arn:aws:redshift-serverless:${region}:${world.account}:workgroup/canary`,
          status: workgroup.address === undefined ? 'CREATING' : 'AVAILABLE',
          creationDate: '2024-01-01T00:00:00.000Z',
          ...(workgroup.address === undefined
            ? {}
            : { endpoint: { address: workgroup.address, port: workgroup.port ?? 5439 } }),
        },
      };
    }
    case 'GetIdentityCenterAuthToken': {
      const names = members['workgroupNames'] as string[];
      for (const name of names) allow(workgroupOf(world, region, { workgroupName: name }));
      const { token, validUntil } = world.mintToken(region, names);
      return { token, expirationTime: validUntil.toISOString() };
    }
    default:
      throw new FakeAwsError('UnknownOperationException', `Unknown operation ${action}`);
  }
}

function workgroupOf(
  world: World,
  region: string,
  given: Readonly<Record<string, string | undefined>>,
): FakeWorkgroup {
  const { workgroupName: name, customDomainName: domain } = given;
  if (name === undefined && domain === undefined) {
    throw new FakeAwsError('ValidationException', 'Give workgroupName or customDomainName');
  }
  // A custom name that is not registered fails, also beside a work group that exists.
  const found = world.workgroups.find(
    (group) =>
      group.region === region &&
      (name === undefined || group.name === name) &&
      (domain === undefined || group.customDomainNames?.includes(domain)),
  );
  if (found === undefined) {
    throw new FakeAwsError(
      'ResourceNotFoundException',
      name === undefined ? `Custom domain ${domain!} not found.` : `Workgroup ${name} not found.`,
      404,
    );
  }
  return found;
}
