import { Agent } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { samlAssertion } from '../../../src/auth/plugins/saml-assertion.js';
import type { ProviderContext } from '../../../src/auth/provider.js';
import { samlCredentials, type SamlSettings } from '../../../src/auth/saml.js';
import { Secret } from '../../../src/config/secret.js';
import { AuthenticationError } from '../../../src/errors.js';
import { FakeAws, FakeAwsError } from '../../fakes/aws/fake-aws.js';
import {
  createSamlIdp,
  idpShapes,
  redshiftAttribute,
  samlRole,
  samlSession,
  type Claims,
  type IdpShape,
  type SamlIdp,
} from '../../fakes/saml/identity-provider.js';
import { samlJudge } from '../../fakes/saml/sts-judge.js';
import { SecretSearch } from '../../secret-search.js';

const account = 'arn:aws:iam::123456789012';
const reader = `${account}:role/Reader`;
const admin = `${account}:role/Admin`;
const callback = 'http://localhost:7890/redshift/';
const providerOf = (shape: IdpShape): string => `${account}:saml-provider/${shape}`;

let aws: FakeAws;
const idps = new Map<IdpShape, SamlIdp>();
const clock = { ahead: 0 };
beforeAll(async () => {
  aws = await FakeAws.start();
  for (const shape of idpShapes) idps.set(shape, await createSamlIdp(shape));
  const trusts = idpShapes.map(providerOf);
  const trust = { trusts, audiences: ['https://signin.aws.amazon.com/saml', callback] };
  aws.world.saml = samlJudge({
    providers: Object.fromEntries([...idps].map(([shape, idp]) => [providerOf(shape), idp])),
    roles: { [reader]: trust, [admin]: trust },
    now: () => new Date(Date.now() + clock.ahead),
  });
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.requests.length = 0;
  clock.ahead = 0;
});

const claims = (shape: IdpShape, more: Partial<Claims> = {}): Claims => ({
  attributes: [
    [samlRole, [`${admin},${providerOf(shape)}`, `${providerOf(shape)} , ${reader}`]],
    [samlSession, ['alice@corp.test']],
    [redshiftAttribute('DbUser'), ['alice']],
    [redshiftAttribute('DbGroups'), ['Sales', 'Ops', 'Sales']],
    [redshiftAttribute('AutoCreate'), ['True']],
  ],
  ...more,
});

interface Made {
  readonly context: ProviderContext;
  readonly lines: string[];
}
function made(options: ProviderContext['options'] = {}, signal = new AbortController().signal): Made {
  const lines: string[] = [];
  const context: ProviderContext = {
    plugin: 'Okta',
    options: { region: 'us-east-1', stsEndpointUrl: aws.url, ...options },
    http: {
      session: () => {
        throw new Error('no identity provider is asked');
      },
      awsAgent: () => Promise.resolve(new Agent({ ca: aws.ca, keepAlive: false })),
    },
    signal,
    openBrowser: () => Promise.resolve(),
    log: (level, line) => lines.push(`${level}: ${line}`),
  };
  return { context, lines };
}

const search = (assertion: string): SecretSearch => {
  const middle = Math.floor(assertion.length / 2);
  return new SecretSearch([
    ['the response', assertion],
    ['a part of the response', assertion.slice(middle, middle + 60)],
  ]);
};

async function refused(
  assertion: string,
  options: ProviderContext['options'] = {},
  settings?: SamlSettings,
): Promise<AuthenticationError> {
  const { context, lines } = made(options);
  const error = await samlCredentials('Okta', assertion, context, settings).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(search(assertion).inValue(error, 'the error')).toEqual([]);
  expect(search(assertion).inText(lines.join('\n'), 'the log')).toEqual([]);
  return error as AuthenticationError;
}

describe('a login with SAML', () => {
  it.each(idpShapes)('with a response as %s signs it ends in keys that AWS believes', async (shape) => {
    const assertion = idps.get(shape)!.respond(claims(shape));
    const { context, lines } = made();
    const { kind, ...got } = await samlCredentials('Okta', assertion, context);
    expect(kind).toBe('aws');
    expect(got).toMatchObject({
      asserted: { dbUser: 'alice', dbGroups: ['Sales', 'Ops'], autoCreate: true },
    });
    const given = aws.world.identities.at(-1)!;
    expect(got).toMatchObject({
      keys: {
        accessKeyId: given.accessKeyId,
        secretAccessKey: given.secretAccessKey,
        sessionToken: given.sessionToken,
        expiration: given.expiration,
      },
    });
    const [request] = aws.requests;
    expect(aws.calls).toEqual(['sts:AssumeRoleWithSAML']);
    // Unsigned, and the bytes as they came, line ends of Ping too.
    expect(request?.accessKeyId).toBeUndefined();
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.members).toEqual({
      RoleArn: admin,
      PrincipalArn: providerOf(shape),
      SAMLAssertion: assertion,
    });
    expect(lines).toEqual([
      `info: Okta: the SAML assertion offers 2 roles, ${admin} is taken (the first; preferredRole chooses another)`,
    ]);
    expect(search(assertion).inText(lines.join('\n'), 'the log')).toEqual([]);
  });

  it('takes preferredRole, and asks for iamDuration', async () => {
    const assertion = idps.get('okta')!.respond(claims('okta'));
    await samlCredentials('Okta', assertion, made({ preferredRole: reader, iamDuration: 1800 }).context);
    expect(aws.requests[0]?.members).toMatchObject({ RoleArn: reader, DurationSeconds: 1800 });
  });

  it.each([
    ['aws', 'us-east-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-us-gov', 'us-gov-west-1'],
    ['aws-iso', 'us-iso-east-1'],
    ['aws-iso-b', 'us-isob-east-1'],
    ['aws-iso-e', 'eu-isoe-west-1'],
    ['aws-iso-f', 'us-isof-south-1'],
    ['aws-eusc', 'eusc-de-east-1'],
  ])('asks STS of the partition %s when no region is known', async (partition, region) => {
    const value = `${reader},${providerOf('okta')}`.replaceAll('arn:aws:', `arn:${partition}:`);
    const assertion = idps.get('okta')!.respond({ attributes: [[samlRole, [value]]] });
    let asked: string | undefined;
    await samlCredentials('Okta', assertion, made({ region: undefined }).context, {
      assumeRole: (request) => {
        asked = request.region;
        return Promise.resolve(aws.keys);
      },
    });
    expect(asked).toBe(region);
  });

  it('says so when nobody knows the partition', async () => {
    const value = `${reader},${providerOf('okta')}`.replaceAll('arn:aws:', 'arn:aws-moon:');
    const error = await refused(idps.get('okta')!.respond({ attributes: [[samlRole, [value]]] }), {
      region: undefined,
    });
    expect(error.hint).toBe('set region');
  });

  it.each<readonly [string, Claims['attributes'], object]>([
    ['RoleSessionName is the user where DbUser is absent', [[samlSession, ['bob']]], { dbUser: 'bob' }],
    [
      'DbUser wins, whatever comes first',
      [
        [samlSession, ['bob']],
        [redshiftAttribute('DbUser'), ['alice']],
      ],
      { dbUser: 'alice' },
    ],
    [
      'an empty DbUser is none',
      [
        [redshiftAttribute('DbUser'), ['', ' ']],
        [samlSession, ['bob']],
      ],
      { dbUser: 'bob' },
    ],
    ['of several users the first', [[redshiftAttribute('DbUser'), ['', 'b', 'a']]], { dbUser: 'b' }],
    [
      'groups as they are written',
      [[redshiftAttribute('DbGroups'), ['B', '', 'a']]],
      { dbGroups: ['B', 'a'] },
    ],
    [
      'groups of two attributes together',
      [
        [redshiftAttribute('DbGroups'), ['b']],
        [redshiftAttribute('DbGroups'), ['a', 'b']],
      ],
      { dbGroups: ['b', 'a'] },
    ],
    [
      'flags are true only for "true", in any letters',
      [
        [redshiftAttribute('AutoCreate'), ['yes']],
        [redshiftAttribute('AllowDbUserOverride'), ['tRuE']],
        [redshiftAttribute('ForceLowercase'), ['1']],
      ],
      { autoCreate: false, allowDbUserOverride: true, forceLowercase: false },
    ],
    ['nothing is nothing', [], {}],
  ])('%s', async (_what, attributes, asserted) => {
    const role = [samlRole, [`${reader},${providerOf('okta')}`]] as const;
    const assertion = idps.get('okta')!.respond({ attributes: [role, ...attributes] });
    const got = await samlCredentials('Okta', assertion, made().context, {
      assumeRole: () => Promise.resolve(aws.keys),
    });
    expect(got).toEqual({ kind: 'aws', keys: aws.keys, asserted });
  });

  it('tells of several users without naming them', async () => {
    const assertion = idps.get('okta')!.respond({
      attributes: [
        [samlRole, [`${reader},${providerOf('okta')}`]],
        [redshiftAttribute('DbUser'), ['canaryOne', 'canaryTwo']],
      ],
    });
    const { context, lines } = made();
    await samlCredentials('Okta', assertion, context, { assumeRole: () => Promise.resolve(aws.keys) });
    expect(lines).toEqual(['warn: Okta: the SAML assertion has 2 values of dbUser, the first is taken']);
  });

  it('names encrypted attributes where the roles would be', async () => {
    const error = await refused(
      idps.get('okta')!.respond({ attributes: [], rawAttributes: '<saml2:EncryptedAttribute/>' }),
    );
    expect(error.message).toContain('attributes of the SAML assertion are encrypted');
  });
});

describe('the address that a response was made for', () => {
  const at = (destination: string): Promise<unknown> =>
    samlCredentials('Okta', idps.get('okta')!.respond(claims('okta', { destination })), made().context, {
      destination: callback,
      assumeRole: () => Promise.resolve(aws.keys),
    });

  it.each([
    callback,
    'http://127.0.0.1:7890/redshift',
    'https://signin.aws.amazon.com/saml',
    'https://us-east-1.signin.aws.amazon.com/saml/x',
  ])('may be %s', async (destination) => {
    await expect(at(destination)).resolves.toMatchObject({ kind: 'aws' });
  });

  it.each([
    'http://localhost:7891/redshift/',
    'https://evil.test/redshift/',
    'https://signin.aws.amazon.com.evil.test/saml',
    'nonsense',
  ])('may not be %s', async (destination) => {
    await expect(at(destination)).rejects.toMatchObject({
      stage: 'saml',
      hint: expect.stringContaining(callback),
    });
  });
});

describe('what STS refuses is told with what to do', () => {
  const respond = (more: Partial<Claims> = {}): string => idps.get('okta')!.respond(claims('okta', more));
  const session = (name: string): Claims['attributes'] => [
    [samlRole, [`${admin},${providerOf('okta')}`]],
    [samlSession, [name]],
  ];
  const changed = (): string =>
    Buffer.from(Buffer.from(respond(), 'base64').toString().replace('>alice<', '>mallory<')).toString(
      'base64',
    );

  it.each<readonly [string, () => string, string, string]>([
    [
      'a response that was changed',
      changed,
      'InvalidIdentityToken',
      'current metadata of your identity provider',
    ],
    [
      'a response after its end',
      () => respond({ seconds: -1, issued: new Date(Date.now() - 60_000) }),
      'ExpiredToken',
      'it takes a new one',
    ],
    [
      'a response that was kept for six minutes',
      () => respond({ issued: new Date(Date.now() - 360_000), seconds: 3600 }),
      'ExpiredToken',
      'the clock of this machine says',
    ],
    ['another audience', () => respond({ audience: 'urn:other' }), 'InvalidIdentityToken', 'as audience'],
    [
      'another recipient',
      () => respond({ destination: 'http://localhost:1/' }),
      'AccessDenied',
      'SAML:aud http://localhost:1/',
    ],
    [
      'no RoleSessionName',
      () => respond({ attributes: session('') }),
      'InvalidIdentityToken',
      'has to send that attribute',
    ],
    [
      'an odd RoleSessionName',
      () => respond({ attributes: session('a b') }),
      'InvalidIdentityToken',
      'has to send that attribute',
    ],
    [
      'a role that does not trust',
      () =>
        respond({
          attributes: [
            [samlRole, [`${account}:role/Nobody,${providerOf('okta')}`]],
            [samlSession, ['bob']],
          ],
        }),
      'AccessDenied',
      `sts:AssumeRoleWithSAML to ${providerOf('okta')}`,
    ],
    [
      'a provider that AWS does not know',
      () =>
        respond({
          attributes: [
            [samlRole, [`${admin},${account}:saml-provider/Nobody`]],
            [samlSession, ['bob']],
          ],
        }),
      'InvalidIdentityToken',
      `check the IAM identity provider ${account}:saml-provider/Nobody`,
    ],
    [
      'a response longer than STS takes',
      () => respond({ attributes: [...session('bob'), ['x', ['y'.repeat(90_000)]]] }),
      'ValidationError',
      'at most 100000 characters',
    ],
  ])('%s', async (_what, assertion, name, hint) => {
    const error = await refused(assertion());
    expect(error).toMatchObject({ plugin: 'Okta', stage: 'sts', retryable: false });
    expect(error.message).toContain(name);
    expect(error.hint).toContain(hint);
    expect((error.cause as Error).name).toContain(name);
  });

  it.each<readonly [string, string, string]>([
    ['IDPRejectedClaim', 'The claim has expired', 'sign in at the identity provider again'],
    ['RegionDisabledException', 'STS is not activated in this region', 'activate it, or set region'],
    ['PackedPolicyTooLarge', 'Packed size is 120%', 'let the identity provider send fewer'],
    ['MalformedPolicyDocument', 'Syntax errors', 'check what the identity provider sends'],
    [
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      'iamDuration may not be longer',
    ],
    ['InvalidIdentityToken', 'Something else', 'http://www.okta.test/exk1canary'],
    ['AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML', 'the trust policy of the role'],
    ['SomethingNew', 'Nobody knows', `check the role ${admin}`],
  ])('%s: %s', async (code, message, hint) => {
    aws.fail({ kind: 'error', error: new FakeAwsError(code, message) });
    const error = await refused(respond());
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(error.cause).toMatchObject({ httpStatusCode: 400, message });
  });

  it('a role of another partition than the region', async () => {
    const value = `${reader},${providerOf('okta')}`.replaceAll('arn:aws:', 'arn:aws-cn:');
    const error = await refused(respond({ attributes: [[samlRole, [value]]] }));
    expect(error.hint).toBe(
      'the role is in the partition aws-cn, and the region us-east-1 is not: set region or preferredRole',
    );
  });

  it.each([
    ['aws-iso', 'us-iso-west-1'],
    ['aws-iso-e', 'eu-isoe-west-1'],
    ['aws-iso-f', 'us-isof-south-1'],
  ])('a role of the region’s own partition %s is not taken for one of another', async (partition, region) => {
    const value = `${reader},${providerOf('okta')}`.replaceAll('arn:aws:', `arn:${partition}:`);
    const error = await samlCredentials(
      'Okta',
      respond({ attributes: [[samlRole, [value]]] }),
      made({ region }).context,
      {
        assumeRole: () =>
          Promise.reject(
            Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
          ),
      },
    ).catch((thrown: unknown) => thrown);
    expect((error as AuthenticationError).hint).toContain('trust policy');
  });

  it.each(['base64', 'hex', 'url'])('a text of AWS that repeats the response (%s) is cut', async (how) => {
    const assertion = respond();
    const repeated = {
      base64: assertion.slice(100, 900),
      hex: Buffer.from(assertion).toString('hex'),
      url: encodeURIComponent(assertion),
    }[how]!;
    aws.fail({
      kind: 'error',
      error: new FakeAwsError('ValidationError', `Value '${repeated}' at 'sAMLAssertion'`),
    });
    expect((await refused(assertion)).message).toContain("Value '***' at 'sAMLAssertion'");
  });

  it('an endpoint that nobody listens at', async () => {
    const error = await refused(
      respond(),
      {},
      {
        assumeRole: () =>
          Promise.reject(
            Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
          ),
      },
    );
    expect(error.message).toContain(
      'STS could not be asked in us-east-1: Error: connect ECONNREFUSED 127.0.0.1:1',
    );
    expect(error).toMatchObject({ stage: 'sts', retryable: true });
  });

  it('an endpoint behind a proxy that opens TLS: its certificate is signed by nobody who is trusted', async () => {
    const code = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
    const failed = Object.assign(new Error('unable to verify the first certificate'), { code });
    const error = await refused(respond(), {}, { assumeRole: () => Promise.reject(failed) });
    expect(error.message).toContain('unable to verify the first certificate');
    // Trying again changes nothing.
    expect(error).toMatchObject({ stage: 'sts', hint: expect.stringContaining('httpsCa'), retryable: false });
  });

  it.each([
    [200, 'text/html', '<html><title>Sign in<br></title>canary</html>'],
    [403, 'text/html', '<html><title>Oops</title><h1>canary'],
    [404, 'text/xml', ''],
    [200, 'text/xml', '<ErrorResponse><Error>canary'],
  ])('a page of a proxy is not an answer of AWS (%i, %s)', async (status, type, body) => {
    aws.fail({ kind: 'answer', status, type, body });
    const error = await refused(respond());
    // A parser's words show pieces of what it could not read, on several lines.
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/canary|Oops|Sign in|hidden field|\n/);
    expect(error.message).toContain(
      `STS could not be asked in us-east-1: the answer is not one of AWS (HTTP status ${String(status)})`,
    );
    expect(error).toMatchObject({
      stage: 'sts',
      retryable: false,
      hint: expect.stringContaining('stsEndpointUrl'),
    });
  });

  it('a region that is none is an error of the option', async () => {
    const { context } = made({ region: 'us-east-1.evil.test' });
    await expect(samlCredentials('Okta', respond(), context)).rejects.toThrow('Option region');
    expect(aws.requests).toEqual([]);
  });

  it('gives up at once with the signal', async () => {
    const giveUp = new AbortController();
    const reason = new Error('enough');
    aws.fail({ kind: 'hang' });
    const waiting = samlCredentials('Okta', respond(), made({}, giveUp.signal).context);
    setTimeout(() => giveUp.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('SamlCredentialsProvider: a response of your own', () => {
  const get = (value: string | (() => string | Promise<string>), signal?: AbortSignal): Promise<unknown> =>
    samlAssertion.get(made({ samlAssertion: new Secret('samlAssertion', value) }, signal).context);

  it('is taken as text', async () => {
    await expect(get(idps.get('entra')!.respond(claims('entra')))).resolves.toMatchObject({ kind: 'aws' });
  });

  it('is asked for once a login when it is a function', async () => {
    let calls = 0;
    const fresh = async (): Promise<string> => {
      calls++;
      return idps.get('adfs')!.respond(claims('adfs'));
    };
    await get(fresh);
    await get(fresh);
    expect(calls).toBe(2);
  });

  it('tells that the function failed, and its error as the cause', async () => {
    const cause = new Error('CanaryOfTheFunction');
    const error = await get(() => Promise.reject(cause)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ plugin: 'SamlCredentialsProvider', stage: 'saml', cause });
    expect((error as Error).message).not.toContain('Canary');
  });

  it('does not wait for a function that never answers', async () => {
    const giveUp = new AbortController();
    const waiting = get(() => new Promise(() => undefined), giveUp.signal);
    giveUp.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('says what is missing', async () => {
    await expect(samlAssertion.get(made().context)).rejects.toThrow('needs the option samlAssertion');
  });
});
