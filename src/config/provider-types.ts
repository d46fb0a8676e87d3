/**
 * Which options go with which credentials provider, as types, so that an editor refuses what the driver would refuse.
 * Types only. They are written out, since they are what an editor shows; the table in providers.ts is checked against them.
 */
import type { Snake } from './connection-options.js';

/** What each plugin takes, and what it passes over because other drivers' settings hold it. */
// prettier-ignore
export interface OptionsOfPlugins {
  AdfsCredentialsProvider: Form | Saml | 'loginToRp';
  AzureCredentialsProvider: Entra | Saml | 'user' | 'password';
  BrowserAzureCredentialsProvider: Entra | Saml | 'listenPort';
  BrowserSamlCredentialsProvider: Saml | 'loginUrl' | 'expectedIssuer' | 'listenPort';
  OktaCredentialsProvider: Form | Saml | 'appId' | 'appName';
  PingCredentialsProvider: Form | Saml | 'partnerSpId';
  SamlCredentialsProvider: Saml | 'samlAssertion';
  JwtIamAuthPlugin: 'roleArn' | 'roleSessionName' | 'webIdentityToken' | 'providerName';
  BasicJwtCredentialsProvider: Native | 'webIdentityToken';
  JwtCredentialsProvider: Native | 'webIdentityToken';
  BrowserAzureOAuth2CredentialsProvider: Entra | Native | 'scope' | 'listenPort';
  BrowserIdcAuthPlugin: IdentityCenter | 'issuerUrl' | 'idcRegion' | 'listenPort';
  IdpTokenAuthPlugin: IdentityCenter | 'token' | 'tokenType' | AwsCall;
}

type Form = 'idpHost' | 'idpPort' | 'user' | 'password';
type Entra = 'idpTenant' | 'clientId' | 'clientSecret' | 'idpPartition';
type Saml = 'preferredRole' | 'principalArn';
type Native = 'providerName' | 'roleArn' | 'roleSessionName';
type IdentityCenter = 'providerName' | 'identityNamespace' | 'idcClientDisplayName';

type AwsCall = 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | Where;
type Where = 'region' | 'clusterIdentifier' | 'serverlessWorkGroup' | 'isServerless' | 'endpointUrl';

export type ProviderName = keyof OptionsOfPlugins;

/** A plugin by its name, bare or as the Python and the Java driver write it. */
export type CredentialsProviderName<Name extends string = ProviderName> =
  Name | `redshift_connector.plugin.${Name}` | `com.amazon.redshift.plugin.${Name}`;

/** Options that a login without provider knows as well. */
export type SharedOption = 'user' | 'password' | AwsCall;

type OfPlugins = Exclude<OptionsOfPlugins[ProviderName], SharedOption>;

/** The plugins that a type stands for; all of them where it is not one name. */
type Named<Given> = {
  [Name in ProviderName]: Given extends CredentialsProviderName<Name> ? Name : never;
}[ProviderName];

/** What none of them takes. */
type Refused<Name> = [Named<Name>] extends [never]
  ? never
  : Exclude<OfPlugins, OptionsOfPlugins[Named<Name>]>;

/** The name of any plugin, or of a provider that was registered (`registerCredentialsProvider`). */
export type AnyProviderName = CredentialsProviderName | (string & {});

/**
 * What the options of a login may not hold: with a plugin's name as `credentialsProvider` the options of other plugins. (A union
 * of all logins would say the same, but could not be spread nor made `Partial`.)
 */
export type Fitting<Name, Own> = {
  readonly credentialsProvider?: Name | Own | undefined;
  readonly credentials_provider?: Name | Own | undefined;
} & { readonly [Option in Refused<Name> | Snake<Refused<Name>>]?: undefined };
