/**
 * Which of the ways to log in the options ask for: password, token, provider or IAM. A way that a weaker source asks for
 * gives way to one of a stronger source; where two of one source contradict each other, that is a problem.
 */
import type { Given } from './given.js';
import { nearestOf } from './lookup.js';
import type { PluginOptionName } from './plugin-options.js';
import {
  type FoundProvider,
  type ProviderSpec,
  type RegisteredProviders,
  findProvider,
  providers,
} from './providers.js';

/** The provider as it was given: a plugin by name, or the caller's own function or object. */
export type Asked =
  | ({ readonly kind: 'named'; readonly name: string } & FoundProvider)
  | { readonly kind: 'own'; readonly provider: object }
  /** Not known; that was told. */
  | { readonly kind: 'unknown' };

export type Choice =
  | { readonly way: 'password' }
  | { readonly way: 'token' }
  | { readonly way: 'provider'; readonly asked: Asked }
  | { readonly way: 'iam'; readonly asked: Asked | undefined };

export function chooseLogin(given: Given, registered: RegisteredProviders | undefined): Choice {
  // Whoever wrote something there that cannot be read meant more than leaving it out.
  const iam = given.get('iam') === true || (!given.has('iam') && given.isUnreadable('iam'));
  const provider = askedProvider(given, registered);
  const asked = iam && isMoot(given, provider) ? undefined : provider;
  // A token that nobody else wants stands for itself.
  if (given.has('token') && !takesToken(asked)) {
    const rival = Math.min(iam ? given.rank('iam') : Infinity, given.rank('credentialsProvider'));
    if (given.rank('token') < rival && given.standsAgainst('token', 'password')) return { way: 'token' };
    if (given.rank('token') === rival) {
      const other = given.rank('credentialsProvider') === rival ? 'credentialsProvider' : 'iam';
      // What a plugin of ours takes instead is told with the options that have no use with it.
      if (other === 'iam' || asked?.kind !== 'named' || !given.isExplicit('token'))
        given.wrong('token', `cannot be given together with ${other}; give one of them`);
    }
  }
  if (asked === undefined) {
    if (iam) return { way: 'iam', asked };
    return { way: given.standsAgainst('token', 'password') ? 'token' : 'password' };
  }
  if (asked.kind === 'unknown') return iam ? { way: 'iam', asked } : { way: 'provider', asked };
  const kind = asked.kind === 'own' ? 'own' : asked.spec.kind;
  if (kind === 'own') return iam ? { way: 'iam', asked } : { way: 'provider', asked };
  const name = asked.kind === 'named' ? asked.plugin : '';
  if (kind === 'aws') {
    if (iam) return { way: 'iam', asked };
    // iam: false of a stronger source makes the provider of a weaker one moot.
    if (given.rank('iam') < given.rank('credentialsProvider')) return { way: 'password' };
    given.wrong('credentialsProvider', `${name} gives AWS credentials; set iam: true`);
    return { way: 'iam', asked };
  }
  if (iam && given.standsAgainst('iam', 'credentialsProvider')) {
    if (kind === 'identity-center')
      given.wrong('credentialsProvider', `${name} cannot be used with iam: true; leave out iam`);
    else given.notices.push(`Option iam has no part in a login through ${name} and was passed over`);
  }
  return { way: 'provider', asked };
}

/** AWS keys of a stronger source need no provider; those that go with an authentication profile are for reading it. */
function isMoot(given: Given, asked: Asked | undefined): boolean {
  if (given.has('authProfile') || (asked?.kind === 'named' && takes(asked.spec, 'accessKeyId'))) return false;
  const keys = (['accessKeyId', 'secretAccessKey', 'sessionToken', 'profile'] as const).map((name) =>
    given.rank(name),
  );
  const instance = given.get('instanceProfile') === true ? given.rank('instanceProfile') : Infinity;
  return Math.min(...keys, instance) < given.rank('credentialsProvider');
}

function takesToken(asked: Asked | undefined): boolean {
  if (asked === undefined) return false;
  return asked.kind !== 'named' || takes(asked.spec, 'token');
}

/** Whether a plugin reads an option. */
export function takes(spec: ProviderSpec, name: PluginOptionName): boolean {
  return spec.required.includes(name) || spec.optional.includes(name);
}

function askedProvider(given: Given, registered: RegisteredProviders | undefined): Asked | undefined {
  const value = given.get('credentialsProvider');
  if (value === undefined) return given.isUnreadable('credentialsProvider') ? { kind: 'unknown' } : undefined;
  if (typeof value !== 'string') return { kind: 'own', provider: value as object };
  const found = findProvider(value, registered);
  if (found !== undefined) return { kind: 'named', name: value, ...found };
  const name = value.replace(/^.*\./, '');
  const known = [...Object.keys(providers), ...(registered?.keys() ?? [])];
  const near = nearestOf(name, known);
  const meant =
    elsewhere.get(name.toLowerCase()) ??
    (near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`);
  given.wrong(
    'credentialsProvider',
    `is no plugin that is known; ${meant} (a name never loads code: for one of your own hand in a function or an object, or use registerCredentialsProvider)`,
  );
  return { kind: 'unknown' };
}

const okta =
  'it is of the JDBC driver only, for Okta there are OktaCredentialsProvider and BrowserSamlCredentialsProvider, both with iam: true';

/** Plugins of other drivers that are not here, in lower case, and what comes nearest. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['browseroktasamlcredentialsprovider', okta],
  ['basicnativesamlcredentialsprovider', okta],
]);
