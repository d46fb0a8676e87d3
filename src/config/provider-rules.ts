/**
 * What a credentials provider is handed, what it needs, and which options have no use with it. Each problem names its
 * option; all are told at once.
 */
import type { Asked } from './choice.js';
import type { Given } from './given.js';
import type { ProviderChoice } from './login-config.js';
import type { OptionRow } from './option-types.js';
import { type OptionName, options } from './options.js';
import type { PluginOptionName, PluginOptions } from './plugin-options.js';
import { type ProviderSpec, pluginOptions } from './providers.js';
import { Secret, type SecretSource } from './secret.js';

/** What the host tells, for plugins that ask AWS. */
export interface Place {
  readonly region: string | undefined;
  readonly cluster: string | undefined;
  readonly workgroup: string | undefined;
}

/** Options of the login as a whole, which any provider may read. */
const everybodys: readonly PluginOptionName[] = [
  'host',
  'port',
  'database',
  'user',
  'region',
  'clusterIdentifier',
  'serverlessWorkGroup',
  'serverlessAcctId',
  'isServerless',
  'stsEndpointUrl',
  'endpointUrl',
  'dbUser',
  'dbGroups',
  'dbGroupsFilter',
  'autoCreate',
  'forceLowercase',
  'allowDbUserOverride',
  'iamDuration',
  'groupFederation',
  'authTimeout',
  'sslInsecure',
];

const rows: ReadonlyMap<OptionName, OptionRow> = new Map(options.map((row) => [row.name, row]));

export function providerChoice(given: Given, asked: Asked, place: Place): ProviderChoice | undefined {
  if (asked.kind === 'unknown') return undefined;
  if (asked.kind === 'own') {
    const names = [...everybodys, 'password', ...pluginOptions] as const;
    return Object.freeze({
      kind: 'own',
      provider: asked.provider,
      options: optionsFor(given, names, place, undefined),
    });
  }
  const { name, plugin, spec } = asked;
  for (const option of spec.required) {
    if (!given.has(option)) given.missing(option, `is required by ${plugin}${whyRequired(plugin, option)}`);
  }
  // Its application at the identity provider is set up with one port, and answers to no other.
  if (plugin === 'BrowserSamlCredentialsProvider' && given.get('listenPort') === 0)
    given.wrong(
      'listenPort',
      `must be the port that the application is set up with; ${plugin} takes 1 to 65535`,
    );
  if (plugin === 'IdpTokenAuthPlugin') tokenOrKeys(given, place);
  for (const option of spec.passedOver) {
    if (given.isExplicit(option))
      given.notices.push(`Option ${option} has no part in ${plugin} and was passed over`);
  }
  const names = [...everybodys, ...spec.required, ...spec.optional];
  return Object.freeze({ kind: 'named', name, plugin, options: optionsFor(given, names, place, spec) });
}

/** JDBC and redshift_connector take neither for a wish to log in as the Windows user. */
function whyRequired(plugin: string, option: OptionName): string {
  return plugin === 'AdfsCredentialsProvider' && (option === 'user' || option === 'password')
    ? ' (its login form is filled in; Windows integrated authentication is not supported)'
    : '';
}

/** Exactly one of (token, tokenType) and the three AWS keys. */
function tokenOrKeys(given: Given, place: Place): void {
  const token = (['token', 'tokenType'] as const).filter((name) => given.has(name));
  const keys = (['accessKeyId', 'secretAccessKey', 'sessionToken'] as const).filter((name) =>
    given.has(name),
  );
  if (token.length > 0 && keys.length > 0) {
    given.wrong(
      keys[0]!,
      'cannot be given together with token: IdpTokenAuthPlugin takes token and tokenType, or accessKeyId, secretAccessKey and sessionToken',
    );
  } else if (keys.length > 0) {
    for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
      if (!given.has(name))
        given.missing(name, 'is required by IdpTokenAuthPlugin beside the other AWS keys');
    }
    if (place.region === undefined)
      given.missing('region', 'is required by IdpTokenAuthPlugin with AWS keys: the host does not tell it');
    if (given.get('isServerless') === true && place.workgroup === undefined)
      given.missing(
        'serverlessWorkGroup',
        'is required by IdpTokenAuthPlugin with AWS keys and isServerless: the host does not tell it',
      );
    else if (place.cluster === undefined && place.workgroup === undefined)
      given.missing(
        'clusterIdentifier',
        'or serverlessWorkGroup is required by IdpTokenAuthPlugin with AWS keys: the host tells neither',
      );
  } else {
    if (!given.has('token'))
      given.missing(
        'token',
        'is required by IdpTokenAuthPlugin, with tokenType (or accessKeyId, secretAccessKey and sessionToken instead)',
      );
    if (!given.has('tokenType'))
      given.missing('tokenType', 'is required beside token (ACCESS_TOKEN or EXT_JWT)');
  }
}

function optionsFor(
  given: Given,
  names: readonly PluginOptionName[],
  place: Place,
  spec: ProviderSpec | undefined,
): PluginOptions {
  const out: Record<string, unknown> = {};
  for (const name of new Set(names)) {
    const row = rows.get(name)!;
    const value = given.get(name) ?? row.default;
    if (value === undefined) continue;
    out[name] = row.type.is === 'secret' ? new Secret(name, value as SecretSource) : value;
  }
  if (place.region !== undefined) out['region'] = place.region;
  if (place.cluster !== undefined) out['clusterIdentifier'] = place.cluster;
  if (place.workgroup !== undefined) out['serverlessWorkGroup'] = place.workgroup;
  if (out['listenPort'] === undefined && spec?.listenPort !== undefined) out['listenPort'] = spec.listenPort;
  return Object.freeze(out);
}

/** Options that only IAM and providers use; what says where the cluster is may stand anywhere. */
const iamOptions: readonly OptionName[] = [
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'profile',
  'instanceProfile',
  'authProfile',
  'endpointUrl',
  'stsEndpointUrl',
  'dbUser',
  'dbGroups',
  'dbGroupsFilter',
  'autoCreate',
  'forceLowercase',
  'allowDbUserOverride',
  'iamDuration',
  'groupFederation',
];

const tokenOptions: readonly OptionName[] = [
  'token',
  'tokenType',
  'identityNamespace',
  'providerName',
  'idcClientDisplayName',
];

/**
 * Options that ask for another login than the one that is chosen: a mistake where they were given for this connection, by a
 * source as strong as the one that chose.
 */
export function checkMisplaced(
  given: Given,
  way: 'password' | 'token' | 'provider' | 'iam',
  asked: Asked | undefined,
): void {
  if (asked?.kind === 'unknown') return;
  const spec = asked?.kind === 'named' ? asked.spec : undefined;
  const taken = new Set<OptionName>(
    spec === undefined ? [] : [...spec.required, ...spec.optional, ...spec.passedOver],
  );
  const decider: OptionName =
    asked !== undefined
      ? 'credentialsProvider'
      : way === 'iam'
        ? 'iam'
        : way === 'token'
          ? 'token'
          : 'password';
  const astray = (name: OptionName): boolean => {
    const row = rows.get(name)!;
    return (
      !taken.has(name) &&
      !given.problems.some(({ option }) => option === name) &&
      given.isExplicit(name) &&
      given.standsAgainst(name, decider) &&
      given.get(name) !== row.default
    );
  };
  if (asked?.kind !== 'own' && spec?.kind !== 'own') {
    for (const name of pluginOptions) {
      if (tokenOptions.includes(name) ? asked === undefined && way !== 'iam' : false) continue;
      // A token that stands against what was chosen is told of where that is decided.
      if (astray(name) && !(name === 'token' && given.isWrong(name)))
        given.wrong(name, noUse(name, spec, asked));
    }
  }
  if (way !== 'iam') {
    // Settings that say iam: false are carried along with all the rest.
    const said = given.get('iam') === false;
    for (const name of iamOptions.filter(astray)) {
      if (said) given.notices.push(`Option ${name} has no part without IAM and was passed over`);
      else
        given.wrong(
          name,
          way === 'provider' && asked?.kind === 'named'
            ? `has no use with ${asked.plugin}`
            : 'has no use without iam: true',
        );
    }
  }
  if (asked === undefined && given.get('sslInsecure') === true && given.isExplicit('sslInsecure'))
    given.wrong(
      'sslInsecure',
      "concerns the identity provider of a credentialsProvider only; for the database's certificate there is sslmode",
    );
}

function noUse(name: OptionName, spec: ProviderSpec | undefined, asked: Asked | undefined): string {
  if (spec === undefined || asked?.kind !== 'named')
    return tokenOptions.includes(name)
      ? 'has no use with iam: true'
      : 'has no use without a credentialsProvider';
  const takes = [...spec.required, ...spec.optional].join(', ');
  return `has no use with ${asked.plugin}, which takes ${takes}`;
}
