/** Calls to AWS as the driver makes them: the login's clock, agent, retries and endpoint, with the real SDK. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as timers from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  assumeRoleWithSaml,
  defaultRegion,
  identityCenterToken,
  redshift,
  type AwsAgents,
  type ClientSettings,
} from '../../../src/aws/clients.js';
import { retryUntil } from '../../../src/aws/retries.js';
import { ssoOidc } from '../../../src/aws/sso-oidc.js';
import { ArgumentError } from '../../../src/errors.js';
import { FakeAws, FakeAwsError } from '../../fakes/aws/fake-aws.js';

vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof timers>();
  return { ...real, setTimeout: vi.fn(real.setTimeout) };
});

let aws: FakeAws;
let http: AwsAgents;
beforeAll(async () => {
  aws = await FakeAws.start();
  http = { awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca, keepAlive: false })) };
  aws.world.clusters.push({ region: 'us-east-1', identifier: 'sales' });
  aws.world.workgroups.push({ region: 'us-east-1', name: 'wg' });
});
beforeEach(() => {
  aws.requests.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => aws.close());

const settings = (more: Partial<ClientSettings> = {}): ClientSettings => ({
  region: 'us-east-1',
  keys: aws.keys,
  endpointUrl: aws.url,
  http,
  signal: new AbortController().signal,
  ...more,
});
const ask = (more: Partial<ClientSettings> = {}) =>
  redshift(settings(more), (api, options) => api.describeClusters({}, options));

describe('a call', () => {
  it('leaves no connection behind', async () => {
    await ask();
    await vi.waitUntil(() => aws.connections === 0);
  });

  it('is tried again after a throttle, a cut connection and a server error', async () => {
    aws.fail({ kind: 'throttle' });
    aws.fail({ kind: 'cut' });
    aws.fail({ kind: 'error', error: new FakeAwsError('InternalFailure', 'oh', 500) });
    await ask();
    expect(aws.calls).toHaveLength(4);
  });

  it.each([
    ['accessKeyId', '\n'],
    ['secretAccessKey', ' '],
    ['sessionToken', '\r\nX-Canary: 1'],
    ['sessionToken', '\0'],
    ['secretAccessKey', '\u2026'],
  ])('is not made with keys whose %s ends in %j, and their text is not told', async (name, end) => {
    const keys = { ...aws.keys, sessionToken: 'canary-token' };
    const asked = ask({ keys: { ...keys, [name]: `${keys[name as keyof typeof keys]}${end}` } });
    const error: unknown = await asked.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toContain(`The ${name} of the AWS keys holds a blank`);
    expect((error as Error).message).not.toMatch(/canary/i);
    expect(aws.calls).toEqual([]);
  });

  it('is not tried again when it was refused', async () => {
    aws.fail({ kind: 'error', error: new FakeAwsError('AccessDenied', 'no', 403) });
    await expect(ask()).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(aws.calls).toHaveLength(1);
  });

  it('is given up when the login is, with the reason of that', async () => {
    aws.fail({ kind: 'hang' });
    const abort = new AbortController();
    const asked = ask({ signal: abort.signal });
    await vi.waitUntil(() => aws.requests.length === 1);
    abort.abort(new Error('the clock'));
    await expect(asked).rejects.toThrow('the clock');
    await vi.waitUntil(() => aws.connections === 0);
  });

  it('does not begin when the login is given up already', async () => {
    await expect(ask({ signal: AbortSignal.abort(new Error('the clock')) })).rejects.toThrow('the clock');
    expect(aws.calls).toEqual([]);
  });

  it('does not trust a certificate that Node does not trust', async () => {
    const bare = { awsAgent: () => Promise.resolve(undefined) };
    await expect(ask({ http: bare })).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  it('goes in clear to this machine only, whatever AWS_ENDPOINT_URL says', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://aws.example.invalid:1');
    const error: unknown = await ask({ endpointUrl: undefined }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(String(error)).toContain('An AWS endpoint has to be an https URL (http only on this machine)');
    expect(String(error)).toContain('AWS_ENDPOINT_URL');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    await expect(ask({ endpointUrl: undefined })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('goes where AWS_ENDPOINT_URL_REDSHIFT says, if the options do not', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_REDSHIFT', aws.url);
    await ask({ endpointUrl: undefined });
    expect(aws.calls).toHaveLength(1);
  });
});

describe('what becomes part of a host name or goes over the network in clear', () => {
  it.each(['us-east-1.evil.example', 'us_east_1', '', 'us-east-1/', 'x'.repeat(100)])(
    'refuses the region %j',
    async (region) => {
      await expect(ask({ region })).rejects.toThrow(ArgumentError);
    },
  );
  it.each([
    'http://redshift.example',
    'ftp://localhost',
    'redshift.example',
    'http://localhost.evil.example',
  ])('refuses the endpoint %j', async (endpointUrl) => {
    await expect(ask({ endpointUrl })).rejects.toThrow('has to be an https URL');
  });
});

describe('tries', () => {
  const failed = (errorType: 'THROTTLING' | 'TRANSIENT' | 'SERVER_ERROR' | 'CLIENT_ERROR') => ({ errorType });
  it('are five at most', async () => {
    const strategy = retryUntil(new AbortController().signal);
    const last = { getRetryCount: () => 4, getRetryDelay: () => 0 };
    await expect(strategy.refreshRetryTokenForRetry(last, failed('THROTTLING'))).rejects.toThrow();
    const first = await strategy.acquireInitialRetryToken();
    const second = await strategy.refreshRetryTokenForRetry(first, failed('TRANSIENT'));
    expect(second.getRetryCount()).toBe(1);
  });
  it('wait no longer than the login', async () => {
    const abort = new AbortController();
    const strategy = retryUntil(abort.signal);
    const first = await strategy.acquireInitialRetryToken();
    const next = strategy.refreshRetryTokenForRetry(first, failed('THROTTLING'));
    abort.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the number of tries', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    vi.mocked(timers.setTimeout).mockResolvedValue(undefined);
    const file = join(folder, 'config');
    writeFileSync(
      file,
      '[default]\nmax_attempts = 1\n[profile team]\nmax_attempts = 4\nretry_mode = adaptive\n',
    );
    vi.stubEnv('AWS_CONFIG_FILE', file);
  });
  afterEach(() => {
    aws.forgive();
    vi.mocked(timers.setTimeout).mockReset();
  });
  const tries = async (more: Partial<ClientSettings> = {}): Promise<number> => {
    aws.fail({ kind: 'throttle' }, { times: 9 });
    await expect(ask(more)).rejects.toMatchObject({ name: 'Throttling' });
    return aws.calls.length;
  };

  it('is five where nobody sets it', async () => {
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
    expect(await tries()).toBe(5);
  });
  it.each(['1', '3', '7'])('is AWS_MAX_ATTEMPTS=%s', async (number) => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', number);
    expect(await tries()).toBe(Number(number));
  });
  it("is max_attempts of AWS's default profile", async () => {
    expect(await tries()).toBe(1);
  });
  it('is max_attempts of the profile that AWS_PROFILE names', async () => {
    vi.stubEnv('AWS_PROFILE', 'team');
    expect(await tries()).toBe(4);
  });
  it('is max_attempts of the profile that the login names', async () => {
    expect(await tries({ profile: 'team' })).toBe(4);
  });
  it.each(['standard', 'adaptive'])('is the same with AWS_RETRY_MODE=%s', async (mode) => {
    vi.stubEnv('AWS_RETRY_MODE', mode);
    vi.stubEnv('AWS_MAX_ATTEMPTS', '2');
    expect(await tries()).toBe(2);
  });
  it('holds for Identity Center and STS as well', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '2');
    vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', aws.url);
    aws.fail({ kind: 'error', error: new FakeAwsError('InternalServerException', 'oh', 500) }, { times: 2 });
    const oidc = await ssoOidc('us-east-1', http, new AbortController().signal);
    const client = { clientName: 'x', clientType: 'public', issuerUrl: 'https://idc.example' } as const;
    const lists = { scopes: ['a'], redirectUris: ['http://127.0.0.1:1'], grantTypes: ['authorization_code'] };
    await expect(oidc.registerClient({ ...client, ...lists })).rejects.toMatchObject({
      name: 'InternalServerException',
    });
    expect(aws.calls).toEqual(['sso-oidc:RegisterClient', 'sso-oidc:RegisterClient']);
  });
});

describe('AssumeRoleWithSAML', () => {
  const request = () => ({
    region: 'us-gov-west-1',
    roleArn: 'arn:aws-us-gov:iam::123456789012:role/reader',
    principalArn: 'arn:aws-us-gov:iam::123456789012:saml-provider/idp',
    samlAssertion: 'PHNhbWw+',
    durationSeconds: 1800,
    endpointUrl: aws.url,
    signal: new AbortController().signal,
  });
  it('needs no AWS credentials, and looks for none', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    aws.world.saml = () => undefined;
    const keys = await assumeRoleWithSaml(request(), http);
    aws.world.saml = undefined;
    expect(aws.world.identities.at(-1)).toMatchObject(keys);
    expect(aws.requests[0]).toMatchObject({
      accessKeyId: undefined,
      members: { SAMLAssertion: 'PHNhbWw+', DurationSeconds: 1800, RoleArn: request().roleArn },
    });
  });
  it('keeps the names of STS for what it refuses', async () => {
    aws.world.saml = () => {
      throw new FakeAwsError(
        'ExpiredTokenException',
        'Token must be redeemed within 5 minutes of issuance',
        400,
      );
    };
    await expect(assumeRoleWithSaml(request(), http)).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
    aws.world.saml = undefined;
  });
});

describe('GetIdentityCenterAuthToken', () => {
  it.each(['provisioned', 'serverless'] as const)('asks for a %s token', async (service) => {
    const name = service === 'provisioned' ? 'sales' : 'wg';
    const { http: agents, ...request } = settings();
    const answer = await identityCenterToken({ ...request, service, name }, agents);
    const minted = aws.world.tokens.at(-1)!;
    expect(answer).toEqual({ token: minted.token, expiration: minted.validUntil });
    expect(minted.targets).toEqual([name]);
  });
});

describe('the default region', () => {
  it('is that of the environment', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await defaultRegion(undefined, new AbortController().signal)).toBe('eu-west-1');
  });
  it('is unknown where nothing tells it', async () => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', '/nonexistent');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    expect(await defaultRegion(undefined, new AbortController().signal)).toBeUndefined();
  });
});
