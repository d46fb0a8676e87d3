/** BrowserAzureOAuth2CredentialsProvider, step by step (authentication facts: authorization code with form_post and PKCE). */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { noteCircumstances } from '../../../../src/auth/circumstances.js';
import { browserAzureOAuth2 as plugin } from '../../../../src/auth/plugins/browser-azure-oauth2.js';
import { SecretSearch } from '../../../secret-search.js';
import { isFree } from '../raw.js';
import { post, trial, type Script, type Trial } from './browser-context.js';

const code = 'CANARY-code-0.AXo+/=';
const token = 'CANARY-access-token.eyJ.x';
const clientId = 'CANARY-client-11112222';
const clientSecret = 'CANARY-secret-~&=%';

function login(script: Partial<Script> = {}): Trial {
  return trial({
    plugin: plugin.name,
    options: { idpTenant: 'tenant-1', clientId, scope: 'api://x/jdbc_login' },
    browse: (page) => post(page, { code, state: page.searchParams.get('state')!, session_state: 's' }),
    answer: () => ({ body: { token_type: 'Bearer', expires_in: 3599, access_token: token } }),
    ...script,
  });
}

const portOf = (page: URL): number => Number(new URL(page.searchParams.get('redirect_uri')!).port);

describe('a login', () => {
  it('opens the page of the tenant with all that the protocol wants, PKCE included', async () => {
    const { context, pages } = login();
    await plugin.get(context);
    const [page] = pages;
    expect(page!.origin + page!.pathname).toBe(
      'https://login.microsoftonline.com/tenant-1/oauth2/v2.0/authorize',
    );
    const { redirect_uri, state, code_challenge, ...rest } = Object.fromEntries(page!.searchParams);
    expect(rest).toEqual({
      response_type: 'code',
      response_mode: 'form_post',
      client_id: clientId,
      scope: 'openid api://x/jdbc_login',
      code_challenge_method: 'S256',
    });
    expect(redirect_uri).toMatch(/^http:\/\/localhost:\d+\/redshift\/$/);
    expect(Buffer.from(state!, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(code_challenge).toHaveLength(43);
  });

  it('exchanges the code, with the verifier of the challenge, for the token', async () => {
    const { context, pages, requests } = login();
    const before = Date.now();
    const given = await plugin.get(context);
    expect(given).toMatchObject({ kind: 'token', token });
    const expiration = (given as { expiration: Date }).expiration.getTime();
    expect(expiration).toBeGreaterThanOrEqual(before + 3_599_000);
    expect(expiration).toBeLessThanOrEqual(Date.now() + 3_599_000);
    expect(requests).toHaveLength(1);
    const { url, fields, request } = requests[0]!;
    expect(request.method).toBe('POST');
    expect(url).toBe('https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token');
    const { code_verifier, ...rest } = Object.fromEntries(fields);
    expect(rest).toEqual({
      grant_type: 'authorization_code',
      scope: 'openid api://x/jdbc_login',
      client_id: clientId,
      code,
      redirect_uri: pages[0]!.searchParams.get('redirect_uri'),
    });
    expect(createHash('sha256').update(code_verifier!).digest('base64url')).toBe(
      pages[0]!.searchParams.get('code_challenge'),
    );
  });

  it('takes the state in front of the code, and a code with signs that a form encodes (redshift_connector cuts them wrong)', async () => {
    const { context, requests } = login({
      browse: (page) => post(page, { state: page.searchParams.get('state')!, code }),
    });
    await plugin.get(context);
    expect(requests[0]!.fields.get('code')).toBe(code);
  });

  it('sends clientSecret of a confidential application', async () => {
    const { context, requests } = login({ options: { idpTenant: 't', clientId, clientSecret } });
    await plugin.get(context);
    expect(requests[0]!.fields.get('client_secret')).toBe(clientSecret);
  });

  it.each([
    ['us-gov', 'login.microsoftonline.us'],
    [' US-Gov ', 'login.microsoftonline.us'],
    ['cn', 'login.chinacloudapi.cn'],
    ['commercial', 'login.microsoftonline.com'],
    ['', 'login.microsoftonline.com'],
  ])('goes to the cloud of idpPartition %j', async (idpPartition, host) => {
    const { context, pages, requests } = login({ options: { idpTenant: 't', clientId, idpPartition } });
    await plugin.get(context);
    expect([pages[0]!.host, new URL(requests[0]!.url).host]).toEqual([host, host]);
  });

  it('uses listenPort when it is given', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const { context, pages } = login({ options: { idpTenant: 't', clientId, listenPort: port } });
    await plugin.get(context);
    expect(portOf(pages[0]!)).toBe(port);
  });

  it('opens one window for two logins at once, and another one for other settings', async () => {
    const pages: URL[] = [];
    const browse: Script['browse'] = (page) => {
      pages.push(page);
      return post(page, { code, state: page.searchParams.get('state')! });
    };
    const [a, b] = await Promise.all(
      [login({ browse }), login({ browse })].map(({ context }) => plugin.get(context)),
    );
    expect(a).toEqual(b);
    expect(pages).toHaveLength(1);
    const options = { idpTenant: 't', clientId, clientSecret: 'one' };
    await Promise.all(
      [login({ browse, options }), login({ browse, options: { ...options, clientSecret: 'two' } })].map(
        ({ context }) => plugin.get(context),
      ),
    );
    expect(pages).toHaveLength(3);
  });

  it('shares no window with a login that trusts other certificates, goes another way, or is shown to somebody else', async () => {
    const pages: URL[] = [];
    const browse: Script['browse'] = (page) => {
      pages.push(page);
      return post(page, { code, state: page.searchParams.get('state')! });
    };
    const ways = ['checked', 'not checked', 'checked'].map((way) => {
      const { context } = login({ browse });
      noteCircumstances(context.http, [way]);
      return plugin.get(context);
    });
    await Promise.all(ways);
    expect(pages).toHaveLength(2);
  });

  it('has a state and a verifier of its own each time', async () => {
    const { context, pages } = login();
    await plugin.get(context);
    await plugin.get(context);
    for (const name of ['state', 'code_challenge'])
      expect(pages[0]!.searchParams.get(name)).not.toBe(pages[1]!.searchParams.get(name));
  });

  it('leaves the port free', async () => {
    const { context, pages } = login();
    await plugin.get(context);
    expect(await isFree(portOf(pages[0]!))).toBe(true);
  });
});

describe('a login that fails', () => {
  const failure = async ({ context }: Trial): Promise<Error> =>
    plugin.get(context).then(
      () => {
        throw new Error('it went through');
      },
      (error: unknown) => error as Error,
    );

  it('waits on after a wrong state, and says so to the log', async () => {
    const statuses: number[] = [];
    const { context, lines } = login({
      browse: async (page) => {
        statuses.push(await post(page, { code: 'evil', state: 'wrong' }));
        statuses.push(await post(page, { code: 'evil' }));
        statuses.push(await post(page, { error: 'access_denied', state: 'wrong' }));
        statuses.push(await post(page, { code, state: page.searchParams.get('state')! }));
      },
    });
    expect(await plugin.get(context)).toMatchObject({ token });
    // The page may still be on its way to the browser.
    await vi.waitFor(() => expect(statuses).toEqual([400, 400, 400, 200]));
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(3);
  });

  it("tells the provider's own error at once (redshift_connector goes on waiting)", async () => {
    const error = await failure(
      login({
        browse: (page) =>
          post(page, {
            error: 'access_denied',
            error_description: 'AADSTS65001: The user or administrator has not consented.\r\nTrace ID: 1',
            state: page.searchParams.get('state')!,
          }),
      }),
    );
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      plugin: plugin.name,
      stage: 'identity provider',
      hint: 'user or administrator have to consent to the application first',
    });
    expect(error.message).toContain(
      'access_denied: AADSTS65001: The user or administrator has not consented. Trace ID: 1',
    );
  });

  it('says that there is neither code nor error', async () => {
    const error = await failure(
      login({ browse: (page) => post(page, { code: '', state: page.searchParams.get('state')! }) }),
    );
    expect(error.message).toContain('neither a code nor an error');
  });

  it.each([
    ['7000218', 'the application is a confidential client: give clientSecret'],
    ['7000215', 'clientSecret is wrong'],
    ['50011', 'register http://localhost/redshift/'],
    ['700016', 'check clientId and idpTenant'],
    ['70011', 'check scope'],
  ])('keeps the words of the token endpoint and says what to do about AADSTS%s', async (number, hint) => {
    const error = await failure(
      login({
        answer: () => ({
          status: 401,
          body: { error: 'invalid_client', error_description: `AADSTS${number}: Something is wrong.` },
        }),
      }),
    );
    expect(error).toMatchObject({ plugin: plugin.name, stage: 'identity provider' });
    expect(error.message).toContain(`invalid_client: AADSTS${number}: Something is wrong.`);
    expect((error as unknown as { hint: string }).hint).toContain(hint);
  });

  it.each([
    ['a page instead of JSON', { status: 200, body: '<html>CANARY-body</html>' }, 'not JSON'],
    ['a status and no reason', { status: 503, body: 'CANARY-body' }, 'HTTP status 503'],
    ['JSON without a token', { status: 200, body: { id_token: 'CANARY-id' } }, 'no access_token'],
    ['a token that is no text', { status: 200, body: { access_token: 7 } }, 'no access_token'],
    ['an empty token', { status: 200, body: { access_token: '' } }, 'no access_token'],
    ['a list', { status: 200, body: [] }, 'not JSON'],
  ])('tells %s', async (_, answer, text) => {
    const error = await failure(login({ answer: () => answer }));
    expect(error.message).toContain(text);
    expect(error.message).not.toContain('CANARY');
  });

  it.each([
    ['two steps of a path', '../common'],
    ['a query', 'tenant?x=1'],
    ['another host', '@evil.example/'],
    ['nothing', ''],
    ['dots', '..'],
  ])('refuses an idpTenant with %s before anything is opened', async (_, idpTenant) => {
    const tried = login({ options: { idpTenant, clientId } });
    expect(await failure(tried)).toMatchObject({ stage: 'options', plugin: plugin.name });
    expect(tried.pages).toEqual([]);
  });

  it('refuses an unknown idpPartition', async () => {
    const error = await failure(login({ options: { idpTenant: 't', clientId, idpPartition: 'mars' } }));
    expect(error.message).toContain('commercial, us-gov or cn');
  });

  it('names port and option when another program has the port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const tried = login({ options: { idpTenant: 't', clientId, listenPort: port } });
    const error = await failure(tried);
    expect(error).toMatchObject({ name: 'AuthenticationError', stage: 'browser', plugin: plugin.name });
    expect(error.message).toMatch(new RegExp(`port ${String(port)}.*in use.*listenPort`));
    expect(tried.pages).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('ends when the page cannot be opened, and frees the port', async () => {
    const cause = new Error('no browser');
    const tried = login({ browse: () => Promise.reject(cause) });
    expect(await failure(tried)).toBe(cause);
    expect(await isFree(portOf(tried.pages[0]!))).toBe(true);
  });
});

describe('a login that is given up', () => {
  it('ends at once and frees the port: before the answer', async () => {
    const tried = login({ browse: () => undefined });
    const running = plugin.get(tried.context);
    while (tried.pages.length === 0) await new Promise(setImmediate);
    const reason = new Error('authTimeout');
    tried.give.abort(reason);
    expect(await isFree(portOf(tried.pages[0]!))).toBe(true);
    await expect(running).rejects.toBe(reason);
    expect(await isFree(portOf(tried.pages[0]!))).toBe(true);
    const port = portOf(tried.pages[0]!);
    expect(tried.lines).toContain(
      `warn The login was given up without an answer on http://localhost:${String(port)}; 0 were passed over`,
    );
  });

  it('ends at once and frees the port: while openBrowser is still at work', async () => {
    const tried = login({ browse: () => new Promise(() => undefined) });
    const running = plugin.get(tried.context);
    while (tried.pages.length === 0) await new Promise(setImmediate);
    const reason = new Error('given up');
    tried.give.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await isFree(portOf(tried.pages[0]!))).toBe(true);
  });

  it('ends at once: while it waits for its turn on the port', async () => {
    const options = { idpTenant: 't', clientId, listenPort: 0 };
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    options.listenPort = (server.address() as { port: number }).port;
    await new Promise((resolve) => server.close(resolve));
    const first = login({ options, browse: () => undefined });
    const second = login({ options: { ...options, idpTenant: 'other' }, browse: () => undefined });
    const running = plugin.get(first.context);
    while (first.pages.length === 0) await new Promise(setImmediate);
    const waiting = plugin.get(second.context);
    await new Promise(setImmediate);
    const reason = new Error('second');
    second.give.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(second.pages).toEqual([]);
    first.give.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('opens no page when it was given up before', async () => {
    const tried = login();
    tried.give.abort(new Error('before'));
    await expect(plugin.get(tried.context)).rejects.toThrow('before');
    expect(tried.pages).toEqual([]);
  });
});

it('lets no secret out: not in logs, not in errors that repeat what was sent', async () => {
  const search = new SecretSearch([
    ['code', code],
    ['token', token],
    ['clientSecret', clientSecret],
    ['clientId', clientId],
  ]);
  const options = { idpTenant: 't', clientId, clientSecret };
  const good = login({ options });
  await plugin.get(good.context);
  const verifier = good.requests[0]!.fields.get('code_verifier')!;
  search.plant('state', good.pages[0]!.searchParams.get('state')!);
  search.plant('verifier', verifier);
  const bad = login({
    options,
    answer: (fields) => ({
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: `You sent ${fields.toString()} and ${[...fields.values()].join(' ')}`,
      },
    }),
  });
  const error = await plugin.get(bad.context).catch((caught: unknown) => caught);
  search.plant('verifier of the second', bad.requests[0]!.fields.get('code_verifier')!);
  search.plant('state of the second', bad.pages[0]!.searchParams.get('state')!);
  expect([
    ...search.inValue(error, 'the error'),
    ...search.inText([...good.lines, ...bad.lines].join('\n'), 'the log'),
    ...search.inValue(good.context.options, 'the options'),
  ]).toEqual([]);
});
