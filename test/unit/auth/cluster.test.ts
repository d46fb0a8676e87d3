/** Where a cluster is: its region from option, host, CNAME or AWS settings, and its address from AWS. */
import { Agent } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { findEndpoint, regionOf, type AwsIo } from '../../../src/auth/cluster.js';
import { iamKeyParts } from '../../../src/auth/iam-user.js';
import type { IamConfig } from '../../../src/config/login-config.js';
import { AuthenticationError } from '../../../src/errors.js';
import { FakeAws, FakeAwsError } from '../../fakes/aws/fake-aws.js';

let aws: FakeAws;
let io: AwsIo;
beforeAll(async () => {
  aws = await FakeAws.start();
  const region = 'us-east-1';
  aws.world.clusters.push(
    { region, identifier: 'sales', address: 'sales.x.us-east-1.redshift.amazonaws.com', port: 5440 },
    { region, identifier: 'new' },
  );
  aws.world.workgroups.push(
    { region, name: 'wg', address: 'wg.123.us-east-1.redshift-serverless.amazonaws.com' },
    { region, name: 'new' },
  );
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.requests.length = 0;
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', '/nonexistent');
  io = {
    http: { awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca, keepAlive: false })) },
    signal: new AbortController().signal,
    log: () => undefined,
    cname: () => Promise.resolve(undefined),
  };
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const iam = (more: Partial<IamConfig> = {}): IamConfig => ({
  host: undefined,
  port: undefined,
  target: { kind: 'provisioned', cluster: 'sales', customDomain: false },
  region: undefined,
  endpointUrl: aws.url,
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
  ...more,
});
const cluster = (name: string | undefined): Partial<IamConfig> => ({
  target: { kind: 'provisioned', cluster: name, customDomain: false },
});
const workgroup = (name: string | undefined): Partial<IamConfig> => ({
  target: { kind: 'serverless', workgroup: name, account: undefined, customDomain: false },
});

describe('the region', () => {
  const names = (chain: Readonly<Record<string, string>>): AwsIo => ({
    ...io,
    cname: (host) => Promise.resolve(chain[host]),
  });
  it('is that of the option or the host, and nobody is asked', async () => {
    const cname = vi.fn();
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const host = 'db.corp.example';
    expect(await regionOf(iam({ region: 'us-west-2', host }), undefined, { ...io, cname })).toBe('us-west-2');
    expect(cname).not.toHaveBeenCalled();
  });
  it.each([
    ['sales.x.eu-central-1.redshift.amazonaws.com.', 'eu-central-1'],
    ['wg.123456789012.cn-north-1.redshift-serverless.amazonaws.com.cn', 'cn-north-1'],
    ['SALES.X.US-GOV-WEST-1.REDSHIFT.AMAZONAWS.COM', 'us-gov-west-1'],
  ])('is that of the name that a custom name stands for: %s', async (name, region) => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const found = await regionOf(
      iam({ host: 'db.corp.example' }),
      undefined,
      names({ 'db.corp.example': name }),
    );
    expect(found).toBe(region);
  });
  it('is found behind several names, but not in a circle of them', async () => {
    const chain = { a: 'b', b: 'c', c: 'sales.x.eu-central-1.redshift.amazonaws.com' };
    expect(await regionOf(iam({ host: 'a' }), undefined, names(chain))).toBe('eu-central-1');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await regionOf(iam({ host: 'a' }), undefined, names({ a: 'b', b: 'a' }))).toBe('eu-west-1');
  });
  it('is not that of a name that only looks like a cluster', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const chain = { a: 'sales.x.us-east-1.redshift.amazonaws.com.evil.example' };
    expect(await regionOf(iam({ host: 'a' }), undefined, names(chain))).toBe('eu-west-1');
  });
  it('is that of the AWS settings, when no name tells it', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await regionOf(iam(), undefined, io)).toBe('eu-west-1');
  });
  it('is AWS_DEFAULT_REGION, which the AWS CLI and boto3 read, only where nothing else tells it', async () => {
    vi.stubEnv('AWS_DEFAULT_REGION', 'ap-south-1');
    expect(await regionOf(iam(), undefined, io)).toBe('ap-south-1');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await regionOf(iam(), undefined, io)).toBe('eu-west-1');
  });
  it('is asked of DNS, which may have no answer', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const { cname: _none, ...asked } = io;
    expect(await regionOf(iam({ host: 'localhost' }), undefined, asked)).toBe('eu-west-1');
  });
  it('that nothing tells is an error that names the option', async () => {
    const error = (await regionOf(iam({ host: 'db.corp.example' }), undefined, io).catch(
      (thrown: unknown) => thrown,
    )) as AuthenticationError;
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ stage: 'options', hint: expect.stringContaining('give region') });
  });
});

describe('the address', () => {
  const find = (more: Partial<IamConfig>) =>
    findEndpoint(iam({ region: 'us-east-1', ...more }), aws.keys, io);
  it('of a cluster is asked with DescribeClusters', async () => {
    const found = await find(cluster('sales'));
    expect(found).toEqual({ host: 'sales.x.us-east-1.redshift.amazonaws.com', port: 5440 });
    expect(aws.requests).toMatchObject([
      { action: 'DescribeClusters', members: { ClusterIdentifier: 'sales' } },
    ]);
  });
  it('of a work group is asked with GetWorkgroup, also where it is named as a cluster', async () => {
    const expected = { host: 'wg.123.us-east-1.redshift-serverless.amazonaws.com', port: 5439 };
    expect(await find(workgroup('wg'))).toEqual(expected);
    expect(await find(cluster('redshift-serverless-wg'))).toEqual(expected);
    expect(aws.calls).toEqual(['redshift-serverless:GetWorkgroup', 'redshift-serverless:GetWorkgroup']);
  });
  it('keeps what the caller gave', async () => {
    expect(await find({ host: 'tunnel.example' })).toEqual({ host: 'tunnel.example', port: 5440 });
    expect(await find({ port: 1234 })).toMatchObject({ port: 1234 });
  });
  it.each([
    ['a cluster', cluster('new')],
    ['a work group', workgroup('new')],
  ])('that %s does not have yet is an error that can be tried again', async (_what, more) => {
    await expect(find(more)).rejects.toMatchObject({
      retryable: true,
      message: expect.stringMatching(/new has no endpoint \(its state: creating\)/i),
    });
  });
  it.each([
    ['cluster', cluster(undefined), 'clusterIdentifier'],
    ['work group', workgroup(undefined), 'serverlessWorkGroup'],
  ])('of no %s names the option', async (_what, more, option) => {
    await expect(find(more)).rejects.toThrow(option);
    expect(aws.calls).toEqual([]);
  });
  it.each([
    [
      'a cluster that is not there',
      cluster('gone'),
      'ClusterNotFoundFault',
      'check clusterIdentifier and region',
    ],
    ['a work group that is not there', workgroup('gone'), 'ResourceNotFoundException', 'serverlessWorkGroup'],
  ])('of %s is an error', async (_what, more, name, hint) => {
    const error = (await find(more).catch((thrown: unknown) => thrown)) as AuthenticationError;
    expect(error.message).toContain(name);
    expect(error.hint).toContain(hint);
  });
  it('of a cluster that AWS does not list is an error that no waiting helps', async () => {
    const empty =
      '<DescribeClustersResponse><DescribeClustersResult><Clusters/></DescribeClustersResult></DescribeClustersResponse>';
    aws.fail({ kind: 'answer', status: 200, type: 'text/xml', body: empty });
    await expect(find(cluster('sales'))).rejects.toMatchObject({
      retryable: false,
      message:
        'DescribeClusters: AWS lists no cluster "sales" in us-east-1 (check clusterIdentifier and region)',
    });
  });
  it('that may not be asked for says that host and port can be given instead', async () => {
    aws.fail({ kind: 'error', error: new FakeAwsError('AccessDenied', 'no', 403) });
    await expect(find(cluster('sales'))).rejects.toThrow('or give host and port');
  });
});

describe('what makes two logins different', () => {
  const parts = (more: Partial<IamConfig> = {}, region = 'us-east-1', asserted = {}): string =>
    JSON.stringify(iamKeyParts(iam(more), asserted, region));
  it('is everything that decides which login AWS gives', () => {
    const keys = [
      parts(),
      parts({}, 'us-west-2'),
      parts({ host: 'db.corp.example' }),
      parts({
        host: 'db.corp.example',
        target: { kind: 'provisioned', cluster: 'sales', customDomain: true },
      }),
      parts({ endpointUrl: 'https://other.example' }),
      parts({ groupFederation: true }),
      parts(cluster('other')),
      parts(workgroup('sales')),
      parts({ database: 'test' }),
      parts({ dbUser: 'bob' }),
      parts({ dbUser: undefined }),
      parts({ dbGroups: ['a', 'b'] }),
      parts({ dbGroups: ['ab'] }),
      parts({ dbGroups: ['a,b'] }),
      parts({ autoCreate: true }),
      parts({ autoCreate: false }),
      parts({ duration: 900 }),
      parts({ dbUser: undefined }, 'us-east-1', { dbUser: 'saml' }),
      parts({}, 'us-east-1', { dbGroups: ['g'] }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
  it('is not the order of groups, nor a user that does not count', () => {
    expect(parts({ dbGroups: ['b', 'a'] })).toBe(parts({ dbGroups: ['a', 'b'] }));
    expect(parts({}, 'us-east-1', { dbUser: 'saml' })).toBe(parts());
  });
});
