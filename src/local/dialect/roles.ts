/** Roles: functions on the engine do the work (AWS manual, CREATE ROLE; GRANT). Their names may hold a colon, as `sys:monitor`. */
import { call, command, jsonLiteral } from './answer.js';
import type { Plan } from './plan.js';
import { type Reader, lowerAscii, nameOf, sqlLiteral } from './reader.js';

/** How the engine calls a role of Redshift. */
export function roleName(role: string): string {
  return `role:${role}`;
}

/** `name` or `sys:name`. */
export function readRole(reader: Reader): string | undefined {
  const first = reader.identifier();
  if (first === undefined || !reader.is(':')) return first;
  const next = reader.pieces[reader.at + 1];
  if (next?.kind !== 'identifier' && next?.kind !== 'quoted-identifier') return first;
  reader.at += 2;
  return lowerAscii(`${first}:${nameOf(next)}`);
}

/** CREATE ROLE name [ EXTERNALID id ], the reader behind ROLE. */
export function planCreateRole(reader: Reader): Plan {
  const name = readRole(reader);
  if (name === undefined) return reader.unexpected();
  let external = 'null';
  if (reader.take('EXTERNALID')) {
    const id = reader.literal() ?? reader.identifier();
    if (id === undefined) return reader.unexpected();
    external = sqlLiteral(id);
  }
  if (!reader.ended) return reader.unexpected();
  return command(call('rs_create_role', sqlLiteral(name), external), 'CREATE ROLE');
}

/** ALTER ROLE name [ WITH ] { RENAME TO … | OWNER TO … } [ EXTERNALID TO … ], the reader behind ROLE. */
export function planAlterRole(reader: Reader): Plan {
  const name = readRole(reader);
  if (name === undefined) return reader.unexpected();
  reader.take('WITH');
  const changes: Record<string, string> = {};
  do {
    const what = reader.takeOne('RENAME', 'OWNER', 'EXTERNALID');
    if (!what || !reader.take('TO')) return reader.unexpected();
    const value = what === 'EXTERNALID' ? (reader.literal() ?? reader.identifier()) : readRole(reader);
    if (value === undefined) return reader.unexpected();
    changes[what === 'EXTERNALID' ? 'externalId' : what.toLowerCase()] = value;
  } while (reader.take(',') || !reader.ended);
  return command(call('rs_alter_role', sqlLiteral(name), jsonLiteral(changes)), 'ALTER ROLE');
}

/** DROP ROLE name [ FORCE | RESTRICT ], the reader behind ROLE. */
export function planDropRole(reader: Reader): Plan {
  const name = readRole(reader);
  if (name === undefined) return reader.unexpected();
  const force = reader.takeOne('FORCE', 'RESTRICT') === 'FORCE';
  if (!reader.ended) return reader.unexpected();
  return command(call('rs_drop_role', sqlLiteral(name), String(force)), 'DROP ROLE');
}

/** `GRANT ROLE a [, ROLE b] TO { user [ WITH ADMIN OPTION ] | ROLE c } [, …]`, the reader behind GRANT. */
export function planGrantRole(reader: Reader): Plan {
  const roles = readRoles(reader);
  if (!roles || !reader.take('TO')) return reader.unexpected();
  const calls: string[] = [];
  do {
    const kind = reader.take('ROLE') ? 'role' : 'user';
    const grantee = readRole(reader);
    if (grantee === undefined) return reader.unexpected();
    const admin = reader.take('WITH', 'ADMIN', 'OPTION');
    for (const role of roles) {
      calls.push(
        `pg_catalog.rs_grant_role(${sqlLiteral(role)}, '${kind}', ${sqlLiteral(grantee)}, ${admin})`,
      );
    }
  } while (reader.take(','));
  if (!reader.ended) return reader.unexpected();
  return command(`select ${calls.join(', ')}`, 'GRANT');
}

/** `REVOKE [ ADMIN OPTION FOR ] ROLE a [, …] FROM { user | ROLE c } [, …]`, the reader behind REVOKE. */
export function planRevokeRole(reader: Reader): Plan {
  const adminOnly = reader.take('ADMIN', 'OPTION', 'FOR');
  const roles = readRoles(reader);
  if (!roles || !reader.take('FROM')) return reader.unexpected();
  const calls: string[] = [];
  do {
    const kind = reader.take('ROLE') ? 'role' : 'user';
    const grantee = readRole(reader);
    if (grantee === undefined) return reader.unexpected();
    for (const role of roles) {
      calls.push(
        `pg_catalog.rs_revoke_role(${sqlLiteral(role)}, '${kind}', ${sqlLiteral(grantee)}, ${adminOnly})`,
      );
    }
  } while (reader.take(','));
  if (!reader.ended) return reader.unexpected();
  return command(`select ${calls.join(', ')}`, 'REVOKE');
}

function readRoles(reader: Reader): string[] | undefined {
  const roles: string[] = [];
  do {
    reader.take('ROLE');
    const role = readRole(reader);
    if (role === undefined) return undefined;
    roles.push(role);
  } while (reader.take(','));
  return roles;
}
