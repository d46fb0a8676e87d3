/** Logins that AWS gives out end in a query: the fake AWS mints them, the local Redshift lets them in until they expire. */
import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AwsIo } from '../../src/auth/cluster.js';
import { databaseLogin, findEndpoint } from '../../src/auth/iam.js';
import type { IamConfig } from '../../src/config/login-config.js';
import { AuthenticationError } from '../../src/errors.js';
import { connect } from '../../src/index.js';
import { FakeAws } from '../fakes/aws/fake-aws.js';
import { startLocal, type LocalServer } from './local/harness.js';

let aws: FakeAws;
let server: LocalServer;
let later = 0;
beforeAll(async () => {
  aws = await FakeAws.start();
  const now = (): number => Date.now() + later;
  server = await startLocal({ temporaryUsers: (user) => aws.world.loginsOf(user), now });
  const { host: address, port } = server.redshift;
  aws.world.clusters.push({ region: 'us-east-1', identifier: 'sales', address, port });
  aws.world.workgroups.push({ region: 'us-east-1', name: 'wg', address, port });
});
afterAll(async () => {
  await Promise.all([server.stop(), aws.close()]);
});

const iam = (more: Partial<IamConfig>): IamConfig => ({
  host: undefined,
  port: undefined,
  target: { kind: 'provisioned', cluster: 'sales', customDomain: false },
  region: 'us-east-1',
  endpointUrl: aws.url,
  stsEndpointUrl: undefined,
  database: server.redshift.database,
  dbUser: undefined,
  dbGroups: [],
  dbGroupsFilter: undefined,
  autoCreate: undefined,
  forceLowercase: undefined,
  allowDbUserOverride: undefined,
  duration: undefined,
  groupFederation: false,
  ...more,
});
const workgroup: IamConfig['target'] = {
  kind: 'serverless',
  workgroup: 'wg',
  account: undefined,
  customDomain: false,
};

it.each<[string, Partial<IamConfig>, string]>([
  ['GetClusterCredentials', { dbUser: 'alice', autoCreate: true }, 'alice'],
  ['GetClusterCredentialsWithIAM', { groupFederation: true }, 'canary'],
  ['GetCredentials of a work group', { target: workgroup }, 'canary'],
])('%s, until the login expires', async (_api, more, user) => {
  const io: AwsIo = {
    http: { awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca, keepAlive: false })) },
    signal: new AbortController().signal,
    log: () => undefined,
    region: 'us-east-1',
  };
  const place = await findEndpoint(iam(more), aws.keys, io);
  const login = await databaseLogin(iam(more), aws.keys, undefined, io);
  const given = { ...place, user: login.user, password: login.password };
  const conn = await server.connect(given);
  const { rows } = await conn.query('select current_user as me');
  await conn.close();
  expect(rows).toEqual([{ me: expect.stringContaining(user) }]);

  later += 901_000;
  try {
    await expect(server.connect(given)).rejects.toThrow(AuthenticationError);
  } finally {
    later = 0;
  }
});

it.each([
  ['a cluster', { clusterIdentifier: 'sales', dbUser: 'alice', autoCreate: true }],
  ['a work group', { isServerless: true, serverlessWorkGroup: 'wg' }],
])(
  'connect finds %s, logs in and gets rows, and a second connection asks AWS for no other login',
  async (_what, target) => {
    const { accessKeyId, secretAccessKey } = aws.keys;
    const { database, sslrootcert } = server.redshift;
    const options = {
      ...{ iam: true, accessKeyId, secretAccessKey, region: 'us-east-1', database, sslrootcert },
      ...{ endpointUrl: aws.url, httpsCa: aws.ca },
      ...target,
    };
    const before = aws.calls.length;
    const logins = (): string[] => aws.calls.slice(before).filter((call) => call.includes('Credentials'));
    for (let turn = 0; turn < 2; turn++) {
      const conn = await connect(options);
      expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await conn.close();
      expect(logins().length).toBe(1);
    }
  },
);
