/**
 * A login with AWS's temporary database credentials, step by step: region, AWS keys, the endpoint where none was given, and
 * only then user and password, whose minutes begin with that. Each step that may be used again is looked up first.
 */
import type { IamLogin } from '../config/login-config.js';
import { AuthenticationError } from '../errors.js';
import { announce } from './announce.js';
import { askProvider, findAsked, type Asked } from './ask-provider.js';
import { cacheKey } from './cache.js';
import type { Login } from './credentials.js';
import { storeOf } from './flow.js';
import { saysKeysRefused } from './iam-errors.js';
import type * as Iam from './iam.js';
import { identityOf, lookUp, unkept } from './look-up.js';
import type { AssertedUser, AwsKeys } from './provider.js';
import type { IamSteps, LoginParts, Resolved } from './resolved.js';

export async function resolveIam(config: IamLogin, steps: IamSteps, parts: LoginParts): Promise<Resolved> {
  const { flow, signal } = parts;
  const asked = config.keys.kind === 'provider' ? await findAsked(config.keys.provider) : undefined;
  const io = { http: flow.http, signal, log: flow.log, profile: profileOf(config) };
  const region = await steps.regionOf(config.iam, config.keys, io);
  const given = await keysOf(config, asked, region, steps, parts);
  try {
    return await loginWith(given, config, asked, region, steps, parts);
  } catch (error) {
    // They may have been revoked since the provider gave them: new ones have their chance, once.
    if (given.forget === undefined || !saysKeysRefused(error)) throw error;
    flow.log(
      'info',
      'AWS refused keys that were kept from earlier; asking the credentials provider for new ones',
    );
    await given.forget();
  }
  return loginWith(await keysOf(config, asked, region, steps, parts), config, asked, region, steps, parts);
}

async function loginWith(
  { keys, asserted }: FoundKeys,
  config: IamLogin,
  asked: Asked | undefined,
  region: string,
  steps: IamSteps,
  parts: LoginParts,
): Promise<Resolved> {
  const { iam, flow: settings } = config;
  const { flow, cache, signal } = parts;
  const profile = profileOf(config);
  const io = (until: AbortSignal): Iam.AwsIo => ({
    http: flow.http,
    signal: until,
    log: flow.log,
    profile,
  });
  const identity = identityOf(keys);
  const withRegion = (until: AbortSignal): Iam.AwsIo => ({ ...io(until), region });
  const off = settings.cache === 'off';

  const address =
    iam.host !== undefined
      ? undefined
      : await lookUp({
          key: cacheKey('endpoint', [...identity, region, iam.endpointUrl, iam.target]),
          find: (until) => steps.findEndpoint(iam, keys, withRegion(until)),
          flow: settings,
          cache,
          signal,
        });

  flow.progress.waitsFor('redshift api', 'a login that another connection asked AWS for');
  const log = (until: AbortSignal): Promise<Iam.DatabaseLogin> =>
    steps.databaseLogin(iam, keys, asserted, withRegion(until));
  const held = off
    ? unkept(await log(signal))
    : await cache.get<Iam.DatabaseLogin>({
        key: cacheKey('login', [...identity, ...steps.iamKeyParts(iam, asserted, region)]),
        signal,
        fetch: async (until) => {
          const value = await log(until);
          return { value, expiration: value.expiration };
        },
        store: storeOf(settings),
        revive: readLogin,
        log: (line) => {
          flow.log('warn', line);
        },
      });
  const { user, password } = held.value;
  const login: Login = {
    kind: 'password',
    user,
    password,
    // What has no name is not announced by one.
    announced: announce({
      plugin: asked?.written === undefined ? undefined : asked.name,
      written: asked?.written,
    }),
  };
  return {
    login,
    ...(held.cached ? { forget: held.forget } : {}),
    ...(address === undefined ? {} : { address: { ...address.value, forget: address.forget } }),
  };
}

function profileOf({ keys }: IamLogin): string | undefined {
  return keys.kind === 'profile' ? keys.profile : undefined;
}

interface FoundKeys {
  readonly keys: AwsKeys;
  readonly asserted: AssertedUser | undefined;
  /** Only of keys that a provider gave for an earlier login. */
  readonly forget?: () => Promise<void>;
}

async function keysOf(
  { keys: source, flow: settings }: IamLogin,
  asked: Asked | undefined,
  region: string,
  steps: IamSteps,
  parts: LoginParts,
): Promise<FoundKeys> {
  const { flow, signal } = parts;
  if (source.kind !== 'provider') {
    const keys = await steps.awsKeys(source, { http: flow.http, signal, log: flow.log, region });
    return { keys, asserted: undefined };
  }
  // A SAML plugin asks STS in the login's own region, whoever told it.
  const options = { ...source.provider.options, region: source.provider.options.region ?? region };
  const { value, cached, forget } = await askProvider(asked!, options, settings, parts);
  if (value.kind === 'aws')
    return { keys: value.keys, asserted: value.asserted, ...(cached ? { forget } : {}) };
  throw new AuthenticationError(
    `The credentials provider ${asked!.name} gave a ${value.kind}, not AWS keys`,
    {
      plugin: asked!.name,
      stage: 'options',
      hint: 'for this provider leave out iam',
    },
  );
}

/** From a store: anything may be in it. */
function readLogin(value: unknown): Iam.DatabaseLogin | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { user, password } = value as Partial<Record<string, unknown>>;
  const isText = (text: unknown): text is string => typeof text === 'string' && !text.includes('\0');
  return isText(user) && isText(password) && user !== ''
    ? { user, password, expiration: undefined }
    : undefined;
}
