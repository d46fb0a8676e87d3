/**
 * As whom a login comes to the database: what the caller said and what an assertion says, weighed.
 * And so what makes two logins the same or not. Pure.
 */
import type { IamConfig } from '../config/login-config.js';
import { AuthenticationError } from '../errors.js';
import type { AssertedUser } from './provider.js';

/** Who is to be logged in. */
export interface Wish {
  readonly dbUser: string | undefined;
  readonly dbGroups: readonly string[];
  readonly autoCreate: boolean | undefined;
}

/**
 * The caller wins over the assertion in everything that the caller said, except for the user where it is allowed to
 * override (`allowDbUserOverride`, which the caller may refuse too). Asserted groups are lower-cased unless that is
 * refused: Redshift folds the names of groups that were created without quotes.
 */
export function wishOf(iam: IamConfig, asserted: AssertedUser = {}): Wish {
  const override = iam.allowDbUserOverride ?? asserted.allowDbUserOverride ?? false;
  const dbUser = override ? asserted.dbUser || iam.dbUser : iam.dbUser || asserted.dbUser;
  const autoCreate = iam.autoCreate ?? asserted.autoCreate;
  if (iam.dbGroups.length > 0) return { dbUser, autoCreate, dbGroups: [...new Set(iam.dbGroups)] };
  const lower = (iam.forceLowercase ?? asserted.forceLowercase) !== false;
  const filter = iam.dbGroupsFilter ? wholeMatch(iam.dbGroupsFilter) : undefined;
  // No group's name may hold a comma (GetClusterCredentials, DbGroups); JDBC and ODBC take such values apart too.
  const dbGroups = (asserted.dbGroups ?? [])
    .flatMap((value) => value.split(',').map((group) => group.trim()))
    .filter((group) => group !== '')
    .filter((group) => filter?.test(group) !== true)
    .map((group) => (lower ? group.toLowerCase() : group));
  return { dbUser, autoCreate, dbGroups: [...new Set(dbGroups)] };
}

/** The other drivers match whole names; so `admin` does not leave out `administrators`. */
function wholeMatch(expression: string): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`, 'u');
  } catch (cause) {
    throw new AuthenticationError('dbGroupsFilter is no regular expression', {
      stage: 'options',
      hint: 'write it as for RegExp with the flag u; it is matched against whole names: team_.*',
      cause,
    });
  }
}

/**
 * Everything that decides which login AWS gives, for the key of a cache; the AWS identity comes on top. No part is left
 * out when it is empty, or two different logins could look the same.
 *
 * @param region what `regionOf` gave
 */
export function iamKeyParts(
  iam: IamConfig,
  asserted: AssertedUser | undefined,
  region: string,
): readonly unknown[] {
  const { target, host, endpointUrl, database, duration, groupFederation } = iam;
  const { dbUser, dbGroups, autoCreate } = wishOf(iam, asserted);
  const known = <T>(value: T | undefined): T | null => value ?? null;
  return [
    target.kind,
    known(target.kind === 'provisioned' ? target.cluster : target.workgroup),
    known(target.kind === 'provisioned' ? undefined : target.account),
    target.customDomain,
    groupFederation,
    region,
    known(host),
    known(endpointUrl),
    database,
    known(dbUser),
    [...dbGroups].sort(),
    known(autoCreate),
    known(duration),
  ];
}
