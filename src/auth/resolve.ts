/** From what the options say to what a login needs: functions are asked, and the token is announced as its plugin would. */
import type { LoginConfig } from '../config/config.js';
import type { Secret } from '../config/secret.js';
import { AuthenticationError, NotSupportedError, RedshiftError } from '../errors.js';
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
  return { kind: 'token', user: config.user, token, announced: announce(config.issuer) };
}

type Issuer = Extract<LoginConfig, { kind: 'token' }>['issuer'];

/**
 * The startup parameters by which the server knows what kind of token will come: those of IdpTokenAuthPlugin for Identity
 * Center, of BasicJwtCredentialsProvider for a native identity provider (redshift_connector sends the same).
 */
function announce(issuer: Issuer): [string, string][] {
  const given = (key: string, value: string | undefined): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, value]];
  switch (issuer.kind) {
    case 'jwt':
      return [
        ['plugin_name', 'BasicJwtCredentialsProvider'],
        ['idp_type', 'AzureAD'],
        ['provider_name', issuer.providerName],
      ];
    case 'identity-center':
      return [
        ['plugin_name', 'IdpTokenAuthPlugin'],
        ['idp_type', 'AwsIdc'],
        ['token_type', issuer.tokenType],
        ...given('identity_namespace', issuer.identityNamespace),
        ...given('idc_client_display_name', issuer.clientDisplayName),
        ...given('provider_name', issuer.providerName),
      ];
  }
}

/** What the function itself throws becomes the cause; its text may hold anything, so it is not repeated. */
async function ask(secret: Secret, option: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    secret
      .read()
      .then(resolve, (cause: unknown) => {
        reject(
          cause instanceof RedshiftError
            ? cause
            : new AuthenticationError(`The function given as ${option} failed`, { cause }),
        );
      })
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      });
  });
}
