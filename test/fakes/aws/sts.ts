/**
 * AWS STS (2011-06-15, query protocol). AssumeRoleWithSAML and AssumeRoleWithWebIdentity are unsigned: the assertion is
 * the proof, and `world.saml` judges it. Source: "AWS Security Token Service API Reference".
 */
import { FakeAwsError } from './errors.js';
import type { Members } from './members.js';
import type { FakeIdentity, World } from './world.js';
import { iso, type Xml } from './xml.js';

export const unsignedActions = ['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'];

export function answerSts(
  world: World,
  identity: FakeIdentity | undefined,
  region: string,
  action: string,
  members: Members,
): Xml {
  const given = members as Readonly<Record<string, string>>;
  const seconds = (members['DurationSeconds'] as number | undefined) ?? 3600;
  switch (action) {
    case 'AssumeRoleWithSAML': {
      if (world.saml === undefined) {
        throw new FakeAwsError('InvalidIdentityToken', 'No SAML provider is known here', 400);
      }
      world.saml({
        assertion: given['SAMLAssertion']!,
        roleArn: given['RoleArn']!,
        principalArn: given['PrincipalArn']!,
        region,
      });
      return session(world, given['RoleArn']!, 'canary@example.test', seconds);
    }
    case 'AssumeRoleWithWebIdentity': {
      if (world.webIdentity === undefined) {
        throw new FakeAwsError('InvalidIdentityToken', 'No OpenID Connect provider is known here', 400);
      }
      world.webIdentity({
        token: given['WebIdentityToken']!,
        roleArn: given['RoleArn']!,
        sessionName: given['RoleSessionName']!,
      });
      return session(world, given['RoleArn']!, given['RoleSessionName']!, seconds);
    }
    case 'AssumeRole': {
      world.authorize(identity!, 'sts:AssumeRole', given['RoleArn']!);
      return session(world, given['RoleArn']!, given['RoleSessionName']!, seconds);
    }
    case 'GetCallerIdentity':
      return { Arn: identity!.arn, UserId: identity!.accessKeyId, Account: world.account };
    default:
      throw new FakeAwsError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
  }
}

function session(world: World, roleArn: string, name: string, seconds: number): Xml {
  const keys = world.assume(roleArn, name, seconds);
  return {
    Credentials: {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken ?? '',
      Expiration: iso(keys.expiration),
    },
    AssumedRoleUser: { Arn: keys.arn, AssumedRoleId: `AROACANARY:${name}` },
    PackedPolicySize: '6',
  };
}
