/**
 * Everybody whom a login may talk to, in one call: AWS, AD FS, Okta, PingFederate, Microsoft Entra, an OpenID server and a
 * portal for browsers, all by their real names behind one CONNECT proxy and under one authority, with SAML responses that
 * are really signed. It remembers the secrets that it saw and gave out, so that a test can look for them elsewhere.
 *
 * @example
 * const world = await startLoginWorld();
 * await connect({ …, proxy: world.hosts.proxy.url, httpsCa: world.ca });
 * await world.close();
 */
import { createAuthority } from '../../src/local/certificate.js';
import { SecretSearch } from '../secret-search.js';
import { FakeAws } from './aws/fake-aws.js';
import { startFakeHosts, type FakeHosts } from './fake-hosts.js';
import { certificateFor, type Answering, type SeenRequest } from './https-server.js';
import { fakeAdfs } from './idp/adfs.js';
import { fakeEntraCode } from './idp/entra-code.js';
import { fakeEntra } from './idp/entra.js';
import { fakeOkta } from './idp/okta.js';
import { selfPostingPage } from './idp/people.js';
import { fakePing } from './idp/ping.js';
import { startOpenId, type OpenId } from './openid.js';
import { browse, type LastPage } from './robot.js';
import {
  createSamlIdp,
  idpShapes,
  redshiftAttribute,
  samlRole,
  samlSession,
  type IdpShape,
  type SamlIdp,
} from './saml/identity-provider.js';
import { samlJudge } from './saml/sts-judge.js';

/** Who logs in, with a password that nobody else has. */
export const person = { user: 'zoe@corp.test', password: 'Canary-Person-7Kq&/+é' };
export const proxyUser = { user: 'canary-proxy-user', password: 'Canary:Proxy@Password/4711' };
export const entraApp = {
  tenant: 'corp.test',
  clientId: 'canary-client-11112222-bbbb-3333',
  clientSecret: 'Canary~Client~Secret~9Xw',
};
/** Entra's app for browsers: a public client, which has no secret. */
export const publicApp = { tenant: 'browser.corp.test', clientId: 'canary-public-44445555-cccc-6666' };
export const oktaApp = '0oa1/272';
export const issuerUrl = 'https://identitycenter.amazonaws.com/ssoins-1234567890abcdef';

export const roleArn = 'arn:aws:iam::123456789012:role/Analyst';
const principal = (shape: IdpShape): string => `arn:aws:iam::123456789012:saml-provider/${shape}`;
const signIn = 'https://signin.aws.amazon.com/saml';
const audiences = 'urn:amazon:webservices';

/** Whose response it is, and the group that every response names, written with a capital as people do. */
export const samlUser = (shape: IdpShape): string => `zoë_${shape}`;
export const samlGroup = 'Finance';

const region = 'us-east-1';
const awsNames = ['redshift', 'redshift-serverless', 'sts', 'oidc'].map(
  (service) => `${service}.${region}.amazonaws.com`,
);

export interface LoginWorld {
  readonly aws: FakeAws;
  /** Identity providers and the proxy; the proxy lets in `proxyUser` only. */
  readonly hosts: FakeHosts;
  readonly openId: OpenId;
  readonly saml: Readonly<Record<IdpShape, SamlIdp>>;
  /** The root of all their certificates. */
  readonly ca: string;
  /** Loopback ports by real name, for proxies of a test's own. */
  readonly ports: ReadonlyMap<string, number>;
  /** A response of this identity provider, for the AWS sign-in page or for an address of this machine. */
  respond(shape: IdpShape, destination?: string): string;
  /** Walks through the pages as a person with a browser would. */
  browse(url: string): Promise<LastPage>;
  /** Every secret that was given out or sent since `forget`, and those that never change. */
  secrets(): SecretSearch;
  /** From here on. */
  forget(): void;
  /** One that a test made itself. */
  plant(name: string, secret: string): void;
  close(): Promise<void>;
}

export async function startLoginWorld(): Promise<LoginWorld> {
  const [authority, ...idps] = await Promise.all([
    createAuthority('Test CA'),
    ...idpShapes.map(async (shape) => [shape, await createSamlIdp(shape)] as const),
  ]);
  const saml = Object.fromEntries(idps) as Record<IdpShape, SamlIdp>;
  let planted: [string, string][] = [];
  const plant = (name: string, secret: string): void => {
    // A short value is found everywhere.
    if (secret.length >= 8) planted.push([name, secret]);
  };

  const claims = (shape: IdpShape, destination: string): Parameters<SamlIdp['respond']>[0] => ({
    destination,
    audience: audiences,
    attributes: [
      [samlRole, [`${roleArn},${principal(shape)}`]],
      [samlSession, [person.user]],
      [redshiftAttribute('DbUser'), [samlUser(shape)]],
      [redshiftAttribute('DbGroups'), [samlGroup]],
      [redshiftAttribute('AutoCreate'), ['true']],
    ],
  });
  const respond = (shape: IdpShape, destination = signIn): string => {
    const response = saml[shape].respond(claims(shape, destination));
    plant(`SAML response of ${shape}`, response);
    return response;
  };
  /** Entra gives the assertion alone. */
  const assertion = (): string => {
    const xml = saml.entra.respondXml(claims('entra', signIn));
    const [found = ''] = /<(?:\w+:)?Assertion[\s>][^]*<\/(?:\w+:)?Assertion>/.exec(xml) ?? [];
    plant('SAML assertion of Entra', found);
    return found;
  };
  const responder = (shape: IdpShape) => ({ ...person, samlResponse: () => respond(shape) });

  const entra = fakeEntra({ ...person, ...entraApp, assertion });
  const entraCode = fakeEntraCode({ ...publicApp, assertion });
  const sites: Readonly<Record<string, Answering>> = {
    'adfs.corp.test': fakeAdfs(responder('adfs')),
    'okta.corp.test': fakeOkta({
      ...responder('okta'),
      appId: oktaApp,
      token: () => {
        const token = `canary-okta-session-token-${String(planted.length)}-20111sTEiXu`;
        plant("Okta's session token", token);
        return token;
      },
    }),
    'ping.corp.test': fakePing(responder('ping')),
    'login.microsoftonline.com': (request, response) =>
      (request.path.startsWith(`/${publicApp.tenant}/`) ? entraCode : entra)(request, response),
    'portal.corp.test': ({ query }) => {
      const acs = `http://localhost:${query.get('port') ?? ''}/redshift/`;
      return { body: selfPostingPage(acs, { SAMLResponse: respond('okta', acs), RelayState: '' }) };
    },
  };
  const hosts = await startFakeHosts(sites, { authority, auth: proxyUser });
  const aws = await FakeAws.start({
    certificate: { ...(await certificateFor(authority, awsNames)), ca: authority.cert },
  });
  const openId = await startOpenId({
    authority,
    ...entraApp,
    host: 'login.microsoftonline.us',
    onGrant: (fields) => {
      for (const [name, secret] of secretFields(Object.entries(fields))) plant(name, secret);
    },
  });
  aws.world.saml = samlJudge({
    providers: Object.fromEntries(
      idpShapes.map((shape) => [
        principal(shape),
        { entityId: saml[shape].entityId, cert: saml[shape].cert },
      ]),
    ),
    roles: { [roleArn]: { trusts: idpShapes.map(principal), audiences: isOurs } },
  });

  const ports = new Map<string, number>([
    ...Object.keys(sites).map((name): [string, number] => [name, hosts.port]),
    ...awsNames.map((name): [string, number] => [name, aws.port]),
    ['login.microsoftonline.us', openId.port],
  ]);
  for (const [name, port] of ports) hosts.proxy.map(name, port);

  let since = countsOf(hosts, aws);
  return {
    aws,
    hosts,
    openId,
    saml,
    ca: authority.cert,
    ports,
    respond,
    plant,
    browse: (url) => {
      const state = new URL(url).searchParams.get('state');
      if (state !== null) plant('state', state);
      const types = { login: person.user, password: person.password };
      return browse(url, { ports, ca: authority.cert, types });
    },
    secrets: () => {
      const all = [
        ...lasting(aws),
        ...planted,
        ...givenOut(aws, since),
        ...sent(hosts.requests.slice(since.asked)),
      ];
      // One may have been seen in several places: once is enough.
      return new SecretSearch(
        [...new Map(all.map(([name, secret]) => [secret, name]))].map(([secret, name]) => [name, secret]),
      );
    },
    forget: () => {
      planted = [];
      since = countsOf(hosts, aws);
    },
    close: async () => {
      await Promise.all([hosts.close(), aws.close(), openId.close()]);
    },
  };
}

const isOurs = (recipient: string): boolean =>
  recipient === signIn || /^http:\/\/localhost:\d+\/redshift\/$/.test(recipient);

interface Counts {
  readonly asked: number;
  readonly logins: number;
  readonly identities: number;
  readonly tokens: number;
  readonly accessTokens: number;
  readonly clients: number;
  readonly awsAsked: number;
}
const countsOf = ({ requests }: FakeHosts, { world, requests: asked }: FakeAws): Counts => ({
  asked: requests.length,
  logins: world.logins.length,
  identities: world.identities.length,
  tokens: world.tokens.length,
  accessTokens: world.accessTokens.length,
  clients: world.clients.size,
  awsAsked: asked.length,
});

function lasting(aws: FakeAws): [string, string][] {
  return [
    ['password', person.password],
    ['proxy password', proxyUser.password],
    ['clientId', entraApp.clientId],
    ['clientSecret', entraApp.clientSecret],
    ['clientId of the public client', publicApp.clientId],
    ['accessKeyId', aws.keys.accessKeyId],
    ['secretAccessKey', aws.keys.secretAccessKey],
  ];
}

function givenOut({ world, requests }: FakeAws, since: Counts): [string, string][] {
  const found: [string, string][] = [
    ...world.logins.slice(since.logins).map(({ password }): [string, string] => ['DbPassword', password]),
    ...world.identities.slice(since.identities).flatMap((keys): [string, string][] => [
      ['AccessKeyId of a session', keys.accessKeyId],
      ['SecretAccessKey of a session', keys.secretAccessKey],
      ['SessionToken', keys.sessionToken ?? ''],
    ]),
    ...world.tokens.slice(since.tokens).map(({ token }): [string, string] => ['token of AWS', token]),
    ...world.accessTokens.slice(since.accessTokens).map((token): [string, string] => ['accessToken', token]),
    ...[...world.clients].slice(since.clients).flatMap(([id, { secret }]): [string, string][] => [
      ['clientId of RegisterClient', id],
      ['clientSecret of RegisterClient', secret],
    ]),
    ...requests.slice(since.awsAsked).flatMap(({ members }) => secretFields(Object.entries(members))),
  ];
  return found.filter(([, secret]) => secret !== '');
}

function sent(requests: readonly SeenRequest[]): [string, string][] {
  return requests.flatMap(({ form, query, cookies }) => [
    ...secretFields([...form, ...query]),
    ...[...cookies]
      .filter(([, value]) => value.length >= 20)
      .map(([name, value]): [string, string] => [`cookie ${name}`, value]),
  ]);
}

const secretNames =
  /^(?:code|code_?verifier|state|password|pf\.pass|client_?secret|SAMLResponse|SAMLAssertion|WebIdentityToken|onetimetoken|access_token)$/i;

function secretFields(fields: Iterable<readonly [string, unknown]>): [string, string][] {
  return [...fields].flatMap(([name, value]) =>
    typeof value === 'string' && value.length >= 8 && secretNames.test(name)
      ? [[name, value] as [string, string]]
      : [],
  );
}
