/**
 * Every way in: its options, who it makes of the caller, and whom the driver asks for it, request by request. The tests
 * of rows, of secrets and of failures all go through this table, so a new way is a row here.
 */
import { registerCredentialsProvider, type ConnectOptions } from '../../../src/index.js';
import {
  entraApp,
  issuerUrl,
  oktaApp,
  person,
  publicApp,
  roleArn,
  samlGroup,
  samlUser,
  type LoginWorld,
} from '../../fakes/login-world.js';
import { trustedIssuer, type World } from './world.js';

/** What stands between the driver and a way's identity provider: options that say how a page is opened, and the place. */
export interface Setting {
  /** The place and the way to it: `World.place` or the like. */
  readonly place: ConnectOptions;
  /** Makes two logins of one way different, so that they share nothing. */
  readonly tag: string;
  /** A free port for the browser's answer. */
  readonly listenPort: number;
  /** What a person does with the page. */
  readonly openBrowser: (url: string) => unknown;
}

export interface Way {
  readonly name: string;
  /** The plugin that errors name; undefined: none takes part. */
  readonly plugin?: string;
  readonly options: (world: World, setting: Setting) => ConnectOptions;
  /** `current_user`. */
  readonly me: string;
  readonly groups?: readonly string[];
  /** The hosts that the driver asks, request by request. */
  readonly asks: readonly string[];
  /** The same for the next connection; default none, since what was got is kept. */
  readonly again?: readonly string[];
  /** A browser takes part. */
  readonly browser?: true;
}

const sts = 'sts.us-east-1.amazonaws.com';
const redshift = 'redshift.us-east-1.amazonaws.com';
const serverless = 'redshift-serverless.us-east-1.amazonaws.com';
const oidc = 'oidc.us-east-1.amazonaws.com';
const group = samlGroup.toLowerCase();

const saml = { iam: true, clusterIdentifier: 'sales' } as const;
const keysOf = ({ aws }: LoginWorld): ConnectOptions => ({ iam: true, ...aws.keys });

/** Temporary keys of a role session, as `aws sts assume-role` gives them. */
const sessionOf = (
  { aws }: LoginWorld,
  name: string,
): { accessKeyId: string; secretAccessKey: string; sessionToken: string } => {
  const {
    accessKeyId,
    secretAccessKey,
    sessionToken = '',
  } = aws.world.assume('arn:aws:iam::123456789012:role/Reader', name, 3600);
  return { accessKeyId, secretAccessKey, sessionToken };
};

export const ways: readonly Way[] = [
  {
    name: 'AdfsCredentialsProvider',
    plugin: 'AdfsCredentialsProvider',
    options: (_, { place }) => ({
      ...place,
      ...saml,
      ...person,
      credentialsProvider: 'AdfsCredentialsProvider',
      idpHost: 'adfs.corp.test',
    }),
    me: samlUser('adfs'),
    groups: [group],
    asks: ['adfs.corp.test', 'adfs.corp.test', 'adfs.corp.test', sts, redshift],
  },
  {
    name: 'OktaCredentialsProvider',
    plugin: 'OktaCredentialsProvider',
    options: (_, { place }) => ({
      ...place,
      ...saml,
      ...person,
      credentialsProvider: 'OktaCredentialsProvider',
      idpHost: 'okta.corp.test',
      appId: oktaApp,
    }),
    me: samlUser('okta'),
    groups: [group],
    asks: ['okta.corp.test', 'okta.corp.test', 'okta.corp.test', sts, redshift],
  },
  {
    name: 'PingCredentialsProvider',
    plugin: 'PingCredentialsProvider',
    options: (_, { place }) => ({
      ...place,
      ...saml,
      ...person,
      credentialsProvider: 'PingCredentialsProvider',
      idpHost: 'ping.corp.test',
    }),
    me: samlUser('ping'),
    groups: [group],
    asks: ['ping.corp.test', 'ping.corp.test', sts, redshift],
  },
  {
    name: 'AzureCredentialsProvider',
    plugin: 'AzureCredentialsProvider',
    options: (_, { place }) => ({
      ...place,
      ...saml,
      ...person,
      credentialsProvider: 'AzureCredentialsProvider',
      idpTenant: entraApp.tenant,
      clientId: entraApp.clientId,
      clientSecret: entraApp.clientSecret,
    }),
    me: samlUser('entra'),
    groups: [group],
    asks: ['login.microsoftonline.com', sts, redshift],
  },
  {
    name: 'SamlCredentialsProvider, an assertion of one’s own',
    plugin: 'SamlCredentialsProvider',
    options: (world, { place }) => ({
      ...place,
      ...saml,
      credentialsProvider: 'SamlCredentialsProvider',
      samlAssertion: () => world.respond('ping'),
    }),
    me: samlUser('ping'),
    groups: [group],
    asks: [sts, redshift],
    again: [sts, redshift],
  },
  {
    name: 'BrowserSamlCredentialsProvider',
    plugin: 'BrowserSamlCredentialsProvider',
    options: (_, { place, tag, listenPort, openBrowser }) => ({
      ...place,
      ...saml,
      credentialsProvider: 'BrowserSamlCredentialsProvider',
      loginUrl: `https://portal.corp.test/sso?port=${String(listenPort)}&tag=${tag}`,
      listenPort,
      openBrowser,
    }),
    me: samlUser('okta'),
    groups: [group],
    asks: [sts, redshift],
    browser: true,
  },
  {
    name: 'BrowserAzureCredentialsProvider',
    plugin: 'BrowserAzureCredentialsProvider',
    options: (_, { place, tag, openBrowser }) => ({
      ...place,
      ...saml,
      credentialsProvider: 'BrowserAzureCredentialsProvider',
      idpTenant: publicApp.tenant,
      clientId: publicApp.clientId,
      // Of no use but to be another login: an assertion names one role only.
      ...(tag === '' ? {} : { iamDuration: 900 + Number(tag) }),
      openBrowser,
    }),
    me: samlUser('entra'),
    groups: [group],
    asks: ['login.microsoftonline.com', sts, redshift],
    browser: true,
  },
  {
    name: 'BrowserAzureOAuth2CredentialsProvider',
    plugin: 'BrowserAzureOAuth2CredentialsProvider',
    options: (_, { place, tag, openBrowser }) => ({
      ...place,
      credentialsProvider: 'BrowserAzureOAuth2CredentialsProvider',
      idpTenant: entraApp.tenant,
      idpPartition: 'us-gov',
      clientId: entraApp.clientId,
      clientSecret: entraApp.clientSecret,
      scope: 'api:redshift',
      // The database has its name for the provider, which makes another login of it.
      ...(tag === '' ? {} : { providerName: `entra${tag}` }),
      openBrowser,
    }),
    me: person.user,
    asks: ['login.microsoftonline.us'],
    browser: true,
  },
  {
    name: 'BrowserIdcAuthPlugin',
    plugin: 'BrowserIdcAuthPlugin',
    options: (_, { place, tag, listenPort, openBrowser }) => ({
      ...place,
      credentialsProvider: 'BrowserIdcAuthPlugin',
      issuerUrl: `${issuerUrl}${tag}`,
      idcRegion: 'us-east-1',
      listenPort,
      openBrowser,
    }),
    me: 'ida',
    groups: ['idc_readers'],
    asks: [oidc, oidc],
    browser: true,
  },
  {
    name: 'IdpTokenAuthPlugin with a token of a trusted issuer',
    plugin: 'IdpTokenAuthPlugin',
    options: (world, { place }) => ({
      ...place,
      credentialsProvider: 'IdpTokenAuthPlugin',
      token: () => world.jwt({ iss: trustedIssuer, sub: 'tess', groups: ['trusted'] }),
      tokenType: 'EXT_JWT',
    }),
    me: 'tess',
    groups: ['trusted'],
    asks: [],
  },
  {
    name: 'IdpTokenAuthPlugin with AWS keys',
    plugin: 'IdpTokenAuthPlugin',
    options: (world, { place }) => ({
      ...place,
      credentialsProvider: 'IdpTokenAuthPlugin',
      ...sessionOf(world, 'ida'),
      clusterIdentifier: 'sales',
    }),
    me: 'ida_keys',
    asks: [redshift],
    again: [redshift],
  },
  {
    name: 'JwtIamAuthPlugin',
    plugin: 'JwtIamAuthPlugin',
    options: (world, { place }) => {
      world.aws.world.webIdentity = () => undefined;
      return {
        ...place,
        ...saml,
        credentialsProvider: 'JwtIamAuthPlugin',
        webIdentityToken: world.jwt({ email: 'may@corp.test' }),
        roleArn,
      };
    },
    me: 'may@corp.test',
    asks: [sts, redshift],
  },
  {
    name: 'BasicJwtCredentialsProvider',
    plugin: 'BasicJwtCredentialsProvider',
    options: (world, { place }) => ({
      ...place,
      credentialsProvider: 'BasicJwtCredentialsProvider',
      webIdentityToken: () => world.jwt({ upn: 'bea@corp.test', groups: ['jwt_readers'] }),
    }),
    me: 'bea@corp.test',
    groups: ['jwt_readers'],
    asks: [],
  },
  {
    name: 'JwtCredentialsProvider, by its Python name',
    plugin: 'JwtCredentialsProvider',
    options: (world, { place }) => ({
      ...place,
      credentialsProvider: 'redshift_connector.plugin.JwtCredentialsProvider',
      webIdentityToken: () => world.jwt({ upn: 'jo@corp.test' }),
      providerName: 'corp',
    }),
    me: 'jo@corp.test',
    asks: [],
  },
  {
    name: 'JwtIamAuthPlugin',
    plugin: 'JwtIamAuthPlugin',
    options: (world, { place }) => ({
      ...place,
      ...saml,
      credentialsProvider: 'JwtIamAuthPlugin',
      roleArn,
      webIdentityToken: world.jwt({ DbUser: 'joni' }),
    }),
    me: 'joni',
    asks: [sts, redshift],
  },
  {
    name: 'a function of one’s own that gives a token',
    plugin: 'credentialsProvider',
    options: (world, { place }) => ({
      ...place,
      credentialsProvider: () => ({ kind: 'token', token: world.jwt({ upn: 'fay@corp.test' }) }),
    }),
    me: 'fay@corp.test',
    asks: [],
  },
  {
    name: 'an object of one’s own that gives AWS keys',
    plugin: 'Vault',
    options: (world, { place }) => ({
      ...place,
      iam: true,
      clusterIdentifier: 'sales',
      dbUser: 'otto',
      autoCreate: true,
      credentialsProvider: { name: 'Vault', get: () => ({ kind: 'aws', keys: sessionOf(world, 'vault') }) },
    }),
    me: 'otto',
    asks: [redshift],
    again: [redshift],
  },
  {
    name: 'a provider by the name that it was registered under',
    plugin: 'house_tokens',
    options: (world, { place }) => {
      registerCredentialsProvider('house_tokens', {
        required: ['providerName'],
        get: ({ options }) => ({
          kind: 'token',
          token: world.jwt({ upn: `rex@${options.providerName!}.test` }),
        }),
      });
      return { ...place, credentialsProvider: 'house_tokens', providerName: 'corp' };
    },
    me: 'rex@corp.test',
    asks: [],
  },
  {
    name: 'iam with keys, the address looked up',
    options: (world, { place }) => ({
      ...withoutHost(place),
      ...keysOf(world),
      clusterIdentifier: 'sales',
      dbUser: 'kay',
      autoCreate: true,
      dbGroups: ['Finance'],
      forceLowercase: true,
    }),
    me: 'kay',
    groups: [group],
    asks: [redshift, redshift],
  },
  {
    name: 'iam with keys and group federation',
    options: (world, { place }) => ({
      ...place,
      iam: true,
      ...sessionOf(world, 'fed'),
      clusterIdentifier: 'sales',
      groupFederation: true,
    }),
    me: 'IAMR:Reader',
    asks: [redshift],
  },
  {
    name: 'iam with keys to a work group, the address looked up',
    options: (world, { place }) => ({
      ...withoutHost(place),
      ...keysOf(world),
      isServerless: true,
      serverlessWorkGroup: 'wg',
    }),
    me: 'canary',
    asks: [serverless, serverless],
  },
  {
    name: 'iam with an authentication profile',
    options: (world, { place }) => {
      world.aws.world.authenticationProfiles.set(
        'us-east-1/reports',
        JSON.stringify({ ClusterID: 'sales', DbUser: 'prue', AutoCreate: true }),
      );
      return { ...place, ...keysOf(world), authProfile: 'reports' };
    },
    me: 'prue',
    asks: [redshift, redshift],
  },
];

export function wayOf(name: string): Way {
  const found = ways.find((way) => way.name === name);
  if (found === undefined) throw new Error(`No way is called ${name}`);
  return found;
}

export const browserWays = ways.filter(({ browser }) => browser === true);

function withoutHost({ host: _host, port: _port, ...rest }: ConnectOptions): ConnectOptions {
  return rest;
}
