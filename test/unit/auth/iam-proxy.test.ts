/** AWS by its real names, through a real proxy: what is signed for is what is asked, in every partition. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseLogin, findEndpoint } from '../../../src/auth/iam.js';
import type { AwsIo } from '../../../src/auth/cluster.js';
import { HttpClient } from '../../../src/aws/http.js';
import type { IamConfig } from '../../../src/config/login-config.js';
import { AuthenticationError } from '../../../src/errors.js';
import { SecretSearch } from '../../secret-search.js';
import { FakeAws } from '../../fakes/aws/fake-aws.js';
import { startConnectProxy, type ConnectProxy } from '../../fakes/connect-proxy.js';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: () => Promise.resolve(),
}));

const regions = ['us-east-1', 'us-gov-west-1', 'cn-north-1'];
const domainOf = (region: string): string =>
  region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
const password = 'canary-proxy-password-4711';

let aws: FakeAws;
let proxy: ConnectProxy;
beforeAll(async () => {
  aws = await FakeAws.start();
  const names = regions.flatMap((region) =>
    ['redshift', 'redshift-serverless'].map((service) => `${service}.${region}.${domainOf(region)}`),
  );
  const auth = { user: 'me', password };
  proxy = await startConnectProxy({ hosts: Object.fromEntries(names.map((name) => [name, aws.port])), auth });
  for (const region of regions) {
    aws.world.clusters.push({ region, identifier: 'sales', address: `sales.${region}.example` });
    aws.world.workgroups.push({ region, name: 'wg', address: `wg.${region}.example` });
  }
});
afterAll(async () => {
  await Promise.all([proxy.close(), aws.close()]);
});
beforeEach(() => {
  aws.requests.length = 0;
});

const through = (user: string, region: string): AwsIo => ({
  http: new HttpClient({
    proxy: proxy.url.replace(/^http:\/\/(?:[^@]*@)?/, `http://${user}@`),
    env: {},
    ca: aws.ca,
    insecure: false,
  }),
  signal: new AbortController().signal,
  log: () => undefined,
  region,
});
const iam = (region: string, target: IamConfig['target']): IamConfig => ({
  host: undefined,
  port: undefined,
  target,
  region,
  endpointUrl: undefined,
  stsEndpointUrl: undefined,
  database: 'dev',
  dbUser: 'alice',
  dbGroups: [],
  dbGroupsFilter: undefined,
  autoCreate: undefined,
  forceLowercase: undefined,
  allowDbUserOverride: undefined,
  duration: undefined,
  groupFederation: false,
});
const cluster: IamConfig['target'] = { kind: 'provisioned', cluster: 'sales', customDomain: false };
const workgroup: IamConfig['target'] = {
  kind: 'serverless',
  workgroup: 'wg',
  account: undefined,
  customDomain: false,
};

describe.each(regions)('%s', (region) => {
  it.each([
    ['a cluster', cluster, 'redshift', 'sales'],
    ['a work group', workgroup, 'redshift-serverless', 'wg'],
  ])('gives the login and the address of %s', async (_what, target, service, name) => {
    const io = through(`me:${password}`, region);
    const { user } = await databaseLogin(iam(region, target), aws.keys, undefined, io);
    expect(user).toMatch(/^IAM:/);
    const { host } = await findEndpoint(iam(region, target), aws.keys, io);
    expect(host).toBe(`${name}.${region}.example`);
    const asked = `${service}.${region}.${domainOf(region)}`;
    expect(aws.requests.map((request) => [request.host, request.region])).toEqual([
      [asked, region],
      [asked, region],
    ]);
  });
});

it('a proxy that refuses says so, once, without its password', async () => {
  const io = through(`me:${password}-wrong`, 'us-east-1');
  const error: unknown = await databaseLogin(iam('us-east-1', cluster), aws.keys, undefined, io).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AuthenticationError);
  const { message, hint = '' } = error as AuthenticationError;
  expect(message).toContain('refused user and password (407)');
  expect(hint).toContain('HTTPS_PROXY');
  expect(message.split(hint)).toHaveLength(2);
  expect(error).toMatchObject({ retryable: false });
  expect(new SecretSearch([['password', password]]).inValue(error, 'error')).toEqual([]);
  expect(aws.requests).toEqual([]);
});
