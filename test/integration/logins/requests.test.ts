/**
 * docs/logins.md says whom a login asks, for what and in which order, so that a firewall can be opened and a security team
 * can judge: every block of the page is compared with what a real login sent. And with what redshift_connector 2.1.15 sent
 * to the same services (test/fixtures/redshift-connector-logins.md): the differences are those that are named here.
 */
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetRegistrations } from '../../../src/auth/plugins/browser-idc.js';
import { providers } from '../../../src/config/providers.js';
import type { RecordedRequest } from '../../fakes/aws/fake-aws.js';
import {
  certificateFor,
  startHttpsServer,
  type HttpsServer,
  type SeenRequest,
} from '../../fakes/https-server.js';
import { freePort } from './ports.js';
import { forgetLogins, startWorld, whoIs, type World } from './world.js';
import { wayOf, ways, type Way } from './ways.js';

const entraHost = 'login.microsoftonline.us';
let world: World;
/** Microsoft Entra's v2.0 token endpoint, which only writes down what it is asked. */
let entra: HttpsServer;
beforeAll(async () => {
  world = await startWorld();
  entra = await startHttpsServer({
    certificate: await certificateFor(world.hosts.authority, [entraHost]),
    answer: () => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        token_type: 'Bearer',
        expires_in: 3599,
        access_token: world.jwt({ upn: 'zoe@corp.test' }),
      }),
    }),
  });
});
afterAll(async () => {
  await entra.close();
  await world.close();
});
beforeEach(() => {
  forgetLogins();
  forgetRegistrations();
});

/** The blocks of the page by their heading. */
function blocksOf(page: string): Map<string, string[]> {
  const blocks = new Map<string, string[]>();
  for (const [, heading = '', text = ''] of page.matchAll(
    /^### (.+)\n(?:(?!^#)[^])*?^```text\n([^]*?)^```$/gm,
  ))
    blocks.set(heading, text.trimEnd().split('\n'));
  return blocks;
}
const blocksIn = (path: string): Map<string, string[]> =>
  blocksOf(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
const blocks = blocksIn('docs/logins.md');
const recorded = blocksIn('test/fixtures/redshift-connector-logins.md');

/** What is wanted otherwise than in redshift_connector, one after the other. */
const differences: readonly (readonly [
  why: string,
  change: (lines: readonly string[]) => readonly string[],
])[] = [
  [
    'a name of no host, or of a host of AWS, is no custom domain name: calls that are bound to fail are not made',
    (lines) => lines.filter((text) => !/  (?:\w+, )*CustomDomainName(?:,|  )/.test(text)),
  ],
  [
    'the address is looked up first: the minutes of the login begin later',
    (lines) => {
      const lookUp = (text: string): boolean => /  (?:DescribeClusters|GetWorkgroup)  /.test(text);
      return [...lines.filter(lookUp), ...lines.filter((text) => !lookUp(text))];
    },
  ],
  [
    'members that nobody gave are left to AWS',
    (lines) =>
      lines.map((text) =>
        text.replace(/(GetClusterCredentialsWithIAM  .*), DurationSeconds/, '$1').replace(', DbGroups=', ''),
      ),
  ],
  [
    'STS is asked in the region of the login, which GovCloud and China need',
    (lines) => lines.map((text) => text.replace('//sts.amazonaws.com', '//sts.{region}.amazonaws.com')),
  ],
  [
    'PKCE: a code that is caught on its way is worth nothing',
    (lines) =>
      lines.map((text) =>
        text
          .replace(/(authorize  client_id), redirect/, '$1, code_challenge, code_challenge_method, redirect')
          .replace('  client_id, code, grant_type', '  client_id, code, code_verifier, grant_type'),
      ),
  ],
  [
    'a box that nobody ticked is not sent',
    (lines) => lines.map((text) => text.replace(', Kmsi', '').replace(', pf.rememberUsername', '')),
  ],
  [
    'the application of the test is a confidential one (clientSecret), which redshift_connector does not know',
    (lines) =>
      lines.map((text) =>
        /v2\.0\/token/.test(text) ? text.replace('  client_id,', '  client_id, client_secret,') : text,
      ),
  ],
];

const names = (list: Iterable<string>): string => [...new Set(list)].sort().join(', ');
const line = (...parts: string[]): string => parts.filter((part) => part !== '').join('  ');

/** The values of one trial as the page calls them. */
function general(text: string): string {
  return text
    .replace(/(?:adfs|okta|ping)\.corp\.test/, '{idpHost}')
    .replaceAll('us-east-1', '{region}')
    .replace(entraHost, 'login.microsoftonline.com')
    .replace(/(?:browser\.)?corp\.test\//, '{idpTenant}/')
    .replace('0oa1/272', '{appId}')
    .replace('0oa1-272', '{appId}')
    .replace('amazon_aws_redshift', '{appName}')
    .replace(/\/idp\/\w{5}\/resume/, '/idp/{flow}/resume')
    .replace(/localhost:\d+/, 'localhost:{listenPort}')
    .replace(/127\.0\.0\.1:\d+/, '127.0.0.1:{listenPort}');
}

function asked({ method, host, path, query, form, body }: SeenRequest): string {
  const json = form.size === 0 && body.startsWith('{') ? Object.keys(JSON.parse(body) as object) : [];
  return general(
    line(`${method} https://${host}${path}`, names(query.keys()), names([...form.keys(), ...json])),
  );
}

function called({ host, action, members, accessKeyId }: RecordedRequest): string {
  const signed = accessKeyId === undefined ? 'unsigned' : 'signed';
  const path = { RegisterClient: 'client/register', CreateToken: 'token' }[action] ?? '';
  return general(line(`POST https://${host}/${path}`, action, names(Object.keys(members)), signed));
}

const isOurs = ({ headers }: SeenRequest): boolean => headers['user-agent'] === 'redshift-connector';

async function requestsOf(way: Way): Promise<string[]> {
  const { name } = way;
  const asks = world.hosts.requests.length;
  const calls = world.aws.requests.length;
  const tokens = entra.requests.length;
  const pages: string[] = [];
  const codeFlow = name === 'BrowserAzureOAuth2CredentialsProvider';
  if (codeFlow) world.hosts.proxy.map(entraHost, entra.port);
  const options = way.options(world, {
    place: world.place,
    tag: '',
    listenPort: await freePort(),
    openBrowser: (url) => {
      const page = new URL(url);
      // The page's own parameters are those of the user's loginUrl.
      const own = name === 'BrowserSamlCredentialsProvider';
      pages.push(
        own
          ? 'browser  {loginUrl}'
          : general(line(`browser  ${page.origin}${page.pathname}`, names(page.searchParams.keys()))),
      );
      return codeFlow ? post(page) : world.browse(url);
    },
  });
  await whoIs(options);
  const idp = world.hosts.requests.slice(asks).filter(isOurs).map(asked);
  const aws = world.aws.requests.slice(calls).map(called);
  const own = entra.requests.slice(tokens).map(asked);
  // Identity Center registers the program before it opens the page.
  return name === 'BrowserIdcAuthPlugin'
    ? [aws[0]!, ...pages, ...aws.slice(1)]
    : [...pages, ...own, ...idp, ...aws];
}

/** As the identity provider's page does when its user has logged in. */
function post(page: URL): Promise<void> {
  const target = new URL(page.searchParams.get('redirect_uri')!);
  const body = new URLSearchParams({ code: 'canary', state: page.searchParams.get('state')! }).toString();
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        method: 'POST',
        host: '127.0.0.1',
        port: target.port,
        path: target.pathname,
        headers: {
          host: target.host,
          origin: 'null',
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': body.length,
        },
      },
      (response) => response.resume().once('end', resolve),
    );
    request.once('error', reject).end(body);
  });
}

/** Heading of the page to name of the way. */
const documented: Readonly<Record<string, string>> = {
  JwtIamAuthPlugin: 'JwtIamAuthPlugin',
  'Keys, a profile or the chain of the AWS SDK': 'iam with keys, the address looked up',
  'Keys with group federation': 'iam with keys and group federation',
  'Redshift Serverless': 'iam with keys to a work group, the address looked up',
  'Authentication profile': 'iam with an authentication profile',
  AdfsCredentialsProvider: 'AdfsCredentialsProvider',
  OktaCredentialsProvider: 'OktaCredentialsProvider',
  PingCredentialsProvider: 'PingCredentialsProvider',
  AzureCredentialsProvider: 'AzureCredentialsProvider',
  SamlCredentialsProvider: 'SamlCredentialsProvider, an assertion of one’s own',
  BrowserSamlCredentialsProvider: 'BrowserSamlCredentialsProvider',
  BrowserAzureCredentialsProvider: 'BrowserAzureCredentialsProvider',
  BrowserAzureOAuth2CredentialsProvider: 'BrowserAzureOAuth2CredentialsProvider',
  BrowserIdcAuthPlugin: 'BrowserIdcAuthPlugin',
  'IdpTokenAuthPlugin with AWS keys': 'IdpTokenAuthPlugin with AWS keys',
};

describe('docs/logins.md', () => {
  it('has a block for each login that asks anybody', () => {
    expect([...blocks.keys()].sort()).toEqual(Object.keys(documented).sort());
    const asking = ways.filter(({ plugin, asks }) => plugin !== undefined && asks.length > 0);
    const plugins = asking.map(({ plugin = '' }) => plugin).filter((plugin) => plugin in providers);
    expect(plugins.length).toBeGreaterThan(8);
    for (const plugin of plugins)
      expect(
        Object.keys(documented).some((heading) => heading.startsWith(plugin)),
        plugin,
      ).toBe(true);
    const page = readFileSync(new URL('../../../docs/logins.md', import.meta.url), 'utf8');
    for (const plugin of Object.keys(providers)) expect(page).toContain(plugin);
  });

  it.each([...recorded])(
    '%s: what redshift_connector sends, but for what is wanted otherwise',
    (heading, lines) => {
      expect(differences.reduce<readonly string[]>((left, [, change]) => change(left), lines)).toEqual(
        blocks.get(heading),
      );
    },
  );

  it.each(Object.entries(documented))('%s', async (heading, way) => {
    expect(await requestsOf(wayOf(way))).toEqual(blocks.get(heading));
  });
});
