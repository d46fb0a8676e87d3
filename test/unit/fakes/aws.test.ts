/** The fake AWS refuses what the real one refuses: the signature first of all, and members that are not as the model has them. */
import { request as httpsRequest } from 'node:https';
import { GetClusterCredentialsCommand, RedshiftClient } from '@aws-sdk/client-redshift';
import {
  GetCredentialsCommand,
  GetWorkgroupCommand,
  RedshiftServerlessClient,
} from '@aws-sdk/client-redshift-serverless';
import { RegisterClientCommand, CreateTokenCommand, SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createHash } from 'node:crypto';
import { Agent } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeAws, FakeAwsError } from '../../fakes/aws/fake-aws.js';
import { checkSignature, readAuthorization } from '../../fakes/aws/signature.js';

let aws: FakeAws;
let agent: Agent;
beforeAll(async () => {
  aws = await FakeAws.start();
  agent = new Agent({ ca: aws.ca });
  aws.world.clusters.push({ region: 'us-east-1', identifier: 'sales', address: 'sales.example', port: 5440 });
  aws.world.workgroups.push({ region: 'us-east-1', name: 'wg', address: 'wg.example' });
});
beforeEach(() => {
  aws.requests.length = 0;
});
afterAll(async () => {
  agent.destroy();
  await aws.close();
});

const settings = (
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = aws.keys,
) => ({
  region: 'us-east-1',
  endpoint: aws.url,
  credentials: keys,
  maxAttempts: 1,
  requestHandler: { httpsAgent: agent },
});

describe('signatures', () => {
  it('accepts the example of the AWS documentation, and nothing beside it', () => {
    // "Examples of the complete Signature Version 4 signing process": GET ListUsers of IAM.
    const headers = {
      host: 'iam.amazonaws.com',
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    };
    const example = {
      method: 'GET',
      target: '/?Action=ListUsers&Version=2010-05-08',
      headers,
      body: Buffer.of(),
    };
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    const now = new Date('2015-08-30T12:36:00Z');
    const check = (change: Partial<typeof example>, key = secret, at = now): void =>
      checkSignature({ ...example, ...change }, readAuthorization(change.headers ?? headers), key, at);
    check({});
    expect(() => check({}, `${secret}x`)).toThrow('does not match');
    expect(() => check({}, secret, new Date('2015-08-30T12:42:00Z'))).toThrow('Signature expired');
    expect(() => check({ body: Buffer.from('x') })).toThrow('does not match');
    expect(() => check({ method: 'POST' })).toThrow('does not match');
    expect(() => check({ target: '/?Action=ListUsers&Version=2010-05-09' })).toThrow('does not match');
    const unsigned = { ...headers, 'x-amz-security-token': 'unsigned' };
    expect(() => check({ headers: unsigned })).toThrow('have to be signed: x-amz-security-token');
    const yesterday = { ...headers, 'x-amz-date': '20150829T235900Z' };
    expect(() => check({ headers: yesterday })).toThrow('Date in Credential scope');
    expect(() => readAuthorization({})).toThrow('Request is missing Authentication Token');
    expect(() => readAuthorization({ authorization: 'AWS4-HMAC-SHA256 nonsense' })).toThrow(FakeAwsError);
  });

  it.each([
    ['another secret', () => ({ ...aws.keys, secretAccessKey: 'wrong' }), 'SignatureDoesNotMatch'],
    ['an unknown key', () => ({ ...aws.keys, accessKeyId: 'AKIAUNKNOWN' }), 'InvalidClientTokenId'],
    ['a session token that nobody gave', () => ({ ...aws.keys, sessionToken: 'x' }), 'InvalidClientTokenId'],
  ])('refuses the SDK with %s', async (_what, keys, name) => {
    using client = destroyed(new RedshiftClient(settings(keys())));
    const call = client.client.send(
      new GetClusterCredentialsCommand({ DbUser: 'u', ClusterIdentifier: 'sales' }),
    );
    await expect(call).rejects.toMatchObject({ name });
    expect(aws.requests).toEqual([]);
  });

  it('refuses an expired session', async () => {
    const session = aws.world.assume('arn:aws:iam::123456789012:role/r', 'me', -1);
    using client = destroyed(new RedshiftClient(settings(session)));
    const call = client.client.send(
      new GetClusterCredentialsCommand({ DbUser: 'u', ClusterIdentifier: 'sales' }),
    );
    await expect(call).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it('wants the session token of a role, signed', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = aws.world.assume(
      'arn:aws:iam::123456789012:role/r',
      'me',
      900,
    );
    using bare = destroyed(new STSClient(settings({ accessKeyId, secretAccessKey })));
    await expect(bare.client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    using whole = destroyed(
      new STSClient(settings({ accessKeyId, secretAccessKey, sessionToken: sessionToken! })),
    );
    const { Arn } = await whole.client.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe('arn:aws:sts::123456789012:assumed-role/r/me');
  });
});

describe('the real clients', () => {
  it('get a database login from Redshift', async () => {
    using client = destroyed(new RedshiftClient(settings()));
    const answer = await client.client.send(
      new GetClusterCredentialsCommand({
        DbUser: 'alice',
        DbName: 'dev',
        ClusterIdentifier: 'sales',
        DbGroups: ['a', 'b'],
        AutoCreate: true,
        DurationSeconds: 1200,
      }),
    );
    const [minted] = aws.world.loginsOf('IAMA:alice');
    expect(answer).toMatchObject({
      DbUser: 'IAMA:alice',
      DbPassword: minted!.password,
      Expiration: minted!.validUntil,
    });
    expect(minted).toMatchObject({ groups: ['a', 'b'], database: 'dev', cluster: 'sales' });
    expect(aws.requests[0]).toMatchObject({
      service: 'redshift',
      region: 'us-east-1',
      accessKeyId: aws.keys.accessKeyId,
    });
  });

  it('get a login and an address from Redshift Serverless', async () => {
    using client = destroyed(new RedshiftServerlessClient(settings()));
    const answer = await client.client.send(
      new GetCredentialsCommand({ workgroupName: 'wg', dbName: 'dev' }),
    );
    expect(answer).toMatchObject({ dbUser: 'IAM:canary', expiration: aws.world.logins.at(-1)!.validUntil });
    const { workgroup } = await client.client.send(new GetWorkgroupCommand({ workgroupName: 'wg' }));
    expect(workgroup?.endpoint).toMatchObject({ address: 'wg.example', port: 5439 });
    await expect(
      client.client.send(new GetCredentialsCommand({ customDomainName: 'nobody.example' })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Custom domain nobody.example not found.',
    });
  });

  it('assume a role without a signature, when the assertion is believed', async () => {
    using client = destroyed(new STSClient(settings()));
    const command = new AssumeRoleWithSAMLCommand({
      RoleArn: 'arn:aws:iam::123456789012:role/reader',
      PrincipalArn: 'arn:aws:iam::123456789012:saml-provider/idp',
      SAMLAssertion: 'PHNhbWw+',
    });
    await expect(client.client.send(command)).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
    aws.world.saml = ({ assertion }) => {
      if (assertion !== 'PHNhbWw+') throw new FakeAwsError('InvalidIdentityToken', 'no');
    };
    const { Credentials } = await client.client.send(command);
    aws.world.saml = undefined;
    expect(aws.requests.at(-1)!.accessKeyId).toBeUndefined();
    expect(Credentials?.Expiration).toBeInstanceOf(Date);
    expect(aws.world.identities.at(-1)).toMatchObject({ accessKeyId: Credentials?.AccessKeyId });
  });

  it('register at Identity Center and change a code for a token', async () => {
    using client = destroyed(new SSOOIDCClient(settings()));
    const redirectUri = 'http://127.0.0.1:7890';
    const { clientId, clientSecret } = await client.client.send(
      new RegisterClientCommand({
        clientName: 'a test',
        clientType: 'public',
        scopes: ['redshift:connect'],
        redirectUris: [redirectUri],
        grantTypes: ['authorization_code'],
        issuerUrl: 'https://identitycenter.amazonaws.com/ssoins-canary',
      }),
    );
    const codeVerifier = 'v'.repeat(80);
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId!,
      redirect_uri: redirectUri,
      state: 'the state',
      scopes: 'redshift:connect',
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const back = new URL(await locationOf(`/authorize?${query.toString()}`));
    expect(back.searchParams.get('state')).toBe('the state');
    const code = back.searchParams.get('code')!;
    const change = (verifier: string) =>
      client.client.send(
        new CreateTokenCommand({
          clientId,
          clientSecret,
          code,
          codeVerifier: verifier,
          redirectUri,
          grantType: 'authorization_code',
        }),
      );
    expect((await change(codeVerifier)).accessToken).toBe(aws.world.accessTokens.at(-1));
    await expect(change(codeVerifier)).rejects.toMatchObject({ name: 'InvalidGrantException' });
  });
});

describe('members', () => {
  it.each([
    [
      'a missing one',
      'Action=GetClusterCredentials&Version=2012-12-01&ClusterIdentifier=sales',
      'parameter DbUser',
    ],
    ['another spelling', 'Action=GetClusterCredentials&Version=2012-12-01&DBUser=u', 'DBUser is no member'],
    [
      'a list of another item name',
      'Action=GetClusterCredentials&Version=2012-12-01&DbUser=u&DbGroups.member.1=g',
      'is no member',
    ],
    [
      'a duration out of bounds',
      'Action=GetClusterCredentials&Version=2012-12-01&DbUser=u&DurationSeconds=100',
      'constraint',
    ],
    ['another version', 'Action=GetClusterCredentials&Version=2012-12-02&DbUser=u', 'Version'],
    ['an unknown action', 'Action=DeleteCluster&Version=2012-12-01', 'DeleteCluster'],
  ])('refuses %s', async (_what, body, text) => {
    expect(await post(body)).toContain(text);
  });
});

describe('faults', () => {
  const call = (options = {}) => {
    const client = new RedshiftClient({ ...settings(), ...options });
    return client
      .send(new GetClusterCredentialsCommand({ DbUser: 'u', ClusterIdentifier: 'sales' }))
      .finally(() => client.destroy());
  };
  it('throttles once, and the SDK tries again', async () => {
    aws.fail({ kind: 'throttle' });
    await call({ maxAttempts: 2 });
    expect(aws.calls).toEqual(['redshift:GetClusterCredentials', 'redshift:GetClusterCredentials']);
  });
  it.each([false, true])('cuts the connection, in the answer: %s', async (inAnswer) => {
    aws.fail({ kind: 'cut', inAnswer });
    await expect(call()).rejects.toThrow();
  });
  it('hangs until the client gives up', async () => {
    aws.fail({ kind: 'hang' }, { action: 'GetClusterCredentials' });
    const client = new RedshiftClient(settings());
    const abort = new AbortController();
    const command = new GetClusterCredentialsCommand({ DbUser: 'u', ClusterIdentifier: 'sales' });
    const sent = client.send(command, { abortSignal: abort.signal });
    while (aws.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    client.destroy();
  });
});

function destroyed<C extends { destroy(): void }>(client: C): { client: C } & Disposable {
  return { client, [Symbol.dispose]: () => client.destroy() };
}

function locationOf(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`${aws.url}${path}`, { ca: aws.ca, agent: false }, (response) => {
      response.resume();
      resolve(response.headers.location ?? '');
    });
    request.on('error', reject).end();
  });
}

function post(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = httpsRequest(
      aws.url,
      { method: 'POST', ca: aws.ca, agent: false, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      },
    );
    request.on('error', reject).end(body);
  });
}
