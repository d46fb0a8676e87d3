/**
 * Under which account the server runs. PostgreSQL refuses to run as root, so root hands it to an account without
 * rights; anybody else runs it as himself. It never changes the user database of the machine.
 */
import { readFileSync } from 'node:fs';
import type { Account } from './watchdog.js';

/** undefined: our own account will do. */
export function serverAccount(): Account | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  let passwd = '';
  try {
    passwd = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // Then the names come from elsewhere, and 65534 is nobody wherever Linux runs.
  }
  return accountFrom(passwd);
}

/**
 * `nobody` by the text of /etc/passwd, else the last account there that is not root. It must be one with a name:
 * initdb looks its user up and stops if there is none, so a free number does not do.
 */
export function accountFrom(passwd: string): Account {
  const accounts = passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    const known = uid !== undefined && gid !== undefined && /^-?\d+$/.test(uid) && /^-?\d+$/.test(gid);
    return known && Number(uid) !== 0 ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
  const { uid, gid } = accounts.find(({ name }) => name === 'nobody') ??
    accounts.at(-1) ?? { uid: 65534, gid: 65534 };
  return { uid, gid };
}
