/** AWS keys from every place where AWS users keep them, by the real SDK, against a fake STS, instance and container. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AwsAgents } from '../../../src/aws/clients.js';
import { findKeys, forgetKeys, type KeyPlace } from '../../../src/aws/keys.js';
import { FakeAws, FakeAwsError } from '../../fakes/aws/fake-aws.js';
import { ssoToken, startMetadata, type FakeMetadata, type NearKeys } from '../../fakes/aws/metadata.js';

let aws: FakeAws;
let near: FakeMetadata;
let nearKeys: NearKeys;
let http: AwsAgents;
const base = mkdtempSync(join(tmpdir(), 'aws-keys-test-'));
let homes = 0;

beforeAll(async () => {
  aws = await FakeAws.start();
  near = await startMetadata(() => nearKeys);
  http = { awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca, keepAlive: false })) };
});
afterAll(async () => {
  await Promise.all([aws.close(), near.close()]);
  rmSync(base, { recursive: true, force: true });
});

/** A home of its own for every test, so that nothing that was kept is found again. */
let home = '';
beforeEach(() => {
  home = join(base, String((homes += 1)));
  mkdirSync(join(home, '.aws', 'sso', 'cache'), { recursive: true });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url);
  nearKeys = { accessKeyId: 'ASIANEAR', secretAccessKey: 'near secret', sessionToken: 'near token' };
  aws.requests.length = 0;
  near.requests.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const write = (name: string, text: string): void => {
  writeFileSync(join(home, '.aws', name), text);
};
const find = (place: KeyPlace, region?: string, signal = new AbortController().signal) =>
  findKeys(place, region, http, signal);
const byDefault: KeyPlace = { kind: 'default' };
const profile = (name: string): KeyPlace => ({ kind: 'profile', profile: name });
const iniOf = ({ accessKeyId, secretAccessKey } = aws.keys): string =>
  `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;

describe('a profile', () => {
  it('has keys, and new ones when the file was rotated', async () => {
    write('credentials', `[reports]\n${iniOf()}aws_session_token = a token\n`);
    expect(await find(profile('reports'))).toMatchObject({ ...aws.keys, sessionToken: 'a token' });
    write('credentials', `[reports]\n${iniOf({ accessKeyId: 'AKIANEW', secretAccessKey: 'new' })}`);
    expect(await find(profile('reports'))).toMatchObject({ accessKeyId: 'AKIANEW' });
  });

  it('assumes a role with the keys of its source profile', async () => {
    write('credentials', `[base]\n${iniOf()}`);
    const role = 'arn:aws:iam::123456789012:role/reader';
    write(
      'config',
      `[profile reports]\nrole_arn = ${role}\nsource_profile = base\nexternal_id = canary-external\n`,
    );
    const keys = await find(profile('reports'), 'eu-west-1');
    expect(aws.requests).toMatchObject([
      {
        action: 'AssumeRole',
        region: 'eu-west-1',
        members: { RoleArn: role, ExternalId: 'canary-external' },
      },
    ]);
    expect(aws.world.identities.at(-1)).toMatchObject({ accessKeyId: keys.accessKeyId });
  });

  it('runs a credential process', async () => {
    const answer = { Version: 1, AccessKeyId: 'AKIAPROCESS', SecretAccessKey: 'from a process' };
    write('answer.json', JSON.stringify(answer));
    write('config', `[profile reports]\ncredential_process = cat "${join(home, '.aws', 'answer.json')}"\n`);
    expect(await find(profile('reports'))).toMatchObject({ accessKeyId: 'AKIAPROCESS' });
  });

  it('logs in with the token of aws sso login', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_SSO', near.url);
    write(
      'config',
      `[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example/start\n
[profile reports]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\n`,
    );
    const file = `${createHash('sha1').update('corp').digest('hex')}.json`;
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    write(join('sso', 'cache', file), JSON.stringify({ accessToken: ssoToken, expiresAt, startUrl: 'x' }));
    expect(await find(profile('reports'))).toMatchObject({ accessKeyId: 'ASIANEAR' });
  });

  it('that does not exist is an error', async () => {
    await expect(find(profile('nowhere'))).rejects.toMatchObject({ name: 'CredentialsProviderError' });
  });
});

describe('the default chain', () => {
  it('takes the environment, and sees it change', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFIRST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'first');
    expect(await find(byDefault)).toMatchObject({ accessKeyId: 'AKIAFIRST' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIASECOND');
    expect(await find(byDefault)).toMatchObject({ accessKeyId: 'AKIASECOND' });
  });

  it('takes the profile of AWS_PROFILE', async () => {
    vi.stubEnv('AWS_PROFILE', 'reports');
    write('credentials', `[reports]\n${iniOf()}`);
    expect(await find(byDefault)).toMatchObject(aws.keys);
  });

  it('assumes the role of a web identity token (a pod of Kubernetes)', async () => {
    write('token', 'canary-web-identity-token');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(home, '.aws', 'token'));
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/pod');
    vi.stubEnv('AWS_ROLE_SESSION_NAME', 'pod-1');
    aws.world.webIdentity = ({ token, sessionName }) => {
      if (token !== 'canary-web-identity-token' || sessionName !== 'pod-1') {
        throw new FakeAwsError('InvalidIdentityToken', 'no');
      }
    };
    const keys = await find(byDefault, 'us-east-1');
    aws.world.webIdentity = undefined;
    expect(aws.calls).toEqual(['sts:AssumeRoleWithWebIdentity']);
    expect(keys).toMatchObject({ accessKeyId: aws.world.identities.at(-1)!.accessKeyId });
  });

  it('takes the role of a container', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${near.url}/container`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'canary-container-token');
    expect(await find(byDefault)).toMatchObject({ accessKeyId: 'ASIANEAR', sessionToken: 'near token' });
  });

  it('takes the role of an instance', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', near.url);
    expect(await find(byDefault)).toMatchObject({ accessKeyId: 'ASIANEAR' });
  });

  it('is an error where there is nothing', async () => {
    await expect(find(byDefault)).rejects.toMatchObject({
      name: 'CredentialsProviderError',
      message: 'Could not load credentials from any providers',
    });
  });
});

describe('the role of an instance', () => {
  const instance: KeyPlace = { kind: 'instance' };
  beforeEach(() => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined);
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', near.url);
  });
  const fetched = (): number => near.requests.filter((request) => request.endsWith('canary-role')).length;

  it('wins over keys in the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    expect(await find(instance)).toMatchObject({ accessKeyId: 'ASIANEAR' });
  });

  it('is asked once for connections that open at once, and not again until five minutes before the end', async () => {
    await Promise.all([find(instance), find(instance), find(instance)]);
    await find(instance);
    expect(fetched()).toBe(1);
  });

  it('is asked again when keys are about to expire', async () => {
    nearKeys = { ...nearKeys, expiration: new Date(Date.now() + 299_000) };
    await find(instance);
    await find(instance);
    expect(fetched()).toBe(2);
  });

  it('is asked again when AWS has refused the keys', async () => {
    forgetKeys(await find(instance));
    await new Promise((resolve) => setImmediate(resolve));
    await find(instance);
    expect(fetched()).toBe(2);
  });

  it('is not waited for longer than the login takes', async () => {
    const abort = new AbortController();
    const found = find(instance, undefined, abort.signal);
    abort.abort(new Error('the clock'));
    await expect(found).rejects.toThrow('the clock');
  });
});

it('a process that hangs holds up only those who wait for it: the next login asks anew', async () => {
  write('answer.json', JSON.stringify({ Version: 1, AccessKeyId: 'AKIAPROCESS', SecretAccessKey: 'late' }));
  // The first time it asks somebody who is not there.
  write(
    'ask.sh',
    'if mkdir "$0.asked" 2>/dev/null; then sleep 2; exit 1; fi; cat "$(dirname "$0")/answer.json"\n',
  );
  write('config', `[profile slow]\ncredential_process = sh "${join(home, '.aws', 'ask.sh')}"\n`);
  const stops = [new AbortController(), new AbortController()];
  const both = stops.map(({ signal }) => find(profile('slow'), undefined, signal));
  const gone = Promise.allSettled(both);
  await vi.waitFor(() => {
    expect(existsSync(join(home, '.aws', 'ask.sh.asked'))).toBe(true);
  });
  for (const stop of stops) stop.abort(new Error('too long'));
  expect(await gone).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  expect(await find(profile('slow'))).toMatchObject({ accessKeyId: 'AKIAPROCESS' });
});

it('a failure is not kept', async () => {
  await expect(find(profile('late'))).rejects.toThrow();
  write('credentials', `[late]\n${iniOf()}`);
  expect(await find(profile('late'))).toMatchObject(aws.keys);
});
