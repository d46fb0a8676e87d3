/** BrowserIdcAuthPlugin, step by step: registration, page, code, token, and the errors of IAM Identity Center. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type * as Timers from 'node:timers/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CreateTokenInput, RegisterClientInput, SsoOidc } from '../../../../src/aws/sso-oidc.js';
import {
  browserIdc as plugin,
  countRegistrations,
  forgetRegistrations,
} from '../../../../src/auth/plugins/browser-idc.js';
import { SecretSearch } from '../../../secret-search.js';
import { Raw, isFree } from '../raw.js';
import { trial, type Script, type Trial } from './browser-context.js';

const service = vi.hoisted(() => ({
  regions: [] as string[],
  registered: [] as unknown[],
  asked: [] as unknown[],
  register: (): Promise<object> => Promise.reject(new Error('unset')),
  create: (): Promise<object> => Promise.reject(new Error('unset')),
}));

vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof Timers>();
  return { ...timers, setTimeout: vi.fn(timers.setTimeout) };
});
const { setTimeout: realSleep } = await vi.importActual<typeof Timers>('node:timers/promises');

vi.mock('../../../../src/aws/sso-oidc.js', () => ({
  ssoOidc: async (region: string): Promise<SsoOidc> => {
    service.regions.push(region);
    return {
      registerClient: async (input) => {
        service.registered.push(input);
        return service.register();
      },
      createToken: async (input) => {
        service.asked.push(input);
        return service.create();
      },
    };
  },
}));

const code = 'CANARY-code-eyJraWQ';
const token = 'CANARY-token-aoaAAAA';
const clientSecret = 'CANARY-client-secret-eyJ';
const clientId = 'CANARY-client-id-9c7X';
const issuerUrl = 'https://identitycenter.amazonaws.com/ssoins-1';

const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;

beforeEach(() => {
  forgetRegistrations();
  Object.assign(service, {
    regions: [],
    registered: [],
    asked: [],
    register: async () => ({ clientId, clientSecret, clientSecretExpiresAt: inAnHour() }),
    create: async () => ({ accessToken: token, expiresIn: 3600, tokenType: 'Bearer' }),
  });
});
afterEach(() => {});

class ServiceError extends Error {
  constructor(name: string, description?: string) {
    super('UnknownError');
    this.name = name;
    Object.assign(this, { error: name, error_description: description });
  }
}

/** The browser follows the redirect of the identity provider. */
async function redirect(page: URL, fields: Readonly<Record<string, string>>): Promise<number> {
  const { port, hostname } = new URL(page.searchParams.get('redirect_uri')!);
  const raw = await Raw.open(Number(port), hostname);
  await raw.send(
    `GET /?${new URLSearchParams(fields).toString()} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n`,
  );
  return (await raw.answer()).status;
}

const agree: Script['browse'] = (page) => redirect(page, { code, state: page.searchParams.get('state')! });

function login(options: Script['options'] = {}, browse: Script['browse'] = agree): Trial {
  return trial({
    plugin: plugin.name,
    options: { issuerUrl, idcRegion: 'us-east-1', listenPort: 0, ...options },
    browse,
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a login', () => {
  it('registers this program, opens the page, and exchanges the code with the verifier of its challenge', async () => {
    const { context, pages } = login();
    const before = Date.now();
    const given = await plugin.get(context);
    expect(given).toMatchObject({ kind: 'token', token, tokenType: 'ACCESS_TOKEN' });
    const expires = (given as { expiration: Date }).expiration.getTime();
    expect(expires).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(service.regions).toEqual(['us-east-1']);
    const page = pages[0]!;
    const redirectUri = page.searchParams.get('redirect_uri')!;
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(service.registered).toEqual([
      {
        clientName: 'Amazon Redshift Node.js driver',
        clientType: 'public',
        scopes: ['redshift:connect'],
        issuerUrl,
        redirectUris: [redirectUri],
        grantTypes: ['authorization_code'],
      } satisfies RegisterClientInput,
    ]);
    expect(page.origin + page.pathname).toBe('https://oidc.us-east-1.amazonaws.com/authorize');
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: clientId,
      scopes: 'redshift:connect',
      code_challenge_method: 'S256',
    });
    const asked = service.asked[0] as CreateTokenInput;
    expect(asked).toMatchObject({
      clientId,
      clientSecret,
      grantType: 'authorization_code',
      code,
      redirectUri,
    });
    expect(asked.codeVerifier).toHaveLength(80);
    expect(createHash('sha256').update(asked.codeVerifier).digest('base64url')).toBe(
      page.searchParams.get('code_challenge'),
    );
    expect(await isFree(Number(new URL(redirectUri).port))).toBe(true);
  });

  it('shows idcClientDisplayName on the consent page', async () => {
    await plugin.get(login({ idcClientDisplayName: 'Nightly reports' }).context);
    expect(service.registered).toMatchObject([{ clientName: 'Nightly reports' }]);
  });

  it('opens the page of China in China', async () => {
    const { context, pages } = login({ idcRegion: 'cn-north-1' });
    await plugin.get(context);
    expect(pages[0]!.host).toBe('oidc.cn-north-1.amazonaws.com.cn');
  });

  it('says 15 minutes where the answer does not say how long the token holds', async () => {
    service.create = async () => ({ accessToken: token });
    const before = Date.now();
    const { expiration } = (await plugin.get(login().context)) as { expiration: Date };
    expect(Math.round((expiration.getTime() - before) / 60_000)).toBe(15);
  });

  it('opens one window for two logins at once', async () => {
    const pages: URL[] = [];
    const browse: Script['browse'] = (page) => {
      pages.push(page);
      return agree(page);
    };
    await Promise.all([login({}, browse), login({}, browse)].map(({ context }) => plugin.get(context)));
    expect(pages).toHaveLength(1);
    expect(service.asked).toHaveLength(1);
  });
});

describe('the registration', () => {
  it('is kept until it expires, over all connections of the process', async () => {
    const listenPort = await freePort();
    await plugin.get(login({ listenPort }).context);
    await plugin.get(login({ listenPort }).context);
    expect(service.registered).toHaveLength(1);
    expect(service.asked).toHaveLength(2);
  });

  it.each([
    ['issuer', { issuerUrl: 'https://identitycenter.amazonaws.com/ssoins-2' }],
    ['region', { idcRegion: 'eu-west-1' }],
    ['name', { idcClientDisplayName: 'Other' }],
  ])('is made anew for another %s (redshift_connector forgets the issuer)', async (_, other) => {
    const listenPort = await freePort();
    await plugin.get(login({ listenPort }).context);
    await plugin.get(login({ listenPort, ...other }).context);
    expect(service.registered).toHaveLength(2);
  });

  it('for any free port is of no use to the next login, and does not pile up', async () => {
    for (let nth = 0; nth < 3; nth++) await plugin.get(login({ listenPort: 0 }).context);
    expect(service.registered).toHaveLength(3);
    expect(countRegistrations()).toBe(0);
  });

  it('is made anew when it expires soon', async () => {
    const listenPort = await freePort();
    service.register = async () => ({ clientId, clientSecret, clientSecretExpiresAt: inAnHour() - 3400 });
    await plugin.get(login({ listenPort }).context);
    await plugin.get(login({ listenPort }).context);
    expect(service.registered).toHaveLength(2);
  });

  it('is made anew after a login that came to nothing: the page of a client that was deleted leads nowhere', async () => {
    const listenPort = await freePort();
    const stuck = login({ listenPort }, () => {
      stuck.give.abort(new Error('too long'));
    });
    await expect(plugin.get(stuck.context)).rejects.toThrow('too long');
    await plugin.get(login({ listenPort }).context);
    expect(service.registered).toHaveLength(2);
  });

  it('is made anew after the service no longer knows it', async () => {
    const listenPort = await freePort();
    service.create = () => Promise.reject(new ServiceError('InvalidClientException', 'Client is gone'));
    await expect(plugin.get(login({ listenPort }).context)).rejects.toThrow('Client is gone');
    service.create = async () => ({ accessToken: token, expiresIn: 1 });
    await plugin.get(login({ listenPort }).context);
    expect(service.registered).toHaveLength(2);
  });
});

describe('waiting for the token', () => {
  it.each([
    ['AuthorizationPendingException', [1000, 1000]],
    // RFC 8628 3.5: five seconds more each time.
    ['SlowDownException', [6000, 11_000]],
  ])('asks again after %s', async (name, pauses) => {
    const slept = vi.mocked(sleep);
    slept.mockClear();
    slept.mockResolvedValue(undefined);
    let times = 0;
    service.create = async () => {
      if (++times < 3) throw new ServiceError(name);
      return { accessToken: token, expiresIn: 60 };
    };
    expect(await plugin.get(login().context)).toMatchObject({ token });
    expect(slept.mock.calls.map(([pause]) => pause)).toEqual(pauses);
    slept.mockReset();
    slept.mockImplementation(realSleep);
  });

  it('ends with the signal', async () => {
    service.create = () => Promise.reject(new ServiceError('AuthorizationPendingException'));
    const tried = login();
    const running = plugin.get(tried.context);
    while (service.asked.length === 0) await new Promise(setImmediate);
    const reason = new Error('authTimeout');
    tried.give.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});

describe('a login that fails', () => {
  const failure = (tried: Trial): Promise<Error> =>
    plugin.get(tried.context).then(
      () => {
        throw new Error('it went through');
      },
      (error: unknown) => error as Error,
    );

  it("a page of a proxy is not AWS's answer, and no piece of it is told", async () => {
    service.create = () =>
      Promise.reject(
        new SyntaxError(
          'Unexpected token \'<\', "<canary pa"... is not valid JSON\n  Deserialization error: to see the raw response, inspect …',
        ),
      );
    const error = await failure(login());
    expect(error.message).toContain('gave no token: the answer is not one of AWS (does something else');
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/canary|\n/);
  });

  it.each([
    ['AccessDeniedException', 'not assigned to the application'],
    ['InvalidClientException', 'connect again'],
    ['InvalidGrantException', 'too old or already used'],
    ['ExpiredTokenException', 'too old or already used'],
    ['UnauthorizedClientException', 'redshift:connect'],
    ['InvalidRequestException', 'check issuerUrl'],
  ])("keeps the service's words and says what to do: %s", async (name, hint) => {
    service.create = () => Promise.reject(new ServiceError(name, 'The words of the service'));
    const error = await failure(login());
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      plugin: plugin.name,
      stage: 'identity provider',
      hint: expect.stringContaining(hint) as unknown,
      cause: { name },
    });
    expect(error.message).toContain(`${name}: The words of the service`);
  });

  it('says that the registration failed', async () => {
    service.register = () => Promise.reject(new ServiceError('InvalidRequestException', 'No such issuer'));
    const tried = login();
    const error = await failure(tried);
    expect(error.message).toContain(
      'did not register this program as a client: InvalidRequestException: No such issuer',
    );
    expect(tried.pages).toEqual([]);
  });

  it('a certificate that nobody has signed: says where its authority goes', async () => {
    service.register = () => Promise.reject(new Error('unable to verify the first certificate'));
    expect(await failure(login())).toMatchObject({ hint: expect.stringContaining('as httpsCa') as unknown });
  });

  it("tells the error of the page at once (redshift_connector's code becomes the text None)", async () => {
    const error = await failure(
      login({}, (page) =>
        redirect(page, {
          error: 'access_denied',
          error_description: 'User denied consent',
          state: page.searchParams.get('state')!,
        }),
      ),
    );
    expect(error.message).toContain('access_denied: User denied consent');
    expect(service.asked).toEqual([]);
  });

  it('waits on after a wrong state', async () => {
    const statuses: number[] = [];
    const tried = login({}, async (page) => {
      statuses.push(await redirect(page, { code: 'evil', state: 'wrong' }));
      statuses.push(await redirect(page, { code, state: page.searchParams.get('state')! }));
    });
    expect(await plugin.get(tried.context)).toMatchObject({ token });
    // The page may still be on its way to the browser.
    await vi.waitFor(() => expect(statuses).toEqual([400, 200]));
  });

  it.each([
    '',
    'us-east',
    'US-EAST-1',
    'us-east-1.evil.example',
    'us-east-1/',
    'a-1',
    '-1',
    'us-east-1\n',
    'us_east_1',
  ])('refuses the region %j, which becomes a part of a host name', async (idcRegion) => {
    const tried = login({ idcRegion });
    expect(await failure(tried)).toMatchObject({ stage: 'options', plugin: plugin.name });
    expect([tried.pages, service.regions]).toEqual([[], []]);
  });

  it.each(['us-east-1', 'ap-southeast-4', 'us-gov-west-1', 'cn-northwest-1', 'eusc-de-east-1'])(
    'takes the region %s',
    async (idcRegion) => {
      await plugin.get(login({ idcRegion }).context);
      expect(service.regions).toEqual([idcRegion]);
    },
  );

  it('says that there is no token', async () => {
    service.create = async () => ({});
    expect((await failure(login())).message).toContain('no access token');
  });
});

it('lets no secret out', async () => {
  const search = new SecretSearch([
    ['code', code],
    ['token', token],
    ['clientSecret', clientSecret],
    ['clientId', clientId],
  ]);
  const good = login();
  await plugin.get(good.context);
  service.create = () =>
    Promise.reject(
      new ServiceError('InvalidGrantException', `You sent ${JSON.stringify(service.asked.at(-1))} and hoped`),
    );
  const bad = login();
  const error = await plugin.get(bad.context).catch((caught: unknown) => caught);
  for (const [index, asked] of (service.asked as CreateTokenInput[]).entries())
    search.plant(`verifier ${String(index)}`, asked.codeVerifier);
  for (const page of [...good.pages, ...bad.pages]) search.plant('state', page.searchParams.get('state')!);
  expect([
    ...search.inValue(error, 'the error'),
    ...search.inText([...good.lines, ...bad.lines].join('\n'), 'the log'),
  ]).toEqual([]);
});
