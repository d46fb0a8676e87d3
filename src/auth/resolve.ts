/** From what the options say to what a login needs: functions are asked, and the token is announced as its plugin would. */
import type { LoginConfig } from '../config/config.js';
import { AuthenticationError, NotSupportedError } from '../errors.js';
import { announce, type Announcement } from './announce.js';
import { ask } from './ask.js';
import type { Login } from './credentials.js';

/** One login for one connection. The signal is the clock of the connect. */
export async function resolveLogin(config: LoginConfig, signal: AbortSignal): Promise<Login> {
  if (config.kind === 'password') {
    const password =
      config.password === undefined ? undefined : await ask(config.password, 'password', signal);
    return { kind: 'password', user: config.user, password };
  }
  // The options that ask for any other are refused until it is built.
  if (config.kind !== 'token') throw new NotSupportedError(`Logins by ${config.kind} are not built yet`);
  const token = await ask(config.token, 'token', signal);
  if (token === '') throw new AuthenticationError('The option token gave an empty token');
  return { kind: 'token', user: config.user, token, announced: announce(announcementOf(config.issuer)) };
}

type Issuer = Extract<LoginConfig, { kind: 'token' }>['issuer'];

/** As if one of the plugins had given the token. */
function announcementOf(issuer: Issuer): Announcement {
  if (issuer.kind === 'jwt') return { token: {}, providerName: issuer.providerName };
  const { tokenType, providerName, identityNamespace, clientDisplayName } = issuer;
  return { token: { tokenType }, providerName, identityNamespace, clientDisplayName };
}
