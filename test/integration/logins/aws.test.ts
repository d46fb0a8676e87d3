/**
 * Logins with AWS keys, wherever they come from and whatever the cluster is called: each ends in a query, as the user and
 * in the groups that were asked for.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type * as Dns from 'node:dns/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromIni } from '@aws-sdk/credential-providers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ArgumentError,
  AuthenticationError,
  connect,
  createPool,
  type ConnectOptions,
} from '../../../src/index.js';
import { FakeAwsError } from '../../fakes/aws/fake-aws.js';
import { startMetadata, type FakeMetadata } from '../../fakes/aws/metadata.js';
import { person } from '../../fakes/login-world.js';
import { forgetLogins, startWorld, who, whoIs, type World } from './world.js';

/** Real names of endpoints lead to the database of this machine; one's own is an alias of one of them. */
const dns = vi.hoisted(() => ({ aliases: new Map<string, string>() }));
vi.mock('node:dns/promises', async (original) => {
  const real = await original<typeof Dns>();
  return {
    ...real,
    lookup: (host: string, options: object) =>
      /\.(?:amazonaws\.com|corp\.test)$/.test(host)
        ? Promise.resolve([{ address: '127.0.0.1', family: 4 }])
        : real.lookup(host, options),
    Resolver: class {
      cancel(): void {
        // Nothing is under way.
      }
      resolveCname(host: string): Promise<string[]> {
        const alias = dns.aliases.get(host);
        return alias === undefined ? Promise.reject(new Error('ENODATA')) : Promise.resolve([alias]);
      }
    },
  };
});
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: () => Promise.resolve(),
}));

let world: World;
let metadata: FakeMetadata;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), 'redshift-connector-aws-'));
  metadata = await startMetadata(() => session('instance'));
});
afterAll(async () => {
  await Promise.all([world.close(), metadata.close(), rm(folder, { recursive: true })]);
});
beforeEach(() => {
  forgetLogins();
  world.aws.requests.length = 0;
  world.aws.forgive();
  dns.aliases.clear();
  // Whatever this machine has of its own is not looked at.
  for (const name of Object.keys(process.env))
    if (/^(?:AWS_|REDSHIFT_|HTTPS?_PROXY$|NO_PROXY$)/i.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const session = (name: string) => world.aws.world.assume('arn:aws:iam::123456789012:role/Reader', name, 3600);
const keys = (): ConnectOptions => ({ iam: true, ...world.aws.keys });
const dan = { clusterIdentifier: 'sales', dbUser: 'dan', autoCreate: true } as const;
const members = (action: string): unknown =>
  world.aws.requests.findLast((one) => one.action === action)?.members;
const endsIn = async (options: ConnectOptions, me: string): Promise<void> => {
  expect((await whoIs(options)).me).toBe(me);
};

describe('AWS keys', () => {
  const iam = { iam: true, ...dan } as const;

  it('of a profile in the shared files', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = session('profile');
    await writeFile(
      join(folder, 'credentials'),
      `[reader]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken!}\n`,
    );
    await endsIn({ ...world.place, ...iam, profile: 'reader' }, 'dan');
    expect(world.aws.requests.at(-1)).toMatchObject({ accessKeyId });
  });

  it('of a profile with a credential process', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = session('process');
    const answer = {
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    };
    await writeFile(join(folder, 'answer.json'), JSON.stringify(answer));
    await writeFile(
      join(folder, 'config'),
      `[profile process]\ncredential_process = cat ${join(folder, 'answer.json')}\n`,
    );
    await endsIn({ ...world.place, ...iam, profile: 'process' }, 'dan');
    expect(world.aws.requests.at(-1)).toMatchObject({ accessKeyId });
  });

  it('of the environment, with the region of the environment', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = session('environment');
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', sessionToken);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    const { region: _region, ...place } = world.place;
    await endsIn({ ...place, ...iam }, 'dan');
    expect(world.aws.requests.at(-1)).toMatchObject({ accessKeyId, region: 'us-east-1' });
  });

  it('of a web identity token in the environment, as in a pod', async () => {
    const token = 'canary.web.identity-token-7Hq';
    world.aws.world.webIdentity = (request) => {
      if (request.token !== token) throw new FakeAwsError('InvalidIdentityToken', 'Not this token');
    };
    await writeFile(join(folder, 'token'), token);
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/Pod');
    vi.stubEnv('AWS_ROLE_SESSION_NAME', 'pod');
    await endsIn({ ...world.place, ...iam }, 'dan');
    expect(world.aws.calls).toEqual(['sts:AssumeRoleWithWebIdentity', 'redshift:GetClusterCredentials']);
  });

  it("of the instance's role", async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.url);
    await endsIn({ ...world.place, ...iam, instanceProfile: true }, 'dan');
    expect(metadata.requests).toContain('GET /latest/meta-data/iam/security-credentials/canary-role');
  });

  it('of a container', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${metadata.url}/container`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'canary-container-token');
    await endsIn({ ...world.place, ...iam }, 'dan');
    expect(metadata.requests).toContain('GET /container');
  });

  it('of a credential provider of the AWS SDK', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = session('handed-in');
    await writeFile(
      join(folder, 'credentials'),
      `[handed]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken!}\n`,
    );
    await endsIn(
      { ...world.place, ...iam, credentialsProvider: fromIni({ profile: 'handed', ignoreCache: true }) },
      'dan',
    );
    expect(world.aws.requests.at(-1)).toMatchObject({ accessKeyId });
  });

  it('of nowhere: the error lists where they may come from', async () => {
    await expect(connect({ ...world.place, ...iam })).rejects.toMatchObject({
      name: 'AuthenticationError',
      stage: 'options',
      message: expect.stringMatching(/No AWS credentials.*AWS_ACCESS_KEY_ID.*aws sso login/) as unknown,
    });
  });

  it('that AWS takes back are asked of the provider anew, once', async () => {
    let given = 0;
    const provider = {
      name: 'House',
      reusable: true,
      get: () => {
        given += 1;
        return { kind: 'aws', keys: session(`house-${String(given)}`) } as const;
      },
    };
    const options = { ...world.place, ...iam, credentialsProvider: provider };
    await endsIn(options, 'dan');
    // The login for the database is over, and every session of the role was revoked; this process knows neither.
    world.later = 901_000;
    world.aws.world.loginSeconds = 1801;
    const { identities } = world.aws.world;
    identities.splice(
      0,
      identities.length,
      ...identities.filter(({ accessKeyId }) => !accessKeyId.startsWith('ASIA')),
    );
    try {
      await endsIn(options, 'dan');
      expect(given).toBe(2);
      // What new keys are refused with is the answer.
      forgetLogins();
      world.aws.fail(
        { kind: 'error', error: new FakeAwsError('ExpiredToken', 'expired', 403) },
        { times: 2 },
      );
      await expect(connect(options)).rejects.toThrow(/ExpiredToken/);
      expect(given).toBe(3);
    } finally {
      world.later = 0;
      world.aws.world.loginSeconds = 900;
    }
  });
});

describe('as whom', () => {
  it.each<[string, ConnectOptions, object]>([
    [
      'nothing that was not given',
      {},
      { ClusterIdentifier: 'sales', DbUser: 'dan', DbName: 'dev', AutoCreate: true },
    ],
    [
      'groups in lower case, and for how long',
      { dbGroups: ['Finance'], forceLowercase: true, iamDuration: 1800 },
      { DbGroups: ['finance'], DurationSeconds: 1800 },
    ],
  ])('%s', async (_what, more, sent) => {
    const { groups } = await whoIs({ ...world.place, ...keys(), ...dan, ...more });
    expect(members('GetClusterCredentials')).toMatchObject({
      ...sent,
      DbName: world.server.redshift.database,
    });
    if (more.dbGroups !== undefined) expect(groups).toEqual(['finance']);
    const minted = world.aws.world.logins.at(-1)!;
    const seconds = (minted.validUntil.getTime() - Date.now()) / 1000;
    expect(Math.round(seconds / 60)).toBe((more.iamDuration ?? 900) / 60);
  });

  it('groups as they are written: a group of another case is not there', async () => {
    await expect(connect({ ...world.place, ...keys(), ...dan, dbGroups: ['Finance'] })).rejects.toMatchObject(
      { sqlState: '42704', message: expect.stringContaining('"Finance"') as unknown },
    );
  });

  it('without autoCreate a user that is not there is refused, after one more try with a new login', async () => {
    const { autoCreate: _create, ...only } = dan;
    await expect(
      connect({ ...world.place, ...keys(), ...only, dbUser: 'nobody_here' }),
    ).rejects.toMatchObject({
      sqlState: '28000',
    });
    expect(world.aws.calls.filter((call) => call.endsWith('GetClusterCredentials'))).toHaveLength(1);
  });

  it('the caller wins over a SAML assertion, but for the user where the assertion may override', async () => {
    const saml = {
      ...world.place,
      iam: true,
      clusterIdentifier: 'sales',
      ...person,
      credentialsProvider: 'PingCredentialsProvider',
      idpHost: 'ping.corp.test',
    } as const;
    await endsIn({ ...saml, dbUser: 'chosen' }, 'chosen');
    forgetLogins();
    await endsIn({ ...saml, dbUser: 'chosen', allowDbUserOverride: true }, 'zoë_ping');
  });
});

describe('which cluster', () => {
  const servername = { sslServername: 'localhost' } as const;
  /** The host is all that tells. */
  const at = (host: string): ConnectOptions => {
    const { region: _region, ...place } = world.place;
    return { ...place, host, ...servername };
  };

  it('is told by the host name: cluster and region', async () => {
    await endsIn(
      { ...at('sales.abc123.us-east-1.redshift.amazonaws.com'), ...keys(), dbUser: 'dan', autoCreate: true },
      'dan',
    );
    expect(world.aws.calls).toEqual(['redshift:GetClusterCredentials']);
    expect(members('GetClusterCredentials')).toMatchObject({ ClusterIdentifier: 'sales' });
  });

  it('is told by the host name: workgroup and region', async () => {
    await endsIn(
      { ...at('wg.123456789012.us-east-1.redshift-serverless.amazonaws.com'), ...keys() },
      'canary',
    );
    expect(world.aws.calls).toEqual(['redshift-serverless:GetCredentials']);
    expect(members('GetCredentials')).toMatchObject({ workgroupName: 'wg' });
  });

  it('may have a name of its own, whose region its alias tells', async () => {
    const { host: address, port } = world.server.redshift;
    world.aws.world.clusters.push({
      region: 'us-east-1',
      identifier: 'named',
      address,
      port,
      customDomainNames: ['db.corp.test'],
    });
    dns.aliases.set('db.corp.test', 'named.abc123.us-east-1.redshift.amazonaws.com');
    await endsIn({ ...at('db.corp.test'), ...keys(), dbUser: 'dan', autoCreate: true }, 'dan');
    expect(members('GetClusterCredentials')).toMatchObject({ CustomDomainName: 'db.corp.test' });
  });

  it('may have a name of its own that AWS does not know: a load balancer in front of a cluster that is named', async () => {
    await endsIn({ ...at('lb.corp.test'), region: 'us-east-1', ...keys(), ...dan }, 'dan');
    expect(members('GetClusterCredentials')).toMatchObject({ ClusterIdentifier: 'sales' });
  });

  it('may be a workgroup with a name of its own', async () => {
    const { host: address, port } = world.server.redshift;
    world.aws.world.workgroups.push({
      region: 'us-east-1',
      name: 'named-wg',
      address,
      port,
      customDomainNames: ['wg.corp.test'],
    });
    await endsIn({ ...at('wg.corp.test'), region: 'us-east-1', ...keys(), isServerless: true }, 'canary');
    expect(members('GetCredentials')).toMatchObject({ customDomainName: 'wg.corp.test' });
  });

  it('may be a workgroup behind the API of clusters, for a user and groups of one’s own', async () => {
    await endsIn(
      {
        ...world.place,
        ...keys(),
        ...dan,
        clusterIdentifier: 'redshift-serverless-wg',
        dbGroups: ['finance'],
      },
      'dan',
    );
    expect(members('GetClusterCredentials')).toMatchObject({ DbGroups: ['finance'] });
  });

  it('is looked up once for a pool without a host', async () => {
    const pool = createPool({ ...world.sought, ...keys(), ...dan, max: 3 });
    const three = await Promise.all([1, 2, 3].map(() => pool.connect()));
    for (const one of three) {
      expect((await who(one)).me).toBe('dan');
      one.release();
    }
    await pool.end();
    expect(world.aws.calls).toEqual(['redshift:DescribeClusters', 'redshift:GetClusterCredentials']);
  });
});

describe('an authentication profile', () => {
  const profile = (content: unknown): void => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    world.aws.world.authenticationProfiles.set('us-east-1/night', text);
  };
  const night = (): ConnectOptions => ({ ...world.place, ...keys(), authProfile: 'night' });

  it('gives what the caller does not say; what the caller says wins', async () => {
    profile({ ClusterID: 'elsewhere', DbUser: 'nina', AutoCreate: true });
    await endsIn({ ...night(), clusterIdentifier: 'sales' }, 'nina');
    forgetLogins();
    await endsIn({ ...night(), clusterIdentifier: 'sales', dbUser: 'nick' }, 'nick');
  });

  it('gives the host and the database too', async () => {
    const { host, port, database, sslrootcert } = world.server.redshift;
    profile({ host, port, database, ClusterID: 'sales', DbUser: 'nina', AutoCreate: true });
    const { host: _host, port: _port, database: _database, ...rest } = night();
    await endsIn({ ...rest, sslrootcert }, 'nina');
  });

  it.each<[string, unknown, new (...args: never[]) => Error, RegExp]>([
    ['is no JSON', 'ClusterID=sales', ArgumentError, /night/],
    ['is no object', '[1]', ArgumentError, /night/],
    [
      'has an option that nobody knows',
      { ClusterID: 'sales', NoSuchOption: 1 },
      ArgumentError,
      /NoSuchOption/,
    ],
    [
      'has a value that cannot be',
      { ClusterID: 'sales', DbUser: 'nina', iamDuration: 1 },
      ArgumentError,
      /iamDuration/,
    ],
  ])('that %s is told, with its name', async (_what, content, kind, says) => {
    profile(content);
    const error: unknown = await connect(night()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(says);
  });

  it('that is not there is told, with its name', async () => {
    const error: unknown = await connect({ ...night(), authProfile: 'no-such' }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(String(error)).toMatch(/no-such/);
  });
});

describe('a proxy', () => {
  it('of the environment leads to AWS and identity providers, and never to the database', async () => {
    const { proxy, ...place } = world.place;
    vi.stubEnv('HTTPS_PROXY', proxy);
    vi.stubEnv('https_proxy', undefined);
    const before = world.hosts.proxy.tunnels.length;
    await endsIn({ ...place, ...keys(), ...dan }, 'dan');
    expect(world.hosts.proxy.tunnels.slice(before)).toEqual([
      { host: 'redshift.us-east-1.amazonaws.com', port: 443, status: 200 },
    ]);
  });

  it('that wants another password is told, without the password', async () => {
    const proxy = world.place.proxy!.replace(/:[^:@]*@/, ':Wrong-Canary-77@');
    const error: unknown = await connect({ ...world.place, proxy, ...keys(), ...dan }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: 'AuthenticationError', stage: 'redshift api' });
    expect(String(error)).toMatch(/refused user and password \(407\)/);
    expect(String(error)).not.toContain('Wrong-Canary-77');
  });
});
