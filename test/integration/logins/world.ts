/**
 * Everybody whom a login talks to and the local Redshift that lets it in, in one call: it knows the logins that the fake
 * AWS minted, the tokens of Identity Center and of the OpenID server, and JSON Web Tokens that the test signs itself.
 * The database's clock can be put forward, so that what was given to it expires.
 */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { credentialsCache } from '../../../src/auth/cache.js';
import { connect, type ConnectOptions, type Connection } from '../../../src/index.js';
import { proxyUser, samlGroup, startLoginWorld, type LoginWorld } from '../../fakes/login-world.js';
import { FakeAwsError } from '../../fakes/aws/fake-aws.js';
import { startConnectProxy, type ConnectProxy, type ConnectProxyOptions } from '../../fakes/connect-proxy.js';
import { startLocal, type LocalServer } from '../local/harness.js';

/** Issuers of the tokens that `World.jwt` signs. */
export const jwtIssuer = 'https://tokens.corp.test';
export const trustedIssuer = 'https://trusted.corp.test';

export interface World extends LoginWorld {
  readonly server: LocalServer;
  /** Where the database is, and how AWS and the identity providers are reached: what every login here needs. */
  readonly place: ConnectOptions;
  /** The same without a host, so that it has to be looked up. */
  readonly sought: ConnectOptions;
  /** Milliseconds that the clock of the database is ahead. */
  later: number;
  /** A signed token, valid as long as a login of AWS; an own `jti` each time. */
  jwt(claims: Readonly<Record<string, unknown>>): string;
  /** A proxy of this one test, with user and password of `proxyUser`, which leads to all the hosts. */
  proxy(route: NonNullable<ConnectProxyOptions['route']>): Promise<ConnectProxy>;
  /** As the superuser. */
  run(sql: string): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const logins = await startLoginWorld();
  const { aws, openId, hosts, ca } = logins;
  const clock = { later: 0 };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'canary' }];
  const now = (): number => Date.now() + clock.later;
  const server = await startLocal({
    now,
    temporaryUsers: (user) => aws.world.loginsOf(user),
    identityProvider: [
      { issuer: openId.issuer, keys: openId.keys, type: 'AzureAD' },
      { issuer: jwtIssuer, keys, type: 'AzureAD' },
      { issuer: trustedIssuer, keys, type: 'AwsIdc' },
      {
        type: 'AwsIdc',
        verify: (token) => {
          const minted = aws.world.tokens.find((one) => one.token === token);
          if (minted !== undefined) return { user: 'ida_keys', validUntil: minted.validUntil };
          return aws.world.accessTokens.includes(token)
            ? { user: 'ida', groups: ['idc_readers'] }
            : undefined;
        },
      },
    ],
  });
  const signed = new Set<string>();
  aws.world.webIdentity = ({ token }) => {
    if (!signed.has(token)) throw new FakeAwsError('InvalidIdentityToken', 'Nobody knows who signed this');
  };
  const { host, port, database, sslrootcert } = server.redshift;
  aws.world.clusters.push({ region: 'us-east-1', identifier: 'sales', address: host, port });
  aws.world.workgroups.push({ region: 'us-east-1', name: 'wg', address: host, port });
  const sought: ConnectOptions = {
    database,
    sslrootcert,
    region: 'us-east-1',
    proxy: hosts.proxy.url,
    httpsCa: ca,
    closeTimeout: 2,
  };
  const run = async (sql: string): Promise<void> => {
    const conn = await server.connect({ autocommit: true });
    try {
      await conn.query(sql);
    } finally {
      await conn.close();
    }
  };
  await run(`create group ${samlGroup.toLowerCase()}`);
  return {
    ...logins,
    server,
    sought,
    place: { ...sought, host, port },
    get later() {
      return clock.later;
    },
    set later(milliseconds) {
      clock.later = milliseconds;
    },
    jwt: (claims) => {
      const at = Math.floor(Date.now() / 1000);
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const body = {
        iss: jwtIssuer,
        iat: at,
        exp: at + aws.world.loginSeconds,
        jti: randomUUID(),
        ...claims,
      };
      const text = `${part({ alg: 'ES256', kid: 'canary' })}.${part(body)}`;
      const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const token = `${text}.${signature.toString('base64url')}`;
      logins.plant('JSON Web Token', token);
      signed.add(token);
      return token;
    },
    proxy: (route) => startConnectProxy({ hosts: Object.fromEntries(logins.ports), auth: proxyUser, route }),
    run,
    close: async () => {
      await Promise.all([server.stop(), logins.close()]);
    },
  };
}

/** As if this process had never logged in anywhere. */
export function forgetLogins(): void {
  credentialsCache.clear();
}

/** Connects, asks who it is, and closes: `{ me: 'zoe', groups: ['finance'] }`. */
export async function whoIs(options: ConnectOptions): Promise<{ me: string; groups: string[] }> {
  const conn = await connect(options);
  try {
    return await who(conn);
  } finally {
    await conn.close();
  }
}

export async function who(conn: Pick<Connection, 'query'>): Promise<{ me: string; groups: string[] }> {
  const { rows } = await conn.query(
    `select current_user as me, g.groname as group from pg_user u left join pg_group g on u.usesysid = any(g.grolist)
     where u.usename = current_user order by 2`,
  );
  const groups = rows.map((row) => (row as { group: string | null }).group).filter((name) => name !== null);
  return { me: (rows[0] as { me: string }).me, groups };
}
