/** From what the options say to what a login needs: functions are asked, and the token is announced as its plugin would. */
import { AuthenticationError, RedshiftError } from '../errors.js';
import type { Login, SecretSource } from './credentials.js';

export type LoginRequest =
  | { readonly kind: 'password'; readonly user: string; readonly password: SecretSource | undefined }
  | {
      readonly kind: 'token';
      readonly user: string;
      readonly token: SecretSource;
      readonly tokenType?: string | undefined;
      readonly providerName?: string | undefined;
      readonly identityNamespace?: string | undefined;
      readonly idcClientDisplayName?: string | undefined;
    };

/** One login for one connection. The signal is the clock of the connect. */
export async function resolveLogin(request: LoginRequest, signal: AbortSignal): Promise<Login> {
  if (request.kind === 'password') {
    const password = await ask(request.password, 'password', signal);
    return { kind: 'password', user: request.user, password };
  }
  const token = await ask(request.token, 'token', signal);
  if (token === undefined || token === '')
    throw new AuthenticationError('The option token gave an empty token');
  return { kind: 'token', user: request.user, token, announced: announce(request) };
}

/**
 * The startup parameters by which the server knows what kind of token will come: those of IdpTokenAuthPlugin when there is
 * a token type (Identity Center), of BasicJwtCredentialsProvider when there is only a provider (a native identity provider).
 */
function announce(request: Extract<LoginRequest, { kind: 'token' }>): [string, string][] {
  const { tokenType, providerName, identityNamespace, idcClientDisplayName } = request;
  const given = (key: string, value: string | undefined): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, value]];
  if (tokenType === undefined && providerName !== undefined) {
    return [
      ['plugin_name', 'BasicJwtCredentialsProvider'],
      ['idp_type', 'AzureAD'],
      ['provider_name', providerName],
    ];
  }
  return [
    ['plugin_name', 'IdpTokenAuthPlugin'],
    ['idp_type', 'AwsIdc'],
    ...given('token_type', tokenType),
    ...given('identity_namespace', identityNamespace),
    ...given('idc_client_display_name', idcClientDisplayName),
    ...given('provider_name', providerName),
  ];
}

async function ask(
  source: SecretSource | undefined,
  option: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (typeof source !== 'function') return source;
  const given: unknown = await new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    Promise.resolve()
      .then(source)
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      });
  }).catch((cause: unknown) => {
    if (cause instanceof RedshiftError) throw cause;
    throw new AuthenticationError(`The function given as ${option} failed`, { cause });
  });
  if (typeof given !== 'string')
    throw new AuthenticationError(`The function given as ${option} must give a string, not ${typeof given}`);
  if (given.includes('\0'))
    throw new AuthenticationError(`The function given as ${option} gave a text with a NUL character`);
  return given;
}
