/**
 * The identity provider plugins by name, and which options each of them takes: what is checked before anything is sent, and
 * what TypeScript lets a caller give. Names only: text never loads code, whatever it says.
 */
import type { PluginOptionName } from './plugin-options.js';
import type { OptionsOfPlugins, ProviderName, SharedOption } from './provider-types.js';

export type { ProviderName };

export interface ProviderSpec<Name extends PluginOptionName = PluginOptionName> {
  /**
   * `aws` gives AWS keys and needs `iam`; `native` gives a token for the database; `identity-center` does so too, and is
   * never used with `iam`; `own` was registered by the caller.
   */
  readonly kind: 'aws' | 'native' | 'identity-center' | 'own';
  /** The login cannot begin without them. */
  readonly required: readonly Name[];
  readonly optional: readonly Name[];
  /** Known to other drivers, which do nothing with them. */
  readonly passedOver: readonly Name[];
  /** The port that the browser answers on; without it, any free one. */
  readonly listenPort?: number;
}

const saml = { kind: 'aws', passedOver: ['principalArn'] } as const;
const native = { kind: 'native', passedOver: ['roleArn', 'roleSessionName'] } as const;
const identityCenter = { kind: 'identity-center', passedOver: [] } as const;

/** Names and options as of redshift_connector 2.1 ("Connection parameters", credentials_provider). */
// prettier-ignore
export const providers = {
  AdfsCredentialsProvider: { ...saml, required: ['idpHost', 'user', 'password'], optional: ['idpPort', 'loginToRp', 'preferredRole'] },
  AzureCredentialsProvider: { ...saml, required: ['user', 'password', 'idpTenant', 'clientId', 'clientSecret'], optional: ['idpPartition', 'preferredRole'] },
  BrowserAzureCredentialsProvider: { ...saml, required: ['idpTenant', 'clientId'], optional: ['clientSecret', 'idpPartition', 'listenPort', 'preferredRole'] },
  BrowserSamlCredentialsProvider: { ...saml, required: ['loginUrl'], optional: ['expectedIssuer', 'listenPort', 'preferredRole'], listenPort: 7890 },
  OktaCredentialsProvider: { ...saml, required: ['idpHost', 'user', 'password', 'appId'], optional: ['idpPort', 'appName', 'preferredRole'] },
  PingCredentialsProvider: { ...saml, required: ['idpHost', 'user', 'password'], optional: ['idpPort', 'partnerSpId', 'preferredRole'] },
  // redshift_connector's base class, JDBC's BasicSamlCredentialsProvider: an assertion that was fetched elsewhere.
  SamlCredentialsProvider: { ...saml, required: ['samlAssertion'], optional: ['preferredRole'] },
  // ODBC only: the token becomes AWS keys first (AssumeRoleWithWebIdentity).
  JwtIamAuthPlugin: { kind: 'aws', passedOver: ['providerName'], required: ['roleArn', 'webIdentityToken'], optional: ['roleSessionName'] },
  BasicJwtCredentialsProvider: { ...native, required: ['webIdentityToken'], optional: ['providerName'] },
  JwtCredentialsProvider: { ...native, required: ['webIdentityToken'], optional: ['providerName'] },
  BrowserAzureOAuth2CredentialsProvider: { ...native, required: ['idpTenant', 'clientId'], optional: ['clientSecret', 'scope', 'idpPartition', 'listenPort', 'providerName'] },
  BrowserIdcAuthPlugin: { ...identityCenter, required: ['issuerUrl', 'idcRegion'], optional: ['listenPort', 'idcClientDisplayName', 'identityNamespace', 'providerName'], listenPort: 7890 },
  // Either token and tokenType, or the three AWS keys: provider-rules.ts.
  IdpTokenAuthPlugin: { ...identityCenter, required: [], optional: ['token', 'tokenType', 'accessKeyId', 'secretAccessKey', 'sessionToken', 'region', 'clusterIdentifier', 'serverlessWorkGroup', 'isServerless', 'endpointUrl', 'identityNamespace', 'idcClientDisplayName', 'providerName'] },
} as const satisfies { readonly [Name in ProviderName]: ProviderSpec<OptionsOfPlugins[Name]> };

/** What `registerCredentialsProvider` was told, by name. */
export type RegisteredProviders = ReadonlyMap<
  string,
  {
    readonly required?: readonly PluginOptionName[] | undefined;
    readonly optional?: readonly PluginOptionName[] | undefined;
  }
>;

const table: ReadonlyMap<string, ProviderSpec> = new Map<string, ProviderSpec>(Object.entries(providers));

/** What ODBC calls them (plugin_name), in lower case. */
const short: ReadonlyMap<string, ProviderName> = new Map<string, ProviderName>([
  ['adfs', 'AdfsCredentialsProvider'],
  ['azuread', 'AzureCredentialsProvider'],
  ['browserazuread', 'BrowserAzureCredentialsProvider'],
  ['browserazureadoauth2', 'BrowserAzureOAuth2CredentialsProvider'],
  ['browsersaml', 'BrowserSamlCredentialsProvider'],
  ['okta', 'OktaCredentialsProvider'],
  ['ping', 'PingCredentialsProvider'],
  ['jwt', 'BasicJwtCredentialsProvider'],
  ['jwtiamauthplugin', 'JwtIamAuthPlugin'],
  ['basicsamlcredentialsprovider', 'SamlCredentialsProvider'],
]);

/** The packages of the Python and the Java driver; Python's with or without the module. */
const packages = /^(?:redshift_connector\.plugin(?:\.[a-z_0-9]+)?|com\.amazon\.redshift\.plugin)\.(\w+)$/;

export interface FoundProvider {
  readonly plugin: string;
  readonly spec: ProviderSpec;
}

/** The plugin that a name means; ours first, so that no registered name can stand in for one of them. */
export function findProvider(name: string, registered?: RegisteredProviders): FoundProvider | undefined {
  const bare = packages.exec(name)?.[1] ?? name;
  const plugin = table.has(bare) ? bare : short.get(bare.toLowerCase());
  if (plugin !== undefined) return { plugin, spec: table.get(plugin)! };
  const own = registered?.get(name);
  if (own === undefined) return undefined;
  const { required = [], optional = [] } = own;
  return { plugin: name, spec: { kind: 'own', required, optional, passedOver: [] } };
}

/** Options that mean something outside of plugins too. */
const shared: Readonly<Record<SharedOption, true>> = {
  user: true,
  password: true,
  accessKeyId: true,
  secretAccessKey: true,
  sessionToken: true,
  region: true,
  clusterIdentifier: true,
  serverlessWorkGroup: true,
  isServerless: true,
  endpointUrl: true,
};

/** The options that only plugins take. */
export const pluginOptions: readonly PluginOptionName[] = [
  ...new Set(
    [...table.values()].flatMap(({ required, optional, passedOver }) => [
      ...required,
      ...optional,
      ...passedOver,
    ]),
  ),
].filter((name) => !Object.hasOwn(shared, name));
