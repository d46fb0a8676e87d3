/** The client of Identity Center's OpenID service, by the real SDK: what a login that is given up leaves behind, and what is tried again. */
import { Agent } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ssoOidc } from '../../../src/aws/sso-oidc.js';
import { FakeAws, FakeAwsError } from '../../fakes/aws/fake-aws.js';

let aws: FakeAws;
const agents = { awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca, keepAlive: false })) };
beforeAll(async () => {
  aws = await FakeAws.start();
});
afterAll(() => aws.close());
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', aws.url);
  aws.requests.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const client = {
  clientName: 'test',
  clientType: 'public',
  scopes: ['redshift:connect'],
  issuerUrl: 'https://identitycenter.amazonaws.com/ssoins-1',
  redirectUris: ['http://127.0.0.1:7890'],
  grantTypes: ['authorization_code'],
} as const;

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

it('tries again what passes by itself, and once what was refused', async () => {
  const { signal } = new AbortController();
  const oidc = await ssoOidc('us-east-1', agents, signal);
  aws.fail({ kind: 'cut' }, { service: 'sso-oidc', times: 1 });
  expect(await oidc.registerClient(client)).toMatchObject({ clientId: expect.any(String) as string });
  expect(aws.requests.length).toBe(2);
  aws.fail(
    { kind: 'error', error: new FakeAwsError('InvalidRequestException', 'no') },
    { service: 'sso-oidc', times: 1 },
  );
  await expect(oidc.registerClient(client)).rejects.toMatchObject({
    name: 'InvalidRequestException',
  });
  expect(aws.requests.length).toBe(3);
});

it('leaves no timer behind when the login is given up between two tries', async () => {
  const before = timers();
  const stop = new AbortController();
  const oidc = await ssoOidc('us-east-1', agents, stop.signal);
  aws.fail({ kind: 'throttle' }, { service: 'sso-oidc', times: 9 });
  const given = expect(oidc.registerClient(client)).rejects.toThrow();
  await vi.waitFor(() => {
    expect(aws.requests.length).toBeGreaterThan(1);
  });
  stop.abort(new Error('given up'));
  await given;
  await vi.waitFor(() => {
    expect(timers()).toBeLessThanOrEqual(before);
  }, 300);
});
