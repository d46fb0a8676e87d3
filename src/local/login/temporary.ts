/**
 * Temporary users: a name and a password that the AWS API hands out for some minutes (GetClusterCredentials,
 * GetClusterCredentialsWithIAM, redshift-serverless GetCredentials). It mints none, and no password reaches an error.
 */
import { answer, type LoginPeer } from './proof.js';
import { LoginRefused } from './refused.js';
import { fitsPassword } from './verifier.js';

export interface TemporaryUser {
  /** As the API returned it: `IAM:…`, `IAMA:…` or `IAMR:…`. */
  readonly name: string;
  readonly password: string;
  /** Milliseconds since 1970. */
  readonly validUntil: number;
  /** Groups to join; they have to be there. */
  readonly groups: readonly string[];
  /** The only database that it may log in to; undefined: any (DbName). */
  readonly database: string | undefined;
  /** Whose session it becomes. */
  readonly databaseUser: string;
  /** The database user is made if it is not there, with its password disabled. */
  readonly autoCreate: boolean;
}

/** All credentials that were handed out under a name: each call of the API gives a new password, and the older ones live on. */
export type FindTemporaryUsers = (name: string) => Promise<readonly TemporaryUser[]>;

/** What stands before a name that the AWS API returns (API reference, GetClusterCredentials: DbUser). */
export function isTemporaryName(name: string): boolean {
  return /^IAM[AR]?:[^]/.test(name);
}

/**
 * Asks for the password in clear text, since Redshift cannot know it beforehand, and so only over an encrypted connection:
 * without one the login fails as with a wrong password (brianc/node-postgres#1528).
 *
 * @param now milliseconds since 1970
 * @throws LoginRefused; for a password whose time is over with Redshift's words (aws/amazon-redshift-jdbc-driver#97)
 */
export async function proveTemporary(
  name: string,
  handedOut: readonly TemporaryUser[],
  peer: LoginPeer,
  { encrypted, now }: { readonly encrypted: boolean; readonly now: number },
): Promise<TemporaryUser> {
  if (!encrypted) throw failed(name, 'temporary passwords are taken over encrypted connections only');
  peer.send({ type: 'AuthenticationCleartextPassword' });
  const { password } = await answer(peer, 'PasswordMessage', { password: 'PasswordMessage' });
  // Every one is compared, so that the time does not tell which of them it was.
  const proven = handedOut.filter((one) =>
    fitsPassword({ kind: 'clear', password: one.password }, name, password),
  );
  if (proven.length === 0) {
    throw failed(
      name,
      handedOut.length === 0 ? 'no credentials were handed out under this name' : 'the password is wrong',
    );
  }
  const living = proven.find(({ validUntil }) => now < validUntil);
  if (living === undefined) throw new LoginRefused('28000', 'IAM Authentication token has expired');
  return living;
}

function failed(user: string, reason: string): LoginRefused {
  return new LoginRefused('28000', `password authentication failed for user "${user}"`, undefined, reason);
}
