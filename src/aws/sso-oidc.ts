/**
 * The two calls of IAM Identity Center's OpenID service that a login in the browser needs. The only file that imports
 * the AWS SDK's client of it, on first use; neither call is signed, so no AWS credentials are looked for.
 */
import type { Agent } from 'node:https';

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
  registerClient(
    input: RegisterClientInput,
    signal: AbortSignal,
  ): Promise<{
    readonly clientId?: string | undefined;
    readonly clientSecret?: string | undefined;
    /** Seconds since 1970. */
    readonly clientSecretExpiresAt?: number | undefined;
  }>;
  createToken(
    input: CreateTokenInput,
    signal: AbortSignal,
  ): Promise<{ readonly accessToken?: string | undefined; readonly expiresIn?: number | undefined }>;
  close(): void;
}

/** @param http gives the agent of the login's proxy and certificates */
export async function ssoOidc(
  region: string,
  http: { awsAgent(): Promise<Agent | undefined> },
): Promise<SsoOidc> {
  const { SSOOIDCClient, RegisterClientCommand, CreateTokenCommand } =
    await import('@aws-sdk/client-sso-oidc');
  const httpsAgent = await http.awsAgent();
  const client = new SSOOIDCClient({
    region,
    requestHandler: {
      connectionTimeout: 10_000,
      requestTimeout: 60_000,
      ...(httpsAgent === undefined ? {} : { httpsAgent }),
    },
  });
  return {
    registerClient: ({ scopes, redirectUris, grantTypes, ...input }, signal) =>
      client.send(
        new RegisterClientCommand({
          ...input,
          scopes: [...scopes],
          redirectUris: [...redirectUris],
          grantTypes: [...grantTypes],
        }),
        { abortSignal: signal },
      ),
    createToken: (input, signal) => client.send(new CreateTokenCommand(input), { abortSignal: signal }),
    close: () => {
      client.destroy();
    },
  };
}
