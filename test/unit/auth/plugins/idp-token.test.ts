/** IdpTokenAuthPlugin: a token of Identity Center, or AWS keys that are changed into one; never both, never half of one. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { idpTokenPlugin, type IdentityCenterToken } from '../../../../src/auth/plugins/idp-token.js';
import type { PluginOptions } from '../../../../src/auth/provider.js';
import { contextOf, secret } from './context.js';

const name = 'IdpTokenAuthPlugin';
const keys = {
  accessKeyId: secret('canary-id'),
  secretAccessKey: secret('canary-key'),
  sessionToken: secret('canary-session'),
};
const cluster = { region: 'eu-west-1', clusterIdentifier: 'reports' };

function asked(answer: Awaited<ReturnType<IdentityCenterToken>> | Error): {
  plugin: ReturnType<typeof idpTokenPlugin>;
  requests: Parameters<IdentityCenterToken>[0][];
} {
  const requests: Parameters<IdentityCenterToken>[0][] = [];
  const plugin = idpTokenPlugin((request) => {
    requests.push(request);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { plugin, requests };
}
const expiration = new Date('2030-01-01');
const minted = { token: 'canary-subject', expiration };

async function problem(
  options: PluginOptions,
  answer: Parameters<typeof asked>[0] = minted,
): Promise<unknown> {
  const { plugin, requests } = asked(answer);
  const context = contextOf(name, options);
  const error: unknown = await plugin.get(context).then(
    () => 'nothing wrong',
    (failure: unknown) => failure,
  );
  const seen = inspect(error, { depth: 9 }) + JSON.stringify(error) + context.lines.join();
  expect(seen).not.toContain('canary');
  if ((error as { stage?: string }).stage === 'options') expect(requests).toEqual([]);
  return error;
}

describe('with a token', () => {
  it('gives it with its type, asked for anew for every connection', async () => {
    let calls = 0;
    const { plugin, requests } = asked(minted);
    const options = { token: secret(async () => `canary${String(++calls)}\n`), tokenType: 'EXT_JWT' };
    for (const token of ['canary1', 'canary2']) {
      expect(await plugin.get(contextOf(name, options))).toEqual({
        kind: 'token',
        token,
        tokenType: 'EXT_JWT',
      });
    }
    expect(requests).toEqual([]);
    expect(plugin.reusable).toBe(false);
  });

  it('that is empty is an error', async () => {
    expect(await problem({ token: secret(''), tokenType: 'ACCESS_TOKEN' })).toMatchObject({
      plugin: name,
      stage: 'token',
      message: /option token gave an empty token/,
    });
  });
});

describe('with AWS keys', () => {
  it('changes them into a subject token of the cluster', async () => {
    const { plugin, requests } = asked(minted);
    const context = contextOf(name, { ...keys, ...cluster, endpointUrl: 'https://vpce.example' });
    expect(await plugin.get(context)).toEqual({
      kind: 'token',
      token: 'canary-subject',
      tokenType: 'SUBJECT_TOKEN',
      expiration,
    });
    expect(requests).toMatchObject([
      {
        service: 'provisioned',
        name: 'reports',
        region: 'eu-west-1',
        endpointUrl: 'https://vpce.example',
        keys: { accessKeyId: 'canary-id', secretAccessKey: 'canary-key', sessionToken: 'canary-session' },
      },
    ]);
    expect(context.lines).toEqual([
      `debug ${name}: GetIdentityCenterAuthToken of cluster reports in eu-west-1`,
    ]);
  });

  it.each([
    [{ serverlessWorkGroup: 'wg' }, 'serverless', 'wg'],
    [{ serverlessWorkGroup: 'wg', clusterIdentifier: 'reports' }, 'provisioned', 'reports'],
    [{ serverlessWorkGroup: 'wg', clusterIdentifier: 'reports', isServerless: true }, 'serverless', 'wg'],
  ])('%j is asked for at the right service', async (place, service, target) => {
    const { plugin, requests } = asked(minted);
    await plugin.get(contextOf(name, { ...keys, region: 'us-east-1', ...place }));
    expect(requests).toMatchObject([{ service, name: target, region: 'us-east-1' }]);
  });

  it.each([
    [{ clusterIdentifier: 'c' }, 'needs region (the host does not tell'],
    [{ region: 'us-east-1' }, 'needs clusterIdentifier or serverlessWorkGroup'],
    [{ region: 'us-east-1', isServerless: true }, 'needs serverlessWorkGroup'],
    [{}, 'needs region and clusterIdentifier or serverlessWorkGroup'],
  ])('and the place %j it says what is missing before anybody is asked', async (place, message) => {
    expect(await problem({ ...keys, ...place })).toMatchObject({
      plugin: name,
      stage: 'options',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it.each([
    ['ClusterNotFoundFault', 'Cluster reports not found.', 'check clusterIdentifier and region'],
    ['AccessDenied', 'User x is not authorized', 'redshift:GetIdentityCenterAuthToken'],
    ['ResourceNotFoundException', 'no such workgroup', 'check serverlessWorkGroup'],
    ['ExpiredToken', 'The security token is expired', 'renew sessionToken'],
    ['SomethingNew', 'words of the service', undefined],
    ['InvalidClientTokenId', 'The token *** is invalid', 'AWS does not know this accessKeyId'],
  ])("keeps the service's %s and says what to do", async (code, message, hint) => {
    const answer = Object.assign(new Error(message.replace('***', 'canary-session')), { name: code });
    // What the SDK hangs on its errors.
    Object.defineProperty(answer, '$response', { value: { body: 'canary' } });
    const error = await problem({ ...keys, ...cluster }, answer);
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      plugin: name,
      stage: 'redshift api',
      cause: { name: code, message },
    });
    expect((error as Error).message).toContain(
      `GetIdentityCenterAuthToken of cluster reports in eu-west-1 failed: ${code}: ${message}`,
    );
    if (hint !== undefined) expect((error as { hint: string }).hint).toContain(hint);
  });

  it("a page of a proxy is not AWS's answer, and no piece of it is told", async () => {
    const answer = new SyntaxError(
      'Unexpected token \'<\', "<canary pa"... is not valid JSON\n  Deserialization error: to see the raw response, inspect …',
    );
    const error = await problem({ ...keys, ...cluster }, answer);
    expect(error).toMatchObject({
      message: expect.stringContaining('in eu-west-1 failed: the answer is not one of AWS (does something'),
      hint: expect.stringContaining('endpointUrl'),
      cause: { message: 'the answer is not one of AWS' },
    });
    expect((error as Error).message).not.toMatch(/canary|\n/);
  });

  it.each([undefined, ''])('an answer without a token (%j) is an error', async (token) => {
    expect(await problem({ ...keys, ...cluster }, { token, expiration: undefined })).toMatchObject({
      plugin: name,
      stage: 'redshift api',
      message: expect.stringContaining('gave no token of cluster reports in eu-west-1') as unknown,
    });
  });

  it('ends with the login', async () => {
    const clock = new AbortController();
    const reason = new Error('given up');
    const plugin = idpTokenPlugin(({ signal }) => {
      clock.abort(reason);
      return Promise.reject(Object.assign(new Error('aborted'), { name: 'AbortError', signal }));
    });
    const context = contextOf(name, { ...keys, ...cluster }, { signal: clock.signal });
    await expect(plugin.get(context)).rejects.toBe(reason);
  });
});

describe('with options that do not go together', () => {
  const token = secret('canary-token');
  it.each<[string, PluginOptions, RegExp]>([
    ['none', {}, /needs a token or AWS keys \(give token and tokenType/],
    [
      'both',
      { token, tokenType: 'EXT_JWT', ...keys },
      /not both; given were token, tokenType, accessKeyId, secretAccessKey, sessionToken/,
    ],
    ['a token and one key', { token, tokenType: 'EXT_JWT', accessKeyId: keys.accessKeyId }, /not both/],
    ['a token without its type', { token }, /lacks tokenType/],
    ['a type without its token', { tokenType: 'EXT_JWT' }, /lacks token /],
    ['one key', { accessKeyId: keys.accessKeyId }, /lacks secretAccessKey and sessionToken/],
    ['permanent keys', { ...keys, sessionToken: undefined }, /lacks sessionToken/],
  ])('%s: the error says what is wrong', async (_what, options, message) => {
    const error = await problem({ ...options, ...cluster });
    expect(error).toMatchObject({ name: 'AuthenticationError', plugin: name, stage: 'options' });
    expect((error as Error).message).toMatch(message);
  });
});
