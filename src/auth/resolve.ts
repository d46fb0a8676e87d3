/**
 * From what the options say to what a login needs: functions are asked, providers and AWS too, and what may be used again
 * comes from the cache. It connects to no database.
 */
import type { LoginConfig, ProfileLogin } from '../config/config.js';
import type { ProfileRequest } from '../config/login-config.js';
import { announce } from './announce.js';
import { ask } from './ask.js';
import type { Held } from './cache.js';
import type { ProfileSettings, Resolved, ResolveSettings } from './resolved.js';
import { tokenText } from './token-text.js';

export type { Resolved };

/** Somebody may have to be waited for: their time is `authTimeout`, not that of connecting. */
export function asksProvider(config: LoginConfig): boolean {
  return config.kind === 'provider' || (config.kind === 'iam' && config.keys.kind === 'provider');
}

/**
 * One login for one connection.
 *
 * @throws AuthenticationError with plugin, stage and what to do; TimeoutError after `authTimeout`; the signal's reason
 */
export async function resolveLogin(
  config: Exclude<LoginConfig, ProfileLogin>,
  settings: ResolveSettings,
): Promise<Resolved> {
  const { signal } = settings;
  switch (config.kind) {
    case 'password': {
      const password =
        config.password === undefined ? undefined : await ask(config.password, 'password', signal);
      return { login: { kind: 'password', user: config.user, password } };
    }
    case 'token': {
      const token = await tokenText(config.token, 'token', { signal });
      const { issuer } = config;
      const announced = announce(
        issuer.kind === 'jwt'
          ? { ...issuer, token: {} }
          : { ...issuer, token: { tokenType: issuer.tokenType } },
      );
      return { login: { kind: 'token', user: config.user, token, announced } };
    }
    case 'iam':
    case 'provider':
      // Loaded on first use: most logins are by password.
      return (await import('./resolve-flow.js')).resolveFlow(config, settings);
  }
}

/**
 * The text of a Redshift authentication profile: a JSON object of options. It is kept for a few minutes, unless what it
 * leads to turns out to be wrong (`forget`).
 */
export async function readProfile(request: ProfileRequest, settings: ProfileSettings): Promise<Held<string>> {
  return (await import('./resolve-flow.js')).fetchProfile(request, settings);
}
