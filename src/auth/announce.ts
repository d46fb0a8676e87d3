/**
 * The startup parameters by which the server knows who asks for a login and what kind of token will come: the same that
 * Amazon's drivers send. Pure; no secret is ever among them.
 */

/** What announces a login through a credentials provider. */
export interface Announcement {
  /** The provider's bare name; undefined: a token that was given as such. */
  readonly plugin?: string | undefined;
  /** As the user wrote it, perhaps with a package in front. */
  readonly written?: string | undefined;
  /** Undefined: no token will come, but a user and a password. */
  readonly token?: { readonly tokenType?: string | undefined } | undefined;
  /** The identity provider's name in the database (CREATE IDENTITY PROVIDER). */
  readonly providerName?: string | undefined;
  readonly identityNamespace?: string | undefined;
  readonly clientDisplayName?: string | undefined;
}

/** Which kind of identity provider stands behind a plugin, in the server's words. */
const idpTypes: ReadonlyMap<string | undefined, 'AzureAD' | 'AwsIdc'> = new Map([
  ['BasicJwtCredentialsProvider', 'AzureAD'],
  ['JwtCredentialsProvider', 'AzureAD'],
  ['BrowserAzureOAuth2CredentialsProvider', 'AzureAD'],
  ['BrowserIdcAuthPlugin', 'AwsIdc'],
  ['IdpTokenAuthPlugin', 'AwsIdc'],
]);

/**
 * A token of a provider that Redshift does not know by name (one's own, or none) is of Identity Center when it has a type,
 * else of a native identity provider.
 */
export function announce(from: Announcement): readonly (readonly [string, string])[] {
  const { plugin, token } = from;
  const own = token?.tokenType === undefined ? 'AzureAD' : 'AwsIdc';
  const idpType = token === undefined ? undefined : (idpTypes.get(plugin) ?? own);
  const inName = idpType === 'AwsIdc' ? 'IdpTokenAuthPlugin' : 'BasicJwtCredentialsProvider';
  const name = from.written ?? plugin ?? (idpType === undefined ? undefined : inName);
  const identityCenter = idpType === 'AwsIdc';
  return [
    ...given('plugin_name', name),
    ...given('idp_type', idpType),
    ...(identityCenter
      ? [
          ...given(
            'token_type',
            token?.tokenType ?? (plugin === 'BrowserIdcAuthPlugin' ? 'ACCESS_TOKEN' : undefined),
          ),
          ...given('identity_namespace', from.identityNamespace),
          ...given('idc_client_display_name', from.clientDisplayName),
        ]
      : []),
    ...(idpType === undefined ? [] : given('provider_name', from.providerName)),
  ];
}

function given(key: string, value: string | undefined): [string, string][] {
  return value === undefined || value === '' ? [] : [[key, value]];
}
