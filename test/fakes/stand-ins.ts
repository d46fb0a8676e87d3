/**
 * Everything that a login of Redshift may talk with, on this machine: AWS, AD FS, Okta, PingFederate, Microsoft Entra, an
 * OpenID server, IAM Identity Center, a browser, and a local Redshift that believes them. `env` leads a program there, whose
 * options stay those of the real services. Nothing here reaches another machine.
 *
 * @example
 * const standIns = await startStandIns();
 * standIns.enter();                      // this process; or spawn another one with standIns.env
 * await connect({ clusterIdentifier: 'examplecluster', region: 'us-west-2', … });
 * await standIns.close();
 */
import { createSign, generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startLocalRedshift, type LocalRedshift } from '../../src/local/index.js';
import { FakeAws, FakeAwsError } from './aws/fake-aws.js';
import { startMetadata } from './aws/metadata.js';
import { startFakeHosts, type FakeHosts } from './fake-hosts.js';
import { certificateFor } from './https-server.js';
import { fakeAdfs } from './idp/adfs.js';
import { fakeEntra } from './idp/entra.js';
import { fakeEntraCode } from './idp/entra-code.js';
import { fakeOkta } from './idp/okta.js';
import { fakePing } from './idp/ping.js';
import { fakeSignIn } from './idp/sign-in.js';
import { startOpenId } from './openid.js';
import { browse as browseAs } from './robot.js';
import {
  createSamlIdp,
  redshiftAttribute,
  samlRole,
  samlSession,
  type SamlIdp,
} from './saml/identity-provider.js';
import { samlJudge } from './saml/sts-judge.js';

/** What the stand-ins know: the values of the README's examples, and AWS's own examples where it has some. */
export const known = {
  region: 'us-west-2',
  account: '123456789012',
  cluster: 'examplecluster',
  workgroup: 'default',
  host: 'examplecluster.abc123xyz789.us-west-2.redshift.amazonaws.com',
  customDomain: 'redshift.example.com',
  database: 'dev',
  admin: { user: 'awsuser', password: 'my_password' },
  person: { user: 'ada@example.com', password: 'my_password' },
  keys: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  sessionKeys: {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sessionToken: 'AQoDYXdzEPTEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqw',
  },
  profile: 'analytics',
  authProfile: 'reports',
  role: 'arn:aws:iam::123456789012:role/analyst',
  adfs: 'adfs.example.com',
  okta: 'example.okta.com',
  oktaApp: '0oa1b2c3d4e5f6g7h8i9',
  ping: 'ping.example.com',
  tenant: 'contoso.onmicrosoft.com',
  clientId: '11112222-bbbb-3333-cccc-4444dddd5555',
  clientSecret: 'my_client_secret',
  scope: 'api://my-redshift/login',
  loginUrl: 'https://idp.example.com/app/redshift/sso/saml',
  /** The identity provider as Redshift knows it. */
  providerName: 'my_idp',
} as const;

export interface StandIns {
  /** The variables that lead a program here, as a shell or `spawn` takes them. */
  readonly env: Readonly<Record<string, string>>;
  /** What was started, a line each. */
  readonly started: readonly string[];
  readonly aws: FakeAws;
  readonly hosts: FakeHosts;
  readonly redshift: LocalRedshift;
  /** Does at a login's page what a person does; the text of the last page. */
  readonly browse: (url: string) => Promise<string>;
  /** From now on this process is led here; `close` ends that. */
  readonly enter: () => void;
  readonly close: () => Promise<void>;
}

/** Variables of whoever starts it that would lead elsewhere. */
export const misleading = /^(REDSHIFT|AWS)_|^(https?|no|all)_proxy$/i;

export async function startStandIns(): Promise<StandIns> {
  const folder = await mkdtemp(join(tmpdir(), 'redshift-stand-ins-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    return await start(folder, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  folder: string,
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<StandIns> {
  const listenPort = await freePort();
  const acs = `http://localhost:${String(listenPort)}/redshift/`;
  const kinds = ['adfs', 'okta', 'ping', 'entra'] as const;
  const [adfs, okta, ping, entra] = await Promise.all(kinds.map(createSamlIdp));
  const idps = { adfs: adfs!, okta: okta!, ping: ping!, entra: entra! };
  const respond = (name: keyof typeof idps, destination?: string): string =>
    idps[name].respond(claimsOf(name, destination));
  const asserted = (): string =>
    /<Assertion[^]*<\/Assertion>/.exec(idps.entra.respondXml(claimsOf('entra')))![0];

  const { person, tenant, clientId, clientSecret } = known;
  const login = new URL(known.loginUrl);
  const hosts = await startFakeHosts({
    [known.adfs]: fakeAdfs({ ...person, samlResponse: () => respond('adfs') }),
    [known.okta]: fakeOkta({ ...person, appId: known.oktaApp, samlResponse: () => respond('okta') }),
    [known.ping]: fakePing({ ...person, samlResponse: () => respond('ping') }),
    [login.hostname]: fakeSignIn({
      ...person,
      path: login.pathname,
      acs,
      samlResponse: () => respond('okta', acs),
    }),
  });
  closing.push(hosts.close);
  const { authority, proxy } = hosts;

  const entraPassword = fakeEntra({ ...person, tenant, clientId, clientSecret, assertion: asserted });
  const entraCode = fakeEntraCode({ tenant, clientId, assertion: asserted });
  const openId = await startOpenId({
    authority,
    tenant,
    clientId,
    clientSecret,
    scope: known.scope,
    others: (request, response) =>
      (request.method === 'POST' && request.form.get('grant_type') === 'password'
        ? entraPassword
        : entraCode)(request, response),
  });
  closing.push(openId.close);

  // In the other regions there is nothing: what AWS says of that is what a mistaken region gives.
  const apis = [known.region, 'us-east-1', 'us-east-2', 'eu-west-1'].flatMap((region) =>
    ['redshift', 'redshift-serverless', 'sts', 'oidc'].map((api) => `${api}.${region}.amazonaws.com`),
  );
  const aws = await FakeAws.start({
    certificate: { ...(await certificateFor(authority, apis)), ca: authority.cert },
  });
  closing.push(() => aws.close());
  const metadata = await startMetadata(() => known.sessionKeys);
  closing.push(() => metadata.close());

  const issuer = tokenIssuer();
  const identityCenterToken = `aoaAAAAAG${randomBytes(24).toString('base64url')}`;
  const redshift = await startLocalRedshift({
    port: 0,
    database: known.database,
    user: known.admin.user,
    password: known.admin.password,
    users: [{ name: 'ada', groups: ['analysts'] }],
    temporaryUsers: (user) => aws.world.loginsOf(user),
    identityProvider: [
      { type: 'AzureAD', issuer: openId.issuer, keys: openId.keys, namespace: 'azure' },
      {
        type: 'AzureAD',
        name: known.providerName,
        issuer: issuer.name,
        keys: [issuer.key],
        namespace: known.providerName,
      },
      {
        type: 'AwsIdc',
        namespace: 'AWSIDC',
        verify: (token) =>
          token === identityCenterToken ||
          aws.world.accessTokens.includes(token) ||
          aws.world.tokens.some((minted) => minted.token === token)
            ? { user: 'ada' }
            : undefined,
      },
    ],
  });
  closing.push(() => redshift.close());
  populate(aws, redshift.port, idps, acs);
  const jwt = issuer.token('ada');
  aws.world.webIdentity = ({ token, roleArn }) => {
    if (token !== jwt || roleArn !== known.role)
      throw new FakeAwsError('InvalidIdentityToken', 'No OpenIDConnect provider found in your account');
  };

  const ports = new Map<string, number>([
    ...[known.adfs, known.okta, known.ping, login.hostname].map((name): [string, number] => [
      name,
      hosts.port,
    ]),
    ...apis.map((name): [string, number] => [name, aws.port]),
    ['login.microsoftonline.com', openId.port],
  ]);
  for (const [name, port] of ports) proxy.map(name, port);
  const types = { username: person.user, login: person.user, password: person.password };
  const browse = async (url: string): Promise<string> =>
    (await browseAs(url, { ports, ca: authority.cert, types })).body;
  const browser = await startBrowser(folder, browse);
  closing.push(browser.close);
  const [roots, names, config, credentials] = await Promise.all([
    keep(folder, 'roots.pem', `${authority.cert}${redshift.sslrootcert ?? ''}`),
    keep(folder, 'names.mjs', namesModule),
    keep(folder, 'aws-config', `[profile ${known.profile}]\nregion = ${known.region}\n`),
    keep(folder, 'aws-credentials', iniOf(known.profile, known.keys)),
  ]);
  const env: Record<string, string> = {
    HTTPS_PROXY: proxy.url,
    REDSHIFT_HTTPS_CA: roots,
    REDSHIFT_SSLROOTCERT: roots,
    REDSHIFT_PORT: String(redshift.port),
    // The certificate of the local Redshift is one for this name.
    REDSHIFT_SSL_SERVERNAME: 'localhost',
    REDSHIFT_LISTEN_PORT: String(listenPort),
    AWS_ACCESS_KEY_ID: known.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: known.keys.secretAccessKey,
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    ...browser.env,
    NODE_OPTIONS: [process.env['NODE_OPTIONS'], `--import=${pathToFileURL(names).href}`].join(' ').trim(),
    JWT: jwt,
    IDC_TOKEN: identityCenterToken,
    SAML_RESPONSE: respond('okta'),
  };
  return {
    env,
    aws,
    hosts,
    redshift,
    browse,
    close,
    started: [
      `A local Redshift at localhost:${String(redshift.port)}, which ${known.host} leads to`,
      `AWS (Redshift, Serverless, STS, Identity Center) with the cluster ${known.cluster} and the workgroup ${known.workgroup} in ${known.region}`,
      `AD FS as ${known.adfs}, Okta as ${known.okta}, PingFederate as ${known.ping}, a SAML page at ${known.loginUrl}`,
      `Microsoft Entra as login.microsoftonline.com, for the tenant ${tenant}`,
      `A person with a browser, who logs in everywhere as ${person.user}`,
    ],
    enter: () => {
      closing.push(enter(env));
    },
  };
}

/** Variables and names of this process; @returns puts back what was there */
function enter(env: Readonly<Record<string, string>>): () => Promise<void> {
  const before = { ...process.env };
  const { lookup } = dns;
  for (const name of Object.keys(process.env))
    if (misleading.test(name)) Reflect.deleteProperty(process.env, name);
  const { NODE_OPTIONS: _, ...rest } = env;
  Object.assign(process.env, rest);
  dns.lookup = (async (name: string, options: object) => {
    if (!clusterNames.test(name)) return lookup(name, options);
    const found = { address: '127.0.0.1', family: 4 };
    return 'all' in options ? [found] : found;
  }) as typeof lookup;
  syncBuiltinESMExports();
  return () => {
    dns.lookup = lookup;
    syncBuiltinESMExports();
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    return Promise.resolve();
  };
}

/** The names of the stand-ins' endpoints: no DNS has them. */
const clusterNames = /\.redshift(-serverless)?\.amazonaws\.com$|^redshift\.example\.com$/;

/** The same for another process of Node. */
const namesModule = `// Leads the names of Redshift endpoints to this machine, for the stand-ins of a login.
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
const { lookup } = dns;
const found = { address: '127.0.0.1', family: 4 };
dns.lookup = async (name, options) =>
  ${String(clusterNames)}.test(name) ? (options?.all ? [found] : found) : lookup(name, options);
syncBuiltinESMExports();
`;

function populate(aws: FakeAws, port: number, idps: Readonly<Record<string, SamlIdp>>, acs: string): void {
  const { region, keys, sessionKeys, account } = known;
  const { world } = aws;
  const place = { region, address: known.host, port };
  world.clusters.push({
    ...place,
    identifier: known.cluster,
    customDomainNames: [known.customDomain],
  });
  world.workgroups.push({
    ...place,
    name: known.workgroup,
    address: `${known.workgroup}.${account}.${region}.redshift-serverless.amazonaws.com`,
  });
  world.identities.push(
    { ...keys, arn: `arn:aws:iam::${account}:user/ada` },
    { ...sessionKeys, arn: `arn:aws:sts::${account}:assumed-role/analyst/ada` },
  );
  world.authenticationProfiles.set(
    `${region}/${known.authProfile}`,
    JSON.stringify({ ClusterID: known.cluster, DBUser: 'ada', AutoCreate: 'true' }),
  );
  const providers = Object.entries(idps).map(([name, { entityId, cert }]) => [
    providerArn(name),
    { entityId, cert },
  ]);
  world.saml = samlJudge({
    providers: Object.fromEntries(providers) as Parameters<typeof samlJudge>[0]['providers'],
    roles: {
      [known.role]: {
        trusts: Object.keys(idps).map(providerArn),
        audiences: ['https://signin.aws.amazon.com/saml', acs],
      },
    },
  });
}

const providerArn = (name: string): string => `arn:aws:iam::${known.account}:saml-provider/${name}`;

function claimsOf(name: string, destination?: string): Parameters<SamlIdp['respond']>[0] {
  return {
    attributes: [
      [samlRole, [`${known.role},${providerArn(name)}`]],
      [samlSession, [known.person.user]],
      [redshiftAttribute('DbUser'), ['ada']],
      [redshiftAttribute('AutoCreate'), ['true']],
    ],
    ...(destination === undefined ? {} : { destination }),
  };
}

/** An identity provider whose tokens a program brings along (RFC 7519). */
function tokenIssuer(): { name: string; key: JsonWebKey; token: (user: string) => string } {
  const name = 'https://idp.example.com';
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const facts = { kid: 'stand-in', alg: 'RS256' };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    name,
    key: { ...publicKey.export({ format: 'jwk' }), ...facts },
    token: (sub) => {
      const now = Math.floor(Date.now() / 1000);
      const text = `${encode({ ...facts, typ: 'JWT' })}.${encode({ iss: name, aud: 'redshift', sub, DbUser: sub, iat: now, exp: now + 3600 })}`;
      return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
    },
  };
}

function iniOf(profile: string, keys: typeof known.keys): string {
  return `[${profile}]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`;
}

async function keep(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/**
 * What the system's opener finds as the browser: a program that hands the page to `browse`. As `BROWSER` for xdg-open on a
 * machine without a display, and as `open` for macOS.
 */
async function startBrowser(
  folder: string,
  browse: StandIns['browse'],
): Promise<{ readonly env: Readonly<Record<string, string>>; readonly close: () => Promise<unknown> }> {
  const secret = `/${randomBytes(16).toString('hex')}`;
  const server: HttpServer = createHttpServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (request.url !== secret) {
        response.writeHead(404).end();
        return;
      }
      browse(Buffer.concat(pieces).toString('utf8')).then(
        (text) => response.end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const module = await keep(
    folder,
    'browser.mjs',
    `const answer = await fetch('http://127.0.0.1:${String(port)}${secret}', { method: 'POST', body: process.argv.at(-1) });
const text = await answer.text();
if (!answer.ok) console.error(text);
process.exitCode = answer.ok ? 0 : 1;
`,
  );
  for (const name of ['open', 'xdg-open'])
    await chmod(await keep(folder, name, `#!/bin/sh\nexec '${process.execPath}' '${module}' "$@"\n`), 0o755);
  return {
    env: {
      BROWSER: join(folder, 'xdg-open'),
      // Else xdg-open would ask the desktop for its browser.
      DISPLAY: '',
      WAYLAND_DISPLAY: '',
      XDG_CURRENT_DESKTOP: 'X-Generic',
      PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
