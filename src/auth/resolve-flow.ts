/**
 * The logins that ask somebody, an identity provider or AWS: each under one clock, with one HTTPS client. Loaded when the
 * first of them begins.
 */
import type { IamLogin, ProfileRequest, ProviderLogin } from '../config/login-config.js';
import { AuthenticationError } from '../errors.js';
import { announce } from './announce.js';
import { askProvider, findAsked } from './ask-provider.js';
import { cacheKey, credentialsCache, type Held } from './cache.js';
import { startFlow, withinAuthTimeout } from './flow.js';
import { resolveIam } from './iam-login.js';
import { identityOf, lookUp } from './look-up.js';
import type { Progress } from './progress.js';
import type { LoginParts, ProfileSettings, Resolved, ResolveSettings } from './resolved.js';

export async function resolveFlow(
  config: IamLogin | ProviderLogin,
  settings: ResolveSettings,
): Promise<Resolved> {
  return withinAuthTimeout(config.flow, settings.signal, async (until, progress) => {
    const parts = await partsOf(config, settings, until, progress);
    if (config.kind === 'provider') return resolveProvider(config, parts);
    return resolveIam(config, await (settings.iam ?? (() => import('./iam.js')))(), parts);
  });
}

async function partsOf(
  { flow }: { readonly flow: ProviderLogin['flow'] },
  { logger, cache = credentialsCache }: ProfileSettings,
  signal: AbortSignal,
  progress: Progress,
): Promise<LoginParts> {
  return { flow: await startFlow(flow, logger, progress), cache, signal };
}

async function resolveProvider(config: ProviderLogin, parts: LoginParts): Promise<Resolved> {
  const { options } = config.provider;
  const asked = await findAsked(config.provider);
  const { name: plugin, written } = asked;
  // What has no name is not announced by one.
  const named = written === undefined ? undefined : plugin;
  const { value, cached, forget } = await askProvider(asked, options, config.flow, parts);
  const kept = cached ? { forget } : {};
  switch (value.kind) {
    case 'token': {
      const announced = announce({
        plugin: named,
        written,
        token: { tokenType: value.tokenType },
        providerName: options.providerName,
        identityNamespace: options.identityNamespace,
        clientDisplayName: options.idcClientDisplayName,
      });
      return { login: { kind: 'token', user: config.user, token: value.token, announced }, ...kept };
    }
    case 'password': {
      const user = value.user ?? config.user;
      if (user === '')
        throw new AuthenticationError(`The credentials provider ${plugin} gave a password, but no user`, {
          plugin,
          stage: 'options',
          hint: 'let it give the user too, or give the option user',
        });
      const announced = announce({ plugin: named, written });
      return { login: { kind: 'password', user, password: value.password, announced }, ...kept };
    }
    case 'aws':
      throw new AuthenticationError(`The credentials provider ${plugin} gave AWS keys`, {
        plugin,
        stage: 'options',
        hint: 'set iam: true',
      });
  }
}

export async function fetchProfile(
  request: ProfileRequest,
  settings: ProfileSettings,
): Promise<Held<string>> {
  return withinAuthTimeout(request.flow, settings.signal, async (until, progress) => {
    const { awsKeys, readAuthProfile } = await import('./iam.js');
    const { flow, cache, signal } = await partsOf(request, settings, until, progress);
    const { http, log } = flow;
    const keys = await awsKeys(request.keys, { http, signal, log });
    const { name, region, endpointUrl } = request;
    return lookUp({
      key: cacheKey('auth-profile', [...identityOf(keys), region, endpointUrl, name]),
      find: (signal) => readAuthProfile(request, { http, signal, log }, keys),
      flow: request.flow,
      cache,
      signal,
    });
  });
}
