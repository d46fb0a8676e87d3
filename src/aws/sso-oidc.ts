/**
 * The two calls of IAM Identity Center's OpenID service that a login in the browser needs. The only file that imports
 * the AWS SDK's client of it, on first use; neither call is signed, so no AWS credentials are looked for.
 */
import { lend, type AwsAgents } from './client.js';

export interface RegisterClientInput {
  readonly clientName: string;
  readonly clientType: 'public';
  readonly scopes: readonly string[];
  readonly issuerUrl: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
}

export interface CreateTokenInput {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly grantType: string;
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** Rejections are the SDK's own errors; their `name` is the service's (`AuthorizationPendingException` …). */
export interface SsoOidc {
  registerClient(input: RegisterClientInput): Promise<{
    readonly clientId?: string | undefined;
    readonly clientSecret?: string | undefined;
    /** Seconds since 1970. */
    readonly clientSecretExpiresAt?: number | undefined;
  }>;
  createToken(
    input: CreateTokenInput,
  ): Promise<{ readonly accessToken?: string | undefined; readonly expiresIn?: number | undefined }>;
}

/** @param signal of the login: each call ends with it */
export async function ssoOidc(region: string, http: AwsAgents, signal: AbortSignal): Promise<SsoOidc> {
  const { SSOOIDC } = await import('@aws-sdk/client-sso-oidc');
  const settings = { region, http, signal };
  const ask = (): void => http.asked?.('identity provider', `IAM Identity Center in ${region}`);
  return {
    registerClient: ({ scopes, redirectUris, grantTypes, ...input }) => {
      ask();
      return lend(
        settings,
        (config) => new SSOOIDC(config),
        (api, options) =>
          api.registerClient(
            {
              ...input,
              scopes: [...scopes],
              redirectUris: [...redirectUris],
              grantTypes: [...grantTypes],
            },
            options,
          ),
      );
    },
    createToken: (input) => {
      ask();
      return lend(
        settings,
        (config) => new SSOOIDC(config),
        (api, options) => api.createToken(input, options),
      );
    },
  };
}
