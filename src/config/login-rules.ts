/**
 * What the login is made of, by the way that was chosen; what is wrong with it is told in the list of problems, and then
 * there is none.
 */
import { type Asked, type Choice, takes } from './choice.js';
import type { Address, LoginConfig, SoughtAddress, TlsConfig } from './config.js';
import type { Endpoint } from './endpoint.js';
import { checkFormats } from './formats.js';
import type { Given } from './given.js';
import { iamConfigOf, keySource, keysOf } from './iam-rules.js';
import type { FlowConfig, ProfileRequest, TokenLogin } from './login-config.js';
import type { OptionName } from './options.js';
import { checkMisplaced, type Place, providerChoice } from './provider-rules.js';
import { Secret, type SecretSource } from './secret.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LoginContext {
  readonly choice: Choice;
  readonly protocol: 'redshift' | 'postgresql';
  readonly address: Address | SoughtAddress | undefined;
  readonly endpoint: Endpoint;
  readonly tls: TlsConfig | undefined;
  readonly database: string | undefined;
  readonly environment: Environment;
}

const text = (given: Given, name: OptionName): string | undefined => given.get(name) as string | undefined;

export function loginOf(given: Given, context: LoginContext): LoginConfig | undefined {
  const { choice } = context;
  checkFormats(given);
  checkMisplaced(given, choice.way, 'asked' in choice ? choice.asked : undefined);
  checkSafety(given, context);
  switch (choice.way) {
    case 'password':
      return passwordLogin(given);
    case 'token':
      return tokenLogin(given);
    case 'provider': {
      unusedPassword(given, choice.asked);
      const provider = providerChoice(given, choice.asked, placeOf(given, context.endpoint));
      if (provider === undefined) return undefined;
      const user = text(given, 'user') ?? '';
      return Object.freeze({ kind: 'provider', user, provider, flow: flowOf(given, context.environment) });
    }
    case 'iam': {
      const { asked } = choice;
      const provider =
        asked === undefined ? undefined : providerChoice(given, asked, placeOf(given, context.endpoint));
      const keys = keySource(given, provider);
      if (keys.kind !== 'keys') unusedPassword(given, asked);
      const iam = iamConfigOf(given, context, asked !== undefined);
      if (iam === undefined) return undefined;
      const user = text(given, 'user') ?? '';
      return Object.freeze({ kind: 'iam', user, iam, keys, flow: flowOf(given, context.environment) });
    }
  }
}

/** What an authentication profile is fetched with; the options that it holds are checked once it is there. */
export function profileRequestOf(given: Given, context: LoginContext): ProfileRequest | undefined {
  checkFormats(given);
  checkSafety(given, context);
  for (const name of ['accessKeyId', 'region'] as const) {
    if (!given.has(name) && !(name === 'region' && 'region' in context.endpoint))
      given.missing(name, 'is required to read the authentication profile');
  }
  if (!given.has('accessKeyId') && !given.has('secretAccessKey') && !given.has('password'))
    given.missing('secretAccessKey', 'is required to read the authentication profile');
  const keys = given.has('accessKeyId') ? keysOf(given) : undefined;
  const { region } = placeOf(given, context.endpoint);
  if (keys === undefined || region === undefined) return undefined;
  return Object.freeze({
    name: text(given, 'authProfile')!,
    keys,
    region,
    endpointUrl: text(given, 'endpointUrl'),
    flow: flowOf(given, context.environment),
  });
}

/** The option, else what the host says; whoever names one of cluster and workgroup does not mean the host's other. */
function placeOf(given: Given, endpoint: Endpoint): Place {
  const cluster = text(given, 'clusterIdentifier');
  const workgroup = text(given, 'serverlessWorkGroup');
  const told = cluster === undefined && workgroup === undefined ? endpoint : undefined;
  return {
    region: text(given, 'region') ?? ('region' in endpoint ? endpoint.region : undefined),
    cluster: told?.kind === 'provisioned' ? told.cluster : cluster,
    workgroup: told?.kind === 'serverless' ? told.workgroup : workgroup,
  };
}

function flowOf(given: Given, environment: Environment): FlowConfig {
  const proxy = text(given, 'proxy');
  const insecure = given.get('sslInsecure') === true;
  if (insecure) {
    given.warnings.push(
      "Option sslInsecure: the identity provider's certificate is not checked, and whoever stands in between can take the login",
    );
  }
  return Object.freeze<FlowConfig>({
    proxy: proxy === undefined ? undefined : new Secret('proxy', proxy),
    httpsCa: text(given, 'httpsCa'),
    sslInsecure: insecure,
    env: () => environment,
    authTimeout: (given.get('authTimeout') as number | undefined) ?? 120,
    openBrowser: given.get('openBrowser') as FlowConfig['openBrowser'],
    cache:
      given.get('iamDisableCache') === true
        ? 'off'
        : ((given.get('credentialsCache') as object | undefined) ?? 'process'),
  });
}

/** A login that is not by password goes to Redshift only, and only where nobody in between can read it. */
function checkSafety(given: Given, { choice, protocol, address, tls }: LoginContext): void {
  const option: OptionName | undefined =
    choice.way === 'password'
      ? undefined
      : choice.way === 'token'
        ? 'token'
        : choice.way === 'provider' || !given.has('iam')
          ? 'credentialsProvider'
          : 'iam';
  if (option === undefined) return;
  if (protocol === 'postgresql')
    given.wrong(option, 'is a login of Redshift; a PostgreSQL server has none such');
  if (address?.kind === 'unix') return;
  if (tls?.kind === 'off')
    given.wrong(option, `needs TLS: ${option === 'token' ? 'it' : 'the login'} would travel in clear`);
  if (tls?.kind === 'on' && tls.mode === 'require') {
    given.wrong(
      'sslmode',
      `require lets whoever stands in between take the ${option === 'token' ? 'token' : 'login'}; with ${option} it is verify-full, or verify-ca where the host has another name than the certificate`,
    );
  }
}

/** A password that nothing reads; an empty one asks for nothing. */
function unusedPassword(given: Given, asked: Asked | undefined): void {
  if (!given.isExplicit('password') || given.get('password') === '') return;
  if (asked !== undefined && (asked.kind !== 'named' || takes(asked.spec, 'password'))) return;
  given.notices.push('Option password has no part in this login and was passed over');
}

function passwordLogin(given: Given): LoginConfig | undefined {
  const user = text(given, 'user');
  const password = given.get('password') as SecretSource | undefined;
  if (!given.isUnreadable('token')) {
    for (const name of ['tokenType', 'identityNamespace', 'providerName', 'idcClientDisplayName'] as const) {
      if (given.has(name) && given.standsAgainst(name, 'password'))
        given.wrong(name, 'has no use without a token');
    }
  }
  if (user === undefined) {
    given.missing('user', 'is required for a login by password');
    return undefined;
  }
  return Object.freeze({
    kind: 'password',
    user,
    password: password === undefined ? undefined : new Secret('password', password),
  });
}

function tokenLogin(given: Given): TokenLogin | undefined {
  const user = text(given, 'user') ?? '';
  const token = new Secret('token', given.get('token') as SecretSource);
  if (given.standsAgainst('password', 'token'))
    given.wrong('token', 'cannot be given together with password; give one of them');
  const tokenType = text(given, 'tokenType');
  const providerName = text(given, 'providerName');
  const identityNamespace = text(given, 'identityNamespace');
  const clientDisplayName = text(given, 'idcClientDisplayName');
  if (tokenType !== undefined) {
    const issuer = {
      kind: 'identity-center',
      tokenType,
      providerName,
      identityNamespace,
      clientDisplayName,
    } as const;
    return Object.freeze({ kind: 'token', user, token, issuer: Object.freeze(issuer) });
  }
  for (const name of ['identityNamespace', 'idcClientDisplayName'] as const) {
    if (given.has(name)) given.wrong(name, 'goes with tokenType only');
  }
  if (providerName === undefined) {
    given.wrong(
      'token',
      'needs a tokenType (ACCESS_TOKEN or EXT_JWT, for IAM Identity Center) or a providerName (for a JSON Web Token)',
    );
    return undefined;
  }
  return Object.freeze({
    kind: 'token',
    user,
    token,
    issuer: Object.freeze({ kind: 'jwt', providerName } as const),
  });
}
