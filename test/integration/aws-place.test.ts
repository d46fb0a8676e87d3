/** Where a database is and which options belong to it, as AWS tells: asked for once, told to whoever watches, and forgotten when wrong. */
import { tracingChannel } from 'node:diagnostics_channel';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { credentialsCache } from '../../src/auth/cache.js';
import { connect, createPool, type ConnectEvent, type ConnectOptions, type Logger } from '../../src/index.js';
import type { PoolTraceEvent, QueryEvent } from '../../src/index.js';
import { FakeAws } from '../fakes/aws/fake-aws.js';
import { startLocal, type LocalServer } from './local/harness.js';

let aws: FakeAws;
let server: LocalServer;
let lines: string[];
beforeAll(async () => {
  aws = await FakeAws.start();
  server = await startLocal({ temporaryUsers: (user) => aws.world.loginsOf(user) });
});
afterAll(() => Promise.all([server.stop(), aws.close()]));
beforeEach(() => {
  aws.requests.length = 0;
  aws.world.clusters.length = 0;
  aws.world.authenticationProfiles.clear();
  credentialsCache.clear();
  lines = [];
  const { host: address, port } = server.redshift;
  aws.world.clusters.push({ region: 'us-east-1', identifier: 'sales', address, port });
});

const logger = (): Logger => {
  const to =
    (level: string) =>
    (text: string): void => {
      if (level !== 'debug') lines.push(`${level}: ${text}`);
    };
  return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
};

/** With keys and region only: the rest is in the profile, or follows. */
const keys = (): ConnectOptions => ({
  iam: true,
  accessKeyId: aws.keys.accessKeyId,
  secretAccessKey: aws.keys.secretAccessKey,
  region: 'us-east-1',
  endpointUrl: aws.url,
  httpsCa: aws.ca,
  sslrootcert: server.redshift.sslrootcert,
  closeTimeout: 2,
  logger: logger(),
});
const sought = (): ConnectOptions => ({
  ...keys(),
  clusterIdentifier: 'sales',
  database: server.redshift.database,
  dbUser: 'alice',
  autoCreate: true,
});
const profiled = (more: object = {}): ConnectOptions => {
  const { database } = server.redshift;
  const profile = { clusterIdentifier: 'sales', database, dbUser: 'alice', autoCreate: true, ...more };
  aws.world.authenticationProfiles.set('us-east-1/team', JSON.stringify(profile));
  return { ...keys(), authProfile: 'team' };
};
const asked = (action: string): number => aws.requests.filter((request) => request.action === action).length;

/** Events of a channel while the test runs. */
const watching: (() => void)[] = [];
afterEach(() => {
  for (const stop of watching.splice(0)) stop();
});
function watch<E extends object>(name: string): E[] {
  const seen: E[] = [];
  const channel = tracingChannel<unknown, E>(`redshift-connector:${name}`);
  const heard = {
    start: () => undefined,
    end: () => undefined,
    error: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: (event: object) => {
      seen.push({ ...(event as E) });
    },
  };
  channel.subscribe(heard);
  watching.push(() => channel.unsubscribe(heard));
  return seen;
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

describe('a pool without a host', () => {
  it('asks AWS once for the place, the profile and the login of all its connections', async () => {
    const pool = createPool({ ...profiled(), min: 0, max: 6 });
    const held = await Promise.all(Array.from({ length: 6 }, () => pool.connect()));
    for (const conn of held) {
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      conn.release();
    }
    await pool.end();
    expect(aws.calls.toSorted()).toEqual([
      'redshift:DescribeAuthenticationProfiles',
      'redshift:DescribeClusters',
      'redshift:GetClusterCredentials',
    ]);
  });

  it('asks for each connection with iamDisableCache', async () => {
    const pool = createPool({ ...profiled(), iamDisableCache: true, min: 0, max: 2 });
    const held = await Promise.all([pool.connect(), pool.connect()]);
    for (const conn of held) conn.release();
    await pool.end();
    expect(aws.calls.toSorted()).toEqual([
      'redshift:DescribeAuthenticationProfiles',
      'redshift:DescribeAuthenticationProfiles',
      'redshift:DescribeClusters',
      'redshift:DescribeClusters',
      'redshift:GetClusterCredentials',
      'redshift:GetClusterCredentials',
    ]);
  });

  it('names in every event the host that AWS told', async () => {
    const [connects, queries, pools] = [
      watch<ConnectEvent>('connect'),
      watch<QueryEvent>('query'),
      watch<PoolTraceEvent>('pool'),
    ];
    const pool = createPool({ ...sought(), min: 0, max: 1 });
    await pool.query('select 1');
    await pool.end();
    const { host, port, database } = server.redshift;
    const events = [...connects, ...queries, ...pools];
    expect(events.length).toBeGreaterThanOrEqual(5);
    // Whoever waits for the first connection begins before the host is known.
    const known = events.filter((event) => (event as PoolTraceEvent).operation !== 'acquire');
    for (const event of known) expect(event).toMatchObject({ host, port, database });
  });

  it('names it with a profile as well, and the database that the profile names', async () => {
    const [connects, queries] = [watch<ConnectEvent>('connect'), watch<QueryEvent>('query')];
    const conn = await connect(profiled());
    await conn.query('select 1');
    await conn.close();
    const { host, port, database } = server.redshift;
    for (const event of [...connects, ...queries]) expect(event).toMatchObject({ host, port, database });
    expect([connects.length, queries.length > 0]).toEqual([1, true]);
  });
});

describe('what is wrong is asked for anew', () => {
  it('when nobody answers where the cluster was', async () => {
    const { host: address, port } = server.redshift;
    aws.world.clusters.splice(0, 1, {
      region: 'us-east-1',
      identifier: 'sales',
      address,
      port: await deadPort(),
    });
    await expect(connect(sought())).rejects.toMatchObject({ name: 'ConnectError' });
    aws.world.clusters.splice(0, 1, { region: 'us-east-1', identifier: 'sales', address, port });
    const conn = await connect(sought());
    await conn.close();
    expect(asked('DescribeClusters')).toBe(2);
  });

  it('when the profile leads nowhere', async () => {
    await expect(connect(profiled({ host: '127.0.0.1', port: await deadPort() }))).rejects.toMatchObject({
      name: 'ConnectError',
    });
    const conn = await connect(profiled());
    await conn.close();
    expect(asked('DescribeAuthenticationProfiles')).toBe(2);
  });

  it('when the profile cannot be read', async () => {
    await expect(connect(profiled({ prot: 1 }))).rejects.toThrow(/prot/);
    const conn = await connect(profiled());
    await conn.close();
    expect(asked('DescribeAuthenticationProfiles')).toBe(2);
  });
});

describe('the options of a profile', () => {
  it('are remarked upon as those of the caller, once for all connections of a pool', async () => {
    const options = { ...profiled({ groupFederation: true, sslInsecure: true }), dbUser: 'alice' };
    const pool = createPool({ ...options, min: 0, max: 2 });
    const held = await Promise.all([pool.connect(), pool.connect()]);
    for (const conn of held) conn.release();
    await pool.end();
    expect(lines).toEqual([
      'info: Option dbUser has no part with groupFederation (the AWS identity is the user) and was passed over',
      expect.stringContaining("warn: Option sslInsecure: the identity provider's certificate is not checked"),
    ]);
  });

  it('are those of statements too', async () => {
    const conn = await connect(profiled({ rowMode: 'array', queryGroup: 'team' }));
    expect((await conn.query('select 1 as one')).rows).toEqual([[1]]);
    await conn.close();
  });
});
